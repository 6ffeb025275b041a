package desk_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

func (h *house) alarm(t *testing.T, kind feedback.Urgent, device string) (feedback.Report, bool) {
	t.Helper()
	r, mine, err := h.Alarm(t.Context(), desk.NewAlarm{Code: h.code.Code, Kind: kind, Language: "en", Device: device})
	must(t, err)
	return r, mine
}

// One tap is a whole report: it waits, managers have been told and there is a
// record to fill in.
func TestAlarm(t *testing.T) {
	h := newHouse(t)
	visit, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "1", Covers: 4})
	must(t, err)
	r, mine := h.alarm(t, feedback.Allergy, "a")
	got := h.report(t, r.ID)
	if !mine || got.Status != feedback.Open || !got.Safety() || got.Rated() || got.Level != 1 || got.Handling != feedback.ComeOver || got.VisitID != visit {
		t.Errorf("alarm = %+v", got)
	}
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	if len(events) != 2 || events[0].Data.Rating != 0 || events[1].Kind != feedback.ReportEscalated || events[1].Data.Level != 1 {
		t.Errorf("events = %+v", events)
	}
	i, err := h.Incident(t.Context(), h.manager, h.venue.ID, r.ID)
	must(t, err)
	if i.Party != 4 || !i.MealAt.Equal(h.clk.now()) || !i.OnsetAt.Equal(h.clk.now()) {
		t.Errorf("record = %+v", i)
	}
	_, _, err = h.Alarm(t.Context(), desk.NewAlarm{Code: h.code.Code, Kind: "fire", Language: "en"})
	if !errors.Is(err, feedback.ErrInvalid) {
		t.Errorf("an unknown kind: %v", err)
	}
}

// Taps of one kind at one table are one report for half a minute, whoever taps;
// only the browser that tapped first may follow it.
func TestAlarm_IsOneForHalfAMinute(t *testing.T) {
	h := newHouse(t)
	var taps sync.WaitGroup
	ids := make([]string, 20)
	for n := range ids {
		taps.Go(func() {
			r, _, err := h.Alarm(t.Context(), desk.NewAlarm{Code: h.code.Code, Kind: feedback.Ill, Language: "en", Device: "a"})
			if err != nil {
				t.Error(err)
			}
			ids[n] = r.ID
		})
	}
	taps.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("reports %s and %s", id, ids[0])
		}
	}
	h.clk.advance(29 * time.Second)
	if r, mine := h.alarm(t, feedback.Ill, "a"); !mine || r.ID != ids[0] {
		t.Errorf("the same browser again: %v", mine)
	}
	if r, mine := h.alarm(t, feedback.Ill, "b"); mine || r.ID != ids[0] {
		t.Errorf("another browser at the table: %v", mine)
	}
	if r, mine := h.alarm(t, feedback.Ill, ""); mine || r.ID != ids[0] {
		t.Errorf("a browser that nobody vouches for: %v", mine)
	}
	if r, _ := h.alarm(t, feedback.Allergy, "a"); r.ID == ids[0] {
		t.Error("another kind is the same report")
	}
	h.clk.advance(2 * time.Second)
	if r, mine := h.alarm(t, feedback.Ill, "a"); !mine || r.ID == ids[0] {
		t.Error("half a minute later it is still the same report")
	}
}

// "I don't feel safe" is a table that asks for somebody, to everybody but
// managers; and only a manager closes it.
func TestAlarm_UnsafeIsVeiled(t *testing.T) {
	h := newHouse(t)
	r, _ := h.alarm(t, feedback.Unsafe, "a")
	guest, err := h.Guest(t.Context(), h.StatusToken(r.ID))
	must(t, err)
	must(t, h.Write(t.Context(), guest, "He follows me"))
	shared := h.manager
	shared.Shared = true
	for name, by := range map[string]feedback.Actor{"staff": h.waiter, "a manager at a shared tablet": shared} {
		at := h.s.For(by, h.venue.ID)
		one, err := at.Report(t.Context(), r.ID)
		must(t, err)
		board, err := at.Board(t.Context(), h.clk.now().Add(-time.Hour))
		must(t, err)
		events, _, err := at.EventsAfter(t.Context(), 0, 100)
		must(t, err)
		own, err := at.EventsOf(t.Context(), r.ID)
		must(t, err)
		messages, err := at.Messages(t.Context(), r.ID, true)
		must(t, err)
		found, err := at.Reports(t.Context(), store.Filter{Cause: feedback.CauseSafety})
		must(t, err)
		if !one.Veiled || len(board) != 1 || !board[0].Veiled || one.LastText != "" || len(messages) != 0 || len(found) != 0 {
			t.Errorf("%s reads %+v, %v, %v", name, one, messages, found)
		}
		for _, e := range append(events, own...) {
			if len(e.Data.Causes) > 0 || e.Data.Message != "" || e.Data.Handling != "" {
				t.Errorf("%s reads of event %s: %+v", name, e.Kind, e.Data)
			}
		}
	}
	if got := h.report(t, r.ID); got.Veiled || got.Urgent != feedback.Unsafe || got.LastText == "" {
		t.Errorf("a manager reads %+v", got)
	}
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	if err := h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{Note: "x"}}); !errors.Is(err, feedback.ErrForbidden) {
		t.Errorf("a waiter closes it: %v", err)
	}
	must(t, h.Resolve(t.Context(), h.manager, h.venue.ID, r.ID, desk.Outcome{Recovery: feedback.Recovery{Note: "x"}}))
	if got := h.report(t, r.ID); got.Urgent != feedback.Unsafe || !got.Safety() {
		t.Errorf("what a waiter took came back without its contents: %+v", got)
	}
}

// An alarm stands until somebody has looked, whoever takes their words back; and
// a guest may call as often as they like.
func TestAlarm_StandsUntilSomebodyLooked(t *testing.T) {
	h := newHouse(t)
	r, _ := h.alarm(t, feedback.Ill, "a")
	guest, err := h.Guest(t.Context(), h.StatusToken(r.ID))
	must(t, err)
	must(t, h.Call(t.Context(), guest))
	calls := func() (n int) {
		events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
		must(t, err)
		for _, e := range events {
			if e.Data.What == "call" {
				n++
			}
		}
		return n
	}
	must(t, h.Call(t.Context(), guest))
	if n := calls(); n != 1 {
		t.Errorf("a double tap is %d calls", n)
	}
	h.clk.advance(31 * time.Second)
	must(t, h.Call(t.Context(), guest))
	if n := calls(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	must(t, h.Withdraw(t.Context(), guest))
	if got := h.report(t, r.ID); got.Status != feedback.Open || !got.Withdrawn() {
		t.Errorf("withdrawn: %+v", got)
	}
}

// The record is for managers on a screen of their own; who looked and who
// changed it is kept, what it says is not in the timeline; what is about the
// guest goes with their words.
func TestIncident(t *testing.T) {
	h := newHouse(t)
	r, _ := h.alarm(t, feedback.Allergy, "a")
	change := func(by feedback.Actor, version int64) error {
		return h.ChangeIncident(t.Context(), by, h.venue.ID, r.ID, version, func(i *feedback.Incident) error {
			i.Contact, i.Symptoms, i.Kept, i.ReportID = "Canary 1", "Canary hives", "Lot 4471", "other"
			return nil
		})
	}
	shared := h.manager
	shared.Shared = true
	for name, by := range map[string]feedback.Actor{"staff": h.waiter, "a shared tablet": shared, "a reading key": till(h, feedback.ScopeRead)} {
		if _, err := h.Incident(t.Context(), by, h.venue.ID, r.ID); !errors.Is(err, feedback.ErrForbidden) {
			t.Errorf("%s reads it: %v", name, err)
		}
		if err := change(by, 0); !errors.Is(err, feedback.ErrForbidden) {
			t.Errorf("%s changes it: %v", name, err)
		}
	}
	must(t, change(h.manager, 1))
	if err := change(h.manager, 1); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("changed from an old page: %v", err)
	}
	i, err := h.Incident(t.Context(), h.owner, h.venue.ID, r.ID)
	must(t, err)
	if i.Symptoms != "Canary hives" || i.ChangedName != "Marta Manager" || i.Version != 2 {
		t.Errorf("record = %+v", i)
	}
	events, _, err := h.s.For(h.manager, h.venue.ID).EventsAfter(t.Context(), 0, 100)
	must(t, err)
	last := events[len(events)-1]
	if last.Data.What != "incident" || len(last.Digest) == 0 || string(last.Digest) != string(i.Digest()) {
		t.Errorf("event = %+v", last)
	}
	audit, err := h.s.Org(h.owner).Audit(t.Context(), "", 100)
	must(t, err)
	var actions []string
	for _, a := range audit {
		actions = append(actions, a.Action)
	}
	if all := strings.Join(actions, " "); !strings.Contains(all, "incident.seen") || !strings.Contains(all, "incident.changed") {
		t.Errorf("audit = %s", all)
	}
	guest, err := h.Guest(t.Context(), h.StatusToken(r.ID))
	must(t, err)
	must(t, h.Withdraw(t.Context(), guest))
	i, err = h.Incident(t.Context(), h.owner, h.venue.ID, r.ID)
	must(t, err)
	if i.Contact+i.Symptoms != "" || i.Kept != "Lot 4471" || i.Salt != nil {
		t.Errorf("after the guest withdrew: %+v", i)
	}
	cold, _ := h.send(t)
	if _, err := h.Incident(t.Context(), h.owner, h.venue.ID, cold.ID); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("a record of a cold soup: %v", err)
	}
}
