package desk_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

func TestTake_OneOfManyGetsIt(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	people := []feedback.Actor{h.owner, h.manager, h.waiter, h.other}
	errs := make([]error, 20)
	together(len(errs), func(i int) { errs[i] = h.Take(t.Context(), people[i%4], h.venue.ID, r.ID, "") })
	holder := h.report(t, r.ID)
	for i, err := range errs {
		if people[i%4].Person == holder.TakenBy {
			if err != nil {
				t.Errorf("%s has it, but read %v", people[i%4].Name, err)
			}
			continue
		}
		held, ok := errors.AsType[feedback.HeldError](err)
		if !ok || held.Person != holder.TakenBy || held.Name != holder.TakenName {
			t.Errorf("%s read %v, want that %s has it", people[i%4].Name, err, holder.TakenName)
		}
	}
	h.wantKinds(t, r.ID, "created", "taken")
}

func TestTake_ForSomebody(t *testing.T) {
	h := newHouse(t)
	stranger := newStranger(t, h)
	quiet, _ := h.send(t, func(in *desk.NewReport) { in.Handling = feedback.ManagerOnly })
	r, _ := h.send(t)
	wantProblem(t, "to a stranger", h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, stranger.Person), "person")
	wantProblem(t, "to nobody we know", h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, "x"), "person")
	wantProblem(t, "a quiet one to a waiter", h.Take(t.Context(), h.manager, h.venue.ID, quiet.ID, h.waiter.Person), "person")
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, h.other.Person))
	if got := h.report(t, r.ID); got.TakenBy != h.other.Person || !got.TakenAt.Equal(h.clk.now()) {
		t.Errorf("taken by %s at %s", got.TakenBy, got.TakenAt)
	}
}

// newStranger works in another venue of the same house.
func newStranger(t *testing.T, h *house) feedback.Actor {
	t.Helper()
	id, err := h.AddVenue(t.Context(), h.owner, feedback.Venue{Name: "Bar", Country: "DE"})
	must(t, err)
	person, err := h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "Sara Stranger", Role: feedback.Staff, Venue: id})
	must(t, err)
	return feedback.Actor{Kind: feedback.ByPerson, Org: h.owner.Org, ID: person, Person: person, Name: "Sara Stranger", Venues: map[string]feedback.Role{id: feedback.Staff}}
}

func TestHandOverAndRelease(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	for what, err := range map[string]error{
		"hand over what another has": h.HandOver(t.Context(), h.other, h.venue.ID, r.ID, h.other.Person),
		"release what another has":   h.Release(t.Context(), h.other, h.venue.ID, r.ID),
		"resolve what another has":   h.Resolve(t.Context(), h.other, h.venue.ID, r.ID, remade),
		"give up what another has":   h.Unresolved(t.Context(), h.other, h.venue.ID, r.ID, "guest_left", ""),
	} {
		if held, _ := errors.AsType[feedback.HeldError](err); held.Name != "Wim Waiter" {
			t.Errorf("%s: %v, want that Wim has it", what, err)
		}
	}
	must(t, h.HandOver(t.Context(), h.waiter, h.venue.ID, r.ID, h.other.Person))
	if got := h.report(t, r.ID); got.TakenBy != h.other.Person || got.Status != feedback.Taken {
		t.Errorf("handed over: %+v", got)
	}
	wantErr(t, "undo a hand-over", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	must(t, h.HandOver(t.Context(), h.manager, h.venue.ID, r.ID, h.waiter.Person)) // a manager may, whoever has it
	must(t, h.Release(t.Context(), h.waiter, h.venue.ID, r.ID))
	if got := h.report(t, r.ID); got.TakenBy != "" || got.Status != feedback.Open || got.TakenAt.IsZero() {
		t.Errorf("released: %+v", got)
	}
	wantErr(t, "undo after a release", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	wantErr(t, "release what nobody has", h.Release(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	h.wantKinds(t, r.ID, "created", "taken", "taken", "taken", "released")
}

func TestUndo(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	wantErr(t, "by another", h.Undo(t.Context(), h.other, h.venue.ID, r.ID), feedback.ErrConflict)
	wantErr(t, "by a manager", h.Undo(t.Context(), h.manager, h.venue.ID, r.ID), feedback.ErrConflict)
	h.clk.advance(feedback.UndoFor)
	must(t, h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID))
	if got := h.report(t, r.ID); got.Status != feedback.Open || got.TakenBy != "" || !got.TakenAt.IsZero() {
		t.Errorf("take undone: %+v", got)
	}
	if n := h.jobs(t, feedback.JobWatch, r.ID); n != 1 {
		t.Errorf("%d timers watch it, want one", n)
	}

	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	h.clk.advance(feedback.UndoFor + time.Millisecond)
	wantErr(t, "too late", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)

	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	must(t, h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID))
	if got := h.report(t, r.ID); got.Status != feedback.Taken || got.TakenBy != h.waiter.Person || got.Cost != 0 || !got.EndedAt.IsZero() {
		t.Errorf("end undone: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "taken", "released undo", "taken", "resolved", "reopened undo")
}

// A manager reopens it while the waiter's thumb is still on the button.
func TestUndo_NotAfterItMovedOn(t *testing.T) {
	h := newHouse(t)
	r, guest := h.resolved(t, h.waiter)
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, r.ID))
	wantErr(t, "after a reopening", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, "")) // a manager's reopening is nobody's fault
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	must(t, h.Judge(t.Context(), guest, feedback.Yes, ""))
	wantErr(t, "after the guest's word", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	if got := h.report(t, r.ID); got.Status != feedback.Resolved || got.Verdict != feedback.Yes || got.TakenBy != h.waiter.Person {
		t.Errorf("it is %+v", got)
	}
}

func TestResolve_AnOpenOneIsTakenFirst(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	h.clk.advance(time.Minute)
	out := remade
	out.Tell = "A new soup is coming."
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, out))
	got := h.report(t, r.ID)
	if got.Status != feedback.Resolved || got.TakenBy != h.waiter.Person || !got.TakenAt.Equal(h.clk.now()) || !got.EndedAt.Equal(got.TakenAt) || !got.AnsweredAt.Equal(got.TakenAt) ||
		got.Cost != 450 || got.LastText != out.Tell {
		t.Errorf("resolved: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "taken", "message", "resolved")
	must(t, h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID))
	if got := h.report(t, r.ID); got.Status != feedback.Open || got.TakenBy != "" || !got.TakenAt.IsZero() {
		t.Errorf("undone: %+v", got)
	}
}

func TestResolve_NeedsWhatWasDone(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	wantProblem(t, "nothing done", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, desk.Outcome{}), "actions")
	bad := remade
	bad.Cost.Currency = "USD"
	wantProblem(t, "other money", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, bad), "cost")
	long := remade
	long.Tell = longText(feedback.MaxMessage + 1)
	wantProblem(t, "a message too long", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, long), "text")
	if got := h.report(t, r.ID); got.Status != feedback.Open || got.Version != 1 {
		t.Errorf("a failed end left it %s, version %d", got.Status, got.Version)
	}
	h.wantKinds(t, r.ID, "created") // not even the take
}

func longText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

func TestEnds_AreEnds(t *testing.T) {
	h := newHouse(t)
	r, _ := h.resolved(t, h.waiter)
	for what, err := range map[string]error{
		"resolve again": h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade),
		"unresolved":    h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "other", ""),
		"dismiss":       h.Dismiss(t.Context(), h.manager, h.venue.ID, r.ID, "spam"),
		"take":          h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, h.other.Person),
		"hand over":     h.HandOver(t.Context(), h.waiter, h.venue.ID, r.ID, h.other.Person),
		"release":       h.Release(t.Context(), h.waiter, h.venue.ID, r.ID),
	} {
		wantErr(t, what, err, feedback.ErrConflict)
	}
	if got := h.report(t, r.ID); got.Cost != 450 || got.Version != r.Version {
		t.Errorf("it is %+v", got)
	}
}

func TestUnresolvedAndDismiss(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	wantProblem(t, "no reason", h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "", ""), "reason")
	wantProblem(t, "a reason for a dismissal", h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "spam", ""), "reason")
	must(t, h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "guest_left", "gone\x00 by eight"))
	if got := h.report(t, r.ID); got.Status != feedback.Unresolved || got.Reason != "guest_left" || got.Note != "gone by eight" || !got.TakenAt.IsZero() {
		t.Errorf("unresolved: %+v", got)
	}
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, r.ID))
	wantErr(t, "dismissed by a waiter", h.Dismiss(t.Context(), h.waiter, h.venue.ID, r.ID, "spam"), feedback.ErrForbidden)
	wantProblem(t, "dismissed for no reason", h.Dismiss(t.Context(), h.manager, h.venue.ID, r.ID, "guest_left"), "reason")
	must(t, h.Dismiss(t.Context(), h.manager, h.venue.ID, r.ID, "spam"))
	wantErr(t, "a message to a dismissed one", h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "x"}), feedback.ErrConflict)
	h.wantKinds(t, r.ID, "created", "unresolved", "reopened", "dismissed")

	happy, _ := h.send(t, func(in *desk.NewReport) { in.Rating, in.Causes, in.Handling = 5, nil, "" })
	must(t, h.Dismiss(t.Context(), h.manager, h.venue.ID, happy.ID, "test"))
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, happy.ID))
	if got := h.report(t, happy.ID); got.Status != feedback.Noted || got.Kind != feedback.Praise {
		t.Errorf("praise that was dismissed by mistake is %s %s", got.Kind, got.Status)
	}
	if n := h.jobs(t, feedback.JobWatch, happy.ID); n != 0 {
		t.Errorf("%d timers watch it", n)
	}
}

// A complaint about a person, or for the manager alone, is not there for staff,
// whatever they try.
func TestManagersOnly_IsNotThereForStaff(t *testing.T) {
	h := newHouse(t)
	for name, mod := range map[string]func(*desk.NewReport){
		"about a person":           func(in *desk.NewReport) { in.Causes = []string{feedback.CauseStaff} },
		"for the manager, quietly": func(in *desk.NewReport) { in.Handling = feedback.ManagerOnly },
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := h.send(t, mod)
			for what, err := range staffVerbs(t, h, h.waiter, r.ID) {
				wantErr(t, what, err, feedback.ErrNotFound)
			}
			if _, err := h.s.For(h.waiter, h.venue.ID).Messages(t.Context(), r.ID, true); !errors.Is(err, feedback.ErrNotFound) {
				t.Errorf("its messages: %v", err)
			}
			if got := h.report(t, r.ID); got.Version != 1 {
				t.Errorf("it has moved on to version %d", got.Version)
			}
		})
	}
}

// staffVerbs tries all that staff may do with a report.
func staffVerbs(t *testing.T, h *house, by feedback.Actor, report string) map[string]error {
	t.Helper()
	v := h.venue.ID
	return map[string]error{
		"take":       h.Take(t.Context(), by, v, report, ""),
		"hand over":  h.HandOver(t.Context(), by, v, report, h.other.Person),
		"release":    h.Release(t.Context(), by, v, report),
		"resolve":    h.Resolve(t.Context(), by, v, report, remade),
		"unresolved": h.Unresolved(t.Context(), by, v, report, "guest_left", ""),
		"undo":       h.Undo(t.Context(), by, v, report),
		"say":        h.Say(t.Context(), by, v, report, feedback.Message{Text: "x"}),
	}
}

func TestNobodyClosesAReportAboutThemselves(t *testing.T) {
	h := newHouse(t)
	_, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "1", Server: "marta"})
	must(t, err)
	r, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseStaff} })
	v := h.venue.ID
	must(t, h.Take(t.Context(), h.manager, v, r.ID, ""))
	wantErr(t, "resolve", h.Resolve(t.Context(), h.manager, v, r.ID, remade), feedback.ErrForbidden)
	wantErr(t, "unresolved", h.Unresolved(t.Context(), h.manager, v, r.ID, "other", ""), feedback.ErrForbidden)
	wantErr(t, "dismiss", h.Dismiss(t.Context(), h.manager, v, r.ID, "abuse"), feedback.ErrForbidden)
	must(t, h.Resolve(t.Context(), h.owner, v, r.ID, remade))
}

func TestSay_WordsAndNotes(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "angry man", Internal: true}))
	if got := h.report(t, r.ID); !got.AnsweredAt.IsZero() || got.ActiveAt.IsZero() {
		t.Errorf("a note counts as an answer: %s", got.AnsweredAt)
	}
	h.clk.advance(time.Second)
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "On my way", Phrase: "phrase.coming"}))
	must(t, h.Write(t.Context(), guest, "Thank you"))
	wantProblem(t, "nothing to say", h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: " \u200b"}), "text")
	at := h.s.For(guest, h.venue.ID)
	ms, err := at.Messages(t.Context(), r.ID, false)
	if must(t, err); len(ms) != 2 || ms[0].Text != "On my way" || ms[0].PersonName != "Wim Waiter" || ms[1].FromGuest != true || ms[1].PersonID != "" {
		t.Errorf("the guest reads %+v", ms)
	}
	if got := h.report(t, r.ID); got.Unread != 1 || got.LastFrom != "guest" || !got.AnsweredAt.Equal(h.clk.now()) {
		t.Errorf("unread %d, last from %q, answered %s", got.Unread, got.LastFrom, got.AnsweredAt)
	}
	h.wantKinds(t, r.ID, "created", "message note", "message", "message")
}

func TestIfMatch_AStaleOneChangesNothing(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	stale, fresh := h.waiter, h.waiter
	stale.Request.Version, fresh.Request.Version = r.Version+1, r.Version
	wantErr(t, "another version", h.Take(t.Context(), stale, h.venue.ID, r.ID, ""), feedback.ErrConflict)
	must(t, h.Take(t.Context(), fresh, h.venue.ID, r.ID, ""))
	wantErr(t, "the version before", h.Say(t.Context(), fresh, h.venue.ID, r.ID, feedback.Message{Text: "x"}), feedback.ErrConflict)
	fresh.Request.Version = h.report(t, r.ID).Version
	must(t, h.Say(t.Context(), fresh, h.venue.ID, r.ID, feedback.Message{Text: "x"}))
	h.wantKinds(t, r.ID, "created", "taken", "message")
}

// Whatever a crowd does to one report at once, its timeline holds, its status
// follows from its events, and nothing fails by accident.
func TestACrowdKeepsTheTimelineWhole(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	people := []feedback.Actor{h.owner, h.manager, h.waiter, h.other}
	var odd atomic.Pointer[error]
	together(64, func(i int) {
		by, v := people[i%4], h.venue.ID
		err := []func() error{
			func() error { return h.Take(t.Context(), by, v, r.ID, "") },
			func() error { return h.Release(t.Context(), by, v, r.ID) },
			func() error { return h.Say(t.Context(), by, v, r.ID, feedback.Message{Text: "x"}) },
			func() error { return h.Write(t.Context(), guest, "y") },
			func() error { return h.Resolve(t.Context(), by, v, r.ID, remade) },
			func() error { return h.Judge(t.Context(), guest, feedback.NotYet, "") },
			func() error { return h.Watch(t.Context(), feedback.System(h.owner.Org, v), r.ID) },
			func() error { return h.Undo(t.Context(), by, v, r.ID) },
		}[(i/4)%8]()
		if err != nil && !errors.Is(err, feedback.ErrConflict) && !errors.Is(err, feedback.ErrForbidden) {
			odd.Store(&err)
		}
	})
	if err := odd.Load(); err != nil {
		t.Error(*err)
	}
	h.walk(t)
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	got := h.report(t, r.ID)
	if last := events[len(events)-1]; last.Data.Status != got.Status {
		t.Errorf("the last event says %s, the report %s", last.Data.Status, got.Status)
	}
	rs, err := h.s.For(h.manager, h.venue.ID).Reports(t.Context(), store.Filter{})
	if must(t, err); len(rs) != 1 {
		t.Errorf("%d reports", len(rs))
	}
}
