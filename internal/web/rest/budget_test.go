package rest_test

import (
	"fmt"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// The budget of alerts says how many calls were acted on, and claims nothing of
// fewer than thirty.
func TestBudget(t *testing.T) {
	h := newHouse(t)
	// call tells of a report over a channel; it is taken after so many seconds, or not.
	call := func(kind feedback.ChannelKind, taken int) {
		t.Helper()
		h.clock.advance(time.Minute)
		r := h.submit("Cold.")
		d := feedback.Delivery{
			ID: idAt(h.clock.now()), ReportID: r.ID, Kind: kind, What: feedback.SayNew, State: feedback.Delivered, CreatedAt: h.clock.now(),
		}
		storetest.Write(t, h.store, func(tx store.Tx) error { return tx.At(h.owner, h.venue.ID).AddDelivery(t.Context(), d) })
		if taken > 0 {
			h.clock.advance(time.Duration(taken) * time.Second)
			must(t, h.desk.Take(t.Context(), h.owner, h.venue.ID, r.ID, ""))
		}
	}
	for i := range feedback.MinCalls {
		call(feedback.ChannelChat, max(0, i-19)) // ten of thirty, after 1 to 10 seconds
	}
	call(feedback.ChannelSMS, 0)
	got := first(h.admin.GetAlertBudget(t.Context(), h.venue.ID, nil))
	if b := got.Total; b.Calls != 31 || b.Messages != 31 || b.Acted != 10 || *b.MedianTakeS != 5 || *b.P90TakeS != 9 || !b.Ignored {
		t.Errorf("in all %+v", b)
	}
	if n := len(got.Shifts) + len(got.Steps); n != 2 || got.Steps[0].Key != "0" {
		t.Errorf("by shift %+v, by step %+v", got.Shifts, got.Steps)
	}
	if cs := got.Channels; len(cs) != 2 || cs[0].Key != "chat" || !cs[0].Ignored || cs[1].Key != "sms" || cs[1].Ignored {
		t.Errorf("by channel %+v", cs)
	}
	tomorrow := h.clock.now().AddDate(0, 0, 1).Format(time.RFC3339)
	if none := first(h.admin.GetAlertBudget(t.Context(), h.venue.ID, &api.GetAlertBudgetParams{From: &tomorrow})); none.Total.Calls != 0 {
		t.Errorf("of tomorrow %+v", none.Total)
	}
}

// idAt is an id as one that was made at a moment.
func idAt(at time.Time) string {
	ms := at.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7%s", ms>>16, ms&0xffff, storetest.ID()[15:])
}
