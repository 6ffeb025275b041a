package store_test

import (
	"slices"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestForgotTexts_LooksNoFurtherBack(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	sent := func(at time.Time) string {
		id := idAt(at, 0)
		return r.report(t, func(x *feedback.Report) { x.ID, x.CreatedAt = id, at })
	}
	first, second := sent(storetest.Epoch.AddDate(0, 0, -9)), sent(storetest.Epoch.AddDate(0, 0, -1))
	noted := func(at time.Time) bool {
		t.Helper()
		yes, err := r.s.For(r.owner, r.venue.ID).TextsForgotten(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	expired := func(want ...string) {
		t.Helper()
		ids, err := r.s.For(r.owner, r.venue.ID).ExpiredTexts(t.Context(), storetest.Epoch, 10)
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("ExpiredTexts() = %q, %v, want %q", ids, err, want)
		}
	}

	expired(first, second)
	for _, at := range []time.Time{storetest.Epoch, storetest.Epoch.AddDate(0, 0, -20)} { // a venue may keep words longer than it did
		if noted(at) != (at != storetest.Epoch) {
			t.Errorf("TextsForgotten(%s) = %v", at, noted(at))
		}
		r.write(t, func(e store.Edit) error { return e.ForgotTexts(t.Context(), at) })
		expired(second)
		if !noted(storetest.Epoch) || noted(storetest.Epoch.AddDate(0, 0, 1)) {
			t.Error("what was noted is not what is remembered")
		}
	}
}
