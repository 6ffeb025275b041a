package owner_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

func TestReach(t *testing.T) {
	p := newPlace(t)
	if got := text(p.lead.page(p.path("/reach"), http.StatusOK).Find("main")); !strings.Contains(got, "Nothing was scanned or sent") {
		t.Errorf("an empty page: %q", got)
	}
	var receipt feedback.Code
	for _, covers := range []int{4, 46} {
		visit, _, err := p.desk.OpenVisit(t.Context(), p.owner, p.venue.ID, desk.NewVisit{Table: p.tables[1], Covers: covers})
		if err != nil {
			t.Fatal(err)
		}
		codes, err := p.store.For(p.owner, p.venue.ID).CodesOf(t.Context(), p.tables[1], visit, p.clock.t)
		if err != nil || len(codes) != 1 {
			t.Fatalf("codes of a visit: %v, %v", codes, err)
		}
		receipt = codes[0]
	}
	p.desk.Scanned(p.code(p.tables[0]).ID, p.venue)
	if err := p.desk.WriteScans(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.tells(p.tables[0], 5, "Lovely.")
	first, second := p.tells(p.tables[0], 2, "Cold.", "cold"), p.tells(p.tables[0], 2, "Slow.", "slow")
	p.tells(p.tables[0], 1, "Loud.")
	p.takes(first, time.Minute)
	p.resolves(first, time.Minute, 900)
	p.judges(first, feedback.Yes)
	p.takes(second, time.Minute)
	third, err := p.desk.Submit(t.Context(), desk.NewReport{Code: receipt.Code, Rating: 2, Words: "On the receipt.", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	p.takes(third, time.Minute)
	p.resolves(third, time.Minute, 0)
	doc := p.lead.page(p.path("/reach"), http.StatusOK)
	rows := doc.Find("[aria-labelledby=steps] tbody tr")
	for i, want := range []string{"Scans1–", "Sent5–", "Needed somebody480%", "Taken375%", "Resolved267%", "Confirmed by the guest150%"} {
		if got := text(rows.Eq(i)); got != want {
			t.Errorf("step %d is %q, want %q", i, got, want)
		}
	}
	for i, want := range []int{0, 5, 4, 3, 2, 1} { // what is behind each number
		if href := rows.Eq(i).Find("a").AttrOr("href", ""); i > 0 {
			if n := p.lead.page(href, http.StatusOK).Find(".todo .plate").Length(); n != want {
				t.Errorf("step %d leads to %d reports, want %d", i, n, want)
			}
		}
	}
	if got := text(doc.Find("[aria-labelledby=cover]")); !strings.Contains(got, "0 / 2") || !strings.Contains(got, "nobody scannedTable 2") {
		t.Errorf("coverage says %q", got)
	}
	for i, want := range []string{"Visits with a code2–", "Scanned00%", "Something was sent150%", "With an issue150%", "All put right before they left1100%"} {
		if got := text(doc.Find("#visits tr").Eq(i)); got != want {
			t.Errorf("of visits, line %d is %q, want %q", i, got, want)
		}
	}
	if got := text(doc.Find("#tables tbody tr").First()); got != "11004" {
		t.Errorf("the first table is %q", got)
	}
	why := p.lead.page(p.path("/why"), http.StatusOK)
	if got := text(why.Find("[aria-labelledby=by-cause] tbody tr").First()); !strings.Contains(got, "Cold") || !strings.Contains(got, "€9.00€18.00") || !strings.Contains(got, "1, too few") {
		t.Errorf("of €9 and 50 covers the cause says %q", got)
	}
	if got := text(why.Find("[aria-labelledby=by-action] .hint")); !strings.Contains(got, "50 covers") {
		t.Errorf("the hint says %q", got)
	}
}
