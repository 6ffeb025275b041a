package owner

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// enough is how many guests must have answered before anything is said about
// what worked.
const enough = 30

// stretch is a period of service days that a page is about.
type stretch struct {
	room
	From, To time.Time // dates, at midnight UTC
	Zone     *time.Location
}

// List is the address of the issues behind a number: those of the period without
// tests, which no number counts, with more filters as names and values in turn.
func (s stretch) List(filters ...string) string {
	return s.address("/issues", append(filters, "tests", "no"))
}

// Away is the address under which a table of the period is taken away.
func (s stretch) Away(ending, what string) string {
	q := url.Values{"from": {day(s.From)}, "to": {day(s.To)}, "what": {what}}
	return "/api/v1/venues/" + s.Venue.ID + "/export." + ending + "?" + q.Encode()
}

// Here is the address of another page about the same period.
func (s stretch) Here(page string) string { return s.address(page, nil) }

// Of is the same for one day of the period.
func (s stretch) Of(one time.Time, filters ...string) string {
	s.From, s.To = one, one
	return s.List(filters...)
}

func (s stretch) address(page string, filters []string) string {
	q := url.Values{"from": {day(s.From)}, "to": {day(s.To)}}
	for i := 0; i+1 < len(filters); i += 2 {
		q.Set(filters[i], filters[i+1])
	}
	return s.Path(page + "?" + q.Encode())
}

// Day is a date as an address has it.
func (s stretch) Day(t time.Time) string { return day(t) }

// Days is how many the period has.
func (s stretch) Days() int { return int(s.To.Sub(s.From).Hours()/24) + 1 }

func day(t time.Time) string { return t.Format(time.DateOnly) }

// maxSpan bounds a period that somebody types, in days.
const maxSpan = 5 * 366

// readSpan reads the period of a page: ?from= and ?to=, or the last ?days=. What
// makes no sense is the last days, up to today.
func (h handler) readSpan(c echo.Context, r room, days int) (stretch, error) {
	var err error
	if r.past, err = r.view.PastHours(c.Request().Context()); err != nil {
		return stretch{}, err
	}
	s := stretch{room: r, Zone: r.Venue.Zone()}
	today, err := time.Parse(time.DateOnly, r.Venue.Hours.Day(h.desk.Now(), s.Zone))
	if err != nil {
		return s, err
	}
	from, errFrom := time.Parse(time.DateOnly, c.QueryParam("from"))
	to, errTo := time.Parse(time.DateOnly, c.QueryParam("to"))
	if errFrom == nil && errTo == nil && !to.Before(from) && to.Sub(from) < maxSpan*24*time.Hour {
		s.From, s.To = from, to
		return s, nil
	}
	if n, err := strconv.Atoi(c.QueryParam("days")); err == nil && slices.Contains(periods, n) {
		days = n
	}
	s.From, s.To = today.AddDate(0, 0, 1-days), today
	return s, nil
}

// whyPage is all that pages/why.html may use.
type whyPage struct {
	stretch
	Total   feedback.Figures
	Hours   []int
	Heat    []heatRow
	Hardest *heatCell
	Tables  []split
	Enough  int
	Covers  int // that the till told of
}

// PerCovers is what a hundred covers bear of a cost; nothing where too few are
// known.
func (p whyPage) PerCovers(cost int64) feedback.Money {
	return p.Money(cost * 100 / int64(max(1, p.Covers)))
}

// heatRow is a weekday of the heat map.
type heatRow struct {
	Weekday time.Weekday
	Closed  bool // the venue does not open on it, and nothing was sent
	Cells   []heatCell
}

type heatCell struct {
	Weekday time.Weekday
	Key     string
	Issues  int
	Heat    int // 0 to 4
}

// From is the cell's hour on a clock.
func (c heatCell) From() string { return c.Key[len(c.Key)-2:] + ":00" }

// split is one table: the figures by one grouping.
type split struct {
	By     string
	Worked bool // whether guests agree, and what it cost, is what it is about
	Lines  []feedback.Group
}

// splits are the tables of the page, in order; those of what worked last.
//
// i18n: figures.by.*, action.*, reason.*, trust.*, handling.*, cause.*
var splits = []string{"shift", "area", "handling", "reason", "trust", "moment", "language", "server", "cause", "action", "took"}

func (h handler) why(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, 30)
	if err != nil {
		return err
	}
	p := whyPage{stretch: s, Enough: enough}
	err = r.view.WithFacts(c.Request().Context(), store.StatsFilter{FromDay: day(s.From), ToDay: day(s.To)}, func(facts []feedback.Fact) error {
		p.fill(facts, h.desk.Now())
		return nil
	})
	if err != nil {
		return err
	}
	if p.Covers, err = r.view.Covers(c.Request().Context(), day(s.From), day(s.To)); err != nil {
		return err
	}
	return draw(c, "why.html", nil, p)
}

// fill sets the facts of the period out, and keeps nothing of them.
func (p *whyPage) fill(facts []feedback.Fact, now time.Time) {
	p.Total = feedback.Sum(facts, now)
	p.Hours, p.Heat = heatMap(feedback.Split(facts, "weekday_hour", p.Venue, now), p.Venue.Hours)
	p.Hardest = hardest(p.Heat)
	for _, by := range splits {
		t := split{By: by, Worked: by == "cause" || by == "action" || by == "took"}
		for _, g := range feedback.Split(facts, by, p.Venue, now) {
			if g.Issues > 0 {
				t.Lines = append(t.Lines, g)
			}
		}
		if len(t.Lines) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
}

// Money is an amount in the venue's currency.
func (s stretch) Money(amount int64) feedback.Money {
	return feedback.Money{Amount: amount, Currency: s.Venue.Currency}
}

// heatMap sets issues by weekday and hour, from the first hour with an issue to
// the last, and the week from Monday.
func heatMap(groups []feedback.Group, open feedback.Hours) (hours []int, rows []heatRow) {
	issues, most, first, last := map[string]int{}, 1, 24, -1
	for _, g := range groups {
		if g.Issues == 0 {
			continue
		}
		issues[g.Key], most = g.Issues, max(most, g.Issues)
		if hour, err := strconv.Atoi(g.Key[len(g.Key)-2:]); err == nil {
			first, last = min(first, hour), max(last, hour)
		}
	}
	for hour := first; hour <= last; hour++ {
		hours = append(hours, hour)
	}
	for i := range 7 {
		weekday := time.Weekday((i + 1) % 7)
		row := heatRow{Weekday: weekday, Closed: !open.Always() && len(open.Week[feedback.WeekdayKey(weekday)]) == 0}
		for _, hour := range hours {
			key := fmt.Sprintf("%s-%02d", feedback.WeekdayKey(weekday), hour)
			n := issues[key]
			row.Closed = row.Closed && n == 0
			row.Cells = append(row.Cells, heatCell{weekday, key, n, (4*n + most - 1) / most})
		}
		rows = append(rows, row)
	}
	return hours, rows
}

// comparePage is all that pages/compare.html may use.
type comparePage struct {
	stretch
	Venues []feedback.VenueFigures
}

// In is the same period in one of the venues.
func (p comparePage) In(v feedback.Venue) stretch {
	s := p.stretch
	s.Venue = v
	return s
}

// Cost is what making it right cost in a venue.
func (comparePage) Cost(f feedback.VenueFigures) feedback.Money {
	return feedback.Money{Amount: f.Figures.Cost, Currency: f.Venue.Currency}
}

// PerVisits is a figure for each hundred visits, negative when too few are
// known.
func (comparePage) PerVisits(f feedback.VenueFigures) float64 {
	if n, known := f.PerVisits(); known {
		return n
	}
	return -1
}

// compare sets the venues that the person manages beside each other.
func (h handler) compare(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, 30)
	if err != nil {
		return err
	}
	all, err := h.store.Org(r.by).Compare(c.Request().Context(), day(s.From), day(s.To))
	if err != nil {
		return err
	}
	p := comparePage{stretch: s}
	for _, v := range all {
		if r.by.Needs(feedback.Manager, v.Venue.ID) == nil {
			p.Venues = append(p.Venues, v)
		}
	}
	return draw(c, "compare.html", nil, p)
}
