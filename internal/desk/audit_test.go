package desk_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

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
