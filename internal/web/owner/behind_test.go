package owner_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// tries sends what no number counts: an issue and praise of a test visit.
func tries(p *place) {
	p.Helper()
	visit, _, err := p.desk.OpenVisit(p.Context(), p.owner, p.venue.ID, desk.NewVisit{Table: p.tables[0], Test: true})
	if err != nil {
		p.Fatal(err)
	}
	codes, err := p.store.For(p.owner, p.venue.ID).CodesOf(p.Context(), p.tables[0], visit, p.clock.t)
	if err != nil || len(codes) == 0 {
		p.Fatalf("codes of the test visit: %v %v", codes, err)
	}
	for _, rating := range []int{1, 5} {
		if _, err := p.desk.Submit(p.Context(), desk.NewReport{Code: codes[0].Code, Rating: rating, Causes: []string{"cold"}, Language: "en"}); err != nil {
			p.Fatal(err)
		}
	}
}

// Every number leads to a list of exactly so many.
func TestOverview_NumbersLeadToTheirLists(t *testing.T) {
	p := newPlace(t)
	busy(p)
	tries(p)
	doc := p.lead.page(p.path(""), http.StatusOK)
	followed := 0
	follow := func(link *goquery.Selection, number string) {
		t.Helper()
		want, err := strconv.Atoi(number)
		href := link.AttrOr("href", "")
		if err != nil {
			t.Fatalf("%q beside %s is no number", number, href)
		}
		list := p.lead.page(href, http.StatusOK)
		if got := list.Find(".issues .todo > li").Length(); got != want {
			t.Errorf("%s: %d in the list, want %d", href, got, want)
		}
		followed++
	}
	doc.Find(".kpi a").Each(func(i int, a *goquery.Selection) {
		// Taken and in time; answered, twice; resolved, twice; what guests said, yes and partly; what it cost, by
		// what was done: how often, and what of it.
		if want := []string{"3", "2", "1", "1", "3", "3", "2", "1", "1", "1", "3", "1"}; i < len(want) {
			follow(a, want[i])
		}
	})
	// Sent, needed somebody, taken, resolved, confirmed.
	for i, want := range []string{"6", "5", "3", "3", "1"} {
		if b := doc.Find(".fun li b").Eq(i + 1); text(b) != want {
			t.Errorf("step %d: %q, want %s", i, text(b), want)
		}
	}
	doc.Find(".fun li").Slice(1, 6).Each(func(_ int, li *goquery.Selection) { follow(li.Find("a"), text(li.Find("b"))) })
	doc.Find(".heat td a").Each(func(_ int, a *goquery.Selection) { follow(a, text(a)) })
	doc.Find("[aria-labelledby=by-shift] td a, [aria-labelledby=by-area] td a").Each(func(_ int, a *goquery.Selection) {
		if n := text(a); !strings.Contains(n, ":") {
			follow(a, n)
		}
	})
	doc.Find(".duo a").Each(func(_ int, a *goquery.Selection) { follow(a, text(a.Find("b"))) })
	doc.Find(".outcomes li").Each(func(_ int, li *goquery.Selection) { follow(li.Find("a"), text(li.Find("b"))) })
	doc.Find(".hb li").Each(func(_ int, li *goquery.Selection) { follow(li.Find("a"), text(li.Find(".n b"))) })
	doc.Find(".tile").Each(func(_ int, a *goquery.Selection) { follow(a, strings.Fields(text(a.Find("small")))[0]) })
	doc.Find("figcaption .hint a, .pn:not(.kpi) > .hint a").Each(func(_ int, a *goquery.Selection) { follow(a, strings.Fields(text(a))[0]) })
	days, about := doc.Find(".c8 .astable td a"), doc.Find(".c7 .astable td a")
	for _, table := range []*goquery.Selection{days, about} {
		table.Each(func(_ int, a *goquery.Selection) { follow(a, text(a)) })
	}
	if followed != 12+3+8+2+2+3+4+5+5+1+(3+5) {
		t.Errorf("followed %d numbers, of them %d of days and %d of causes", followed, days.Length(), about.Length())
	}
}

// Why: each number of each split leads to a list of exactly so many, and a
// server with fewer than five reports is not named.
func TestWhy_NumbersLeadToTheirLists(t *testing.T) {
	p := newPlace(t)
	busy(p)
	tries(p)
	doc := p.lead.page(p.path("/why"), http.StatusOK)
	followed := 0
	follow := func(link *goquery.Selection, number string) {
		t.Helper()
		list := p.lead.page(link.AttrOr("href", ""), http.StatusOK)
		if got := strconv.Itoa(list.Find(".issues .todo > li").Length()); got != number {
			t.Errorf("%s: %s in the list, want %s", link.AttrOr("href", ""), got, number)
		}
		followed++
	}
	doc.Find(".heat td a").Each(func(_ int, a *goquery.Selection) { follow(a, text(a)) })
	doc.Find("table.t tbody tr").Each(func(_ int, tr *goquery.Selection) { follow(tr.Find("th a"), text(tr.Find("td").First())) })
	doc.Find("table.t td a").Each(func(_ int, a *goquery.Selection) {
		if n, href := text(a), a.AttrOr("href", ""); !strings.Contains(href, "count=") {
			follow(a, n)
		} else if few, ok := strings.CutSuffix(n, ", too few"); ok {
			follow(a, few)
		}
	})
	for about, want := range map[string]int{
		"by=area&key=Window&count=taken": 2, "by=area&key=&count=taken": 1, "by=cause&key=cold&count=cost": 1, "by=action&key=remade&count=said": 2,
	} {
		q, _ := url.ParseQuery(about)
		list := p.lead.page(p.path("/issues?status=any&from=2026-11-21&to=2026-11-21&"+about), http.StatusOK)
		if got := list.Find(".issues .todo > li").Length(); got != want {
			t.Errorf("%s: %d in the list, want %d", about, got, want)
		}
		has := func(_ int, a *goquery.Selection) bool {
			to, _ := url.Parse(a.AttrOr("href", ""))
			got := to.Query()
			return got.Get("by") == q.Get("by") && got.Get("key") == q.Get("key") && got.Get("count") == q.Get("count")
		}
		if doc.Find("table.t td a").FilterFunction(has).Length() == 0 {
			t.Errorf("no number leads to %s", about)
		}
	}
	if followed < 30 || doc.Find("#by-server").Length() != 0 {
		t.Errorf("followed %d numbers; servers: %d", followed, doc.Find("#by-server").Length())
	}
	if got := text(doc.Find("#by-took ~ .scroll tbody th")); !strings.HasPrefix(got, "From 1 min") {
		t.Errorf("by how fast somebody came: %q", got)
	}
	if got := text(doc.Find("main")); !strings.Contains(got, "too few") {
		t.Errorf("three answers are said to prove something: %q", got)
	}
}

// The same holds for each venue beside the others, in the venue's own list.
func TestCompare_NumbersLeadToTheirLists(t *testing.T) {
	p := newPlace(t)
	busy(p)
	quiet := storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Name = "Quiet" })
	rows := p.boss.page(p.path("/compare"), http.StatusOK).Find("table.t tbody tr")
	for _, tr := range rows.EachIter() {
		links := tr.Find("td a")
		if strings.Contains(text(tr.Find("th")), quiet.Name) {
			if got := text(links); got != "0" {
				t.Errorf("of a venue without issues %q leads somewhere, want only its visits", got)
			}
			continue
		}
		var found []string
		for i, a := range links.EachIter() {
			if href := a.AttrOr("href", ""); i < links.Length()-1 {
				found = append(found, text(a)+" "+strconv.Itoa(p.boss.page(href, http.StatusOK).Find(".issues .todo > li").Length()))
			} else if !strings.HasPrefix(href, p.path("/reach?")) {
				t.Errorf("visits lead to %s", href)
			}
		}
		if got, want := strings.Join(found, ", "), "5 5, 3 3, 1 1, 1 1, 1 of 2 who answered 2, 67% 2, €4.50 1"; got != want {
			t.Errorf("numbers and the lengths of their lists: %s, want %s", got, want)
		}
	}
	if rows.Length() != 2 {
		t.Errorf("%d venues, want 2", rows.Length())
	}
}
