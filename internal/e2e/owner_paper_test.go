package e2e

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// overTheEdge lists what of the page stands over the edge of the paper or of a part
// that hides what does not fit.
const overTheEdge = `[...document.querySelectorAll('main *')].filter((e) => {
	if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('svg, .vh') || getComputedStyle(e).position === 'absolute') return false;
	const r = e.getBoundingClientRect();
	return r.right > document.documentElement.clientWidth + 1 || r.left < -1
		|| getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
}).map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).join('; ')`

// On paper the owner's pages have their figures with the tables behind them, and
// nothing that can only be pressed; black on white, also from a dark phone, with
// nothing cut off.
func TestOwnerPages_ArePrinted(t *testing.T) {
	t.Parallel()
	needPaper(t)
	r := charted(t)
	w := open(t, "owner", 390, 844, true)
	r.signsIn(w, r.owner)
	home := r.base + "/owner/" + r.venue.ID
	for _, paper := range []struct {
		name, page, first string // what stands on the first sheet
		has               []string
		not               string
	}{
		{"overview", "?days=30", "Were guests looked after before they left?", []string{
			"of 4", "Latest unresolved", "Nobody came", "Time to resolve", "Made right, say guests", "Cost of making it right", "From scan to put right",
			"What it was about", "By table", "Terrace 12", "By hour and weekday", "By shift", "By area", "Upper garden",
			"No yes",                 // of the table of days
			"Of the step before",     // of the table of steps
			"9 in 10 within",         // the key of a chart
			"Confirmed by the guest", // a step
		}, "7 days"},
		{"list", "/issues?status=any", "Nobody came", []string{"Issues", "All but dismissed", "The guest has left", "Made right? Yes", "Resolved", "Unresolved"}, "Dismissed"},
		{"why", "/why", "By hour and weekday", []string{"By shift", "By cause", "Cold", "What worked"}, "From scan to put right"},
	} {
		view{"en", 390, true, false}.set(w)
		w.do(network.SetCookie("mr_lang", "en").WithURL(r.base), chromedp.Navigate(home+paper.page))
		pdf := t.TempDir() + "/" + paper.name + ".pdf"
		w.do(chromedp.ActionFunc(func(ctx context.Context) error {
			// As narrow as A4 and as short as US Letter.
			sheets, _, err := page.PrintToPDF().WithPaperWidth(8.27).WithPaperHeight(11).WithPreferCSSPageSize(true).Do(ctx)
			if err != nil {
				return err
			}
			return os.WriteFile(pdf, sheets, 0o600)
		}))
		all := clean(printed(t, pdf))
		for _, want := range paper.has {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not on paper: %s", paper.name, want, all)
			}
		}
		for _, not := range []string{paper.not, "Live board", "Settings", "Sign out", "Skip to content", "Export", "Dates", "Show as a table", "Filter", "All issues", "Follow up"} {
			if strings.Contains(all, not) {
				t.Errorf("%s: %q is on paper, where nobody can press it", paper.name, not)
			}
		}
		if first := clean(printed(t, pdf, "-l", "1")); !strings.Contains(first, paper.first) {
			t.Errorf("%s: the first sheet has only %q", paper.name, first)
		}
		for _, lang := range []string{"en", "ar"} {
			// 186 mm of A4 lie between the margins.
			w.do(network.SetCookie("mr_lang", lang).WithURL(r.base), chromedp.Navigate(home+paper.page),
				emulation.SetDeviceMetricsOverride(703, 1000, 1, false),
				emulation.SetEmulatedMedia().WithMedia("print").WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
			if cut := w.ask(overTheEdge); cut != "" {
				t.Errorf("%s in %s: cut off: %s", paper.name, lang, cut)
			}
			if got := w.ask(`getComputedStyle(document.querySelector('h1')).color + ' on ' + getComputedStyle(document.body).backgroundColor`); got != "rgb(0, 0, 0) on rgb(255, 255, 255)" {
				t.Errorf("%s in %s is printed %s", paper.name, lang, got)
			}
		}
	}
}
