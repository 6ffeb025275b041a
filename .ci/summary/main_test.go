package main

import (
	"io"
	"strings"
	"testing"
)

const good = `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":1.5}
`

const failing = `{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Test":"TestB","Output":"want 1\n"}
{"Action":"fail","Package":"q","Test":"TestB/sub"}
{"Action":"fail","Package":"q","Test":"TestB"}
{"Action":"fail","Package":"q"}
`

func TestSummary(t *testing.T) {
	tests := map[string]struct {
		in    string
		shows []string
		hides string
		fine  bool // on a desk
		ci    bool // fine in CI
	}{
		"all well": {
			in: good, shows: []string{"ok  \tp\t1.500s\n", "\n1 passed, 0 failed, 0 skipped\n"}, hides: "chatter", fine: true, ci: true,
		},
		"a test fails": {
			in: good + `{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Test":"TestB","Output":"want 1\n"}
{"Action":"fail","Package":"q","Test":"TestB"}
{"Action":"output","Package":"q","Output":"FAIL\n"}
{"Action":"fail","Package":"q"}
`,
			shows: []string{"want 1\n", "FAIL\tq\t", "1 passed, 1 failed, 0 skipped\n"},
		},
		"a test fails, and passes alone": {
			in: "== SQLite\n" + failing + "again\n" + good + `{"Action":"pass","Package":"q","Test":"TestB"}
{"Action":"pass","Package":"q","Test":"TestB/sub"}
`,
			shows: []string{"want 1\n", "at a second try", "  q TestB\n", "3 passed, 0 failed, 0 skipped\n"}, fine: true, ci: true,
		},
		"a test fails twice": {
			in: "== SQLite\n" + good + failing + "again\n" + failing, shows: []string{"1 passed, 2 failed, 0 skipped\n"}, hides: "second try",
		},
		"a test fails in one suite and passes in the next": {
			in:    "== SQLite\n" + failing + "again\n" + failing + "== PostgreSQL\n" + `{"Action":"pass","Package":"q","Test":"TestB"}` + "\n",
			shows: []string{"1 passed, 2 failed, 0 skipped\n"}, hides: "second try",
		},
		"a package does not build": {
			in: good + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: undefined: x\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"start","Package":"q"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
`,
			shows: []string{"undefined: x", "1 passed, 1 failed, 0 skipped\n"},
		},
		"a package breaks off": {
			in:    good + `{"Action":"start","Package":"q"}` + "\n",
			shows: []string{"FAIL\tq\tbroke off\n", "1 passed, 1 failed, 0 skipped\n"},
		},
		"a leak after the tests": {
			in: good + `{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Output":"goleak: found one\n"}
{"Action":"fail","Package":"q"}
`,
			shows: []string{"goleak: found one\n", "1 passed, 1 failed, 0 skipped\n"},
		},
		"a test is skipped": {
			in: good + `{"Action":"output","Package":"q","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"q","Test":"TestB","Output":"    q_test.go:9: no browser here\n"}
{"Action":"output","Package":"q","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"q","Test":"TestB"}
`,
			shows: []string{"  q TestB: q_test.go:9: no browser here\n", "1 passed, 0 failed, 1 skipped\n"}, fine: true, ci: true,
		},
		"skipped in one run, passed in the other": {
			in:    good + `{"Action":"skip","Package":"p","Test":"TestA"}` + "\n",
			shows: []string{"1 passed, 0 failed, 0 skipped\n"}, hides: "Not tested", fine: true, ci: true,
		},
		"something could not be tested": {
			in: good + "not tested: PostgreSQL\n", shows: []string{"Not tested:\n  PostgreSQL\n"}, fine: true,
		},
		"nothing was tested": {in: "go: no such module\n", shows: []string{"go: no such module\n", "0 passed, 0 failed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for ci, want := range map[bool]bool{false: tt.fine, true: tt.ci} {
				var out strings.Builder
				s := newSummary(&out)
				if err := s.read(strings.NewReader(tt.in)); err != nil {
					t.Fatal(err)
				}
				if got := s.end(ci); got != want {
					t.Errorf("end(ci: %v) = %v, want %v", ci, got, want)
				}
				for _, show := range tt.shows {
					if !strings.Contains(out.String(), show) {
						t.Errorf("%q is not in:\n%s", show, out.String())
					}
				}
				if tt.hides != "" && strings.Contains(out.String(), tt.hides) {
					t.Errorf("%q is in:\n%s", tt.hides, out.String())
				}
			}
		})
	}
}

// Only a few tests that failed by themselves are tried again.
func TestWorthATry(t *testing.T) {
	for in, want := range map[string]string{
		good:           "",
		good + failing: "q TestB\n",
		failing + `{"Action":"fail","Package":"r"}` + "\n":                                                                              "",
		failing + `{"Action":"start","Package":"r"}` + "\n":                                                                             "",
		failing + strings.ReplaceAll(failing, "TestB", "TestC"):                                                                         "q TestB\nq TestC\n",
		failing + strings.ReplaceAll(failing, "TestB", "TestC") + strings.ReplaceAll(failing, "TestB", "TestD"):                         "q TestB\nq TestC\nq TestD\n",
		failing + strings.ReplaceAll(failing, "q", "p") + strings.ReplaceAll(failing, "q", "r") + strings.ReplaceAll(failing, "q", "s"): "",
	} {
		s := newSummary(io.Discard)
		if err := s.read(strings.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		if got := s.worthATry(); got != want {
			t.Errorf("of %s: %q, want %q", in, got, want)
		}
	}
}
