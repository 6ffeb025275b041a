package owner_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// visits opens so many at the second table.
func (p *place) visits(n int, test bool) {
	p.Helper()
	for range n {
		if _, _, err := p.desk.OpenVisit(p.Context(), p.owner, p.venue.ID, desk.NewVisit{Table: p.tables[1], Test: test}); err != nil {
			p.Fatal(err)
		}
	}
}

// Issues stand for each hundred visits that staff or the till opened, and only
// where there were enough of those; a venue without any says nothing.
func TestCompare_ForEachHundredVisits(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) { v.Name, v.VisitOnScan = "Annexe", true })
	storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Name = "Zenith" })
	busy(p)
	p.visits(9, true) // which only try things
	if err := p.desk.Arrive(t.Context(), p.code(p.tables[0]).Code); err != nil {
		t.Fatal(err)
	}
	if here, err := p.store.For(p.owner, p.venue.ID).OpenVisitsAt(t.Context(), p.tables[0], p.clock.t); err != nil || len(here) != 1 {
		t.Fatalf("a scan opened %d visits, %v", len(here), err)
	}
	row := func(venue string) string {
		t.Helper()
		rows := p.boss.page(p.path("/compare"), http.StatusOK).Find("table.t tbody tr")
		td := rows.FilterFunction(func(_ int, tr *goquery.Selection) bool { return text(tr.Find("th")) == venue }).Find("td")
		return text(td.Eq(0)) + " issues, " + text(td.Eq(-2)) + " visits: " + text(td.Last())
	}
	for _, step := range []struct {
		more int
		want string
	}{
		{0, "5 issues, 0 visits: –"},
		{29, "5 issues, 29 visits: –"},
		{1, "5 issues, 30 visits: 16.7"},
		{10, "5 issues, 40 visits: 12.5"},
	} {
		p.visits(step.more, false)
		if got := row("Annexe"); got != step.want {
			t.Errorf("before they were added up: %s, want %s", got, step.want)
		}
		if err := p.store.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := row("Annexe"); got != step.want {
			t.Errorf("after: %s, want %s", got, step.want)
		}
		if got := row("Zenith"); got != "0 issues, 0 visits: –" {
			t.Errorf("the venue without visits: %s", got)
		}
	}
}

// One leads from venue to venue and to all beside each other; each sees those that
// they manage, and nobody else's.
func TestVenues_AreSwitched(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) { v.Name = "Annexe" })
	second := storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Name = "Bistro" })
	third := storetest.VenueOf(t, p.store, p.owner, func(v *feedback.Venue) { v.Name = "Cellar" })
	_, foreign := storetest.Venue(t, p.store, func(v *feedback.Venue) { v.Name = "Elsewhere" })
	both := storetest.Person(t, p.store, p.owner, p.venue.ID, "Bo", feedback.Manager)
	roles := map[string]feedback.Role{p.venue.ID: feedback.Manager, second.ID: feedback.Manager, third.ID: feedback.Staff}
	if err := p.desk.ChangePerson(t.Context(), p.owner, both.Person, desk.PersonChange{Roles: &roles}); err != nil {
		t.Fatal(err)
	}
	for who, b := range map[string]struct {
		*browser
		sees string
	}{
		"the owner":                {p.boss, "Annexe, Bistro, Cellar"},
		"a manager of two":         {p.signIn(feedback.Actor{Person: both.Person}, ""), "Annexe, Bistro"},
		"a manager of one":         {p.lead, "Annexe"},
		"who waits in the kitchen": {p.waiter, ""},
	} {
		if b.sees == "" {
			if a := b.get(p.path("/compare")); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s compares venues: %d", who, a.StatusCode)
			}
			continue
		}
		doc := b.page(p.path("/compare"), http.StatusOK)
		var rows, menu []string
		doc.Find("table.t tbody th").Each(func(_ int, th *goquery.Selection) { rows = append(rows, text(th)) })
		doc.Find("header details a, nav details a, details a").Each(func(_ int, a *goquery.Selection) {
			at := strings.TrimPrefix(a.AttrOr("href", ""), "/owner/")
			for _, id := range []string{p.venue.ID, second.ID, third.ID, foreign.ID} {
				if at == id {
					menu = append(menu, text(a))
					if here := a.AttrOr("aria-current", "") != ""; here != (id == p.venue.ID) {
						t.Errorf("%s: %s is where one is: %v", who, text(a), here)
					}
					if main := b.page("/owner/"+id, http.StatusOK); !strings.HasSuffix(text(main.Find("title")), text(a)) {
						t.Errorf("%s: %s leads to %q", who, text(a), text(main.Find("title")))
					}
				}
			}
		})
		if got := strings.Join(rows, ", "); got != b.sees {
			t.Errorf("%s compares %s, want %s", who, got, b.sees)
		}
		if got := strings.Join(menu, ", "); got != b.sees {
			t.Errorf("%s may switch to %s, want %s", who, got, b.sees)
		}
		if has := doc.Find(`details a[href$="/compare"]`).Length() == 1; has != strings.Contains(b.sees, ",") {
			t.Errorf("%s is led to all venues: %v", who, has)
		}
	}
}

// Of servers and languages with fewer than five reports no page says anything, and
// nobody is ranked: they stand by name, whatever the figures are (rule 9).
func TestWhy_HidesFewAndRanksNobody(t *testing.T) {
	p := newPlace(t)
	for _, one := range []struct {
		server, lang string
		n, resolved  int
	}{{"Ada", "de", 6, 1}, {"Mia", "en", 5, 3}, {"Quincy", "es", 4, 4}, {"Zoe", "fr", 7, 0}} {
		id, _, err := p.desk.OpenVisit(t.Context(), p.owner, p.venue.ID, desk.NewVisit{Table: p.tables[0], Server: one.server})
		if err != nil {
			t.Fatal(err)
		}
		codes, err := p.store.For(p.owner, p.venue.ID).CodesOf(t.Context(), p.tables[0], id, p.clock.t)
		if err != nil || len(codes) != 1 {
			t.Fatalf("codes of a visit: %v, %v", codes, err)
		}
		for i := range one.n {
			r, err := p.desk.Submit(t.Context(), desk.NewReport{Code: codes[0].Code, Rating: 2, Words: "Cold.", Language: one.lang})
			if err != nil {
				t.Fatal(err)
			}
			if i < one.resolved {
				p.takes(r, time.Minute)
				p.resolves(r, time.Minute, 0)
			}
		}
	}
	doc := p.boss.page(p.path("/why"), http.StatusOK)
	for by, want := range map[string]string{"server": "Ada, Mia, Zoe", "language": "Deutsch, English, Français"} {
		var got []string
		doc.Find("[aria-labelledby=by-" + by + "] tbody th").Each(func(_ int, th *goquery.Selection) { got = append(got, text(th)) })
		if strings.Join(got, ", ") != want {
			t.Errorf("by %s: %q, want %s", by, got, want)
		}
	}
	for _, path := range []string{"", "/why", "/reach", "/compare", "/budget", "/team", "/tasks", "/digest"} {
		main := text(p.boss.page(p.path(path), http.StatusOK).Find("main"))
		for _, name := range []string{"Quincy", "Español"} {
			if strings.Contains(main, name) {
				t.Errorf("%s says something of %s", path, name)
			}
		}
		if named := strings.Contains(main, "Zoe"); named != (path == "/why") {
			t.Errorf("%s names servers: %v", path, named)
		}
	}
}

// What worked is said with how many answered, and not before thirty did.
func TestWhy_WhatWorkedNeedsThirtyAnswers(t *testing.T) {
	p := newPlace(t)
	for n := range 30 {
		r := p.tells(p.tables[n%2], 2, "Cold", "cold")
		p.takes(r, time.Minute)
		p.resolves(r, time.Minute, 0)
		said := feedback.Yes
		if n < 12 {
			said = feedback.Partly
		}
		if n < 28 {
			p.judges(r, said)
			continue
		}
		for _, by := range []string{"action", "took", "cause"} {
			cell := p.lead.page(p.path("/why"), http.StatusOK).Find("[aria-labelledby=by-" + by + "] tbody td").Eq(3)
			if want := map[int]string{28: "28, too few", 29: "29, too few"}[n]; text(cell) != want {
				t.Errorf("by %s, %d answers: %q, want %q", by, n, text(cell), want)
			}
		}
		p.judges(r, said)
	}
	for _, by := range []string{"action", "took", "cause"} {
		cell := p.lead.page(p.path("/why"), http.StatusOK).Find("[aria-labelledby=by-" + by + "] tbody td").Eq(3)
		if text(cell) != "60% of 30" {
			t.Errorf("by %s, thirty answers: %q, want 60%% of 30", by, text(cell))
		}
		if n := p.lead.page(cell.Find("a").AttrOr("href", ""), http.StatusOK).Find(".issues .todo > li").Length(); n != 30 {
			t.Errorf("by %s: %d answers behind the share, want 30", by, n)
		}
	}
}
