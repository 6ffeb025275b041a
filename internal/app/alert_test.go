package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/notify"
	"makeright/internal/store/storetest"
)

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// room is a chat room that notes what it is told.
type room struct {
	mu   sync.Mutex
	told []string // ids
	says []string // texts, each once for an id
}

func (r *room) Send(_ context.Context, m notify.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.told, m.Key) {
		r.says = append(r.says, m.Text)
	}
	r.told = append(r.told, m.Key)
	return nil
}

// fault fails once at a point, and says so.
type fault struct {
	point, kind string
	once        sync.Once
	reached     chan struct{}
	release     chan struct{} // lets what hangs go on
	dead        chan struct{} // closed when the program has ended
}

func (f *fault) at(point string) {
	select {
	case <-f.dead: // nothing happens in a program that has ended
		<-f.release
		runtime.Goexit()
	default:
	}
	if point != f.point {
		return
	}
	f.once.Do(func() {
		switch f.kind {
		case "panic":
			close(f.reached)
			panic("a bug at " + point)
		case "exit":
			close(f.dead)
			close(f.reached)
			<-f.release
			runtime.Goexit()
		case "hang":
			close(f.reached)
			<-f.release
		}
	})
}

// TestAlert_AtEveryStep lets one step between receiving a report and having told
// of it fail: the program ends there, it panics, or it hangs. Every alert arrives
// at least once, not one more than there were faults comes twice, under the same
// id, and the steps after it come at their time (R9; I2, I3, I4, T36).
func TestAlert_AtEveryStep(t *testing.T) {
	for _, point := range app.Faults {
		for _, kind := range []string{"exit", "panic", "hang"} {
			t.Run(point+"/"+kind, func(t *testing.T) { alertOver(t, point, kind) })
		}
	}
}

func alertOver(t *testing.T, point, kind string) {
	f := &fault{point: point, kind: kind, reached: make(chan struct{}), release: make(chan struct{}), dead: make(chan struct{})}
	clk, chat := &clock{t: storetest.Epoch}, &room{}
	cfg := config.Config{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: storetest.EmptyDSN(t), Shutdown: time.Second}
	open := func(at func(string)) *app.App {
		a, err := app.New(t.Context(), cfg, app.Options{
			Log: slog.New(slog.DiscardHandler), Now: clk.now, Senders: notify.Senders{feedback.ChannelChat: chat}, Fault: at,
		})
		must(t, err)
		t.Cleanup(func() { must(t, a.Close()) })
		return a
	}
	ready := false
	first := open(func(point string) {
		if ready {
			f.at(point)
		}
	})
	demo, err := first.Desk.FillDemo(t.Context())
	must(t, err)
	owner := feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	_, err = first.Desk.AddChannel(t.Context(), owner, desk.NewChannel{Venue: demo.Venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/x"})
	must(t, err)
	codes, err := first.Desk.TableCodes(t.Context(), owner, demo.Venue.ID)
	must(t, err)
	ready = true

	var work sync.WaitGroup
	ended := make(chan struct{})
	work.Go(func() {
		defer close(ended)
		defer func() { _ = recover() }() // as the server does with a request's
		_, err := first.Desk.Submit(t.Context(), desk.NewReport{Code: codes[0].Code, Rating: 2, Causes: []string{"cold"}, Language: "en"})
		if err != nil {
			t.Error(err)
			return
		}
		if err := first.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-f.reached // or the test runs out of time: nothing passes this point
	next := first
	if kind == "panic" {
		<-ended
	} else {
		next = open(nil) // started again, or another copy of the program
	}
	must(t, next.Drain(t.Context()))
	clk.advance(61 * time.Second) // what the first had claimed is free again
	must(t, next.Drain(t.Context()))
	close(f.release)
	work.Wait()
	must(t, next.Drain(t.Context()))
	clk.advance(119 * time.Second)
	must(t, next.Drain(t.Context()))

	want := []string{"Table 1: somebody is needed. Open the board.", "Table 1: waiting too long. Open the board."}
	if !slices.Equal(chat.says, want) {
		t.Errorf("the room was told %q, want %q", chat.says, want)
	}
	if twice := len(chat.told) - len(chat.says); twice > 1 {
		t.Errorf("%d came twice after one fault", twice)
	}
}

// A bug in what runs beside the requests ends neither the program nor the work:
// it is done again (T36).
func TestWorkers_SurvivePanics(t *testing.T) {
	for name, run := range map[string]func(ctx context.Context, work func()){
		"again and again": func(ctx context.Context, work func()) {
			app.Every(ctx, time.Millisecond, func(context.Context) error { work(); return nil })
		},
		"on and on": func(ctx context.Context, work func()) { app.Keep(ctx, func(context.Context) { work() }) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			times := 0
			run(ctx, func() {
				if times++; times == 1 {
					panic("a bug")
				}
				stop()
			})
			if times != 2 {
				t.Errorf("it was done %d times", times)
			}
		})
	}
}

// TestOutbox_BadReceiversSlowNobody sends to receivers that say nothing, answer
// garbage, or send a byte now and then, and to a good one: all its messages
// arrive while not one of the others has come to an end (R13).
func TestOutbox_BadReceiversSlowNobody(t *testing.T) {
	release := make(chan struct{})
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	arrived := make(chan struct{}, 1000)
	good := serve(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} })
	bad := []string{
		serve(func(http.ResponseWriter, *http.Request) { <-release }),
		serve(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "o")
			_ = http.NewResponseController(w).Flush()
			<-release // the next byte
		}),
		garbage(t),
	}
	t.Cleanup(func() { close(release) }) // before the servers wait for their guests

	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second, Listen: "127.0.0.1:0",
		Outside: config.Outside{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	demo, err := a.Desk.FillDemo(t.Context())
	must(t, err)
	owner := feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	for _, to := range append(bad, good) {
		_, _, err := a.Desk.AddWebhook(t.Context(), owner, desk.Webhook{URL: to, Events: []feedback.EventKind{feedback.ReportCreated}})
		must(t, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	l, err := app.Listen(ctx, &cfg)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
		must(t, a.Close())
	})
	codes, err := a.Desk.TableCodes(t.Context(), owner, demo.Venue.ID)
	must(t, err)
	const reports = 20
	for range reports {
		_, err := a.Desk.WriteDown(t.Context(), owner, demo.Venue.ID, codes[0].TableID, desk.NewReport{Rating: 2, Language: "en"})
		must(t, err)
	}
	for n := range reports {
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Fatalf("only %d of %d arrived at the good receiver", n, reports)
		}
	}
}

// garbage is a receiver that answers what is no HTTP.
func garbage(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				_, _ = io.WriteString(c, "\x00\xff no such thing\r\n\r\n")
				_ = c.Close()
			}
		}
	}()
	return "http://" + l.Addr().String()
}
