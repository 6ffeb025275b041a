package desk

import (
	"context"
	"errors"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Exported notes in the audit trail that somebody takes away what a venue holds
// of a period. It fails with [feedback.ErrForbidden] for everybody but managers
// and programs.
func (d *Desk) Exported(ctx context.Context, by feedback.Actor, venue, what, period string) error {
	if !by.Reaches(venue) {
		return fmt.Errorf("venue %s: %w", venue, feedback.ErrNotFound)
	}
	if by.Kind != feedback.ByKey {
		if err := by.Needs(feedback.Manager, venue); err != nil {
			return err
		}
	}
	return d.store.Tx(ctx, func(tx store.Tx) error {
		if err := tx.At(by, venue).Exists(ctx); err != nil {
			return err
		}
		return d.audit(ctx, tx.Org(by), by, venue, "export.taken", venue, map[string]string{"table": what, "period": period})
	})
}

// ReadReports notes in the audit trail that somebody reads a venue's reports one
// page after another, as another program does. Such programs ask again and again:
// the first time in a service day is noted.
func (d *Desk) ReadReports(ctx context.Context, by feedback.Actor, v feedback.Venue) error {
	return d.reads(ctx, by, v, "reports.read")
}

// ReadEvents is ReadReports for the timeline.
func (d *Desk) ReadEvents(ctx context.Context, by feedback.Actor, v feedback.Venue) error {
	return d.reads(ctx, by, v, "events.read")
}

func (d *Desk) reads(ctx context.Context, by feedback.Actor, v feedback.Venue, action string) error {
	if err := by.NeedsRead(feedback.Staff, v.ID); err != nil {
		return err
	}
	reader, day := by.ID+" "+v.ID+" "+action, v.Day(d.now())
	if last, _ := d.readers.Load(reader); last == day {
		return nil
	}
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		at := tx.At(by, v.ID)
		if err := at.Exists(ctx); err != nil {
			return err
		}
		// It may have been noted before a restart, or on another node.
		noted, err := at.Audited(ctx, action, by.ID, v.Hours.Begin(day, v.Zone()))
		if err != nil || noted {
			return err
		}
		return d.audit(ctx, tx.Org(by), by, v.ID, action, v.ID, nil)
	})
	if errors.Is(err, feedback.ErrBusy) {
		return nil // who cannot be noted, on a full disk, reads all the same; the next time is noted
	}
	if err == nil {
		d.readers.Store(reader, day)
	}
	return err
}
