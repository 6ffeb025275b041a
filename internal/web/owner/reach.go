package owner

import (
	"cmp"
	"slices"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// reachPage is all that pages/reach.html may use.
type reachPage struct {
	stretch
	Sum       feedback.Reach // of all tables
	Stages    []stage
	Visits    []stage
	Unscanned []feedback.Table
	Tables    []tableReach
}

// stage is how many reports or visits came so far, and of how many.
type stage struct {
	Key       string
	N, Before int
}

// tableReach is a table with how far its codes got.
type tableReach struct {
	feedback.Table
	feedback.Reach
	Sent int
}

// reach shows how many guests come from a scan to being put right.
//
// i18n: reach.stage.*
func (h handler) reach(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, 30)
	if err != nil {
		return err
	}
	ctx, from, to := c.Request().Context(), day(s.From), day(s.To)
	var byTable, byStage []feedback.Group
	err = r.view.WithFacts(ctx, store.StatsFilter{FromDay: from, ToDay: to}, func(facts []feedback.Fact) error {
		now := h.desk.Now()
		byTable, byStage = feedback.Split(facts, "table", r.Venue, now), feedback.Split(facts, "stage", r.Venue, now)
		return nil
	})
	if err != nil {
		return err
	}
	reach, err := r.view.Reach(ctx, from, to)
	if err != nil {
		return err
	}
	tables, err := r.view.Tables(ctx)
	if err != nil {
		return err
	}
	p := reachPage{stretch: s}
	sent := map[string]int{}
	for _, g := range byTable {
		sent[g.Key] = g.Issues + g.Praise
	}
	p.Sum = sumOf(reach)
	p.Stages = stages(byStage, p.Sum.Scans)
	p.Visits = []stage{
		{"reach.visits", p.Sum.Visits, 0},
		{"reach.scanned", p.Sum.Scanned, p.Sum.Visits},
		{"reach.visit_sent", p.Sum.Sent, p.Sum.Visits},
		{"reach.visit_issues", p.Sum.Issues, p.Sum.Visits},
		{"reach.visit_resolved", p.Sum.Resolved, p.Sum.Issues},
	}
	for _, t := range tables {
		one := reach[t.ID]
		if one.Scans == 0 {
			p.Unscanned = append(p.Unscanned, t)
		}
		p.Tables = append(p.Tables, tableReach{t, one, sent[t.ID]})
	}
	slices.SortStableFunc(p.Tables, func(a, b tableReach) int { return cmp.Compare(b.Scans, a.Scans) })
	return draw(c, "reach.html", nil, p)
}

// sumOf is how far the codes of all tables got.
func sumOf(tables map[string]feedback.Reach) feedback.Reach {
	var sum feedback.Reach
	for _, one := range tables {
		sum = sum.Plus(one)
	}
	return sum
}

// stages are how many reports came how far. What staff wrote down was sent
// without a scan, so more may have been sent than scanned: then it is a share of
// nothing.
func stages(groups []feedback.Group, scans int) []stage {
	all, before := []stage{}, scans
	for _, key := range feedback.Stages {
		n := 0
		for _, g := range groups {
			if g.Key == key {
				n = g.Issues + g.Praise
			}
		}
		if n > before {
			before = 0
		}
		all = append(all, stage{key, n, before})
		before = n
	}
	return all
}

// Empty says whether there is nothing to show.
func (p reachPage) Empty() bool { return p.Sum.Scans == 0 && p.Stages[0].N == 0 && p.Sum.Visits == 0 }
