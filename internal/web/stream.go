package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
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
	c    echo.Context // until the handler returns
	rc   *http.ResponseController
	head bool

	leave func() // gives its places back

	conn    net.Conn // once [Stream.Follow] has taken it over
	chunked bool
}

// NewStream takes a place of each and answers with the head of a stream, which
// is never compressed; proxies are told to pass it on at once. It fails with
// [feedback.ErrBusy], and has answered nothing, when a place is full. Call
// [Stream.Follow] then, or [Stream.Close].
func NewStream(c echo.Context, places ...Place) (*Stream, error) {
	leave, err := Hold(c, places...)
	if err != nil {
		return nil, err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if c.Request().ProtoMajor == 1 {
		h.Set("Connection", "close") // its end is that of the connection, on which nothing may be asked meanwhile
	}
	c.Response().WriteHeader(http.StatusOK)
	s := &Stream{c: c, rc: http.NewResponseController(c.Response()), head: c.Request().Method == http.MethodHead, leave: leave}
	if err := s.write(nil); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close gives the places back, for whoever does not follow.
func (s *Stream) Close() { s.leave() }

// write sends bytes with a deadline of their own; the server's counts from the
// start of the request. A recorder in a test has no deadlines.
func (s *Stream) write(b []byte) error {
	if s.conn != nil {
		return s.writeChunk(b)
	}
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

// writeChunk sends bytes as net/http would (RFC 9112, 7.1), on the connection
// that was taken from it. No bytes are the end of the answer.
func (s *Stream) writeChunk(b []byte) error {
	if s.chunked {
		framed := make([]byte, 0, len(b)+16)
		framed = append(strconv.AppendInt(framed, int64(len(b)), 16), "\r\n"...)
		b = append(append(framed, b...), "\r\n"...)
	}
	err := s.conn.SetWriteDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = s.conn.Write(b)
	}
	if err != nil {
		_ = s.conn.Close() // so that the next write does not wait either
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

// Listen begins to wait for wakes, as [live.Hub.Listen] does; stop ends it.
type Listen func() (wake <-chan struct{}, stop func())

// Follow sends what is new after each wake, and a beat in between, until the
// browser leaves, the wakes end or the stream has lived long enough. It listens
// before the first call of next, so that no change in between is lost.
//
// Where the connection can be taken from net/http, Follow returns at once and
// the stream goes on by itself: so a screen that waits keeps neither the stack
// of its request nor net/http's buffers. Listen and next must therefore not use
// the echo context, and nothing may be written after it. [Options.Streams]
// counts such streams.
func (s *Stream) Follow(listen Listen, after int64, next Next) error {
	if s.head {
		s.Close()
		return nil
	}
	k := of(s.c)
	k.streams.Add(1) // before the server forgets the connection, or nobody would wait for it
	if conn, _, err := s.rc.Hijack(); err == nil {
		r := s.c.Request()
		own := &Stream{leave: s.leave, conn: conn, chunked: r.ProtoAtLeast(1, 1)}
		go own.alone(k, r.Method, route(s.c), listen, after, next)
		return nil
	}
	k.streams.Done()
	return s.follow(s.c.Request().Context(), listen, after, next)
}

// alone follows on a connection of its own, and ends it.
func (s *Stream) alone(k *kit, method, route string, listen Listen, after int64, next Next) {
	defer k.streams.Done()
	defer func() { _ = s.conn.Close() }()
	if err := s.survive(listen, after, next); err != nil {
		logFailure(k.log, method, route, describe(err), err)
	}
	_ = s.write(nil) // the browser may have left
}

func (s *Stream) survive(listen Listen, after int64, next Next) (err error) {
	defer rescue(&err)
	return s.follow(context.Background(), listen, after, next)
}

func (s *Stream) follow(ctx context.Context, listen Listen, after int64, next Next) error {
	defer s.Close()
	wake, stop := listen()
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, streamLife)
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
