package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/tmaxmax/go-sse"
)

const (
	// maxSilence is three missed beats.
	maxSilence = 15 * time.Second
	// maxFrame bounds one event; a snapshot of a busy evening is the largest.
	maxFrame = 16 << 20
)

// Kinds of stream events that are not events of the timeline.
const (
	StreamSnapshot EventKind = "snapshot" // comes with Reports: all open and taken
	StreamReset    EventKind = "reset"    // forget what you know, a snapshot follows
)

// beat is a sign of life, which readers need not see.
const beat = "beat"

// StreamEvent is one thing a venue's stream says: an [Event], or one of
// [StreamSnapshot] and [StreamReset].
type StreamEvent struct {
	Event
	Reports []Report `json:"reports"`
}

// Events follows the timeline of a venue after the event with that number; a
// negative one starts with a snapshot of what is open and taken. A line that
// drops or falls silent is taken up again where it was, without a gap. It ends
// silently with ctx, and with an error when the server refuses.
func (c *Client) Events(ctx context.Context, venue string, after int64) iter.Seq2[StreamEvent, error] {
	return func(yield func(StreamEvent, error) bool) {
		s := stream[StreamEvent]{client: c}
		if after >= 0 {
			s.last = strconv.FormatInt(after, 10)
		}
		s.open = func(ctx context.Context) (*http.Response, error) {
			params := ListEventsParams{}
			if s.last != "" {
				params.LastEventID = &s.last
			}
			return c.wire.ListEvents(ctx, venue, &params, setHeader("Accept", "text/event-stream"))
		}
		s.decode = func(e sse.Event) (v StreamEvent, err error) {
			err = json.Unmarshal([]byte(e.Data), &v)
			v.Kind = EventKind(e.Type)
			return v, err
		}
		s.follow(ctx, yield)
	}
}

// StreamGuestReport follows one report as its guest: first as it is, then
// after each change. A line that drops is taken up again.
func (c *Client) StreamGuestReport(ctx context.Context, token string) iter.Seq2[GuestReport, error] {
	return func(yield func(GuestReport, error) bool) {
		s := stream[GuestReport]{client: c}
		s.open = func(ctx context.Context) (*http.Response, error) {
			return c.wire.StreamGuestReport(ctx, token, setHeader("Accept", "text/event-stream"))
		}
		s.decode = func(e sse.Event) (v GuestReport, err error) {
			err = json.Unmarshal([]byte(e.Data), &v)
			return v, err
		}
		s.follow(ctx, yield)
	}
}

// ListEvents lists the events of a venue's timeline after the one with the
// number in params, oldest first.
func (c *Client) ListEvents(ctx context.Context, venue string, params *ListEventsParams, opts ...Option) (EventList, error) {
	return read[EventList](opts)(c.wire.ListEvents(ctx, venue, params, setHeader("Accept", "application/json"), edit(opts)))
}

// stream reads server-sent events over as many connections as it takes.
type stream[T any] struct {
	client *Client
	open   func(context.Context) (*http.Response, error)
	decode func(sse.Event) (T, error)
	last   string // id of the last event; empty before the first
}

// errEnough says that the reader of a stream wants no more.
var errEnough = errors.New("enough")

// follow yields events until ctx ends, the reader stops or the server refuses.
func (s *stream[T]) follow(ctx context.Context, yield func(T, error) bool) {
	for ctx.Err() == nil {
		err := s.listen(ctx, yield)
		if errors.Is(err, errEnough) || ctx.Err() != nil {
			return
		}
		if final(err) {
			var none T
			yield(none, err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.pause(err)):
		}
	}
}

// listen yields the events of one connection; nil when it just ended.
func (s *stream[T]) listen(ctx context.Context, yield func(T, error) bool) error {
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	alarm := time.AfterFunc(s.client.silence, hangUp)
	defer alarm.Stop()
	res, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := streams(res); err != nil {
		return err
	}
	for e, err := range sse.Read(res.Body, &sse.ReadConfig{MaxEventSize: maxFrame}) {
		if err != nil {
			return err
		}
		alarm.Stop() // the reader may take its time
		if err := s.hand(e, yield); err != nil {
			return err
		}
		alarm.Reset(s.client.silence)
	}
	return nil
}

// hand gives one event to the reader; a beat is only a sign of life.
func (s *stream[T]) hand(e sse.Event, yield func(T, error) bool) error {
	if e.Type == beat {
		return nil
	}
	v, err := s.decode(e)
	if err != nil {
		return unreadableError{err}
	}
	if e.LastEventID != "" {
		s.last = e.LastEventID
	}
	if !yield(v, nil) {
		return errEnough
	}
	return nil
}

// pause is how long to wait before connecting again.
func (s *stream[T]) pause(err error) time.Duration {
	if p, ok := errors.AsType[Problem](err); ok && p.RetryAfter > 0 {
		return p.RetryAfter
	}
	if s.client.Pause > 0 {
		return s.client.Pause
	}
	return time.Second
}

// unreadableError is an event that makes no sense; it would make none again.
type unreadableError struct{ err error }

func (e unreadableError) Error() string { return fmt.Sprintf("read event: %v", e.err) }
func (e unreadableError) Unwrap() error { return e.err }

// streams checks that an answer is a stream.
func streams(res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return problem(res)
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != "text/event-stream" {
		return unreadableError{fmt.Errorf("content type %q", kind)}
	}
	return nil
}

// final says whether connecting again would not help.
func final(err error) bool {
	if _, ok := errors.AsType[unreadableError](err); ok {
		return true
	}
	p, ok := errors.AsType[Problem](err)
	return ok && p.Status < 500 && p.Status != http.StatusTooManyRequests
}
