package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewReport is what a guest sends.
type NewReport struct {
	Code     string // as scanned or typed
	Rating   int
	Causes   []string
	Words    string
	Handling string
	Language string
	Contact  feedback.Contact

	Opened  time.Time        // when the form was opened, if somebody vouches for it
	Marked  bool             // it came in a burst: keep it, but page nobody
	Request feedback.Request // so that sending twice makes one report
}

// Submit takes a guest's report. It fails with [feedback.Problems] for what
// cannot be kept as it is, [feedback.ErrNotFound] for an unknown or withdrawn
// code and [feedback.ErrGone] for a visit that is over.
func (d *Desk) Submit(ctx context.Context, in NewReport) (feedback.Report, error) {
	now := d.now()
	seat, err := d.store.Seat(ctx, feedback.ReadCode(in.Code))
	if err != nil {
		return feedback.Report{}, err
	}
	guest := seat.Guest
	guest.Request = in.Request
	if err := seat.Code.Takes(now, in.Opened); err != nil {
		return d.sentBefore(ctx, guest, err)
	}
	r, contact, err := d.draft(in)
	if err != nil {
		return feedback.Report{}, err
	}
	r.TableID, r.CodeID, r.ToCheck = seat.Code.TableID, seat.Code.ID, in.Marked
	r.Place(seat.Venue, seat.Code.VisitID, seat.Visits)
	ref, err := d.write(ctx, guest, guest.Venue, func(at store.Edit) (string, error) {
		return r.ID, d.add(ctx, at, guest, seat.Venue, r, contact)
	})
	if err != nil {
		return feedback.Report{}, err
	}
	if ref == r.ID {
		return r, nil
	}
	return d.store.For(feedback.System(guest.Org, guest.Venue), guest.Venue).Report(ctx, ref)
}

// sentBefore answers a request that is repeated after its code ended: what was
// received stays received. Otherwise it fails with why.
func (d *Desk) sentBefore(ctx context.Context, guest feedback.Actor, why error) (feedback.Report, error) {
	if guest.Request.Key == "" {
		return feedback.Report{}, why
	}
	ref, err := d.replayed(ctx, scopeOf(guest), guest.Request)
	if err != nil {
		return feedback.Report{}, why
	}
	return d.store.For(feedback.System(guest.Org, guest.Venue), guest.Venue).Report(ctx, ref)
}

// draft cleans and checks what was typed.
func (d *Desk) draft(in NewReport) (feedback.Report, feedback.Contact, error) {
	r := feedback.Report{
		ID: d.newID(), Rating: in.Rating, Causes: distinct(in.Causes), Words: feedback.Clean(in.Words),
		Handling: in.Handling, Language: in.Language, Version: 1, CreatedAt: d.now(),
	}
	r.Salt = make([]byte, 16)
	rand.Read(r.Salt)
	c := feedback.Contact{
		ReportID: r.ID, Name: feedback.CleanLine(in.Contact.Name), Phone: feedback.CleanLine(in.Contact.Phone),
		Email: feedback.CleanLine(in.Contact.Email), ExpiresAt: r.CreatedAt.Add(feedback.ContactLife),
	}
	if err := r.Check(c, languages()); err != nil {
		return r, c, err
	}
	r.Sort()
	return r, c, nil
}

// add writes a new report with all that hangs on it.
func (d *Desk) add(ctx context.Context, at store.Edit, by feedback.Actor, v feedback.Venue, r feedback.Report, c feedback.Contact) error {
	if err := at.AddReport(ctx, r); err != nil {
		return err
	}
	if !c.Empty() || c.Name != "" {
		if err := at.AddContact(ctx, c); err != nil {
			return err
		}
		forget := feedback.Job{ID: d.newID(), Kind: feedback.JobForget, Subject: r.ID, RunAt: c.ExpiresAt}
		if err := at.Enqueue(ctx, forget); err != nil {
			return err
		}
	}
	e := d.event(by, feedback.ReportCreated, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Rating: r.Rating, Causes: r.Causes, Handling: r.Handling, Table: r.TableID}
	e.Digest = feedback.Digest(r.Salt, r.Words)
	if err := at.Append(ctx, e); err != nil {
		return err
	}
	return d.watch(ctx, at, r, v)
}

// WriteDown records what a guest said aloud, by a member of staff. table is its
// id or name. Staff cannot speak for a guest's trust: it is that of the table.
func (d *Desk) WriteDown(ctx context.Context, by feedback.Actor, venue, table string, in NewReport) (string, error) {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return "", err
	}
	r, contact, err := d.draft(in)
	if err != nil {
		return "", err
	}
	return d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := findTable(ctx, at.View, table)
		if err != nil {
			return "", err
		}
		r.TableID, r.WroteBy = t.ID, by.Person
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		here, err := at.OpenVisitsAt(ctx, t.ID, r.CreatedAt)
		if err != nil {
			return "", err
		}
		r.Place(v, "", here)
		return r.ID, d.add(ctx, at, by, v, r, contact)
	})
}

// findTable finds a table by id or name; a wrong one is the sender's problem.
func findTable(ctx context.Context, v store.View, table string) (feedback.Table, error) {
	t, err := v.Table(ctx, table)
	if errors.Is(err, feedback.ErrNotFound) {
		t, err = v.TableNamed(ctx, feedback.CleanLine(table))
	}
	if errors.Is(err, feedback.ErrNotFound) || err == nil && !t.RemovedAt.IsZero() {
		err = feedback.Problems{"table": "problem.table.unknown"}
	}
	return t, err
}

// act changes one report: fn says what, and returns the event that tells it.
// Staff see only the reports that their role may see.
func (d *Desk) act(ctx context.Context, by feedback.Actor, venue, report string, fn func(store.Edit, *feedback.Report) (*feedback.Event, error)) error {
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		r, err := at.Report(ctx, report)
		if err != nil {
			return "", err
		}
		if want := by.Request.Version; want != 0 && want != r.Version {
			return "", fmt.Errorf("report %s has version %d: %w", r.ID, r.Version, feedback.ErrConflict)
		}
		e, err := fn(at, &r)
		if err != nil || e == nil {
			return r.ID, err
		}
		if err := at.Advance(ctx, &r); err != nil {
			return "", err
		}
		e.Data.Status = r.Status
		return r.ID, at.Append(ctx, e)
	})
	return err
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
	r.TakenBy, r.ActiveAt = person, now
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
		if r.Status != feedback.Taken {
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		if err := r.Move(feedback.Open); err != nil {
			return nil, err
		}
		r.TakenBy = ""
		return d.event(by, feedback.ReportReleased, r.ID), d.rewatch(ctx, at, *r)
	})
}

// Outcome is how a member of staff closes a report.
type Outcome struct {
	feedback.Recovery
	Tell string // a message to the guest that goes with it; may be empty
}

// Resolve closes a report as put right; the guest is asked whether it was. One
// that nobody took yet is taken by who resolves it.
func (d *Desk) Resolve(ctx context.Context, by feedback.Actor, venue, report string, out Outcome) error {
	out.Note = feedback.Clean(out.Note)
	out.Actions = distinct(out.Actions)
	return d.end(ctx, by, venue, report, feedback.Resolved, func(at store.Edit, r *feedback.Report) (feedback.EventData, error) {
		v, err := at.Details(ctx)
		if err != nil {
			return feedback.EventData{}, err
		}
		if err := out.Check(v.Currency); err != nil {
			return feedback.EventData{}, err
		}
		if err := d.takeFirst(ctx, at, by, r); err != nil {
			return feedback.EventData{}, err
		}
		r.Actions, r.Cost, r.Note = out.Actions, out.Cost.Amount, out.Note
		r.Verdict, r.Said = feedback.NoVerdict, "" // asked each time
		if text := feedback.Clean(out.Tell); text != "" {
			if err := d.say(ctx, at, by, r, feedback.Message{Text: text}); err != nil {
				return feedback.EventData{}, err
			}
		}
		return feedback.EventData{Actions: out.Actions, Cost: out.Cost.Amount}, nil
	})
}

// takeFirst lets who closes an open report take it, so that the timeline and
// the times are true.
func (d *Desk) takeFirst(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) error {
	if r.Status != feedback.Open {
		return nil
	}
	e, err := d.take(ctx, at, by, r, by.Person)
	if err != nil {
		return err
	}
	e.Data.Status = r.Status
	return at.Append(ctx, e)
}

// Unresolved closes a report that could not be put right.
func (d *Desk) Unresolved(ctx context.Context, by feedback.Actor, venue, report, reason, note string) error {
	note = feedback.Clean(note)
	if err := feedback.CheckReason(reason, note, feedback.Reasons); err != nil {
		return err
	}
	return d.end(ctx, by, venue, report, feedback.Unresolved, func(_ store.Edit, r *feedback.Report) (feedback.EventData, error) {
		r.Reason, r.Note = reason, note
		return feedback.EventData{Reason: reason}, nil
	})
}

// Dismiss sets a report aside as abuse, spam, a test or a duplicate. Only
// managers may: it leaves the figures.
func (d *Desk) Dismiss(ctx context.Context, by feedback.Actor, venue, report, reason string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	if err := feedback.CheckReason(reason, "", feedback.DismissReasons); err != nil {
		return err
	}
	return d.end(ctx, by, venue, report, feedback.Dismissed, func(_ store.Edit, r *feedback.Report) (feedback.EventData, error) {
		r.Reason = reason
		return feedback.EventData{Reason: reason}, nil
	})
}

var ends = map[feedback.Status]feedback.EventKind{
	feedback.Resolved:   feedback.ReportResolved,
	feedback.Unresolved: feedback.ReportUnresolved,
	feedback.Dismissed:  feedback.ReportDismissed,
}

// end closes a report; fn fills in what is special about this end.
func (d *Desk) end(ctx context.Context, by feedback.Actor, venue, report string, to feedback.Status, fn func(store.Edit, *feedback.Report) (feedback.EventData, error)) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if err := holds(by, venue, *r); err != nil {
			return nil, err
		}
		if err := r.ClosableBy(by); err != nil {
			return nil, err
		}
		if r.Over() { // only the guest, or a reopening, moves it on
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		was, first := r.Status, r.TakenAt.IsZero()
		data, err := fn(at, r)
		if err != nil {
			return nil, err
		}
		if err := r.Move(to); err != nil {
			return nil, err
		}
		r.EndedAt = d.now()
		if first && !r.TakenAt.IsZero() {
			r.TakenAt = r.EndedAt // taken and closed by one tap, at one moment
		}
		r.Remember(was, by.Person, r.EndedAt)
		e := d.event(by, ends[to], r.ID)
		e.Data = data
		return e, nil
	})
}

// Reopen lets a report wait again that was closed too early. Only managers may.
func (d *Desk) Reopen(ctx context.Context, by feedback.Actor, venue, report string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		return d.reopen(ctx, at, by, r)
	})
}

func (d *Desk) reopen(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	v, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.Reopen(d.now(), v.Promise()); err != nil {
		return nil, err
	}
	if by.Kind != feedback.ByGuest {
		r.NotFor = ""
	}
	return d.event(by, feedback.ReportReopened, r.ID), d.rewatch(ctx, at, *r)
}

// Undo takes back the last tap on a report, for who made it, within
// [feedback.UndoFor].
func (d *Desk) Undo(ctx context.Context, by feedback.Actor, venue, report string) error {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return err
	}
	return d.act(ctx, by, venue, report, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		was := r.Status
		if err := r.Undo(by.Person, d.now()); err != nil {
			return nil, err
		}
		kind := feedback.ReportReopened
		if was == feedback.Taken {
			kind = feedback.ReportReleased
		}
		e := d.event(by, kind, r.ID)
		e.Data.What = "undo"
		return e, d.rewatch(ctx, at, *r)
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
	m.Salt = make([]byte, 16)
	rand.Read(m.Salt)
	if err := at.AddMessage(ctx, m); err != nil {
		return err
	}
	if !m.FromGuest {
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
	return at.Append(ctx, e)
}

// distinct drops repeated words and keeps their order; the result is never nil.
func distinct(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
