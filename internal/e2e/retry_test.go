package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"makeright/internal/e2e/program"
)

// What a guest's page says while it does not know.
const (
	notSent     = "Not sent yet. We keep trying: keep this page open."
	notReceived = "Not received yet. Please tell a member of staff."
	received    = "Keep this page open." // by the status page, whether or not a screen answers just then
)

// R10: a line that breaks at every moment, several times, ends in one report and
// in the server's word for it; a line that stays broken ends in the word that
// nobody has it.
func TestRetry(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	board := open(t, "board", 1024, 768, true)
	board.visit(d.BoardURL)
	board.sees("All quiet")
	tests := map[string][]fault{
		"before the request":                  {unheard, unheard, unheard},
		"after it was handled":                {handled, handled, handled},
		"in the answer":                       {torn, torn},
		"everywhere":                          {unheard, handled, torn, unheard, handled},
		"a gateway without a program":         {badGateway, unavailable, timedOut},
		"between the answer and the page":     {torn, passed, unheard, handled},
		"everywhere, and again at the page":   {handled, unheard, passed, handled, unheard},
		"a gateway that heard, and at a page": {handled, badGateway, passed, unavailable},
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			g := newRetrying(t, p, d)
			g.line.cut(faults...)
			g.complain()
			g.hurry()
			for range slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f == passed }) {
				g.line.waitForFault()
			}
			g.seesIn(".sendbar small", notSent)
			g.line.mend()
			g.sees(received)
			g.reports(1)
			g.forgets()
		})
	}
	t.Run("never", func(t *testing.T) {
		g := newRetrying(t, p, d)
		g.line.cut()
		g.complain()
		g.seesIn(".sendbar small", notSent)
		g.seesIn(".sendbar small", notReceived)
		g.line.forget()
		g.line.waitForFault() // and still it tries
		g.seesIn(".sendbar small", notReceived)
		g.reports(0)
		g.line.mend()
		g.hurry()
		g.sees(received)
		g.reports(1)
	})
	t.Run("by itself", func(t *testing.T) {
		g := newRetrying(t, p, d)
		g.line.cut(handled)
		g.complain()
		g.line.waitForFault()
		g.line.waitForFault()
		g.line.mend()
		g.sees(received)
		g.reports(1)
	})
}

// A page that is closed before it knows leaves the draft, without the contact
// details, and the key: the same note sent again is the same report.
func TestRetry_ClosedAndOpenedAgain(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	board := open(t, "board", 1024, 768, true)
	board.visit(d.BoardURL)
	board.sees("All quiet")
	g := newRetrying(t, p, d)
	g.line.cut(handled)
	g.fill()
	g.press(`input[name=handling][value=contact_later]`)
	g.write("#p", "+49 30 1234")
	g.press(".sendbar .go")
	g.line.waitForFault()
	g.seesIn(".sendbar small", notSent)
	g.reports(1)

	tab, closeIt := chromedp.NewContext(g.ctx)
	t.Cleanup(closeIt)
	later := *g.window
	later.ctx = tab
	if err := chromedp.Run(tab); err != nil { // the browser lives on with another tab
		t.Fatal(err)
	}
	g.do(chromedp.Navigate("about:blank"))
	g.window = &later
	g.line.mend()
	g.visit(g.url)
	if got := g.value("#w") + "|" + g.value("#p") + "|" + g.value("input[name=rating]:checked"); got != g.words+"||2" {
		t.Errorf("the page opened again holds %q", got)
	}
	g.write("#p", "+49 30 1234")
	g.press(".sendbar .go")
	g.sees("The team has it")
	g.reports(1)
}

// Another note while the old one is on its way waits for the guest's own tap.
func TestRetry_ChangedMeanwhile(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	g := newRetrying(t, p, d)
	g.line.cut()
	g.complain()
	g.line.waitForFault()
	g.seesIn(".sendbar small", notSent)
	g.write("#w", " and late")
	g.words += " and late"
	g.do(chromedp.WaitReady(".go:not([aria-disabled])", chromedp.ByQuery))
	g.line.mend()
	g.hurry()
	g.reports(0)
	g.press(".sendbar .go")
	g.sees("Your note is saved")
	g.reports(1)
}

// What the server does not take is shown as without scripts, with what was typed.
func TestRetry_RefusedIsShown(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	g := newRetrying(t, p, d)
	g.line.cut()
	g.fill()
	g.do(chromedp.Evaluate(`document.getElementById('w').removeAttribute('maxlength'); document.getElementById('w').value += ' x'.repeat(1500); 1`, nil))
	g.press(".sendbar .go")
	g.line.waitForFault()
	g.line.mend()
	g.hurry()
	g.sees("One thing is missing or not right")
	if got := g.value("#w"); !strings.HasPrefix(got, g.words) {
		t.Errorf("the form came back with %.80q", got)
	}
	g.reports(0)
}

// retrying is a guest behind a line that breaks.
type retrying struct {
	*window
	p          *program.Program
	d          program.Demo
	line       *badLine
	url, words string
}

func newRetrying(t *testing.T, p *program.Program, d program.Demo) *retrying {
	t.Helper()
	l := newBadLine(t, p.Base)
	g := &retrying{
		window: open(t, "guest", 390, 844, true), p: p, d: d, line: l, words: "Cold soup: " + t.Name(),
		url: l.base + strings.TrimPrefix(d.Tables[6].URL, p.Base),
	}
	g.visit(g.url)
	return g
}

func (g *retrying) fill() {
	g.t.Helper()
	g.press("#r2")
	g.write("#w", g.words)
}

func (g *retrying) complain() {
	g.t.Helper()
	g.fill()
	g.press(".sendbar .go")
}

// hurry tells the page again and again that the signal is back, so that nobody
// waits for its next try.
func (g *retrying) hurry() {
	g.t.Helper()
	g.do(chromedp.Evaluate(`setInterval(() => dispatchEvent(new Event('online')), 100)`, nil))
}

func (g *retrying) value(selector string) (v string) {
	g.t.Helper()
	g.do(chromedp.Value(selector, &v, chromedp.ByQuery))
	return v
}

// forgets waits until the browser keeps nothing of a note that arrived.
func (g *retrying) forgets() {
	g.t.Helper()
	g.do(chromedp.Poll(`localStorage.length + sessionStorage.length === 0`, nil))
}

// reports checks how many reports the venue has of this guest.
func (g *retrying) reports(want int) {
	g.t.Helper()
	var list struct{ Items []struct{ Words string } }
	if err := json.Unmarshal(get(g.t, g.p.Base+"/api/v1/venues/"+g.d.Venue.ID+"/reports?limit=200", g.d.Key), &list); err != nil {
		g.t.Fatal(err)
	}
	n := 0
	for _, r := range list.Items {
		if r.Words == g.words {
			n++
		}
	}
	if n != want {
		g.t.Errorf("%d reports, want %d; all: %+v", n, want, list.Items)
	}
}

// fault is what a line does to a request.
type fault int

const (
	passed  fault = iota
	unheard       // cut before the program has it
	handled       // cut when the program has answered
	torn          // cut in the address that the answer leads to
	badGateway
	unavailable
	timedOut
)

var gateways = map[fault]string{badGateway: "502 Bad Gateway", unavailable: "503 Service Unavailable", timedOut: "504 Gateway Timeout"}

// badLine stands between a guest and the program, leaves requests as they are, and
// breaks those that send a form or open a status page, as planned.
type badLine struct {
	t            *testing.T
	base, target string

	mu     sync.Mutex
	faults []fault       // the next ones
	broken bool          // for good, after them
	struck chan struct{} // one for each fault
}

func newBadLine(t *testing.T, target string) *badLine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := &badLine{t: t, base: "http://" + l.Addr().String(), target: strings.TrimPrefix(target, "http://"), struck: make(chan struct{}, 1000)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				ln.carry(c)
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return ln
}

// cut plans what happens to the next requests; after them none gets through.
func (l *badLine) cut(faults ...fault) { l.set(true, faults) }

// mend lets everything through.
func (l *badLine) mend() { l.set(false, nil) }

func (l *badLine) set(broken bool, faults []fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken, l.faults = broken, faults
}

func (l *badLine) next(rq *http.Request) fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	sends := rq.Method == http.MethodPost && strings.HasPrefix(rq.URL.Path, "/T/")
	opens := rq.Method == http.MethodGet && strings.HasPrefix(rq.URL.Path, "/R/")
	if !sends && !opens || len(l.faults) == 0 && !l.broken {
		return passed
	}
	if len(l.faults) == 0 {
		return unheard
	}
	f := l.faults[0]
	l.faults = l.faults[1:]
	return f
}

// waitForFault returns when one more request was broken.
func (l *badLine) waitForFault() {
	l.t.Helper()
	select {
	case <-l.struck:
	case <-time.After(patience):
		l.t.Fatal("nothing was sent")
	}
}

// forget lets waitForFault wait for what comes now.
func (l *badLine) forget() {
	for len(l.struck) > 0 {
		<-l.struck
	}
}

// carry takes one request to the program and the answer back.
func (l *badLine) carry(guest net.Conn) {
	rq, err := http.ReadRequest(bufio.NewReader(guest))
	if err != nil {
		return // a line that was opened ahead and not used
	}
	f := l.next(rq)
	if f != passed {
		defer func() { l.struck <- struct{}{} }()
	}
	if f == unheard {
		return
	}
	if status, ok := gateways[f]; ok {
		_, _ = io.WriteString(guest, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	}
	server, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer server.Close()
	rq.Close = true // one line, one request; Host and Origin stay as they came
	if err := rq.Write(server); err != nil {
		return
	}
	if f == passed {
		_, _ = io.Copy(guest, server)
		return
	}
	if answer, err := io.ReadAll(server); err == nil && f == torn {
		_, _ = guest.Write(answer[:bytes.Index(answer, []byte("/R/"))+8])
	}
}
