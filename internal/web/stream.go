package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

const (
	// Beat is how often a stream says that it lives: a screen must know within
	// 15 seconds that it is deaf.
	Beat = 5 * time.Second
	// patience is how long one write may take: a phone that went under ground
	// must not hold us.
	patience = 10 * time.Second
	// streamLife is how long one stream lives; browsers come back by themselves.
	streamLife = 30 * time.Minute
)

// Frame is one event as it goes over the wire, encoded once for all screens.
type Frame struct {
	Seq  int64
	Data []byte // empty when this reader may not see the event: its number still counts
}

// NewFrame encodes an event: v becomes JSON in one data line, so that nothing
// anybody wrote can end it.
func NewFrame(seq int64, kind string, v any) (Frame, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return Frame{}, fmt.Errorf("event %d: %w", seq, err)
	}
	return Frame{Seq: seq, Data: encode(strconv.FormatInt(seq, 10), kind, data)}, nil
}

// lineless takes out what would end a line of the wire format.
var lineless = strings.NewReplacer("\r", "", "\n", "", "\x00", "")

// encode writes the wire format; an empty id leaves the browser's last one.
func encode(id, kind string, json []byte) []byte {
	b := make([]byte, 0, len(id)+len(kind)+len(json)+24)
	if id != "" {
		b = append(append(append(b, "id: "...), id...), '\n')
	}
	b = append(append(append(b, "event: "...), lineless.Replace(kind)...), '\n')
	b = append(append(b, "data: "...), json...)
	return append(b, "\n\n"...)
}

// Stream is one open line of server-sent events.
type Stream struct {
	c    echo.Context
	rc   *http.ResponseController
	head bool
}

// NewStream answers with the head of a stream. It is never compressed, and
// proxies are told to pass it on at once.
func NewStream(c echo.Context) (*Stream, error) {
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	s := &Stream{c: c, rc: http.NewResponseController(c.Response()), head: c.Request().Method == http.MethodHead}
	return s, s.write(nil)
}

// write sends bytes with a deadline of their own; the server's counts from the
// start of the request. A recorder in a test has no deadlines.
func (s *Stream) write(b []byte) error {
	err := s.rc.SetWriteDeadline(time.Now().Add(patience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("stream: %w", err)
	}
	if len(b) > 0 && !s.head {
		if _, err := s.c.Response().Write(b); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return nil
}

// Send sends events, those without data left out.
func (s *Stream) Send(frames ...Frame) error {
	var b []byte
	for _, f := range frames {
		b = append(b, f.Data...)
	}
	if len(b) == 0 {
		return nil
	}
	return s.write(b)
}

// Event sends one event. With an id of 0 the browser's last one stays.
func (s *Stream) Event(id int64, kind string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	text := ""
	if id > 0 {
		text = strconv.FormatInt(id, 10)
	}
	return s.write(encode(text, kind, data))
}

// Reset tells the screen to load everything anew: what it saw last is no part
// of our timeline, or lies too far back.
func (s *Stream) Reset() error { return s.write(encode("", "reset", []byte("{}"))) }

func (s *Stream) beat() error { return s.write(encode("", "beat", []byte("{}"))) }

// LastSeen is the number of the last event that a screen saw, from
// Last-Event-ID or ?after=; ok is false when it names none.
func LastSeen(c echo.Context) (seq int64, ok bool) {
	text := c.Request().Header.Get("Last-Event-ID")
	if text == "" {
		text = c.QueryParam("after")
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 {
		return 0, false
	}
	return seq, true
}

// Next reads what comes after an event, oldest first; fewer than [Batch] means
// that this was all. With reset the screen must load everything anew. An error
// ends the stream: so one whose reader was locked out ends with the next beat.
type Next func(ctx context.Context, after int64) (frames []Frame, reset bool, err error)

// Follow sends what is new after each wake, and a beat in between, until the
// browser leaves, the wakes end or the stream has lived long enough. Listen for
// wakes before you call it, or a change in between is lost.
func (s *Stream) Follow(wake <-chan struct{}, after int64, next Next) error {
	if s.head {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.c.Request().Context(), streamLife)
	defer cancel()
	tick := time.NewTicker(Beat)
	defer tick.Stop()
	for {
		seen, err := s.catchUp(ctx, after, next)
		if err != nil || seen < 0 {
			return err
		}
		after = seen
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-wake:
			if !open {
				return nil // the server is stopping; the browser will come back
			}
		case <-tick.C:
			if s.beat() != nil {
				return nil // the browser left; that is no fault
			}
		}
	}
}

// catchUp sends everything after an event and returns the number of the last,
// or -1 when the stream is over.
func (s *Stream) catchUp(ctx context.Context, after int64, next Next) (int64, error) {
	for {
		frames, reset, err := next(ctx, after)
		if ctx.Err() != nil {
			return -1, nil
		}
		if errors.Is(err, feedback.ErrBusy) {
			return after, nil // the line stays; the next wake or beat asks again
		}
		if err != nil {
			return -1, err
		}
		if reset {
			_ = s.Reset() // the line is closed next, whether it arrives or not
			return -1, nil
		}
		if s.Send(frames...) != nil {
			return -1, nil
		}
		if len(frames) > 0 {
			after = frames[len(frames)-1].Seq
		}
		if len(frames) < Batch {
			return after, nil
		}
	}
}
