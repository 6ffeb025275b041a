package staff_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// notice is what the board's script reads.
type notice struct{ Say, Undo, ID string }

func (a answer) notice(t *testing.T) notice {
	t.Helper()
	var n notice
	if err := json.Unmarshal([]byte(a.text), &n); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	return n
}

func TestTake_WithoutScript(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	b := h.as(t, h.maria)
	b.post(t, h.about(id)+"/take").leadsTo(t, h.board()+"?did=take&r="+id)
	page := b.get(t, h.board()+"?did=take&r="+id)
	page.says(t, "Table 12 is yours.")
	undo, _ := page.page(t).Find(".toast form").Attr("action")
	if undo != h.about(id)+"/undo" {
		t.Fatalf("the way back is %q", undo)
	}
	b.post(t, undo).leadsTo(t, h.board()+"?did=undo&r="+id)
	if r := h.now(t, id); r.Status != feedback.Open || r.TakenBy != "" {
		t.Errorf("after undo: %s by %q, want open by nobody", r.Status, r.TakenBy)
	}
	b.post(t, h.about(id)+"/take", "back", "issue").leadsTo(t, h.about(id)+"?did=take&r="+id)
}

// A tablet that leaves the page right after its tap has the report: what was
// committed stays, and what the log says is that nobody waited for the answer.
func TestTake_WhoLeavesHasIt(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	b := h.as(t, h.maria)
	ctx, leave := context.WithCancel(t.Context())
	b.ctx, h.woken = ctx, leave
	b.tap(t, h.about(id)+"/take").wants(t, 499)
	if r := h.now(t, id); r.Status != feedback.Taken || r.TakenBy != h.maria.Person {
		t.Errorf("it is %s by %q, want taken by Maria", r.Status, r.TakenBy)
	}
	if log := h.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") || !strings.Contains(log, "status=499") {
		t.Errorf("the log says\n%s", log)
	}
	b.ctx, h.woken = nil, nil
	b.tap(t, h.about(id)+"/take").wants(t, http.StatusOK) // and again, when the line is back
}

func TestUndo_TenSecondsAndOnesOwn(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	maria, jonas := h.as(t, h.maria), h.as(t, h.jonas)
	if n := maria.tap(t, h.about(id)+"/take").wants(t, http.StatusOK).notice(t); n.Say != "Table 12 is yours." || n.Undo != h.about(id)+"/undo" {
		t.Errorf("notice = %+v", n)
	}
	jonas.tap(t, h.about(id)+"/undo").wants(t, http.StatusConflict)
	h.clock.advance(feedback.UndoFor + time.Second)
	maria.tap(t, h.about(id)+"/undo").wants(t, http.StatusConflict)
	if r := h.now(t, id); r.TakenBy != h.maria.Person {
		t.Errorf("taken by %q, want Maria still", r.TakenBy)
	}
}

// Two who tap at once: one gets it, the other is told who.
func TestTake_Race(t *testing.T) {
	h := open(t)
	maria, jonas := h.as(t, h.maria), h.as(t, h.jonas)
	for range 5 {
		id := h.report(t, "12", "cold")
		answers := make([]answer, 2)
		var both sync.WaitGroup
		for i, b := range []*browser{maria, jonas} {
			both.Go(func() { answers[i] = b.tap(t, h.about(id)+"/take") })
		}
		both.Wait()
		winner := feedback.FirstName(h.now(t, id).TakenName)
		won := 0
		for i, name := range []string{"Maria", "Jonas"} {
			a := answers[i]
			if a.StatusCode == http.StatusOK {
				won++
				if name != winner {
					t.Errorf("%s was told it is theirs, but %s has it", name, winner)
				}
				continue
			}
			if say := a.wants(t, http.StatusConflict).notice(t).Say; say != winner+" has table 12 already." {
				t.Errorf("the other was told %q", say)
			}
		}
		if won != 1 {
			t.Fatalf("%d got it, want 1", won)
		}
		must(t, h.desk.Dismiss(t.Context(), h.owner, h.venue.ID, id, "test"))
	}
}

func TestHeldByAnother(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	must(t, h.desk.Take(t.Context(), h.jonas, h.venue.ID, id, ""))
	b := h.as(t, h.maria)
	for _, act := range []string{"/take", "/release", "/done", "/hand"} {
		b.post(t, h.about(id)+act, "did", "remade", "person", h.maria.Person).leadsTo(t, h.board()+"?did=held&r="+id)
	}
	b.get(t, h.board()+"?did=held&r="+id).says(t, "Jonas has table 12 already.")
	h.as(t, h.jonas).post(t, h.about(id)+"/release").leadsTo(t, h.board()+"?did=release&r="+id)
	if r := h.now(t, id); r.Status != feedback.Open {
		t.Errorf("status = %s, want open", r.Status)
	}
}

func TestReply_InTheGuestsLanguage(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "kalt", func(r *desk.NewReport) { r.Language = "de" })
	b := h.as(t, h.maria)
	sheet := b.get(t, h.about(id)+"/reply").wants(t, http.StatusOK)
	sheet.says(t, "A fresh one is being made, about 6 minutes.")
	sheet.says(t, "Deutsch")
	key, _ := sheet.page(t).Find("[name=key]").Attr("value")
	for range 2 { // a double tap
		b.post(t, h.about(id)+"/reply", "key", key, "say", "1").leadsTo(t, h.board()+"?did=say&r="+id)
	}
	b.post(t, h.about(id)+"/reply", "text", "Bin gleich da").leadsTo(t, h.board()+"?did=say&r="+id)
	b.post(t, h.about(id)+"/reply", "text", "Told the kitchen", "team", "1", "back", "issue").leadsTo(t, h.about(id)+"?did=note&r="+id)
	b.post(t, h.about(id)+"/reply", "text", "  ").wants(t, http.StatusUnprocessableEntity).says(t, "Please write a few words first.")
	long := strings.Repeat("é", feedback.MaxMessage+1)
	b.post(t, h.about(id)+"/reply", "text", long).wants(t, http.StatusUnprocessableEntity).says(t, long)

	guest := feedback.Actor{Kind: feedback.ByGuest, Org: h.owner.Org, Venue: h.venue.ID, ID: id}
	ms, err := h.store.For(guest, h.venue.ID).Messages(t.Context(), id, false)
	must(t, err)
	if len(ms) != 2 || ms[0].Text != "Ich komme sofort zu Ihnen." && ms[0].Phrase != "phrase.1" || ms[1].Text != "Bin gleich da" {
		t.Errorf("the guest reads %+v", ms)
	}
	if ms[0].Text == "On my way to you now." {
		t.Error("the phrase was sent in the language of staff")
	}
	h.as(t, h.boss).get(t, h.about(id)).says(t, "Told the kitchen")
}

func TestDone(t *testing.T) {
	h := open(t)
	tests := map[string]struct {
		form  []string
		code  int
		shows string
		check func(feedback.Report) bool
	}{
		"put right": {
			[]string{"outcome", "done", "did", "remade", "did", "apologised", "cost", "14,50", "note", "lamp", "tell", "Better?"},
			http.StatusSeeOther, "", func(r feedback.Report) bool {
				return r.Status == feedback.Resolved && len(r.Actions) == 2 && r.Cost == 1450 && r.Note == "lamp" && r.LastText == "Better?"
			},
		},
		"a point":     {[]string{"did", "refund", "cost", "14.50"}, http.StatusSeeOther, "", func(r feedback.Report) bool { return r.Cost == 1450 }},
		"only a note": {[]string{"note", "talked"}, http.StatusSeeOther, "", func(r feedback.Report) bool { return r.Status == feedback.Resolved }},
		"nothing": {
			[]string{"outcome", "done", "tell", "Kept <b>"},
			http.StatusUnprocessableEntity, "Kept &lt;b&gt;",
			func(r feedback.Report) bool { return r.Status == feedback.Open && r.LastText == "" },
		},
		"no amount":   {[]string{"did", "remade", "cost", "lots"}, http.StatusUnprocessableEntity, "Please enter an amount", nil},
		"below zero":  {[]string{"did", "remade", "cost", "-5"}, http.StatusUnprocessableEntity, "Please enter an amount", nil},
		"not a thing": {[]string{"did", "juggled"}, http.StatusUnprocessableEntity, "Please choose from the list of actions.", nil},
		"could not": {
			[]string{"outcome", "no", "reason", "guest_left", "note", "gone"},
			http.StatusSeeOther, "",
			func(r feedback.Report) bool { return r.Status == feedback.Unresolved && r.Reason == "guest_left" },
		},
		"could not, no reason": {[]string{"outcome", "no"}, http.StatusUnprocessableEntity, "Please say why.", nil},
	}
	b := h.as(t, h.maria)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			id := h.report(t, "12", "cold")
			b.post(t, h.about(id)+"/done", tt.form...).wants(t, tt.code).says(t, tt.shows)
			r := h.now(t, id)
			if tt.check != nil && !tt.check(r) {
				t.Errorf("report is %+v", r)
			}
			if tt.code != http.StatusSeeOther && r.Status != feedback.Open {
				t.Errorf("status = %s, want open still", r.Status)
			}
		})
	}
}

func TestDone_CanBeTakenBack(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	b := h.as(t, h.maria)
	b.post(t, h.about(id)+"/take")
	n := b.tap(t, h.about(id)+"/done", "did", "remade").wants(t, http.StatusOK).notice(t)
	b.tap(t, n.Undo).wants(t, http.StatusOK)
	if r := h.now(t, id); r.Status != feedback.Taken || r.TakenBy != h.maria.Person || len(r.Actions) != 0 {
		t.Errorf("after undo: %s by %s with %v", r.Status, r.TakenBy, r.Actions)
	}
}

func TestHand(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	b := h.as(t, h.maria)
	b.post(t, h.about(id)+"/take")
	b.get(t, h.about(id)+"/hand").says(t, "Jonas Weber")
	b.post(t, h.about(id)+"/hand", "person", "nobody").wants(t, http.StatusUnprocessableEntity).says(t, "This person isn’t on the team.")
	b.post(t, h.about(id)+"/hand", "person", h.jonas.Person).leadsTo(t, h.board()+"?did=hand&r="+id)
	b.get(t, h.board()+"?did=hand&r="+id).says(t, "Jonas has table 12 now.")
	if r := h.now(t, id); r.TakenBy != h.jonas.Person {
		t.Errorf("taken by %s, want Jonas", r.TakenBy)
	}
}

func TestDismiss_IsForManagers(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "buy pills")
	h.as(t, h.maria).post(t, h.about(id)+"/dismiss", "reason", "spam").wants(t, http.StatusForbidden)
	if strings.Contains(h.as(t, h.maria).get(t, h.about(id)).text, "/dismiss") {
		t.Error("staff are offered to set it aside")
	}
	boss := h.as(t, h.boss)
	boss.get(t, h.about(id)).says(t, "/dismiss")
	boss.post(t, h.about(id)+"/dismiss").wants(t, http.StatusUnprocessableEntity).says(t, "Please say why.")
	boss.post(t, h.about(id)+"/dismiss", "reason", "spam").leadsTo(t, h.board()+"?did=dismiss&r="+id)
	if r := h.now(t, id); r.Status != feedback.Dismissed {
		t.Errorf("status = %s, want dismissed", r.Status)
	}
	boss.post(t, h.about(id)+"/reopen", "back", "issue").leadsTo(t, h.about(id)+"?did=reopen&r="+id)
	h.as(t, h.maria).post(t, h.about(id)+"/reopen").wants(t, http.StatusForbidden)
}

// The guest said "not yet": it is for somebody else, and the board says so.
func TestNotYet_GoesToSomebodyElse(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "cold")
	must(t, h.desk.Resolve(t.Context(), h.maria, h.venue.ID, id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
	guest := feedback.Actor{Kind: feedback.ByGuest, Org: h.owner.Org, Venue: h.venue.ID, ID: id}
	must(t, h.desk.Judge(t.Context(), guest, feedback.NotYet, "still cold"))
	page := h.as(t, h.jonas).get(t, h.board())
	page.says(t, "Guest says not yet")
	page.says(t, "Manager told")
	if say := h.as(t, h.maria).tap(t, h.about(id)+"/take").wants(t, http.StatusForbidden).notice(t).Say; say != "Table 12 goes to somebody else this time." {
		t.Errorf("Maria is told %q", say)
	}
	h.as(t, h.jonas).tap(t, h.about(id)+"/take").wants(t, http.StatusOK)
}

func TestWriteDown(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	b.get(t, h.board()+"/new").wants(t, http.StatusOK)
	bad := b.post(t, h.board()+"/new", "table", "99", "rating", "2", "language", "en", "words", "Soup <cold>").wants(t, http.StatusUnprocessableEntity)
	bad.says(t, "We don’t have this table.")
	bad.says(t, "Soup &lt;cold&gt;")
	b.post(t, h.board()+"/new", "table", "12", "language", "en").wants(t, http.StatusUnprocessableEntity).says(t, "Pick a face")
	b.post(t, h.board()+"/new", "table", "12", "rating", "2", "language", "en", "handling", "contact_later").wants(t, http.StatusUnprocessableEntity)

	var where string
	for range 2 { // a double tap
		a := b.post(t, h.board()+"/new", "key", "K1", "table", "12", "rating", "2", "language", "de", "causes", "cold", "words", "Soup cold", "handling", "just_fix", "phone", "555-0100").wants(t, http.StatusSeeOther)
		where = a.Header.Get("Location")
	}
	b.get(t, where).says(t, "Written down for table 12.")
	rs, err := h.store.For(h.owner, h.venue.ID).Board(t.Context(), h.clock.now().Add(-time.Hour))
	must(t, err)
	if len(rs) != 1 || rs[0].WroteBy != h.maria.Person || rs[0].Trust != feedback.TrustTable || rs[0].Language != "de" {
		t.Errorf("written down: %+v", rs)
	}

	if c, err := h.store.For(h.owner, h.venue.ID).Contact(t.Context(), rs[0].ID); err != nil || !c.Empty() {
		t.Errorf("contact = %+v, %v; want none where nobody is to be called", c, err)
	}

	a := b.post(t, h.board()+"/new", "table", "12", "rating", "1", "language", "en", "causes", "staff", "words", "rude")
	a.leadsTo(t, h.board()) // for managers only, so not to be seen again
}

func TestVisits(t *testing.T) {
	h := open(t)
	b := h.as(t, h.maria)
	b.post(t, h.board()+"/visits", "table", "99").wants(t, http.StatusUnprocessableEntity).says(t, "We don’t have this table.")
	b.post(t, h.board()+"/visits", "table", "12", "covers", "many").wants(t, http.StatusUnprocessableEntity).says(t, "Please enter between 0 and 500 guests.")
	a := b.post(t, h.board()+"/visits", "table", "12", "check", "A-7", "server", "Maria", "covers", "4").wants(t, http.StatusSeeOther)
	page := b.get(t, a.Header.Get("Location"))
	page.says(t, "A-7")
	doc := page.page(t)
	if doc.Find("#opened svg.qr path").Length() != 1 {
		t.Error("the new visit shows no code")
	}
	gone, _ := doc.Find("#opened form").Attr("action")
	b.post(t, gone).leadsTo(t, h.board()+"/visits")
	b.get(t, h.board()+"/visits").says(t, "No visit is open.")
}

// A visit that a scan opened stands with the others; staff fill in what they know.
func TestVisits_ThatAScanOpened(t *testing.T) {
	h := open(t)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) { v.VisitOnScan = true }))
	tables, err := h.store.For(h.owner, h.venue.ID).Tables(t.Context())
	must(t, err)
	must(t, h.desk.RotateCode(t.Context(), h.owner, h.venue.ID, tables[0].ID))
	codes, err := h.store.For(h.owner, h.venue.ID).Codes(t.Context(), h.desk.Now())
	must(t, err)
	must(t, h.desk.Arrive(t.Context(), codes[0].Code))
	b := h.as(t, h.maria)
	list := b.get(t, h.board()+"/visits")
	list.says(t, "Opened by a scan")
	doc := list.page(t)
	fill, _ := doc.Find(`.rows a[href*="table="]`).Attr("href")
	doc = b.get(t, strings.TrimSuffix(fill, "#table")).page(t)
	table, _ := doc.Find("#table option[selected]").Attr("value")
	if table != codes[0].TableID {
		t.Fatalf("%q chooses table %q, want %s", fill, table, codes[0].TableID)
	}
	a := b.post(t, h.board()+"/visits", "table", table, "server", "Maria", "covers", "4").wants(t, http.StatusSeeOther)
	list = b.get(t, a.Header.Get("Location"))
	list.says(t, "Maria")
	doc = list.page(t)
	if doc.Find(".rows > li").Length() != 1 || strings.Contains(doc.Text(), "Opened by a scan") || doc.Find("#opened svg.qr path").Length() != 1 {
		t.Errorf("filled in: %s; want this one visit, with a code", doc.Find(".rows").Text())
	}
}

// One tap says how far a party is; only moments that the venue asks about are
// offered, and the one that was tapped is seen.
func TestVisits_ATapSaysHowFarAPartyIs(t *testing.T) {
	h := open(t)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.CheckIns = []feedback.CheckIn{{Moment: "starters", Minutes: 20}, {Moment: "bill"}}
	}))
	visit, _, err := h.desk.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "12"})
	must(t, err)
	b := h.as(t, h.maria)
	page := b.get(t, h.board()+"/visits").page(t)
	var offered []string
	for _, tap := range page.Find("input[name=moment]").EachIter() {
		offered = append(offered, tap.AttrOr("value", ""))
	}
	if !slices.Equal(offered, []string{"starters", "bill"}) {
		t.Fatalf("taps %q, want those that are asked about", offered)
	}
	b.post(t, page.Find("form:has([name=moment])").AttrOr("action", ""), "moment", "bill").leadsTo(t, h.board()+"/visits")
	got, err := h.store.For(h.owner, h.venue.ID).Visit(t.Context(), visit)
	must(t, err)
	if got.Moment != "bill" {
		t.Errorf("the visit is at %q, want bill", got.Moment)
	}
	if n := b.get(t, h.board()+"/visits").page(t).Find("[value=bill] + [aria-pressed=true]").Length(); n != 1 {
		t.Error("nobody sees that it was tapped")
	}
}

func TestIssue_TellsTheWholeStory(t *testing.T) {
	h := open(t)
	id := h.report(t, "12", "hives", causes("safety"))
	guest := feedback.Actor{Kind: feedback.ByGuest, Org: h.owner.Org, Venue: h.venue.ID, ID: id}
	h.clock.advance(time.Minute)
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	must(t, h.desk.Write(t.Context(), guest, "thank you"))
	must(t, h.desk.HandOver(t.Context(), h.maria, h.venue.ID, id, h.jonas.Person))
	h.clock.advance(time.Minute)
	must(t, h.desk.Resolve(t.Context(), h.jonas, h.venue.ID, id, desk.Outcome{
		Recovery: feedback.Recovery{Actions: []string{"visited", "free_item"}, Cost: feedback.Money{Amount: 1450, Currency: "EUR"}},
	}))
	must(t, h.desk.Judge(t.Context(), guest, feedback.Yes, "Perfect now."))

	page := h.as(t, h.maria).get(t, h.about(id)).wants(t, http.StatusOK)
	log := strings.Join(strings.Fields(page.page(t).Find(".log").Text()), " ")
	at := 0
	for _, words := range []string{
		"Olga wrote down what the guest said", "hives", "Maria has it 1:00 after they wrote", "thank you", "Maria gave it to Jonas",
		"Jonas marked it done: Went to the table, On the house, €14.50", "Guest, asked if it’s right: Yes", "Perfect now.",
	} {
		i := strings.Index(log[at:], words)
		if i < 0 {
			t.Fatalf("%q does not follow in %q", words, log)
		}
		at += i
	}
	page.says(t, "Call 112 first")
	page.says(t, "Made right, the guest said so")
}

// Managers read of each alert whom it reached, and by what, but no address; and
// where every try stands.
func TestIssue_WhomAnAlertReached(t *testing.T) {
	h := open(t)
	h.desk.Carries([]feedback.ChannelKind{feedback.ChannelPush, feedback.ChannelChat}, nil, nil)
	must(t, h.store.Tx(t.Context(), func(tx store.Tx) error {
		return errors.Join(
			tx.Org(h.owner).AddChannel(t.Context(), feedback.Channel{ID: "phone", PersonID: h.maria.Person, Kind: feedback.ChannelPush, Name: "iPhone", Address: "https://push.example/secret", CreatedAt: h.clock.now()}),
			tx.Org(h.owner).AddChannel(t.Context(), feedback.Channel{ID: "room", VenueID: h.venue.ID, Kind: feedback.ChannelChat, Name: "Kitchen", Address: "https://chat.example/secret", CreatedAt: h.clock.now()}),
		)
	}))
	id := h.report(t, "12", "cold soup")
	must(t, h.desk.Watch(t.Context(), feedback.System(h.owner.Org, h.venue.ID), id))
	due, err := h.store.ClaimDeliveries(t.Context(), h.clock.now(), time.Minute, 9, 9, nil)
	must(t, err)
	outcomes := map[string]feedback.Outcome{"phone": feedback.Accepted, "room": "gone"}
	for _, d := range due {
		must(t, h.desk.Delivered(t.Context(), d, feedback.Try{Outcome: outcomes[d.ChannelID]}))
	}
	story := func(who feedback.Actor) (log, link string) {
		page := h.as(t, who).get(t, h.about(id)).wants(t, http.StatusOK)
		if strings.Contains(page.text, "example/") || strings.Contains(page.text, "iPhone") {
			t.Error("an address, or somebody's device, is on the page")
		}
		link, _ = page.page(t).Find(`a[href*="/alerts"]`).Attr("href")
		return strings.Join(strings.Fields(page.page(t).Find(".log").Text()), " "), link
	}
	log, link := story(h.boss)
	for _, words := range []string{"The alert arrived · Maria · Notifications", "The alert did not arrive · Kitchen · Chat"} {
		if !strings.Contains(log, words) {
			t.Errorf("a manager does not read %q in %q", words, log)
		}
	}
	if want := "/owner/" + h.venue.ID + "/alerts?report=" + id; link != want {
		t.Errorf("leads to %q, want %q", link, want)
	}
	if log, link := story(h.maria); !strings.Contains(log, "The alert arrived") || strings.Contains(log, "Maria ·") || link != "" {
		t.Errorf("staff read %q, %q", log, link)
	}
}
