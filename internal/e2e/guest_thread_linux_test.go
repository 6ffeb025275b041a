package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"makeright/internal/feedback"
)

// The address is all a status page needs: a message that came while the guest was
// on another page, while the phone slept or while the tab was closed is there
// when they are back, and counts as seen once it stands before them.
func TestGuestPages_SurviveAbsence(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	id := r.waits()
	at := r.base + "/R/" + r.desk.StatusToken(id)
	say := func(text string) {
		t.Helper()
		r.must(r.desk.Say(t.Context(), r.maria, r.venue.ID, id, feedback.Message{Text: text}))
	}
	w := open(t, "guest", 390, 844, true)
	seen := func(text string) {
		t.Helper()
		// The page is asked itself: of one that comes back from where it was kept, DevTools may not know the nodes any more.
		w.until(text+" is there", fmt.Sprintf(`document.querySelector('#l-talk').textContent.includes(%q)`, text))
		w.do(chromedp.Evaluate(`document.querySelector('.talk li:last-child').scrollIntoView()`, nil))
		w.until(text+" is seen", `!document.querySelector('[data-unseen]')`)
	}
	w.visit(at)
	w.visit(at + "/privacy")
	say("While you read")
	w.do(chromedp.Evaluate(`setTimeout(() => history.back())`, nil)) // nothing loads when the page was kept
	seen("While you read")

	w.do(chromedp.Evaluate(`dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`, nil))
	say("While you slept")
	w.do(chromedp.Evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`, nil))
	seen("While you slept")
	say("Live again")
	seen("Live again")

	w.visit("about:blank")
	say("While it was closed")
	w.visit(at)
	seen("While it was closed")
}
