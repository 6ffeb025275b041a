package owner

import (
	"context"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// burstsSince is how long ago bursts are still listed.
const burstsSince = 30 * 24 * time.Hour

// burstsPage is all that pages/bursts.html may use.
type burstsPage struct {
	room
	Bursts []feedback.Burst
	Zone   *time.Location
}

// Reports is the list of the table's reports of the days of a burst.
func (p burstsPage) Reports(b feedback.Burst, status string) string {
	day := func(t time.Time) string { return p.Venue.Hours.Day(t, p.Zone) }
	q := url.Values{"status": {status}, "table": {b.TableID}, "from": {day(b.StartedAt)}, "to": {day(b.LastAt)}}
	return p.Path("/issues?" + q.Encode())
}

// bursts lists what came to tables faster than their guests can send.
func (h handler) bursts(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	p := burstsPage{room: r, Zone: r.Venue.Zone()}
	if p.Bursts, err = r.view.Bursts(c.Request().Context(), h.desk.Now().Add(-burstsSince)); err != nil {
		return err
	}
	return draw(c, "bursts.html", nil, p)
}

// judgeBurst marks a burst as abuse, or takes that back.
func (h handler) judgeBurst(do func(ctx context.Context, by feedback.Actor, venue, burst string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := h.enter(c, "overview")
		if err != nil {
			return err
		}
		if err := do(c.Request().Context(), r.by, r.Venue.ID, c.Param("burst")); err != nil {
			return err
		}
		return r.back(c, "/bursts", "saved")
	}
}
