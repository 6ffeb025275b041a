package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
)

// overTheEdge lists what of the page stands over the edge of the paper or of a part
// that hides what does not fit.
const overTheEdge = `[...document.querySelectorAll('main *')].filter((e) => {
	if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('svg, .vh') || getComputedStyle(e).position === 'absolute') return false;
	const r = e.getBoundingClientRect();
	return r.right > document.documentElement.clientWidth + 1 || r.left < -1
		|| getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
}).map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40)).join('; ')`

// onPaper prints the page and returns the file: as narrow as A4 and as short as US
// Letter.
func (w *window) onPaper() string {
	w.t.Helper()
	pdf := w.t.TempDir() + "/page.pdf"
	w.do(chromedp.ActionFunc(func(ctx context.Context) error {
		sheets, _, err := page.PrintToPDF().WithPaperWidth(8.27).WithPaperHeight(11).WithPreferCSSPageSize(true).Do(ctx)
		if err != nil {
			return err
		}
		return os.WriteFile(pdf, sheets, 0o600)
	}))
	return pdf
}

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
	listed, err := r.store.For(r.owner, r.venue.ID).Reports(t.Context(), store.Filter{Limit: 10})
	r.must(err)
	last := len(listed) - 1
	from, to := r.desk.Now().AddDate(0, -1, 0), r.desk.Now().AddDate(0, 1, 0)
	asked := "?from=" + from.Format(time.DateOnly) + "&to=" + to.Format(time.DateOnly)
	askedDays := i18n.For("en").Date(from, nil) + " to " + i18n.For("en").Date(to, nil)
	listedDays := i18n.For("en").Date(listed[last].CreatedAt, r.venue.Zone()) + " to " + i18n.For("en").Date(listed[0].CreatedAt, r.venue.Zone())
	for _, paper := range []struct {
		name, page, first string // what stands on the first sheet
		has               []string
		not               string
	}{
		{"overview", "?days=30", "Were guests looked after before they left?", []string{
			"of 4", "Latest unresolved", "Nobody came", "Time to resolve", "Made right, say guests", "Cost of making it right", "From scan to put right",
			"What it was about", "By table", "Terrace 12", "By hour and weekday", "By shift", "By area", "Upper garden",
			"No yes",                 // of the table of days
			"Taken, 75%",             // a step, of the one before
			"9 in 10 within",         // the key of a chart
			"Confirmed by the guest", // a step
		}, "7 days"},
		{"list", "/issues?status=any", "Nobody came", []string{"Issues", "All but dismissed", "The guest has left", "Made right? Yes", "Resolved", "Unresolved", listedDays}, "Dismissed"},
		{"list of days", "/issues" + asked + "&status=any", askedDays, []string{"Nobody came"}, "Dismissed"},
		{"why", "/why" + asked, "By hour and weekday", []string{"By shift", "By cause", "Cold", "What worked", askedDays}, "From scan to put right"},
	} {
		view{"en", 390, true, false}.set(w)
		w.do(network.SetCookie("mr_lang", "en").WithURL(r.base), chromedp.Navigate(home+paper.page))
		pdf := w.onPaper()
		all := clean(printed(t, pdf, "-raw")) // what stands below each other in one cell is read together
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

// A busy month of a house with four areas lies on two sheets, in short words and in
// long ones, with nothing cut off.
func TestOwnerPages_AMonthHasTwoSheets(t *testing.T) {
	t.Parallel()
	needPaper(t)
	r := newRooms(t)
	r.ahead.Store(-int64(29 * 24 * time.Hour))
	var tables []desk.NewTable
	for n := range 18 {
		tables = append(tables, desk.NewTable{Name: fmt.Sprint(20 + n), Area: []string{"Dining room", "Terrace", "Bar"}[n/6]})
	}
	_, err := r.desk.AddTables(t.Context(), r.owner, r.venue.ID, tables)
	r.must(err)
	codes, err := r.store.For(r.owner, r.venue.ID).Codes(t.Context(), r.desk.Now())
	r.must(err)
	for day := 29; day >= 0; day-- {
		r.ahead.Store(-int64(time.Duration(day)*24*time.Hour + time.Duration(day%9)*time.Hour))
		one, err := r.desk.Submit(t.Context(), desk.NewReport{
			Code: codes[day%len(codes)].Code, Rating: 2, Causes: []string{feedback.Causes[day%len(feedback.Causes)]}, Words: "Not as we know it",
			Handling: feedback.ComeOver, Language: "en", Opened: r.desk.Now(),
		})
		r.must(err)
		if day%5 == 0 {
			r.must(r.desk.Unresolved(t.Context(), r.owner, r.venue.ID, one.ID, "guest_left", ""))
			continue
		}
		r.round(one.ID, r.owner)
		r.judge(one.ID, []feedback.Verdict{feedback.Yes, feedback.Partly}[day%2])
	}
	w := open(t, "owner", 1024, 900, false)
	r.signsIn(w, r.owner)
	for _, lang := range []string{"en", "de", "ar"} {
		w.do(network.SetCookie("mr_lang", lang).WithURL(r.base), chromedp.Navigate(r.base+"/owner/"+r.venue.ID+"?days=30"))
		pdf := w.onPaper()
		if sheets := strings.Split(strings.TrimSuffix(printed(t, pdf), "\f"), "\f"); len(sheets) != 2 {
			t.Errorf("in %s there are %d sheets, want two; on the last: %s", lang, len(sheets), clean(sheets[len(sheets)-1]))
		}
		for _, want := range []string{"29", "34", "37"} {
			if !strings.Contains(printed(t, pdf, "-f", "2"), want) {
				t.Errorf("in %s table %s is not on the second sheet", lang, want)
			}
		}
		w.do(emulation.SetDeviceMetricsOverride(703, 1000, 1, false), emulation.SetEmulatedMedia().WithMedia("print"))
		if cut := w.ask(overTheEdge); cut != "" {
			t.Errorf("in %s: cut off: %s", lang, cut)
		}
		w.do(emulation.SetEmulatedMedia())
	}
}
