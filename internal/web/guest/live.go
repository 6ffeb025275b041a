package guest

import (
	"context"
	"net/http"
	"time"

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
	var last glance
	return s.Follow(wake, seen, func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
		return h.news(ctx, guest, after, &last)
	})
}

// glance is what a waiting guest's page shows that no change of the report
// brings about: whether a screen lives, and how the promised time runs.
type glance struct {
	known, staffed bool
	left           time.Duration
}

// news are the changes of a report after a version. While the guest waits, they
// are also told to look again when what they see at a glance has changed since
// the last time.
func (h handler) news(ctx context.Context, guest feedback.Actor, after int64, last *glance) ([]web.Frame, bool, error) {
	r, err := h.store.For(guest, guest.Venue).Report(ctx, guest.ID)
	if err != nil {
		return nil, false, err
	}
	now, was := h.desk.Now(), *last
	if *last = (glance{known: true}); r.Promised() {
		last.staffed = h.hub.Staffed(guest.Venue, r.ManagersOnly(), now)
		last.left = max(0, r.DueAt.Sub(now)).Truncate(glanceEvery)
	}
	if r.Version == after && (*last == was || !was.known) {
		return nil, false, nil
	}
	f, err := web.NewFrame(r.Version, "change", changed{r.Version})
	return []web.Frame{f}, false, err
}

// glanceEvery is how often the bar of a promise moves.
const glanceEvery = 20 * time.Second
