package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeScript is axe-core, which .ci/tools.sh fetches and keeps by its version.
var axeScript = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("bash", "-c", ". ../../.ci/tools.sh && cd ../.. && axe_js").Output()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile("../../" + strings.TrimSpace(string(path)))
	return string(text), err
})

// needAxe skips a test where axe-core is missing, and fails it in CI.
func needAxe(t *testing.T) {
	t.Helper()
	if _, err := axeScript(); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("axe-core is missing")
	}
	t.Skip("axe-core is missing: . .ci/tools.sh && install_npm")
}

// axe looks at the page in the window for what keeps people out: WCAG 2.2 AA
// and axe's own good practices. Everything it finds fails the test. The page's
// scripts must be on. What the kiosk says at the end goes away by itself: the next
// guest must not find it.
func (w *window) axe(where string) {
	w.t.Helper()
	script, err := axeScript()
	if err != nil {
		w.t.Fatal(err)
	}
	var found string
	w.do(chromedp.Evaluate(script+";0", nil), chromedp.Evaluate(`Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < Infinity).map((a) => a.finished.catch(() => 0)))
		.then(() => axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
			rules: { 'meta-refresh': { enabled: !document.querySelector('.hero.kiosk') } } }))
		.then((r) => JSON.stringify(r.violations.map((v) => ({ rule: v.id, help: v.help, at: v.nodes.map((n) => n.target + ' ' + (n.any[0] || n.all[0] || n.none[0] || {}).message) }))))`, &found, awaited))
	var violations []struct {
		Rule, Help string
		At         []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		w.t.Fatal(err)
	}
	for _, v := range violations {
		w.t.Errorf("%s: %s (%s) at\n\t%s\n\tpicture: %s", where, v.Rule, v.Help, strings.Join(v.At, "\n\t"), w.picture(where))
	}
}
