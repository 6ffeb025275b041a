package store_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// seated is a venue with a table whose printed code is CODE.
func seated(t *testing.T) (*store.Store, feedback.Actor, feedback.Venue, feedback.Table) {
	t.Helper()
	s := storetest.New(t)
	by, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, by, venue.ID, "7")
	storetest.Write(t, s, func(tx store.Tx) error {
		return tx.At(by, venue.ID).AddCode(t.Context(), feedback.Code{ID: "c", TableID: table.ID, Code: "CODE", Short: "SHORT", CreatedAt: storetest.Epoch})
	})
	return s, by, venue, table
}

func TestSeat_TellsWhatAReportNeeds(t *testing.T) {
	s, _, venue, table := seated(t)
	seat, err := s.Seat(t.Context(), "CODE", storetest.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	if seat.Code.TableID != table.ID || seat.Venue.ID != venue.ID || seat.Guest.Venue != venue.ID || len(seat.Visits) != 0 {
		t.Errorf("Seat = %+v", seat)
	}
	if _, err := s.Seat(t.Context(), "NOWHERE", storetest.Epoch); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("an unknown code: %v, want ErrNotFound", err)
	}
}

// What is remembered may never be older than the last change this program made.
func TestSeat_FollowsEveryChangeAtOnce(t *testing.T) {
	visit := feedback.Visit{ID: "v", OpenedAt: storetest.Epoch, ExpiresAt: storetest.Epoch.Add(time.Hour)}
	changes := []struct {
		name   string
		change func(store.Edit, feedback.Venue, feedback.Table) error
		shows  func(*store.Seat) bool
	}{
		{"a setting", func(at store.Edit, v feedback.Venue, _ feedback.Table) error {
			v.PromiseMinutes = 9
			return at.SaveDetails(t.Context(), v, storetest.Epoch)
		}, func(s *store.Seat) bool { return s.Venue.PromiseMinutes == 9 }},
		{"a visit is opened", func(at store.Edit, _ feedback.Venue, table feedback.Table) error {
			visit.TableID = table.ID
			return at.AddVisit(t.Context(), visit)
		}, func(s *store.Seat) bool { return len(s.Visits) == 1 }},
		{"it is closed", func(at store.Edit, _ feedback.Venue, _ feedback.Table) error {
			visit.ClosedAt = storetest.Epoch.Add(time.Minute)
			return at.SaveVisit(t.Context(), visit)
		}, func(s *store.Seat) bool { return len(s.Visits) == 0 }},
		{"the table is renamed", func(at store.Edit, _ feedback.Venue, table feedback.Table) error {
			table.Name = "Window"
			return at.SaveTable(t.Context(), table, storetest.Epoch)
		}, func(s *store.Seat) bool { return s.Code.TableName == "Window" }},
		{"the code is revoked", func(at store.Edit, _ feedback.Venue, _ feedback.Table) error {
			return at.EndCode(t.Context(), feedback.Code{ID: "c", RevokedAt: storetest.Epoch})
		}, func(s *store.Seat) bool { return !s.Code.RevokedAt.IsZero() }},
	}
	s, by, venue, table := seated(t)
	for _, c := range changes {
		if seat, err := s.Seat(t.Context(), "CODE", storetest.Epoch); err != nil || c.shows(seat) {
			t.Fatalf("before %s: %+v, %v", c.name, seat, err)
		}
		storetest.Write(t, s, func(tx store.Tx) error { return c.change(tx.At(by, venue.ID), venue, table) })
		if seat, err := s.Seat(t.Context(), "CODE", storetest.Epoch); err != nil || !c.shows(seat) {
			t.Errorf("after %s it still says %+v, %v", c.name, seat, err)
		}
	}
}

func BenchmarkSeat(b *testing.B) {
	s := storetest.New(b)
	by, venue := storetest.Venue(b, s)
	table := storetest.Table(b, s, by, venue.ID, "7")
	storetest.Write(b, s, func(tx store.Tx) error {
		return tx.At(by, venue.ID).AddCode(b.Context(), feedback.Code{ID: "c", TableID: table.ID, Code: "CODE", Short: "SHORT", CreatedAt: storetest.Epoch})
	})
	for b.Loop() {
		if _, err := s.Seat(b.Context(), "CODE", storetest.Epoch); err != nil {
			b.Fatal(err)
		}
	}
}
