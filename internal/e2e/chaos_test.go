package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"makeright/internal/e2e/program"
	"makeright/internal/store/storetest"
)

// TestScreens_MissNothing lets many screens watch while their lines are cut
// every one to five seconds and the server is killed and restarted under them:
// each sees every event once, in order (R11, I6).
func TestScreens_MissNothing(t *testing.T) {
	if storetest.Postgres() {
		t.Skip("on PostgreSQL this is TestNodes")
	}
	t.Parallel()
	p, d := install(t, "LIMITS=off")
	screens := watch(t, d, sized(40, 200), p)
	total := sized(800, 2000)
	c := &guests{t: t, demo: d, bases: []string{p.Base}}
	c.send(total / 4)
	p.Kill()
	p.Start()
	c.send(total / 4)
	c.wait(screens, func(s *program.Screen) bool { _, lines := s.Seen(); return lines >= 4 }) // the server's end and a cut of its own
	c.send(total / 4)
	p.Stop()
	p.Start()
	c.send(total / 4)
	c.complete(screens)
}

// TestScreens_DeadOnesSlowNobody lets screens read nothing of what is sent to them
// until their lines are full: the others see everything meanwhile, and a dead one
// that comes back reads on where it stopped, without a gap (I6).
func TestScreens_DeadOnesSlowNobody(t *testing.T) {
	t.Parallel()
	p, d := install(t, "LIMITS=off")
	dead := make([]*net.TCPConn, 12) // waited for one after the other they would take longer than a living one waits
	for i := range dead {
		dead[i] = deaf(t, p, d)
	}
	living := watch(t, d, 4, p)
	c := &guests{t: t, demo: d, bases: []string{p.Base}, more: strings.Repeat("\U0001F372", 1900)} // 8 KB in the stream
	total := sized(700, 5000)
	c.send(total)
	c.complete(living)

	seen := make(chan frame, 2*total)
	_ = dead[0].SetReadBuffer(1 << 20)
	_ = dead[0].SetReadDeadline(time.Now().Add(time.Minute))
	split(bufio.NewReader(httputil.NewChunkedReader(bufio.NewReader(dead[0]))), seen)
	close(seen)
	last := int64(0)
	for f := range seen {
		last = follows(t, last, f)
	}
	if last == 0 || last > int64(total) {
		t.Errorf("a dead screen saw %d events: its line was never full", last)
	}
	back := listen(t, p.Base+"/api/v1/venues/"+d.Venue.ID+"/events", "Authorization", "Bearer "+d.Key, "Last-Event-ID", fmt.Sprint(last))
	for at := last; ; {
		f, ok := back.next()
		if !ok {
			t.Fatalf("after event %d it hears nothing more", at)
		}
		if at = follows(t, at, f); strings.Contains(f.data, c.last) {
			t.Logf("a dead screen stopped at event %d and came back to see %d", last, at)
			return
		}
	}
}

// deaf opens a stream from its first event on, and reads no more than its head.
func deaf(t *testing.T, p *program.Program, d program.Demo) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.Base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	line := c.(*net.TCPConn)
	_ = line.SetReadBuffer(1024)
	_, err = fmt.Fprintf(c, "GET /api/v1/venues/%s/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", d.Venue.ID, d.Key)
	if err != nil {
		t.Fatal(err)
	}
	var head []byte
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one...) {
		if _, err := c.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200")) {
		t.Fatalf("a stream answered %s", head)
	}
	return line
}

// follows fails unless a frame is the next event, or none, and returns the number
// of the last.
func follows(t *testing.T, last int64, f frame) int64 {
	t.Helper()
	if f.id == "" {
		return last
	}
	if f.id != fmt.Sprint(last+1) {
		t.Fatalf("event %s came after event %d", f.id, last)
	}
	return last + 1
}

// twoNodes starts two programs that share a database with a demo.
func twoNodes(t *testing.T) (a, b *program.Program, d program.Demo) {
	t.Helper()
	if !storetest.Postgres() {
		t.Skip("two nodes need PostgreSQL")
	}
	t.Parallel()
	dsn := storetest.EmptyDSN(t)
	a = program.New(t, dsn, "LIMITS=off")
	d = a.Demo()
	b = program.New(t, dsn, "LIMITS=off")
	a.Start()
	b.Start()
	return a, b, d
}

// TestNodes lets two nodes share a database. While one is frozen, killed and
// started anew, guests and screens of both miss nothing, and nothing comes
// twice (R15, I1, I6).
func TestNodes(t *testing.T) {
	a, b, d := twoNodes(t)
	screens := watch(t, d, sized(20, 200), a, b)
	c := &guests{t: t, demo: d, bases: []string{a.Base, b.Base}}
	each := sized(100, 1000)
	c.send(each)

	if err := syscall.Kill(b.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.send(each) // through a, and through b for as long as anybody waits there
	if err := syscall.Kill(b.Pid(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	c.send(each)
	b.Kill()
	c.send(each)
	b.Start()
	c.send(each)
	c.complete(screens)
}

// TestNodes_HearEachOther holds that a screen of one node shows what a guest of
// the other sends without waiting for the poll: most come by notification.
func TestNodes_HearEachOther(t *testing.T) {
	a, b, d := twoNodes(t)
	screen := program.Look(t, b.Base, d, nil)
	c := &guests{t: t, demo: d, bases: []string{a.Base}}
	var slowest time.Duration
	for range 10 {
		began := time.Now()
		c.send(1)
		screen.Wait(t, c.last)
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("from a guest of one node to a screen of the other: at most %d ms in ten", slowest.Milliseconds())
	screen.Complete(t, c.told, c.last)
}

// TestNodes_ShutOut holds that whoever is shut out on one node hears nothing more
// on the other, and finds its doors closed (T23, T24, T29).
func TestNodes_ShutOut(t *testing.T) {
	a, b, d := twoNodes(t)
	here, there := &walls{t: t, base: a.Base}, &walls{t: t, base: b.Base}
	admin := []string{"Authorization", "Bearer " + d.Key, "Content-Type", "application/json"}
	var made struct{ ID, Key string }
	here.must(json.Unmarshal(here.ask("POST", "/api/v1/keys", `{"name":"till","scope":"read"}`, admin...).body, &made))
	key := []string{"Authorization", "Bearer " + made.Key}
	session := []string{"Cookie", "mr=" + here.cookies(here.ask("GET", "/enter/"+last(d.OwnerURL), ""))["mr"]}
	venue := "/api/v1/venues/" + d.Venue.ID
	board := "/board/" + d.Venue.ID
	streams := []*stream{listen(t, b.Base+venue+"/events?after=0", key...), listen(t, b.Base+board+"/live?after=0", session...)}
	c := &guests{t: t, demo: d, bases: []string{a.Base}}
	c.send(1)
	for _, s := range streams {
		for f, ok := s.next(); !strings.Contains(f.data, c.last); f, ok = s.next() {
			if !ok {
				t.Fatalf("a stream of the other node ended: it answered %d", s.status)
			}
		}
	}
	if got := here.ask("DELETE", "/api/v1/keys/"+made.ID, "", admin...); got.status >= 300 {
		t.Fatalf("the key stays: %d %s", got.status, got.body)
	}
	here.ask("POST", "/sign-out", "", append(session, "Content-Type", formKind)...)
	c.send(1)
	for _, s := range streams {
		for f, ok := s.next(); ok; f, ok = s.next() {
			t.Errorf("heard after being shut out: %+v", f)
		}
	}
	if got := there.ask("GET", venue, "", key...); got.status != http.StatusUnauthorized {
		t.Errorf("the key still opens: %d", got.status)
	}
	if got := there.ask("GET", board, "", session...); !strings.HasPrefix(got.header.Get("Location"), "/sign-in") {
		t.Errorf("the session still opens: %d %v", got.status, got.header)
	}
}

// sized is how large a trial is: small in make test, full in make soak.
func sized(small, full int) int {
	if soak() {
		return full
	}
	return small
}

// watch lets n screens watch, spread over the nodes, with lines that live one
// to five seconds.
func watch(t *testing.T, d program.Demo, n int, nodes ...*program.Program) []*program.Screen {
	screens := make([]*program.Screen, n)
	for i := range screens {
		screens[i] = program.Look(t, nodes[i%len(nodes)].Base, d, func() time.Duration {
			return time.Second + rand.N(4*time.Second)
		})
	}
	return screens
}

// guests are those who send until they are told that it was received.
type guests struct {
	t     *testing.T
	demo  program.Demo
	bases []string // of the nodes; who gets no answer turns to the next
	more  string   // that all of them say

	n    atomic.Int64
	mu   sync.Mutex
	told []string // ids
	last string
}

// send sends n reports, so many at a time that who waits for a frozen node does
// not hold up the others for long, and returns when all are received.
func (c *guests) send(n int) {
	c.t.Helper()
	var work sync.WaitGroup
	left := atomic.Int64{}
	left.Store(int64(n))
	for g := range sized(8, 40) {
		work.Go(func() {
			for left.Add(-1) >= 0 && !c.t.Failed() {
				id, err := c.one(g)
				if err != nil {
					c.t.Error(err)
					return
				}
				c.mu.Lock()
				c.told, c.last = append(c.told, id), id
				c.mu.Unlock()
			}
		})
	}
	work.Wait()
	if c.t.Failed() {
		c.t.FailNow()
	}
}

// one sends one report under one key, again and again until somebody answers.
func (c *guests) one(guest int) (id string, err error) {
	n := c.n.Add(1)
	rating := 2
	if n > 1000 { // more open issues at one venue, and timers would write more than guests
		rating = 5
	}
	body := fmt.Appendf(nil, `{"rating":%d,"words":"report %d %s","language":"en"}`, rating, n, c.more)
	code := c.demo.Tables[guest%len(c.demo.Tables)].Code
	for try := range 300 {
		base := c.bases[(int(n)+try)%len(c.bases)]
		var status int
		if id, status, err = post(c.t.Context(), base+"/api/v1/codes/"+code+"/reports", fmt.Sprint("chaos ", n), body); err == nil && status == http.StatusCreated {
			return id, nil
		}
		if err == nil && status != http.StatusServiceUnavailable {
			return "", fmt.Errorf("report %d was answered with %d", n, status)
		}
		select {
		case <-c.t.Context().Done():
			return "", c.t.Context().Err()
		case <-time.After(50 * time.Millisecond): // guests wait longer
		}
	}
	return "", fmt.Errorf("report %d was never received: %w", n, err)
}

func post(ctx context.Context, url, key string, body []byte) (id string, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	rq.Header.Set("Content-Type", "application/json")
	rq.Header.Set("Idempotency-Key", key)
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		return "", 0, err
	}
	defer rs.Body.Close()
	var out struct{ ID string }
	if rs.StatusCode == http.StatusCreated {
		err = json.NewDecoder(rs.Body).Decode(&out)
	}
	return out.ID, rs.StatusCode, err
}

// wait returns when something is so of every screen; guests go on sending.
func (c *guests) wait(screens []*program.Screen, so func(*program.Screen) bool) {
	c.t.Helper()
	for _, s := range screens {
		for tries := 0; !so(s); tries++ {
			if tries > 4000 {
				c.t.Fatal("a screen does not come back")
			}
			c.send(1)
			<-time.After(5 * time.Millisecond) // a line is cut every few seconds, however fast guests are heard
		}
	}
}

// complete fails unless every screen saw all that guests were told is received.
func (c *guests) complete(screens []*program.Screen) {
	c.t.Helper()
	c.send(1)
	all := 0
	for _, s := range screens {
		s.Complete(c.t, c.told, c.last)
		_, lines := s.Seen()
		all += lines
	}
	c.t.Logf("%d screens saw %d reports over %d lines", len(screens), len(c.told), all)
}
