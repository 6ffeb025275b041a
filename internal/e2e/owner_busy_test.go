package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// holds keeps back the page or file that the window asks for next, until it is
// let go.
func (w *window) holds() (letGo func()) {
	w.t.Helper()
	held := make(chan *fetch.EventRequestPaused, 10)
	ctx, stop := context.WithCancel(w.ctx)
	w.t.Cleanup(stop)
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*fetch.EventRequestPaused); ok {
			held <- e
		}
	})
	w.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{ResourceType: network.ResourceTypeDocument}}))
	return func() {
		w.t.Helper()
		e := <-held
		stop()
		w.do(fetch.ContinueRequest(e.RequestID), fetch.Disable())
	}
}

// tellsBusy has the page log what it says while it waits: a browser answers no
// questions about a page that it is about to leave.
const tellsBusy = `;window.before = true;
	new MutationObserver(async () => {
		const busy = document.querySelector('#busy');
		if (!busy.innerText.trim()) return;
		await new Promise((drawn) => setTimeout(drawn));
		const found = await axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
		console.log(busy.innerText.trim(), 'read as', busy.role + ', of a control:', document.querySelector('[aria-busy=true]').matches('a, form') + ',',
			'too wide:', document.documentElement.scrollWidth - document.documentElement.clientWidth + ',', 'axe:', found.violations.map((v) => v.id).join());
	}).observe(document.querySelector('#busy'), { childList: true }); 0`

// logged is what the page logs next.
func (w *window) logged() string {
	w.t.Helper()
	said := make(chan string, 1)
	ctx, stop := context.WithTimeout(w.ctx, patience)
	defer stop()
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*runtime.EventConsoleAPICalled); ok {
			var parts []string
			for _, a := range e.Args {
				parts = append(parts, strings.Trim(string(a.Value), `"`))
			}
			said <- strings.Join(parts, " ")
		}
	})
	select {
	case text := <-said:
		return text
	case <-ctx.Done():
		return ""
	}
}

// seesEnd waits until nothing is said to be slow any more, on the same page when
// it stays, else on the next.
func (w *window) seesEnd(stays bool) {
	w.t.Helper()
	want, last := fmt.Sprint(stays, false), ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		err := w.try(patience, chromedp.Evaluate(`String(!!window.before) + ' ' + !!document.querySelector('#busy p, [aria-busy]')`, &last))
		if err == nil && last == want {
			return
		}
	}
	w.t.Errorf("the same page, busy: %s, want %s", last, want)
}

// An answer that is slow says so: to a form, to a page and to a file, which
// leaves the page where it is. What is said is gone when the answer comes.
func TestOwnerPages_SaySlowAnswers(t *testing.T) {
	t.Parallel()
	needAxe(t)
	r := charted(t)
	_, err := r.desk.AddChannel(t.Context(), r.owner, desk.NewChannel{Venue: r.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.invalid/room"})
	r.must(err)
	w := open(t, "owner", 390, 844, true)
	r.signsIn(w, r.owner)
	w.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(t.TempDir()))
	axe, err := axeScript()
	r.must(err)
	home := r.base + "/owner/" + r.venue.ID
	const working = "One moment, this takes a little longer."
	for _, slow := range []struct {
		name, page, press string
		stays             bool   // as it is
		open              string // a menu to open first, if any
	}{
		{"a page", "", `main a[href*="/why"]`, false, ""},
		{"a test of a channel", "/channels", `form[action$="/test"] button`, false, ""},
		{"a file to read in", "/file", `form[action$="/file"] button`, false, ""},
		{"a table", "", `a[href*="export.xlsx"]`, true, ".away summary"},
		{"a venue as a file", "/file", `a[download]`, true, ""},
		{"sheets of codes", "/codes", `.head a[href$="/sheet.pdf"]`, false, ""},
		{"a sheet that was chosen", "/codes", `#print button`, false, ""},
	} {
		t.Run(slow.name, func(t *testing.T) {
			w := &window{t, w.name, w.ctx}
			w.visit(home + slow.page)
			w.do(chromedp.Evaluate(axe+tellsBusy, nil))
			if slow.open != "" {
				w.press(slow.open)
			}
			letGo := w.holds()
			w.press(slow.press)
			if got, want := w.logged(), working+" read as status, of a control: true, too wide: 0, axe: "; got != want {
				t.Errorf("the page says %q, want %q", got, want)
			}
			letGo()
			w.seesEnd(slow.stays)
		})
	}
}
