package store_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// moves saves hours and zone of the room's venue and the area of its first table.
func (r *room) moves(t *testing.T, now time.Time, zone, area string, week map[string][]string) {
	t.Helper()
	r.venue.TimeZone, r.venue.Hours, r.one.AreaID = zone, feedback.Hours{Week: week}, area
	r.write(t, func(at store.Edit) error {
		return errors.Join(at.SaveDetails(t.Context(), r.venue, now), at.SaveTable(t.Context(), r.one, now))
	})
}

// Only a change is kept, and of two in one millisecond what was before both: nothing
// was ever counted by what stood between them. Other venues have no part in it.
func TestPast_KeepsOnlyChanges(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	now := storetest.Epoch.Add(time.Hour)
	week := map[string][]string{"mon": {"10:00-12:00"}}
	for _, step := range []struct {
		now        time.Time
		zone, area string
		week       map[string][]string
		want       [2]int64 // rows
	}{
		{now, "Europe/Berlin", "", map[string][]string{}, [2]int64{0, 0}},
		{now, "Asia/Tokyo", "a", map[string][]string{}, [2]int64{1, 1}},
		{now, "Asia/Tokyo", "b", week, [2]int64{1, 1}},
		{now.Add(time.Second), "Asia/Tokyo", "b", week, [2]int64{1, 1}},
		{now.Add(time.Minute), "Asia/Tokyo", "", nil, [2]int64{2, 2}},
	} {
		r.moves(t, step.now, step.zone, step.area, step.week)
		var got [2]int64
		for i, table := range []string{"past_hours", "past_areas"} {
			find(t, store.DB(t.Context(), s).Table(table).Where("venue_id = ?", r.venue.ID).Select("count(*)"), &got[i])
		}
		if got != step.want {
			t.Errorf("after %+v: %d rows", step, got)
		}
	}
	var first feedback.PastHours
	find(t, store.DB(t.Context(), s).Model(&first).Where("venue_id = ?", r.venue.ID).Order("until").Limit(1), &first)
	if first.TimeZone != "Europe/Berlin" || !first.Hours.Always() || !first.Until.Equal(now) {
		t.Errorf("the first hours are %+v", first)
	}
	var n int64
	find(t, store.DB(t.Context(), s).Table("past_hours").Where("venue_id = ?", other.venue.ID).Select("count(*)"), &n)
	if n != 0 {
		t.Errorf("%d rows of another venue", n)
	}
}

// Calls belong to the shift, and what comes up again to the area, of the moment
// at which a report was sent.
func TestPast_CallsAndRepeats(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	changes := []time.Time{storetest.Epoch.Add(90 * time.Second), storetest.Epoch.Add(150 * time.Second)}
	var reports []string
	for range 3 { // a minute apart
		id := r.report(t)
		reports = append(reports, id)
		r.write(t, func(at store.Edit) error {
			d := feedback.Delivery{ID: storetest.ID(), ReportID: id, CreatedAt: storetest.Epoch.Add(time.Hour), Kind: feedback.ChannelScreen, State: feedback.Delivered, What: feedback.SayNew}
			return at.AddDelivery(t.Context(), d)
		})
	}
	r.moves(t, storetest.Epoch.AddDate(0, 0, -1), "Europe/Berlin", "hall", nil)
	r.moves(t, changes[0], "Europe/Berlin", "terrace", map[string][]string{"fri": {"12:30-15:00"}})
	r.moves(t, changes[1], "Europe/London", "", map[string][]string{"fri": {"11:00-15:00"}})
	rebuild(t, s)
	at := s.For(r.owner, r.venue.ID)
	recent, err := at.Recent(t.Context(), storetest.Epoch)
	if err != nil || len(recent) != 3 {
		t.Fatalf("%d reports, %v", len(recent), err)
	}
	areas := map[string]string{}
	for _, one := range recent {
		areas[one.ID] = one.AreaID
	}
	calls, err := at.Calls(t.Context(), "2026-11-20", "2026-11-20")
	if err != nil || len(calls) != 3 {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
	for i, area := range []string{"hall", "terrace", ""} {
		if areas[reports[i]] != area {
			t.Errorf("report %d counts for area %q, want %q", i, areas[reports[i]], area)
		}
	}
	shifts := map[string]int{}
	for _, b := range feedback.AddUp(calls, r.venue).Shifts {
		shifts[b.Key] = b.Calls
	}
	if len(shifts) != 3 || shifts["05:00"] != 1 || shifts["12:30"] != 1 || shifts["11:00"] != 1 {
		t.Errorf("calls by shift: %v", shifts)
	}
}
