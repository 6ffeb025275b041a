package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"makeright/internal/config"
)

// T20, T24: every route of the program, asked by everybody of one organisation
// for the other's ids, for the other's inside one's own venue, and for ids of
// nobody: no answer tells the other's from nobody's, and none of them succeeds.
func TestThreat_TenantsAreApart(t *testing.T) {
	w := newWalls(t)
	before := w.rows()
	checked := 0
	for _, a := range w.addresses {
		if !slices.ContainsFunc(a.names(), func(n string) bool {
			return n != "token" && n != "code" && n != "short" && n != "file" || n == "file" && strings.Contains(a.path, ":venue")
		}) {
			continue // no id of an organisation stands in it: what opens it is the right itself
		}
		for _, name := range slices.Sorted(maps.Keys(w.own.people)) {
			checked++
			w.apart(a, w.own.people[name], w.their.ids, absent())
			if len(a.names()) > 1 {
				theirs, nobodys := maps.Clone(w.their.ids), absent()
				theirs["venue"], nobodys["venue"] = w.own.venue, w.own.venue
				w.apart(a, w.own.people[name], theirs, nobodys)
			}
		}
	}
	if checked < 500 {
		t.Errorf("only %d pairs of route and caller", checked)
	}
	for _, table := range changed(before, w.rows()) {
		if table != "audit" {
			t.Errorf("%s changed", table)
		}
	}
}

// apart compares the answers to somebody else's ids and to ids of nobody.
func (w *walls) apart(a address, c caller, theirs, nobodys map[string]string) {
	w.t.Helper()
	one, two := w.askFor(a, c, theirs), w.askFor(a, c, nobodys)
	if one != two {
		w.t.Errorf("%s by %s: somebody else's can be told from nobody's:\n%.1500s\n%.1500s", a, c.name, one, two)
	}
	if one[0] == '2' || strings.Contains(one, "Canary") {
		w.t.Errorf("%s by %s: somebody else's is answered:\n%.1500s", a, c.name, one)
	}
	status := one[:3]
	if want := "404"; c.name != "nobody" && status != want && status != "403" && status != "401" && !strings.Contains(one, "/sign-in") {
		w.t.Errorf("%s by %s: somebody else's is answered with %s, want %s", a, c.name, status, want)
	}
}

// askFor asks a route for ids and writes the whole answer down, each id by its
// name.
func (w *walls) askFor(a address, c caller, ids map[string]string) string {
	w.t.Helper()
	body, kind := "", ""
	if a.writes() {
		body, kind = a.body(w.t, ids)
	}
	got := w.ask(a.method, a.fill(ids), body, c.header, c.value, "Content-Type", kind, "Accept", "application/json, text/html")
	got.header.Del("Date")
	text := fmt.Sprintf("%d %v\n%s", got.status, got.header, got.body)
	for _, name := range a.names() {
		text = strings.ReplaceAll(text, ids[name], ":"+name)
	}
	return text
}

// T20: ids of another organisation inside a form that is otherwise one's own.
func TestThreat_ForeignIDsInForms(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	owner, before := w.own.people["owner"], w.rows()
	for path, form := range map[string]string{
		"/board/:venue/new":              "table=%[1]s&rating=2&language=en&words=x",
		"/board/:venue/visits":           "table=%[1]s",
		"/board/:venue/reports/:id/hand": "person=%[2]s",
		"/R/:token/table":                "table=%[1]s",
	} {
		ids := w.own.ids
		post := func(table, person string) string {
			got := w.ask("POST", address{"POST", path}.fill(ids), fmt.Sprintf(form, table, person), owner.header, owner.value,
				"Content-Type", "application/x-www-form-urlencoded")
			text := strings.NewReplacer(table, ":table", person, ":person").Replace(keyless(string(got.body)))
			return fmt.Sprint(got.status, text)
		}
		nobody := absent()
		theirs, nobodys := post(w.their.ids["table"], w.their.ids["person"]), post(nobody["table"], nobody["person"])
		if theirs != nobodys || theirs[0] != '4' {
			t.Errorf("%s: somebody else's answers %.300s\nnobody's answers %.300s", path, theirs, nobodys)
		}
	}
	if names := changed(before, w.rows()); len(names) > 0 {
		t.Errorf("%v changed", names)
	}
}

// keyless leaves out what is new in every form.
func keyless(page string) string {
	before, rest, found := strings.Cut(page, `name="key" value="`)
	if !found {
		return page
	}
	_, rest, _ = strings.Cut(rest, `"`)
	return before + keyless(rest)
}
