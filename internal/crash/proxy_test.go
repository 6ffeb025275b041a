package crash

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/e2e/program"
)

// moment is where a line breaks.
type moment int

const (
	beforeRequest moment = iota
	inRequest
	afterRequest // nobody waits for the answer
	beforeAnswer // the program has answered, and nobody hears it
	inAnswer
	afterAnswer // all was heard
	moments
)

// badLine passes requests on to the program and breaks each line at a moment
// chosen by chance. A line carries one request.
type badLine struct {
	base   string
	target string
	l      net.Listener
	work   sync.WaitGroup

	mu     sync.Mutex
	broken [moments]int
}

func breakLines(t *testing.T, target string) *badLine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &badLine{base: "http://" + l.Addr().String(), target: strings.TrimPrefix(target, "http://"), l: l}
	b.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.work.Go(func() {
				defer c.Close()
				b.pass(c, b.draw())
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		b.work.Wait()
	})
	return b
}

func (b *badLine) draw() moment {
	m := moment(rand.IntN(int(moments)))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken[m]++
	return m
}

// pass carries one request and its answer as far as m lets it.
func (b *badLine) pass(guest net.Conn, m moment) {
	_ = guest.SetDeadline(time.Now().Add(30 * time.Second))
	if m == beforeRequest {
		return
	}
	request, err := oneRequest(guest)
	if err != nil {
		return
	}
	server, err := net.Dial("tcp", b.target)
	if err != nil {
		return
	}
	defer server.Close()
	_ = server.SetDeadline(time.Now().Add(30 * time.Second))
	if m == inRequest {
		request = request[:rand.IntN(len(request))]
	}
	if _, err := server.Write(request); err != nil || m == inRequest || m == afterRequest {
		return
	}
	answer, err := io.ReadAll(server)
	if err != nil || m == beforeAnswer {
		return
	}
	if m == inAnswer {
		answer = answer[:rand.IntN(len(answer))]
	}
	_, _ = guest.Write(answer)
}

// oneRequest reads a request as it came.
func oneRequest(c net.Conn) ([]byte, error) {
	var raw bytes.Buffer
	rq, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, rq.Body)
	return raw.Bytes(), err
}

// TestBrokenLines sends reports over lines that break before, in and after
// requests and answers, again and again under the same key until an answer
// arrives, as programs and as browsers do. Each is there once, and nobody was
// told anything else (I1).
func TestBrokenLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	d := p.Demo()
	p.Start()
	b := breakLines(t, p.Base)
	ways := []func(*testing.T, string, string, *sent) error{asProgram, asBrowser}
	total := size(2000, 10_000)
	journal := make([]sent, total)
	var work sync.WaitGroup
	next := make(chan int)
	for range 16 {
		work.Go(func() {
			for i := range next {
				mark := fmt.Sprintf("line %d", i)
				journal[i] = sent{Key: mark, Mark: mark}
				if err := ways[i%len(ways)](t, b.base, d.Tables[i%len(d.Tables)].Code, &journal[i]); err != nil {
					t.Errorf("report %q: %v", mark, err)
				}
			}
		})
	}
	for i := range total {
		next <- i
	}
	close(next)
	work.Wait()

	found := stored(t, p.Base, d)
	compare(t, journal, found)
	for _, s := range journal {
		if len(found[s.Mark]) != 1 {
			t.Errorf("report %q is there %d times", s.Mark, len(found[s.Mark]))
		}
	}
	p.Stop()
	audit(t, path, journal)
	t.Logf("%d reports; lines ended before a request %d times, in one %d, after one %d, before an answer %d, in one %d, after one %d",
		total, b.broken[0], b.broken[1], b.broken[2], b.broken[3], b.broken[4], b.broken[5])
}

// patience is how often somebody tries again at most. That all of them break
// does not happen by chance.
const patience = 300

// asProgram sends a report as JSON until it is answered.
func asProgram(t *testing.T, base, code string, s *sent) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range patience {
		status, err := send(t.Context(), client, base, code, s)
		switch {
		case err != nil || status == http.StatusServiceUnavailable:
		case status == http.StatusCreated:
			return nil
		default:
			return fmt.Errorf("answer %d", status)
		}
	}
	return fmt.Errorf("no answer in %d tries", patience)
}

// asBrowser opens the form, sends it until an answer leads on to the status
// page, and reads there what it said.
func asBrowser(_ *testing.T, base, code string, s *sent) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	form := url.Values{"rating": {"2"}, "causes": {"cold"}, "words": {s.Mark}, "handling": {"come_over"}, "lang": {"en"}}
	if _, _, err := until(http.StatusOK, func() (*http.Response, error) { return client.Get(base + "/T/" + code) }); err != nil {
		return err
	}
	to, _, err := until(http.StatusSeeOther, func() (*http.Response, error) { return client.PostForm(base+"/T/"+code, form) })
	if err != nil {
		return err
	}
	_, page, err := until(http.StatusOK, func() (*http.Response, error) { return client.Get(base + to) })
	if err == nil && !strings.Contains(page, s.Mark) {
		err = fmt.Errorf("%s does not show it", to)
	}
	return err
}

// until asks until it is answered, which must be with want or 503.
func until(want int, ask func() (*http.Response, error)) (location, body string, err error) {
	for range patience {
		rs, err := ask()
		if err != nil {
			continue
		}
		text, err := io.ReadAll(rs.Body)
		rs.Body.Close()
		switch {
		case rs.StatusCode == want && (err == nil || want == http.StatusSeeOther):
			return rs.Header.Get("Location"), string(text), nil
		case rs.StatusCode != want && rs.StatusCode != http.StatusServiceUnavailable:
			return "", "", fmt.Errorf("answer %d: %.200s", rs.StatusCode, text)
		}
	}
	return "", "", fmt.Errorf("no answer in %d tries", patience)
}
