package store_test

import (
	"errors"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestTables_NamesAreFreeAgainWhenRemoved(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	again := feedback.Table{ID: storetest.ID(), Name: "1", CreatedAt: storetest.Epoch}
	add := func() error {
		return r.s.Tx(t.Context(), func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).AddTable(t.Context(), again) })
	}
	if err := add(); !errors.Is(err, feedback.ErrConflict) {
		t.Fatalf("a name that is taken: %v", err)
	}
	r.write(t, func(at store.Edit) error {
		gone := r.one
		gone.RemovedAt = storetest.Epoch
		return at.SaveTable(t.Context(), gone, storetest.Epoch)
	})
	if err := add(); err != nil {
		t.Fatal(err)
	}
	at := r.s.For(r.waiter, r.venue.ID)
	if got, err := at.TableNamed(t.Context(), "1"); err != nil || got.ID != again.ID {
		t.Errorf("table 1 is %s, %v", got.ID, err)
	}
	if got, err := at.Table(t.Context(), r.one.ID); err != nil || got.RemovedAt.IsZero() {
		t.Errorf("the one that was removed is %+v, %v", got, err)
	}
}

func TestAreaNamed_AddsOnce(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	named := func(r *room, name string) (area feedback.Area) {
		t.Helper()
		r.write(t, func(at store.Edit) (err error) {
			area, err = at.AreaNamed(t.Context(), storetest.ID(), name)
			return err
		})
		return area
	}
	first := named(r, "Terrace")
	if named(r, "Terrace").ID != first.ID || named(r, "Bar").Position != 1 {
		t.Error("an area was added twice, or out of order")
	}
	if named(other, "Terrace").ID == first.ID {
		t.Error("two venues share an area")
	}
}

// Each read and write of one venue's rows, by another house with the right ids.
func TestVenueRows_AnotherHouseReachesNothing(t *testing.T) {
	s := storetest.New(t)
	r, thief := newRoom(t, s), newRoom(t, s)
	now := storetest.Epoch
	visit := feedback.Visit{ID: storetest.ID(), TableID: r.one.ID, CheckNo: "A-1", OpenedAt: now, ExpiresAt: now.AddDate(0, 0, 1)}
	code := feedback.Code{ID: storetest.ID(), TableID: r.one.ID, Code: "ABC", Short: "AB", CreatedAt: now}
	device := feedback.Device{ID: "tablet", Name: "Pass", CreatedAt: now, SeenAt: now}
	r.write(t, func(at store.Edit) error {
		return errors.Join(at.AddVisit(t.Context(), visit), at.AddCode(t.Context(), code), at.AddDevice(t.Context(), device))
	})
	report := r.report(t)
	for where, venue := range map[string]string{"in a forged venue": r.venue.ID, "in their own": thief.venue.ID} {
		edits := map[string]func(store.Edit) error{
			"Report":  func(at store.Edit) error { _, err := at.Report(t.Context(), report); return err },
			"Table":   func(at store.Edit) error { _, err := at.Table(t.Context(), r.one.ID); return err },
			"Visit":   func(at store.Edit) error { _, err := at.Visit(t.Context(), visit.ID); return err },
			"OfCheck": func(at store.Edit) error { _, err := at.VisitOfCheck(t.Context(), "A-1", false); return err },
			"Code":    func(at store.Edit) error { _, err := at.Code(t.Context(), code.ID); return err },
			"EndCode": func(at store.Edit) error { code := code; code.RevokedAt = now; return at.EndCode(t.Context(), code) },
			"SaveTable": func(at store.Edit) error {
				table := r.one
				table.Name = "stolen"
				return at.SaveTable(t.Context(), table, storetest.Epoch)
			},
			"SaveVisit": func(at store.Edit) error {
				visit := visit
				visit.ClosedAt = now
				return at.SaveVisit(t.Context(), visit)
			},
			"RevokeDevice": func(at store.Edit) error { return at.RevokeDevice(t.Context(), device.ID, now) },
			"Messages":     func(at store.Edit) error { _, err := at.Messages(t.Context(), report, true); return err },
			"EventsOf":     func(at store.Edit) error { _, err := at.EventsOf(t.Context(), report); return err },
		}
		if venue == r.venue.ID {
			edits["Exists"] = func(at store.Edit) error { return at.Exists(t.Context()) }
			edits["Details"] = func(at store.Edit) error { _, err := at.Details(t.Context()); return err }
			edits["SaveDetails"] = func(at store.Edit) error { return at.SaveDetails(t.Context(), r.venue, storetest.Epoch) }
		}
		for name, edit := range edits {
			err := s.Tx(t.Context(), func(tx store.Tx) error { return edit(tx.At(thief.owner, venue)) })
			if !errors.Is(err, feedback.ErrNotFound) {
				t.Errorf("%s %s: %v, want not found", name, where, err)
			}
		}
		at := s.For(thief.owner, venue)
		lists := map[string]func() (int, error){
			"Reports":  func() (int, error) { l, err := at.Reports(t.Context(), store.Filter{}); return len(l), err },
			"Board":    func() (int, error) { l, err := at.Board(t.Context(), now.AddDate(-1, 0, 0)); return len(l), err },
			"Waiting":  func() (int, error) { return at.Waiting(t.Context()) },
			"Visits":   func() (int, error) { l, err := at.OpenVisits(t.Context(), now); return len(l), err },
			"VisitsAt": func() (int, error) { l, err := at.OpenVisitsAt(t.Context(), r.one.ID, now); return len(l), err },
			"Codes":    func() (int, error) { l, err := at.Codes(t.Context(), now); return len(l), err },
			"CodesOf":  func() (int, error) { l, err := at.CodesOf(t.Context(), r.one.ID, "", now); return len(l), err },
			"Devices":  func() (int, error) { l, err := at.Devices(t.Context()); return len(l), err },
			"Areas":    func() (int, error) { l, err := at.Areas(t.Context()); return len(l), err },
			"Events":   func() (int, error) { l, _, err := at.EventsAfter(t.Context(), 0, 10); return len(l), err },
		}
		for name, list := range lists {
			if n, err := list(); n != 0 || err != nil {
				t.Errorf("%s %s: %d, %v; want none", name, where, n, err)
			}
		}
	}
}
