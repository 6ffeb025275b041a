package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// wall is what the clocks of a venue that opens 11:30-15:00 and 17:00-04:00 on all
// days say of a moment: its service day, hour and shift, read off them alone.
func wall(at time.Time, zone *time.Location) (day string, hour int, shift string) {
	at = at.In(zone)
	y, m, d := at.Date()
	switch minutes := at.Hour()*60 + at.Minute(); {
	case minutes < 4*60:
		d, shift = d-1, "17:00"
	case minutes >= 17*60:
		shift = "17:00"
	case minutes >= 11*60+30 && minutes < 15*60:
		shift = "11:30"
	default:
		shift = "closed"
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), at.Hour(), shift
}

// plainKeys are the groups of a report by every grouping, worked out by hand: areas
// are those of the tables.
func plainKeys(r feedback.Report, zone *time.Location, areas map[string]string) map[string][]string {
	day, hour, shift := wall(r.CreatedAt, zone)
	date, _ := time.Parse(time.DateOnly, day)
	keys := map[string][]string{
		"day": {day}, "hour": {fmt.Sprintf("%02d", hour)}, "table": {r.TableID}, "area": {areas[r.TableID]}, "shift": {shift},
		"weekday_hour": {fmt.Sprintf("%s-%02d", strings.ToLower(date.Format("Mon")), hour)},
		"cause":        r.Causes, "action": r.Actions, "handling": {r.Handling}, "language": {r.Language}, "trust": {string(r.Trust)},
	}
	if r.Server != "" {
		keys["server"] = []string{strings.Fields(r.Server)[0]}
	}
	if r.Moment != "" {
		keys["moment"] = []string{r.Moment}
	}
	if r.Status == feedback.Unresolved {
		keys["reason"] = []string{r.Reason}
	}
	if !r.TakenAt.IsZero() {
		for _, from := range []time.Duration{0, 1, 3, 5, 10, 20} {
			if r.TakenAt.Sub(r.CreatedAt) >= from*time.Minute {
				keys["took"] = []string{fmt.Sprintf("%02d", from)}
			}
		}
	}
	if r.Status != feedback.Dismissed {
		keys["stage"] = []string{"sent"}
		issue, resolved := r.Kind == feedback.Issue, r.Status == feedback.Resolved
		for _, step := range []struct {
			name string
			is   bool
		}{{"issue", issue}, {"taken", issue && (resolved || !r.TakenAt.IsZero())}, {"resolved", issue && resolved}, {"confirmed", issue && resolved && r.Verdict == feedback.Yes}} {
			if step.is {
				keys["stage"] = append(keys["stage"], step.name)
			}
		}
	}
	return keys
}

// evenings are what happened to a venue in two nights, beside its rows.
type evenings struct {
	zone     *time.Location
	areas    map[string]string // by table
	visits   map[string]feedback.Visit
	opened   int // of them, that count
	from, to string
	now      time.Time
}

// drawEvenings lets an evening or two happen to a venue, over the night in which its
// clocks change, with the timeline followed at any moment.
func drawEvenings(t *testing.T, rt *rapid.T, r *room) evenings {
	ev := evenings{zone: r.venue.Zone(), areas: map[string]string{r.one.ID: "", r.two.ID: "Terrace"}, visits: map[string]feedback.Visit{}}
	change := map[string]string{"Europe/Berlin": "2026-10-24", "America/New_York": "2026-10-31", "Asia/Tokyo": "2026-10-24"}[r.venue.TimeZone]
	if rapid.Bool().Draw(rt, "spring") {
		change = map[string]string{"Europe/Berlin": "2026-03-28", "America/New_York": "2026-03-07", "Asia/Tokyo": "2026-03-28"}[r.venue.TimeZone]
	}
	first, _ := time.Parse(time.DateOnly, change)
	ev.from, ev.to = change, first.AddDate(0, 0, 1).Format(time.DateOnly)
	ev.now = first.Add(30 * time.Hour)
	minutes := func(name string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(rt, name)) * time.Minute
	}
	ids := []string{""}
	r.write(t, func(at store.Edit) error {
		area, err := at.AreaNamed(t.Context(), storetest.ID(), "Terrace")
		if err != nil {
			return err
		}
		two := r.two
		two.AreaID = area.ID
		return at.SaveTable(t.Context(), two)
	})
	for range rapid.IntRange(0, 6).Draw(rt, "visits") {
		v := feedback.Visit{
			ID: storetest.ID(), TableID: r.one.ID, Test: rapid.IntRange(0, 5).Draw(rt, "test visit") == 0,
			ByScan: rapid.IntRange(0, 3).Draw(rt, "by scan") == 0, OpenedAt: first.Add(minutes("opened", 0, 60*48)),
		}
		v.ExpiresAt = v.OpenedAt.Add(24 * time.Hour)
		if rapid.Bool().Draw(rt, "closed") {
			v.ClosedAt = v.OpenedAt.Add(minutes("stayed", 1, 90))
		}
		r.write(t, func(at store.Edit) error {
			kind := feedback.VisitOpened
			if v.ByScan {
				kind = feedback.VisitScanned
			}
			if err := at.AddVisit(t.Context(), v); err != nil {
				return err
			}
			return at.Append(t.Context(), &feedback.Event{Kind: kind, At: v.OpenedAt, Subject: v.ID, ByKind: feedback.BySystem})
		})
		if day, _, _ := wall(v.OpenedAt, ev.zone); day >= ev.from && day <= ev.to && !v.Test && !v.ByScan {
			ev.opened++
		}
		ids, ev.visits[v.ID] = append(ids, v.ID), v
	}
	for range rapid.IntRange(1, 25).Draw(rt, "reports") {
		ev.add(t, rt, r, ids, first.Add(minutes("sent", 0, 60*48)))
		if rapid.IntRange(0, 5).Draw(rt, "follow") == 0 {
			if err := r.s.Roll(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
	}
	return ev
}

// add sends a report and says at once what became of it.
func (ev *evenings) add(t *testing.T, rt *rapid.T, r *room, visits []string, at time.Time) {
	x := drawReport(rt)
	x.CreatedAt, x.Since, x.DueAt = at, at, at.Add(3*time.Minute)
	x.TableID = rapid.SampledFrom([]string{r.one.ID, r.two.ID}).Draw(rt, "table")
	x.VisitID = rapid.SampledFrom(visits).Draw(rt, "of visit")
	x.Moment = rapid.SampledFrom(append([]string{""}, feedback.Moments...)).Draw(rt, "moment")
	x.BurstID = ""
	x.Day, x.Hour = r.venue.Hours.Day(at, ev.zone), at.In(ev.zone).Hour()
	late := drawOutcome(rt, x)
	if late.Status == feedback.Resolved { // and may be just silent by then, or may still answer
		ev.now = late.EndedAt.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "asked at")) * time.Minute)
	}
	r.write(t, func(e store.Edit) error {
		if err := e.AddReport(t.Context(), x); err != nil {
			return err
		}
		if err := e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: at, ReportID: x.ID, ByKind: feedback.ByGuest}); err != nil {
			return err
		}
		now, err := e.Report(t.Context(), x.ID)
		if err != nil {
			return err
		}
		now.Status, now.TakenAt, now.AnsweredAt, now.EndedAt = late.Status, late.TakenAt, late.AnsweredAt, late.EndedAt
		now.Actions, now.Cost, now.Verdict, now.Reason = late.Actions, late.Cost, late.Verdict, late.Reason
		if err := e.Advance(t.Context(), &now); err != nil {
			return err
		}
		return e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportChanged, At: at, ReportID: x.ID, ByKind: feedback.BySystem})
	})
}

// plain are the figures of rows by the plainest counting, with the visits they are of
// and who may still answer.
func (ev *evenings) plain(rows []feedback.Report) feedback.Figures {
	f := plain(rows)
	f.NoAnswer, f.Asked = 0, 0
	for _, r := range rows {
		if r.Kind != feedback.Issue || r.Status != feedback.Resolved {
			continue
		}
		if r.Verdict == feedback.NoVerdict {
			if ev.now.Before(r.EndedAt.Add(20 * time.Minute)) {
				f.Asked++
			} else {
				f.NoAnswer++
			}
		}
		v, known := ev.visits[r.VisitID]
		if !known || v.ByScan || r.CreatedAt.Before(v.OpenedAt) {
			continue
		}
		f.InVisit++
		if v.ClosedAt.IsZero() || !r.EndedAt.After(v.ClosedAt) {
			f.BeforeClose++
		}
	}
	return f
}

// TestFigures_EveryOneASecondWay counts every figure in all and in each group without
// a word of the program's own: days, hours and shifts off the venue's clocks in the
// nights in which these change, areas off the tables, and what visits say.
func TestFigures_EveryOneASecondWay(t *testing.T) {
	s := storetest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := &room{s: s}
		r.owner, r.venue = storetest.Venue(t, s, func(v *feedback.Venue) {
			v.TimeZone = rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Asia/Tokyo"}).Draw(rt, "zone")
			v.Hours = feedback.Hours{Week: map[string][]string{}}
			for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
				v.Hours.Week[day] = []string{"11:30-15:00", "17:00-04:00"}
			}
		})
		r.one, r.two = storetest.Table(t, s, r.owner, r.venue.ID, "1"), storetest.Table(t, s, r.owner, r.venue.ID, "2")
		ev := drawEvenings(t, rt, r)
		var rows []feedback.Report
		if err := store.Rows(t.Context(), s.For(r.owner, r.venue.ID)).Where("not test").Find(&rows).Error; err != nil {
			rt.Fatal(err)
		}
		rows = slices.DeleteFunc(rows, func(x feedback.Report) bool {
			day, _, _ := wall(x.CreatedAt, ev.zone)
			return day < ev.from || day > ev.to
		})
		for _, when := range []string{"as it came", "followed"} {
			ev.holds(t, rt, r, rows, when)
			if err := s.Roll(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// holds compares every figure with a second count.
func (ev *evenings) holds(t *testing.T, rt *rapid.T, r *room, rows []feedback.Report, when string) {
	for _, by := range feedback.Groupings {
		total, groups, err := r.s.For(r.owner, r.venue.ID).Figures(t.Context(), store.StatsFilter{FromDay: ev.from, ToDay: ev.to, By: by, Now: ev.now})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(ev.plain(rows), total); diff != "" {
			rt.Fatalf("%s: in all (-want +got):\n%s", when, diff)
		}
		parts, want, got := map[string][]feedback.Report{}, map[string]feedback.Figures{}, map[string]feedback.Figures{}
		for _, row := range rows {
			for _, key := range plainKeys(row, ev.zone, ev.areas)[by] {
				parts[key] = append(parts[key], row)
			}
		}
		for key, part := range parts {
			counted := slices.DeleteFunc(slices.Clone(part), func(x feedback.Report) bool { return x.Status == feedback.Dismissed })
			if by != "server" && by != "language" || len(counted) >= 5 {
				want[key] = ev.plain(part)
			}
		}
		for _, g := range groups {
			got[g.Key] = g.Figures
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s: by %s (-want +got):\n%s", when, by, diff)
		}
	}
	all, err := r.s.Org(r.owner).Compare(t.Context(), ev.from, ev.to)
	if err != nil || len(all) != 1 {
		rt.Fatalf("%d venues, %v", len(all), err)
	}
	f := ev.plain(rows)
	if v := all[0]; v.Visits != ev.opened || v.Issues != f.Issues || v.Resolved != f.Resolved || v.Unresolved != f.Unresolved || v.Cost != f.Cost || v.InTime != f.InTime {
		rt.Fatalf("%s: beside others %+v, want %d visits and %+v", when, v, ev.opened, f)
	}
}
