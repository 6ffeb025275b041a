package rest

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
)

// Limits of a page of a list.
const (
	usualPage = 50
	maxPage   = 200
)

// page is which part of a list is asked for.
type page struct {
	limit int
	after string
}

func readPage(c echo.Context) (page, error) {
	p, ps := page{limit: usualPage, after: c.QueryParam("after")}, feedback.Problems{}
	if text := c.QueryParam("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			ps["limit"] = "rest.problem.limit"
		}
		p.limit = n
	}
	if p.after != "" && uuid.Validate(p.after) != nil { // where a list goes on is the id of its last item
		ps["after"] = "rest.problem.cursor"
	}
	return p, ps.OrNil()
}

// cut shortens items, of which one more than the page holds was read, and says
// where the list goes on.
func cut[T any](items []T, p page, id func(T) string) ([]T, *api.Next) {
	if len(items) <= p.limit {
		return items, nil
	}
	items = items[:p.limit]
	next := id(items[len(items)-1])
	return items, &next
}

// part is the page of a list that was read as a whole.
func part[T any](all []T, p page, id func(T) string) ([]T, *api.Next, error) {
	if p.after != "" {
		i := slices.IndexFunc(all, func(t T) bool { return id(t) == p.after })
		if i < 0 {
			return nil, nil, feedback.Problems{"after": "rest.problem.cursor"}
		}
		all = all[i+1:]
	}
	items, next := cut(all, p, id)
	return items, next, nil
}

// wires turns a list into what leaves the house; the result is never nil.
func wires[T, W any](items []T, wire func(T) W) []W {
	out := make([]W, len(items))
	for i, item := range items {
		out[i] = wire(item)
	}
	return out
}

// choice reads a parameter that names one of a list; empty when it is absent.
func choice[T ~string](c echo.Context, name string, known []T, ps feedback.Problems) T {
	v := T(c.QueryParam(name))
	if v != "" && !slices.Contains(known, v) {
		ps[name] = "rest.problem.choice"
	}
	return v
}

// usualDays is the length of a period that was not said.
const usualDays = 30

// period is a stretch of service days, or of time.
type period struct {
	fromDay, toDay string
	from, to       time.Time
}

// readPeriod reads ?from= and ?to=, each a day or a moment. One that is absent
// is empty. Of a day and a moment the day becomes a moment too.
func readPeriod(c echo.Context, v feedback.Venue, ps feedback.Problems) period {
	var p period
	p.fromDay, p.from = readWhen(c, "from", ps)
	p.toDay, p.to = readWhen(c, "to", ps)
	if p.fromDay != "" && !p.to.IsZero() {
		p.from, p.fromDay = midnight(p.fromDay, v, 0), ""
	}
	if p.toDay != "" && !p.from.IsZero() {
		p.to, p.toDay = midnight(p.toDay, v, 1), ""
	}
	return p
}

func readWhen(c echo.Context, name string, ps feedback.Problems) (day string, moment time.Time) {
	text := c.QueryParam(name)
	if text == "" {
		return "", time.Time{}
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return text, time.Time{}
	}
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		ps[name] = "rest.problem.when"
	}
	return "", moment
}

// midnight is when a day begins in the venue, or some days later.
func midnight(day string, v feedback.Venue, later int) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, day, v.Zone()) // checked by readWhen
	return t.AddDate(0, 0, later)
}

// bounded fills in what is absent, so that the period is the last days, or as
// many as usual before or after the end that was said.
func (p period) bounded(v feedback.Venue, now time.Time) period {
	switch {
	case !p.from.IsZero() && p.to.IsZero():
		p.to = now
	case p.from.IsZero() && !p.to.IsZero():
		p.from = p.to.AddDate(0, 0, -usualDays)
	case p.from.IsZero():
		if p.toDay == "" {
			p.toDay = v.Hours.Day(now, v.Zone())
		}
		if p.fromDay == "" {
			last, _ := time.Parse(time.DateOnly, p.toDay)
			p.fromDay = last.AddDate(0, 0, 1-usualDays).Format(time.DateOnly)
		}
	}
	return p
}
