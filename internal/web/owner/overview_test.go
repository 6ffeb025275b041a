package owner_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
)

// busy fills the last day with what can become of a report:
//
//	1  resolved after 2 + 4 minutes, the guest says yes, 4.50
//	2  resolved after 4 + 6 minutes, of them one until somebody wrote, partly
//	3  resolved, no answer
//	4  unresolved, the guest has left
//	5  open
//	6  dismissed: in neither
//	7  praise: no issue
func busy(p *place) {
	p.Helper()
	ctx, v := p.Context(), p.venue.ID
	yes := p.tells(p.tables[0], 2, "Cold soup", "cold")
	p.takes(yes, 2*time.Minute)
	p.resolves(yes, 4*time.Minute, 450)
	p.judges(yes, feedback.Yes)
	partly := p.tells(p.tables[0], 1, "Waited long", "slow", "cold")
	p.takes(partly, 4*time.Minute)
	p.clock.advance(time.Minute)
	if err := p.desk.Say(ctx, p.manager, v, partly.ID, feedback.Message{Text: "I am sorry", Language: "en"}); err != nil {
		p.Fatal(err)
	}
	p.resolves(partly, 5*time.Minute, 0)
	p.judges(partly, feedback.Partly)
	silent := p.tells(p.tables[1], 3, "")
	p.takes(silent, time.Minute)
	p.resolves(silent, time.Minute, 0)
	left := p.tells(p.tables[1], 2, "Nobody came", "slow")
	if err := p.desk.Unresolved(ctx, p.manager, v, left.ID, "guest_left", ""); err != nil {
		p.Fatal(err)
	}
	p.tells(p.tables[0], 1, "Still waiting")
	fake := p.tells(p.tables[0], 1, "spam spam", "cold")
	if err := p.desk.Dismiss(ctx, p.manager, v, fake.ID, "abuse"); err != nil {
		p.Fatal(err)
	}
	p.tells(p.tables[0], 5, "Lovely")
}

func TestOverview_Counts(t *testing.T) {
	p := newPlace(t)
	busy(p)
	for _, days := range []string{"1", "7", "30", ""} {
		doc := p.lead.page(p.path("?days="+days), http.StatusOK)
		var duo []string
		doc.Find(".duo b").Each(func(_ int, s *goquery.Selection) { duo = append(duo, text(s)) })
		if got := strings.Join(duo, " "); got != "3 1 1" {
			t.Errorf("days=%s: resolved, unresolved, open = %s, want 3 1 1", days, got)
		}
		if got := text(doc.Find(".duo")); !strings.Contains(got, "60% of 5") || !strings.Contains(got, "20% of 5") {
			t.Errorf("days=%s: shares = %q", days, got)
		}
	}
	doc := p.lead.page(p.path("?days=1"), http.StatusOK)
	var kpis []string
	doc.Find(".kpi").Each(func(_ int, s *goquery.Selection) { kpis = append(kpis, text(s)) })
	// Taken after 1, 2 and 4 minutes, against 3; resolved after 2, 6 and 10.
	for i, want := range [][]string{
		{"2:00 minutes, median", "9 in 10 within 4:00", "promise 3:00", "67% in time: 2 of 3."},
		{"5:00 minutes, median", "9 in 10 within 5:00", "promise 3:00", "20% answered personally: 1 of 5."},
		{"6:00 minutes, median", "9 in 10 within 10:00", "From 3 resolved issues."},
		{"50% 1 of 2 who answered"},
		{"€4.50", "€0.90 an issue"},
	} {
		for _, part := range want {
			if i >= len(kpis) || !strings.Contains(kpis[i], part) {
				t.Errorf("figure %d = %q, want %q in it", i, kpis[i], part)
			}
		}
	}
	if got := text(doc.Find(".truths")); !strings.Contains(got, "Yes1Partly1Not yet0No answer0May still answer1") {
		t.Errorf("truths = %q", got)
	}
	var tiles []string
	doc.Find(".tile").Each(func(_ int, s *goquery.Selection) { tiles = append(tiles, text(s.Find("b"))+": "+text(s.Find("small"))) })
	if got := strings.Join(tiles, ", "); got != "1: 3 Issues, 2: 2 Issues" {
		t.Errorf("tables = %q", got)
	}
	if got := text(doc.Find(".todo")); !strings.Contains(got, "Nobody came") || !strings.Contains(got, "The guest has left") || strings.Contains(got, "spam") {
		t.Errorf("latest unresolved = %q", got)
	}
	if doc.Find(".note").Length() == 0 {
		t.Error("five issues: nothing says that these are few")
	}
}

// What is still open stands in the chart of days, its keys, its table and the
// sentence for those who do not see it.
func TestOverview_ChartShowsWhatIsOpen(t *testing.T) {
	p := newPlace(t)
	busy(p)
	p.tells(p.tables[0], 1, "Waits too")
	doc := p.lead.page(p.path("?days=7"), http.StatusOK)
	high := map[string]string{}
	doc.Find(".c8 svg.clip rect").Each(func(_ int, r *goquery.Selection) { high[r.AttrOr("class", "")] = r.AttrOr("height", "") })
	if high["o"] == "" || high["u"] == "" || high["o"] <= high["u"] {
		t.Errorf("heights of the bars %v, want two open issues higher than one unresolved", high)
	}
	if got := text(doc.Find(".c8 .keys")); !strings.Contains(got, "Still open") {
		t.Errorf("the keys say %q", got)
	}
	if got := doc.Find(".c8 svg.clip").AttrOr("aria-label", ""); !strings.HasSuffix(got, "Above the line: 3 resolved, of which 1 confirmed by the guest. Below the line: 1 unresolved, 2 still open.") {
		t.Errorf("the chart is read as %q", got)
	}
	if got := text(doc.Find(".c8 svg.clip title")); got != "21 November: 1 made right, 2 resolved without a yes, 1 unresolved, 2 still open" {
		t.Errorf("the day's bars say %q", got)
	}
	if got := text(doc.Find(".c8 .astable tbody tr").Last().Find("td")); got != "1212" {
		t.Errorf("the day's row is %q", got)
	}
}

// A venue that is open past midnight ends its day when it closes, by its own
// clock.
func TestOverview_DaysEndWhenTheVenueCloses(t *testing.T) {
	h := newHouse(t)
	p := placeIn(h, func(v *feedback.Venue) {
		v.Hours = feedback.Hours{Week: map[string][]string{"fri": {"18:00-02:00"}, "sat": {"18:00-02:00"}}}
	})
	berlin := p.venue.Zone()
	at := func(day, hour, minute int) { h.clock.t = time.Date(2026, 11, day, hour, minute, 0, 0, berlin) }
	at(20, 23, 30)
	p.tells(p.tables[0], 2, "Friday evening")
	at(21, 1, 30)
	p.tells(p.tables[0], 2, "Friday past midnight")
	today := func(days string) string {
		t.Helper()
		return text(p.lead.page(p.path("?days="+days), http.StatusOK).Find("main"))
	}
	if got := today("1"); !strings.Contains(got, "20 November 2026 · 2 issues") {
		t.Errorf("at 01:30: %.300s, want both on Friday's page", got)
	}
	at(21, 12, 0)
	if got := today("1"); !strings.Contains(got, "No issues in this time") {
		t.Errorf("on Saturday noon: %.300s, want a fresh day", got)
	}
	if got := today("7"); !strings.Contains(got, "15 November 2026 to 21 November 2026 · 2 issues") {
		t.Errorf("in the week: %.300s", got)
	}
	at(21, 19, 0)
	p.tells(p.tables[0], 2, "Saturday")
	if got := today("1"); !strings.Contains(got, "21 November 2026 · 1 issue") {
		t.Errorf("on Saturday evening: %.300s", got)
	}
	doc := p.lead.page(p.path("?days=7"), http.StatusOK)
	rows := doc.Find(".c8 .astable tbody tr")
	if got := text(rows.Last()); rows.Length() != 7 || !strings.HasPrefix(got, "Sat 21 November") || !strings.HasSuffix(got, "1") {
		t.Errorf("%d days, the last %q", rows.Length(), got)
	}
	if got := text(rows.Eq(5)); !strings.HasPrefix(got, "Fri 20 November") || !strings.HasSuffix(got, "2") {
		t.Errorf("Friday = %q, want 2 open", got)
	}
	list := p.lead.page(p.path("/issues?status=any&from=2026-11-20&to=2026-11-20"), http.StatusOK)
	if got := text(list.Find(".todo")); strings.Contains(got, "Saturday") || !strings.Contains(got, "Friday past midnight") {
		t.Errorf("Friday's list = %q", got)
	}
}

func TestOverview_DaysAreTheVenuesOwn(t *testing.T) {
	h := newHouse(t)
	p := placeIn(h, func(v *feedback.Venue) { v.TimeZone = "Pacific/Auckland" })
	h.clock.t = time.Date(2026, 11, 20, 15, 59, 0, 0, time.UTC) // 04:59 of the 21st, before the day breaks
	p.tells(p.tables[0], 2, "late")
	h.clock.advance(2 * time.Minute)
	p.tells(p.tables[0], 2, "early")
	if got := text(p.lead.page(p.path("?days=1"), http.StatusOK).Find("main")); !strings.Contains(got, "21 November 2026 · 1 issue") {
		t.Errorf("%.300s, want one issue on the 21st", got)
	}
}

func TestOverview_Empty(t *testing.T) {
	p := newPlace(t)
	if got := text(p.lead.page(p.path(""), http.StatusOK).Find("main")); !strings.Contains(got, "after a guest’s first note") || !strings.Contains(got, "Print codes") {
		t.Errorf("no reports: %q", got)
	}
	for _, table := range p.tables {
		if err := p.desk.RemoveTable(t.Context(), p.owner, p.venue.ID, table); err != nil {
			t.Fatal(err)
		}
	}
	if got := text(p.lead.page(p.path(""), http.StatusOK).Find("main")); !strings.Contains(got, "Add your tables") {
		t.Errorf("no tables: %q", got)
	}
}

// Nobody is said to have been looked after who still waits.
func TestOverview_WhoWaitsWasNotLookedAfter(t *testing.T) {
	p := newPlace(t)
	p.tells(p.tables[0], 2, "cold")
	if got := text(p.lead.page(p.path(""), http.StatusOK).Find("section[aria-labelledby=un]")); !strings.Contains(got, "Still open: 1 of 1") || strings.Contains(got, "looked after") {
		t.Errorf("latest unresolved: %q", got)
	}
}

// Twenty minutes of silence are no answer, in the figure and in its list.
func TestOverview_SilenceIsNoAnswer(t *testing.T) {
	p := newPlace(t)
	busy(p)
	p.clock.advance(feedback.NoAnswerAfter)
	if got := text(p.lead.page(p.path(""), http.StatusOK).Find(".truths")); !strings.Contains(got, "No answer1May still answer0") {
		t.Errorf("truths = %q", got)
	}
	for verdict, want := range map[string]string{"none": "No words", "asked": ""} {
		doc := p.lead.page(p.path("/issues?status=any&verdict="+verdict), http.StatusOK)
		if got := text(doc.Find(".issues .gist")); got != want {
			t.Errorf("verdict=%s lists %q, want %q", verdict, got, want)
		}
	}
}

// The days before stand beside the days that were asked for.
func TestOverview_BesideTheDaysBefore(t *testing.T) {
	p := newPlace(t)
	busy(p)
	p.clock.advance(48 * time.Hour)
	p.tells(p.tables[0], 2, "Cold again", "cold")
	doc := p.lead.page(p.path("?from=2026-11-22&to=2026-11-23"), http.StatusOK)
	if got := text(doc.Find(".c8")); !strings.Contains(got, "Before: 60% resolved, 20% unresolved, of 5.") || !strings.Contains(got, "1 issue") {
		t.Errorf("the picture says %q", got)
	}
	if doc.Find(`a[href*="export.xlsx"]`).Length() != 3 {
		t.Error("nothing to take away")
	}
	if got := text(doc.Find("main")); strings.Contains(got, "better") || strings.Contains(got, "worse") || !strings.Contains(got, "Too few to compare.") {
		t.Errorf("five issues and one are compared: %q", got)
	}
}

// Each figure says in words how it stands to the period before.
func TestOverview_SaysWhichWayItGoes(t *testing.T) {
	p := newPlace(t)
	days := func(after time.Duration, cost int64, yes, left int) {
		t.Helper()
		for n := range 10 {
			r := p.tells(p.tables[0], 2, "Cold", "cold")
			if n < left {
				if err := p.desk.Unresolved(p.Context(), p.manager, p.venue.ID, r.ID, "guest_left", ""); err != nil {
					t.Fatal(err)
				}
				continue
			}
			p.takes(r, after)
			p.resolves(r, after, cost)
			if n-left < yes {
				p.judges(r, feedback.Yes)
			} else {
				p.judges(r, feedback.Partly)
			}
		}
	}
	days(2*time.Minute, 500, 5, 0)
	p.clock.advance(22 * time.Hour)
	days(time.Minute, 300, 10, 0)
	doc := p.lead.page(p.path("?from=2026-11-22&to=2026-11-22"), http.StatusOK)
	for i, want := range []string{
		"Before: median 2:00, 9 in 10 within 2:00, of 10. 1:00 faster", "", "Before: median 4:00, 9 in 10 within 4:00, of 10. 2:00 faster",
		"Before: 50% of 10. 50 points better", "Before: €50.00, €5.00 an issue. €20.00 less",
	} {
		if got := text(doc.Find(".kpi").Eq(i)); !strings.Contains(got, want) {
			t.Errorf("figure %d says %q, want %q in it", i, got, want)
		}
	}
	if got := text(doc.Find(".duo")); !strings.Contains(got, "100% of 10No change") {
		t.Errorf("the shares say %q", got)
	}
	p.clock.advance(23 * time.Hour)
	days(3*time.Minute, 900, 2, 4)
	doc = p.lead.page(p.path("?from=2026-11-23&to=2026-11-23"), http.StatusOK)
	if got := text(doc.Find(".duo")); !strings.Contains(got, "60% of 1040 points worse") || !strings.Contains(got, "40% of 1040 points worse") {
		t.Errorf("the shares say %q", got)
	}
	for i, want := range []string{"Too few to compare.", "", "Too few to compare.", "Too few to compare.", "€24.00 more"} {
		if got := text(doc.Find(".kpi").Eq(i)); !strings.HasSuffix(got, want) {
			t.Errorf("figure %d says %q, want %q in it", i, got, want)
		}
	}
}

func TestIssues_Filters(t *testing.T) {
	p := newPlace(t)
	busy(p)
	tests := map[string]struct{ query, want string }{
		"unresolved by default":  {"", "Nobody came"},
		"waiting":                {"status=waiting", "Still waiting"},
		"resolved, newest first": {"status=resolved", "No words|Waited long|Cold soup"},
		"dismissed":              {"status=dismissed", "spam spam"},
		"kind words":             {"kind=praise", "Lovely"},
		"a cause":                {"status=any&cause=slow", "Nobody came|Waited long"},
		"a table":                {"status=any&table=2", "Nobody came|No words"},
		"a verdict":              {"status=any&verdict=partly", "Waited long"},
		"still to answer":        {"status=resolved&verdict=asked", "No words"},
		"no answer yet":          {"status=resolved&verdict=none", ""},
		"no yes":                 {"status=resolved&verdict=notyes", "No words|Waited long"},
		"trust":                  {"status=any&trust=visit", ""},
		"words":                  {"status=any&words=SOUP", "Cold soup"},
		"wildcards are letters":  {"status=any&words=%25", ""},
		"another day":            {"status=any&from=2026-11-22", ""},
		"until today":            {"status=waiting&to=2026-11-21", "Still waiting"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := p.lead.page(p.path("/issues?"+tt.query), http.StatusOK)
			var got []string
			doc.Find(".issues .gist").Each(func(_ int, s *goquery.Selection) {
				got = append(got, text(s))
				if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "/board/"+p.venue.ID+"/reports/") {
					t.Errorf("leads to %q", href)
				}
			})
			if strings.Join(got, "|") != tt.want {
				t.Errorf("lists %q, want %q", got, tt.want)
			}
			if tt.want == "" && !strings.Contains(text(doc.Find(".quiet")), "Nothing here") {
				t.Error("an empty list says nothing")
			}
		})
	}
	for _, query := range []string{"status=x", "kind=x", "cause=x", "trust=x", "verdict=x", "from=x", "to=2026-13-01", "from=2026-11-02&to=2026-11-01"} {
		doc := p.lead.page(p.path("/issues?"+query), http.StatusUnprocessableEntity)
		if doc.Find(".err").Length() != 1 || doc.Find(".issues .todo").Length() != 0 {
			t.Errorf("%s: %d problems", query, doc.Find(".err").Length())
		}
	}
}

func TestIssues_Pages(t *testing.T) {
	p := newPlace(t)
	for n := range 53 {
		p.clock.advance(time.Second)
		p.tells(p.tables[0], 2, "note "+strconv.Itoa(n))
	}
	doc := p.lead.page(p.path("/issues?status=any&words=note"), http.StatusOK)
	if n := doc.Find(".issues .todo > li").Length(); n != 50 {
		t.Fatalf("%d on the first page, want 50", n)
	}
	next := doc.Find(".issues section > .row .btn").Last().AttrOr("href", "")
	doc = p.lead.page(next, http.StatusOK)
	if got := text(doc.Find(".gist")); got != "note 2note 1note 0" {
		t.Errorf("second page = %q", got)
	}
	if links := doc.Find(".issues section > .row .btn"); links.Length() != 1 || !strings.HasSuffix(links.AttrOr("href", ""), "/issues?status=any&words=note") {
		t.Errorf("on the last page: %d links, first %q; want only the way back", links.Length(), links.AttrOr("href", ""))
	}
}
