//go:build soak

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The pages of guests are as good as Lighthouse can say: a middling phone on
// simulated slow 4G, in performance, accessibility and best practices.
func TestGuestPages_Lighthouse(t *testing.T) {
	script, err := exec.Command("bash", "-c", ". ../../.ci/tools.sh && cd ../.. && lighthouse_js").Output()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("lighthouse is missing")
		}
		t.Skip(`lighthouse is missing: . .ci/tools.sh && install_npm "$lighthouse"`)
	}
	_, d := install(t)
	w := open(t, "guest", 390, 844, true)
	form := d.Tables[3].URL
	w.visit(form)
	w.press("#r2")
	w.press(".sendbar .go")
	w.seesIn("#l-head", "saved")
	var status string
	w.do(chromedp.Location(&status))
	w.visit("about:blank")
	for name, page := range map[string]string{"form": form, "status page": status} {
		r := lighthouse(t, "../../"+strings.TrimSpace(string(script)), page)
		for range 6 { // what else the machine does costs time, and never gives any: the best try is the page's own
			if r.score("performance") == 1 {
				break
			}
			if again := lighthouse(t, "../../"+strings.TrimSpace(string(script)), page); again.score("performance") > r.score("performance") {
				r = again
			}
		}
		for _, of := range []string{"performance", "accessibility", "best-practices"} {
			score := r.score(of)
			t.Logf("%s: %s %.0f", name, of, score*100)
			if score < 1 {
				t.Errorf("%s: %s is %.0f of 100: %s", name, of, score*100, strings.Join(r.lacks(of), "; "))
			}
		}
	}
}

// assessment is what Lighthouse says of a page.
type assessment struct {
	Categories map[string]struct {
		Score     float64
		AuditRefs []struct {
			ID     string
			Weight float64
		}
	}
	Audits map[string]struct {
		Title, DisplayValue string
		Score               *float64
	}
}

func (a assessment) score(category string) float64 { return a.Categories[category].Score }

// lacks are the checks of a category that are not passed in full.
func (a assessment) lacks(category string) (all []string) {
	for _, ref := range a.Categories[category].AuditRefs {
		if audit := a.Audits[ref.ID]; ref.Weight > 0 && audit.Score != nil && *audit.Score < 1 {
			all = append(all, audit.Title+" "+audit.DisplayValue)
		}
	}
	return all
}

func lighthouse(t *testing.T, script, page string) (a assessment) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.CommandContext(t.Context(), "node", script, page, "--quiet", "--output=json", "--output-path="+out,
		"--only-categories=performance,accessibility,best-practices", "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage")
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}
