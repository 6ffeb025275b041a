package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// signsIn gives the window somebody's session.
func (r *rooms) signsIn(w *window, who feedback.Actor) {
	r.t.Helper()
	token, now := web.NewToken(), r.desk.Now()
	storetest.Write(r.t, r.store, func(tx store.Tx) error {
		return tx.AddSession(r.t.Context(), feedback.Session{ID: desk.Hash(token), PersonID: who.Person, CreatedAt: now, SeenAt: now, ExpiresAt: now.AddDate(0, 0, 1)})
	})
	w.do(network.SetCookie("mr", token).WithURL(r.base).WithHTTPOnly(true))
}

// office are the pages of owners and of the team, with something on each.
func (r *rooms) office() []string {
	ctx, venue := r.t.Context(), r.venue.ID
	waits, taken, yes, again := r.waits(), r.waits(), r.waits(), r.waits()
	r.must(r.desk.Take(ctx, r.maria, venue, taken, ""))
	r.round(yes, r.maria)
	r.judge(yes, feedback.Yes)
	r.round(again, r.jonas)
	r.judge(again, feedback.NotYet)
	gone := r.send(1, "Nobody came")
	r.must(r.desk.Unresolved(ctx, r.maria, venue, gone, "guest_left", ""))
	alarm, _, err := r.desk.Alarm(ctx, desk.NewAlarm{Code: r.code, Kind: feedback.Allergy, Language: "en", Opened: r.desk.Now()})
	r.must(err)
	task := feedback.Task{ID: storetest.ID(), Cause: "cold", Scope: feedback.TaskArea, OpenedAt: r.desk.Now(), Reports: 3}
	storetest.Write(r.t, r.store, func(tx store.Tx) error { return tx.At(r.owner, venue).AddTask(ctx, task) })
	key, _, err := r.desk.CreateKey(ctx, r.owner, "Till", feedback.ScopeRead, time.Time{})
	r.must(err)
	_, err = r.desk.AddChannel(ctx, r.owner, desk.NewChannel{Venue: venue, Kind: feedback.ChannelChat, Address: "https://chat.invalid/room"})
	r.must(err)
	hook, _, err := r.desk.AddWebhook(ctx, r.owner, desk.Webhook{URL: "https://hook.invalid/x", Name: "Kitchen"})
	r.must(err)
	at := r.store.For(r.owner, venue)
	tables, err := at.Tables(ctx)
	r.must(err)
	_, _, err = r.desk.OpenVisit(ctx, r.owner, venue, desk.NewVisit{Table: tables[1].ID, Check: "A-1", Server: "Jonas"})
	r.must(err)
	var pages []string
	for _, p := range []string{
		"", "/issues?status=any", "/why", "/reach", "/follow", "/follow/" + gone, "/bursts", "/compare", "/tasks", "/tasks/" + task.ID, "/codes", "/print", "/life", "/tables/" + tables[0].ID,
		"/tables/" + tables[0].ID + "/revoke", "/team", "/team/" + r.jonas.Person, "/account", "/alerts", "/budget", "/escalation", "/screens", "/duty", "/duty/" + r.jonas.Person, "/settings", "/checkins", "/texts",
		"/safety", "/digest", "/channels", "/webhooks", "/webhooks/" + hook, "/audit", "/keys/" + key + "/revoke",
	} {
		pages = append(pages, "/owner/"+venue+p)
	}
	for _, p := range []string{
		"", "/pair", "/new", "/visits", "/walk", "/channels", "/reports/" + waits, "/reports/" + again, "/reports/" + taken + "/reply",
		"/reports/" + taken + "/done", "/reports/" + waits + "/hand", "/reports/" + waits + "/dismiss", "/reports/" + alarm.ID, "/reports/" + alarm.ID + "/incident",
	} {
		pages = append(pages, "/board/"+venue+p)
	}
	begun := storetest.VenueOf(r.t, r.store, r.owner, func(v *feedback.Venue) { v.Setup = feedback.SetupPrint })
	_, err = r.desk.AddTables(ctx, r.owner, begun.ID, []desk.NewTable{{Name: "1"}})
	r.must(err)
	for _, step := range feedback.SetupSteps {
		pages = append(pages, "/owner/"+begun.ID+"/start/"+string(step))
	}
	return append(pages, "/owner/new")
}

// Nobody is kept out of any page of owners and of the team: on a dark phone that
// reads from right to left, and at a light desk. A soak looks at each page in
// both ways; else they take turns.
func TestOwnerPages_KeepNobodyOut(t *testing.T) {
	t.Parallel()
	needAxe(t)
	r := newRooms(t)
	w := open(t, "owner", 390, 844, true)
	r.signsIn(w, r.owner)
	looks := []view{{"ar", 390, true, false}, {"en", 1440, false, false}}
	for i, p := range r.office() {
		for k, l := range looks {
			if !soak() && i%len(looks) != k {
				continue
			}
			l.set(w)
			w.do(network.SetCookie("mr_lang", l.lang).WithURL(r.base), chromedp.Navigate(r.base+p))
			w.do(chromedp.Evaluate(`document.querySelectorAll('main details').forEach((d) => d.open = true);0`, nil))
			where := fmt.Sprintf("%s-%s", strings.ReplaceAll(strings.Replace(p, r.venue.ID, "venue", 1), "/", "_"), l.lang)
			w.axe(where)
			w.reflows(where)
		}
	}
}

// overAPart lists what stands over the edge of a part that hides what does not fit.
const overAPart = `[...document.querySelectorAll('main *')].filter((e) => {
	if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('svg, .vh') || getComputedStyle(e).position === 'absolute') return false;
	for (let p = e.parentElement; p; p = p.parentElement) {
		if (getComputedStyle(p).overflowX === 'auto') return false; // it scrolls
		if (getComputedStyle(p).overflowX !== 'hidden') continue;
		const r = e.getBoundingClientRect(), q = p.getBoundingClientRect();
		return r.right > q.right + 1 || r.left < q.left - 1;
	}
}).map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).join('; ')`

// No page of owners and of the team is wider than the screen, from the smallest
// phone to a wide desk, whether there is much on it or nothing yet; and nobody is
// kept out where there is nothing.
func TestOwnerPages_FitEveryScreen(t *testing.T) {
	t.Parallel()
	needAxe(t)
	r := newRooms(t)
	w := open(t, "owner", 320, 844, true)
	r.signsIn(w, r.owner)
	fresh := storetest.VenueOf(t, r.store, r.owner)
	pages := r.office()
	for _, p := range []string{"", "/issues", "/why", "/reach", "/follow", "/bursts", "/tasks", "/codes", "/team", "/alerts", "/budget", "/screens", "/duty", "/channels", "/webhooks", "/audit"} {
		pages = append(pages, "/owner/"+fresh.ID+p)
	}
	for _, p := range pages {
		w.visit(r.base + p)
		w.do(chromedp.Evaluate(`document.querySelectorAll('main details').forEach((d) => d.open = true);0`, nil))
		for _, width := range []int64{320, 390, 1024, 1440, 1920} {
			w.do(emulation.SetDeviceMetricsOverride(width, 844, 1, width < 600))
			where := fmt.Sprintf("%s-%d", strings.ReplaceAll(strings.Replace(p, r.venue.ID, "venue", 1), "/", "_"), width)
			w.reflows(where)
			if cut := w.ask(overAPart); cut != "" {
				t.Errorf("%s: cut off: %s (picture: %s)", where, cut, w.picture(where))
			}
		}
		if strings.Contains(p, fresh.ID) {
			w.axe("fresh" + strings.ReplaceAll(strings.TrimPrefix(p, "/owner/"+fresh.ID), "/", "_"))
		}
	}
}

// Issues of the whole day make the heat map wider than a phone. It scrolls by
// itself and moves no page, also from right to left.
func TestOwnerPages_HoldTheWidestHeatMap(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	for hour := 24; hour > 0; hour-- {
		r.ahead.Store(-int64(time.Duration(hour) * time.Hour))
		r.waits()
	}
	r.ahead.Store(0)
	w := open(t, "owner", 320, 844, true)
	r.signsIn(w, r.owner)
	for _, p := range []string{"", "/why"} {
		for _, lang := range []string{"ar", "en"} {
			w.do(network.SetCookie("mr_lang", lang).WithURL(r.base), chromedp.Navigate(r.base+"/owner/"+r.venue.ID+p))
			for _, width := range []int64{320, 390, 1024, 1440} {
				w.do(emulation.SetDeviceMetricsOverride(width, 844, 1, width < 600))
				w.reflows(fmt.Sprintf("heat%s-%s-%d", strings.ReplaceAll(p, "/", "_"), lang, width))
			}
			w.do(emulation.SetDeviceMetricsOverride(390, 844, 1, true))
			if got := w.ask(`((m) => String(m.scrollWidth > m.clientWidth))(document.querySelector('.heat').parentElement)`); got != "true" {
				t.Errorf("%s in %s: the heat map is not wider than a phone, so nothing was tried", p, lang)
			}
		}
	}
}

// reflows fails when a page must be moved sideways to be read.
func (w *window) reflows(where string) {
	w.t.Helper()
	if wide := w.ask(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); wide != "0" {
		w.t.Errorf("%s: %s pixels too wide (picture: %s)", where, wide, w.picture(where))
	}
}
