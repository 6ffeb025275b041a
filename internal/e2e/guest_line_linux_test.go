package e2e

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"makeright/internal/feedback"
)

// cell carries the lines between one phone and the program while the phone is in
// its reach: DevTools take the network away from what begins, not from a stream
// that lives.
type cell struct {
	w    *window
	base string

	mu    sync.Mutex
	away  bool
	lines map[net.Conn]bool
}

func newCell(w *window, program string) *cell {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = l.Close() })
	c := &cell{w: w, base: "http://" + l.Addr().String(), lines: map[net.Conn]bool{}}
	go func() {
		for {
			phone, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", strings.TrimPrefix(program, "http://"))
			if err != nil || !c.holds(phone, server) {
				_ = phone.Close()
				continue
			}
			go c.carry(phone, server)
			go c.carry(server, phone)
		}
	}()
	return c
}

// holds keeps a line to be cut; false while the phone is out of reach.
func (c *cell) holds(lines ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range lines {
		if c.away {
			_ = l.Close()
			continue
		}
		c.lines[l] = true
	}
	return !c.away
}

func (c *cell) carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = from.Close(), to.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.lines, from)
}

// leaves takes the phone out of reach, or back into it.
func (c *cell) leaves(away bool) {
	c.w.t.Helper()
	c.mu.Lock()
	c.away = away
	for l := range c.lines {
		if away {
			_ = l.Close()
		}
	}
	c.mu.Unlock()
	conditions := map[string]any{"offline": away, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
	c.w.do(network.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		return cdp.Execute(ctx, "Network.emulateNetworkConditions", conditions, nil)
	}))
}

// The network goes and comes back, and the staff answer meanwhile: the page says
// at once that it is out of touch, loses nothing of what the guest types, and
// afterwards shows all that was said, once.
func TestGuestPages_SurviveAChangedNetwork(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	id := r.waits()
	w := open(t, "guest", 390, 844, true)
	phone := newCell(w, r.base)
	say := func(text string) {
		t.Helper()
		r.must(r.desk.Say(t.Context(), r.maria, r.venue.ID, id, feedback.Message{Text: text}))
	}
	w.visit(phone.base + "/R/" + r.desk.StatusToken(id))
	say("With you soon.")
	w.seesIn("#l-talk", "With you soon.")
	for _, network := range []string{"first", "second"} {
		phone.leaves(true)
		w.do(chromedp.WaitVisible("#deaf", chromedp.ByQuery))
		say("The " + network + " kitchen is slow.")
		say("The " + network + " plate is ready.")
		w.write("#t", "Is the "+network+" one mine?")
		w.press("#say .go")
		w.until("what was typed is kept", `document.querySelector('#t').value === 'Is the `+network+` one mine?'`)
		if network == "second" {
			r.must(r.desk.Take(t.Context(), r.maria, r.venue.ID, id, ""))
		}
		phone.leaves(false)
		w.seesIn("#l-talk", "The "+network+" plate is ready.")
		w.do(chromedp.WaitNotVisible("#deaf", chromedp.ByQuery))
		w.press("#say .go")
		w.seesIn("#l-talk", "Is the "+network+" one mine?")
	}
	w.seesIn("#l-head", "Maria has seen this and is on the way")
	say("Here I am.")
	w.seesIn("#l-talk", "Here I am.")
	want := "With you soon.|The first kitchen is slow.|The first plate is ready.|Is the first one mine?|" +
		"The second kitchen is slow.|The second plate is ready.|Is the second one mine?|Here I am."
	if got := w.ask(`[...document.querySelectorAll('.talk .said')].map((e) => e.textContent).join('|')`); got != want {
		t.Errorf("the page shows\n %s\nwant\n %s", got, want)
	}
}

// The address of the page is kept as the phone keeps things: shared, else copied,
// else by a mail to oneself. Whatever of it was kept opens the page again.
func TestGuestPages_AreKept(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	at := r.base + "/R/" + r.desk.StatusToken(r.waits())
	w := open(t, "guest", 390, 844, true)
	again := func(kept string) {
		t.Helper()
		if kept != at {
			t.Fatalf("what was kept is %q, want %q", kept, at)
		}
		w.visit("about:blank")
		w.visit(kept)
		w.seesIn("#l-head", "Your note is saved")
	}
	const with = `Object.defineProperty(navigator, 'share', { configurable: true, value: (what) => { window.shared = what; return Promise.resolve() } })`
	const none = `Object.defineProperty(navigator, 'share', { configurable: true, value: undefined })`
	const bare = none + `; Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined })`

	w.visit(at)
	w.do(chromedp.Evaluate(with, nil))
	w.press("#keep")
	w.until("it is shared", `!!window.shared`)
	if got := w.ask(`window.shared.title`); !strings.Contains(got, r.venue.Name) {
		t.Errorf("it is shared as %q", got)
	}
	again(w.ask(`window.shared.url`))

	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		w.do(browser.SetPermission(&browser.PermissionDescriptor{Name: name}, browser.PermissionSettingGranted))
	}
	w.do(chromedp.Evaluate(none, nil))
	w.press("#keep")
	w.seesIn("#keep ~ *, p:has(#keep) + [role=status]", "Address copied")
	var copied string
	w.do(chromedp.Evaluate(`navigator.clipboard.readText()`, &copied, awaited))
	again(copied)

	// Without either the link does what a link does: it writes a mail.
	w.do(chromedp.Evaluate(bare+`; addEventListener('click', (e) => { window.mail = e.defaultPrevented ? 'kept from it' : e.target.closest('a').href; e.preventDefault() })`, nil))
	w.press("#keep")
	w.until("the mail is written", `!!window.mail`)
	mail := w.ask(`window.mail`)
	if !strings.HasPrefix(mail, "mailto:?") {
		t.Fatalf("the link leads to %q", mail)
	}
	again(w.ask(`new URLSearchParams(window.mail.split('?')[1]).get('body')`))
}
