package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// rooms is a venue in a program whose clock the test moves, with a page of
// every kind that guests see.
type rooms struct {
	t     *testing.T
	base  string
	desk  *desk.Desk
	store *store.Store
	ahead atomic.Int64 // of the real clock

	owner, maria, jonas feedback.Actor
	venue               feedback.Venue
	code                string
}

// guestPage is one page of guests: its address, and what to do there first.
type guestPage struct {
	name, path string
	script     string // may be empty
	ready      string // a selector that is there when all is done
}

func newRooms(t *testing.T) *rooms {
	t.Helper()
	r := &rooms{t: t}
	dsn := storetest.EmptyDSN(t)
	cfg := config.Config{Listen: "127.0.0.1:0", BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1:0"}, Database: dsn, Shutdown: time.Second}
	l, err := app.Listen(t.Context(), &cfg)
	r.must(err)
	now := func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Now: now})
	r.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		<-ended
		_ = a.Close()
	})
	r.base, r.desk, r.store = "http://"+l.Addr().String(), a.Desk, storetest.Open(t, dsn, store.Options{})
	r.owner, r.venue = storetest.Venue(t, r.store, func(v *feedback.Venue) {
		v.Name, v.Languages = "Gasthaus zum Goldenen Hirschen", web.Languages()
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://g.example/review"}, {Label: "Tripadvisor", URL: "https://t.example/"}}
	})
	r.maria = storetest.Person(t, r.store, r.owner, r.venue.ID, "Maria Rossi", feedback.Manager)
	r.jonas = storetest.Person(t, r.store, r.owner, r.venue.ID, "Jonas Weber", feedback.Manager)
	_, err = r.desk.AddTables(t.Context(), r.owner, r.venue.ID, []desk.NewTable{{Name: "Terrace 12", Area: "Upper garden"}, {Name: "8"}})
	r.must(err)
	codes, err := r.store.For(r.owner, r.venue.ID).Codes(t.Context(), r.desk.Now())
	r.must(err)
	r.code = codes[0].Code
	return r
}

func (r *rooms) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// send sends a report and returns its id.
func (r *rooms) send(rating int, words string) string {
	r.t.Helper()
	rep, err := r.desk.Submit(r.t.Context(), desk.NewReport{
		Code: r.code, Rating: rating, Causes: []string{"cold", "noise_seat"}, Words: words, Handling: feedback.ContactLater,
		Language: "en", Opened: r.desk.Now(), Contact: feedback.Contact{Phone: "+49 30 1234567"},
	})
	r.must(err)
	return rep.ID
}

// round lets Maria take a report and say that it is done.
func (r *rooms) round(id string, who feedback.Actor) {
	r.t.Helper()
	ctx := r.t.Context()
	r.must(r.desk.Take(ctx, who, r.venue.ID, id, ""))
	r.must(r.desk.Say(ctx, who, r.venue.ID, id, feedback.Message{Phrase: "phrase.2"}))
	r.must(r.desk.Resolve(ctx, who, r.venue.ID, id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
}

func (r *rooms) judge(id string, v feedback.Verdict) {
	r.t.Helper()
	r.must(r.desk.Judge(r.t.Context(), r.guest(id), v, "Still cold"))
}

// waits sends an issue whose guest waits at the table.
func (r *rooms) waits() string {
	r.t.Helper()
	rep, err := r.desk.Submit(r.t.Context(), desk.NewReport{
		Code: r.code, Rating: 2, Causes: []string{"cold"}, Words: "The soup was cold, and " + strings.Repeat("very ", 30) + "late",
		Handling: feedback.ComeOver, Language: "en", Opened: r.desk.Now(),
	})
	r.must(err)
	return rep.ID
}

// keptBack sends a complaint about a person that waits until its guest has left.
func (r *rooms) keptBack() string {
	r.t.Helper()
	rep, err := r.desk.Submit(r.t.Context(), desk.NewReport{
		Code: r.code, Rating: 1, Causes: []string{feedback.CauseStaff}, Handling: feedback.ManagerLater, Language: "en", Opened: r.desk.Now(),
	})
	r.must(err)
	return rep.ID
}

const (
	chooseAll = `document.querySelector('#r1').click(); document.querySelector('.urgent').open = true; document.querySelector('[value=contact_later]').click(); document.querySelector('#c1').click(); document.querySelector('[value=staff]').click()`
	sendEmpty = `(() => { const f = document.querySelector('form.ask'); f.querySelector('[value=contact_later]').checked = true; f.elements.email.value = 'nobody'; f.submit() })()`
	sendRude  = `(() => { const f = document.querySelector('form.ask'); f.elements.rating[0].checked = true; f.elements.words.value = 'You bastards'; f.submit() })()`
	sendKiosk = `document.querySelector('#r5').checked = true; document.querySelector('form.ask').submit()`
	openAll   = `document.querySelectorAll('main details').forEach((d) => d.open = true)`
	openMenu  = `document.querySelector('.menu').open = true`
)

// pages are all pages that guests see, in every state that looks another way.
func (r *rooms) pages() []guestPage {
	status := func(id string) string { return "/R/" + r.desk.StatusToken(id) }
	taken, asks, again, twice, yes, gone := r.waits(), r.waits(), r.waits(), r.waits(), r.waits(), r.send(1, "Take it back")
	r.must(r.desk.Take(r.t.Context(), r.maria, r.venue.ID, taken, ""))
	for _, id := range []string{asks, again, twice, yes} {
		r.round(id, r.maria)
	}
	r.judge(yes, feedback.Yes)
	r.judge(again, feedback.NotYet)
	r.judge(twice, feedback.NotYet)
	r.round(twice, r.jonas)
	r.judge(twice, feedback.NotYet)
	r.must(r.desk.Withdraw(r.t.Context(), r.guest(gone)))
	form, venue := "/T/"+r.code, r.venue.ID
	ended, done := r.waits(), r.waits()
	r.must(r.desk.EndPage(r.t.Context(), r.guest(ended)))
	r.must(r.desk.Done(r.t.Context(), r.guest(done)))
	alarm, _, err := r.desk.Alarm(r.t.Context(), desk.NewAlarm{Code: r.code, Kind: feedback.Allergy, Language: "en"})
	r.must(err)
	r.must(r.desk.ChangeVenue(r.t.Context(), r.owner, venue, func(v *feedback.Venue) {
		v.CheckIns = []feedback.CheckIn{{Moment: "starters"}, {Moment: "mains"}, {Moment: "bill"}}
		v.Wording = v.Wording.With(feedback.ExpectText, "en", "Somebody comes over. Dishes are remade or swapped at once.")
	}))
	starters, bill, left := r.visit("starters"), r.visit("bill"), r.visit("")
	r.must(r.desk.CloseVisit(r.t.Context(), r.maria, venue, left.VisitID))
	return []guestPage{
		{"form", form, "", ".faces"},
		{"form filled in", form, chooseAll, ".who-f"},
		{"form with mistakes", form, sendEmpty, ".sum"},
		{"form after the starters", "/T/" + starters.Code, openAll, "[name=moment]"},
		{"form before the bill", "/T/" + bill.Code, "", "[name=moment]"},
		{"form of those who left", "/T/" + left.Code, chooseAll, ".who-f"},
		{"form with a kind question", form, sendRude, "[name=sure]"},
		{"kiosk", "/K/" + r.code, "", ".faces"},
		{"kiosk, sent", "/K/" + r.code, sendKiosk, ".hero"},
		{"sent", status(r.waits()), "", "#say"},
		{"taken", status(taken), "", "progress"},
		{"asks", status(asks), "", ".yesno"},
		{"yes", status(yes), "", ".steps"},
		{"not yet", status(again), "", ".steps"},
		{"not yet twice", status(twice), "", ".steps"},
		{"praise", status(r.send(5, "Lovely")), "", ".steps"},
		{"contact later", status(r.send(2, "")), openAll, "#say"},
		{"alarm", status(alarm.ID), openAll, ".calm"},
		{"needs nothing more", status(done), openAll, ".steps"},
		{"ended", status(ended), "", ".hero"},
		{"kept back", status(r.keptBack()), "", "#say"},
		{"withdrawn", status(gone), "", ".steps"},
		{"expired", "/T/" + r.expired(), "", "#c"},
		{"unknown code", "/T/0000000000000000000000000", "", "#c"},
		{"landing", "/", "", "#c"},
		{"privacy", "/privacy", openMenu, ".text"},
		{"privacy of a page", status(taken) + "/privacy", "", "#long"},
		{"lost", "/R/0000000000000000000000000", "", ".hero"},
		{"frame", status(taken) + "/live?frame=1", "", ".steps"},
	}
}

// visit is the code of a party that is at a moment of its visit.
func (r *rooms) visit(moment string) feedback.Code {
	r.t.Helper()
	at, ctx := r.store.For(r.owner, r.venue.ID), r.t.Context()
	id, _, err := r.desk.OpenVisit(ctx, r.owner, r.venue.ID, desk.NewVisit{Table: "8", Check: "A" + moment})
	r.must(err)
	if moment != "" {
		r.must(r.desk.Mark(ctx, r.maria, r.venue.ID, id, moment))
	}
	visit, err := at.Visit(ctx, id)
	r.must(err)
	codes, err := at.CodesOf(ctx, visit.TableID, id, r.desk.Now())
	r.must(err)
	return codes[0]
}

// guest is the guest of a report.
func (r *rooms) guest(id string) feedback.Actor {
	r.t.Helper()
	guest, err := r.desk.Guest(r.t.Context(), r.desk.StatusToken(id))
	r.must(err)
	return guest
}

// expired is the code of a visit that is over.
func (r *rooms) expired() string {
	past := r.desk.Now().Add(-time.Hour)
	code := feedback.Code{ID: storetest.ID(), Code: "EXP1RED0EXP1RED0EXP1RED0EX", Short: "EXP1RED0", CreatedAt: past, ExpiresAt: past.Add(time.Minute)}
	at := r.store.For(r.owner, r.venue.ID)
	tables, err := at.Tables(r.t.Context())
	r.must(err)
	visit, _, err := r.desk.OpenVisit(r.t.Context(), r.owner, r.venue.ID, desk.NewVisit{Table: tables[1].ID})
	r.must(err)
	code.TableID, code.VisitID = tables[1].ID, visit
	storetest.Write(r.t, r.store, func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).AddCode(r.t.Context(), code) })
	return code.Code
}

// shows opens a page of guests in a language and does what makes it whole.
func (w *window) shows(base string, p guestPage, lang string) {
	w.t.Helper()
	w.do(network.SetCookie("mr_lang", lang).WithURL(base), chromedp.Navigate(base+p.path))
	if p.script != "" {
		w.do(chromedp.Evaluate(p.script+";0", nil))
	}
	w.do(chromedp.WaitReady(p.ready, chromedp.ByQuery))
	if got := w.ask(`document.documentElement.lang`); got != lang {
		w.t.Fatalf("%s is shown in %s, want %s", p.name, got, lang)
	}
}

// where names a page for a failure.
func where(p guestPage, lang string, width int64) string {
	return fmt.Sprintf("%s-%s-%d", p.name, lang, width)
}

// everything asks a list for all there is.
var everything store.Filter

// withTree reads the accessibility tree.
func withTree(to *[]*accessibility.Node) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*to, err = accessibility.GetFullAXTree().Do(ctx)
		return err
	}
}

// said is a value of the accessibility tree as text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}
