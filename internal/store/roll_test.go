package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// scene is a life of one venue, drawn at random: reports, and how often the
// figures were rolled up between them.
type scene struct {
	reports []feedback.Report
	later   []feedback.Report // what became of them, by the same place
	judged  []bool            // bursts marked as abuse (true) and taken back, one after the other
	roll    []bool            // after each step
}

var scenes = rapid.Custom(func(t *rapid.T) scene {
	var s scene
	for range rapid.IntRange(1, 40).Draw(t, "reports") {
		r := drawReport(t)
		s.reports = append(s.reports, r)
		s.later = append(s.later, drawOutcome(t, r))
		s.roll = append(s.roll, rapid.IntRange(0, 9).Draw(t, "roll") == 0, rapid.IntRange(0, 9).Draw(t, "roll") == 0)
	}
	for range rapid.IntRange(0, 3).Draw(t, "judged") {
		s.judged = append(s.judged, rapid.Bool().Draw(t, "abuse"))
		s.roll = append(s.roll, rapid.Bool().Draw(t, "roll"))
	}
	return s
})

// bursts are those that reports are drawn into; most are in none.
var bursts = []string{"", "", "burst one", "burst two"}

func drawReport(t *rapid.T) feedback.Report {
	// Two weeks around the end of summer time, also past midnight.
	at := time.Date(2026, 10, 18, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 14*24*3600_000).Draw(t, "at")) * time.Millisecond)
	r := feedback.Report{
		ID: storetest.ID(), Rating: rapid.IntRange(1, 5).Draw(t, "rating"), Causes: rapid.SliceOfNDistinct(rapid.SampledFrom(feedback.Causes), 0, 3, rapid.ID).Draw(t, "causes"),
		Handling: rapid.SampledFrom(append([]string{""}, feedback.Handlings...)).Draw(t, "handling"), Language: rapid.SampledFrom([]string{"en", "de", "ar"}).Draw(t, "language"),
		BurstID: rapid.SampledFrom(bursts).Draw(t, "burst"),
		Trust:   rapid.SampledFrom([]feedback.Trust{feedback.TrustVisit, feedback.TrustOpenTable, feedback.TrustTable}).Draw(t, "trust"),
		Server:  rapid.SampledFrom([]string{"", "Maria", "Jonas K.", "A\x1fB"}).Draw(t, "server"), Test: rapid.IntRange(0, 9).Draw(t, "test") == 0,
		Version: 1, CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
	}
	r.Sort()
	return r
}

func drawOutcome(t *rapid.T, r feedback.Report) feedback.Report {
	after := func(name string) time.Time {
		return r.CreatedAt.Add(time.Duration(rapid.Int64Range(0, 3600_000).Draw(t, name)) * time.Millisecond)
	}
	if r.Kind == feedback.Praise {
		return r
	}
	r.Status = rapid.SampledFrom([]feedback.Status{feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Dismissed}).Draw(t, "status")
	if r.Status != feedback.Open {
		r.TakenAt = after("taken")
	}
	if rapid.Bool().Draw(t, "answer") {
		r.AnsweredAt = after("answered")
	}
	if r.Over() {
		r.EndedAt = after("ended")
		r.Cost = rapid.Int64Range(0, 5000).Draw(t, "cost")
	}
	switch r.Status {
	case feedback.Resolved:
		r.Actions = rapid.SliceOfNDistinct(rapid.SampledFrom(feedback.Actions), 0, 3, rapid.ID).Draw(t, "actions")
		r.Verdict = rapid.SampledFrom([]feedback.Verdict{"", "yes", "partly", "no"}).Draw(t, "verdict")
	case feedback.Unresolved:
		r.Reason = rapid.SampledFrom(feedback.Reasons).Draw(t, "reason")
	}
	return r
}

// play lets a scene happen at the venue's tables.
func (sc scene) play(t *testing.T, r *room) {
	t.Helper()
	step := func(i int, do func(store.Edit) error) {
		r.write(t, do)
		if sc.roll[i] {
			if err := r.s.Roll(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, rep := range sc.reports {
		if rep.BurstID != "" {
			rep.BurstID += r.venue.ID
		}
		rep.TableID = []string{r.one.ID, r.two.ID}[i%2]
		rep.Day, rep.Hour = r.venue.Hours.Day(rep.CreatedAt, r.venue.Zone()), rep.CreatedAt.In(r.venue.Zone()).Hour()
		step(i, func(at store.Edit) error {
			if err := at.AddReport(t.Context(), rep); err != nil {
				return err
			}
			return at.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: rep.CreatedAt, ReportID: rep.ID, ByKind: feedback.ByGuest})
		})
	}
	// marks sets aside one burst after the other, or takes that back.
	marks := func(place, i int) {
		burst := bursts[len(bursts)-1-i%2] + r.venue.ID
		step(place, func(at store.Edit) error {
			kind, do := feedback.BurstCleared, func() (int64, error) { return at.ClearBurst(t.Context(), burst) }
			if sc.judged[i] {
				kind, do = feedback.BurstMarked, func() (int64, error) { return at.MarkBurst(t.Context(), burst, storetest.Epoch) }
			}
			if _, err := do(); err != nil {
				return err
			}
			return at.Append(t.Context(), &feedback.Event{Kind: kind, At: storetest.Epoch, Subject: burst, ByKind: feedback.ByPerson})
		})
	}
	defer func() {
		for i := range sc.judged {
			marks(2*len(sc.reports)+i, i)
		}
	}()
	for i, late := range sc.later {
		step(len(sc.reports)+i, func(at store.Edit) error {
			now, err := at.Report(t.Context(), late.ID)
			if err != nil {
				return err
			}
			now.Status, now.TakenAt, now.AnsweredAt, now.EndedAt = late.Status, late.TakenAt, late.AnsweredAt, late.EndedAt
			now.Actions, now.Cost, now.Verdict, now.Reason = late.Actions, late.Cost, late.Verdict, late.Reason
			if err := at.Advance(t.Context(), &now); err != nil {
				return err
			}
			return at.Append(t.Context(), &feedback.Event{Kind: feedback.ReportChanged, At: late.CreatedAt, ReportID: late.ID, ByKind: feedback.BySystem})
		})
	}
}

// TestFigures_AreThoseOfThePlainRows computes every figure a second way: by
// counting the rows themselves, in all and in each group, however much of the
// timeline was rolled up.
func TestFigures_AreThoseOfThePlainRows(t *testing.T) {
	s := storetest.New(t)
	for seed := range 8 {
		r := newRoom(t, s)
		scenes.Example(seed).play(t, r)
		var rows []feedback.Report
		if err := store.Rows(t.Context(), s.For(r.owner, r.venue.ID)).Where("not test").Find(&rows).Error; err != nil {
			t.Fatal(err)
		}
		now := storetest.Epoch.AddDate(1, 0, 0)
		for name, f := range map[string]store.StatsFilter{
			"all":        {FromDay: "2026-10-01", ToDay: "2026-12-01"},
			"some days":  {FromDay: "2026-10-20", ToDay: "2026-10-26"},
			"verified":   {FromDay: "2026-10-01", ToDay: "2026-12-01", Trust: []feedback.Trust{feedback.TrustVisit, feedback.TrustOpenTable}},
			"two nights": {From: time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 26, 3, 0, 0, 0, time.UTC)},
		} {
			f.Now = now
			agrees(t, fmt.Sprintf("scene %d, %s", seed, name), r, f, slices.DeleteFunc(slices.Clone(rows), func(x feedback.Report) bool { return !within(f, x) }))
		}
	}
}

// within says whether a report is of a period.
func within(f store.StatsFilter, r feedback.Report) bool {
	if len(f.Trust) > 0 && !slices.Contains(f.Trust, r.Trust) {
		return false
	}
	if f.FromDay != "" {
		return r.Day >= f.FromDay && r.Day <= f.ToDay
	}
	return !r.CreatedAt.Before(f.From) && r.CreatedAt.Before(f.To)
}

// TestCompare_IsTheSumOfEach: the figures of all venues are those of each one,
// however much was rolled up, and of nobody else's.
func TestCompare_IsTheSumOfEach(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	second := *r
	second.venue = storetest.VenueOf(t, s, r.owner)
	second.one, second.two = storetest.Table(t, s, r.owner, second.venue.ID, "1"), storetest.Table(t, s, r.owner, second.venue.ID, "2")
	for i, one := range []*room{r, &second, other} {
		scenes.Example(10+i).play(t, one)
	}
	r.write(t, func(at store.Edit) error { // all of a burst, by one event
		if _, err := at.MarkBurst(t.Context(), bursts[2]+r.venue.ID, storetest.Epoch); err != nil {
			return err
		}
		return at.Append(t.Context(), &feedback.Event{Kind: feedback.BurstMarked, At: storetest.Epoch, Subject: bursts[2] + r.venue.ID, ByKind: feedback.ByPerson})
	})
	visit := feedback.Visit{ID: storetest.ID(), TableID: r.one.ID, OpenedAt: time.Date(2026, 10, 21, 18, 0, 0, 0, time.UTC), ExpiresAt: storetest.Epoch}
	r.write(t, func(at store.Edit) error {
		opened := feedback.Event{Kind: feedback.VisitOpened, At: visit.OpenedAt, Subject: visit.ID, ByKind: feedback.BySystem}
		return errors.Join(at.AddVisit(t.Context(), visit), at.Append(t.Context(), &opened))
	})
	for rolled := range 3 {
		if rolled == 2 { // while one's figures are made again
			r.write(t, func(at store.Edit) error {
				return store.Exec(t.Context(), at, "update rolled set seq = -7 where venue_id = ?", r.venue.ID)
			})
		}
		for _, days := range [][2]string{{"2026-10-01", "2026-12-01"}, {"2026-10-20", "2026-10-26"}} {
			got, err := s.Org(r.owner).Compare(t.Context(), days[0], days[1])
			if err != nil || len(got) != 2 {
				t.Fatalf("%d venues, %v", len(got), err)
			}
			for _, v := range got {
				if opened := v.Visits == 1; opened != (v.Venue.ID == r.venue.ID) {
					t.Errorf("rolled %d times, %v: %d visits", rolled, days, v.Visits)
				}
				want, _, err := s.For(r.owner, v.Venue.ID).Figures(t.Context(), store.StatsFilter{FromDay: days[0], ToDay: days[1]})
				if err != nil {
					t.Fatal(err)
				}
				want.NoAnswer, want.Asked, want.InVisit, want.BeforeClose = 0, 0, 0, 0
				want.MedianTake, want.P90Take, want.MedianAnswer, want.P90Answer, want.MedianResolve, want.P90Resolve = 0, 0, 0, 0, 0, 0
				if diff := cmp.Diff(want, v.Figures); diff != "" {
					t.Errorf("rolled %d times, %v (-want +got):\n%s", rolled, days, diff)
				}
			}
		}
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func agrees(t *testing.T, name string, r *room, f store.StatsFilter, rows []feedback.Report) {
	t.Helper()
	for _, by := range feedback.Groupings {
		f.By = by
		total, groups, err := r.s.For(r.owner, r.venue.ID).Figures(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain(rows), total); diff != "" {
			t.Fatalf("%s: total (-want +got):\n%s", name, diff)
		}
		parts := map[string][]feedback.Report{}
		for _, row := range rows {
			fact := row.Fact()
			for _, key := range fact.GroupKeys(by, r.venue) {
				parts[key] = append(parts[key], row)
			}
		}
		for _, g := range groups {
			if diff := cmp.Diff(plain(parts[g.Key]), g.Figures); diff != "" {
				t.Fatalf("%s by %s: %q (-want +got):\n%s", name, by, g.Key, diff)
			}
			delete(parts, g.Key)
		}
		for key, left := range parts {
			if fs := plain(left); by != "server" && by != "language" || fs.Issues+fs.Praise >= feedback.MinGroup {
				t.Fatalf("%s by %s: no group %q of %d", name, by, key, len(left))
			}
		}
	}
}

// plain counts rows in the plainest way; all who were silent have been so for
// long.
func plain(rows []feedback.Report) (f feedback.Figures) {
	count := func(is func(feedback.Report) bool) (n int) {
		for _, r := range rows {
			if is(r) {
				n++
			}
		}
		return n
	}
	issue := func(r feedback.Report) bool { return r.Kind == feedback.Issue && r.Status != feedback.Dismissed }
	of := func(s feedback.Status, v feedback.Verdict) func(feedback.Report) bool {
		return func(r feedback.Report) bool { return issue(r) && r.Status == s && r.Verdict == v }
	}
	status := func(s feedback.Status) int {
		return count(func(r feedback.Report) bool { return r.Kind == feedback.Issue && r.Status == s })
	}
	f = feedback.Figures{
		Issues: count(issue), Resolved: status(feedback.Resolved), Unresolved: status(feedback.Unresolved),
		Open: status(feedback.Open) + status(feedback.Taken), Dismissed: count(func(r feedback.Report) bool { return r.Status == feedback.Dismissed }),
		Praise:    count(func(r feedback.Report) bool { return r.Kind == feedback.Praise && r.Status != feedback.Dismissed }),
		Confirmed: count(of(feedback.Resolved, feedback.Yes)), Partly: count(of(feedback.Resolved, feedback.Partly)),
		NotYet:   count(func(r feedback.Report) bool { return issue(r) && r.Verdict == feedback.NotYet }),
		NoAnswer: count(of(feedback.Resolved, feedback.NoVerdict)),
		Taken:    count(func(r feedback.Report) bool { return issue(r) && !r.TakenAt.IsZero() }),
		Answered: count(func(r feedback.Report) bool { return issue(r) && !r.AnsweredAt.IsZero() }),
		InTime: count(func(r feedback.Report) bool {
			return issue(r) && !r.TakenAt.IsZero() && r.TakenAt.Sub(r.CreatedAt) <= 3*time.Minute
		}),
	}
	for _, r := range rows {
		if issue(r) {
			f.Cost += r.Cost
		}
	}
	rank := func(at func(feedback.Report) time.Time, is func(feedback.Report) bool) (p50, p90 time.Duration) {
		var all []time.Duration
		for _, r := range rows {
			if issue(r) && is(r) && !at(r).IsZero() {
				all = append(all, at(r).Sub(r.CreatedAt))
			}
		}
		if len(all) == 0 {
			return 0, 0
		}
		slices.Sort(all)
		place := func(share float64) int { return int(math.Ceil(share*float64(len(all))-1e-9)) - 1 }
		return all[place(.5)], all[place(.9)]
	}
	always := func(feedback.Report) bool { return true }
	f.MedianTake, f.P90Take = rank(func(r feedback.Report) time.Time { return r.TakenAt }, always)
	f.MedianAnswer, f.P90Answer = rank(func(r feedback.Report) time.Time { return r.AnsweredAt }, always)
	f.MedianResolve, f.P90Resolve = rank(func(r feedback.Report) time.Time { return r.EndedAt }, func(r feedback.Report) bool { return r.Status == feedback.Resolved })
	return f
}

// kept is a row of what figures are read from.
type kept struct {
	VenueID, Key string
	Data         []byte
}

// keptFigures are all such rows, and how far each venue is added up.
func keptFigures(t *testing.T, s *store.Store) (rows []kept) {
	t.Helper()
	find(t, store.DB(t.Context(), s).Raw(`select venue_id, day || ' ' || cast(part as text) as key, data from packs union all select venue_id, month, data from rollups
		union all select venue_id, cast(seq as text), null from rolled order by 1, 2`), &rows)
	return rows
}

// TestRebuild_MakesTheSame: what followed the timeline, and what is made from
// the reports, are the same bytes.
func TestRebuild_MakesTheSame(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	scenes.Example(5).play(t, r)
	scenes.Example(6).play(t, other)
	visit := feedback.Visit{ID: storetest.ID(), TableID: r.one.ID, OpenedAt: storetest.Epoch, ExpiresAt: storetest.Epoch.Add(time.Hour)}
	r.write(t, func(at store.Edit) error {
		if err := at.AddVisit(t.Context(), visit); err != nil {
			return err
		}
		return at.Append(t.Context(), &feedback.Event{Kind: feedback.VisitOpened, At: visit.OpenedAt, Subject: visit.ID, ByKind: feedback.BySystem})
	})
	for range 2 { // the second finds nothing to do
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	followed := keptFigures(t, s)
	if len(followed) < 8 {
		t.Fatalf("only %d rows", len(followed))
	}
	rebuild(t, s)
	sameFigures(t, followed, keptFigures(t, s))
}

// TestRebuild_OneOfTwo: of several who make a venue's figures again, one does, and
// nothing is counted twice.
func TestRebuild_OneOfTwo(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	r.write(t, func(at store.Edit) error {
		for range 450 { // more than are read at a time, of seven days
			r.minutes += 20
			if err := r.add(t, at, r.fresh()); err != nil {
				return err
			}
		}
		visit := feedback.Visit{ID: storetest.ID(), TableID: r.one.ID, OpenedAt: storetest.Epoch, ExpiresAt: storetest.Epoch.Add(time.Hour)}
		opened := feedback.Event{Kind: feedback.VisitOpened, At: visit.OpenedAt, Subject: visit.ID, ByKind: feedback.BySystem}
		return errors.Join(at.AddVisit(t.Context(), visit), at.Append(t.Context(), &opened))
	})
	if err := s.Roll(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := keptFigures(t, s)
	for range 4 {
		var others sync.WaitGroup
		errs := make([]error, 3)
		for i := range errs {
			others.Go(func() { errs[i] = s.Rebuild(t.Context(), r.owner, r.venue.ID) })
		}
		others.Wait()
		if !slices.Contains(errs, nil) {
			t.Fatal(errs)
		}
		for _, err := range errs {
			if err != nil && !errors.Is(err, feedback.ErrConflict) {
				t.Error(err)
			}
		}
		sameFigures(t, want, keptFigures(t, s))
	}
}

func sameFigures(t *testing.T, got, want []kept) {
	t.Helper()
	if len(got) != len(want) || len(got) < 6 {
		t.Fatalf("%d rows followed the timeline, %d were made again", len(got), len(want))
	}
	for i := range got {
		if got[i].VenueID != want[i].VenueID || got[i].Key != want[i].Key || !bytes.Equal(got[i].Data, want[i].Data) {
			t.Errorf("%s of %s differs from %s of %s", got[i].Key, got[i].VenueID, want[i].Key, want[i].VenueID)
		}
	}
}

// TestRoll_InAnySteps: however few events are looked at together, whatever comes in
// between two looks, and however many nodes add up at once, the figures are those
// that are made from the reports.
func TestRoll_InAnySteps(t *testing.T) {
	for _, bounds := range [][3]int{{2, 7, 5}, {12, 1000, 30}} {
		t.Run(fmt.Sprint(bounds), func(t *testing.T) {
			s := storetest.New(t)
			rooms := []*room{newRoom(t, s), newRoom(t, s), newRoom(t, s)}
			live := func(seed int) {
				for i, r := range rooms {
					sc := scenes.Example(seed + i)
					clear(sc.roll)
					sc.play(t, r)
				}
			}
			live(20)
			roll := func(looked func()) {
				for range 6 {
					if err := store.RollIn(t.Context(), s, bounds[0], bounds[1], bounds[2], looked); err != nil {
						t.Error(err)
					}
				}
			}
			looks := 0
			roll(func() {
				if looks++; looks > 12 {
					return
				}
				r := rooms[looks%2]
				for range 6 { // more than are looked at of it
					e := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: r.report(t), ByKind: feedback.ByGuest}
					r.write(t, func(at store.Edit) error { return at.Append(t.Context(), &e) })
				}
			})
			live(30)
			var nodes sync.WaitGroup
			for range 3 {
				nodes.Go(func() { roll(nil) })
			}
			nodes.Wait()
			followed := keptFigures(t, s)
			rebuild(t, s)
			sameFigures(t, followed, keptFigures(t, s))
		})
	}
}

// TestRoll_OfABusyDay: a day of more reports than a part holds is added to at its
// end, changed in its middle, and read and made again as any other.
func TestRoll_OfABusyDay(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	at, n := storetest.Epoch, 0
	var ids []string
	told := func(edit store.Edit, kind feedback.EventKind, id string) error {
		return edit.Append(t.Context(), &feedback.Event{Kind: kind, At: at, ReportID: id, ByKind: feedback.ByGuest})
	}
	come := func(more int) {
		r.write(t, func(edit store.Edit) error {
			for range more {
				n++
				at = at.Add(time.Second)
				rep := feedback.Report{
					ID: storetest.IDAt(at), TableID: r.one.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Causes: []string{"cold"}, Language: "en", Trust: feedback.TrustTable,
					Version: 1, Day: "2026-11-20", Hour: 12, CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
				}
				ids = append(ids, rep.ID)
				if err := errors.Join(edit.AddReport(t.Context(), rep), told(edit, feedback.ReportCreated, rep.ID)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	resolved := 0
	resolve := func(id string) {
		resolved++
		r.write(t, func(edit store.Edit) error {
			now, err := edit.Report(t.Context(), id)
			if err != nil {
				return err
			}
			now.Status, now.TakenAt, now.EndedAt = feedback.Resolved, at, at
			return errors.Join(edit.Advance(t.Context(), &now), told(edit, feedback.ReportResolved, id))
		})
	}
	for i, step := range []func(){
		func() { come(500) },
		func() { come(12) }, // a part is full
		func() { come(1) },
		func() { come(1100) }, // two more
		func() { resolve(ids[3]); resolve(ids[700]) },
		func() { come(30); resolve(ids[len(ids)-1]) },
	} {
		step()
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, _, err := s.For(r.owner, r.venue.ID).Figures(t.Context(), store.StatsFilter{FromDay: "2026-11-20", ToDay: "2026-11-20", Now: at})
		if err != nil || f.Issues != n || f.Resolved != resolved {
			t.Fatalf("step %d: %d issues, %d resolved, %v; want %d and %d", i, f.Issues, f.Resolved, err, n, resolved)
		}
	}
	followed := keptFigures(t, s)
	sizes := []int{}
	for _, row := range followed {
		if strings.HasPrefix(row.Key, "2026-11-20 ") {
			facts, err := store.Unpack("2026-11-20", row.Data)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(facts))
		}
	}
	if want := []int{512, 512, 512, 107}; !slices.Equal(sizes, want) {
		t.Errorf("parts of %d reports, want %d", sizes, want)
	}
	rebuild(t, s)
	sameFigures(t, followed, keptFigures(t, s))
}

// A pack that was cut or spoiled is an error, not a panic or a wrong number.
func TestUnpack_OfAnything(t *testing.T) {
	sc := scenes.Example(5)
	whole := store.Pack(feedback.Facts(sc.later))
	back, err := store.Unpack("2026-11-20", whole)
	if err != nil || len(back) != len(sc.later) {
		t.Fatalf("%d reports, %v", len(back), err)
	}
	for n := range whole {
		if _, err := store.Unpack("", whole[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes, it is read", n, len(whole))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		_, _ = store.Unpack("", append([]byte{2}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...))
	})
}

// What is appended to a pack is the pack of all; what does not belong at its end
// is not appended.
func TestAppended_IsThePackOfAll(t *testing.T) {
	for seed := range 20 {
		all := feedback.Facts(scenes.Example(seed).later)
		whole := store.Pack(slices.Clone(all)) // sorts
		slices.SortFunc(all, func(a, b feedback.Fact) int { return strings.Compare(a.ID, b.ID) })
		for n := range all {
			got, ok, err := store.Appended(store.Pack(slices.Clone(all[:n])), slices.Clone(all[n:]))
			if err != nil || !ok || !bytes.Equal(got, whole) {
				t.Fatalf("%d of %d: %v, %v, the same %v", n, len(all), ok, err, bytes.Equal(got, whole))
			}
			if n == 0 {
				continue
			}
			if _, ok, err := store.Appended(whole, slices.Clone(all[n-1:])); ok || err != nil {
				t.Fatalf("%d that are there already are appended: %v, %v", len(all)-n+1, ok, err)
			}
		}
	}
}

// BenchmarkRoll is what it costs that figures follow a report, in rolls of some
// hundred of each venue.
func BenchmarkRoll(b *testing.B) {
	const venues = 20
	s := storetest.New(b)
	type seat struct {
		owner        feedback.Actor
		venue, table string
	}
	var seats []seat
	for range venues {
		owner, venue := storetest.Venue(b, s)
		seats = append(seats, seat{owner, venue.ID, storetest.Table(b, s, owner, venue.ID, "1").ID})
	}
	at := storetest.Epoch
	for from := 0; from < b.N; from += 1000 {
		storetest.Write(b, s, func(tx store.Tx) error {
			for i := from; i < min(from+1000, b.N); i++ {
				to := seats[i%venues]
				at = at.Add(time.Millisecond)
				r := feedback.Report{
					ID: storetest.IDAt(at), TableID: to.table, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Causes: []string{"cold"}, Language: "en",
					Trust: feedback.TrustTable, Version: 1, Day: at.Format(time.DateOnly), Hour: at.Hour(), CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
				}
				e := feedback.Event{Kind: feedback.ReportCreated, At: at, ReportID: r.ID, ByKind: feedback.ByGuest}
				in := tx.At(to.owner, to.venue)
				if err := errors.Join(in.AddReport(b.Context(), r), in.Append(b.Context(), &e)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ResetTimer()
	if err := s.Roll(b.Context()); err != nil {
		b.Fatal(err)
	}
}
