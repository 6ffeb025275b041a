package owner

import (
	"cmp"
	"slices"

	"makeright/internal/feedback"
)

// panels are the parts of the overview that have a page of their own: how far
// guests come, when and where issues happen, and what making it right costs.
type panels struct {
	Reach     feedback.Reach // of all tables
	Unscanned int            // tables whose codes nobody scanned
	Stages    []stage
	Hours     []int
	Heat      []heatRow
	Hardest   *heatCell
	Spent     []feedback.Group // by what was done
	Shifts    []feedback.Group
	Places    []feedback.Group // areas
}

// dearest is how many lines of cost the overview has.
const dearest = 4

func newPanels(split func(by string) []feedback.Group, open feedback.Hours, tables []feedback.Table, reach map[string]feedback.Reach) panels {
	p := panels{Reach: sumOf(reach), Spent: spent(split("action")), Shifts: withIssues(split("shift")), Places: withIssues(split("area"))}
	p.Stages = stages(split("stage"), p.Reach.Scans)
	p.Hours, p.Heat = heatMap(split("weekday_hour"), open)
	p.Hardest = hardest(p.Heat)
	for _, t := range tables {
		if reach[t.ID].Scans == 0 {
			p.Unscanned++
		}
	}
	return p
}

// Width is how much of the step before is left, as a width.
func (s stage) Width() string { return share(s.N, s.Before) }

// spent are the actions that cost something, the dearest first.
func spent(groups []feedback.Group) []feedback.Group {
	all := slices.DeleteFunc(groups, func(g feedback.Group) bool { return g.Cost == 0 })
	slices.SortStableFunc(all, func(a, b feedback.Group) int { return cmp.Compare(b.Cost, a.Cost) })
	return all[:min(dearest, len(all))]
}

func withIssues(groups []feedback.Group) []feedback.Group {
	return slices.DeleteFunc(groups, func(g feedback.Group) bool { return g.Issues == 0 })
}

// period is what became of the issues of some days, as a bar beside another.
type period struct {
	line
	stretch
}

// besides are the period and the one before, on one scale.
//
// i18n: figures.vs.*
func (p overviewPage) besides() []period {
	if p.Before.Issues == 0 {
		return nil
	}
	most := max(p.Total.Issues, p.Before.Issues)
	return []period{{newLine("now", p.Total, most), p.stretch}, {newLine("before", p.Before, most), p.earlier()}}
}

// earlier is the period before.
func (s stretch) earlier() stretch {
	days := s.Days()
	s.From, s.To = s.From.AddDate(0, 0, -days), s.To.AddDate(0, 0, -days)
	return s
}

// hardest is the hour of the week with most issues, when one stands out and
// there are enough of them to say so.
func hardest(rows []heatRow) *heatCell {
	var cells []heatCell
	for _, row := range rows {
		cells = append(cells, row.Cells...)
	}
	return standsOut(cells, func(c heatCell) int { return c.Issues })
}

// Busiest is the table with most issues, likewise.
func (p overviewPage) Busiest() *tile {
	var tiles []tile
	for _, a := range p.Areas {
		tiles = append(tiles, a.Tiles...)
	}
	return standsOut(tiles, func(t tile) int { return t.Issues })
}

// standsOut is the one with the largest number; nil when there are two of them,
// or when it is too small to point at anything.
func standsOut[T any](all []T, number func(T) int) *T {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b T) int { return cmp.Compare(number(b), number(a)) })
	if len(sorted) == 0 || number(sorted[0]) < feedback.MinGroup || len(sorted) > 1 && number(sorted[1]) == number(sorted[0]) {
		return nil
	}
	return &sorted[0]
}
