package e2e

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"makeright/internal/config"
	"makeright/internal/e2e/program"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// T05: random codes, tokens, sessions, keys and links open nothing, and their
// answers cannot be told apart.
func TestThreat_GuessesAreAllTheSame(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	doors := []func(token string) answer{
		func(s string) answer { return w.ask("GET", "/T/"+s, "") },
		func(s string) answer { return w.ask("GET", "/R/"+s+s, "") },
		func(s string) answer { return w.ask("GET", "/api/v1/r/"+s+s, "") },
		func(s string) answer {
			return w.ask("POST", "/api/v1/codes/"+s+"/reports", `{"rating":2}`, "Content-Type", "application/json")
		},
		func(s string) answer { return w.ask("GET", "/join/"+s, "") },
		func(s string) answer { return w.ask("GET", "/setup/"+s, "") },
		func(s string) answer { return w.ask("GET", "/enter/"+s, "") },
		func(s string) answer { return w.ask("GET", "/api/v1/venues", "", "Authorization", "Bearer mr_"+s) },
		func(s string) answer { return w.ask("GET", "/owner/"+w.own.venue, "", "Cookie", "mr="+s) },
		func(s string) answer { return w.ask("GET", "/api/v1/venues", "", "Cookie", "mr="+s) },
	}
	first := make([]string, len(doors))
	for i := range size(1000, 10_000_000) {
		door := i % len(doors)
		raw := make([]byte, 16)
		_, _ = rand.Read(raw)
		token := feedback.Crockford(raw)
		got := doors[door](token)
		got.header.Del("Date")
		got.header.Del("Set-Cookie")
		text := strings.ReplaceAll(fmt.Sprint(got.status, got.header, string(got.body)), token, "TOKEN")
		if got.status < 300 {
			t.Fatalf("door %d opened for %s", door, token)
		}
		if first[door] == "" {
			first[door] = text
		}
		if text != first[door] {
			t.Fatalf("door %d: one guess can be told from another:\n%s\n%s", door, first[door], text)
		}
	}
	// A real token in the wrong place is a guess as well, and so is one of another kind.
	wrong := map[int][]string{1: {w.own.ids["code"]}, 4: {w.own.ids["code"]}, 6: {w.own.ids["code"]}, 7: {w.own.ids["code"]}}
	for door, tokens := range wrong {
		for _, token := range tokens {
			got := doors[door](token)
			got.header.Del("Date")
			got.header.Del("Set-Cookie")
			if text := strings.ReplaceAll(fmt.Sprint(got.status, got.header, string(got.body)), token, "TOKEN"); text != first[door] {
				t.Errorf("door %d: a token of another kind can be told from a guess:\n%s\n%s", door, text, first[door])
			}
		}
	}
}

// T05, T07: after a day's work no secret stands in the database: not in its rows,
// nor, on SQLite, in a byte of its files or of a backup; and none leaves the house
// in what webhooks and metrics are told.
func TestThreat_SecretsAreNotKept(t *testing.T) {
	database := filepath.Join(t.TempDir(), "makeright.db")
	if storetest.Postgres() {
		database = storetest.EmptyDSN(t)
	}
	const metrics = "0123456789abcdef-metrics"
	p := program.New(t, database, "ALLOW_NETS=127.0.0.0/8", "METRICS="+metrics)
	d := p.Demo()
	p.Start()
	w := &walls{t: t, base: p.Base, db: look(t, database)}
	told := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- fmt.Sprint(r.URL, r.Header, string(body))
	}))
	t.Cleanup(receiver.Close)
	hook := w.ask("POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q}`, receiver.URL), "Authorization", "Bearer "+d.Key, "Content-Type", "application/json")
	if hook.status != http.StatusCreated {
		t.Fatalf("webhook: %d %s", hook.status, hook.body)
	}
	secrets := map[string]string{"API key": d.Key, "sign-in link": last(d.OwnerURL), "board link": last(d.BoardURL)}
	owner := w.cookies(w.ask("GET", "/enter/"+secrets["sign-in link"], ""))
	secrets["session"] = owner["mr"]
	signed := []string{"Cookie", "mr=" + owner["mr"], "Content-Type", formKind}
	sent := w.ask("POST", "/api/v1/codes/"+d.Tables[0].Code+"/reports", `{"rating":1}`, "Content-Type", "application/json", "Idempotency-Key", "one")
	secrets["status token"] = between(string(sent.body), `"token":"`, `"`)
	again := w.ask("POST", "/api/v1/codes/"+d.Tables[0].Code+"/reports", `{"rating":1}`, "Content-Type", "application/json", "Idempotency-Key", "one")
	if again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a repeated request answers %d %v", again.status, again.header)
	}
	form := w.ask("POST", "/T/"+d.Tables[1].Code, "rating=2", "Content-Type", formKind)
	secrets["status token of a form"] = last(form.header.Get("Location"))
	team := w.ask("POST", "/owner/"+d.Venue.ID+"/team", "name=Nina&email=nina@example.com&role=staff&pin=739154", signed...)
	secrets["invitation"] = between(string(team.body), "/join/", `"`)
	joined := w.ask("POST", "/join/"+secrets["invitation"], "password="+url.QueryEscape(password), "Content-Type", formKind)
	secrets["session of a new person"], secrets["password"], secrets["PIN"] = w.cookies(joined)["mr"], password, "739154"
	keys := w.ask("POST", "/api/v1/keys", `{"name":"till","scope":"visits"}`, "Authorization", "Bearer "+d.Key, "Content-Type", "application/json", "Idempotency-Key", "two")
	secrets["second API key"] = regexp.MustCompile(`mr_[0-9A-Z]{20,}`).FindString(string(keys.body))
	paired := w.ask("POST", "/board/"+d.Venue.ID+"/pair", "name=Pass", signed...)
	secrets["tablet"] = w.cookies(paired)["mr_device"]
	for name, secret := range secrets {
		if len(secret) < 6 {
			t.Fatalf("the story made no %s: %q", name, secret)
		}
	}
	rows := w.rows()
	for name, secret := range secrets {
		for table, text := range rows {
			if strings.Contains(strings.ToUpper(text), strings.ToUpper(secret)) {
				t.Errorf("%s stands in %s", name, table)
			}
		}
	}
	reports := 2 // that programs hear of
	outside := map[string]string{"metrics": string(w.ask("GET", "/metrics", "", "Authorization", "Bearer "+metrics).body)}
	if !strings.Contains(outside["metrics"], "makeright_") {
		t.Errorf("metrics: %q", outside["metrics"])
	}
	for n := 0; n < reports; {
		select {
		case text := <-told:
			outside["webhooks"] += text
			n = strings.Count(outside["webhooks"], string(feedback.ReportCreated))
		case <-time.After(time.Minute):
			t.Fatalf("webhooks were told %q", outside["webhooks"])
		}
	}
	for name, secret := range secrets {
		for where, text := range outside {
			if strings.Contains(strings.ToUpper(text), strings.ToUpper(secret)) {
				t.Errorf("%s is told to %s", name, where)
			}
		}
	}
	if !storetest.Postgres() {
		p.Run("backup", filepath.Join(filepath.Dir(database), "copy.db"))
	}
	p.Stop()
	secretsInFiles(t, filepath.Dir(database), secrets, d.Tables[0].Code)
}

// secretsInFiles reads every byte of SQLite's files. A code, which is printed,
// is there, so the right files are read.
func secretsInFiles(t *testing.T, dir string, secrets map[string]string, printed string) {
	t.Helper()
	if storetest.Postgres() {
		return // its files belong to somebody else; the rows were read
	}
	found := false
	for _, path := range filesIn(t, dir) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(text, []byte(printed))
		for name, secret := range secrets {
			if bytes.Contains(bytes.ToUpper(text), []byte(strings.ToUpper(secret))) {
				t.Errorf("%s stands in %s", name, filepath.Base(path))
			}
		}
	}
	if !found {
		t.Error("not even a code stands in the files: these are not the database")
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cookies are those an answer sets.
func (w *walls) cookies(a answer) map[string]string {
	all := map[string]string{}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		all[c.Name] = c.Value
	}
	return all
}

func last(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
