package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ears notes in every page which sounds it makes, by their shape: the bell is
// of sines, the siren of squares, and a deaf screen moans in triangles. skew
// moves the page's clock on, stand stops it. What a headless browser has no parts for is noted in
// felt: that the screen stays on, the number on the icon, and how often it shakes.
const ears = `(() => {
	window.heard = { sine: 0, square: 0, triangle: 0 };
	const start = OscillatorNode.prototype.start;
	OscillatorNode.prototype.start = function (...at) { window.heard[this.type]++; return start.apply(this, at); };
	const real = performance.now.bind(performance);
	let skew = 0, still;
	performance.now = () => still ?? real() + skew;
	window.stand = (on) => { still = on ? real() + skew : undefined; };
	window.later = (ms) => { skew += ms; };
	window.felt = { locks: 0, badge: 0, shakes: [] };
	const stub = (name, value) => Object.defineProperty(navigator, name, { value, configurable: true });
	stub('wakeLock', { request: async () => { felt.locks++; return new EventTarget(); } });
	stub('vibrate', (shake) => felt.shakes.push(shake.length));
	stub('setAppBadge', async (n) => { felt.badge = n; });
	stub('clearAppBadge', async () => { felt.badge = 0; });
})()`

// before runs a script in each page before its own.
func (w *window) before(script string) {
	w.t.Helper()
	w.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// until waits until an expression is true in the page.
func (w *window) until(what, expression string) {
	w.t.Helper()
	deadline := time.Now().Add(2 * patience)
	for time.Now().Before(deadline) && w.ctx.Err() == nil {
		var is bool
		err := w.try(5*time.Second, chromedp.Evaluate(expression, &is, awaited))
		if err == nil && is {
			return
		}
		<-time.After(50 * time.Millisecond) // between two looks, as a person would
	}
	w.t.Fatalf("%s waits for %s (picture: %s)", w.name, what, w.picture("missing"))
}

// The board never lies: it rings until somebody takes it, says in red and aloud
// when it has gone deaf, opens without a line with the list it knew, marked as
// old, and claims nothing that did not happen. Managers hear when none is left.
func TestBoard_NeverLies(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	w := open(t, "tablet", 1024, 768, true)
	w.before(ears)
	w.visit(d.BoardURL)
	w.sees("All quiet")
	board := p.Base + "/board/" + d.Venue.ID
	complain := func(table int, words string, cause ...string) {
		t.Helper()
		url := p.Base + "/api/v1/codes/" + d.Tables[table].Code + "/reports"
		got, err := send(t.Context(), "POST", url, fmt.Sprintf(`{"rating":1,"causes":[%q],"words":%q,"handling":"come_over","language":"en"}`, append(cause, "cold")[0], words), "Content-Type", "application/json")
		if err != nil || got.status != 201 {
			t.Fatalf("report: %d %s, %v", got.status, got.body, err)
		}
	}
	signal := func(s syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(p.Pid(), s); err != nil {
			t.Fatal(err)
		}
	}
	takes := `[data-lane="waiting"] .tk [data-key="c"]`

	w.seesIn("#hush", "silent until somebody taps")
	w.press("h2") // any tap will do
	w.do(chromedp.WaitNotVisible("#hush", chromedp.ByQuery))
	w.thisScreen()

	complain(3, "The soup is cold")
	w.sees("The soup is cold")
	w.until("a bell", `heard.sine > 0 && !heard.square`)
	w.do(chromedp.Evaluate(`heard.sine = 0; later(20500)`, nil))
	w.until("the bell again, for nobody took it", `heard.sine > 0`)
	w.until("the title, the icon and the hand to say so, on a screen that stays on",
		`document.title.startsWith('(1) ') && felt.badge === 1 && felt.locks > 0 && felt.shakes.length > 0 && felt.shakes.every((n) => n === 1)`)
	w.press(takes)
	w.seesIn(`[data-lane="on_it"]`, "You’ve got it")
	w.until("the icon to be clear", `felt.badge === 0 && !document.title.startsWith('(')`)
	w.do(chromedp.Evaluate(`heard.sine = heard.triangle = 0; later(20500)`, nil))
	w.until("the end of the bell", `heard.triangle > 0 && !heard.sine`)
	w.do(chromedp.WaitNotVisible("#banner", chromedp.ByQuery))

	for _, words := range []string{"Hives all over", "Glass in the bread"} { // the second one does not wait for its turn
		w.do(chromedp.Evaluate(`heard.square = 0; felt.shakes = []; stand(true)`, nil))
		complain(4, words, "safety")
		w.sees(words)
		w.until("a siren of its own", `heard.square > 0 && felt.shakes.includes(5)`)
	}
	w.do(chromedp.Evaluate(`stand(false)`, nil))
	for range 2 {
		w.press(takes)
		w.until("one less", `felt.badge < 2`)
	}
	w.until("none that waits", `felt.badge === 0`)

	complain(5, "No cutlery here")
	w.sees("No cutlery here")
	w.do(chromedp.Evaluate(`heard.triangle = 0`, nil))
	signal(syscall.SIGSTOP)
	stopped := p.Pid()
	defer func() { _ = syscall.Kill(stopped, syscall.SIGCONT) }() // or it cannot end
	frozen := time.Now()
	w.seesIn("#banner.late", "has not been live since")
	if after := time.Since(frozen); after > 15*time.Second {
		t.Errorf("the screen was deaf for %s before it said so", after)
	}
	w.until("a moan", `heard.triangle > 0`)
	w.press(takes)
	w.seesIn(".toast", "Not sent")
	w.seesIn(`[data-lane="waiting"]`, "No cutlery here")
	signal(syscall.SIGCONT)
	w.do(chromedp.WaitNotVisible("#banner", chromedp.ByQuery))
	complain(6, "A hair in it") // the server may have read the tap when it woke
	w.seesIn(`[data-lane="waiting"]`, "A hair in it")
	lists := `caches.open('lists').then((c) => c.keys()).then((all) => all.length)`
	w.until("a kept list", `caches.match('`+"/board/"+d.Venue.ID+`').then((r) => r ? r.text() : '').then((t) => t.includes('A hair in it'))`)
	p.Kill()
	w.visit(p.Base + "/board") // as the installed app opens
	w.seesIn("#banner.late", "This list is old")
	w.seesIn(`[data-lane="waiting"]`, "A hair in it")
	w.picture("old")
	w.press(takes)
	w.seesIn(".toast", "Not sent")
	w.seesIn(`[data-lane="waiting"]`, "A hair in it")
	p.Start()
	w.until("the live list", `!document.querySelector('#main').dataset.kept && document.querySelector('#banner').hidden && !document.querySelector('.live').hidden`)

	w.until("a kept list", lists+`.then((n) => n === 1)`)
	w.do(chromedp.Evaluate(`document.querySelector('[action="/sign-out"]').requestSubmit()`, nil))
	w.sees("Sign in")
	w.until("nothing to be kept for who signed out", lists+`.then((n) => n === 0)`)
	for deadline := time.Now().Add(time.Minute); ; <-time.After(200 * time.Millisecond) {
		got, err := send(t.Context(), "GET", p.Base+"/api/v1/venues/"+d.Venue.ID+"/events?limit=200", "", "Authorization", "Bearer "+d.Key, "Accept", "application/json")
		if err == nil && strings.Contains(string(got.body), `"screen.lost"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody is told that %s is not looked at: %s, %v", board, got.body, err)
		}
	}
}

// thisScreen opens what belongs to the device, and tries it.
func (w *window) thisScreen() {
	w.t.Helper()
	w.press("details.menu summary")
	w.press(`a[href="#screen"]`)
	w.seesIn("#screen", "Try the sound")
	if _, err := axeScript(); err == nil {
		w.axe("this screen")
	}
	w.press(`[data-try="bells"]`)
	w.until("the bell to try", `heard.sine > 0 && !heard.square`)
	w.press(`[data-try="siren"]`)
	w.until("the siren to try", `heard.square > 0`)
	ground := `getComputedStyle(document.body).backgroundColor`
	for _, look := range []struct{ value, ground string }{{"dark", "rgb(13, 18, 17)"}, {"light", "rgb(244, 245, 241)"}} {
		w.do(chromedp.Evaluate(`document.querySelector('[name=look][value=`+look.value+`]').click()`, nil))
		w.until(look.value, ground+` === '`+look.ground+`'`)
		w.do(chromedp.Reload())
		w.until(look.value+" after a reload", ground+` === '`+look.ground+`'`)
	}
	w.press("h1, h2")
	w.do(chromedp.Evaluate(`heard.sine = heard.square = 0`, nil))
}
