package owner

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// alertsPage is all that pages/alerts.html may use.
type alertsPage struct {
	room
	Messages []alertRow
	Dead     int    // that no manager has read of
	Report   string // only what is about this one; empty for all
	Next     string
	Zone     *time.Location
}

// alertRow is one message with all its attempts.
type alertRow struct {
	feedback.Delivery
	Tries []feedback.Attempt
}

// alertsShown is how many messages stand on a page.
const alertsShown = 50

// alerts shows whom we told, when, and whether it arrived.
func (h handler) alerts(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	ctx, p := c.Request().Context(), alertsPage{room: r, Zone: r.Venue.Zone()}
	if p.Dead, err = r.view.Unseen(ctx); err != nil {
		return err
	}
	after := feedback.CleanLine(c.QueryParam("after"))
	p.Report = feedback.CleanLine(c.QueryParam("report"))
	ds, err := r.view.Deliveries(ctx, store.DeliveryFilter{Report: p.Report, After: after, Limit: alertsShown + 1})
	if err != nil {
		return err
	}
	if len(ds) > alertsShown {
		ds = ds[:alertsShown]
		p.Next = r.Path("/alerts?" + url.Values{"report": {p.Report}, "after": {ds[alertsShown-1].ID}}.Encode())
	}
	tries, err := r.view.AttemptsOf(ctx, idsOf(ds))
	if err != nil {
		return err
	}
	p.Messages = alertRows(ds, tries)
	return draw(c, "alerts.html", nil, p)
}

func idsOf(ds []feedback.Delivery) []string {
	ids := make([]string, len(ds))
	for i, d := range ds {
		ids[i] = d.ID
	}
	return ids
}

func alertRows(ds []feedback.Delivery, tries map[string][]feedback.Attempt) []alertRow {
	rows := make([]alertRow, len(ds))
	for i, d := range ds {
		rows[i] = alertRow{d, tries[d.ID]}
	}
	return rows
}

// seeFailures notes that a manager has read which messages did not arrive.
func (h handler) seeFailures(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	if err := h.desk.SeeFailures(c.Request().Context(), r.by, r.Venue.ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/alerts"))
}
