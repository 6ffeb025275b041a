package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// BenchmarkFacts reads sixty days of a venue with 33 reports a day, as the
// overview does, with a few reports that are not added up yet, and adds them up.
func BenchmarkFacts(b *testing.B) {
	const days, each, since = 60, 33, 5
	s := storetest.New(b)
	owner, venue := storetest.Venue(b, s)
	var tables []feedback.Table
	for n := range 20 {
		tables = append(tables, storetest.Table(b, s, owner, venue.ID, fmt.Sprint(n+1)))
	}
	n := 0
	add := func(at time.Time) {
		storetest.Write(b, s, func(tx store.Tx) error {
			in := tx.At(owner, venue.ID)
			n++
			r := feedback.Report{
				ID: storetest.IDAt(at), TableID: tables[n%20].ID, Kind: feedback.Issue, Status: feedback.Resolved, Rating: 2, Causes: []string{"cold"}, Language: "en",
				Trust: feedback.TrustTable, Version: 1, Day: at.Format(time.DateOnly), Hour: at.Hour(), CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
				TakenAt: at.Add(time.Minute), AnsweredAt: at.Add(2 * time.Minute), EndedAt: at.Add(9 * time.Minute), Actions: []string{"apologised", "remade"}, Cost: 300,
			}
			return errors.Join(in.AddReport(b.Context(), r), in.Append(b.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: at, ReportID: r.ID, ByKind: feedback.ByGuest}))
		})
	}
	for day := range days {
		for i := range each {
			add(storetest.Epoch.AddDate(0, 0, day).Add(time.Duration(i) * time.Minute))
		}
	}
	if err := s.Roll(b.Context()); err != nil {
		b.Fatal(err)
	}
	last := storetest.Epoch.AddDate(0, 0, days-1)
	for i := range since {
		add(last.Add(time.Hour + time.Duration(i)*time.Minute))
	}
	v := s.For(owner, venue.ID)
	f := store.StatsFilter{FromDay: storetest.Epoch.Format(time.DateOnly), ToDay: last.Format(time.DateOnly)}
	rs, err := v.Facts(b.Context(), f)
	if err != nil || len(rs) != days*each+since {
		b.Fatal(len(rs), err)
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := v.WithFacts(b.Context(), f, func([]feedback.Fact) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, by := range []string{"", "day", "cause", "weekday_hour", "shift", "stage"} {
		b.Run("split="+by, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if by == "" {
					feedback.Sum(rs, last)
				} else {
					feedback.Split(rs, by, venue, last)
				}
			}
		})
	}
}
