package i18n

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A mention is a quoted key in the source. Keys that are put together at run
// time are named by a comment with their prefix:
//
//	// i18n: cause.*, status.*
var (
	quoted      = regexp.MustCompile("[\"'`]([a-z][a-z0-9_]*(?:\\.[a-z0-9_]+)+)[\"'`]")
	prefixes    = regexp.MustCompile(`(?://|/\*|<!--)\s*i18n:(.*)`)
	prefix      = regexp.MustCompile(`([a-z0-9_]+(?:\.[a-z0-9_]+)*)\.\*`)
	blockName   = regexp.MustCompile(`{{-?\s*(?:define|template|block)\s+"[^"]*"`)
	sourceFiles = []string{".go", ".html", ".js", ".ts"}
	fileNames   = []string{
		".go", ".html", ".js", ".ts", ".css", ".json", ".svg", ".png", ".ico", ".pdf", ".csv", ".xlsx",
		".sql", ".txt", ".xml", ".yaml", ".webmanifest",
	}
)

// mentions collects what the source names: whole keys and prefixes, each with
// the file that names it.
type mentions struct {
	keys, prefixes map[string]string
}

func findMentions(fsys fs.FS) (mentions, error) {
	m := mentions{keys: map[string]string{}, prefixes: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && !ours(name) {
			return fs.SkipDir
		}
		if d.IsDir() || !slices.Contains(sourceFiles, path.Ext(name)) || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		m.read(name, string(data))
		return nil
	})
	return m, err
}

// ours tells the folders that hold the product's source.
func ours(dir string) bool {
	top, _, _ := strings.Cut(dir, "/")
	return slices.Contains([]string{".", "internal", "cmd", "static"}, top) && path.Base(dir) != "testdata"
}

func (m mentions) read(name, source string) {
	source = blockName.ReplaceAllString(source, "")
	for _, found := range quoted.FindAllStringSubmatch(source, -1) {
		if !slices.Contains(fileNames, path.Ext(found[1])) {
			m.keys[found[1]] = name
		}
	}
	for _, line := range prefixes.FindAllStringSubmatch(source, -1) {
		for _, found := range prefix.FindAllStringSubmatch(line[1], -1) {
			m.prefixes[found[1]+"."] = name
		}
	}
}

// covers says whether a key is mentioned, itself or by a prefix.
func (m mentions) covers(key string) bool {
	if _, ok := m.keys[key]; ok {
		return true
	}
	for p := range m.prefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// missing lists what is mentioned and stands in no catalogue: prefixes without
// a key, and keys whose first part other keys have.
func (m mentions) missing(keys []string) []string {
	first := map[string]bool{}
	for _, k := range keys {
		part, _, _ := strings.Cut(k, ".")
		first[part] = true
	}
	var out []string
	for k, name := range m.keys {
		if part, _, _ := strings.Cut(k, "."); first[part] && !slices.Contains(keys, k) {
			out = append(out, name+": "+k)
		}
	}
	for p, name := range m.prefixes {
		if !slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, p) }) {
			out = append(out, name+": "+p+"*")
		}
	}
	slices.Sort(out)
	return out
}

// source reads the whole module.
func source(t *testing.T) (mentions, []string) {
	t.Helper()
	m, err := findMentions(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return m, slices.Sorted(maps.Keys(catalogues(t)[English]))
}

func TestNoKeyIsUnused(t *testing.T) {
	m, keys := source(t)
	for _, k := range keys {
		if !m.covers(k) {
			t.Errorf("nothing mentions %s", k)
		}
	}
}

func TestEveryMentionedKeyExists(t *testing.T) {
	m, keys := source(t)
	for _, what := range m.missing(keys) {
		t.Errorf("%s is in no catalogue", what)
	}
}

func TestFindMentions(t *testing.T) {
	m, err := findMentions(fstest.MapFS{
		"internal/web/a.go":           {Data: []byte("p.T(\"guest.go\")\n// i18n: cause.*, status.*\np.T(\"cause.\" + c)")},
		"internal/web/a.html":         {Data: []byte(`{{template "guest.block"}}{{.T "guest.html_key"}}{{/* i18n: role.* */}}`)},
		"static/a.js":                 {Data: []byte(`t('guest.js_key'); load("guest.css")`)},
		"internal/web/a_test.go":      {Data: []byte(`"guest.test"`)},
		"internal/web/testdata/a.go":  {Data: []byte(`"guest.testdata"`)},
		"docs/a.html":                 {Data: []byte(`"guest.docs"`)},
		"internal/i18n/catalogue.txt": {Data: []byte(`"guest.text"`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(maps.Keys(m.keys)), []string{"guest.html_key", "guest.js_key"}
	if !slices.Equal(got, want) {
		t.Errorf("keys = %q, want %q (guest.go looks like a file)", got, want)
	}
	got, want = slices.Sorted(maps.Keys(m.prefixes)), []string{"cause.", "role.", "status."}
	if !slices.Equal(got, want) {
		t.Errorf("prefixes = %q, want %q", got, want)
	}
}

func TestMentions_Missing(t *testing.T) {
	m := mentions{
		keys:     map[string]string{"guest.there": "a", "guest.gone": "a", "report.created": "a"},
		prefixes: map[string]string{"cause.": "b", "nothing.": "b"},
	}
	got := m.missing([]string{"guest.there", "cause.cold"})
	if want := []string{"a: guest.gone", "b: nothing.*"}; !slices.Equal(got, want) {
		t.Errorf("missing = %q, want %q", got, want)
	}
	if m.covers("guest.other") || !m.covers("guest.there") || !m.covers("cause.cold") {
		t.Error("covers: want guest.there and cause.cold, not guest.other")
	}
}
