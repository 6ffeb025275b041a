package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/e2e/program"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// crowd is how many of a full house send in the same moment.
const crowd = 8

// together does work n times, 64 at once, and waits.
func together(n int, work func(i int)) { atOnce(64, n, work) }

func atOnce(most, n int, work func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(n, most) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	all.Wait()
}

// tries counts the statuses of many answers.
type tries struct {
	mu sync.Mutex
	of map[int]int
}

func (c *tries) add(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[int]int{}
	}
	c.of[status]++
}

const formKind = "application/x-www-form-urlencoded"

// T03: a full restaurant behind one address, each guest with a phone: all of
// them are heard, none is slowed down and none is marked.
func TestThreat_OneAddressIsAFullRestaurant(t *testing.T) {
	w := newWalls(t)
	codes := w.tablesOf(100)
	var got tries
	atOnce(crowd, 500, func(i int) {
		at := w.base + "/T/" + codes[i%len(codes)]
		form, err := send(t.Context(), "GET", at, "")
		if err != nil || form.status != http.StatusOK {
			got.add(form.status)
			return
		}
		cookie, _, _ := strings.Cut(form.header.Get("Set-Cookie"), ";")
		sent, err := send(t.Context(), "POST", at, fmt.Sprintf("rating=2&words=Guest+%d", i), "Cookie", cookie, "Content-Type", formKind)
		if err != nil {
			t.Error(err)
		}
		got.add(sent.status)
		if page, err := send(t.Context(), "GET", w.base+sent.header.Get("Location"), ""); err != nil || page.status != http.StatusOK {
			t.Errorf("guest %d: the status page answers %d, %v", i, page.status, err)
		}
	})
	if got.of[http.StatusSeeOther] != 500 {
		t.Errorf("the answers are %v, want 500 accepted", got.of)
	}
	if n := strings.Count(w.table("reports"), "words=Guest "); n != 500 {
		t.Errorf("%d reports are kept", n)
	}
	if plain := strings.Count(w.table("reports"), "to_check=false") + strings.Count(w.table("reports"), "to_check=0"); plain != 502 {
		t.Errorf("%d of 502 reports are as good as any other", plain) // two are of the walls themselves
	}
}

// tablesOf sets up more tables and returns their codes.
func (w *walls) tablesOf(n int) []string {
	w.t.Helper()
	ctx, rows := w.t.Context(), make([]desk.NewTable, n)
	for i := range rows {
		rows[i].Name = fmt.Sprintf("T%d", i)
	}
	ids, err := w.desk.AddTables(ctx, w.own.owner, w.own.venue, rows)
	w.must(err)
	codes := make([]string, n)
	for i, id := range ids {
		of, err := w.store.For(w.own.owner, w.own.venue).CodesOf(ctx, id, "", w.desk.Now())
		w.must(err)
		codes[i] = of[0].Code
	}
	return codes
}

// T01, T02: somebody sends to the card of one table, each time as another
// browser, while guests sit at others. Everything is accepted; what is over a
// table's quota is kept to be checked, guests elsewhere are heard as ever, and
// people are called three times at most.
func TestThreat_AFloodAtOneTableIsKeptAside(t *testing.T) {
	w := newWalls(t)
	codes, forged, genuine := w.tablesOf(6), size(150, 3000), 25
	var got tries
	atOnce(crowd, forged+genuine, func(i int) {
		code, words := codes[0], "Forged"
		if i%((forged+genuine)/genuine) == 0 {
			code, words = codes[1+i/((forged+genuine)/genuine)%5], "Genuine"
		}
		form, err := send(t.Context(), "GET", w.base+"/T/"+code, "")
		if err != nil {
			t.Error(err)
			return
		}
		cookie, _, _ := strings.Cut(form.header.Get("Set-Cookie"), ";")
		sent, err := send(t.Context(), "POST", w.base+"/T/"+code, fmt.Sprintf("rating=2&words=%s+%d", words, i), "Content-Type", formKind, "Cookie", cookie)
		if err != nil {
			t.Error(err)
		}
		got.add(sent.status)
	})
	if got.of[http.StatusSeeOther] != forged+genuine {
		t.Errorf("the answers are %v, want all accepted", got.of)
	}
	kept, marked := map[string]int{}, map[string]int{}
	var ids []string
	for row := range strings.Lines(w.table("reports")) {
		words, _, _ := strings.Cut(row[strings.Index(row, "words=")+len("words="):], " ")
		kept[words]++
		if strings.Contains(row, "to_check=true") || strings.Contains(row, "to_check=1 ") {
			marked[words]++
		}
		if words == "Forged" {
			id, _, _ := strings.Cut(row[strings.Index(row, "id=")+len("id="):], " ")
			ids = append(ids, id)
		}
	}
	if kept["Genuine"] != genuine || marked["Genuine"] != 0 || kept["Forged"] != forged || marked["Forged"] < forged*3/4 {
		t.Errorf("kept %v, of them to be checked %v", kept, marked)
	}
	calls := 0
	for row := range strings.Lines(w.table("deliveries")) {
		if !strings.Contains(row, "kind=webhook") && slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(row, "report_id="+id+" ") }) {
			calls++
		}
	}
	if calls > 3 {
		t.Errorf("people were called %d times by the forged ones", calls)
	}
}

// T04: the limits trip at the same count, whatever a sender says of where it
// comes from.
func TestThreat_HeadersDoNotMoveALimit(t *testing.T) {
	evaluated := func(headers func(i int) []string) int {
		w := newWalls(t)
		passed := 0
		for i := range size(100, 10_000) {
			got := w.ask("POST", "/", "code=ABCD2345", append(headers(i), "Content-Type", formKind)...)
			if got.status != http.StatusTooManyRequests {
				passed++
			}
		}
		return passed
	}
	spoofed := evaluated(func(i int) []string {
		ip := netip.AddrFrom4([4]byte{byte(i), byte(i >> 8), 7, 9}).String()
		return []string{"X-Forwarded-For", ip + ", " + ip, "X-Real-IP", ip, "Forwarded", "for=" + ip, "CF-Connecting-IP", ip, "True-Client-IP", ip, "X-Forwarded-Host", ip}
	})
	plain := evaluated(func(int) []string { return nil })
	if plain >= size(100, 10_000) || spoofed > plain+5 { // in the time it takes, a few more become free
		t.Errorf("%d passed with made-up addresses, %d without", spoofed, plain)
	}
}

// T06: previews and scanners look first, and then one form is sent by a
// thousand at once: it is one report.
func TestThreat_OneSendingIsOneReport(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	code, before := w.own.ids["code"], w.rows()
	for i := range 100 {
		method := []string{"GET", "HEAD"}[i%2]
		for _, path := range []string{"/T/" + code, "/R/" + w.own.ids["token"], "/R/" + w.own.ids["token"] + "/withdraw", "/join/" + code} {
			w.ask(method, path, "", "User-Agent", "WhatsApp/2", "Purpose", "prefetch")
		}
	}
	if tables := changed(before, w.rows()); len(tables) > 0 {
		t.Errorf("looking changed %v", tables)
	}
	cookie, _, _ := strings.Cut(w.ask("GET", "/T/"+code, "").header.Get("Set-Cookie"), ";")
	ways := map[string]func(word string) (answer, error){
		"form": func(word string) (answer, error) {
			return send(t.Context(), "POST", w.base+"/T/"+code, "rating=2&words="+word, "Cookie", cookie, "Content-Type", formKind)
		},
		"api": func(word string) (answer, error) {
			return send(t.Context(), "POST", w.base+"/api/v1/codes/"+code+"/reports", `{"rating":2,"words":"`+word+`"}`, "Idempotency-Key", "K", "Content-Type", "application/json")
		},
	}
	for name, post := range ways {
		var places sync.Map
		together(size(200, 10_000), func(int) {
			got, err := post("once" + name)
			if err != nil || got.status >= 400 {
				t.Errorf("%s: %d, %v", name, got.status, err)
			}
			places.Store(got.header.Get("Location")+string(got.body), true)
		})
		n := 0
		places.Range(func(any, any) bool { n++; return true })
		if kept := strings.Count(w.table("reports"), "words=once"+name); kept != 1 || n != 1 {
			t.Errorf("%s: %d reports, %d different answers, want one", name, kept, n)
		}
	}
}

// T29: what a browser had before somebody signed in opens nothing afterwards,
// whatever the way in; and signing out ends what it had.
func TestThreat_SessionsAreFresh(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	ctx := t.Context()
	invite := func(kind feedback.InvitationKind) string {
		link, err := w.desk.InvitePerson(ctx, w.own.owner, w.own.owner.Person, kind)
		w.must(err)
		return link.Token
	}
	first, err := w.desk.SetPassword(ctx, invite(feedback.Invite), password, "")
	w.must(err)
	email := w.own.owner.ID + "@example.com"
	ways := map[string]func(cookie string) answer{
		"signing in": func(cookie string) answer {
			return w.ask("POST", "/sign-in", url.Values{"email": {email}, "password": {password}}.Encode(), "Cookie", cookie, "Content-Type", formKind)
		},
		"a link": func(cookie string) answer {
			return w.ask("POST", "/join/"+invite(feedback.Reset), url.Values{"password": {password}}.Encode(), "Cookie", cookie, "Content-Type", formKind)
		},
	}
	opens := func(token string) bool {
		return w.ask("GET", "/api/v1/venues", "", "Cookie", "mr="+token).status == http.StatusOK
	}
	for name, enter := range ways {
		planted, theirs := "0123456789ABCDEFGHJKMNPQRS", w.session(w.their.owner.Person, "")
		mine := w.session(w.own.owner.Person, "")
		for what, before := range map[string]string{"planted": planted, "of somebody else": theirs, "of the same person": mine} {
			got := w.ask("GET", "/", "")
			got = enter("mr=" + before)
			after := w.cookies(got)["mr"]
			if got.status != http.StatusSeeOther || len(after) != 26 || after == before || !opens(after) {
				t.Fatalf("%s with one %s: %d, session %q", name, what, got.status, after)
			}
			if opens(before) {
				t.Errorf("%s: the session %s opens something afterwards", name, what)
			}
			out := w.ask("POST", "/sign-out", "", "Cookie", "mr="+after)
			if opens(after) || w.cookies(out)["mr"] != "" {
				t.Errorf("%s: the session lives on after signing out", name)
			}
		}
	}
	if opens(first.Token) {
		t.Error("a session lives on after a new password")
	}
}

// T30: from one address, any number of guesses at any accounts costs no more
// than a few hashes; an owner at another address gets in meanwhile. What one
// account lets pass is the desk's to say, and tested there.
func TestThreat_AFloodOfGuessesIsBounded(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	link, err := w.desk.InvitePerson(t.Context(), w.own.owner, w.own.owner.Person, feedback.Invite)
	w.must(err)
	_, err = w.desk.SetPassword(t.Context(), link.Token, password, "")
	w.must(err)
	signIn := func(address, email, word string) int {
		got, err := send(t.Context(), "POST", w.base+"/sign-in", url.Values{"email": {email}, "password": {word}}.Encode(), "Content-Type", formKind, "X-Forwarded-For", address)
		if err != nil {
			t.Error(err)
		}
		return got.status
	}
	var flood tries
	inside := 0
	together(size(500, 20_000), func(i int) {
		if i == 250 {
			inside = signIn("203.0.113.9", w.own.owner.ID+"@example.com", password)
			return
		}
		flood.add(signIn("198.51.100.7", fmt.Sprintf("guess%d@example.com", i%100), "wrong"))
	})
	if inside != http.StatusSeeOther {
		t.Errorf("the owner is answered %d during the flood", inside)
	}
	if n := flood.of[http.StatusUnprocessableEntity]; n == 0 || n > 30+size(20, 600) || flood.of[http.StatusTooManyRequests] == 0 || len(flood.of) != 2 {
		t.Errorf("the guesses are answered %v, want few looked at and the others told to wait", flood.of)
	}
}

// T31: a sign-in for somebody unknown, disabled or without a password does the
// same work as a wrong password, and reads the same: a password hash takes 19
// MiB, so the memory that is asked for tells whether one was made.
func TestThreat_NobodyIsToldWhoExists(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	ctx := t.Context()
	known := storetest.Person(t, w.store, w.own.owner, w.own.venue, "Kim", feedback.Staff)
	gone := storetest.Person(t, w.store, w.own.owner, w.own.venue, "Gus", feedback.Staff)
	for _, p := range []feedback.Actor{known, gone} {
		link, err := w.desk.InvitePerson(ctx, w.own.owner, p.Person, feedback.Invite)
		w.must(err)
		_, err = w.desk.SetPassword(ctx, link.Token, password, "")
		w.must(err)
	}
	off := true
	w.must(w.desk.ChangePerson(ctx, w.own.owner, gone.Person, desk.PersonChange{Disabled: &off}))
	work := func(email string) (string, uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := w.ask("POST", "/sign-in", url.Values{"email": {email}, "password": {"wrong horse"}}.Encode(), "Content-Type", formKind)
		runtime.ReadMemStats(&after)
		got.header.Del("Date")
		return strings.ReplaceAll(fmt.Sprint(got.status, got.header, string(got.body)), email, "EMAIL"), (after.TotalAlloc - before.TotalAlloc) >> 20
	}
	work("warm@example.com") // the hash to compare nothing with is made once
	want, _ := work(known.ID + "@example.com")
	for name, email := range map[string]string{
		"known": known.ID + "@example.com", "disabled": gone.ID + "@example.com",
		"no password yet": w.own.owner.ID + "@example.com", "unknown": "nobody-at-all-of-this-length-0123456789@example.com",
	} {
		got, mib := work(email)
		if mib < 19 || mib >= 2*19 {
			t.Errorf("%s: %d MiB of work, want one hash of 19", name, mib)
		}
		if strings.ReplaceAll(got, fmt.Sprint(len(email)), "") != strings.ReplaceAll(want, fmt.Sprint(len(known.ID+"@example.com")), "") && sameLength(got, want) {
			t.Errorf("%s can be told from a wrong password:\n%s\n%s", name, got, want)
		}
	}
}

// sameLength leaves Content-Length out of what is compared: it counts the
// address, which is said back.
func sameLength(a, b string) bool {
	cut := func(s string) string {
		before, rest, _ := strings.Cut(s, "Content-Length:[")
		_, rest, _ = strings.Cut(rest, "]")
		return before + rest
	}
	return cut(a) != cut(b)
}

// T32: links, codes and redirects are made of the settings, whatever host a
// request names; and a link is good for one of many at once.
func TestThreat_LinksComeFromTheSettings(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	owner, admin := w.own.people["owner"], w.own.people["key admin"]
	for _, evil := range [][]string{
		{"Host", "evil.example"},
		{"X-Forwarded-Host", "evil.example"},
		{"Forwarded", "host=evil.example"},
		{"X-Original-Host", "evil.example"},
		{"Host", "evil.example:8080"},
		{"X-Forwarded-Proto", "javascript"},
		{"Host", "127.0.0.1@evil.example"},
		{"X-Rewrite-URL", "//evil.example/"},
	} {
		for _, a := range w.addresses {
			if strings.HasSuffix(a.path, "/live") || strings.HasSuffix(a.path, "/events") || a.method == http.MethodDelete || strings.Contains(a.path, "sign-out") || strings.Contains(a.path, "sessions") {
				continue
			}
			body, kind, who := "", "", owner
			if strings.HasPrefix(a.path, "/api/") {
				who = admin
			}
			links := strings.HasSuffix(a.path, "/team") || strings.HasSuffix(a.path, "/link") || strings.HasSuffix(a.path, "/visits") || strings.HasSuffix(a.path, "/reports") || strings.HasSuffix(a.path, "reset_password")
			if a.writes() && !links {
				continue
			} else if a.writes() {
				body, kind = a.body(t, w.own.ids)
			}
			got := w.ask(a.method, a.fill(w.own.ids), body, append([]string{who.header, who.value, "Content-Type", kind}, evil...)...)
			text := fmt.Sprint(got.header, string(got.body))
			if strings.Contains(text, "evil.example") || strings.Contains(text, "javascript://") {
				t.Errorf("%s says %v back", a, evil)
			}
		}
		link := w.ask("POST", "/owner/"+w.own.venue+"/team/"+w.own.ids["person"]+"/link", "", append([]string{owner.header, owner.value, "Content-Type", formKind}, evil...)...)
		if evil[0] != "Host" && !strings.Contains(string(link.body), w.base+"/join/") {
			t.Errorf("%v: no link of ours: %d", evil, link.status)
		}
	}
	link, err := w.desk.InvitePerson(t.Context(), w.own.owner, w.own.ids["person"], feedback.Invite)
	w.must(err)
	var got tries
	together(size(20, 1000), func(i int) {
		a, err := send(context.WithoutCancel(t.Context()), "POST", w.base+"/join/"+link.Token, "password="+url.QueryEscape(fmt.Sprintf("%s %d", password, i)), "Content-Type", formKind)
		if err != nil {
			t.Error(err)
		}
		got.add(a.status)
	})
	others := got.of[http.StatusNotFound] + got.of[http.StatusServiceUnavailable] // it ended, or so many cannot be looked at
	if n := size(20, 1000); got.of[http.StatusSeeOther] != 1 || others != n-1 || got.of[http.StatusNotFound] == 0 {
		t.Errorf("one link, %d at once: %v, want one in", n, got.of)
	}
}

// T33: on a fresh installation nobody becomes its owner without the secret, and
// with it one of many at once; after that there is no such address.
func TestThreat_FirstRun(t *testing.T) {
	p := program.New(t, storetest.EmptyDSN(t), "LIMITS=off")
	p.Start()
	deadline := time.Now().Add(patience)
	for !strings.Contains(p.Log(), "/setup/") && time.Now().Before(deadline) {
		<-time.After(10 * time.Millisecond) // the link is printed after the address
	}
	secret := strings.TrimSpace(between(p.Log(), "/setup/", "\n"))
	if len(secret) != 26 {
		t.Fatalf("the start printed no link: %s", p.Log())
	}
	post := func(token string) int {
		form, err := url.ParseQuery(forms["POST /setup/:token"])
		if err != nil {
			t.Error(err)
		}
		got, err := send(t.Context(), "POST", p.Base+"/setup/"+token, form.Encode(), "Content-Type", formKind)
		if err != nil {
			t.Error(err)
		}
		return got.status
	}
	var without, with tries
	guesses := []string{"x", "0123456789ABCDEFGHJKMNPQRS", strings.ToLower(secret), secret[:25] + "?", "%00", secret + "0", desk.Hash(secret)}
	together(size(200, 10_000), func(i int) { without.add(post(guesses[i%len(guesses)])) })
	if len(without.of) != 1 || without.of[http.StatusNotFound] == 0 {
		t.Errorf("without the secret: %v, want 404 alone", without.of)
	}
	together(size(40, 1000), func(int) { with.add(post(secret)) })
	if with.of[http.StatusSeeOther] != 1 || len(with.of) != 2 || with.of[http.StatusNotFound] == 0 {
		t.Errorf("with the secret: %v, want one in and 404 for the others", with.of)
	}
	if got, err := send(t.Context(), "GET", p.Base+"/setup/"+secret, ""); err != nil || got.status != http.StatusNotFound {
		t.Errorf("afterwards: %d, %v", got.status, err)
	}
}
