package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A venue moves to another installation by the shell alone.
func TestExportImport(t *testing.T) {
	from, to, folder := newShell(t), newShell(t), t.TempDir()
	file := filepath.Join(folder, "venue.json")
	if _, errs, code := from.run(t.Context(), "export", file); code != 1 || !strings.Contains(errs, "set up") {
		t.Errorf("on an empty database: %d, %s", code, errs)
	}
	from.must("demo")
	if out := from.must("export", file, "--venue", "Trattoria Demo"); out != file+"\n" {
		t.Errorf("prints %q", out)
	}
	if _, errs, code := from.run(t.Context(), "export", file); code != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("over a file: %d, %s", code, errs)
	}
	if out := from.must("import", file); out != "Nothing changes.\n" {
		t.Errorf("into itself: %q", out)
	}

	if _, errs, code := to.run(t.Context(), "import", file); code != 1 || !strings.Contains(errs, "set up") {
		t.Errorf("into nothing: %d, %s", code, errs)
	}
	to.must("person", "add", "--name", "Ines Ferrari", "--email", "ines@demo.example")
	dry := to.must("import", "--dry-run", file)
	for _, line := range []string{"+ venue Trattoria Demo\n", "+ table 12: Terrace\n", "+ person Maria Rossi: staff\n", "dry run"} {
		if !strings.Contains(dry, line) {
			t.Errorf("a dry run lacks %q: %s", line, dry)
		}
	}
	if _, _, code := to.run(t.Context(), "export", "-"); code != 2 {
		t.Errorf("after a dry run there is a venue: %d", code)
	}
	done := to.must("import", file)
	if strings.Count(done, "https://feedback.example/join/") != 2 || !strings.Contains(done, "maria@demo.example https://") {
		t.Errorf("everybody new needs a link: %s", done)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := to.must("export", "-"); got != string(want) {
		t.Errorf("elsewhere it is another:\n%s\nwas\n%s", got, want)
	}
}

// The example of the manual is a file that can be read in, and is all of it.
func TestImport_TheManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/venue-file.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manual), "```json\n")
	text, _, _ = strings.Cut(text, "```")
	file := filepath.Join(t.TempDir(), "venue.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newShell(t)
	s.must("demo")
	done := s.must("import", file)
	for _, line := range []string{"+ venue Osteria Nord\n", "+ table T1: Terrace\n", "+ table Bar\n", "+ person Marta Klein: manager\n"} {
		if !strings.Contains(done, line) {
			t.Errorf("lacks %q: %s", line, done)
		}
	}
	if out := s.must("import", file); out != "Nothing changes.\n" {
		t.Errorf("again: %s", out)
	}
	out := s.must("export", "-", "--venue", "Osteria Nord")
	for line := range strings.Lines(out) {
		if name, _, is := strings.Cut(strings.TrimSpace(line), `": `); is && !strings.Contains(text, name+`"`) && name != `"everywhere` {
			t.Errorf("the manual does not show %s", name)
		}
	}
}

func TestImport_SaysWhatIsWrong(t *testing.T) {
	s := newShell(t)
	s.must("demo")
	head := `{"format": "makeright venue", "version": 1, `
	for name, tt := range map[string]struct {
		text string
		args []string
		says []string
	}{
		"no JSON":        {"tables: 1-12", nil, []string{"1:2: "}},
		"ten megabytes":  {strings.Repeat(" ", 10<<20), nil, []string{"file: "}},
		"two things":     {head + `"tables": [{"name": "1"}, {"name": "1"}], "people": [{"name": "Ida", "role": "king"}]}`, nil, []string{"people.0.role: ", "tables.1.name: "}},
		"which venue":    {head + `"tables": [{"name": "1"}]}`, nil, []string{"venue.name: "}},
		"no such venue":  {head + `"tables": [{"name": "1"}]}`, []string{"--venue", "Elsewhere"}, []string{"venue: "}},
		"a second owner": {head + `"people": [{"name": "Ida", "role": "staff", "areas": ["Cellar"]}]}`, []string{"--venue", "Trattoria Demo"}, []string{"people.0.areas: "}},
	} {
		file := filepath.Join(t.TempDir(), "venue.json")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := s.run(t.Context(), append([]string{"import", file}, tt.args...)...)
		if code != 2 || out != "" {
			t.Errorf("%s: ended with %d, %s", name, code, out)
		}
		for _, says := range tt.says {
			if _, sentence, ok := strings.Cut(errs, says); !ok || strings.HasPrefix(sentence, "file.") {
				t.Errorf("%s: does not say %q: %s", name, says, errs)
			}
		}
	}
	if _, errs, code := s.run(t.Context(), "import", "nowhere.json"); code != 1 || !strings.Contains(errs, "nowhere.json") {
		t.Errorf("no file: %d, %s", code, errs)
	}
}
