package rest

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

func (h handler) stats(c echo.Context) error {
	v, ps := here(c), feedback.Problems{}
	p := readPeriod(c, v, ps)
	by := cmp.Or(choice(c, "by", feedback.Groupings, ps), "day")
	trust := choices(c, "trust", trusts, ps)
	if err := ps.OrNil(); err != nil {
		return err
	}
	p = p.bounded(v, h.desk.Now())
	now := h.desk.Now()
	rs, err := h.store.For(web.Actor(c), v.ID).Facts(c.Request().Context(), p.filter(trust))
	if err != nil {
		return err
	}
	before, err := h.store.For(web.Actor(c), v.ID).Facts(c.Request().Context(), p.before().filter(trust))
	if err != nil {
		return err
	}
	visits, err := h.store.For(web.Actor(c), v.ID).VisitFigures(c.Request().Context(), p.filter(nil))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.StatsList{
		Items:    wires(feedback.Split(rs, by, v, now), func(g feedback.Group) api.StatsItem { return wireFigures(g.Key, g.Label, g.Figures, v.Currency) }),
		Total:    wireFigures("", "", feedback.Sum(rs, now), v.Currency),
		Previous: wireFigures("", "", feedback.Sum(before, now), v.Currency),
		Visits: api.VisitStats{
			Opened: visits.Visits, Scanned: visits.Scanned, Sent: visits.Sent, Issues: visits.Issues, ResolvedBeforeClose: visits.Resolved,
		},
	})
}

// filter is the period as the store wants it.
func (p period) filter(trust []feedback.Trust) store.StatsFilter {
	return store.StatsFilter{From: p.from, To: p.to, FromDay: p.fromDay, ToDay: p.toDay, Trust: trust}
}

// before is the period just before, of the same length.
func (p period) before() period {
	if p.from.IsZero() {
		p.fromDay, p.toDay = feedback.Before(p.fromDay, p.toDay)
		return p
	}
	return period{from: p.from.Add(p.from.Sub(p.to)), to: p.from}
}
