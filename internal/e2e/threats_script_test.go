package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// payloads try to become script. Each says so by calling pwned() or by asking
// CANARY for something. They cover: elements, handlers, addresses, ends of
// attributes, text and comments, other name spaces, templates, encodings, and
// what parsers mend into something else.
var payloads = []string{
	`<script>pwned()</script>`, `<ScRiPt>pwned()</sCrIpT>`, `<script src=CANARY></script>`, `<script/x>pwned()</script>`, "<script\x0c>pwned()</script>",
	`<scr<script>ipt>pwned()</scr</script>ipt>`, `</script><script>pwned()</script>`, `<script>/*`, `<script type=module>pwned()</script>`, `<script>pwned()//`,
	`<img src=x onerror=pwned()>`, `<img src=x onerror="pwned()">`, `<img/src=x/onerror=pwned()>`, "<img\tsrc=x\nonerror=pwned()>", `<img src=CANARY>`,
	`<image src=x onerror=pwned()>`, `<video><source onerror=pwned()></video>`, `<video src=x onerror=pwned()></video>`, `<audio src=x onerror=pwned()>`,
	`<body onload=pwned()>`, `<svg onload=pwned()>`, `<svg/onload=pwned()>`, `<svg><script>pwned()</script></svg>`, `<svg><script>pwned&#40;&#41;</script></svg>`,
	`<svg><animate onbegin=pwned() attributeName=x dur=1s>`, `<svg><set onbegin=pwned() attributename=x>`, `<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><image href='x' onerror='pwned()'/></svg>#x">`,
	`<math><mtext></form><form><mglyph><style></math><img src onerror=pwned()>`, `<math href="javascript:pwned()">x</math>`, `<math><style><img src=x onerror=pwned()></style></math>`,
	`<iframe src="javascript:parent.pwned()"></iframe>`, `<iframe srcdoc="<script>parent.pwned()</script>"></iframe>`, `<iframe srcdoc="&lt;img src=x onerror=parent.pwned()&gt;"></iframe>`,
	`<iframe src=CANARY></iframe>`, `<iframe onload=pwned()></iframe>`, `<object data="javascript:parent.pwned()"></object>`, `<object data=CANARY></object>`, `<embed src=CANARY>`,
	`<details open ontoggle=pwned()>x</details>`, `<input autofocus onfocus=pwned()>`, `<select autofocus onfocus=pwned()>`, `<textarea autofocus onfocus=pwned()>`,
	`<marquee onstart=pwned()>x</marquee>`, `<style onload=pwned()></style>`, `<style>@import 'CANARY';</style>`, `<link rel=stylesheet href=CANARY>`, `<link rel=prefetch href=CANARY>`,
	`<div style="background:url(CANARY)">x</div>`, `<style>@keyframes x{}</style><p style="animation-name:x" onanimationstart=pwned()>x</p>`, `<p style=animation-name:x onanimationend=pwned()>`,
	`<meta http-equiv=refresh content="0;url=CANARY">`, `<meta http-equiv=refresh content="0;url=javascript:pwned()">`, `<base href=CANARY>`, `<form action=CANARY><button autofocus>x</button></form>`,
	`<a href="javascript:pwned()">x</a>`, `javascript:pwned()`, "java\tscript:pwned()", `JaVaScRiPt:pwned()`, `data:text/html,<script>pwned()</script>`, `vbscript:pwned()`,
	`" onmouseover=pwned() x="`, `" autofocus onfocus=pwned() x="`, `' autofocus onfocus=pwned() x='`, `"><script>pwned()</script>`, `'><script>pwned()</script>`,
	`"><img src=x onerror=pwned()>`, `'><svg onload=pwned()>`, "` autofocus onfocus=pwned() x=`", `x onerror=pwned() `, `</title><script>pwned()</script>`, `</textarea><script>pwned()</script>`,
	`</style><script>pwned()</script>`, `</noscript><script>pwned()</script>`, `--><script>pwned()</script>`, `]]><script>pwned()</script>`, `<!--><script>pwned()</script>-->`, `<![CDATA[><script>pwned()</script>]]>`,
	`</blockquote></p></article></li></ol><script>pwned()</script>`, `</option></select><img src=x onerror=pwned()>`, `</bdi></h3><img src=x onerror=pwned()>`,
	`{{constructor.constructor('pwned()')()}}`, `${pwned()}`, `#{pwned()}`, `<%= pwned() %>`, `{{.}}{{printf "%s" "<script>pwned()</script>"}}`, `{%raw%}<script>pwned()</script>`,
	`';pwned();//`, `";pwned();//`, `\";pwned();//`, `\u003cscript\u003epwned()\u003c/script\u003e`, `\x3cscript\x3epwned()\x3c/script\x3e`, `&lt;script&gt;pwned()&lt;/script&gt;`, `&#60;script&#62;pwned()&#60;/script&#62;`,
	"<scr\x00ipt>pwned()</scr\x00ipt>", "\x00<img src=x onerror=pwned()>", "\xc0\xbcscript\xc0\xbepwned()\xc0\xbc/script\xc0\xbe", "\uff1cscript\uff1epwned()\uff1c/script\uff1e", "+ADw-script+AD4-pwned()+ADw-/script+AD4-",
	"\u202e<script>pwned()</script>", "<\u200bscript>pwned()</script>", "<img src=x onerror\u00a0=pwned()>", "<\u017fcript>pwned()</\u017fcript>", "\ufeff<svg onload=pwned()>",
	`<noscript><p title="</noscript><img src=x onerror=pwned()>">`, `<template><img src=x onerror=pwned()></template>`, `<table><td><img src=x onerror=pwned()><caption>`, `<xmp><p title="</xmp><img src=x onerror=pwned()>">`,
	`<svg></p><style><a id="</style><img src=x onerror=pwned()>">`, `<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=pwned() src>">`, `<b id=x name=y><a id=getElementById>`,
}

// trap is a browser window in which a script that should not run is noticed,
// however it shows itself.
type trap struct {
	*window
	canary *httptest.Server

	mu     sync.Mutex
	caught []string
	broken []string // our own policy, broken by a page
}

// setTrap opens a window. With bypass the browser does not mind our policy, so
// that nothing but the drawing of pages protects them.
func setTrap(t *testing.T, bypass bool) *trap {
	w := &trap{window: open(t, "trap", 1280, 900, true)}
	w.canary = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/canary" {
			w.catch("canary asked for by " + r.Header.Get("Sec-Fetch-Dest"))
		}
	}))
	t.Cleanup(w.canary.Close)
	chromedp.ListenTarget(w.ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventBindingCalled:
			if ev.Name == "caught" {
				w.catch("script ran at " + ev.Payload)
			} else {
				w.violate(ev.Payload)
			}
		case *page.EventJavascriptDialogOpening:
			w.catch("a dialog: " + ev.Message)
			go func() { _ = w.try(patience, page.HandleJavaScriptDialog(true)) }()
		case *log.EventEntryAdded:
			if strings.Contains(ev.Entry.Text, "Content Security Policy") || strings.Contains(ev.Entry.Text, "TrustedHTML") || strings.Contains(ev.Entry.Text, "TrustedScript") {
				w.violate(ev.Entry.Text)
			}
		}
	})
	w.do(network.Enable(), log.Enable(), page.Enable(), runtime.AddBinding("caught"), runtime.AddBinding("violated"), page.SetBypassCSP(bypass),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(`self.pwned = () => caught(location.href); addEventListener('securitypolicyviolation', (e) => violated(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile))`).Do(ctx)
			return err
		}))
	return w
}

func (w *trap) catch(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.caught = append(w.caught, what)
}

func (w *trap) violate(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, what)
}

// take empties the trap. The page is asked something first, and what it did
// until then is known.
func (w *trap) take() (caught, broken []string) {
	w.t.Helper()
	w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	caught, broken, w.caught, w.broken = w.caught, w.broken, nil, nil
	return caught, broken
}

// settle waits until the page has done its pending work.
func (w *trap) settle() {
	w.t.Helper()
	var done bool
	err := w.try(patience, chromedp.Evaluate(`new Promise((ok) => setTimeout(() => setTimeout(() => ok(true))))`, &done, awaited))
	if err != nil && !strings.Contains(err.Error(), "context") { // a page that leads away while it is asked
		w.t.Fatal(err)
	}
}

// suspects counts what no page of ours has: handlers and styles in attributes,
// addresses that are script, and elements that come from elsewhere.
const suspects = `[...document.querySelectorAll('WHERE')].flatMap((e) => [...e.attributes].filter((a) => /^on/i.test(a.name) ||
	/^(href|src|action|formaction|data|xlink:href)$/i.test(a.name) && /^\s*(javascript|data:text|vbscript)/i.test(a.value) || a.value.includes('/canary') && a.name !== 'value').map((a) => e.nodeName + ' ' + a.name)
	.concat(/^(script|style|base|object|embed)$/i.test(e.nodeName) && e.textContent.includes('pwned') || /^(math|marquee|object|embed|video|audio|image)$/i.test(e.nodeName) ? [e.nodeName] : []))`

// suspicious lists the suspects of a part of the page.
func (w *trap) suspicious(where string) []string {
	w.t.Helper()
	var found []string
	w.do(chromedp.Evaluate(strings.Replace(suspects, "WHERE", where, 1), &found))
	return found
}

// hostile is a payload whose canary is real.
func (w *trap) hostile(payload string) string {
	return strings.ReplaceAll(payload, "CANARY", w.canary.URL+"/canary")
}

// T09, the control: the same trap with pages that do not escape. If it stays
// empty there, it proves nothing elsewhere.
func (w *trap) mustFire() {
	w.t.Helper()
	raw := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscan(r.URL.Query().Get("n"), &n)
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, "<!doctype html><title>x</title><body><p>%s</p>", w.hostile(payloads[n]))
	}))
	defer raw.Close()
	fired, seen := 0, 0
	for n := 0; n < len(payloads); n += 4 {
		w.do(chromedp.Navigate(fmt.Sprintf("%s/?n=%d", raw.URL, n)), chromedp.WaitReady("body"))
		if len(w.suspicious("*")) > 0 {
			seen++
		}
		if caught, _ := w.take(); len(caught) > 0 {
			fired++
		}
	}
	if fired < 8 || seen < 8 {
		w.t.Fatalf("the trap caught %d and saw %d of %d: it does not work", fired, seen, (len(payloads)+3)/4)
	}
	w.do(chromedp.Navigate("about:blank"))
	w.take()
}

// infest puts a payload into every field that a guest can write, and where
// staff write: it returns the report and its status token.
func (w *walls) infest(text string, rating int) (report, token string) {
	w.t.Helper()
	ctx, at := w.t.Context(), w.own
	code, guest, err := w.store.Scanned(ctx, at.ids["code"])
	w.must(err)
	r, err := w.desk.Submit(ctx, desk.NewReport{
		Code: code.Code, Rating: rating, Words: text, Handling: feedback.ContactLater, Language: "en",
		Contact: feedback.Contact{Name: text, Phone: "030 123456", Email: "a@example.com"},
	})
	w.must(err)
	guest.ID = r.ID
	w.must(w.desk.Write(ctx, guest, text))
	w.must(w.desk.Say(ctx, at.owner, at.venue, r.ID, feedback.Message{Text: text}))
	w.must(w.desk.Say(ctx, at.owner, at.venue, r.ID, feedback.Message{Text: text, Internal: true}))
	return r.ID, w.desk.StatusToken(r.ID)
}

// end closes the report with the payload as its note and as the guest's word on
// it.
func (w *walls) end(report, text string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.desk.Resolve(ctx, w.own.owner, w.own.venue, report, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"other"}, Note: text}, Tell: text}))
	w.must(w.desk.Judge(ctx, feedback.Actor{Kind: feedback.ByGuest, Org: w.own.owner.Org, Venue: w.own.venue, ID: report}, feedback.Partly, text))
}

// T09: one payload in each report, in every field that a guest writes, shown by
// every page on which it stands, in a real browser that does not mind our
// policy: nothing runs, nothing is fetched, and no element comes of it.
func TestThreat_WordsNeverBecomeScript(t *testing.T) {
	t.Parallel()
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	room, board := setTrap(t, true), setTrap(t, true)
	room.mustFire()
	for _, x := range []*trap{room, board} {
		x.signedIn(w.base, w.own.people["owner"])
	}
	board.visit(w.base + "/board/" + w.own.venue)
	clean := func(x *trap, where, payload string) {
		t.Helper()
		if found := x.suspicious("*"); len(found) > 0 {
			t.Errorf("%s: %q became %v", where, payload, found)
		}
		if caught, _ := x.take(); len(caught) > 0 {
			t.Errorf("%s: %q: %v", where, payload, caught)
		}
	}
	for n, payload := range payloads {
		text := room.hostile(payload)
		report, token := w.infest(text, 1+n%2)
		if soak() || n%8 == 7 || n == len(payloads)-1 { // the board keeps what came before
			board.do(chromedp.WaitReady("#t-"+report, chromedp.ByQuery)) // it came by the stream
			clean(board, "the board", "up to "+payload)
		}
		status, issue := "/R/"+token, "/board/"+w.own.venue+"/reports/"+report
		room.visits(w.base, payload, clean, some(n, status, issue, status+"/live?frame=1", issue+"/done", issue+"/reply", "/board/"+w.own.venue))
		if soak() || n%6 == 0 {
			w.end(report, text)
			room.visits(w.base, payload, clean, some(n/6, status, issue, "/owner/"+w.own.venue+"/issues?status=any", "/owner/"+w.own.venue))
		}
	}
	w.everyPage(room, func(path string) { clean(room, path, "all of them") })
	w.typed(room, clean)
}

// some is all pages in a soak; else every second payload gets one of the first
// two, in turns, and now and then one of the others.
func some(n int, pages ...string) []string {
	switch turn := n / 2; {
	case soak():
		return pages
	case n%2 != 0:
		return nil
	case turn%4 != 0:
		return pages[turn%2 : turn%2+1]
	default:
		return []string{pages[turn/4%2], pages[2+turn/4%(len(pages)-2)]}
	}
}

// visits looks at pages on which a payload stands.
func (w *trap) visits(base, payload string, clean func(*trap, string, string), pages []string) {
	w.t.Helper()
	for _, path := range pages {
		w.visit(base + path)
		clean(w, path, payload)
	}
}

// everyPage visits every page that the owner can open.
func (w *walls) everyPage(x *trap, then func(path string)) {
	w.t.Helper()
	for _, a := range w.addresses {
		if a.method != http.MethodGet || upper(a.path) != a.path || strings.Contains(a.path, "/api/v1") || strings.Contains(a.path, "*") ||
			slices.ContainsFunc([]string{"/live", "/events", "/:file", ".pdf", "/venue.json", "z", "metrics"}, func(end string) bool { return strings.HasSuffix(a.path, end) }) && a.path != "/R/:token/live" {
			continue
		}
		path := a.fill(w.own.ids)
		x.visit(w.base + path)
		then(path)
	}
}

// typed sends payloads with a mistake in the form, so that the form is shown
// again with what was typed.
func (w *walls) typed(x *trap, clean func(*trap, string, string)) {
	w.t.Helper()
	for n := 0; n < len(payloads); n += size(23, 1) {
		text := x.hostile(payloads[n])
		body, err := json.Marshal(map[string]string{
			"words": text, "name": text, "phone": text, "email": text, "handling": "contact_later", "lang": text, "causes": text, "website": text, "code": "x" + text, "password": text, "next": text,
		})
		w.must(err)
		for _, path := range []string{"/T/" + w.own.ids["code"], "/", "/sign-in", "/T/NOSUCHCODE", "/R/" + w.own.ids["token"] + "/messages"} {
			x.visit(w.base + "/privacy")
			x.do(chromedp.Evaluate(`{const f = document.createElement('form'); f.method = 'post'; f.action = '`+path+`';
				for (const [k, v] of Object.entries(`+string(body)+`)) { const i = document.createElement('textarea'); i.name = k; i.value = v; f.append(i); }
				document.body.append(f); f.submit()}`, nil), chromedp.Sleep(0))
			x.elsewhere("/privacy")
			clean(x, "typed into "+path, payloads[n])
		}
	}
}

// elsewhere waits until the window has left a page and the next is there.
func (w *trap) elsewhere(path string) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		var at, state string
		if w.try(patience, chromedp.Evaluate("location.pathname", &at), chromedp.Evaluate("document.readyState", &state)) == nil && at != path && state == "complete" {
			return
		}
	}
	w.t.Fatalf("%s is still at %s", w.name, path)
}

// T09: our own pages keep to our own policy, with everything hostile on them.
func TestThreat_OurPagesKeepThePolicy(t *testing.T) {
	t.Parallel()
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	x := setTrap(t, false)
	x.signedIn(w.base, w.own.people["owner"])
	for n := 0; n < len(payloads); n += 7 {
		report, _ := w.infest(x.hostile(payloads[n]), 1)
		if n%2 == 0 {
			w.end(report, x.hostile(payloads[n]))
		}
	}
	w.everyPage(x, func(path string) {
		t.Helper()
		if caught, broken := x.take(); len(caught)+len(broken) > 0 {
			t.Errorf("%s: %v %v", path, caught, broken)
		}
	})
	// The control: a script that was smuggled into a page is held and reported.
	for _, path := range []string{"/T/" + w.own.ids["code"], "/R/" + w.own.ids["token"], "/board/" + w.own.venue, "/owner/" + w.own.venue} {
		x.visit(w.base + path)
		x.do(chromedp.Evaluate(`{const i = document.createElement('img'); try { i.setAttribute('onerror', 'pwned()') } catch {} i.src = '`+x.canary.URL+`/canary'; document.body.append(i)}`, nil))
		if caught, broken := x.take(); len(broken) == 0 || len(caught) > 0 {
			t.Errorf("%s: a smuggled picture is reported %v, caught %v", path, broken, caught)
		}
	}
}

// ask evaluates an expression that gives a text.
func (w *window) ask(expression string) string {
	w.t.Helper()
	var text string
	w.do(chromedp.Evaluate(expression, &text))
	return text
}

// awaited lets an expression be waited for.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
