package rest

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// budget is how alerts are acted on.
func (h handler) budget(c echo.Context) error {
	v, ps := here(c), feedback.Problems{}
	p := readPeriod(c, v, ps)
	if err := ps.OrNil(); err != nil {
		return err
	}
	p = p.bounded(v, h.desk.Now())
	if p.fromDay == "" {
		p.fromDay, p.toDay = v.Hours.Day(p.from, v.Zone()), v.Hours.Day(p.to.Add(-time.Millisecond), v.Zone())
	}
	calls, err := h.store.For(web.Actor(c), v.ID).Calls(c.Request().Context(), p.fromDay, p.toDay)
	if err != nil {
		return err
	}
	all := feedback.AddUp(calls, v)
	return c.JSON(http.StatusOK, api.AlertBudget{
		Total: wireBudget(all.Total), Shifts: wires(all.Shifts, wireBudget), Steps: wires(all.Steps, wireBudget), Channels: wires(all.Channels, wireBudget),
	})
}

func wireBudget(b feedback.Budget) api.AlertBudgetItem {
	item := api.AlertBudgetItem{Key: b.Key, Calls: b.Calls, Messages: b.Messages, Acted: b.Acted, Ignored: b.Ignored()}
	if b.Acted > 0 {
		median, p90 := int(b.MedianTake.Seconds()), int(b.P90Take.Seconds())
		item.MedianTakeS, item.P90TakeS = &median, &p90
	}
	return item
}
