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
	seen, _ := web.LastSeen(c)
	s, err := web.NewStream(c, web.GuestPlaces(guest)...)
	if err != nil {
		return err
	}
	var last glance
	listen := func() (<-chan struct{}, func()) { return h.hub.Listen(live.Guests(guest.Venue)) }
	return s.Follow(listen, seen, func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
		return h.news(ctx, guest, after, &last)
	})
}

// glance is what a status page was told of last: the report as it was after a
// count of wakes, and what the page shows of a wait that no change of the report
// brings about: whether a screen lives, and how the promised time runs.
type glance struct {
	known                  bool
	gen                    uint64
	version                int64
	promised, managersOnly bool
	due                    time.Time

	staffed bool
	left    time.Duration
}

// news are the changes of a report after a version. While the guest waits, they
// are also told to look again when what they see at a glance has changed since
// the last time. Beats read nothing: a report changes with a wake.
func (h handler) news(ctx context.Context, guest feedback.Actor, after int64, last *glance) ([]web.Frame, bool, error) {
	now, was := h.desk.Now(), *last
	if gen := h.hub.Gen(live.Guests(guest.Venue)); !was.known || gen != was.gen {
		r, err := h.store.For(guest, guest.Venue).Report(ctx, guest.ID)
		if err != nil {
			return nil, false, err
		}
		if r.PageEnded(now) {
			return nil, false, feedback.ErrNotFound
		}
		*last = glance{known: true, gen: gen, version: r.Version, promised: r.Promised(), managersOnly: r.ManagersOnly(), due: r.DueAt}
	}
	last.staffed, last.left = false, 0
	if last.promised {
		last.staffed = h.hub.Staffed(guest.Venue, last.managersOnly, now)
		last.left = max(0, last.due.Sub(now)).Truncate(glanceEvery)
	}
	if last.version == after && (!was.known || last.staffed == was.staffed && last.left == was.left) {
		return nil, false, nil
	}
	f, err := web.NewFrame(last.version, "change", changed{last.version})
	return []web.Frame{f}, false, err
}

// glanceEvery is how often the bar of a promise moves.
const glanceEvery = 20 * time.Second
