package i18n

import (
	"slices"
	"sync"
	"testing"
	"testing/fstest"
)

// small is a house with few sentences, so that tests read without the real ones.
func small(t *testing.T) map[string]*Printer {
	t.Helper()
	h, err := load(fstest.MapFS{
		"catalogue/en/a.json": {Data: []byte(`{
			"language.dir": "ltr",
			"a.plain": "Hello",
			"a.name": "{{.Name}} is *on the way*",
			"a.count": {"one": "{{.Count}} table at {{.Where}}", "other": "{{.Count}} tables at {{.Where}}"},
			"a.english": {"one": "{{.Count}} cup", "other": "{{.Count}} cups"},
			"a.english_plain": "Only here"}`)},
		"catalogue/ar/a.json": {Data: []byte(`{
			"language.dir": "rtl",
			"a.plain": "مرحبا",
			"a.name": "{{.Name}} *في الطريق*",
			"a.count": {"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many", "other": "other"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h.printers
}

func TestPrinter_T(t *testing.T) {
	tests := map[string]struct {
		lang, key string
		args      []any
		want      string
	}{
		"plain":                      {"en", "a.plain", nil, "Hello"},
		"plain, args not asked for":  {"en", "a.plain", []any{"Max", 3}, "Hello"},
		"a name":                     {"en", "a.name", []any{"Name", "Maria"}, "Maria is on the way"},
		"a name with asterisks":      {"en", "a.name", []any{"Name", "*M*"}, "*M* is on the way"},
		"a name from right to left":  {"en", "a.name", []any{"Name", "ماريا"}, "\u2068ماريا\u2069 is on the way"},
		"a name from left to right":  {"ar", "a.name", []any{"Name", "Maria"}, "\u2068Maria\u2069 في الطريق"},
		"a table number is not":      {"ar", "a.name", []any{"Name", "12"}, "12 في الطريق"},
		"an address stays bare":      {"ar", "a.name", []any{"Name", "https://a.example"}, "https://a.example في الطريق"},
		"singular":                   {"en", "a.count", []any{"Count", 1, "Where", "bar"}, "1 table at bar"},
		"plural, grouped":            {"en", "a.count", []any{"Where", "bar", "Count", 1200}, "1,200 tables at bar"},
		"from English":               {"ar", "a.english_plain", nil, "Only here"},
		"from English by its plural": {"ar", "a.english", []any{"Count", 2}, "2 cups"},
		"no such key":                {"en", "a.nothing", nil, "⟦a.nothing⟧"},
		"a value is missing":         {"en", "a.name", nil, "⟦a.name⟧"},
		"a name without value":       {"en", "a.name", []any{"Name"}, "⟦a.name⟧"},
		"a value without name":       {"en", "a.name", []any{1, "Maria"}, "⟦a.name⟧"},
		"a count that is no number":  {"en", "a.count", []any{"Count", "x", "Where", "bar"}, "⟦a.count⟧"},
	}
	printers := small(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := printers[tt.lang].T(tt.key, tt.args...); got != tt.want {
				t.Errorf("T(%q, %v) = %q, want %q", tt.key, tt.args, got, tt.want)
			}
		})
	}
}

func TestPrinter_T_ArabicHasSixForms(t *testing.T) {
	p := small(t)["ar"]
	for n, want := range map[int]string{
		0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many", 100: "other", 102: "other", 103: "few",
	} {
		if got := p.T("a.count", "Count", n); got != want {
			t.Errorf("%d tables: got form %q, want %q", n, got, want)
		}
	}
}

func TestPrinter_Parts(t *testing.T) {
	p := small(t)["en"]
	tests := map[string]struct {
		key  string
		args []any
		want []Part
	}{
		"emphasis at the end": {"a.name", []any{"Name", "Maria"}, []Part{{"Maria is ", false}, {"on the way", true}}},
		"asterisks in values": {"a.name", []any{"Name", "a*b"}, []Part{{"a*b is ", false}, {"on the way", true}}},
		"no emphasis":         {"a.plain", nil, []Part{{"Hello", false}}},
		"no such key":         {"a.nothing", nil, []Part{{"⟦a.nothing⟧", false}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := p.Parts(tt.key, tt.args...); !slices.Equal(got, tt.want) {
				t.Errorf("Parts(%q) = %v, want %v", tt.key, got, tt.want)
			}
		})
	}
}

func TestFor(t *testing.T) {
	for asked, want := range map[string]string{
		"ar": "ar", "de": "de", "de-AT": "de", "en-GB": "en", "tlh": "en", "": "en", "../x": "en",
	} {
		if got := For(asked).Lang(); got != want {
			t.Errorf("For(%q) is %q, want %q", asked, got, want)
		}
	}
	if got := For("ar").Dir(); got != "rtl" {
		t.Errorf("Arabic runs %q, want rtl", got)
	}
	if first, second := For("de"), For("de"); first != second {
		t.Error("For made a second printer of the same language")
	}
}

func TestPrinter_ManyAtOnce(t *testing.T) {
	want := For("de").Minutes(3)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 100 {
				if got := For("de").Minutes(3); got != want {
					t.Errorf("Minutes(3) = %q, want %q", got, want)
					return
				}
			}
		})
	}
	work.Wait()
}

func BenchmarkPrinter_T(b *testing.B) {
	p := For("ar")
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			p.T("cause.cold")
		}
	})
	b.Run("plural", func(b *testing.B) {
		for b.Loop() {
			p.Minutes(3)
		}
	})
}
