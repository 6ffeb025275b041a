package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A board whose tab lies behind another one rings all the same, again and again,
// and its title counts.
func TestBoard_RingsBehindAnotherTab(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	w := open(t, "tablet", 1024, 768, true)
	w.before(ears)
	w.visit(d.BoardURL)
	w.sees("All quiet")
	w.press("h2") // any tap unlocks the sound
	w.do(chromedp.WaitNotVisible("#hush", chromedp.ByQuery))
	other, closeOther := chromedp.NewContext(w.ctx)
	t.Cleanup(closeOther)
	front := &window{t, "other tab", other}
	front.do(chromedp.Navigate("about:blank"), page.BringToFront())
	w.until("another tab in front", `document.visibilityState === 'hidden'`)
	rings := func(what string) {
		t.Helper()
		w.do(chromedp.Evaluate(`window.was = heard.sine; later(20500)`, nil))
		w.until(what, `heard.sine > window.was`)
	}
	w.do(chromedp.Evaluate(`window.was = heard.sine; 0`, nil))
	got, err := send(t.Context(), "POST", p.Base+"/api/v1/codes/"+d.Tables[3].Code+"/reports", `{"rating":1,"causes":["cold"],"handling":"come_over","language":"en"}`, "Content-Type", "application/json")
	if err != nil || got.status != 201 {
		t.Fatalf("report: %d %s, %v", got.status, got.body, err)
	}
	w.until("the first bell", `heard.sine > window.was`)
	rings("the second bell")
	rings("the third bell")
	w.until("the count in the title", `document.title.startsWith('(1)')`)
	w.until("another tab in front to the end", `document.visibilityState === 'hidden'`)
}
