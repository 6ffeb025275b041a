package store_test

import (
	"errors"
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

// custom is how a venue is run for a time: on all days it opens from noon to a time in
// the afternoon, and from another over midnight to one in the morning, in minutes.
type custom struct {
	zone                       *time.Location
	noon, after, evening, ends int
	areas                      map[string]string // by table
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// hours are those of the custom, as a venue has them.
func (c custom) hours() feedback.Hours {
	h := feedback.Hours{Week: map[string][]string{}}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		h.Week[day] = []string{clock(c.noon) + "-" + clock(c.after), clock(c.evening) + "-" + clock(c.ends)}
	}
	return h
}

// wall is what the clocks say of a moment: its service day, hour and shift, read off
// them alone.
func (c custom) wall(at time.Time) (day string, hour int, shift string) {
	at = at.In(c.zone)
	y, m, d := at.Date()
	switch minutes := at.Hour()*60 + at.Minute(); {
	case minutes < c.ends:
		d, shift = d-1, clock(c.evening)
	case minutes >= c.evening:
		shift = clock(c.evening)
	case minutes >= c.noon && minutes < c.after:
		shift = clock(c.noon)
	default:
		shift = "closed"
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), at.Hour(), shift
}

// plainKeys are the groups of a report by every grouping, worked out by hand: areas
// are those of the tables.
func plainKeys(r feedback.Report, then custom) map[string][]string {
	day, hour, shift := then.wall(r.CreatedAt)
	date, _ := time.Parse(time.DateOnly, day)
	keys := map[string][]string{
		"day": {day}, "hour": {fmt.Sprintf("%02d", hour)}, "table": {r.TableID}, "area": {then.areas[r.TableID]}, "shift": {shift},
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
	was, is  custom    // until it was changed, and since
	changed  time.Time // when
	visits   map[string]feedback.Visit
	from, to string
	now      time.Time
}

// then is how the venue was run at a moment.
func (ev *evenings) then(at time.Time) custom {
	if at.Before(ev.changed) {
		return ev.was
	}
	return ev.is
}

var zones = []string{"Europe/Berlin", "America/New_York", "Asia/Tokyo"}

// drawEvenings lets an evening or two happen to a venue, over the night in which its
// clocks change, with the timeline followed at any moment. At one of them the venue
// moves, tables and all.
func drawEvenings(t *testing.T, rt *rapid.T, r *room, was custom) evenings {
	was.areas = map[string]string{r.one.ID: "", r.two.ID: "Terrace"}
	ev := evenings{was: was, visits: map[string]feedback.Visit{}}
	change := map[string]string{"Europe/Berlin": "2026-10-24", "America/New_York": "2026-10-31", "Asia/Tokyo": "2026-10-24"}[r.venue.TimeZone]
	if rapid.Bool().Draw(rt, "spring") {
		change = map[string]string{"Europe/Berlin": "2026-03-28", "America/New_York": "2026-03-07", "Asia/Tokyo": "2026-03-28"}[r.venue.TimeZone]
	}
	first, _ := time.Parse(time.DateOnly, change)
	ev.from, ev.to = change, first.AddDate(0, 0, 1).Format(time.DateOnly)
	ev.now = first.Add(30 * time.Hour)
	const all = 60 * 48
	cut := rapid.IntRange(0, all).Draw(rt, "changed")
	ev.changed = first.Add(time.Duration(cut) * time.Minute)
	r.custom(t, first.AddDate(0, 0, -7), was)
	ids := ev.happen(t, rt, r, []string{""}, first, [2]int{0, cut - 1})
	ev.is = custom{noon: 12 * 60, after: 14*60 + 30, evening: 17*60 + 30, ends: 5 * 60, areas: map[string]string{r.one.ID: "Terrace", r.two.ID: "Garden"}}
	r.venue.TimeZone = rapid.SampledFrom(zones).Draw(rt, "moves to")
	ev.is.zone = r.venue.Zone()
	r.custom(t, ev.changed, ev.is)
	ev.happen(t, rt, r, ids, first, [2]int{cut, all})
	return ev
}

// custom lets a venue be run so from now on.
func (r *room) custom(t *testing.T, now time.Time, is custom) {
	t.Helper()
	r.venue.Hours = is.hours()
	r.write(t, func(at store.Edit) error {
		if err := at.SaveDetails(t.Context(), r.venue, now); err != nil {
			return err
		}
		for _, table := range []feedback.Table{r.one, r.two} {
			if name := is.areas[table.ID]; name != "" {
				area, err := at.AreaNamed(t.Context(), storetest.ID(), name)
				if err != nil {
					return err
				}
				table.AreaID = area.ID
			}
			if err := at.SaveTable(t.Context(), table, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// happen opens visits and sends reports within some minutes of two days. It adds the
// visits to ids.
func (ev *evenings) happen(t *testing.T, rt *rapid.T, r *room, ids []string, first time.Time, within [2]int) []string {
	if within[0] > within[1] {
		return ids
	}
	minutes := func(name string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(rt, name)) * time.Minute
	}
	follow := func() {
		if rapid.IntRange(0, 5).Draw(rt, "follow") == 0 {
			if err := r.s.Roll(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
	}
	for range rapid.IntRange(0, 4).Draw(rt, "visits") {
		v := feedback.Visit{
			ID: storetest.ID(), TableID: r.one.ID, Test: rapid.IntRange(0, 5).Draw(rt, "test visit") == 0, Covers: rapid.IntRange(0, 4).Draw(rt, "covers"),
			ByScan: rapid.IntRange(0, 3).Draw(rt, "by scan") == 0, OpenedAt: first.Add(minutes("opened", within[0], within[1])),
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
		ids, ev.visits[v.ID] = append(ids, v.ID), v
		follow()
	}
	for range rapid.IntRange(1, 15).Draw(rt, "reports") {
		ev.add(t, rt, r, ids, first.Add(minutes("sent", within[0], within[1])))
		follow()
	}
	return ids
}

// add sends a report and says at once what became of it.
func (ev *evenings) add(t *testing.T, rt *rapid.T, r *room, visits []string, at time.Time) {
	x := drawReport(rt)
	x.CreatedAt, x.Since, x.DueAt = at, at, at.Add(3*time.Minute)
	x.TableID = rapid.SampledFrom([]string{r.one.ID, r.two.ID}).Draw(rt, "table")
	x.VisitID = rapid.SampledFrom(visits).Draw(rt, "of visit")
	x.Moment = rapid.SampledFrom(append([]string{""}, feedback.Moments...)).Draw(rt, "moment")
	x.BurstID = ""
	x.Day, x.Hour = r.venue.Day(at), at.In(r.venue.Zone()).Hour()
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
// nights in which these change, areas off the tables, and what visits say; all by the
// clocks, hours and areas that the venue had then.
func TestFigures_EveryOneASecondWay(t *testing.T) {
	s := storetest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := &room{s: s}
		r.owner, r.venue = storetest.Venue(t, s, func(v *feedback.Venue) {
			v.TimeZone = rapid.SampledFrom(zones).Draw(rt, "zone")
		})
		was := custom{zone: r.venue.Zone(), noon: 11*60 + 30, after: 15 * 60, evening: 17 * 60, ends: 4 * 60}
		r.one, r.two = storetest.Table(t, s, r.owner, r.venue.ID, "1"), storetest.Table(t, s, r.owner, r.venue.ID, "2")
		ev := drawEvenings(t, rt, r, was)
		var rows []feedback.Report
		if err := store.Rows(t.Context(), s.For(r.owner, r.venue.ID)).Where("not test").Find(&rows).Error; err != nil {
			rt.Fatal(err)
		}
		rows = slices.DeleteFunc(rows, func(x feedback.Report) bool {
			day, _, _ := ev.then(x.CreatedAt).wall(x.CreatedAt)
			return day < ev.from || day > ev.to
		})
		later := ev.changed.AddDate(0, 0, 7)
		for _, then := range []struct {
			when string
			do   func() error
		}{
			{"as it came", func() error { return nil }},
			{"followed", func() error { return errors.Join(s.Roll(t.Context()), s.KeepDays(t.Context(), later)) }},
			{"made again", func() error {
				return errors.Join(s.Rebuild(t.Context(), r.owner, r.venue.ID), s.KeepDays(t.Context(), later))
			}},
		} {
			if err := then.do(); err != nil {
				rt.Fatal(err)
			}
			ev.holds(t, rt, r, rows, then.when)
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
			for _, key := range plainKeys(row, ev.then(row.CreatedAt))[by] {
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
	for _, days := range [][2]string{{ev.from, ev.to}, {ev.from, ev.from}, {ev.to, ev.to}} {
		ev.besides(t, rt, r, slices.DeleteFunc(slices.Clone(rows), func(x feedback.Report) bool {
			day, _, _ := ev.then(x.CreatedAt).wall(x.CreatedAt)
			return day < days[0] || day > days[1]
		}), days, when)
	}
}

// besides compares what stands beside other venues, and covers, with a second count.
func (ev *evenings) besides(t *testing.T, rt *rapid.T, r *room, rows []feedback.Report, days [2]string, when string) {
	visits, covers := 0, 0
	for _, v := range ev.visits {
		if day, _, _ := ev.then(v.OpenedAt).wall(v.OpenedAt); day >= days[0] && day <= days[1] && !v.Test && !v.ByScan {
			visits++
			covers += v.Covers
		}
	}
	if n, err := r.s.For(r.owner, r.venue.ID).Covers(t.Context(), days[0], days[1]); err != nil || n != covers {
		rt.Fatalf("%s: %d covers on %v, %v, want %d", when, n, days, err, covers)
	}
	all, err := r.s.Org(r.owner).Compare(t.Context(), days[0], days[1])
	if err != nil || len(all) != 1 {
		rt.Fatalf("%d venues, %v", len(all), err)
	}
	f := ev.plain(rows)
	if v := all[0]; v.Visits != visits || v.Issues != f.Issues || v.Resolved != f.Resolved || v.Unresolved != f.Unresolved || v.Cost != f.Cost || v.InTime != f.InTime {
		rt.Fatalf("%s: beside others %+v on %v, want %d visits and %+v", when, v, days, visits, f)
	}
}
