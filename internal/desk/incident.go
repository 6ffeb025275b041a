package desk

import (
	"context"
	"crypto/rand"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// openIncident opens the record of a report about safety.
func (d *Desk) openIncident(ctx context.Context, at store.Edit, r feedback.Report) error {
	if !r.Safety() || r.Test {
		return nil
	}
	covers := 0
	if r.VisitID != "" {
		visit, err := at.Visit(ctx, r.VisitID)
		if err != nil {
			return err
		}
		covers = visit.Covers
	}
	return at.AddIncident(ctx, feedback.NewIncident(r, covers))
}

// Incident returns the record of a report about safety, and notes in the audit
// trail who looked. It fails with [feedback.ErrForbidden] for everybody but
// managers who signed in themselves.
func (d *Desk) Incident(ctx context.Context, by feedback.Actor, venue, report string) (feedback.Incident, error) {
	if err := readsIncident(by, venue); err != nil {
		return feedback.Incident{}, err
	}
	i, err := d.store.For(by, venue).Incident(ctx, report)
	if err != nil {
		return i, err
	}
	return i, d.store.Tx(ctx, func(tx store.Tx) error {
		return d.audit(ctx, tx.Org(by), by, venue, "incident.seen", report, nil)
	})
}

// ChangeIncident changes the record of a report about safety; change edits it.
// The timeline keeps that it was changed, and a digest of how. It fails with
// [feedback.ErrConflict] when somebody else changed it since version; 0 does not
// ask.
func (d *Desk) ChangeIncident(ctx context.Context, by feedback.Actor, venue, report string, version int64, change func(*feedback.Incident) error) error {
	if err := readsIncident(by, venue); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		i, err := at.Incident(ctx, report)
		if err != nil {
			return "", err
		}
		if version != 0 && version != i.Version {
			return "", fmt.Errorf("incident %s has version %d: %w", report, i.Version, feedback.ErrConflict)
		}
		was := i
		if err := change(&i); err != nil {
			return "", err
		}
		i.ReportID, i.VenueID, i.OpenedAt, i.Version = was.ReportID, was.VenueID, was.OpenedAt, was.Version
		i.Clean()
		if err := i.Check(); err != nil {
			return "", err
		}
		return report, d.saveIncident(ctx, tx, at, by, &i)
	})
	if err == nil {
		d.wake(venue)
	}
	return err
}

// saveIncident writes a changed record, with its event and who changed it.
func (d *Desk) saveIncident(ctx context.Context, tx store.Tx, at store.Edit, by feedback.Actor, i *feedback.Incident) error {
	i.ChangedAt, i.ChangedBy, i.Salt = d.now(), by.Person, make([]byte, 16)
	rand.Read(i.Salt)
	if err := at.SaveIncident(ctx, i); err != nil {
		return err
	}
	e := d.event(by, feedback.ReportChanged, i.ReportID)
	e.Data.What, e.Digest = "incident", i.Digest()
	if err := d.append(ctx, at, e); err != nil {
		return err
	}
	return d.audit(ctx, tx.Org(by), by, at.Venue(), "incident.changed", i.ReportID, nil)
}

func readsIncident(by feedback.Actor, venue string) error {
	if !by.Reaches(venue) {
		return fmt.Errorf("venue %s: %w", venue, feedback.ErrNotFound)
	}
	if !by.SeesContact(venue) {
		return fmt.Errorf("incident records: %w", feedback.ErrForbidden)
	}
	return nil
}
