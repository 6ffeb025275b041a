package e2e

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"makeright/internal/web"
)

// A guest's phone is on a bad line: what a page may weigh, heads included.
const (
	formLimit   = 12 << 10 // the promise is 14 KB
	statusLimit = 12 << 10
)

// wire notes what a window asks for, and what comes back.
type wire struct {
	mu    sync.Mutex
	asked map[network.RequestID]string
	bytes map[string]int
	done  chan string
}

// listen notes everything from now on.
func (w *window) listen() *wire {
	w.t.Helper()
	x := &wire{asked: map[network.RequestID]string{}, bytes: map[string]int{}, done: make(chan string, 256)}
	chromedp.ListenTarget(w.ctx, func(ev any) {
		x.mu.Lock()
		defer x.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			x.asked[ev.RequestID] = ev.Request.URL
		case *network.EventLoadingFinished:
			at := x.asked[ev.RequestID]
			x.bytes[at] = int(ev.EncodedDataLength)
			x.done <- at
		}
	})
	w.do(network.Enable(), network.SetCacheDisabled(true))
	return x
}

// loads opens an address and returns what the page weighed and what else was
// asked for.
func (x *wire) loads(w *window, at string) (weight int, others []string) {
	w.t.Helper()
	x.mu.Lock()
	clear(x.asked)
	clear(x.bytes)
	x.mu.Unlock()
	w.visit(at)
	for got := range x.done {
		if got == at {
			break
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, asked := range x.asked {
		if asked != at {
			others = append(others, asked)
		}
	}
	return x.bytes[at], others
}

// The form is one request, small in every language, and nobody else ever hears
// of a guest.
func TestGuestPages_AreLight(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 390, 844, true)
	x := w.listen()
	heaviest := 0
	for _, lang := range web.Languages() {
		got, others := x.loads(w, r.base+"/T/"+r.code+"?lang="+lang)
		if got > formLimit || got < 2000 || len(others) > 0 {
			t.Errorf("the form in %s weighs %d bytes, want at most %d; and asks for %q", lang, got, formLimit, others)
		}
		heaviest = max(heaviest, got)
	}
	own, err := url.Parse(r.base)
	r.must(err)
	status := r.base + "/R/" + r.desk.StatusToken(r.waits())
	for _, lang := range []string{"en", "ar", "hi"} {
		got, others := x.loads(w, status+"?lang="+lang)
		if got > statusLimit || got < 2000 {
			t.Errorf("the status page in %s weighs %d bytes, want at most %d", lang, got, statusLimit)
		}
		for _, other := range others {
			if u, err := url.Parse(other); err != nil || u.Host != own.Host || !strings.HasPrefix(u.Path, "/R/") {
				t.Errorf("the status page asks for %s", other)
			}
		}
		t.Logf("status page in %s: %d bytes", lang, got)
	}
	t.Logf("heaviest form: %d bytes", heaviest)
}
