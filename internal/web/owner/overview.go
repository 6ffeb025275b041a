package owner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// periods are what the overview can show, in service days up to today.
var periods = []int{1, 7, 30}

// overviewPage is all that pages/overview.html may use.
type overviewPage struct {
	stretch
	Periods []int
	Period  int  // days of the period
	Recent  bool // it ends today
	Total   feedback.Figures
	Before  feedback.Figures // of the period before
	Than    compared         // with it
	Venues  int
	Chart   chart
	Take    gauge
	Answer  gauge
	Resolve gauge
	Shares  truths
	Causes  []line
	Beside  []period
	Areas   []floorArea
	panels
	Latest []feedback.Report
	Tables int
	Few    bool

	ToFollow int // guests who wait to be reached
	Bursts   int // lately
	ToCheck  int // of them, that somebody has to look at
}

// compared is each figure beside that of the period before.
type compared struct{ Resolved, Unresolved, Take, Answer, Resolve, Confirmed, Cost feedback.Versus }

func newCompared(f, was feedback.Figures) compared {
	return compared{
		Resolved:   feedback.VersusShare(f.Resolved, f.Issues, was.Resolved, was.Issues),
		Unresolved: feedback.VersusShare(f.Unresolved, f.Issues, was.Unresolved, was.Issues),
		Take:       feedback.VersusTime(f.MedianTake, was.MedianTake, f.Taken, was.Taken),
		Answer:     feedback.VersusTime(f.MedianAnswer, was.MedianAnswer, f.Answered, was.Answered),
		Resolve:    feedback.VersusTime(f.MedianResolve, was.MedianResolve, f.Resolved, was.Resolved),
		Confirmed:  feedback.VersusShare(f.Confirmed, f.Answers(), was.Confirmed, was.Answers()),
		Cost:       feedback.VersusAmount(f.Cost, was.Cost, f.Issues, was.Issues),
	}
}

// truths are the widths of the two bars: what the team says, and the guests.
type truths struct {
	Resolved, Unresolved, UnresolvedX string
	Yes, Partly, PartlyX, No, NoX     string
}

// floorArea is a part of the house with its tables.
type floorArea struct {
	Name  string
	Gone  bool // tables that were removed
	Tiles []tile
}

type tile struct {
	ID, Name string
	Issues   int
	Heat     int // 0 to 4
}

// Earlier is the address of the page about the period before.
func (p overviewPage) Earlier() string {
	from, to := feedback.Before(day(p.From), day(p.To))
	return p.Path("?from=" + from + "&to=" + to)
}

// Other is how many were resolved without the guest's yes.
func (p overviewPage) Other() int { return p.Total.Resolved - p.Total.Confirmed }

// CostEach is what it cost for one issue.
func (p overviewPage) CostEach(f feedback.Figures) feedback.Money {
	return feedback.Money{Amount: f.Cost / int64(max(1, f.Issues)), Currency: p.Venue.Currency}
}

func (h handler) overview(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, periods[len(periods)-1])
	if err != nil {
		return err
	}
	p := overviewPage{stretch: s, Periods: periods, Period: s.Days(), Recent: c.QueryParam("from") == ""}
	if err := h.figures(c, &p); err != nil {
		return err
	}
	if p.ToFollow, err = r.view.ToFollow(c.Request().Context()); err != nil {
		return err
	}
	return draw(c, "overview.html", nil, p)
}

// figures fills the page from one read of the reports, and the latest
// unresolved.
func (h handler) figures(c echo.Context, p *overviewPage) error {
	before, _ := feedback.Before(day(p.From), day(p.To))
	ctx := c.Request().Context()
	return p.view.WithFacts(ctx, store.StatsFilter{FromDay: before, ToDay: day(p.To)}, func(facts []feedback.Fact) error {
		return p.fill(ctx, facts, h.desk.Now())
	})
}

// fill is figures with the facts of the period and of the one before, which it
// keeps nothing of.
func (p *overviewPage) fill(ctx context.Context, facts []feedback.Fact, now time.Time) error {
	from, to := day(p.From), day(p.To)
	rs, was := feedback.Parted(facts, from)
	p.Total, p.Before = feedback.Sum(rs, now), feedback.Sum(was, now)
	bursts, err := p.view.Bursts(ctx, now.Add(-burstsSince))
	if err != nil {
		return err
	}
	for _, b := range bursts {
		if p.Bursts++; b.Left > 0 {
			p.ToCheck++
		}
	}
	tables, err := p.view.Tables(ctx)
	if err != nil {
		return err
	}
	if p.Tables = len(tables); p.Total.Issues == 0 {
		return nil
	}
	if p.Latest, err = p.view.Reports(ctx, store.Filter{IDs: latest(rs, feedback.Unresolved, 5)}); err != nil {
		return err
	}
	reach, err := p.view.Reach(ctx, from, to)
	if err != nil {
		return err
	}
	p.draw(rs, tables, reach, now)
	return nil
}

// draw sets the facts of the period out in panels.
func (p *overviewPage) draw(rs []feedback.Fact, tables []feedback.Table, reach map[string]feedback.Reach, now time.Time) {
	total := p.Total
	split := func(by string) []feedback.Group { return feedback.Split(rs, by, p.Venue, now) }
	p.Few = total.Issues < feedback.FewIssues
	p.Than, p.Beside = newCompared(total, p.Before), p.besides()
	p.Chart = newChart(p.From, p.Period, split("day"))
	p.Take = newGauge(total.MedianTake, total.P90Take, p.Venue.Promise(), total.Taken)
	p.Answer = newGauge(total.MedianAnswer, total.P90Answer, p.Venue.Promise(), total.Answered)
	p.Resolve = newGauge(total.MedianResolve, total.P90Resolve, p.Venue.Promise(), total.Resolved)
	p.Take.To, p.Answer.To, p.Resolve.To = p.List("status", "any", "count", "taken"), p.List("status", "any", "count", "answered"), p.List("status", "resolved")
	p.Shares = newTruths(total)
	causes := split("cause")
	slices.SortStableFunc(causes, func(a, b feedback.Group) int { return cmp.Compare(b.Issues, a.Issues) })
	p.Causes = newLines(causes)
	p.Areas = newFloor(tables, split("table"))
	p.panels = newPanels(split, p.Venue.Hours, tables, reach)
}

// latest are the newest of these reports with one status; none is an id that is
// nobody's.
func latest(rs []feedback.Fact, status feedback.Status, most int) []string {
	var ids []string
	for i := range rs {
		if r := &rs[i]; r.Status == status && r.Kind == feedback.Issue {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return append(ids[:min(most, len(ids))], "")
}

func newTruths(f feedback.Figures) truths {
	all, said := f.Issues, f.Answers()
	return truths{
		Resolved: share(f.Resolved, all), Unresolved: share(f.Unresolved, all), UnresolvedX: share(f.Resolved, all),
		Yes: share(f.Confirmed, said), Partly: share(f.Partly, said), PartlyX: share(f.Confirmed, said),
		No: share(f.NotYet, said), NoX: share(f.Confirmed+f.Partly, said),
	}
}

// newFloor sets the tables area by area, with those that were removed last.
func newFloor(tables []feedback.Table, groups []feedback.Group) []floorArea {
	issues, most := map[string]int{}, 1
	for _, g := range groups {
		issues[g.Key], most = g.Issues, max(most, g.Issues)
	}
	var areas []floorArea
	add := func(area string, gone bool, id, name string) {
		i := slices.IndexFunc(areas, func(a floorArea) bool { return a.Name == area && a.Gone == gone })
		if i < 0 {
			i, areas = len(areas), append(areas, floorArea{Name: area, Gone: gone})
		}
		n := issues[id]
		areas[i].Tiles = append(areas[i].Tiles, tile{id, name, n, (4*n + most - 1) / most})
	}
	here := map[string]bool{}
	for _, t := range tables {
		here[t.ID] = true
		add(t.AreaName, false, t.ID, t.Name)
	}
	for _, g := range groups {
		if !here[g.Key] && g.Issues > 0 {
			add("", true, g.Key, g.Label)
		}
	}
	return areas
}
