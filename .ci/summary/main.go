// Summary reads what go test -json writes, prints a line for each package, all
// of what failed and why something was skipped, and ends with the totals. Other
// lines are passed on; one that begins with "not tested: " comes back at the
// end, and is a failure when CI is true. After the line "again" come tests that
// failed and are run a second time, alone: those that pass then are no failures,
// and are named at the end. With -failed it only prints those tests, a line each
// with their package, or nothing when a second try would say nothing.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-failed" {
		s := newSummary(io.Discard)
		if s.read(os.Stdin) == nil {
			fmt.Print(s.worthATry())
		}
		return
	}
	s := newSummary(os.Stdout)
	err := s.read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
	}
	if !s.end(os.Getenv("CI") == "true") || err != nil {
		os.Exit(1)
	}
}

// event is one line of go test -json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// id names a test, or with no test its package.
type id struct{ pkg, test string }

type summary struct {
	out       io.Writer
	said      map[id][]string // output of what has not ended yet
	open      map[string]bool // packages that have begun and not ended
	failing   map[string]bool // packages in which a test has failed
	passed    int
	failed    int
	broken    map[id]bool   // tests of this suite that failed
	again     bool          // this is their second try
	shaky     []id          // failed, then passed
	did       map[id]bool   // passed in one of the runs
	skipped   map[id]string // and why
	notTested []string
}

func newSummary(out io.Writer) *summary {
	return &summary{
		out: out, said: map[id][]string{}, open: map[string]bool{}, failing: map[string]bool{}, broken: map[id]bool{},
		did: map[id]bool{}, skipped: map[id]string{},
	}
}

// read takes in all of r.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err == nil && e.Action != "" {
		s.event(e)
		return
	}
	if what, ok := strings.CutPrefix(line, "not tested: "); ok {
		s.notTested = append(s.notTested, strings.TrimSpace(what))
		return
	}
	switch {
	case line == "again\n":
		s.again = true
	case strings.HasPrefix(line, "== "): // another suite
		s.again = false
		clear(s.broken)
	}
	fmt.Fprint(s.out, line)
}

func (s *summary) event(e event) {
	at := id{e.Package, e.Test}
	switch e.Action {
	case "start":
		s.open[e.Package] = true
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		s.said[at] = append(s.said[at], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(e.Action, at)
		}
		delete(s.said, at)
	}
}

func (s *summary) endTest(how string, at id) {
	switch how {
	case "pass":
		s.passed++
		s.did[at] = true
		if s.again && s.broken[at] {
			delete(s.broken, at)
			s.failed--
			s.shaky = append(s.shaky, at)
		}
	case "skip":
		s.skipped[at] = reason(s.said[at])
	case "fail":
		if !s.broken[at] {
			s.failed++
		}
		s.broken[at] = true
		s.failing[at.pkg] = true
		fmt.Fprint(s.out, strings.Join(s.said[at], ""))
	}
}

func (s *summary) endPackage(e event) {
	delete(s.open, e.Package)
	switch e.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok  \t%s\t%.3fs\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(s.out, "?   \t%s\t[no test files]\n", e.Package)
	case "fail":
		if !s.failing[e.Package] { // it did not build, or ended by itself
			s.failed++
			fmt.Fprint(s.out, strings.Join(s.said[id{pkg: e.Package}], ""))
		}
		delete(s.failing, e.Package)
		fmt.Fprintf(s.out, "FAIL\t%s\t%.3fs\n", e.Package, e.Elapsed)
	}
}

// worthATry lists the tests that failed, a line each, when they are few and all
// that failed: what breaks many, or a package as a whole, is not chance.
func (s *summary) worthATry() string {
	var lines []string
	for at := range s.broken {
		if !strings.Contains(at.test, "/") {
			lines = append(lines, at.pkg+" "+at.test+"\n")
		}
	}
	if len(lines) > 3 || s.failed != len(s.broken) || len(s.open) > 0 {
		return ""
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// reason is the last thing that a skipped test said.
func reason(said []string) string {
	for _, line := range slices.Backward(said) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			return line
		}
	}
	return "no reason given"
}

// end prints the totals and reports whether all is well.
func (s *summary) end(ci bool) bool {
	for _, pkg := range slices.Sorted(maps.Keys(s.open)) {
		s.failed++
		fmt.Fprintf(s.out, "FAIL\t%s\tbroke off\n", pkg)
	}
	maps.DeleteFunc(s.skipped, func(at id, _ string) bool { return s.did[at] })
	if len(s.shaky) > 0 {
		fmt.Fprintln(s.out, "\nFailed, and passed alone at a second try; each is a mistake in the test or in what it tests:")
		for _, at := range s.shaky {
			fmt.Fprintf(s.out, "  %s %s\n", at.pkg, at.test)
		}
	}
	s.printNotTested()
	if ci && len(s.notTested) > 0 {
		fmt.Fprintln(s.out, "CI is true, so this is a failure.")
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	return s.failed == 0 && s.passed > 0 && !(ci && len(s.notTested) > 0)
}

func (s *summary) printNotTested() {
	if len(s.notTested)+len(s.skipped) == 0 {
		return
	}
	fmt.Fprintln(s.out, "\nNot tested:")
	for _, what := range s.notTested {
		fmt.Fprintln(s.out, "  "+what)
	}
	byName := func(a, b id) int { return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.test, b.test)) }
	for _, at := range slices.SortedFunc(maps.Keys(s.skipped), byName) {
		fmt.Fprintf(s.out, "  %s %s: %s\n", at.pkg, at.test, s.skipped[at])
	}
	fmt.Fprintln(s.out)
}
