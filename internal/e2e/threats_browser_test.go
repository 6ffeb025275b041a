package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/e2e/program"
	"makeright/internal/store/storetest"
)

// T10: towers of marks, turned text and characters that nobody sees, in words,
// names and tables, leave every other cell of the board, and the board itself,
// where they are with plain text.
func TestThreat_NoTextLeavesItsCell(t *testing.T) {
	t.Parallel()
	marks := strings.Repeat("\u0335\u0489\u0303\u0359", 200)
	hostile := map[string]func(plain string) string{
		"zalgo":        func(s string) string { return s[:1] + marks + s[1:] + marks },
		"turned":       func(s string) string { return "\u202e" + s + "\u2067\u2066\u202d" },
		"unseen":       func(s string) string { return "\u200b\u2060\ufeff" + s + "\u00ad\u200b\u2064" },
		"never closed": func(s string) string { return "\u2068\u202b" + s + "\u200f\u061c" },
	}
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	x := open(t, "board", 1024, 768, true)
	x.signedIn(w.base, w.own.people["owner"])
	want, _ := w.boxes(x, func(s string) string { return s })
	for name, spoil := range hostile {
		t.Run(name, func(t *testing.T) {
			got, text := w.boxes(x, spoil)
			if got != want {
				t.Errorf("the cells moved:\n%s\nwant\n%s", got, want)
			}
			for _, bad := range "\u202e\u2067\u202d\u202b\u200f\u061c\u200b\u2060\ufeff\u00ad\u2064" {
				if strings.ContainsRune(text, bad) {
					t.Errorf("%U stands on the board", bad)
				}
			}
		})
	}
}

// boxes opens the board of a new venue with three tickets, of which the middle
// one is spoilt, and tells where everything stands.
func (w *walls) boxes(x *window, spoil func(string) string) (boxes, text string) {
	w.t.Helper()
	ctx := w.t.Context()
	venue := storetest.VenueOf(w.t, w.store, w.own.owner)
	for i, plain := range []string{"1", "22", "3"} {
		table, words := plain, "The soup was cold and late"
		if i == 1 {
			table, words = spoil(table), spoil(words)
		}
		_, err := w.desk.AddTables(ctx, w.own.owner, venue.ID, []desk.NewTable{{Name: table, Area: "Hall"}})
		w.must(err)
		tables, err := w.store.For(w.own.owner, venue.ID).Tables(ctx)
		w.must(err)
		_, err = w.desk.WriteDown(ctx, w.own.owner, venue.ID, tables[len(tables)-1].ID, desk.NewReport{Rating: 2, Language: "en", Words: words})
		w.must(err)
	}
	x.visit(w.base + "/board/" + venue.ID)
	x.do(chromedp.WaitReady("[data-lane=waiting] li:nth-child(3)", chromedp.ByQuery))
	return x.ask(`JSON.stringify([...document.querySelectorAll('.tk, .tk .q, .tk .acts, li:not(:nth-child(2)) h3 bdi, .lane, main, header')].map((e) => { const r = e.getBoundingClientRect(); return [e.className, r.x, r.y, r.width, r.height] }))`),
		x.ask(`document.body.innerText`)
}

// signedIn gives the window a session.
func (w *window) signedIn(base string, c caller) {
	w.t.Helper()
	for part := range strings.SplitSeq(c.value, "; ") {
		name, value, _ := strings.Cut(part, "=")
		w.do(network.SetCookie(name, value).WithURL(base).WithHTTPOnly(true).WithSameSite(network.CookieSameSiteLax))
	}
}

// attack is a page of somebody else's that tries every way a browser has to
// make a signed-in visitor change something: forms of all kinds, fetches,
// pictures, frames, beacons.
const attack = `<!doctype html><title>prize</title><body><script>
const targets = TARGETS;
const frame = (name) => Object.assign(document.body.appendChild(document.createElement('iframe')), { name });
const loaded = (f) => new Promise((ok) => { f.onload = f.onerror = () => ok(); setTimeout(ok, 4000); });
async function strike({ url, method, body, json, frames }) {
	const all = [];
	for (const enctype of !frames ? [] : json ? ['text/plain'] : ['application/x-www-form-urlencoded', 'multipart/form-data']) {
		const name = 'f' + Math.random(), fr = frame(name), form = document.createElement('form');
		Object.assign(form, { method: 'post', action: url, target: name, enctype });
		const fields = json ? [[json.slice(0, -1) + ',"x":"', '"}']] : [...new URLSearchParams(body)];
		for (const [k, v] of fields) { const i = document.createElement('input'); i.name = k; i.value = v; form.append(i); }
		document.body.append(form);
		const l = loaded(fr); form.submit(); all.push(l.then(() => fr.remove()));
	}
	const go = (m, headers, b) => fetch(url, { method: m, credentials: 'include', mode: headers ? 'cors' : 'no-cors', headers: headers || {}, body: b }).catch(() => {});
	all.push(go('POST', null, json ? new Blob([json], { type: 'text/plain' }) : new URLSearchParams(body)), go(method, { 'Content-Type': 'application/json' }, method === 'DELETE' ? undefined : json || '{}'));
	navigator.sendBeacon(url, json ? new Blob([json]) : new URLSearchParams(body));
	const img = new Image(); all.push(loaded(img)); img.src = url + '?' + body;
	if (frames) { const fr = frame('i'); all.push(loaded(fr).then(() => fr.remove())); fr.src = url + '?' + body; }
	await Promise.all(all);
}
const over = (async () => { while (targets.length) await Promise.all(targets.splice(0, 16).map(strike)); return 'done'; })();
</script>`

// target is one address to strike at.
type target struct {
	URL    string `json:"url"`
	Method string `json:"method"`
	Body   string `json:"body"`
	JSON   string `json:"json"`
	Frames bool   `json:"frames"` // with forms and frames too, which cost a browser a second each
}

// T28: pages on another port of the same host, whose requests carry the cookie,
// and on another host, strike at every address that changes something, in the
// browser of an owner who is signed in: no row changes. The same form on a page
// of ours does.
func TestThreat_OtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	var targets []target
	for _, a := range w.addresses {
		if !a.writes() || upper(a.path) != a.path {
			continue
		}
		one := target{w.base + a.fill(w.own.ids), a.method, "", "", soak() || len(targets)%8 == 0}
		if strings.HasPrefix(a.path, "/api/") {
			one.JSON = a.json(t)
		} else {
			one.Body = a.form(t, w.own.ids).Encode()
		}
		targets = append(targets, one)
	}
	lists := map[string][]target{"127.0.0.1": targets, "localhost": targets}
	if !soak() { // the cookie goes to the first, for ports are nothing to it; the other gets a part
		lists["localhost"] = slices.DeleteFunc(slices.Clone(targets), func(one target) bool { return len(one.URL)%4 != 0 })
	}
	evil := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		list, err := json.Marshal(lists[host])
		if err != nil {
			t.Error(err)
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(rw, strings.Replace(attack, "TARGETS", string(list), 1))
	}))
	defer evil.Close()
	x := open(t, "owner", 1024, 768, true)
	x.signedIn(w.base, w.own.people["owner"])
	x.visit(w.base + "/owner/" + w.own.venue)
	x.sees("Overview")
	before := w.rows()
	port := evil.URL[strings.LastIndexByte(evil.URL, ':'):]
	for _, host := range []string{"http://127.0.0.1", "http://localhost"} {
		x.visit(host + port)
		var over string
		if err := x.try(4*patience, chromedp.Evaluate("over", &over, awaited)); err != nil || over != "done" {
			t.Fatalf("the attack from %s did not end: %v", host, err)
		}
		if tables := changed(before, w.rows()); len(tables) > 0 {
			t.Errorf("a page at %s changed %v", host, tables)
		}
	}
	if len(targets) < 60 {
		t.Errorf("only %d addresses were struck at", len(targets))
	}
	x.visit(w.base + "/owner/" + w.own.venue)
	x.sees("Overview") // still signed in
	x.do(chromedp.Evaluate(`fetch('/owner/`+w.own.venue+`/tables', { method: 'POST', body: new URLSearchParams('tables=99') }).then(() => 1)`, nil, awaited))
	if len(changed(before, w.rows())) == 0 {
		t.Error("a page of ours changed nothing either: this test cannot fail")
	}
}

// heard is what other servers, and those who look at headers, get to know.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) note(what ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintln(&h.text, what...)
}

// T07, T35: a guest's words, name and number, and every token, go through the
// whole program in real browsers: none of them is in the program's log, in a
// header that it answers, or in what a review site is told by a guest who
// follows a link. A refused form, a lost page and a wrong link are part of it.
func TestThreat_SecretsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	var outside heard
	reviews := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		outside.note(r.URL, r.Header)
		fmt.Fprint(rw, "<title>reviews</title>Thank you for coming")
	}))
	reviews.Config.ErrorLog = log.New(io.Discard, "", 0) // of a browser that looks twice at who we are
	reviews.StartTLS()
	defer reviews.Close()
	p, d := install(t)
	owner, guest := open(t, "owner", 1280, 900, true), open(t, "guest", 390, 844, true)
	for _, x := range []*window{owner, guest} {
		x.do(network.Enable(), security.Enable(), security.SetIgnoreCertificateErrors(true))
		chromedp.ListenTarget(x.ctx, func(ev any) {
			if res, ok := ev.(*network.EventResponseReceived); ok && strings.HasPrefix(res.Response.URL, p.Base) {
				headers, _ := json.Marshal(res.Response.Headers)
				outside.note(stripped(string(headers)))
			}
		})
	}
	set := fmt.Sprintf(`{"review_links":[{"label":"Reviews","url":%q}]}`, strings.Replace(reviews.URL, "127.0.0.1", "localhost", 1)+"/site") // cookies do not mind ports
	if got, err := send(t.Context(), "PATCH", p.Base+"/api/v1/venues/"+d.Venue.ID, set, "Authorization", "Bearer "+d.Key, "Content-Type", "application/json"); err != nil || got.status != http.StatusOK {
		t.Fatalf("review link: %d %s, %v", got.status, got.body, err)
	}
	s := secretStory{t, p, d, owner, guest}
	secrets := s.run()
	guest.do(chromedp.Evaluate(`document.querySelector('#reviews a').removeAttribute('target')`, nil)) // to stay in this window, which knows the site
	guest.press("#reviews a")
	guest.sees("Thank you for coming")
	secrets = append(secrets, s.mistakes()...)
	told := outside.text.String()
	if !strings.Contains(told, "/site") {
		t.Fatal("nobody came to the review site")
	}
	logged := p.Log()
	if strings.Count(logged, `"msg":"request"`) < 20 {
		t.Fatalf("the log is empty: %s", logged)
	}
	for _, secret := range secrets {
		if len(secret) < 6 {
			t.Errorf("%q is no secret", secret)
		}
		for place, text := range map[string]string{"log": logged, "headers and other sites": told} {
			for _, form := range []string{secret, url.QueryEscape(secret), strings.ToLower(secret)} {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s holds %q: …%s…", place, secret, text[max(0, i-100):min(len(text), i+100)])
				}
			}
		}
	}
}

// stripped leaves out the two headers that must hold a secret: the cookie for
// the one who gets it, and where to go.
func stripped(headers string) string {
	var all map[string]string
	if json.Unmarshal([]byte(headers), &all) != nil {
		return headers
	}
	for name := range all {
		if strings.EqualFold(name, "Set-Cookie") || strings.EqualFold(name, "Location") {
			delete(all, name)
		}
	}
	return fmt.Sprint(all)
}

// secretStory is a guest and an owner, and all that nobody else may know.
type secretStory struct {
	t            *testing.T
	p            *program.Program
	d            program.Demo
	owner, guest *window
}

func (s secretStory) run() []string {
	s.owner.visit(s.d.OwnerURL)
	s.owner.sees("Overview")
	s.owner.visit(s.d.BoardURL[:strings.Index(s.d.BoardURL, "/enter/")] + "/board/" + s.d.Venue.ID)
	s.guest.visit(s.d.Tables[4].URL)
	s.guest.press("#r1")
	s.guest.write("#w", "wordcanary soup")
	s.guest.do(chromedp.Click("input[name=handling][value=contact_later]", chromedp.ByQuery))
	s.guest.write("input[name=name]", "namecanary")
	s.guest.write("input[name=phone]", "+49 30 77112233")
	s.guest.write("input[name=email]", "mailcanary@example.com")
	s.guest.press(".sendbar .go")
	s.guest.seesIn("#live", "The team has it")
	s.owner.sees("wordcanary")
	s.guest.write("#say [name=text]", "messagecanary")
	s.guest.press("#say button")
	s.guest.seesIn("#live", "messagecanary")
	s.owner.visit(s.p.Base + "/owner/" + s.d.Venue.ID + "/issues?status=any&words=wordcanary")
	s.owner.sees("wordcanary")
	return []string{
		"wordcanary", "namecanary", "77112233", "mailcanary", "messagecanary", last(s.guest.address()), last(s.d.OwnerURL), last(s.d.BoardURL), s.d.Key, s.d.Tables[4].Code,
		s.cookie(s.owner, "mr"), s.cookie(s.guest, "mr_form"),
	}
}

// mistakes are what goes wrong: addresses that are none, forms that are
// refused, keys that open nothing.
func (s secretStory) mistakes() []string {
	ask := func(method, path, body string, headers ...string) {
		if _, err := send(s.t.Context(), method, s.p.Base+path, body, headers...); err != nil {
			s.t.Error(err)
		}
	}
	ask("GET", "/T/wrongcanary1", "")
	ask("GET", "/wrongcanary2/wrongcanary3?q=wrongcanary4", "", "Referer", "https://x/wrongcanary5", "User-Agent", "wrongcanary6")
	ask("POST", "/T/"+s.d.Tables[4].Code, "rating=9&words=wrongcanary7&email=wrongcanary8", "Content-Type", formKind)
	ask("POST", "/sign-in", "email=wrongcanary9@example.com&password=wrongcanary10", "Content-Type", formKind)
	ask("GET", "/api/v1/venues", "", "Authorization", "Bearer mr_wrongcanary11")
	ask("POST", "/api/v1/codes/"+s.d.Tables[4].Code+"/reports", `{"rating":2,"wrongcanary12":1}`, "Content-Type", "application/json")
	ask("POST", "/api/v1/codes/"+s.d.Tables[4].Code+"/reports", `{"rating":"wrongcanary13"`, "Content-Type", "application/json")
	ask("WRONGCANARY", "/R/wrongcanary14", "")
	ask("GET", "/enter/wrongcanary15", "")
	ask("GET", "/R/%00wrongcanary16%0a", "")
	return []string{"wrongcanary", "WRONGCANARY"}
}

// cookie reads a cookie of the window.
func (s secretStory) cookie(w *window, name string) (value string) {
	w.do(chromedp.ActionFunc(func(ctx context.Context) error {
		all, err := network.GetCookies().WithURLs([]string{s.p.Base}).Do(ctx)
		for _, c := range all {
			if c.Name == name {
				value = c.Value
			}
		}
		return err
	}))
	return value
}
