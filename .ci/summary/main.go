// Summary reads what go test -json writes, prints a line for each package, all
// of what failed and why something was skipped, and ends with the totals. Other
// lines are passed on; one that begins with "not tested: " comes back at the
// end, and is a failure when CI is true.
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
	did       map[id]bool   // passed in one of the runs
	skipped   map[id]string // and why
	notTested []string
}

func newSummary(out io.Writer) *summary {
	return &summary{
		out: out, said: map[id][]string{}, open: map[string]bool{}, failing: map[string]bool{},
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
	case "skip":
		s.skipped[at] = reason(s.said[at])
	case "fail":
		s.failed++
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
