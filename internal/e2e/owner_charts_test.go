package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"makeright/internal/feedback"
)

// told is what the tip on the screen says; nothing when none is shown.
func (w *window) told() string {
	w.t.Helper()
	return w.ask(`(() => { const tip = document.getElementById('tip'); return tip && tip.checkVisibility() ? tip.textContent : '' })()`)
}

// charted is a venue with issues on three days.
func charted(t *testing.T) *rooms {
	r := newRooms(t)
	for n, verdict := range []feedback.Verdict{feedback.Yes, feedback.Partly, feedback.NotYet} {
		r.ahead.Store(int64(time.Duration(n-2) * 24 * time.Hour))
		id := r.waits()
		r.round(id, r.maria)
		r.judge(id, verdict)
	}
	r.must(r.desk.Unresolved(t.Context(), r.maria, r.venue.ID, r.send(1, "Nobody came"), "guest_left", ""))
	return r
}

// With the keyboard alone each chart says what it shows, mark by mark, and
// Escape closes what it says. The pointer is told the same.
func TestOwnerPages_ChartsSpeakToTheKeyboard(t *testing.T) {
	t.Parallel()
	r := charted(t)
	w := open(t, "owner", 1024, 900, true)
	r.signsIn(w, r.owner)
	w.visit(r.base + "/owner/" + r.venue.ID + "?days=7")
	const days = ".c8 svg [data-tip]"
	for range 60 {
		if w.do(chromedp.KeyEvent(kb.Tab)); w.ask(`String(document.activeElement.matches('`+days+`'))`) == "true" {
			break
		}
	}
	first := w.told()
	if label := w.ask(`document.activeElement.getAttribute('aria-label')`); first == "" || label != first {
		t.Errorf("the first day is read as %q, its tip says %q", label, first)
	}
	w.do(chromedp.KeyEvent(kb.ArrowRight))
	second := w.told()
	w.do(chromedp.KeyEvent(kb.ArrowRight))
	third := w.told()
	w.do(chromedp.KeyEvent(kb.ArrowRight))
	if first == second || second == third || w.told() != third {
		t.Errorf("arrow keys lead to %q, %q, %q and then %q, want three days", first, second, third, w.told())
	}
	w.do(chromedp.KeyEvent(kb.Home))
	if got := w.told(); got != first {
		t.Errorf("Home leads to %q, want %q", got, first)
	}
	w.do(chromedp.KeyEvent(kb.Escape))
	if got, at := w.told(), w.ask(`String(document.activeElement.matches('`+days+`'))`); got != "" || at != "true" {
		t.Errorf("after Escape the tip says %q; the focus is still there: %s", got, at)
	}
	w.do(chromedp.KeyEvent(kb.Tab))
	if at := w.ask(`String(document.activeElement.matches('` + days + `'))`); at != "false" {
		t.Error("the tab key goes through every day of the chart")
	}
	w.do(chromedp.Evaluate(`document.activeElement.blur(); const d = document.querySelector('`+days+`'); d.scrollIntoView({ block: 'center' }); const b = d.getBoundingClientRect(); window.over = [b.x + b.width / 2, b.y + b.height / 2]`, nil))
	var at []float64
	w.do(chromedp.Evaluate(`over`, &at))
	w.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
	if got := w.told(); got != first {
		t.Errorf("the pointer is told %q, want %q", got, first)
	}
	for _, page := range []string{"?days=7", "/why"} {
		w.visit(r.base + "/owner/" + r.venue.ID + page)
		w.everyChart(page)
	}
}

// everyChart goes through the page with the tab key and fails when there is a
// chart that says nothing on the way.
func (w *window) everyChart(where string) {
	w.t.Helper()
	w.do(chromedp.Evaluate(`window.charts = new Set(document.querySelectorAll('svg.ch:not(.keys svg), .heat, .floor')); 0`, nil))
	all := w.ask(`String(charts.size)`)
	for range 200 {
		w.do(chromedp.KeyEvent(kb.Tab))
		// A list of bars is one chart: its other bars are reached with arrow keys.
		left := w.ask(`(() => {
			const mark = document.activeElement, tip = document.getElementById('tip');
			if (mark.dataset.tip && tip.checkVisibility() && tip.textContent === mark.dataset.tip) {
				const r = tip.getBoundingClientRect();
				if (r.left < 0 || r.right > innerWidth) return 'a tip outside the screen: ' + tip.textContent;
				for (const chart of [...charts]) if (chart.contains(mark) || chart.closest(':is(.hb, .fun)[data-marks]')?.contains(mark)) charts.delete(chart);
			}
			return charts.size ? mark === document.body ? [...charts].map((c) => c.outerHTML.slice(0, 90)).join() : 'more' : '';
		})()`)
		switch left {
		case "more":
			continue
		case "":
			if all == "0" {
				break
			}
			return
		}
		w.t.Errorf("%s: of %s charts these say nothing to the keyboard: %s (picture: %s)", where, all, left, w.picture(where))
		return
	}
	w.t.Errorf("%s: there are %s charts, and not each was reached", where, all)
}

// Without scripts the table beside the chart says the same.
func TestOwnerPages_ChartsHaveTheirTablesWithoutScripts(t *testing.T) {
	t.Parallel()
	r := charted(t)
	w := open(t, "owner", 390, 844, false)
	r.signsIn(w, r.owner)
	w.visit(r.base + "/owner/" + r.venue.ID + "?days=7")
	for _, chart := range []struct{ summary, row string }{
		{".c8 .astable", "1"}, {".c7 .astable", "Cold"}, {".c5 .astable", "Confirmed by the guest"}, {".c8 ~ section .floor ~ .astable", "Terrace 12"},
	} {
		// With the keyboard: what lies under the bar at the bottom is reached, too.
		w.do(chromedp.Focus(chart.summary+" summary", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
		w.seesIn(chart.summary+" tbody", chart.row)
	}
}
