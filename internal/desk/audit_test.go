package desk_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// What an owner reads in the list of changes is a sentence, never the word that
// programs use: every action that the desk notes has one. That a sentence is in
// every language is seen in i18n.
func TestAudit_EveryActionHasWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	action, sentences := regexp.MustCompile(`"([a-z_]+\.[a-z_]+)"`), sentences(t)
	unknown := func(key string) bool { return !sentences[key] }
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(source), "feedback.CodesPrinted", strconv.Quote(feedback.CodesPrinted))
		for line := range strings.Lines(text) {
			if strings.Contains(line, "d.audit(") && !action.MatchString(line) && !strings.Contains(line, ", action, ") {
				t.Errorf("%s: this test does not see what is noted by %s", name, strings.TrimSpace(line))
			}
		}
		for _, m := range action.FindAllStringSubmatch(text, -1) {
			// A sentence of its own is no action.
			if unknown(m[1]) && unknown("owner.audit."+m[1]) {
				t.Errorf("%s notes %q, which has no words", name, m[1])
			}
		}
	}
}

// Who sets the house up is noted: tables and tablets as well, what of them and by whom;
// what is refused or changes nothing is not.
func TestAudit_OfTablesAndTablets(t *testing.T) {
	h := newHouse(t)
	last := func() (all []string) {
		t.Helper()
		log, err := h.s.Org(h.owner).Audit(t.Context(), "", 100)
		must(t, err)
		for _, a := range log {
			line := a.ByName + " " + a.Action
			for _, name := range slices.Sorted(maps.Keys(a.Detail)) {
				line += " " + name + "=" + a.Detail[name]
			}
			all = append(all, line)
		}
		slices.Reverse(all) // oldest first
		return all
	}
	was := len(last())
	ids, err := h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "Bar 1", Area: "Bar"}, {Name: "Bar 2", Area: "Bar"}})
	must(t, err)
	must(t, h.ChangeTable(t.Context(), h.manager, h.venue.ID, ids[0], desk.NewTable{Name: "Garden 1", Area: "Garden"}))
	wantErr(t, "a waiter changes a table", h.ChangeTable(t.Context(), h.waiter, h.venue.ID, ids[0], desk.NewTable{Name: "Mine"}), feedback.ErrForbidden)
	wantProblem(t, "a name that is taken", h.ChangeTable(t.Context(), h.owner, h.venue.ID, ids[0], desk.NewTable{Name: "Bar 2"}), "name")
	for range 2 { // the second finds nothing to do
		must(t, h.RemoveTable(t.Context(), h.owner, h.venue.ID, ids[1]))
	}
	tablet, err := h.PairDevice(t.Context(), h.manager, h.venue.ID, "Pass")
	must(t, err)
	must(t, h.Unpair(t.Context(), h.owner, h.venue.ID, desk.Hash(tablet.Token)))
	wantErr(t, "a tablet that is not there", h.Unpair(t.Context(), h.owner, h.venue.ID, "nobody"), feedback.ErrNotFound)
	owner, manager := h.named(t, h.owner), h.named(t, h.manager)
	want := []string{
		owner + " table.added number=2 table=Bar 1", manager + " table.changed area=changed name=changed table=Bar 1",
		owner + " table.removed table=Bar 2", manager + " tablet.paired tablet=Pass", owner + " tablet.unpaired tablet=Pass",
	}
	if got := last()[was:]; !slices.Equal(got, want) {
		t.Errorf("noted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// named is what somebody is called.
func (h *house) named(t *testing.T, who feedback.Actor) string {
	t.Helper()
	people, err := h.s.Org(h.owner).People(t.Context())
	must(t, err)
	for _, p := range people {
		if p.ID == who.Person {
			return p.Name
		}
	}
	t.Fatalf("nobody is %s", who.Person)
	return ""
}

// sentences are the keys of all there are.
func sentences(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("../i18n/catalogue/en/*.json")
	must(t, err)
	keys := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		must(t, err)
		var part map[string]json.RawMessage
		must(t, json.Unmarshal(text, &part))
		for key := range part {
			keys[key] = true
		}
	}
	return keys
}
