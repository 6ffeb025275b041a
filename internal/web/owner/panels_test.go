package owner_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// The overview has what the pages behind it have, in short: the steps from a
// scan to a guest's yes, the hours and tables that stand out, and what was spent.
func TestOverview_SaysWhereAndWhen(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) {
		v.Hours = feedback.Hours{Week: map[string][]string{"sun": {"11:00-23:00"}}}
	})
	main := func() string { t.Helper(); return text(p.lead.page(p.path("?days=7"), http.StatusOK).Find("main")) }
	for range 8 {
		p.desk.Scanned(p.code(p.tables[1]).ID, p.venue)
	}
	if err := p.desk.WriteScans(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		p.tells(p.tables[0], 2, "Cold", "cold")
	}
	if got := main(); strings.Contains(got, "has the most") || strings.Contains(got, "Hardest") {
		t.Errorf("four issues point at something: %q", got)
	}
	p.tells(p.tables[0], 1, "Cold too", "cold")
	p.clock.advance(time.Hour)
	p.tells(p.tables[1], 2, "Slow", "slow")
	doc := p.lead.page(p.path("?days=7"), http.StatusOK)
	for part, want := range map[string]string{
		"[aria-labelledby=fl] .hint": "Table 1 has the most: 5 of 6.",
		"[aria-labelledby=hm] .hint": "Hardest: Sat, 12:00, with 5 of 6.",
		".fun b, .fun span":          "8Scans6Sent, 75%6Needed somebody, 100%0Taken, 0%0Resolved0Confirmed by the guest",
		".c5 > .sm":                  "Tables whose codes nobody scanned: 1",
	} {
		if got := text(doc.Find(part)); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q in it", part, got, want)
		}
	}
	if got := text(doc.Find(".heat tr").Eq(1)); got != "Monclosed" {
		t.Errorf("Monday, when the venue is closed: %q", got)
	}
	if n := doc.Find(".heat tbody td[colspan]").Length(); n != 5 {
		t.Errorf("%d days are closed, want all but Sunday, and Saturday, of which there are issues", n)
	}
	for range 5 {
		p.tells(p.tables[1], 2, "Slow", "slow")
	}
	if got := main(); strings.Contains(got, "Hardest: Sat, 12") || !strings.Contains(got, "Table 2 has the most: 6 of 11.") {
		t.Errorf("with six at the second table: %q", got)
	}
	// What staff write down is sent without a scan, and is no share of the scans.
	if got := text(p.lead.page(p.path("?days=7"), http.StatusOK).Find(".fun span").Eq(1)); got != "Sent" {
		t.Errorf("eleven sent of eight scans: %q", got)
	}
}

// The actions that cost most are named, the dearest first, each with its lists.
func TestOverview_SaysWhatItCost(t *testing.T) {
	p := newPlace(t)
	for n, action := range []string{"apologised", "remade", "discount", "free_item", "voucher", "refund"} {
		r := p.tells(p.tables[0], 2, "Cold", "cold")
		out := feedback.Recovery{Actions: []string{action}, Cost: feedback.Money{Amount: int64(n * 100), Currency: "EUR"}}
		if err := p.desk.Resolve(t.Context(), p.manager, p.venue.ID, r.ID, desk.Outcome{Recovery: out}); err != nil {
			t.Fatal(err)
		}
	}
	rows := p.lead.page(p.path(""), http.StatusOK).Find(".kpi tbody tr")
	if got := text(rows); got != "Refund1€5.00Voucher1€4.00On the house1€3.00Discount1€2.00" {
		t.Errorf("the cost says %q", got)
	}
	rows.Find("a").Each(func(_ int, a *goquery.Selection) {
		if n := p.lead.page(a.AttrOr("href", ""), http.StatusOK).Find(".issues .todo > li").Length(); n != 1 {
			t.Errorf("%s lists %d, want 1", a.AttrOr("href", ""), n)
		}
	})
}

// The bar of the days before leads to their reports, not to those of these days.
func TestOverview_TheDaysBeforeHaveTheirOwnLists(t *testing.T) {
	p := newPlace(t)
	busy(p)
	p.clock.advance(48 * time.Hour)
	p.tells(p.tables[0], 2, "Cold again", "cold")
	bars := p.lead.page(p.path("?from=2026-11-22&to=2026-11-23"), http.StatusOK).Find(".vs li")
	if bars.Length() != 2 {
		t.Fatalf("%d bars, want these days and those before", bars.Length())
	}
	for i, want := range []int{0, 3} {
		li := bars.Eq(i)
		list := p.lead.page(li.Find("a").AttrOr("href", ""), http.StatusOK).Find(".issues .todo > li").Length()
		if got := text(li.Find(".n b")); got != strconv.Itoa(want) || list != want {
			t.Errorf("bar %d: %s resolved, %d in its list, want %d", i, got, list, want)
		}
	}
	if got := text(bars.Eq(1).Find("title")); got != "The days before: Resolved 3, Unresolved 1, Open 1" {
		t.Errorf("the days before are read as %q", got)
	}
}

// Nothing on the overview sets people beside each other: what is split by server
// or language stands behind it, without groups below five.
func TestOverview_RanksNobody(t *testing.T) {
	p := newPlace(t)
	busy(p)
	for _, a := range p.lead.page(p.path(""), http.StatusOK).Find("main a").EachIter() {
		to, err := url.Parse(a.AttrOr("href", ""))
		if by := to.Query().Get("by"); err != nil || by == "server" || by == "language" {
			t.Errorf("%q leads to %s", text(a), to)
		}
	}
}
