package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/tmaxmax/go-sse"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// hostile is what people type to break a wire format.
func hostile() []string {
	words := []string{
		"\n\ndata: {}\n\n", "\r\n\r\nevent: reset\r\n", "\rid: 99\r", "data: x", ": comment", "\u2028\u2029\u0085\ufeff",
		"\xff\xfe\x80", "</script><script>alert(1)</script>", `"}]}`, "\\n\\n", "１２３", "ﷺ", "🏳\u200d🌈", "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
		"\u202eevil", "${jndi:ldap://x}", "%0a%0adata:%20x", "\u202a\u202atest\u202a", strings.Repeat("a\n", 1000),
	}
	for c := range rune(0x20) {
		words = append(words, "a"+string(c)+"b", string(c)+string(c)+"data: x"+string(c))
	}
	return append(words, "\x7f", "a\u0085b")
}

// T11: the number of events read is the number of events sent, whatever is in them.
func TestNewFrame_CannotBeSplit(t *testing.T) {
	var wire []byte
	words := hostile()
	for i, w := range words {
		f, err := web.NewFrame(int64(i+1), "report.created"+w, map[string]string{"words": w})
		if err != nil {
			t.Fatal(err)
		}
		wire = append(wire, f.Data...)
	}
	n := 0
	for ev, err := range sse.Read(strings.NewReader(string(wire)), nil) {
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(ev.Data), &got); err != nil {
			t.Fatalf("event %d: %v", n, err)
		}
		if want := strings.ToValidUTF8(words[n], "\ufffd"); got["words"] != want && !strings.Contains(words[n], "\xff") {
			t.Errorf("event %d = %q, want %q", n, got["words"], want)
		}
		n++
	}
	if n != len(words) {
		t.Errorf("%d events read, %d sent", n, len(words))
	}
}

// source is a timeline that tests append to.
type source struct {
	frames []web.Frame
	err    error
	reset  bool
}

func (s *source) append(t *testing.T, words string) {
	t.Helper()
	f, err := web.NewFrame(int64(len(s.frames)+1), "report.created", words)
	if err != nil {
		t.Fatal(err)
	}
	s.frames = append(s.frames, f)
}

func (s *source) next(_ context.Context, after int64) ([]web.Frame, bool, error) {
	to := min(len(s.frames), int(after)+web.Batch)
	return s.frames[after:to], s.reset, s.err
}

// always listens to one channel.
func always(wake <-chan struct{}) web.Listen {
	return func() (<-chan struct{}, func()) { return wake, func() {} }
}

// open follows src through the real router until stop, and returns what came.
func open(t *testing.T, src *source, wake <-chan struct{}, headers ...string) (rec *httptest.ResponseRecorder, stop func()) {
	t.Helper()
	e := house(t, func(o *web.Options) { o.Now = time.Now })
	e.GET("/live", func(c echo.Context) error {
		after, _ := web.LastSeen(c)
		s, err := web.NewStream(c)
		if err != nil {
			return err
		}
		return s.Follow(always(wake), after, src.next)
	})
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/live", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec = httptest.NewRecorder()
	done := make(chan struct{})
	go func() { defer close(done); e.ServeHTTP(rec, r) }()
	return rec, func() { cancel(); <-done }
}

func TestStream_Follows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, wake := &source{}, make(chan struct{}, 1)
		for range web.Batch + 3 { // more than one read
			src.append(t, "old")
		}
		rec, stop := open(t, src, wake, "Last-Event-ID", "2", "Accept-Encoding", "gzip")
		synctest.Wait()
		if got := strings.Count(rec.Body.String(), "data: \"old\""); got != web.Batch+1 {
			t.Errorf("%d old events, want %d", got, web.Batch+1)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "",
		} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		rec.Body.Reset()
		src.append(t, "new")
		wake <- struct{}{}
		synctest.Wait()
		if got, want := rec.Body.String(), "id: 504\nevent: report.created\ndata: \"new\"\n\n"; got != want {
			t.Errorf("after a wake: %q, want %q", got, want)
		}
		rec.Body.Reset()
		time.Sleep(web.Beat) // the bubble's own time
		synctest.Wait()
		if got, want := rec.Body.String(), "event: beat\ndata: {}\n\n"; got != want {
			t.Errorf("after a while: %q, want %q", got, want)
		}
		stop()
	})
}

// A database that is too busy to read for a moment is no reason to hang up on
// everybody who waits for it.
func TestStream_StaysWhileTheDatabaseIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, wake := &source{}, make(chan struct{}, 1)
		rec, stop := open(t, src, wake)
		synctest.Wait()
		src.append(t, "late")
		src.err = fmt.Errorf("read: %w", feedback.ErrBusy)
		wake <- struct{}{}
		synctest.Wait()
		src.err = nil
		time.Sleep(web.Beat) // the bubble's own time
		synctest.Wait()
		if got := rec.Body.String(); !strings.Contains(got, "data: \"late\"") {
			t.Errorf("after it was busy: %q, want the event that came meanwhile", got)
		}
		stop()
	})
}

func TestStream_Ends(t *testing.T) {
	tests := map[string]struct {
		change func(*source, chan struct{})
		want   string
	}{
		"the server stops":         {func(_ *source, wake chan struct{}) { close(wake) }, ""},
		"the reader is locked out": {func(s *source, _ chan struct{}) { s.err = feedback.ErrUnauthorised }, "event: beat\ndata: {}\n\n"},
		"another timeline": {
			func(s *source, wake chan struct{}) { s.reset = true; wake <- struct{}{} },
			"event: reset\ndata: {}\n\n",
		},
	}
	for name, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			src, wake := &source{}, make(chan struct{}, 1)
			rec, stop := open(t, src, wake)
			synctest.Wait()
			tt.change(src, wake)
			time.Sleep(web.Beat + time.Second) // the bubble's own time
			synctest.Wait()
			if got := rec.Body.String(); got != tt.want {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
			stop()
		})
	}
	synctest.Test(t, func(t *testing.T) {
		src, wake := &source{}, make(chan struct{}, 1)
		_, stop := open(t, src, wake)
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		select {
		case wake <- struct{}{}: // nobody reads it any more
		default:
			t.Error("the channel is full")
		}
		synctest.Wait()
		if len(wake) != 1 {
			t.Error("a stream outlives half an hour")
		}
		stop()
	})
}

// A stream outlives the server's WriteTimeout, and HEAD of one returns.
func TestStream_OverHTTP(t *testing.T) {
	src, wake := &source{}, make(chan struct{}, 1)
	src.append(t, "first")
	e := house(t, nil)
	e.GET("/live", func(c echo.Context) error {
		s, err := web.NewStream(c)
		if err != nil {
			return err
		}
		if err := s.Event(0, "snapshot", map[string]int{"open": 1}); err != nil {
			return err
		}
		return s.Follow(always(wake), 0, src.next)
	})
	srv := httptest.NewUnstartedServer(e)
	srv.Config.WriteTimeout = 30 * time.Millisecond
	srv.Start()
	defer srv.Close()
	res, err := http.Head(srv.URL + "/live")
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("HEAD = %v, %v", res, err)
	}
	_ = res.Body.Close()
	res, err = http.Get(srv.URL + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	in := bufio.NewScanner(res.Body)
	if got := event(t, in); got != "event: snapshot|data: {\"open\":1}" {
		t.Errorf("first event %q", got)
	}
	if got := event(t, in); got != `id: 1|event: report.created|data: "first"` {
		t.Errorf("second event %q", got)
	}
	<-time.After(60 * time.Millisecond) // the only way to outlast a WriteTimeout
	src.append(t, "second")
	wake <- struct{}{}
	if got := event(t, in); got != `id: 2|event: report.created|data: "second"` {
		t.Errorf("third event %q", got)
	}
	close(wake)
}

// A stream goes on after its handler, on a connection of its own: its answer ends
// as HTTP wants it, the server can wait for it, and a panic takes nothing down.
func TestStream_Alone(t *testing.T) {
	place := web.Place{Of: "a seat", Most: 1}
	for _, proto := range []string{"1.0", "1.1"} {
		for what, breaks := range map[string]func() error{
			"the wakes end": nil,
			"it fails":      func() error { return errors.New("the database is gone") },
			"it panics":     func() error { panic("at the disco") },
		} {
			src, wake := &source{}, make(chan struct{})
			src.append(t, "first")
			var streams sync.WaitGroup
			var stopped atomic.Bool
			returned := make(chan struct{})
			var log lockedBuffer
			e := house(t, func(o *web.Options) { o.Streams, o.Log = &streams, slog.New(slog.NewTextHandler(&log, nil)) })
			e.GET("/live", func(c echo.Context) error {
				defer close(returned)
				s, err := web.NewStream(c, place)
				if err != nil {
					return err
				}
				if _, err := web.Hold(c, place); !errors.Is(err, feedback.ErrBusy) {
					t.Errorf("HTTP/%s, %s: its place is not taken: %v", proto, what, err)
				}
				listen := func() (<-chan struct{}, func()) { return wake, func() { stopped.Store(true) } }
				return s.Follow(listen, 0, func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
					if after > 0 && breaks != nil {
						return nil, false, breaks()
					}
					return src.next(ctx, after)
				})
			})
			e.GET("/again", func(c echo.Context) error { _, err := web.Hold(c, place); return err })
			srv := httptest.NewServer(e)
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "GET /live HTTP/%s\r\nHost: x\r\n\r\n", proto); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(res.Body)
			for range 3 {
				if _, err := in.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			<-returned
			if stopped.Load() {
				t.Errorf("HTTP/%s, %s: the stream ended with its handler", proto, what)
			}
			if breaks == nil {
				close(wake)
			} else {
				wake <- struct{}{}
			}
			streams.Wait()
			rest, err := io.ReadAll(in)
			if want := "\n"; string(rest) != want || err != nil {
				t.Errorf("HTTP/%s, %s: the rest is %q, %v, want %q and the end", proto, what, rest, err, want)
			}
			if got := visit(e, "GET", "/again", "").StatusCode; got != 200 {
				t.Errorf("HTTP/%s, %s: its place is not given back: %d", proto, what, got)
			}
			if !stopped.Load() {
				t.Errorf("HTTP/%s, %s: nobody stopped listening", proto, what)
			}
			if logged := strings.Contains(log.String(), "request failed"); logged != (breaks != nil) || strings.Contains(log.String(), "disco") {
				t.Errorf("HTTP/%s, %s: the log says %s", proto, what, log.String())
			}
			_ = conn.Close()
			srv.Close()
		}
	}
}

// A stream whose browser left is found out by what is written to it, and gives its
// place back.
func TestStream_TheBrowserLeaves(t *testing.T) {
	place := web.Place{Of: "a seat", Most: 1}
	wake := make(chan struct{})
	var streams sync.WaitGroup
	e := house(t, func(o *web.Options) { o.Streams = &streams })
	stopped := make(chan struct{})
	e.GET("/live", func(c echo.Context) error {
		s, err := web.NewStream(c, place)
		if err != nil {
			return err
		}
		listen := func() (<-chan struct{}, func()) { return wake, func() { close(stopped) } }
		return s.Follow(listen, 0, func(_ context.Context, after int64) ([]web.Frame, bool, error) {
			f, err := web.NewFrame(after+1, "more", "news")
			return []web.Frame{f}, false, err
		})
	})
	e.GET("/again", func(c echo.Context) error { _, err := web.Hold(c, place); return err })
	srv := httptest.NewServer(e)
	defer srv.Close()
	res, err := http.Get(srv.URL + "/live")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	for gone := false; !gone; {
		select {
		case wake <- struct{}{}:
		case <-stopped:
			gone = true
		}
	}
	streams.Wait()
	if got := visit(e, "GET", "/again", "").StatusCode; got != http.StatusOK {
		t.Errorf("its place is not given back: %d", got)
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// event reads one event as its lines.
func event(t *testing.T, in *bufio.Scanner) string {
	t.Helper()
	var lines []string
	for in.Scan() {
		if in.Text() == "" {
			return strings.Join(lines, "|")
		}
		lines = append(lines, in.Text())
	}
	t.Fatalf("the stream ended: %v", errors.Join(in.Err(), errors.New(strings.Join(lines, "|"))))
	return ""
}

func TestLastSeen(t *testing.T) {
	tests := map[string]struct {
		header, query string
		seq           int64
		ok            bool
	}{
		"nothing":     {"", "", 0, false},
		"header":      {"7", "", 7, true},
		"query":       {"", "8", 8, true},
		"both":        {"7", "8", 7, true},
		"zero":        {"0", "", 0, true},
		"negative":    {"-1", "", 0, false},
		"not numbers": {"x", "", 0, false},
		"too large":   {"99999999999999999999", "", 0, false},
	}
	for name, tt := range tests {
		r := httptest.NewRequest("GET", "/?after="+tt.query, nil)
		r.Header.Set("Last-Event-ID", tt.header)
		seq, ok := web.LastSeen(echo.New().NewContext(r, httptest.NewRecorder()))
		if seq != tt.seq || ok != tt.ok {
			t.Errorf("%s: %d, %v, want %d, %v", name, seq, ok, tt.seq, tt.ok)
		}
	}
}
