package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestFromPostToBoard prints how long a report takes from the start of its POST
// until the board's page shows it, by the page's own clock. It asserts only that
// each one arrives: how fast depends on what else the machine does.
func TestFromPostToBoard(t *testing.T) {
	p, d := install(t)
	board := open(t, "board", 1024, 768, true)
	board.visit(d.BoardURL)
	board.sees("All quiet")
	board.do(chromedp.Evaluate(`window.shown = {};
		new MutationObserver(() => {
			for (const q of document.querySelectorAll('[data-lane=waiting] .q')) shown[q.textContent] ??= Date.now();
		}).observe(document.body, { childList: true, subtree: true }); 1`, nil))
	var took []int64
	for i := range 10 {
		words := fmt.Sprintf("Report number %d", i)
		start := time.Now()
		rs, err := http.Post(p.Base+"/api/v1/codes/"+d.Tables[i].Code+"/reports",
			"application/json", strings.NewReader(fmt.Sprintf(`{"rating":2,"words":%q,"handling":"come_over","language":"en"}`, words)))
		if err != nil {
			t.Fatal(err)
		}
		rs.Body.Close()
		if rs.StatusCode != http.StatusCreated {
			t.Fatalf("report answered %d", rs.StatusCode)
		}
		var at float64
		board.do(chromedp.Poll(fmt.Sprintf("shown[%q]", words), &at))
		took = append(took, int64(at)-start.UnixMilli())
	}
	slices.Sort(took)
	t.Logf("from POST to the board's screen: median %d ms, slowest %d ms", took[len(took)/2], took[len(took)-1])
}
