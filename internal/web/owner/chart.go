package owner

import (
	"strconv"
	"time"

	"makeright/internal/feedback"
)

// Sizes of the chart of days, in pixels of its height. Widths are shares, so
// that it fits any screen.
const (
	baseline = 118
	above    = 110 // room over the line
	below    = 54  // and under it
	tallest  = 28  // of one issue, when there are few
)

// chart shows what became of the issues of each day: resolved over the line,
// unresolved and what is still open under it.
type chart struct {
	Days  []dayColumn
	Ticks []time.Time // days named under the chart
}

// dayColumn is one day.
type dayColumn struct {
	Day   time.Time
	X, W  string // in percent
	Made  bar    // the guest said yes
	Other bar    // resolved, without the guest's yes
	Not   bar    // unresolved
	Open  bar    // neither, yet
}

// Issues is how many there were.
func (d dayColumn) Issues() int { return d.Made.N + d.Other.N + d.Not.N + d.Open.N }

// bar is one piece of a column.
type bar struct{ N, Y, H int }

// newChart draws the days from the first to the last; groups are figures by day.
func newChart(from time.Time, days int, groups []feedback.Group) chart {
	by := map[string]feedback.Figures{}
	unit := float64(tallest)
	for _, g := range groups {
		by[g.Key] = g.Figures
		unit = min(unit, float64(above)/float64(max(1, g.Resolved)), float64(below)/float64(max(1, g.Unresolved+g.Open)))
	}
	ch := chart{}
	slot := 100 / float64(days)
	for i := range days {
		day := from.AddDate(0, 0, i)
		f := by[day.Format(time.DateOnly)]
		col := dayColumn{Day: day, X: percent(slot * (float64(i) + .14)), W: percent(slot * .72)}
		made, other := height(f.Confirmed, unit), height(f.Resolved-f.Confirmed, unit)
		col.Made = bar{f.Confirmed, baseline - 1 - made, made}
		col.Other = bar{f.Resolved - f.Confirmed, baseline - 2 - made - other, other}
		not := height(f.Unresolved, unit)
		col.Not = bar{f.Unresolved, baseline + 2, not}
		col.Open = bar{f.Open, baseline + 3 + not, height(f.Open, unit)}
		ch.Days = append(ch.Days, col)
		if i%((days+3)/4) == 0 {
			ch.Ticks = append(ch.Ticks, day)
		}
	}
	return ch
}

// height of n issues; a hair less, so that neighbours do not touch.
func height(n int, unit float64) int {
	if n == 0 {
		return 0
	}
	return max(2, int(float64(n)*unit)-1)
}

func percent(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" }

// share is n of all as a width.
func share(n, all int) string {
	if all == 0 {
		return "0%"
	}
	return percent(100 * float64(n) / float64(all))
}

// gauge sets median and "9 in 10" beside the promise on one scale.
type gauge struct {
	Median, P90, Promise    time.Duration
	MedianAt, P90At, MarkAt string
	N                       int    // issues behind it
	To                      string // the address of their list
}

func newGauge(median, p90, promise time.Duration, n int) gauge {
	scale := float64(max(p90, 2*promise)) * 1.08
	at := func(d time.Duration) string { return percent(100 * float64(d) / scale) }
	return gauge{Median: median, P90: p90, Promise: promise, MedianAt: at(median), P90At: at(p90), MarkAt: at(promise), N: n}
}

// line is one bar of a list: a cause and what became of its issues.
type line struct {
	Key                 string
	Figures             feedback.Figures
	Resolved, Not, NotX string // widths, and where the second begins
	Open, OpenX         string // and the third
}

func newLine(key string, f feedback.Figures, most int) line {
	return line{
		Key: key, Figures: f, Resolved: share(f.Resolved, most), Not: share(f.Unresolved, most), NotX: share(f.Resolved, most),
		Open: share(f.Open, most), OpenX: share(f.Resolved+f.Unresolved, most),
	}
}

// newLines are the bars of groups, the largest first.
func newLines(groups []feedback.Group) []line {
	most := 0
	for _, g := range groups {
		most = max(most, g.Issues)
	}
	var lines []line
	for _, g := range groups {
		if g.Issues > 0 {
			lines = append(lines, newLine(g.Key, g.Figures, most))
		}
	}
	return lines
}
