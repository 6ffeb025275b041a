package desk_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// quotas are the quotas of an installation, filled up by the house's own clock.
type quotas struct {
	h    *house
	left map[string]float64
	at   map[string]time.Time
}

func newQuotas(h *house) *quotas {
	return &quotas{h, map[string]float64{}, map[string]time.Time{}}
}

func (q *quotas) over(key string, n int, limit feedback.Quota) bool {
	now := q.h.clk.now()
	if _, known := q.at[key]; !known {
		q.left[key] = float64(limit.Burst)
	} else {
		q.left[key] = min(float64(limit.Burst), q.left[key]+now.Sub(q.at[key]).Seconds()/limit.Every.Seconds())
	}
	q.at[key] = now
	if q.left[key] < float64(n) {
		return true
	}
	q.left[key] -= float64(n)
	return false
}

// pages counts the moments at which somebody was called: one message is one
// page, however many people it goes to.
func (h *house) pages(t *testing.T) int {
	t.Helper()
	ds, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{Limit: 200})
	must(t, err)
	seen := map[string]bool{}
	for _, d := range ds {
		seen[fmt.Sprint(d.AlertID, d.ReportID, d.What, d.Step)] = true
	}
	return len(seen)
}

// T01, T02: forged reports at one table for a minute, ten a second, or fifty with
// SOAK. All are kept; genuine guests at other tables are heard as ever; people are called
// three times at most.
func TestBurst_AFloodAtOneTable(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	tables, err := h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "11"}, {Name: "12"}, {Name: "13"}, {Name: "14"}, {Name: "15"}})
	must(t, err)
	q, opened := newQuotas(h), h.clk.now().Add(-time.Minute)
	from := func(code string, mods ...func(*desk.NewReport)) feedback.Report {
		t.Helper()
		in := h.complaint()
		in.Code, in.Over, in.Opened = code, q.over, opened
		for _, mod := range mods {
			mod(&in)
		}
		r, err := h.Submit(t.Context(), in)
		must(t, err)
		return r
	}
	forged, marked, each := 0, 0, 10
	if os.Getenv("SOAK") != "" {
		each = 50
	}
	for second := range 60 {
		for i := range each {
			r := from(h.code.Code, func(in *desk.NewReport) {
				if i == 7 {
					in.Causes = []string{feedback.CauseSafety}
				}
			})
			forged++
			if r.ToCheck {
				marked++
			}
			h.clk.advance(time.Second / time.Duration(each))
		}
		h.drain(t)
		if second%12 == 5 {
			before := h.pages(t)
			genuine := from(h.codeOf(t, tables[second/12]).Code)
			h.drain(t)
			if genuine.ToCheck || h.pages(t) != before+1 {
				t.Errorf("second %d: the guest at another table is not heard: %+v", second, genuine)
			}
		}
	}
	if most := feedback.PerCode.Burst + 6; forged != 60*each || forged-marked > most {
		t.Errorf("%d of %d are marked", marked, forged)
	}
	if n := h.pages(t) - 5; n > 3 || n < 1 {
		t.Errorf("the forged ones called people %d times", n)
	}
	bursts, err := h.s.For(h.manager, h.venue.ID).Bursts(t.Context(), h.clk.now().Add(-time.Hour))
	must(t, err)
	if len(bursts) != 1 || bursts[0].Size != marked || bursts[0].Left != marked || bursts[0].TableName != "1" {
		t.Errorf("bursts: %+v, want one of %d", bursts, marked)
	}
	board, err := h.s.For(h.waiter, h.venue.ID).Board(t.Context(), time.Time{})
	must(t, err)
	if want := forged - marked + 5; len(board) != want {
		t.Errorf("%d tickets, want the %d that are no burst", len(board), want)
	}
}

// T02: a flood that is all about safety, ten minutes long, calls people three times
// too, until somebody has looked or the alert is old; a slower one six times.
func TestBurst_AFloodOfAlarms(t *testing.T) {
	for every, most := range map[time.Duration]int{200 * time.Millisecond: 3, 10 * time.Second: feedback.BurstTold + 1} {
		h := newHouse(t)
		h.reachable(t)
		q, start := newQuotas(h), h.clk.now()
		for h.clk.now().Sub(start) < feedback.MergeWithin-every {
			in := h.complaint()
			in.Over, in.Causes = q.over, []string{feedback.CauseSafety}
			r, err := h.Submit(t.Context(), in)
			must(t, err)
			if r.Pages() { // no other is looked at
				must(t, h.Watch(t.Context(), feedback.System(h.venue.OrgID, h.venue.ID), r.ID))
			}
			h.clk.advance(every)
		}
		if n := h.pages(t); n > most || n < 3 {
			t.Errorf("one each %v called people %d times, want %d at most", every, n, most)
		}
	}
}

// A burst is told of once, as soon as it is one, and is another after a silence.
// Of several bursts at once people hear three times; what is about safety is
// told whatever else there is.
func TestBurst_IsToldOnce(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	many := func(n int, mods ...func(*desk.NewReport)) (last feedback.Report) {
		for range n {
			last, _ = h.send(t, append(mods, func(in *desk.NewReport) { in.Marked = true })...)
			h.clk.advance(time.Second)
		}
		h.drain(t)
		return last
	}
	many(feedback.BurstTold - 1)
	if n := h.pages(t); n != 0 {
		t.Fatalf("%d pages of what is no burst yet", n)
	}
	r := many(1)
	wantMessages(t, h, r, "0:00 manager burst")
	many(20)
	if n := h.pages(t); n != 1 {
		t.Errorf("%d pages of one burst", n)
	}
	safety := func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} }
	wantMessages(t, h, many(1, safety), "0:00 manager urgent")
	many(5, safety)
	if n := h.pages(t); n != 2 {
		t.Errorf("%d pages of a burst with safety in it", n)
	}
	h.clk.advance(feedback.BurstGap + time.Minute)
	many(feedback.BurstTold)
	if n := h.pages(t); n != 3 {
		t.Errorf("%d pages, want one more for another burst", n)
	}
	ids, err := h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "21"}, {Name: "22"}, {Name: "23"}})
	must(t, err)
	for _, id := range ids {
		many(feedback.BurstTold, func(in *desk.NewReport) { in.Code = h.codeOf(t, id).Code })
	}
	if n := h.pages(t); n != 2+feedback.BurstPages {
		t.Errorf("%d pages, want no more than %d bursts told of at a time", n, feedback.BurstPages)
	}
}

// Where screens show the board, what tells of a burst is noted for them too, all of
// one moment, and the report that makes it one is taken as any other.
func TestBurst_IsToldWhileScreensLive(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	var r feedback.Report
	for range feedback.BurstTold + 1 {
		r, _ = h.send(t, func(in *desk.NewReport) { in.Marked = true })
		h.clk.advance(time.Second)
	}
	told, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{})
	must(t, err)
	screens := 0
	for _, d := range told {
		if d.Kind == feedback.ChannelScreen {
			screens++
		}
		if !d.CreatedAt.Equal(told[0].CreatedAt) || d.What != feedback.SayBurst {
			t.Errorf("%s is told of %s at %s, others at %s", d.Kind, d.What, d.CreatedAt, told[0].CreatedAt)
		}
	}
	if screens != 1 || len(told) < 2 || r.ID == "" {
		t.Errorf("%d messages, %d of them for screens", len(told), screens)
	}
}

// A manager sets a burst aside in one tap and takes it back as whole: figures,
// board, timeline and audit trail follow. What somebody has acted on stays.
func TestBurst_MarkedAndTakenBack(t *testing.T) {
	h := newHouse(t)
	var all []feedback.Report
	for i := range 6 {
		r, _ := h.send(t, func(in *desk.NewReport) {
			in.Marked = true
			if i == 5 {
				in.Rating, in.Causes, in.Handling = 5, nil, ""
			}
		})
		all = append(all, r)
	}
	at := h.s.For(h.manager, h.venue.ID)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, all[0].ID, ""))
	h.clk.advance(24 * time.Hour)
	h.drain(t) // the service ends
	late, _ := h.send(t, func(in *desk.NewReport) { in.Marked = true })
	figures := func(want feedback.Figures) {
		t.Helper()
		for range 2 { // from the timeline, and rolled up
			got, _, err := at.Figures(t.Context(), store.StatsFilter{FromDay: "2000-01-01", ToDay: "2100-01-01", Now: h.clk.now()})
			must(t, err)
			got = feedback.Figures{Issues: got.Issues, Unresolved: got.Unresolved, Open: got.Open, Dismissed: got.Dismissed, Praise: got.Praise}
			if got != want {
				t.Errorf("figures %+v, want %+v", got, want)
			}
			must(t, h.s.Roll(t.Context()))
		}
	}
	before := feedback.Figures{Issues: 6, Unresolved: 4, Open: 2, Praise: 1}
	figures(before)
	burst := all[1].BurstID
	if burst == "" || late.BurstID == burst {
		t.Fatalf("bursts %q and, a day later, %q", burst, late.BurstID)
	}
	wantErr(t, "a waiter", h.MarkBurst(t.Context(), h.waiter, h.venue.ID, burst), feedback.ErrForbidden)
	must(t, h.MarkBurst(t.Context(), h.manager, h.venue.ID, burst))
	must(t, h.MarkBurst(t.Context(), h.manager, h.venue.ID, burst)) // tapped twice
	figures(feedback.Figures{Issues: 2, Open: 2, Dismissed: 5})
	if r := h.report(t, all[1].ID); r.Status != feedback.Dismissed || r.Reason != "abuse" || r.Version != 3 {
		t.Errorf("marked: %+v", r)
	}
	h.wantKinds(t, late.ID, "created")
	must(t, h.ClearBurst(t.Context(), h.manager, h.venue.ID, burst))
	must(t, h.ClearBurst(t.Context(), h.manager, h.venue.ID, burst))
	figures(before)
	if r := h.report(t, all[1].ID); r.Status != feedback.Unresolved || r.Reason != feedback.NobodyCame || !r.EndedAt.Equal(h.report(t, all[2].ID).EndedAt) {
		t.Errorf("taken back: %+v", r)
	}
	if r := h.report(t, all[5].ID); r.Status != feedback.Noted {
		t.Errorf("praise taken back is %s", r.Status)
	}
	events, err := at.EventsOf(t.Context(), all[1].ID)
	must(t, err)
	kinds := fmt.Sprint(events[len(events)-2].Kind, events[len(events)-1].Kind)
	if kinds != fmt.Sprint(feedback.BurstMarked, feedback.BurstCleared) || events[len(events)-1].ByID != h.manager.Person {
		t.Errorf("the timeline ends with %s", kinds)
	}
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 2)
	must(t, err)
	if len(log) != 2 || log[0].Action != "burst.cleared" || log[1].Action != "burst.marked" || log[1].Target != burst {
		t.Errorf("audit: %+v", log)
	}
	must(t, h.MarkBurst(t.Context(), h.manager, h.venue.ID, late.BurstID))
	must(t, h.ClearBurst(t.Context(), h.manager, h.venue.ID, late.BurstID))
	if n := h.jobs(t, feedback.JobWatch, late.ID); n != 1 {
		t.Errorf("%d timers for what is open again", n)
	}
	h.walk(t)
}

// T18: what a manager takes from the floor, staff cannot read any more, nowhere;
// the timeline says who did so.
func TestOffFloor(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	floor := h.s.For(h.waiter, h.venue.ID)
	wantErr(t, "a waiter", h.TakeOffFloor(t.Context(), h.waiter, h.venue.ID, r.ID, true), feedback.ErrForbidden)
	for range 2 {
		must(t, h.TakeOffFloor(t.Context(), h.manager, h.venue.ID, r.ID, true))
	}
	_, err := floor.Report(t.Context(), r.ID)
	wantErr(t, "staff read it", err, feedback.ErrNotFound)
	board, err := floor.Board(t.Context(), time.Time{})
	must(t, err)
	events, _, err := floor.EventsAfter(t.Context(), 0, 100)
	must(t, err)
	for _, e := range events {
		if e.ReportID == r.ID || e.ByID != "" {
			t.Errorf("staff are sent %+v", e)
		}
	}
	if len(board) != 0 || len(events) != 1 || events[0].Data.What != feedback.OffFloor {
		t.Errorf("staff see %d tickets and the events %+v, want the one that says to look again", len(board), events)
	}
	h.wantKinds(t, r.ID, "created", "changed off_floor")
	must(t, h.TakeOffFloor(t.Context(), h.manager, h.venue.ID, r.ID, false))
	if got, err := floor.Report(t.Context(), r.ID); err != nil || got.Words != r.Words {
		t.Errorf("given back: %+v, %v", got, err)
	}
}
