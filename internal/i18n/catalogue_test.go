package i18n

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var (
	keyForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	placeholder = regexp.MustCompile(`{{\.([A-Z][A-Za-z]*)}}`)
)

func catalogues(t *testing.T) map[string]map[string]text {
	t.Helper()
	all, err := readAll(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryKeyIsInEveryLanguage(t *testing.T) {
	all := catalogues(t)
	for tag, texts := range all {
		for key := range all[English] {
			if _, ok := texts[key]; !ok {
				t.Errorf("%s lacks %s", tag, key)
			}
		}
		for key := range texts {
			if _, ok := all[English][key]; !ok {
				t.Errorf("%s has %s, which English lacks", tag, key)
			}
		}
	}
}

func TestLanguagesSayTheSame(t *testing.T) {
	all := catalogues(t)
	for tag, texts := range all {
		numbers := numbersOf(tag)
		for key, own := range texts {
			for _, p := range differences(numbers, own, all[English][key]) {
				t.Errorf("%s %s: %s", tag, key, p)
			}
		}
	}
}

// differences lists what is wrong with a text measured against the English one.
func differences(numbers map[string]int, own, english text) []string {
	var out []string
	want := []string{"other"}
	if len(english.forms()) > 1 {
		want = slices.Sorted(maps.Keys(numbers))
	}
	if got := slices.Sorted(maps.Keys(own.forms())); !slices.Equal(got, want) {
		out = append(out, "has the plural forms "+strings.Join(got, ", ")+", want "+strings.Join(want, ", "))
	}
	for form, s := range own.forms() {
		got, names := placeholders(s), placeholders(english.Other)
		if len(want) > 1 && numbers[form] == 1 { // "a minute" needs no number
			got, names = withoutCount(got), withoutCount(names)
		}
		if !slices.Equal(got, names) {
			out = append(out, "form "+form+" has the placeholders "+strings.Join(got, ", ")+", want "+strings.Join(names, ", "))
		}
		if strings.Count(s, "*") != strings.Count(english.Other, "*") {
			out = append(out, "form "+form+" has another number of emphasis marks")
		}
	}
	return out
}

// numbersOf tells which plural forms whole numbers have in a language, and how
// many of the first thousand fall to each. It asks the library that the
// printers ask: another one may follow another edition of CLDR.
func numbersOf(tag string) map[string]int {
	bundle := goi18n.NewBundle(language.English)
	every := goi18n.Message{ID: "n", Zero: "zero", One: "one", Two: "two", Few: "few", Many: "many", Other: "other"}
	bundle.MustAddMessages(language.Make(tag), &every)
	l := goi18n.NewLocalizer(bundle, tag)
	out := map[string]int{}
	for n := range 1000 {
		out[l.MustLocalize(&goi18n.LocalizeConfig{MessageID: "n", PluralCount: n})]++
	}
	return out
}

func withoutCount(names []string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == "Count" })
}

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestDifferences_AreSeen(t *testing.T) {
	english := text{One: "{{.Count}} guest", Other: "{{.Count}} guests"}
	tests := map[string]struct {
		tag          string
		own, english text
		wrong        bool
	}{
		"the same":                {"de", text{One: "{{.Count}} Gast", Other: "{{.Count}} Gäste"}, english, false},
		"one without its number":  {"de", text{One: "Ein Gast", Other: "{{.Count}} Gäste"}, english, false},
		"many without its number": {"de", text{One: "Ein Gast", Other: "Gäste"}, english, true},
		"a form is missing":       {"ar", text{One: "ضيف", Other: "{{.Count}} ضيف"}, english, true},
		"a form too many":         {"de", text{One: "Ein Gast", Two: "Zwei", Other: "{{.Count}} Gäste"}, english, true},
		"Hebrew has a dual":       {"he", text{One: "אורח", Two: "שני אורחים", Other: "{{.Count}} אורחים"}, english, false},
		"Hindi counts none as 1":  {"hi", text{One: "एक मेहमान", Other: "{{.Count}} मेहमान"}, english, true},
		"one form is enough":      {"ja", text{Other: "{{.Count}} 名"}, english, false},
		"other placeholder":       {"de", text{Other: "Hallo {{.Nme}}"}, text{Other: "Hello {{.Name}}"}, true},
		"lost placeholder":        {"de", text{Other: "Hallo"}, text{Other: "Hello {{.Name}}"}, true},
		"lost emphasis":           {"de", text{Other: "Sehr gut"}, text{Other: "*Very* good"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := differences(numbersOf(tt.tag), tt.own, tt.english)
			if (len(got) > 0) != tt.wrong {
				t.Errorf("differences = %q, want any: %v", got, tt.wrong)
			}
		})
	}
}

func TestTextsAreClean(t *testing.T) {
	for tag, texts := range catalogues(t) {
		for key, own := range texts {
			if len(own.forms()) == 0 {
				t.Errorf("%s %s is empty", tag, key)
			}
			if !keyForm.MatchString(key) {
				t.Errorf("%s: %q is no dotted key", tag, key)
			}
			for _, s := range own.forms() {
				checkClean(t, tag+" "+key, s)
			}
			if strings.HasPrefix(key, "problem.") && strings.Contains(own.Other, "{{") {
				t.Errorf("%s %s takes values, but problems are keys alone", tag, key)
			}
		}
	}
}

func checkClean(t *testing.T, where, s string) {
	t.Helper()
	if strings.ContainsAny(s, "<>") || strings.Contains(s, "&amp;") {
		t.Errorf("%s holds markup: %q", where, s)
	}
	if strings.TrimSpace(s) != s {
		t.Errorf("%s has space around it: %q", where, s)
	}
	if strings.Count(s, "*")%2 != 0 {
		t.Errorf("%s has an emphasis mark without its partner: %q", where, s)
	}
	if strings.Contains(placeholder.ReplaceAllString(s, ""), "{{") {
		t.Errorf("%s holds more than plain placeholders: %q", where, s)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r >= '٠' && r <= '٩' || r >= '۰' && r <= '۹' }) {
		t.Errorf("%s has digits that are not Latin: %q", where, s)
	}
}

func TestKeysStandInTheirFile(t *testing.T) {
	names, err := fs.Glob(files, "catalogue/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]bool{}
	for _, name := range names {
		parts[strings.TrimSuffix(path.Base(name), ".json")] = true
	}
	for _, name := range names {
		seen := map[string]bool{}
		for _, key := range keysInOrder(t, name) {
			if seen[key] {
				t.Errorf("%s: %s stands there twice", name, key)
			}
			seen[key] = true
			part := strings.TrimSuffix(path.Base(name), ".json")
			first, _, _ := strings.Cut(key, ".")
			if first != part && (part != "common" || parts[first]) {
				t.Errorf("%s: %s belongs to another file", name, key)
			}
		}
	}
}

// keysInOrder reads the outer keys of a file, repeated ones too.
func keysInOrder(t *testing.T, name string) []string {
	t.Helper()
	data, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var keys []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("%s: %s: %v", name, key, err)
		}
	}
	return keys
}

func TestLanguages(t *testing.T) {
	all := Languages()
	var tags []string
	for _, l := range all {
		tags = append(tags, l.Tag)
	}
	if want := "en ar de es fr he hi it ja ko nl pl pt tr zh"; strings.Join(tags, " ") != want {
		t.Errorf("Languages() = %s, want %s", tags, want)
	}
	if !slices.Contains(all, Language{Tag: "ar", Name: "العربية", Dir: "rtl"}) {
		t.Errorf("Languages() = %v, want Arabic from right to left", all)
	}
	rightToLeft := []string{"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"}
	for _, l := range all {
		tag, err := language.Parse(l.Tag)
		if err != nil || tag.String() != l.Tag {
			t.Errorf("folder %q is no canonical language tag", l.Tag)
		}
		if want := display.Self.Name(tag); !strings.EqualFold(l.Name, want) {
			t.Errorf("%s calls itself %q, want %q", l.Tag, l.Name, want)
		}
		script, _ := tag.Script()
		want := "ltr"
		if slices.Contains(rightToLeft, script.String()) {
			want = "rtl"
		}
		if l.Dir != want {
			t.Errorf("%s runs %q, want %q", l.Tag, l.Dir, want)
		}
	}
}

func TestLoad_RefusesMistakes(t *testing.T) {
	tests := map[string]fstest.MapFS{
		"no JSON":      {"catalogue/en/guest.json": {Data: []byte(`{"guest.a": `)}},
		"unknown form": {"catalogue/en/guest.json": {Data: []byte(`{"guest.a": {"oen": "x", "other": "y"}}`)}},
		"key in two files": {
			"catalogue/en/guest.json": {Data: []byte(`{"guest.a": "x"}`)},
			"catalogue/en/staff.json": {Data: []byte(`{"guest.a": "x"}`)},
		},
	}
	for name, fsys := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := load(fsys); err == nil {
				t.Error("load() = nil, want an error")
			}
		})
	}
}

// In a sentence that runs from right to left the marks of an address would jump
// to its other end, unless it is isolated.
func TestAddressesAreIsolated(t *testing.T) {
	address := regexp.MustCompile("(.?)[a-z]+://(.?)")
	for _, l := range Languages() {
		for key, own := range catalogues(t)[l.Tag] {
			for _, m := range address.FindAllStringSubmatch(own.Other, -1) {
				if l.Dir == "rtl" && (m[1] != "\u2066" || m[2] != "\u2069") {
					t.Errorf("%s %s: %q stands open", l.Tag, key, m[0])
				}
			}
		}
	}
}

// After an Arabic letter a hyphen between digits runs from right to left, and a
// day or a range to type stands there backwards, unless it is isolated.
func TestDaysAndRangesAreIsolated(t *testing.T) {
	isolated, joined := regexp.MustCompile("\u2066[^\u2069]*\u2069"), regexp.MustCompile("[0-9]-[0-9]")
	for _, l := range Languages() {
		if l.Dir != "rtl" {
			continue
		}
		for key, own := range catalogues(t)[l.Tag] {
			for _, s := range own.forms() {
				if joined.MatchString(isolated.ReplaceAllString(s, "")) {
					t.Errorf("%s %s: a day or a range stands open: %q", l.Tag, key, s)
				}
			}
		}
	}
}
