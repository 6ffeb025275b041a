package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// week is everything that newRoom's reports may be in.
var week = store.StatsFilter{From: storetest.Epoch.AddDate(0, 0, -7), To: storetest.Epoch.AddDate(0, 0, 7), Now: storetest.Epoch.AddDate(0, 0, 7)}

// rebuild makes the figures of reports that stand on no timeline.
func rebuild(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.RebuildAll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFigures_OfKnownReports(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	other.report(t)
	resolved := func(x *feedback.Report) {
		x.Status, x.TakenAt, x.EndedAt, x.Cost, x.Verdict = feedback.Resolved, x.CreatedAt.Add(time.Minute), x.CreatedAt.Add(10*time.Minute), 450, feedback.Yes
	}
	r.report(t, resolved, func(x *feedback.Report) { x.Causes, x.Trust = []string{"cold", "slow"}, feedback.TrustVisit })
	r.report(t, func(x *feedback.Report) {
		x.TableID, x.Causes, x.Handling = r.two.ID, []string{"staff"}, feedback.ComeOver
	})
	r.report(t, func(x *feedback.Report) {
		x.Kind, x.Status, x.Causes, x.Day = feedback.Praise, feedback.Noted, nil, "2026-11-21"
	})
	r.report(t, func(x *feedback.Report) { x.Status = feedback.Dismissed })

	rebuild(t, s)
	at := s.For(r.waiter, r.venue.ID) // figures name nobody: a waiter's are the manager's
	total, groups, err := at.Figures(t.Context(), week)
	if err != nil || groups != nil {
		t.Fatalf("groups %v, %v", groups, err)
	}
	want := feedback.Figures{
		Issues: 2, Resolved: 1, Open: 1, Dismissed: 1, Praise: 1, Confirmed: 1, Taken: 1, InTime: 1, Cost: 450,
		MedianTake: time.Minute, P90Take: time.Minute, MedianResolve: 10 * time.Minute, P90Resolve: 10 * time.Minute,
	}
	if diff := cmp.Diff(want, total); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	keys := map[string]map[string]int{ // issues by group
		"day": {"2026-11-20": 2, "2026-11-21": 0}, "hour": {"12": 2}, "weekday_hour": {"fri-12": 2, "sat-12": 0},
		"table": {r.one.ID: 1, r.two.ID: 1}, "area": {"": 2}, "cause": {"cold": 1, "slow": 1, "staff": 1},
		"handling": {"": 1, feedback.ComeOver: 1}, "shift": {"05:00": 2}, "language": {}, "trust": {"table": 1, "visit": 1},
		"server": {}, "action": {}, "reason": {}, "took": {"01": 1}, "moment": {},
		"stage": {"sent": 2, "issue": 2, "taken": 1, "resolved": 1, "confirmed": 1},
	}
	for _, by := range feedback.Groupings {
		f := week
		f.By = by
		_, groups, err := at.Figures(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, g := range groups {
			got[g.Key] = g.Issues
		}
		if diff := cmp.Diff(keys[by], got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", by, diff)
		}
		if !slices.IsSortedFunc(groups, func(a, b feedback.Group) int { return strings.Compare(a.Key, b.Key) }) {
			t.Errorf("by %s: not in order", by)
		}
	}
	narrow := week
	narrow.Trust = []feedback.Trust{feedback.TrustVisit, feedback.TrustOpenTable}
	if total, _, err := at.Figures(t.Context(), narrow); err != nil || total.Issues != 1 || total.Dismissed != 0 {
		t.Errorf("of verified reports: %+v, %v", total, err)
	}
	if total, _, err := at.Figures(t.Context(), store.StatsFilter{FromDay: "2026-11-21", ToDay: "2026-11-21"}); err != nil || total.Issues != 0 || total.Praise != 1 {
		t.Errorf("of one day: %+v, %v", total, err)
	}
	if _, _, err := s.For(other.owner, r.venue.ID).Figures(t.Context(), week); err == nil {
		t.Error("another house reads the figures")
	}
}

// A crowd of reports at random, added up once by the figures and once by SQL of
// the plainest kind.
func TestFigures_AgreeWithASecondCount(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) int { return random.IntN(n) }
	for range 120 {
		status := []feedback.Status{feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Dismissed, feedback.Noted}[pick(6)]
		verdict := []feedback.Verdict{feedback.NoVerdict, feedback.Yes, feedback.Partly, feedback.NotYet}[pick(4)]
		table := []feedback.Table{r.one, r.two}[pick(2)]
		cost, taken, answered, ended := int64(pick(1000)), pick(2) == 0, pick(2) == 0, time.Duration(1+pick(60))*time.Minute
		day := fmt.Sprintf("2026-11-%d", 17+pick(4))
		r.report(t, func(x *feedback.Report) {
			x.Status, x.Verdict, x.TableID, x.Cost, x.Day = status, verdict, table.ID, cost, day
			x.Kind = feedback.Issue
			if status == feedback.Noted {
				x.Kind = feedback.Praise
			}
			if taken {
				x.TakenAt = x.CreatedAt.Add(ended / 2)
			}
			if answered {
				x.AnsweredAt = x.CreatedAt.Add(ended / 3)
			}
			if status == feedback.Resolved {
				x.EndedAt = x.CreatedAt.Add(ended)
			}
		})
	}
	count := func(where string) (n int) {
		t.Helper()
		err := store.DB(t.Context(), s).Raw("select count(*) from reports where " + where).Scan(&n).Error
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// rank is the p-th percentile of what the column is after the report was sent.
	rank := func(column, where string, share int) time.Duration {
		t.Helper()
		var all []int64
		err := store.DB(t.Context(), s).Raw("select " + column + " - created_at from reports where " + where + " order by 1").Scan(&all).Error
		if err != nil || len(all) == 0 {
			t.Fatalf("%s: %d rows, %v", column, len(all), err)
		}
		for i, ms := range all {
			if (i+1)*100 >= share*len(all) {
				return time.Duration(ms) * time.Millisecond
			}
		}
		return 0
	}
	var cost int64
	const issues = "kind = 'issue' and status <> 'dismissed'"
	if err := store.DB(t.Context(), s).Raw("select sum(cost) from reports where " + issues).Scan(&cost).Error; err != nil {
		t.Fatal(err)
	}
	table := func(where string) feedback.Figures {
		in := " and " + issues + " and " + where
		return feedback.Figures{
			Issues: count("1 = 1" + in), Resolved: count("status = 'resolved'" + in), Unresolved: count("status = 'unresolved'" + in),
			Open: count("status in ('open', 'taken')" + in), Dismissed: count("status = 'dismissed' and " + where),
			Praise:    count("kind = 'praise' and status <> 'dismissed' and " + where),
			Confirmed: count("status = 'resolved' and verdict = 'yes'" + in), Partly: count("status = 'resolved' and verdict = 'partly'" + in),
			NotYet: count("verdict = 'no'" + in), NoAnswer: count("status = 'resolved' and verdict = ''" + in),
			Taken: count("taken_at is not null" + in), InTime: count("taken_at <= due_at" + in), Answered: count("answered_at is not null" + in),
		}
	}
	want := table("1 = 1")
	want.Cost = cost
	want.MedianTake, want.P90Take = rank("taken_at", "taken_at is not null and "+issues, 50), rank("taken_at", "taken_at is not null and "+issues, 90)
	want.MedianAnswer, want.P90Answer = rank("answered_at", "answered_at is not null and "+issues, 50), rank("answered_at", "answered_at is not null and "+issues, 90)
	want.MedianResolve, want.P90Resolve = rank("ended_at", "status = 'resolved'", 50), rank("ended_at", "status = 'resolved'", 90)

	rebuild(t, s)
	at := s.For(r.owner, r.venue.ID)
	f := week
	f.By = "table"
	total, groups, err := at.Figures(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, total); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	counts := func(f feedback.Figures) feedback.Figures {
		f.MedianTake, f.P90Take, f.MedianAnswer, f.P90Answer, f.MedianResolve, f.P90Resolve, f.Cost = 0, 0, 0, 0, 0, 0, 0
		return f
	}
	for _, g := range groups {
		if diff := cmp.Diff(table(fmt.Sprintf("table_id = '%s'", g.Key)), counts(g.Figures)); diff != "" || g.Label == g.Key {
			t.Errorf("table %s (-want +got):\n%s", g.Label, diff)
		}
	}
	// Each day by itself, as the chart stacks them, and the two days before two days.
	f = store.StatsFilter{FromDay: "2026-11-17", ToDay: "2026-11-20", By: "day", Now: week.Now}
	if _, groups, err = at.Figures(t.Context(), f); err != nil || len(groups) != 4 {
		t.Fatalf("%d days, %v", len(groups), err)
	}
	for _, g := range groups {
		if diff := cmp.Diff(table(fmt.Sprintf("day = '%s'", g.Key)), counts(g.Figures)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", g.Key, diff)
		}
	}
	from, to := feedback.Before("2026-11-19", "2026-11-20")
	before, _, err := at.Figures(t.Context(), store.StatsFilter{FromDay: from, ToDay: to, Now: week.Now})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table("day in ('2026-11-17', '2026-11-18')"), counts(before)); diff != "" {
		t.Errorf("the days before (-want +got):\n%s", diff)
	}
}

// TestWithFacts_IsFacts: whatever was read into the same room before, and however
// many pages read at once, each sees the facts of its own venue.
func TestWithFacts_IsFacts(t *testing.T) {
	s := storetest.New(t)
	f := store.StatsFilter{FromDay: "2026-10-01", ToDay: "2026-12-01"}
	type page struct {
		view store.View
		want []feedback.Fact
	}
	var pages []page
	for i := range 3 {
		r := newRoom(t, s)
		scenes.Example(40+i).play(t, r)
		view := s.For(r.owner, r.venue.ID)
		want, err := view.Facts(t.Context(), f)
		if err != nil || len(want) == 0 {
			t.Fatalf("%d facts, %v", len(want), err)
		}
		pages = append(pages, page{view, want})
	}
	if err := s.Roll(t.Context()); err != nil {
		t.Fatal(err)
	}
	byID := func(a, b feedback.Fact) int { return strings.Compare(a.ID, b.ID) }
	var readers sync.WaitGroup
	for reader := range 4 {
		readers.Go(func() {
			for i := range 12 {
				p := pages[(reader+i)%len(pages)]
				want := slices.SortedFunc(slices.Values(p.want), byID)
				err := p.view.WithFacts(t.Context(), f, func(got []feedback.Fact) error {
					slices.SortFunc(got, byID)
					if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(feedback.Fact{}, "VenueID", "Opened"), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("facts (-want +got):\n%s", diff)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
}

// A row that cannot be read is named, and is not counted as something else.
func TestFacts_NameWhatCannotBeRead(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	id := r.report(t)
	r.write(t, func(at store.Edit) error {
		return store.Exec(t.Context(), at, "update reports set handling = ? where id = ?", "come\x1fover", id)
	})
	r.write(t, func(at store.Edit) error {
		return at.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: id, ByKind: feedback.ByGuest})
	})
	facts, err := s.For(r.owner, r.venue.ID).Facts(t.Context(), store.StatsFilter{FromDay: "2026-10-01", ToDay: "2026-12-01"})
	if err == nil || !strings.Contains(err.Error(), id) {
		t.Errorf("%d facts, %v", len(facts), err)
	}
}
