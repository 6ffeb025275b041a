package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewVisit is a party to seat.
type NewVisit struct {
	Table   string // id or name
	Check   string
	Server  string
	Covers  int
	Expires time.Duration // of its code; 0: [feedback.DefaultVisit]
	Test    bool          // its reports call nobody and are in no figure
}

// OpenVisit opens a visit with a code of its own. A till that asks again for a
// check that is still open gets the same visit; made tells which it was. A visit that
// a guest's scan opened at the table becomes this one: it is the same party.
func (d *Desk) OpenVisit(ctx context.Context, by feedback.Actor, venue string, in NewVisit) (id string, made bool, err error) {
	if err := by.NeedsVisits(venue); err != nil {
		return "", false, err
	}
	if in.Expires == 0 {
		in.Expires = feedback.DefaultVisit
	}
	now := d.now()
	want := feedback.Visit{
		ID: d.newID(), CheckNo: feedback.CleanLine(in.Check), Server: feedback.CleanLine(in.Server), Covers: in.Covers,
		OpenedBy: by.Person, OpenedAt: now, ExpiresAt: now.Add(in.Expires), Test: in.Test,
	}
	if err := want.Check(); err != nil {
		return "", false, err
	}
	id, err = d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		v := want
		made = false
		t, err := findTable(ctx, at.View, in.Table)
		if err != nil {
			return "", err
		}
		if v.CheckNo != "" {
			same, err := at.VisitOfCheck(ctx, v.CheckNo, v.Test)
			if err == nil && same.Open(now) {
				return same.ID, nil
			}
			if err == nil { // it expired without being closed: its number is free again
				same.ClosedAt = same.ExpiresAt
				err = at.SaveVisit(ctx, same)
			}
			if err != nil && !errors.Is(err, feedback.ErrNotFound) {
				return "", err
			}
		}
		v.TableID = t.ID
		if v, err = takeOver(ctx, at, v); errors.Is(err, feedback.ErrNotFound) {
			err = at.AddVisit(ctx, v)
		}
		if err != nil {
			return "", err
		}
		made = true
		return v.ID, d.seat(ctx, at, by, feedback.VisitOpened, v)
	})
	return id, made, err
}

// takeOver makes the visit that a scan opened at the table of v this one, with its id.
// It fails with [feedback.ErrNotFound] when there is none. The code that the visit had
// ends with its own time; it gets another one that lives as long as was asked for.
func takeOver(ctx context.Context, at store.Edit, v feedback.Visit) (feedback.Visit, error) {
	if v.Test {
		return v, feedback.ErrNotFound
	}
	here, err := at.OpenVisitsAt(ctx, v.TableID, v.OpenedAt)
	if err != nil {
		return v, err
	}
	for _, one := range here {
		if one.ByScan {
			v.ID, v.Moment = one.ID, one.Moment
			return v, at.SaveVisit(ctx, v)
		}
	}
	return v, feedback.ErrNotFound
}

// seat gives a visit a code of its own and writes on the timeline that it was opened.
func (d *Desk) seat(ctx context.Context, at store.Edit, by feedback.Actor, kind feedback.EventKind, v feedback.Visit) error {
	code := d.newCode(v.TableID, v.ID)
	code.ExpiresAt = v.ExpiresAt
	if err := at.AddCode(ctx, code); err != nil {
		return err
	}
	e := d.event(by, kind, "")
	e.Subject, e.Data.Table = v.ID, v.TableID
	return d.append(ctx, at, e)
}

// Arrive opens a visit at the table whose code a guest opened the form of, where the venue
// wants that, is open, and nobody is known to sit there yet. It fails as opening the form
// does for a code that is withdrawn. Scans at one moment open one visit.
func (d *Desk) Arrive(ctx context.Context, text string) error {
	now := d.now()
	seat, err := d.store.Seat(ctx, feedback.ReadCode(text), now)
	if err != nil {
		return err
	}
	if err := seat.Code.Opens(now); err != nil {
		return err
	}
	v, wanted := seat.Venue.ScanVisit(d.newID(), seat.Code.TableID, now)
	taken := slices.ContainsFunc(seat.Visits, func(one feedback.Visit) bool { return one.Open(now) })
	if !wanted || taken || seat.Code.VisitID != "" {
		return nil
	}
	_, err = d.write(ctx, seat.Guest, seat.Guest.Venue, func(at store.Edit) (string, error) {
		here, err := at.OpenVisitsAt(ctx, v.TableID, now)
		if err != nil || len(here) > 0 {
			return "", err
		}
		if err := at.AddVisit(ctx, v); err != nil {
			return "", err
		}
		return v.ID, d.seat(ctx, at, seat.Guest, feedback.VisitScanned, v)
	})
	return err
}

// Mark notes how far a party is, so that the venue's question about that moment
// is asked. A moment that the venue does not ask about is noted all the same.
func (d *Desk) Mark(ctx context.Context, by feedback.Actor, venue, visit, moment string) error {
	if err := by.NeedsVisits(venue); err != nil {
		return err
	}
	if err := feedback.CheckMoment(moment); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		v, err := at.Visit(ctx, visit)
		if err != nil {
			return "", err
		}
		if !v.Open(d.now()) {
			return "", fmt.Errorf("visit %s is over: %w", visit, feedback.ErrConflict)
		}
		v.Moment = moment
		return v.ID, at.SaveVisit(ctx, v)
	})
	return err
}

// CloseVisit notes that the party has left. Its code lives on until it expires.
func (d *Desk) CloseVisit(ctx context.Context, by feedback.Actor, venue, visit string) error {
	if err := by.NeedsVisits(venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		v, err := at.Visit(ctx, visit)
		if err != nil || !v.ClosedAt.IsZero() {
			return visit, err
		}
		v.ClosedAt = d.now()
		if err := at.SaveVisit(ctx, v); err != nil {
			return "", err
		}
		if err := d.visitClosed(ctx, at, v); err != nil {
			return "", err
		}
		e := d.event(by, feedback.VisitClosed, "")
		e.Subject, e.Data.Table = v.ID, v.TableID
		return v.ID, d.append(ctx, at, e)
	})
	return err
}
