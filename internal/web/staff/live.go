package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

// tooFar is how many events a screen may be behind; beyond that it is quicker
// to load the lanes anew.
const tooFar = 2 * web.Batch

// shown is one ticket as it goes to the screens. HTML is empty when the report
// leaves the board.
type shown struct {
	ID   string `json:"id"`
	Lane lane   `json:"lane"`
	Sort int64  `json:"sort"`
	HTML string `json:"html"`
	Kind string `json:"kind"` // of the event
}

// clockTick tells a screen the server's time, for it does not trust its own.
type clockTick struct {
	Now int64 `json:"now"` // milliseconds
}

// live streams the board of a venue. Every screen of one role and language gets
// the same bytes; whose a ticket is, the screen decides.
func (h handler) live(c echo.Context) error {
	ctx, who, at := c.Request().Context(), web.Actor(c), h.at(c)
	topic := live.Staff
	if who.Role(c.Param("venue")).AtLeast(feedback.Manager) {
		topic = live.Managers
	}
	listen := func() (<-chan struct{}, func()) { return h.Hub.Listen(topic(at.Venue()), live.Doors(who.Org)) }
	head, err := at.Head(ctx)
	if err != nil {
		return err
	}
	seen, ok := web.LastSeen(c)
	if !ok {
		seen = head
	}
	s, err := web.NewStream(c, web.StaffPlaces(who)...)
	if err != nil {
		return err
	}
	if head-seen > tooFar {
		defer s.Close()
		_ = s.Reset() // the line is closed next, whether it arrives or not
		return nil
	}
	if s.Event(0, "now", clockTick{h.Desk.Now().UnixMilli()}) != nil {
		s.Close()
		return nil // the browser left; that is no fault
	}
	h.lives(who, at.Venue())
	return s.Follow(listen, seen, h.next(c, who, at))
}

// hears is a screen's answer to a beat: only so do we know that it is not a
// tablet without power whose line nobody closed.
func (h handler) hears(c echo.Context) error {
	at := h.at(c)
	if err := at.Exists(c.Request().Context()); err != nil {
		return err
	}
	h.lives(web.Actor(c), at.Venue())
	return c.NoContent(http.StatusNoContent)
}

func (h handler) lives(who feedback.Actor, venue string) {
	one := feedback.Screen{ID: who.Session, Person: who.Person, Managers: who.Role(venue).AtLeast(feedback.Manager)}
	if who.Device != "" {
		one.ID, one.Tablet = who.Device, true
	}
	h.Here(venue, one)
}

// next reads what one screen has not seen yet. It looks afterwards whether the
// session still lives, so that nothing that happened after somebody was shut
// out is sent to them.
func (h handler) next(c echo.Context, who feedback.Actor, at store.View) web.Next {
	role, listens := feedback.Staff, live.Staff(at.Venue())
	if who.Role(at.Venue()).AtLeast(feedback.Manager) {
		role, listens = feedback.Manager, live.Managers(at.Venue())
	}
	lang, base := web.Lang(c), home(c)
	key := at.Venue() + " " + string(role) + " " + lang
	if feedback.VeiledFor(who, at.Venue()) {
		key += " veiled"
	}
	return func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
		frames, more, err := h.feed.After(ctx, key, h.Hub.Gen(listens), after, func(ctx context.Context, after int64) ([]web.Frame, error) {
			return h.read(ctx, at, after, lang, base)
		})
		if err != nil {
			return nil, false, err
		}
		now, err := h.Desk.Session(ctx, who.Session)
		if err != nil || now.Role(at.Venue()) != who.Role(at.Venue()) {
			return nil, false, feedback.ErrUnauthorised
		}
		return frames, more, nil
	}
}

// read turns the events after a number into frames. A report that changed
// several times is drawn once, at its last event.
func (h handler) read(ctx context.Context, at store.View, after int64, lang, base string) ([]web.Frame, error) {
	events, reports, last, err := at.News(ctx, after, web.Batch)
	if err != nil || last == after {
		return nil, err
	}
	frames := make([]web.Frame, last-after)
	for i := range frames {
		frames[i].Seq = after + 1 + int64(i)
	}
	final := map[string]feedback.Event{}
	for _, e := range events {
		if e.Kind == feedback.BurstMarked || e.Kind == feedback.BurstCleared || e.Data.What == feedback.OffFloor {
			frames[e.Seq-after-1] = anew(e.Seq)
			continue
		}
		final[e.ReportID] = e
	}
	if len(reports) == 0 {
		return frames, nil
	}
	venue, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range reports {
		e, told := final[r.ID]
		if !told {
			continue // a screen that loads its lanes anew finds it there
		}
		if r.BurstID != "" && leaves(e) {
			frames[e.Seq-after-1] = anew(e.Seq) // another may stand for the burst
			continue
		}
		many := 0
		if r, many, err = standing(ctx, at, r); err != nil {
			return nil, err
		}
		t := newTicket(r, base, h.Desk.Now(), venue.Zone())
		t.Many = many
		if frames[e.Seq-after-1], err = frameOf(t, e, lang); err != nil {
			return nil, err
		}
	}
	return frames, nil
}

// anew is an event after which a screen loads its lanes anew.
func anew(seq int64) web.Frame {
	return web.Frame{Seq: seq, Data: fmt.Appendf(nil, "id: %d\nevent: reset\ndata: {}\n\n", seq)}
}

// leaves says whether with an event somebody acted on one of a burst.
func leaves(e feedback.Event) bool {
	switch e.Kind {
	case feedback.ReportTaken, feedback.ReportReleased, feedback.ReportDismissed, feedback.ReportReopened:
		return true
	}
	return false
}

// standing is the report that stands on the board for what is left of a burst,
// and how many more there are; any other report stands for itself.
func standing(ctx context.Context, at store.View, r feedback.Report) (feedback.Report, int, error) {
	if r.BurstID == "" || r.Status != feedback.Open && r.Status != feedback.Noted {
		return r, 0, nil
	}
	b, err := at.Burst(ctx, r.BurstID)
	if err != nil || b.Lead == "" || b.Lead == r.ID {
		return r, max(b.Left-1, 0), err
	}
	lead, err := at.Report(ctx, b.Lead)
	if errors.Is(err, feedback.ErrNotFound) { // it is for managers only
		return r, max(b.Left-1, 0), nil
	}
	return lead, b.Left - 1, err
}

// frameOf draws a ticket for all screens of one role and language.
func frameOf(t ticket, e feedback.Event, lang string) (web.Frame, error) {
	s := shown{ID: t.ID, Lane: t.Lane, Sort: t.Sort(), Kind: string(e.Kind)}
	if t.Lane != nowhere {
		html, err := pages.Render(lang, "ticket.html", ticketView{ticket: t})
		if err != nil {
			return web.Frame{}, err
		}
		s.HTML = string(html)
	}
	return web.NewFrame(e.Seq, "ticket", s)
}
