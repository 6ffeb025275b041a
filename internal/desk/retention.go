package desk

import (
	"context"
	"errors"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// forgetAtOnce is how many reports are forgotten in one transaction, so that
// guests need not wait for it.
const forgetAtOnce = 50

// Forget erases what every venue has kept for as long as it keeps it: contact
// details, and later what was written, said and shown. The fact, its times and
// its outcome stay, as when a guest erases it. It may run on several nodes, at
// once or twice: what is gone is passed over. The files of photos go with the
// next SweepPhotos.
func (d *Desk) Forget(ctx context.Context) error {
	venues, err := d.store.AllVenues(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range venues {
		errs = append(errs, d.forgetContacts(ctx, v), d.forgetTexts(ctx, v))
	}
	return errors.Join(errs...)
}

func (d *Desk) forgetContacts(ctx context.Context, v feedback.Venue) error {
	timer := feedback.System(v.OrgID, v.ID)
	list := func() ([]string, error) {
		return d.store.For(timer, v.ID).ExpiredContacts(ctx, d.now(), forgetAtOnce)
	}
	return d.each(ctx, timer, list, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		return d.forget(ctx, at, timer, r)
	})
}

func (d *Desk) forgetTexts(ctx context.Context, v feedback.Venue) error {
	timer := feedback.System(v.OrgID, v.ID)
	ended := v.TextEnded(d.now())
	at := d.store.For(timer, v.ID)
	list := func() ([]string, error) { return at.ExpiredTexts(ctx, ended, forgetAtOnce) }
	err := d.each(ctx, timer, list, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		if r.Withdrawn() {
			return nil, nil
		}
		if _, err := erase(ctx, at, r); err != nil {
			return nil, err
		}
		e := d.event(timer, feedback.ReportChanged, r.ID)
		e.Data.What = "expired"
		return e, nil
	})
	if err != nil {
		return err
	}
	if noted, err := at.TextsForgotten(ctx, ended); err != nil || noted {
		return err
	}
	_, err = d.write(ctx, timer, v.ID, func(at store.Edit) (string, error) { return "", at.ForgotTexts(ctx, ended) })
	return err
}

// each changes the reports that list names, some in each transaction, until it
// names none.
func (d *Desk) each(ctx context.Context, timer feedback.Actor, list func() ([]string, error), fn func(store.Edit, *feedback.Report) (*feedback.Event, error)) error {
	for last := ""; ; {
		ids, err := list()
		if err != nil || len(ids) == 0 {
			return err
		}
		if ids[0] == last {
			return fmt.Errorf("report %s could not be forgotten", last)
		}
		last = ids[0]
		_, err = d.write(ctx, timer, timer.Venue, func(at store.Edit) (string, error) {
			for _, id := range ids {
				if err := d.actIn(ctx, at, timer, id, fn); err != nil {
					return "", err
				}
			}
			return "", nil
		})
		if err != nil {
			return err
		}
	}
}
