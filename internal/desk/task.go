package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// OpenTasks looks in every venue for causes that keep coming up and opens a task
// for each that has none. It may run on several nodes, at once or twice: a
// database holds one open task about the same.
func (d *Desk) OpenTasks(ctx context.Context) error {
	places, err := d.store.Busy(ctx, d.now().Add(-feedback.RepeatWithin))
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range places {
		errs = append(errs, d.openTasks(ctx, feedback.System(p.OrgID, p.VenueID)))
	}
	return errors.Join(errs...)
}

func (d *Desk) openTasks(ctx context.Context, timer feedback.Actor) error {
	now := d.now()
	found, err := repeats(ctx, d.store.For(timer, timer.Venue), now)
	if err != nil || len(found) == 0 {
		return err
	}
	_, err = d.write(ctx, timer, timer.Venue, func(at store.Edit) (string, error) {
		found, err := repeats(ctx, at.View, now) // another node may have been here
		if err != nil {
			return "", err
		}
		for _, k := range slices.SortedFunc(maps.Keys(found), feedback.Repeat.Compare) {
			t := feedback.Task{ID: d.newID(), Cause: k.Cause, Scope: k.Scope, Place: k.Place, Reports: found[k], OpenedAt: now}
			if err := at.AddTask(ctx, t); err != nil {
				return "", err
			}
		}
		return "", nil
	})
	return err
}

func repeats(ctx context.Context, at store.View, now time.Time) (map[feedback.Repeat]int, error) {
	since := now.Add(-feedback.RepeatWithin)
	rs, err := at.Recent(ctx, since)
	if err != nil || len(rs) < feedback.RepeatTimes {
		return nil, err
	}
	tasks, err := at.Tasks(ctx, since)
	return feedback.Repeats(rs, tasks), err
}

// TaskChange is what somebody says of a root-cause task.
type TaskChange struct {
	Owner string // person of the venue; empty for nobody
	DueOn string // day or empty
	Note  string
	Done  bool
}

// ChangeTask notes who sees to a task, until when, and whether it is done. A
// manager may.
func (d *Desk) ChangeTask(ctx context.Context, by feedback.Actor, venue, task string, in TaskChange) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		t, err := at.Task(ctx, task)
		if err != nil {
			return "", err
		}
		if err := mayOwn(ctx, at.View, in.Owner); err != nil {
			return "", err
		}
		t.OwnerID, t.DueOn, t.Note = in.Owner, feedback.CleanLine(in.DueOn), feedback.Clean(in.Note)
		if in.Done != t.Done() {
			t.DoneAt = time.Time{}
			if in.Done {
				t.DoneAt = d.now()
			}
		}
		if err := t.Check(); err != nil {
			return "", err
		}
		if err := taken(at.SaveTask(ctx, t), "done", "tasks.problem.open"); err != nil {
			return "", err
		}
		return task, d.audit(ctx, tx.Org(by), by, venue, "task.changed", task, nil)
	})
	return err
}

// mayOwn fails unless a person works in the venue.
func mayOwn(ctx context.Context, at store.View, person string) error {
	if person == "" {
		return nil
	}
	team, err := at.Staff(ctx)
	if err == nil && !slices.ContainsFunc(team, func(p feedback.Person) bool { return p.ID == person }) {
		err = feedback.Problems{"owner": "tasks.problem.owner"}
	}
	return err
}
