package guest

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/web"
)

// livePage is all that pages/live.html may use.
type livePage struct{ Live livePart }

// live draws the part that changes by itself: alone, for the script to put in
// its place, or with ?frame=1 as a page that loads itself anew, so that nothing
// outside its frame is ever lost.
func (h handler) live(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	s, err := h.story(c, guest)
	if err != nil {
		return err
	}
	page := livePage{s.live(path(c))}
	page.Live.Framed = c.QueryParam("frame") != ""
	return web.Draw(c, http.StatusOK, pages, "live.html", page)
}

// changed tells a status page that there is something to fetch, and nothing of
// what it is.
type changed struct {
	Version int64 `json:"version"`
}

// events streams that the report changed. The number of an event is the
// version of the report.
func (h handler) events(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	wake, stop := h.hub.Listen(live.Guests(guest.Venue)) // before the first read, or a change in between is lost
	defer stop()
	seen, _ := web.LastSeen(c)
	s, err := web.NewStream(c)
	if err != nil {
		return err
	}
	return s.Follow(wake, seen, func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
		return h.news(ctx, guest, after)
	})
}

func (h handler) news(ctx context.Context, guest feedback.Actor, after int64) ([]web.Frame, bool, error) {
	r, err := h.store.For(guest, guest.Venue).Report(ctx, guest.ID)
	if err != nil || r.Version == after {
		return nil, false, err
	}
	f, err := web.NewFrame(r.Version, "change", changed{r.Version})
	return []web.Frame{f}, false, err
}
