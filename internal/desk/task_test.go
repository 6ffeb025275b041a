package desk_test

import (
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// task is a root cause of the house: three guests of the first table found their
// food cold.
func (h *house) task(t *testing.T) feedback.Task {
	t.Helper()
	for range feedback.RepeatTimes {
		h.send(t)
	}
	must(t, h.OpenTasks(t.Context()))
	tasks := h.tasks(t)
	if len(tasks) == 0 {
		t.Fatal("no task was opened")
	}
	return tasks[0]
}

func (h *house) tasks(t *testing.T) []feedback.Task {
	t.Helper()
	at := h.s.For(h.manager, h.venue.ID)
	tasks, err := at.Tasks(t.Context(), h.clk.now().AddDate(0, 0, -90))
	must(t, err)
	must(t, at.CountTasks(t.Context(), tasks, h.clk.now()))
	return tasks
}

func TestOpenTasks_OnceForEachHabit(t *testing.T) {
	h := newHouse(t)
	h.send(t)
	h.send(t)
	test := h.opened(t, desk.NewVisit{Test: true})
	h.send(t, func(r *desk.NewReport) { r.Code = h.visitCode(t, test).Code })
	must(t, h.OpenTasks(t.Context()))
	if got := h.tasks(t); len(got) != 0 {
		t.Fatalf("two reports and a test opened %+v", got)
	}
	h.clk.advance(feedback.RepeatWithin + time.Hour)
	h.send(t)
	must(t, h.OpenTasks(t.Context()))
	if got := h.tasks(t); len(got) != 0 {
		t.Fatalf("three reports in more than a week opened %+v", got)
	}
	h.send(t)
	h.send(t)
	together(4, func(int) { must(t, h.OpenTasks(t.Context())) })
	got := h.tasks(t)
	if len(got) != 1 || got[0].Cause != "cold" || got[0].Scope != feedback.TaskArea || got[0].Reports != 3 {
		t.Fatalf("three reports in a week opened %+v, want one task", got)
	}
	h.send(t)
	must(t, h.OpenTasks(t.Context()))
	if got := h.tasks(t); len(got) != 1 {
		t.Errorf("a fourth report opened another: %+v", got)
	}
}

func TestChangeTask_CameBack(t *testing.T) {
	h := newHouse(t)
	task := h.task(t)
	change := desk.TaskChange{Owner: h.waiter.Person, DueOn: "2026-12-01", Note: "New heat lamps"}
	must(t, h.ChangeTask(t.Context(), h.manager, h.venue.ID, task.ID, change))
	got := h.tasks(t)[0]
	if got.OwnerName != "Wim Waiter" || got.DueOn != "2026-12-01" || got.Note != "New heat lamps" || got.Done() {
		t.Errorf("after the change: %+v", got)
	}
	h.clk.advance(time.Hour)
	change.Done = true
	must(t, h.ChangeTask(t.Context(), h.manager, h.venue.ID, task.ID, change))
	h.clk.advance(time.Hour)
	if got := h.tasks(t)[0]; !got.Done() || got.Since != 0 {
		t.Errorf("when it was done: %+v", got)
	}
	h.send(t, func(r *desk.NewReport) { r.Code = h.codeOf(t, h.second.ID).Code }) // of another area
	h.clk.advance(time.Hour)
	h.send(t)
	if got := h.tasks(t)[0]; got.Since != 1 {
		t.Errorf("one more of the same came, and Since is %d", got.Since)
	}
	h.send(t)
	h.send(t)
	must(t, h.OpenTasks(t.Context()))
	if got := h.tasks(t); len(got) != 2 || got[0].Done() {
		t.Fatalf("three more of the same: %+v, want one task more, open", got)
	}
	change.Done = false
	wantProblem(t, "opening the first again beside the second", h.ChangeTask(t.Context(), h.manager, h.venue.ID, task.ID, change), "done")

	change.Owner = h.owner.Org // is nobody
	wantProblem(t, "somebody who does not work here", h.ChangeTask(t.Context(), h.manager, h.venue.ID, task.ID, change), "owner")
	wantErr(t, "a waiter", h.ChangeTask(t.Context(), h.waiter, h.venue.ID, task.ID, desk.TaskChange{}), feedback.ErrForbidden)
}

func TestOpenTasks_AnHourOfSeveralAreas(t *testing.T) {
	h := newHouse(t)
	h.send(t)
	h.send(t)
	h.send(t, func(r *desk.NewReport) { r.Code = h.codeOf(t, h.second.ID).Code })
	must(t, h.OpenTasks(t.Context()))
	got := h.tasks(t)
	if len(got) != 1 || got[0].Scope != feedback.TaskHour || got[0].Place != "13" { // of the venue's clock
		t.Fatalf("opened %+v, want one task about the hour", got)
	}
	h.clk.advance(time.Minute)
	must(t, h.ChangeTask(t.Context(), h.manager, h.venue.ID, got[0].ID, desk.TaskChange{Done: true}))
	h.clk.advance(time.Minute)
	h.send(t)
	if got := h.tasks(t)[0]; got.Since != 1 {
		t.Errorf("one more of the same hour came, and Since is %d", got.Since)
	}
}
