package app_test

import (
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
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
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
}

func (f *fault) at(point string) {
	if point != f.point {
		return
	}
	f.once.Do(func() {
		close(f.reached)
		if f.kind == "panic" {
			panic("a bug at " + point)
		}
		<-f.release
	})
}

// TestAlert_AtEveryStep lets one step between receiving a report and having told
// of it fail: the program is killed there, it panics, or it hangs. Every alert
// arrives at least once, not one more than there were faults comes twice, under
// the same id, and the steps after it come at their time (R9; I2, I3, I4, T36).
func TestAlert_AtEveryStep(t *testing.T) {
	rounds := 1
	if os.Getenv("SOAK") != "" {
		rounds = 100
	}
	for _, point := range app.Faults {
		for _, kind := range []string{"exit", "panic", "hang"} {
			t.Run(point+"/"+kind, func(t *testing.T) {
				for range rounds {
					newAlert(t).over(point, kind)
				}
			})
		}
	}
}

// alert is a venue with a chat room, which outlives the program.
type alert struct {
	t    *testing.T
	cfg  config.Config
	clk  *clock
	chat *room
	code string
}

func newAlert(t *testing.T) *alert {
	a := &alert{
		t: t, clk: &clock{t: storetest.Epoch}, chat: &room{},
		cfg: config.Config{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: storetest.EmptyDSN(t), Shutdown: time.Second},
	}
	p := a.open(a.chat, nil)
	demo, err := p.Desk.FillDemo(t.Context())
	must(t, err)
	owner := feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	_, err = p.Desk.AddChannel(t.Context(), owner, desk.NewChannel{Venue: demo.Venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/x"})
	must(t, err)
	codes, err := p.Desk.TableCodes(t.Context(), owner, demo.Venue.ID)
	must(t, err)
	a.code = codes[0].Code
	return a
}

// open is the program, until the test ends.
func (a *alert) open(chat notify.Sender, at func(string)) *app.App {
	a.t.Helper()
	p, err := app.New(a.t.Context(), a.cfg, app.Options{
		Log: slog.New(slog.DiscardHandler), Now: a.clk.now, Senders: notify.Senders{feedback.ChannelChat: chat}, Fault: at,
	})
	must(a.t, err)
	a.t.Cleanup(func() { must(a.t, p.Close()) })
	return p
}

// tell receives a report and does all that is due then.
func (a *alert) tell(p *app.App) {
	_, err := p.Desk.Submit(a.t.Context(), desk.NewReport{Code: a.code, Rating: 2, Causes: []string{"cold"}, Language: "en"})
	if err == nil {
		err = p.Drain(a.t.Context())
	}
	if err != nil {
		a.t.Error(err)
	}
}

func (a *alert) over(point, kind string) {
	t := a.t
	f := &fault{point: point, kind: kind, reached: make(chan struct{}), release: make(chan struct{})}
	var next *app.App
	var work sync.WaitGroup
	switch kind {
	case "exit":
		a.die(point)
		next = a.open(a.chat, nil) // started again
	default:
		first := a.open(a.chat, f.at)
		work.Go(func() {
			defer func() { _ = recover() }() // as the server does with a request's
			a.tell(first)
		})
		<-f.reached // or the test runs out of time: nothing passes this point
		if next = first; kind == "hang" {
			next = a.open(a.chat, nil) // another copy of the program
		} else {
			work.Wait()
		}
	}
	must(t, next.Drain(t.Context()))
	a.clk.advance(61 * time.Second) // what the first had claimed is free again
	must(t, next.Drain(t.Context()))
	close(f.release)
	work.Wait()
	must(t, next.Drain(t.Context()))
	a.clk.advance(119 * time.Second)
	must(t, next.Drain(t.Context()))

	want := []string{"Table 1: somebody is needed. Open the board.", "Table 1: waiting too long. Open the board."}
	if !slices.Equal(a.chat.says, want) {
		t.Errorf("the room was told %q, want %q", a.chat.says, want)
	}
	if twice := len(a.chat.told) - len(a.chat.says); twice > 1 {
		t.Errorf("%d came twice after one fault", twice)
	}
}

// die lets a process of its own receive a report and be killed at a point.
func (a *alert) die(point string) {
	a.t.Helper()
	door := httptest.NewServer(a.chat)
	defer door.Close()
	cmd := exec.CommandContext(a.t.Context(), os.Args[0], "-test.run=^TestAlert_IsKilled$")
	cmd.Env = append(os.Environ(), "KILLED_AT="+point, "DATABASE="+a.cfg.Database, "CODE="+a.code, "ROOM="+door.URL)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != -1 { // which says that a signal ended it
		a.t.Fatalf("nobody passed by %s: %v\n%s", point, err, out)
	}
}

// TestAlert_IsKilled is the process that die starts.
func TestAlert_IsKilled(t *testing.T) {
	point := os.Getenv("KILLED_AT")
	if point == "" {
		return // it is a part of TestAlert_AtEveryStep
	}
	a := &alert{
		t: t, clk: &clock{t: storetest.Epoch}, code: os.Getenv("CODE"),
		cfg: config.Config{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: os.Getenv("DATABASE"), Shutdown: time.Second},
	}
	self, err := os.FindProcess(os.Getpid())
	must(t, err)
	a.tell(a.open(door(os.Getenv("ROOM")), func(at string) {
		if at == point {
			_ = self.Kill()
			select {} // until it comes
		}
	}))
}

// ServeHTTP tells the room what a message to its door says.
func (r *room) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	var m notify.Message
	if err := json.NewDecoder(rq.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_ = r.Send(rq.Context(), m) // fails never
}

// door sends messages to a room in another process.
type door string

// Send implements [notify.Sender].
func (d door) Send(ctx context.Context, m notify.Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, string(d), bytes.NewReader(body))
	if err != nil {
		return err
	}
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		return err
	}
	return rs.Body.Close()
}

// A bug in what runs beside the requests ends neither the program nor the work:
// it is done again (T36).
func TestWorkers_SurvivePanics(t *testing.T) {
	for name, run := range map[string]func(ctx context.Context, work func()){
		"again and again": func(ctx context.Context, work func()) {
			app.Every(ctx, time.Millisecond, time.Hour, func(context.Context) error { work(); return nil })
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

// What hangs beside the requests is given up in time, and done again (T36). Each
// chore of the program has such a time.
func TestWorkers_GiveUpWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var at []time.Duration
		app.Every(ctx, 5*time.Second, time.Minute, func(ctx context.Context) error {
			if at = append(at, time.Since(began)); len(at) == 3 {
				stop()
				return nil
			}
			<-ctx.Done() // a database, or a receiver, that never answers
			return ctx.Err()
		})
		if want := []time.Duration{5 * time.Second, 65 * time.Second, 125 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("it was done after %v, want %v", at, want)
		}
	})
	a, _ := open(t, config.Flags{BaseURL: "http://localhost:1", Listen: ":0"})
	for what, within := range app.Chores(a) {
		if within <= 0 || within > 6*time.Hour {
			t.Errorf("%s: it may take %v", what, within)
		}
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
func garbage(t testing.TB) string {
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
