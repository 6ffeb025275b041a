package desk

import (
	"context"
	"errors"
	"fmt"
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
// check that is still open gets the same visit; made tells which it was.
func (d *Desk) OpenVisit(ctx context.Context, by feedback.Actor, venue string, in NewVisit) (id string, made bool, err error) {
	if err := by.NeedsVisits(venue); err != nil {
		return "", false, err
	}
	if in.Expires == 0 {
		in.Expires = feedback.DefaultVisit
	}
	now := d.now()
	v := feedback.Visit{
		ID: d.newID(), CheckNo: feedback.CleanLine(in.Check), Server: feedback.CleanLine(in.Server), Covers: in.Covers,
		OpenedBy: by.Person, OpenedAt: now, ExpiresAt: now.Add(in.Expires), Test: in.Test,
	}
	if err := v.Check(); err != nil {
		return "", false, err
	}
	id, err = d.write(ctx, by, venue, func(at store.Edit) (string, error) {
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
		if err := at.AddVisit(ctx, v); err != nil {
			return "", err
		}
		code := d.newCode(t.ID, v.ID)
		code.ExpiresAt = v.ExpiresAt
		if err := at.AddCode(ctx, code); err != nil {
			return "", err
		}
		e := d.event(by, feedback.VisitOpened, "")
		e.Subject, e.Data.Table = v.ID, t.ID
		return v.ID, d.append(ctx, at, e)
	})
	return id, id == v.ID, err
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
		e := d.event(by, feedback.VisitClosed, "")
		e.Subject, e.Data.Table = v.ID, v.TableID
		return v.ID, d.append(ctx, at, e)
	})
	return err
}
