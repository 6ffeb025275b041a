package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"makeright/internal/feedback"
)

// T19: without script, a guest complains about a person, asks that it waits until
// they have left, and reads so; the team sees nothing. When the time has come the
// program passes it on by itself.
func TestGuestPages_WaitUntilTheyHaveLeft(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 320, 640, false)
	const choice = "[name=handling][value=manager_later]"
	w.visit(r.base + "/T/" + r.code)
	w.press("#r1")
	w.do(chromedp.WaitVisible("[name=handling][value=manager_only] + span", chromedp.ByQuery),
		chromedp.WaitNotVisible(choice+" + span", chromedp.ByQuery)) // cold soup need not wait
	w.press("[name=causes][value=staff]")
	w.do(chromedp.WaitVisible(choice+" + span", chromedp.ByQuery))
	w.press(choice)
	w.press("[name=causes][value=staff]") // what is chosen stays to be seen
	w.do(chromedp.WaitVisible(choice+" + span", chromedp.ByQuery))
	w.press("[name=causes][value=staff]")
	w.press(".sendbar .go")
	w.seesFramed("Nobody has been told yet")
	w.seesFramed("Tell the manager now")
	at := r.store.For(r.owner, r.venue.ID)
	if rs, err := at.Reports(t.Context(), everything); err != nil || len(rs) > 0 {
		t.Fatalf("the owner reads %+v, %v", rs, err)
	}
	r.ahead.Store(int64(feedback.HoldFor + time.Second))
	for deadline := time.Now().Add(patience); ; {
		rs, err := at.Reports(t.Context(), everything)
		r.must(err)
		if len(rs) == 1 && !rs[0].Held() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the owner reads %+v", rs)
		}
		<-time.After(50 * time.Millisecond) // between two looks, as a person would
	}
	w.do(chromedp.Reload())
	w.seesFramed("The manager was told")
}
