package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/config"
)

// planted are values that stand nowhere in the database before, and one that
// would raise somebody.
var planted = []string{"planted-7f3a", "424243"}

// T16: every form is sent with every column of the database as a further
// field, in the body and in the address, as text and as a number: no column
// takes it. Roles are looked at apart, for "owner" is a word that may stand in
// the database.
func TestThreat_FurtherFieldsAreNothing(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	columns, owner, sent := w.columns(), w.own.people["owner"], 0
	if len(columns) < 60 {
		t.Fatalf("only %d columns", len(columns))
	}
	owners := strings.Count(w.table("people")+w.table("memberships"), "role=owner")
	for _, a := range w.addresses {
		if a.method != http.MethodPost || strings.HasPrefix(a.path, "/api/") || a.path == "/sign-out" || strings.HasSuffix(a.path, "/account/sessions") {
			continue // the last two end the session, and read no field
		}
		for _, value := range append(planted, "owner") {
			form, query := a.form(t, w.own.ids), url.Values{}
			for _, name := range columns {
				if _, ours := form[name]; !ours {
					form.Set(name, value)
					query.Set(name, value)
				}
			}
			sent++
			got := w.ask("POST", a.fill(w.own.ids)+"?"+query.Encode(), form.Encode(), owner.header, owner.value, "Content-Type", "application/x-www-form-urlencoded")
			if got.status >= 500 {
				t.Errorf("%s: %d", a, got.status)
			}
			for table, text := range w.rows() {
				if value != "owner" && strings.Contains(text, value) {
					t.Fatalf("%s wrote a further field into %s", a, table)
				}
			}
		}
	}
	if now := strings.Count(w.table("people")+w.table("memberships"), "role=owner"); now != owners {
		t.Errorf("%d owners, there were %d", now, owners)
	}
	if sent < 100 {
		t.Errorf("only %d forms were sent", sent)
	}
}

// hostileJSON is what is no JSON, hardly JSON, or JSON that parsers stumble
// over.
func hostileJSON() []string {
	deep := func(open, inside, end string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
	}
	all := []string{
		"", " ", "{", "}", "[", "]", "[]", "[1]", `"a"`, "1", "-", "-0", "1e9999", "null", "true", "nul", "NaN", "Infinity", "0x1", "01", "1.", ".1", "1e", "+1",
		`{"a"}`, `{"a":}`, `{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`, `{"a":1 "b":2}`, `{'a':1}`, `{a:1}`, `{"a":1}}`, `{"a":1}{"a":1}`, `{"a":1} x`,
		`{"a":1}` + "\x00", "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", `{"a":"` + "\xff" + `"}`, `{"a":"` + "\xed\xa0\x80" + `"}`, `{"a":"` + "\n" + `"}`,
		`{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\ud800"}`, `{"a":"unfinished`, `{"a":"\`, `{"__proto__":{}}`, `{"constructor":{"prototype":{}}}`, `{"":1}`,
		`{"a":1,"a":2}`, `{"A":1,"a":2}`, `{"\u0061":1,"a":2}`, `/* */{}`, `{} // x`, `<?xml version="1.0"?><a/>`, "a=1", "---\na: 1", "\x00\x00\x00\x00",
		deep("[", "", "]", 33), deep(`{"a":`, "1", "}", 33), deep("[", "", "]", 30000), deep(`{"a":`, "1", "}", 10000), strings.Repeat("[", 60000),
		strings.Repeat(`{"a":`, 12000), `{"a":` + strings.Repeat("9", 60000) + `}`, `{"a":"` + strings.Repeat(`\u0000`, 10000) + `"}`,
		`{"` + strings.Repeat("k", 60000) + `":1}`, `{"a":` + strings.Repeat(" ", 60000) + `1}`, strings.Repeat("[", 1<<20),
	}
	for _, field := range []string{
		"rating", "words", "causes", "handling", "contact", "text", "verdict", "table", "tables", "name", "person", "actions", "cost", "note", "reason", "closed",
		"expires_in_minutes", "hours", "review_links", "languages", "scope", "expires_at", "roles", "email", "pin", "disabled", "covers", "check",
	} {
		for _, value := range []string{
			"null", "-1", "1e400", "99999999999999999999", "0.5", "true", `""`, "{}", "[]", "[[]]", "[null]", `[{}]`, `{"a":null}`, `"\u0000"`, `"' or 1=1 --"`,
			`"` + strings.Repeat("é", 5000) + `"`, `"2026-02-30T25:61:61Z"`, `"9999999-01-01"`,
		} {
			all = append(all, fmt.Sprintf(`{"%s":%s}`, field, value))
		}
	}
	return all
}

// T42: nothing that is sent to any operation of the API as its body ends in a
// fault of ours, and what is no JSON is refused.
func TestThreat_HostileJSON(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	admin, corpus, sent := w.own.people["key admin"], hostileJSON(), 0
	for _, a := range w.addresses {
		if !a.writes() || !strings.HasPrefix(a.path, "/api/") || a.method == http.MethodDelete {
			continue
		}
		for i, body := range corpus {
			if !soak() && i >= 70 && i%7 != len(a.path)%7 {
				continue // another operation gets it
			}
			sent++
			got := w.ask(a.method, a.fill(w.own.ids), body, admin.header, admin.value, "Content-Type", "application/json")
			if got.status >= 500 {
				t.Errorf("%s %.80q: %d %s", a, body, got.status, got.body)
			}
			if i < 30 && i > 1 && got.status < 400 {
				t.Errorf("%s %.80q: %d", a, body, got.status)
			}
		}
	}
	if sent < 2000 {
		t.Errorf("only %d bodies were sent", sent)
	}
}

// injections try to end a string of SQL, of a pattern or of a path.
var injections = []string{
	"'", "''", `"`, "`", "\\", "' or '1'='1", "' or 1=1 --", "1; drop table reports", "') or ('1'='1", "' union select password_hash from people --",
	"1' and sleep(5) --", "1 and pg_sleep(5)", "%", "_", "%%%", "[a-z]*", "(a+)+$", "(((((", "../../etc/passwd", "..%2f..%2f", "%00", "\x00", "\xff\xfe", "-1", "0",
	"9223372036854775808", "1e309", "NaN", "null", "undefined", "true", "[]", "{}", "$ne", "{{7*7}}", "${7*7}", "%s%s%n", "a\r\nSet-Cookie: x=1", "\u202e", "٣",
	strings.Repeat("a", 5000), strings.Repeat("'", 500),
}

// T15: whatever stands where an id, a number, a filter or an order is expected,
// no question to the database breaks.
func TestThreat_Injection(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	sent := 0
	for _, a := range w.addresses {
		if a.method != http.MethodGet || strings.HasSuffix(a.path, "/events") || strings.HasSuffix(a.path, "/live") || strings.Contains(a.path, "*") {
			continue
		}
		who := w.own.people["owner"]
		ask := func(path string) {
			sent++
			if got := w.ask("GET", path, "", who.header, who.value); got.status >= 500 {
				t.Errorf("%s: %d %.200s", path, got.status, got.body)
			}
		}
		for i, bad := range injections {
			if !soak() && i%4 != len(a.path)%4 {
				continue // another route gets it
			}
			for _, name := range a.names() {
				ids := map[string]string{}
				for n, id := range w.own.ids {
					ids[n] = id
				}
				ids[name] = bad
				ask(a.fill(ids))
			}
			query := url.Values{}
			for _, name := range filters {
				query.Set(name, bad)
			}
			ask(a.fill(w.own.ids) + "?" + query.Encode())
			one := filters[i%len(filters)]
			ask(a.fill(w.own.ids) + "?" + url.Values{one: {bad}}.Encode())
		}
	}
	if sent < 1500 {
		t.Errorf("only %d questions were asked", sent)
	}
	if rows := w.table("people"); !strings.Contains(rows, "Mia") {
		t.Error("the people are gone")
	}
}

// filters are what addresses may hold after their question mark.
var filters = []string{
	"status", "kind", "table", "cause", "trust", "verdict", "from", "to", "words", "q", "after", "limit", "by", "size", "format", "layout", "language", "lang", "f",
	"did", "r", "done", "next", "opened", "follow_up", "sort", "order", "id", "frame", "paper",
}
