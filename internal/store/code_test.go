package store_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestScanned_ByTextOrShort(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	r.write(t, func(at store.Edit) error {
		return at.AddCode(t.Context(), feedback.Code{ID: "c", TableID: r.one.ID, Code: "ABCDEFGHJKMNPQRSTVWXYZ0123", Short: "ABCDEFGH", CreatedAt: storetest.Epoch})
	})
	for _, text := range []string{"ABCDEFGHJKMNPQRSTVWXYZ0123", "ABCDEFGH"} {
		c, guest, err := s.Scanned(t.Context(), text)
		if err != nil || c.ID != "c" || c.TableName != "1" || guest.Venue != r.venue.ID || guest.Org != r.owner.Org || guest.Kind != feedback.ByGuest {
			t.Errorf("%s: %+v by %+v, %v", text, c, guest, err)
		}
	}
	for _, text := range []string{"", "ABC", "%", "abcdefgh"} {
		if _, _, err := s.Scanned(t.Context(), text); !errors.Is(err, feedback.ErrNotFound) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCodes_ListsWhatWorksAndWhatLatelyDid(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	now := storetest.Epoch
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for id, c := range map[string]feedback.Code{
		"1 printed": {}, "2 revoked lately": {RevokedAt: ago(29)}, "3 revoked long ago": {RevokedAt: ago(31)}, "4 replaced long ago": {EndsAt: ago(31)},
		"5 of a visit": {VisitID: "v", ExpiresAt: now.Add(1e9)}, "6 of a visit that is over": {VisitID: "v", ExpiresAt: now}, "7 of a table that is gone": {TableID: r.two.ID},
	} {
		c.ID, c.Code, c.Short, c.CreatedAt = id, "code"+id, id, now
		if c.TableID == "" {
			c.TableID = r.one.ID
		}
		r.write(t, func(at store.Edit) error { return at.AddCode(t.Context(), c) })
	}
	r.write(t, func(at store.Edit) error {
		gone := r.two
		gone.RemovedAt = now
		return at.SaveTable(t.Context(), gone, storetest.Epoch)
	})
	storetest.Write(t, s, func(tx store.Tx) error {
		day := func(t time.Time) string { return t.Format(time.DateOnly) }
		return errors.Join(
			tx.AddScans(t.Context(), []store.Scan{{"1 printed", day(ago(40)), 100, ago(40)}, {"1 printed", day(now), 2, now}}),
			tx.AddScans(t.Context(), []store.Scan{{"1 printed", day(now), 3, now.Add(time.Hour)}}))
	})
	codes, err := s.For(r.owner, r.venue.ID).Codes(t.Context(), now)
	if err != nil || len(codes) != 3 || codes[0].ID != "1 printed" || codes[1].ID != "2 revoked lately" || codes[2].ID != "5 of a visit" {
		t.Fatalf("codes %+v, %v", codes, err)
	}
	if c := codes[0]; c.Scans != 5 || !c.ScannedAt.Equal(now.Add(time.Hour)) {
		t.Errorf("%d scans in four weeks, the last %s", c.Scans, c.ScannedAt)
	}
}

func TestVisits_OpenOnesAndChecks(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	now := storetest.Epoch
	add := func(id, check string, mod func(*feedback.Visit)) error {
		v := feedback.Visit{ID: id, TableID: r.one.ID, CheckNo: check, OpenedAt: now, ExpiresAt: now.Add(time.Hour)}
		mod(&v)
		return s.Tx(t.Context(), func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).AddVisit(t.Context(), v) })
	}
	plain := func(*feedback.Visit) {}
	err := errors.Join(add("1", "A", plain), add("2", "", plain), add("3", "", plain),
		add("4", "B", func(v *feedback.Visit) { v.ClosedAt = now }), add("5", "B", plain), add("6", "", func(v *feedback.Visit) { v.TableID = r.two.ID }))
	if err != nil {
		t.Fatal(err)
	}
	if err := add("7", "A", plain); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("a check twice: %v", err)
	}
	at := s.For(r.waiter, r.venue.ID)
	for after, want := range map[time.Duration]int{0: 4, time.Hour - time.Millisecond: 4, time.Hour: 0} {
		if got, err := at.OpenVisitsAt(t.Context(), r.one.ID, now.Add(after)); err != nil || len(got) != want {
			t.Errorf("after %s: %d open, %v; want %d", after, len(got), err, want)
		}
	}
	if got, err := at.OpenVisits(t.Context(), now); err != nil || len(got) != 5 || got[4].TableName != "2" {
		t.Errorf("open: %+v, %v", got, err)
	}
	if v, err := at.VisitOfCheck(t.Context(), "B", false); err != nil || v.ID != "5" {
		t.Errorf("check B is visit %s, %v", v.ID, err)
	}
	if _, err := at.VisitOfCheck(t.Context(), "C", false); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("check C: %v", err)
	}
}
