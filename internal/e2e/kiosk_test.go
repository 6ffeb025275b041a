package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestKiosk is a tablet by the door: the owner finds its address, a guest says
// something and leaves, another walks away in the middle, and the next one finds
// nothing of either, whatever they press.
func TestKiosk(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	owner := open(t, "owner", 1440, 900, true)
	owner.visit(d.OwnerURL)
	owner.visit(p.Base + "/owner/" + d.Venue.ID + "/tables/" + d.Tables[0].ID)
	var at string
	owner.do(chromedp.Text("#kiosk a", &at, chromedp.ByQuery))
	if !strings.HasPrefix(at, p.Base+"/K/") {
		t.Fatalf("the address of the kiosk is %q", at)
	}
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			w := open(t, "door", 1024, 768, scripts)
			if scripts {
				// The clock of 20 seconds runs out when the test says so.
				w.do(page.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
					_, err := page.AddScriptToEvaluateOnNewDocument(`const wait = setTimeout; setTimeout = (f, ms) => ms === 20000 ? (runOut = f, 0) : wait(f, ms); var runOut`).Do(ctx)
					return err
				}))
			}
			w.visit(at)
			w.sees("How is everything?")
			w.picture("form")
			w.press(".faces label:nth-of-type(2)")
			w.write("#w", "Cold soup")
			if scripts {
				w.do(chromedp.Evaluate(`runOut()`, nil))
				w.blank()
				w.press(".faces label:nth-of-type(2)")
				w.write("#w", "Cold soup")
			}
			w.press("button.go")
			w.sees("Thank you. The team has received it.")
			w.picture("thanks")
			w.do(chromedp.NavigateBack())
			w.sees("How is everything?")
			w.blank()
			w.visit(at + "/thanks")
			w.press("a.btn")
			w.sees("How is everything?")
			w.blank()
		})
	}
}

// blank holds that nothing is chosen and nothing is written.
func (w *window) blank() {
	w.t.Helper()
	var words string
	var chosen []*cdp.Node
	w.do(chromedp.Value("#w", &words, chromedp.ByQuery), chromedp.Nodes("input:checked", &chosen, chromedp.ByQueryAll, chromedp.AtLeast(0)))
	if words != "" || len(chosen) > 0 {
		w.t.Errorf("%s finds %q, and %d marks", w.name, words, len(chosen))
	}
}
