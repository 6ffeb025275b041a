package desk

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// The verbs of a guest act on the one report that the guest's actor names.

// Write sends a guest's message to the staff.
func (d *Desk) Write(ctx context.Context, guest feedback.Actor, text string) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Status == feedback.Dismissed || r.Withdrawn() {
			return nil, fmt.Errorf("report %s takes no messages: %w", r.ID, feedback.ErrConflict)
		}
		if err := d.say(ctx, at, guest, r, feedback.Message{Text: text}); err != nil {
			return nil, err
		}
		if e, err := d.heed(ctx, at, guest, r, text, nil); err != nil || e != nil {
			return e, err
		}
		if r.Done() { // a page from before: they need something after all
			r.DoneAt = time.Time{}
			if err := d.rewatch(ctx, at, *r); err != nil {
				return nil, err
			}
		}
		return nil, at.Advance(ctx, r)
	})
}

// Judge takes the guest's verdict on a resolved report. The first "not yet"
// reopens it, for somebody else and a manager; the second ends it as
// unresolved, and a manager is told.
func (d *Desk) Judge(ctx context.Context, guest feedback.Actor, verdict feedback.Verdict, words string) error {
	words = feedback.Clean(words)
	ps := feedback.Problems{}
	if !slices.Contains(feedback.Verdicts, verdict) {
		ps["verdict"] = "problem.verdict.unknown"
	}
	if utf8.RuneCountInString(words) > feedback.MaxMessage {
		ps["words"] = "problem.message.long"
	}
	if err := ps.OrNil(); err != nil {
		return err
	}
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Status != feedback.Resolved || r.Withdrawn() {
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		r.Verdict, r.Said, r.UndoTo = verdict, words, ""
		e := d.event(guest, feedback.ReportVerdict, r.ID)
		e.Data.Verdict = verdict
		if words != "" {
			e.Digest = feedback.Digest(r.Salt, words)
		}
		if verdict == feedback.NotYet {
			e.Data.Status = r.Status
			err := d.append(ctx, at, e)
			if err != nil {
				return nil, err
			}
			if e, err = d.notYet(ctx, at, guest, r); err != nil {
				return nil, err
			}
		}
		return d.heed(ctx, at, guest, r, words, e)
	})
}

// notYet does what a "not yet" asks for.
func (d *Desk) notYet(ctx context.Context, at store.Edit, guest feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	r.Reopenings++
	if r.Reopenings == 1 {
		e, err := d.reopen(ctx, at, guest, r)
		if err != nil {
			return nil, err
		}
		e.Data.Status = r.Status
		if err := d.append(ctx, at, e); err != nil {
			return nil, err
		}
		if e, err = d.toManager(ctx, at, feedback.System(guest.Org, guest.Venue), r, feedback.SayNotYet); err != nil {
			return nil, err
		}
		return e, d.rewatch(ctx, at, *r)
	}
	if err := r.Move(feedback.Unresolved); err != nil {
		return nil, err
	}
	r.Reason, r.EndedAt = "other", d.now()
	e := d.event(guest, feedback.ReportUnresolved, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Reason: r.Reason, Verdict: feedback.NotYet}
	if err := d.append(ctx, at, e); err != nil {
		return nil, err
	}
	return d.toManager(ctx, at, feedback.System(guest.Org, guest.Venue), r, feedback.SayUnhappy)
}

// Call alerts the team again, at most every [feedback.CallAgain]; about safety
// as often as the guest likes. The guest of a praise who calls needs somebody
// after all, and one who asked that a manager be told later no longer wants that.
func (d *Desk) Call(ctx context.Context, guest feedback.Actor) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		now := d.now()
		switch wait := feedback.CallAgain - now.Sub(r.CalledAt); {
		case r.CalledAt.IsZero() || wait <= 0:
		case !r.Safety():
			return nil, feedback.WaitError{For: wait, Say: "guest.call.wait"}
		case now.Sub(r.CalledAt) < feedback.UrgentOnce:
			return nil, nil // one call, however often the finger comes down
		}
		if r.Over() || r.Withdrawn() || r.Done() {
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		r.CalledAt = now
		if r.Status == feedback.Noted || r.Held() {
			if err := d.needed(ctx, at, guest, r); err != nil {
				return nil, err
			}
		}
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data.What = "call"
		return e, nil
	})
}

// needed lets a report wait for somebody from now on that did not until its guest
// called: praise, or what was to reach a manager later.
func (d *Desk) needed(ctx context.Context, at store.Edit, guest feedback.Actor, r *feedback.Report) error {
	v, err := at.Details(ctx)
	if err != nil {
		return err
	}
	if r.Held() {
		r.Handling, r.Since, r.DueAt = feedback.ManagerOnly, d.now(), d.now().Add(v.Promise())
		err = d.passOn(ctx, at, guest, r)
	} else {
		err = r.Reopen(d.now(), v.Promise())
	}
	if err != nil {
		return err
	}
	return d.rewatch(ctx, at, *r)
}

// Correct moves a report to the table where the guest really sits. table is
// its id or name.
func (d *Desk) Correct(ctx context.Context, guest feedback.Actor, table string) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		t, err := findTable(ctx, at.View, table)
		if err != nil {
			return nil, err
		}
		if r.Over() || r.Withdrawn() {
			return nil, fmt.Errorf("report %s is %s: %w", r.ID, r.Status, feedback.ErrConflict)
		}
		if t.ID == r.TableID {
			return nil, nil
		}
		r.TableID = t.ID
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data = feedback.EventData{What: "table", Table: t.ID}
		return e, nil
	})
}

// ForgetMe erases the guest's contact details; a second time does nothing.
func (d *Desk) ForgetMe(ctx context.Context, guest feedback.Actor) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		return d.forget(ctx, at, guest, r)
	})
}

func (d *Desk) forget(ctx context.Context, at store.Edit, by feedback.Actor, r *feedback.Report) (*feedback.Event, error) {
	had, err := at.EraseContact(ctx, r.ID)
	if err != nil || !had {
		return nil, err
	}
	e := d.event(by, feedback.ReportChanged, r.ID)
	e.Data.What = "contact"
	return e, nil
}

// EndPage ends the address of the guest's status page, before its time and for
// everybody who has it. The report stays as it is; no answer reaches its guest.
func (d *Desk) EndPage(ctx context.Context, guest feedback.Actor) error {
	return d.act(ctx, guest, guest.Venue, guest.ID, func(_ store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.PageEnded(d.now()) {
			return nil, nil
		}
		r.PageEndedAt = d.now()
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data.What = "page_ended"
		return e, nil
	})
}

// Withdraw erases what the guest wrote and how to reach them. The fact, its
// times and its outcome stay; what still waited ends, for the guest no longer
// wants it. What is about safety does not: somebody goes and looks all the same.
func (d *Desk) Withdraw(ctx context.Context, guest feedback.Actor) error {
	var gone []feedback.Photo
	err := d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Withdrawn() {
			return nil, nil
		}
		var err error
		if gone, err = erase(ctx, at, r); err != nil {
			return nil, err
		}
		if slices.Contains(feedback.Waiting, r.Status) && !r.Safety() {
			if err := d.drop(ctx, at, guest, r); err != nil {
				return nil, err
			}
		}
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data.What = "withdrawn"
		return e, nil
	})
	if err != nil {
		return err
	}
	return d.removePhotos(gone)
}

// erase takes what the guest wrote, and how to reach them, out of a report, and
// returns its photos, whose files go when that is committed.
func erase(ctx context.Context, at store.Edit, r *feedback.Report) (gone []feedback.Photo, err error) {
	if gone, err = at.Photos(ctx, r.ID); err != nil {
		return nil, err
	}
	if _, err := at.EraseContact(ctx, r.ID); err != nil {
		return nil, err
	}
	if err := at.EraseText(ctx, r.ID); err != nil {
		return nil, err
	}
	r.Words, r.Said, r.Note, r.Salt, r.UndoTo = "", "", "", nil, ""
	return gone, nil
}
