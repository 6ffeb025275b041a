package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/chromedp"

	"makeright/internal/e2e/program"
	"makeright/internal/store/storetest"
)

// How long a person takes for what they do, by the keystroke-level model: S. K. Card, T. P.
// Moran, A. Newell, "The keystroke-level model for user performance time with interactive
// systems", Communications of the ACM 23(7), 1980. The model is of desks. Typing is slower
// here: 0.28 s is an average typist there; on phones 37,000 people took 0.33 s on average
// (Palin et al., "How do people type on mobile devices?", MobileHCI 2019), and we take more.
const (
	keying   = 500 * time.Millisecond  // K: one character
	pointing = 1100 * time.Millisecond // P: the finger goes to something on the screen
	pressing = 100 * time.Millisecond  // B: and is put down and lifted
	homing   = 400 * time.Millisecond  // H: from the page to the keyboard, or back
	thinking = 1350 * time.Millisecond // M: what comes next
	loading  = 500 * time.Millisecond  // until a page is there by a mobile network, beside the server's own time
)

// thumb is somebody with a phone, and what it has cost them so far.
type thumb struct {
	*window
	pages, taps, swipes, keys, homes, thoughts int
}

// tap decides on something, brings it on the screen by swipes of most of its height, and
// touches it.
func (h *thumb) tap(selector string) {
	h.t.Helper()
	h.do(chromedp.WaitVisible(selector, chromedp.ByQuery)) // a page of the same title may be on its way
	h.thoughts++
	h.taps++
	var swipes float64
	h.do(chromedp.Evaluate(fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect();
		return Math.ceil(Math.max(r.bottom - innerHeight, -r.top, 0) / (.8 * innerHeight)) })()`, selector), &swipes))
	h.swipes += int(swipes)
	h.press(selector)
}

// fill touches a field, and types.
func (h *thumb) fill(selector, text string) {
	h.t.Helper()
	h.tap(selector)
	h.homes += 2
	h.keys += utf8.RuneCountInString(text)
	h.write(selector, text)
}

// paste fetches an address from another app: there, hold, "Copy", back, hold, "Paste".
func (h *thumb) paste(selector, text string) {
	h.t.Helper()
	h.thoughts++ // where it is over there
	h.taps += 5
	h.tap(selector)
	h.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).value = %q`, selector, text), nil))
}

// next touches what leads on, and looks at the page that comes. Nothing of it may lie
// beside the screen.
func (h *thumb) next(selector, title string) {
	h.t.Helper()
	h.tap(selector)
	h.arrive(title)
}

func (h *thumb) arrive(title string) {
	h.t.Helper()
	h.pages++
	h.thoughts++
	h.seesIn("h1", title)
	var beside int
	h.do(chromedp.Evaluate(`document.documentElement.scrollWidth - innerWidth`, &beside))
	if beside > 0 {
		h.t.Errorf("%q is %d pixels wider than the screen", title, beside)
	}
	h.picture(strings.ToLower(strings.Fields(title)[0]))
}

// needs is how long all of it takes, with the time that the server took.
func (h *thumb) needs(server time.Duration) time.Duration {
	n := func(n int, each time.Duration) time.Duration { return time.Duration(n) * each }
	return n(h.keys, keying) + n(h.taps+h.swipes, pointing+pressing) + n(h.homes, homing) + n(h.thoughts, thinking) + n(h.pages, loading) + server
}

// TestStart_UnderTwoMinutesOnAPhone walks from the link that is printed once to a sheet of
// codes, and leaves nothing out: tables that are not the usual ones, a review link, somebody
// of the team whose link is copied.
func TestStart_UnderTwoMinutesOnAPhone(t *testing.T) {
	t.Parallel()
	const host = "feedback.example" // sheets are not printed for this machine's own address
	p := program.New(t, storetest.EmptyDSN(t))
	base, err := url.Parse(p.Base)
	if err != nil {
		t.Fatal(err)
	}
	p.Set("BASE_URL=http://" + host + ":" + base.Port())
	p.Start()
	for end := time.Now().Add(patience); !strings.Contains(p.Log(), "/setup/") && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond) // the link is printed after the address
	}
	link := "http://" + host + ":" + base.Port() + "/setup/" + strings.TrimSpace(between(p.Log(), "/setup/", "\n"))
	h := &thumb{window: open(t, "owner", 390, 844, true, chromedp.Flag("host-resolver-rules", "MAP "+host+" 127.0.0.1"))}

	h.visit(link)
	h.arrive("Let’s set up your place.")
	var country string
	h.do(chromedp.Value("#country", &country, chromedp.ByQuery))
	if country != "US" {
		t.Errorf("the country is %q; want the one of the phone, which nobody has to look for", country)
	}
	h.fill("#venue", "Trattoria Roma")
	h.fill("#name", "Anna Rossi")
	h.fill("#email", "anna@trattoria.com")
	h.fill("#password", "sugo di casa")
	h.next("button.go", "Which tables do you have?")
	h.fill("#tables", "1-24, T1..T8") // the touch selects the example
	h.thoughts++                      // the promise stays as it is
	h.next("button.go", "Where do guests review you?")
	h.paste("#url1", "https://g.page/r/CZ4hUw3bBo9XEBM/review")
	h.next("button.go", "Who should hear from guests?")
	h.fill("#name1", "Marco")
	h.fill("#email1", "marco@trattoria.com")
	h.next("button.go", "Who should hear from guests?")
	h.tap("[data-copy=link1]")
	h.next("button.go", "Ready to print.")
	h.seesIn(".lead", "Tents to fold: 32.")
	h.tap(`a.go[href*="sheet.pdf"]`)
	var kind string
	for end := time.Now().Add(patience); kind != "application/pdf" && time.Now().Before(end); <-time.After(50 * time.Millisecond) { // the address is there before the sheet
		h.do(chromedp.Evaluate(`document.contentType`, &kind))
	}
	if at := h.address(); kind != "application/pdf" || !strings.Contains(at, "/sheet.pdf?") {
		t.Fatalf("%s shows %s, want a sheet", at, kind)
	}
	if h.pages++; h.pages != 7 {
		t.Errorf("%d pages and the sheet, want 6", h.pages-1)
	}

	server := answered(t, p.Log())
	took := h.needs(server)
	t.Logf("%.0f s: %d pages, %d taps, %d swipes, %d characters, %d turns to and from the keyboard, %d thoughts; %s of it the server",
		took.Seconds(), h.pages, h.taps, h.swipes, h.keys, h.homes, h.thoughts, server.Round(time.Millisecond))
	if took >= 2*time.Minute {
		t.Errorf("setting up takes %s, want less than two minutes", took.Round(time.Second))
	}
}

// answered is how long the server took for all that was asked of it, by its own log.
func answered(t *testing.T, log string) (all time.Duration) {
	t.Helper()
	for l := range strings.Lines(log) {
		var entry struct {
			Msg  string
			Took time.Duration
		}
		if json.Unmarshal([]byte(l), &entry) == nil && entry.Msg == "request" {
			all += entry.Took
		}
	}
	if all == 0 {
		t.Error("the server answered nothing")
	}
	return all
}
