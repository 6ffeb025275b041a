package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// Who waits longest is named first; what is claimed is due again when whoever
// claimed it is gone.
func TestAwaited(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	now := storetest.Epoch
	storetest.Write(t, s, func(tx store.Tx) error {
		for i, to := range []string{"c", "a", "b", "a", "c"} {
			d := feedback.Delivery{ID: fmt.Sprint(i), Kind: feedback.ChannelWebhook, Receiver: to, State: feedback.Pending, CreatedAt: now, NextAt: now.Add(time.Duration(i) * time.Minute)}
			if err := tx.At(owner, venue.ID).AddDelivery(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
	wants := func(want ...string) {
		t.Helper()
		all, err := s.Awaited(t.Context())
		var got []string
		for _, a := range all {
			got = append(got, fmt.Sprint(a.Receiver, a.Due.Sub(now).Minutes()))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("awaited %q, %v; want %q", got, err, want)
		}
	}
	wants("c0", "a1", "b2")
	claimed, err := s.ClaimDeliveries(t.Context(), now.Add(2*time.Minute), 10*time.Minute, 9, 9, []string{"c", "b"})
	if err != nil || len(claimed) != 2 || claimed[0].ID != "0" || claimed[1].ID != "2" {
		t.Fatalf("claimed %+v, %v", claimed, err)
	}
	wants("a1", "c4", "b12")
	claimed, err = s.ClaimDeliveries(t.Context(), now.Add(20*time.Minute), 10*time.Minute, 9, 1, nil)
	if err != nil || len(claimed) != 3 {
		t.Fatalf("claimed %+v, %v", claimed, err)
	}
	wants("a3", "c4", "b30")
}

// Three days' worth for a receiver that does not answer is not read to find out
// what is due for the others.
func TestAwaited_ReadsNoBacklog(t *testing.T) {
	s := storetest.New(t)
	if s.Postgres() {
		t.Skip("PostgreSQL plans by how much there is")
	}
	var plan []struct{ Detail string }
	if err := store.DB(t.Context(), s).Raw("explain query plan " + store.Awaiting).Scan(&plan).Error; err != nil {
		t.Fatal(err)
	}
	for _, step := range plan {
		if strings.Contains(step.Detail, "SCAN d") || strings.Contains(step.Detail, "TEMP B-TREE") {
			t.Errorf("the plan says %q of %v", step.Detail, plan)
		}
	}
}
