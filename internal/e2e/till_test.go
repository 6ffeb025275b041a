package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"makeright/api"
)

// example is one piece of code in the guide for tills.
var example = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```")

// runners run an example from its text.
var runners = map[string][]string{"sh": {"sh", "-eu"}, "js": {"node", "--input-type=module", "-"}, "python": {"python3", "-"}}

// TestTill_TheExamplesOfTheGuideRun runs what docs/till.md shows against the
// real program, each twice: a till that starts again makes no second visit.
func TestTill_TheExamplesOfTheGuideRun(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	guide, err := os.ReadFile("../../docs/till.md")
	if err != nil {
		t.Fatal(err)
	}
	found := example.FindAllSubmatch(guide, -1)
	if len(found) != len(runners) {
		t.Fatalf("%d examples, want %d", len(found), len(runners))
	}
	key := tillKey(t, p.Base, d.Key)
	for _, e := range found {
		run, text := runners[string(e[1])], e[2]
		t.Run(string(e[1]), func(t *testing.T) {
			if _, err := exec.LookPath(run[0]); err != nil {
				if os.Getenv("CI") != "" {
					t.Fatalf("%s is not installed", run[0])
				}
				t.Skipf("%s is not installed", run[0])
			}
			var said []string
			for range 2 {
				cmd := exec.Command(run[0], run[1:]...)
				cmd.Env = append(os.Environ(), "MAKERIGHT="+p.Base, "KEY="+key, "VENUE="+d.Venue.ID)
				cmd.Stdin = bytes.NewReader(text)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				said = append(said, strings.TrimSpace(string(out)))
			}
			if said[0] != said[1] {
				t.Errorf("the second run says %q after %q: another visit", said[1], said[0])
			}
			get(t, "http://"+said[0], "")
		})
	}
}

// tillKey makes a key that opens visits and does nothing else.
func tillKey(t *testing.T, base, admin string) string {
	t.Helper()
	rq, err := http.NewRequest(http.MethodPost, base+"/api/v1/keys", strings.NewReader(`{"name":"Till","scope":"visits"}`))
	if err != nil {
		t.Fatal(err)
	}
	rq.Header.Set("Authorization", "Bearer "+admin)
	rq.Header.Set("Content-Type", "application/json")
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	var made api.KeyCreated
	if err := json.NewDecoder(rs.Body).Decode(&made); err != nil || made.Secret == nil {
		t.Fatalf("%d, %v", rs.StatusCode, err)
	}
	return *made.Secret
}

// TestTill_OneCallHasAllThatAReceiptNeeds opens a visit and looks at its receipt.
func TestTill_OneCallHasAllThatAReceiptNeeds(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	visit, err := api.New(p.Base, d.Key).OpenVisit(t.Context(), d.Venue.ID, api.NewVisit{Table: d.Tables[2].ID, Check: "B-7", Test: true})
	if err != nil {
		t.Fatal(err)
	}
	r := visit.Receipt
	if !visit.Test || r.Address != strings.ToUpper(visit.Code.URL) || !strings.HasPrefix(r.SVG, "<svg") || !strings.Contains(r.Typed, "/") {
		t.Errorf("receipt %+v of a visit with %s", r, visit.Code.URL)
	}
	for name, text := range map[string]string{"png": r.PNG, "escpos": r.Escpos, "escpos_raster": r.EscposRaster} {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) < 50 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
		if name == "escpos" && !bytes.Contains(b, []byte(r.Address)) {
			t.Errorf("the printer's own code holds %q", b)
		}
	}
	get(t, "http://"+r.Typed, "")
}
