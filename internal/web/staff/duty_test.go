package staff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestDuty_IsSaidOnTheBoard(t *testing.T) {
	h := open(t)
	maria := h.as(t, h.maria)
	on := func() bool {
		duties, err := h.store.For(h.owner, h.venue.ID).Duties(t.Context())
		if err != nil || len(duties) != 1 {
			t.Fatalf("duties %+v, %v", duties, err)
		}
		return duties[0].PersonID == h.maria.Person && duties[0].On(h.clock.now(), time.UTC)
	}
	if a := maria.post(t, h.board()+"/duty/on"); a.StatusCode != http.StatusSeeOther || !on() {
		t.Errorf("on: %d", a.StatusCode)
	}
	if a := maria.post(t, h.board()+"/duty/off"); a.StatusCode != http.StatusSeeOther || on() {
		t.Errorf("off: %d", a.StatusCode)
	}
}

func TestBoard_SaysThatAnAlertDidNotArrive(t *testing.T) {
	h := open(t)
	maria, said := h.as(t, h.maria), "An alert did not arrive"
	if a := maria.get(t, h.board()); strings.Contains(a.text, said) {
		t.Error("it says so when nothing failed")
	}
	storetest.Write(t, h.store, func(tx store.Tx) error {
		return tx.At(h.owner, h.venue.ID).AddDelivery(t.Context(), feedback.Delivery{
			ID: storetest.ID(), Kind: feedback.ChannelPush, Receiver: "x", What: feedback.SayNew, State: feedback.Dead, CreatedAt: h.clock.now(),
		})
	})
	if a := maria.get(t, h.board()); !strings.Contains(a.text, said) {
		t.Error("it does not say so")
	}
}
