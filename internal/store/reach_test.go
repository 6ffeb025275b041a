package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// Reach and covers are what plain counting over the rows gives, by the venue's
// service days, and of this venue alone.
func TestReach_IsPlainCounting(t *testing.T) {
	s := storetest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		owner, venue := storetest.Venue(t, s, func(v *feedback.Venue) {
			v.TimeZone = rapid.SampledFrom([]string{"America/New_York", "Europe/Berlin", "Asia/Tokyo"}).Draw(rt, "zone")
			v.Hours = feedback.Hours{Week: map[string][]string{}}
			for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
				v.Hours.Week[day] = []string{"17:00-02:00"}
			}
		})
		other, theirs := storetest.Venue(t, s)
		from, to := "2026-10-24", "2026-10-26" // over the end of summer time
		want, covers := map[string]feedback.Reach{}, 0
		storetest.Write(t, s, func(tx store.Tx) error {
			want, covers = map[string]feedback.Reach{}, 0
			for i := range 2 {
				by, in := owner, venue
				if i == 1 {
					by, in = other, theirs
				}
				e := tx.At(by, in.ID)
				table := storetest.ID()
				if err := e.AddTable(t.Context(), feedback.Table{ID: table, Name: "1", CreatedAt: storetest.Epoch}); err != nil {
					return err
				}
				count := func(add feedback.Reach) {
					if i == 0 && add != (feedback.Reach{}) {
						sum := want[table].Plus(add)
						sum.TableID = table
						want[table] = sum
					}
				}
				code := func(visit string, test bool) (scanned bool, err error) {
					c := feedback.Code{ID: storetest.ID(), TableID: table, VisitID: visit, CreatedAt: storetest.Epoch}
					c.Code, c.Short = c.ID, c.ID
					if err := e.AddCode(t.Context(), c); err != nil {
						return false, err
					}
					for d := range 5 {
						day, n := fmt.Sprintf("2026-10-%02d", 23+d), rapid.IntRange(0, 2).Draw(rt, "scans")
						if n == 0 {
							continue
						}
						scanned = true
						if err := tx.AddScans(t.Context(), []store.Scan{{Code: c.ID, Day: day, Count: int64(n), LastAt: storetest.Epoch}}); err != nil {
							return false, err
						}
						if day >= from && day <= to && !test {
							count(feedback.Reach{Scans: n})
						}
					}
					return scanned, nil
				}
				if _, err := code("", false); err != nil {
					return err
				}
				for range rapid.IntRange(0, 5).Draw(rt, "visits") {
					v := feedback.Visit{
						ID: storetest.ID(), TableID: table, Covers: rapid.IntRange(0, 4).Draw(rt, "covers"), Test: rapid.IntRange(0, 4).Draw(rt, "test") == 0, ByScan: rapid.IntRange(0, 4).Draw(rt, "by scan") == 0,
						OpenedAt: time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(rt, "opened")) * time.Minute),
					}
					v.ExpiresAt = v.OpenedAt.Add(time.Hour)
					if rapid.Bool().Draw(rt, "closed") {
						v.ClosedAt = v.OpenedAt.Add(30 * time.Minute)
					}
					if err := e.AddVisit(t.Context(), v); err != nil {
						return err
					}
					said, err := reportsOf(rt, tx, e, v)
					if err != nil {
						return err
					}
					day := in.Hours.Day(v.OpenedAt, in.Zone())
					counted := day >= from && day <= to && !v.Test
					if counted && i == 0 && !v.ByScan {
						covers += v.Covers
					}
					if rapid.IntRange(0, 3).Draw(rt, "no code") == 0 {
						continue
					}
					scanned, err := code(v.ID, v.Test)
					if err != nil {
						return err
					}
					if counted && !v.ByScan { // which anybody may have opened
						count(said.Plus(feedback.Reach{Visits: 1}))
						if scanned {
							count(feedback.Reach{Scanned: 1})
						}
					}
				}
			}
			return nil
		})
		view := s.For(owner, venue.ID)
		sum := feedback.Reach{}
		for _, table := range want {
			sum = sum.Plus(table)
		}
		sum.Scans = 0
		for _, of := range []string{"the rows", "the days"} {
			got, err := view.Reach(t.Context(), from, to)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("reach of %s (-want +got):\n%s", of, diff)
			}
			if got, err := view.VisitFigures(t.Context(), store.StatsFilter{FromDay: from, ToDay: to}); err != nil || got != sum {
				rt.Errorf("visits of %s: %+v, %v, want %+v", of, got, err, sum)
			}
			if n, err := view.Covers(t.Context(), from, to); err != nil || n != covers {
				rt.Errorf("covers of %s: %d, %v, want %d", of, n, err, covers)
			}
			if err := s.KeepDays(t.Context(), storetest.Epoch); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// reportsOf sends up to three reports of a visit, in any state, and counts by
// the plain words of the figures what they make of the visit.
func reportsOf(rt *rapid.T, tx store.Tx, e store.Edit, v feedback.Visit) (of feedback.Reach, err error) {
	issues, right := 0, 0
	for n := range rapid.IntRange(0, 3).Draw(rt, "reports") {
		sent := v.OpenedAt.Add(time.Duration(rapid.IntRange(-60, 60*24*3).Draw(rt, "sent")) * time.Minute)
		ended := v.OpenedAt.Add(time.Duration(rapid.IntRange(29, 31).Draw(rt, "ended")) * time.Minute)
		r := feedback.Report{
			ID:      fmt.Sprintf("%08x-%04x-7000-8%03x-%s", sent.UnixMilli()>>16, sent.UnixMilli()&0xffff, n, v.ID[24:]),
			TableID: v.TableID, VisitID: v.ID, Rating: 2, CreatedAt: sent, DueAt: sent, Since: sent,
			Kind: rapid.SampledFrom([]feedback.Kind{feedback.Issue, feedback.Praise}).Draw(rt, "kind"), Test: rapid.IntRange(0, 5).Draw(rt, "test report") == 0,
			Status: rapid.SampledFrom([]feedback.Status{feedback.Open, feedback.Resolved, feedback.Resolved, feedback.Unresolved, feedback.Dismissed}).Draw(rt, "status"),
		}
		if err := e.AddReport(rt.Context(), r); err != nil {
			return of, err
		}
		over := r.Status != feedback.Open
		if over {
			if err := store.DB(rt.Context(), tx).Exec("update reports set ended_at = ? where id = ?", ended.UnixMilli(), r.ID).Error; err != nil {
				return of, err
			}
		}
		if r.Test || r.Status == feedback.Dismissed || sent.Before(v.OpenedAt) { // before, when only a scan had opened it
			continue
		}
		of.Sent = 1
		if r.Kind == feedback.Issue {
			issues++
			if r.Status == feedback.Resolved && (v.ClosedAt.IsZero() || !ended.After(v.ClosedAt)) {
				right++
			}
		}
	}
	if issues > 0 {
		of.Issues = 1
	}
	if issues > 0 && right == issues {
		of.Resolved = 1
	}
	return of, nil
}
