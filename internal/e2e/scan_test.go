package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"makeright/api"
)

// unsaid is whether the form has not told yet that somebody sees it.
const unsaid = `!!document.querySelector('form.ask').dataset.scan`

// TestScan_OfARealBrowserOpensAVisit: where the venue wants it, the first guest who sees the
// form of a table opens a visit and the second joins it, what only looks at the address opens
// none, what is sent stays as doubtful as before, and staff make the visit theirs.
func TestScan_OfARealBrowserOpensAVisit(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	admin, on := api.New(p.Base, d.Key), true
	_, err := admin.ChangeVenue(t.Context(), d.Venue.ID, api.ChangeVenue{VisitOnScan: &on, Hours: &api.Hours{}})
	if err != nil {
		t.Fatal(err)
	}
	table := d.Tables[4]
	staff := open(t, "staff", 1024, 768, true)
	staff.visit(d.BoardURL)
	list := p.Base + "/board/" + d.Venue.ID + "/visits"
	scanned := func() (n int) {
		t.Helper()
		var text string
		staff.do(chromedp.Navigate(list), chromedp.Text(".rows", &text, chromedp.ByQuery))
		return strings.Count(text, "Opened by a scan")
	}

	for range 50 { // messengers and mail scanners
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if _, err := send(t.Context(), method, table.URL, "", "User-Agent", "WhatsApp/2.23 facebookexternalhit/1.1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	ahead := open(t, "a page loaded ahead", 390, 844, true)
	ahead.do(page.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`var shown = false; Object.defineProperty(document, 'hidden', {get: () => !shown})`).Do(ctx)
		return err
	}))
	var waits bool
	ahead.do(chromedp.Navigate(table.URL), chromedp.Evaluate(unsaid, &waits))
	if n := scanned(); n != 0 || !waits {
		t.Fatalf("%d visits, and the page that nobody sees waits: %v; want none, and that it does", n, waits)
	}

	ahead.do(chromedp.Evaluate(`shown = true; document.dispatchEvent(new Event('visibilitychange'))`, nil), chromedp.Evaluate(unsaid, &waits))
	for end := time.Now().Add(patience); scanned() == 0; {
		if time.Now().After(end) || waits {
			t.Fatalf("no visit is opened by a scan; the page waits: %v (picture: %s)", waits, staff.picture("none"))
		}
	}
	guest := open(t, "guest", 390, 844, true)
	guest.visit(table.URL)
	guest.press(".faces label:nth-of-type(2)")
	guest.press("button.go")
	guest.sees("Your note is saved")
	reports, err := admin.ListReports(t.Context(), d.Venue.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := reports.Items[0]
	if r.Table.ID != table.ID || r.Visit == nil || r.Trust != api.TrustTable {
		t.Fatalf("the newest report is of %s, visit %v, trust %s; want this table's, its visit, and no more trust than its code", r.Table.Name, r.Visit, r.Trust)
	}
	if n := scanned(); n != 1 {
		t.Fatalf("%d visits by a scan after the second guest, want one", n)
	}
	staff.picture("scanned")

	staff.press(`.rows a[href*="table="]`)
	staff.write("#server", "Maria")
	staff.write("#covers", "2")
	staff.press("form.form button.go")
	staff.seesIn(".rows", "Maria · guests: 2")
	visit, err := admin.ChangeVisit(t.Context(), d.Venue.ID, *r.Visit, api.ChangeVisit{Moment: api.MomentMains})
	if err != nil || visit.ByScan || visit.Server != "Maria" || visit.Covers != 2 {
		t.Errorf("the visit is %+v, %v; want it filled in by staff", visit, err)
	}
	if n := scanned(); n != 0 {
		t.Errorf("%d visits still stand as opened by a scan", n)
	}
}
