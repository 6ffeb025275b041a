package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// evening is a day that is over: a visit with a code, a report of it that people
// were called to, and one of a burst.
type evening struct {
	*room
	visit  feedback.Visit
	code   feedback.Code
	report feedback.Report
	burst  string
}

func newEvening(t *testing.T, s *store.Store) *evening {
	t.Helper()
	at := storetest.Epoch.AddDate(0, 0, -3)
	ev := &evening{
		room:  newRoom(t, s),
		visit: feedback.Visit{ID: storetest.ID(), Covers: 2, OpenedAt: at, ClosedAt: at.Add(time.Hour), ExpiresAt: at.Add(24 * time.Hour)},
		burst: storetest.ID(),
	}
	ev.visit.TableID = ev.one.ID
	ev.code = feedback.Code{ID: storetest.ID(), TableID: ev.one.ID, VisitID: ev.visit.ID, Code: storetest.ID(), Short: storetest.ID(), CreatedAt: at}
	for i, burst := range []string{"", ev.burst} {
		r := feedback.Report{
			ID: idAt(at.Add(time.Minute), i), TableID: ev.one.ID, VisitID: ev.visit.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Trust: feedback.TrustVisit,
			Language: "en", Version: 1, Day: at.Format(time.DateOnly), CreatedAt: at.Add(time.Minute), Since: at, DueAt: at, BurstID: burst,
		}
		told := feedback.Delivery{ID: idAt(at.Add(2*time.Minute), i), ReportID: r.ID, CreatedAt: at.Add(2 * time.Minute), Kind: feedback.ChannelScreen, State: feedback.Delivered, What: feedback.SayNew}
		ev.write(t, func(e store.Edit) error {
			if i == 0 {
				if err := e.AddVisit(t.Context(), ev.visit); err != nil {
					return err
				}
				if err := e.AddCode(t.Context(), ev.code); err != nil {
					return err
				}
			}
			if err := e.AddReport(t.Context(), r); err != nil {
				return err
			}
			if err := e.AddDelivery(t.Context(), told); err != nil {
				return err
			}
			return e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: r.CreatedAt, ReportID: r.ID, ByKind: feedback.ByGuest})
		})
		if i == 0 {
			ev.report = r
		}
	}
	return ev
}

// changes saves what became of the report and tells it.
func (ev *evening) changes(t *testing.T, kind feedback.EventKind, mod func(*feedback.Report)) {
	t.Helper()
	ev.write(t, func(e store.Edit) error {
		r, err := e.Report(t.Context(), ev.report.ID)
		if err != nil {
			return err
		}
		mod(&r)
		if err := e.Advance(t.Context(), &r); err != nil {
			return err
		}
		return e.Append(t.Context(), &feedback.Event{Kind: kind, At: ev.visit.OpenedAt.Add(5 * time.Minute), ReportID: r.ID, ByKind: feedback.ByPerson, ByID: ev.waiter.Person})
	})
}

// read is everything that is read from days.
func (ev *evening) read(t *testing.T) (all struct {
	Reach  map[string]feedback.Reach
	Covers int
	Calls  []feedback.Call
},
) {
	t.Helper()
	view := ev.s.For(ev.owner, ev.venue.ID)
	from, to := storetest.Epoch.AddDate(0, 0, -10).Format(time.DateOnly), storetest.Epoch.Format(time.DateOnly)
	var err error
	if all.Reach, err = view.Reach(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if all.Covers, err = view.Covers(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if all.Calls, err = view.Calls(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDays_FollowWhatChanges: whatever changes of a day that was made already
// shows at once, and so it does when the timeline was followed and when the day
// was made again.
func TestDays_FollowWhatChanges(t *testing.T) {
	s := storetest.New(t)
	ev := newEvening(t, s)
	keep := func() {
		t.Helper()
		if err := s.KeepDays(t.Context(), storetest.Epoch); err != nil {
			t.Fatal(err)
		}
	}
	roll := func() {
		t.Helper()
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// rows counts again from the rows alone.
	rows := func() any {
		t.Helper()
		if err := s.Rebuild(t.Context(), ev.owner, ev.venue.ID); err != nil {
			t.Fatal(err)
		}
		return ev.read(t)
	}
	last := rows()
	var second feedback.Visit
	for _, step := range []struct {
		name   string
		change func()
	}{
		{"the visit's code is scanned at home", func() {
			storetest.Write(t, s, func(tx store.Tx) error {
				return tx.AddScans(t.Context(), []store.Scan{{Code: ev.code.ID, Day: "2026-11-18", Count: 2, LastAt: storetest.Epoch}})
			})
		}},
		{"the report is taken", func() {
			ev.changes(t, feedback.ReportTaken, func(r *feedback.Report) { r.Status, r.TakenAt = feedback.Taken, r.CreatedAt })
		}},
		{"a burst is set aside", func() {
			ev.write(t, func(e store.Edit) error {
				if _, err := e.MarkBurst(t.Context(), ev.burst, storetest.Epoch); err != nil {
					return err
				}
				return e.Append(t.Context(), &feedback.Event{Kind: feedback.BurstMarked, At: storetest.Epoch, Subject: ev.burst, ByKind: feedback.ByPerson})
			})
		}},
		{"the report is resolved", func() {
			ev.changes(t, feedback.ReportResolved, func(r *feedback.Report) { r.Status, r.EndedAt = feedback.Resolved, r.CreatedAt })
		}},
		{"the visit was closed before", func() {
			ev.visit.ClosedAt = ev.visit.OpenedAt
			ev.write(t, func(e store.Edit) error { return e.SaveVisit(t.Context(), ev.visit) })
		}},
		{"the visit moves", func() {
			ev.visit.TableID, ev.visit.Covers = ev.two.ID, 7
			ev.write(t, func(e store.Edit) error { return e.SaveVisit(t.Context(), ev.visit) })
		}},
		{"another visit", func() {
			second = ev.visit
			second.ID = storetest.ID()
			ev.write(t, func(e store.Edit) error { return e.AddVisit(t.Context(), second) })
			roll()
			keep()
			ev.write(t, func(e store.Edit) error {
				return e.AddCode(t.Context(), feedback.Code{ID: storetest.ID(), TableID: ev.two.ID, VisitID: second.ID, Code: storetest.ID(), Short: storetest.ID(), CreatedAt: storetest.Epoch})
			})
		}},
		{"from that one something is sent a day later", func() {
			r := ev.report
			r.CreatedAt = r.CreatedAt.Add(25 * time.Hour)
			r.ID, r.VisitID, r.Day = idAt(r.CreatedAt, 3), second.ID, r.CreatedAt.Format(time.DateOnly)
			ev.write(t, func(e store.Edit) error {
				if err := e.AddReport(t.Context(), r); err != nil {
					return err
				}
				return e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: r.CreatedAt, ReportID: r.ID, ByKind: feedback.ByGuest})
			})
		}},
		{"the report is dismissed", func() {
			ev.changes(t, feedback.ReportDismissed, func(r *feedback.Report) { r.Status = feedback.Dismissed })
		}},
	} {
		keep()
		step.change()
		tail := ev.read(t)
		roll()
		marked := ev.read(t)
		keep()
		made := ev.read(t)
		want := rows()
		if cmp.Equal(want, last) {
			t.Errorf("%s: nothing changed", step.name)
		}
		for when, got := range map[string]any{"before the timeline is followed": tail, "after": marked, "from days": made} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", step.name, when, diff)
			}
		}
		last = want
	}
	keep()
	if left := count(t, store.DB(t.Context(), s).Table("days").Where("made < marks")); left > 0 {
		t.Errorf("%d days are not made", left)
	}
}

// What was read before a day changed is not kept as the day.
func TestKeepDays_NotWhatChangedMeanwhile(t *testing.T) {
	s := storetest.New(t)
	ev := newEvening(t, s)
	day := ev.visit.OpenedAt.UnixMilli() / (24 * time.Hour).Milliseconds()
	of := func() *gorm.DB {
		return store.DB(t.Context(), s).Table("days").Where("venue_id = ? and day = ?", ev.venue.ID, day)
	}
	var marks int64
	if err := of().Pluck("marks", &marks).Error; err != nil {
		t.Fatal(err)
	}
	ev.write(t, func(e store.Edit) error { return e.SaveVisit(t.Context(), ev.visit) })
	for n, want := range []int{0, 1} { // days made as of the mark before, and as of this one
		if err := store.MakeDay(t.Context(), s, s.For(ev.owner, ev.venue.ID), day, marks+int64(n)); err != nil {
			t.Fatal(err)
		}
		if got := count(t, of().Where("made = marks")); got != want {
			t.Errorf("as of mark %d of %d: %d days are made, want %d", marks+int64(n), marks+1, got, want)
		}
	}
}
