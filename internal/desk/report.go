package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// act changes one report: fn says what, and returns the event that tells it.
// Staff see only the reports that their role may see.
func (d *Desk) act(ctx context.Context, by feedback.Actor, venue, report string, fn func(store.Edit, *feedback.Report) (*feedback.Event, error)) error {
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		return report, d.actIn(ctx, at, by, report, fn)
	})
	return err
}

// actIn is act inside a transaction, for those that change several reports.
func (d *Desk) actIn(ctx context.Context, at store.Edit, by feedback.Actor, report string, fn func(store.Edit, *feedback.Report) (*feedback.Event, error)) error {
	r, err := at.Report(ctx, report)
	if err != nil {
		return err
	}
	if want := by.Request.Version; want != 0 && want != r.Version {
		return fmt.Errorf("report %s has version %d: %w", r.ID, r.Version, feedback.ErrConflict)
	}
	e, err := fn(at, &r)
	if err != nil || e == nil {
		return err
	}
	if err := at.Advance(ctx, &r); err != nil {
		return err
	}
	e.Data.Status = r.Status
	return d.append(ctx, at, e)
}

// Take gives an open report to a person, usually the one who asks. Of two who
// tap at once, one gets a [feedback.HeldError] that names the other.
func (d *Desk) Take(ctx context.Context, by feedback.Actor, venue, report, person string) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if person == "" {
			person = by.Person
		}
		if r.Status == feedback.Taken && r.TakenBy == person {
			return nil, nil // tapped twice
		}
		if r.Status == feedback.Taken {
			return nil, feedback.HeldError{Person: r.TakenBy, Name: r.TakenName}
		}
		return d.take(ctx, at, by, r, person)
	})
}

// take moves an open report to person.
func (d *Desk) take(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report, person string) (*feedback.Event, error) {
	role, err := d.roleOf(ctx, at, person)
	if err != nil {
		return nil, err
	}
	if !r.VisibleTo(role) {
		return nil, feedback.Problems{"person": "problem.person.unknown"}
	}
	if r.NotFor == person && !role.AtLeast(feedback.Manager) {
		return nil, fmt.Errorf("report %s goes to somebody else: %w", r.ID, feedback.ErrForbidden)
	}
	was := r.Status
	if err := r.Move(feedback.Taken); err != nil {
		return nil, err
	}
	now := d.now()
	r.TakenBy = person
	if r.ActiveAt.Before(r.Since) || by.Role(at.Venue()).AtLeast(feedback.Manager) {
		r.ActiveAt = now // passing it around without a word does not buy time; a manager decides
	}
	if r.TakenAt.IsZero() {
		r.TakenAt = now
	}
	r.Remember(was, by.Person, now)
	e := d.event(by, feedback.ReportTaken, r.ID)
	e.Data.Person = person
	return e, nil
}

// roleOf is what a person may do in the venue; a stranger is the sender's
// problem.
func (d *Desk) roleOf(ctx context.Context, at store.Edit, person string) (feedback.Role, error) {
	p, err := at.Person(ctx, person)
	if errors.Is(err, feedback.ErrNotFound) {
		err = feedback.Problems{"person": "problem.person.unknown"}
	}
	if err != nil {
		return feedback.Nobody, err
	}
	role, err := at.RoleOf(ctx, p)
	if err == nil && role == feedback.Nobody {
		err = feedback.Problems{"person": "problem.person.unknown"}
	}
	return role, err
}

// HandOver gives a report that waits to somebody else.
func (d *Desk) HandOver(ctx context.Context, by feedback.Actor, venue, report, person string) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if err := holds(by, venue, *r); err != nil {
			return nil, err
		}
		if r.Status == feedback.Taken {
			if err := r.Move(feedback.Open); err != nil {
				return nil, err
			}
		}
		e, err := d.take(ctx, at, by, r, person)
		r.UndoTo = ""
		return e, err
	})
}

// holds fails with a [feedback.HeldError] when the report is with somebody
// else; a manager may act all the same.
func holds(by feedback.Actor, venue string, r feedback.Report) error {
	if r.Status == feedback.Taken && r.TakenBy != by.Person && !by.Role(venue).AtLeast(feedback.Manager) {
		return feedback.HeldError{Person: r.TakenBy, Name: r.TakenName}
	}
	return nil
}

// Release puts a taken report back.
func (d *Desk) Release(ctx context.Context, by feedback.Actor, venue, report string) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if err := holds(by, venue, *r); err != nil {
			return nil, err
		}
		if r.Status != feedback.Taken || r.Done() { // nobody waits any more: it is closed, not put back
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		if err := r.Move(feedback.Open); err != nil {
			return nil, err
		}
		r.TakenBy = ""
		return d.event(by, feedback.ReportReleased, r.ID), d.rewatch(ctx, at, *r)
	})
}

// Say sends a message of staff to the guest, or keeps a note for the team. A
// quick phrase is sent by its key and written in the guest's language by the
// caller.
func (d *Desk) Say(ctx context.Context, by feedback.Actor, venue, report string, m feedback.Message) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Status == feedback.Dismissed {
			return nil, fmt.Errorf("report %s is dismissed: %w", r.ID, feedback.ErrConflict)
		}
		if err := d.say(ctx, at, by, r, m); err != nil {
			return nil, err
		}
		return nil, at.Advance(ctx, r)
	})
}

// say adds a message of staff or guest, with its event.
func (d *Desk) say(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report, m feedback.Message) error {
	m.ID, m.ReportID, m.At = d.newID(), r.ID, d.now()
	m.FromGuest, m.PersonID = by.Kind == feedback.ByGuest, by.Person
	m.Text = feedback.Clean(m.Text)
	if err := m.Check(); err != nil {
		return err
	}
	if r.Done() && !m.FromGuest && !m.Internal {
		return feedback.Problems{"text": "thread.problem.done"}
	}
	m.Salt = make([]byte, 16)
	rand.Read(m.Salt)
	if err := at.AddMessage(ctx, m); err != nil {
		return err
	}
	if !m.FromGuest && m.Says() {
		r.ActiveAt = m.At
		if r.AnsweredAt.IsZero() && !m.Internal {
			r.AnsweredAt = m.At
		}
	}
	e := d.event(by, feedback.ReportMessage, r.ID)
	e.Subject = m.ID
	e.Data = feedback.EventData{Status: r.Status, Message: m.ID}
	if m.Internal {
		e.Data.What = "note"
	}
	e.Digest = feedback.Digest(m.Salt, m.Text)
	return d.append(ctx, at, e)
}
