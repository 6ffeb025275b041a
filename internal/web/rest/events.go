package rest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

const (
	// maxBehind is how far a stream resumes. Whoever missed more begins anew, or
	// reads the list.
	maxBehind = 10_000
)

// Where a stream begins that resumes from no event: with a snapshot, or with a
// reset and then a snapshot.
const (
	fromSnapshot = -1
	fromReset    = -2
)

// resetFrame is how a stream says that what was seen before is void.
const resetFrame = "event: reset\ndata: {}\n\n"

// events is the timeline: a stream, or a list for who asks for JSON.
func (h handler) events(c echo.Context) error {
	accept := c.Request().Header.Get("Accept")
	if strings.Contains(accept, echo.MIMEApplicationJSON) && !strings.Contains(accept, "text/event-stream") {
		return h.eventList(c)
	}
	return h.eventStream(c)
}

// readAfter reads the number of the last event that is known; ok is false when
// none is.
func readAfter(c echo.Context) (after int64, ok bool, err error) {
	if after, ok = web.LastSeen(c); ok {
		return after, true, nil
	}
	if c.QueryParam("after") != "" && c.Request().Header.Get("Last-Event-ID") == "" {
		return 0, false, feedback.Problems{"after": "rest.problem.cursor"}
	}
	return 0, false, nil
}

func (h handler) eventList(c echo.Context) error {
	after, _, err := readAfter(c)
	if err != nil {
		return err
	}
	cursor := c.QueryParams()
	cursor.Del("after") // a number here; checked above
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ctx, v := c.Request().Context(), here(c)
	at := h.store.For(web.Actor(c), v.ID)
	events, reports, last, err := at.News(ctx, after, p.limit)
	if err != nil {
		return err
	}
	head, err := at.Head(ctx)
	if err == nil {
		err = h.desk.ReadEvents(ctx, web.Actor(c), v)
	}
	if err != nil {
		return err
	}
	out := api.EventList{Items: withReports(events, reports, v)}
	if last < head {
		out.Next = given[string](strconv.FormatInt(last, 10))
	}
	return c.JSON(http.StatusOK, out)
}

// withReports joins events with their reports. One that the reader may not see
// any more is left out of its event.
func withReports(events []feedback.Event, reports []feedback.Report, v feedback.Venue) []api.Event {
	wired := make(map[string]*api.Report, len(reports))
	for _, r := range reports {
		w := wireReport(r, v.Currency)
		wired[r.ID] = &w
	}
	return wires(events, func(e feedback.Event) api.Event { return wireEvent(e, wired[e.ReportID], v.Currency) })
}

// stream is one program that follows a venue.
type stream struct {
	handler
	by     feedback.Actor
	secret string // the hash of what proves who asks
	venue  feedback.Venue
	doors  uint64 // when it was last known that the reader may go on
}

// eventStream streams the timeline.
func (h handler) eventStream(c echo.Context) error {
	s := h.newStream(c)
	after, known, err := readAfter(c)
	if err != nil {
		return err
	}
	if after, err = s.begin(c.Request().Context(), after, known); err != nil {
		return err
	}
	if err := h.desk.ReadEvents(c.Request().Context(), s.by, s.venue); err != nil {
		return err
	}
	out, err := web.NewStream(c, web.ProgramPlaces(s.by, s.venue.ID)...)
	if err != nil {
		return err
	}
	listen := func() (<-chan struct{}, func()) { return h.hub.Listen(live.Programs(s.venue.ID), live.Doors(s.by.Org)) }
	return out.Follow(listen, after, s.next)
}

//go:noinline
func (h handler) newStream(c echo.Context) *stream {
	s := &stream{handler: h, by: web.Actor(c), secret: web.SessionHash(c), venue: here(c), doors: ^uint64(0)}
	if s.by.Kind == feedback.ByKey {
		_, secret, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		s.secret = web.Hash(strings.TrimSpace(secret))
	}
	return s
}

// begin is where the stream begins. A number beyond the newest event is of
// another timeline, as after a restore.
func (s *stream) begin(ctx context.Context, after int64, known bool) (int64, error) {
	if !known {
		return fromSnapshot, nil
	}
	head, err := s.view().Head(ctx)
	if after > head || head-after > maxBehind {
		after = fromReset
	}
	return after, err
}

func (s *stream) view() store.View { return s.store.For(s.by, s.venue.ID) }

// next is what comes after an event. It is read and encoded once for all
// streams of the venue that may see the same.
func (s *stream) next(ctx context.Context, after int64) ([]web.Frame, bool, error) {
	if err := s.allowed(ctx); err != nil {
		return nil, false, err
	}
	frames, more, err := s.unseen(ctx, after)
	if err != nil {
		return nil, false, err
	}
	return frames, more, s.allowed(ctx) // somebody may have been shut out since, before the last event read
}

func (s *stream) unseen(ctx context.Context, after int64) ([]web.Frame, bool, error) {
	if after >= 0 {
		frames, reset, err := s.after(ctx, after)
		if err != nil || !reset {
			return frames, false, err
		}
		after = fromReset
	}
	f, err := s.snapshot(ctx)
	if err != nil {
		return nil, false, err
	}
	since, _, err := s.after(ctx, f.Seq) // at once: no wake tells of what a shared snapshot lacks
	if after == fromReset {
		f.Data = slices.Concat([]byte(resetFrame), f.Data)
	}
	return append([]web.Frame{f}, since...), false, err
}

func (s *stream) after(ctx context.Context, seq int64) ([]web.Frame, bool, error) {
	gen := s.hub.Gen(live.Programs(s.venue.ID))
	return s.feed.After(ctx, s.key(), gen, seq, s.read)
}

// key names those who may see the same.
func (s *stream) key() string {
	switch {
	case s.by.Role(s.venue.ID).AtLeast(feedback.Manager) && feedback.VeiledFor(s.by, s.venue.ID):
		return "veiled/" + s.venue.ID
	case s.by.Role(s.venue.ID).AtLeast(feedback.Manager):
		return "managers/" + s.venue.ID
	}
	return "staff/" + s.venue.ID
}

// allowed fails when the reader was shut out. It asks only after somebody of
// the organisation was, and at first: that may have been while the stream began.
func (s *stream) allowed(ctx context.Context) error {
	doors := s.hub.Gen(live.Doors(s.by.Org))
	if doors == s.doors {
		return nil
	}
	key := s.key()
	by, err := s.again(ctx)
	if err != nil {
		return err
	}
	s.by, s.doors = by, doors
	if s.key() != key {
		return feedback.ErrForbidden // sees more or less than before: begin anew
	}
	return by.NeedsRead(feedback.Staff, s.venue.ID)
}

// again finds out anew who asks.
func (s *stream) again(ctx context.Context) (feedback.Actor, error) {
	if s.by.Kind == feedback.ByKey {
		return s.desk.Key(ctx, s.secret)
	}
	return s.desk.Session(ctx, s.secret)
}

// read reads events for all who may see the same. Numbers have no gaps: an
// event that may not be seen is a frame without data.
func (s *stream) read(ctx context.Context, after int64) ([]web.Frame, error) {
	events, reports, last, err := s.view().News(ctx, after, web.Batch)
	if err != nil {
		return nil, err
	}
	wired := withReports(events, reports, s.venue)
	frames := make([]web.Frame, 0, last-after)
	for seq := after + 1; seq <= last; seq++ {
		f := web.Frame{Seq: seq}
		if len(wired) > 0 && wired[0].Seq == seq {
			if f, err = web.NewFrame(seq, string(wired[0].Kind), wired[0]); err != nil {
				return nil, err
			}
			wired = wired[1:]
		}
		frames = append(frames, f)
	}
	return frames, nil
}
