package desk

import (
	"context"
	"errors"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// LookAtScreens is how often [Desk.WatchScreens] wants to be called.
const LookAtScreens = 5 * time.Second

// lookAgain is how long a venue without a screen is left alone when there was
// nothing to tell.
const lookAgain = 30 * time.Second

// screens is how the desk knows which venues somebody looks at.
type screens struct {
	staffed func(venue string, managersOnly bool) bool // a report would be seen at once
	heard   func() map[string]time.Time                // of each venue: the last word of any screen
	deaf    time.Duration                              // after which a screen is lost

	looked time.Time            // the last time that all went well
	since  time.Time            // from when on we would have heard every screen
	quiet  map[string]time.Time // venues to leave alone until then
}

// Hears says how to know when a screen of each venue was heard last, and after
// how long a silent one is lost. It belongs to the start of the program.
func (d *Desk) Hears(heard func() map[string]time.Time, deaf time.Duration) {
	d.screens.heard, d.screens.deaf, d.screens.quiet = heard, deaf, map[string]time.Time{}
}

// WatchScreens looks which venues have lost their last screen, or have one
// again. Who has slept meanwhile, or could not reach the database, or has just
// been started, has not heard the screens either, and gives them their time.
func (d *Desk) WatchScreens(ctx context.Context) error {
	s, now := &d.screens, d.now()
	if gap := now.Sub(s.looked); gap < 0 || gap > 2*LookAtScreens {
		s.since = now
	}
	s.looked = time.Time{}
	known, err := d.store.Screens(ctx)
	if err != nil {
		return err
	}
	s.looked = now
	heard := s.heard()
	for _, one := range known {
		last := heard[one.VenueID]
		delete(heard, one.VenueID)
		switch lives := now.Sub(last) <= s.deaf; {
		case lives && one.Lost():
			err = errors.Join(err, d.findScreen(ctx, one))
		case !lives && now.Sub(s.since) > s.deaf && !now.Before(s.quiet[one.VenueID]):
			err = errors.Join(err, d.missScreen(ctx, one))
		}
	}
	var fresh []string
	for venue := range heard {
		fresh = append(fresh, venue)
	}
	if len(fresh) > 0 {
		err = errors.Join(err, d.store.AddScreens(ctx, fresh))
	}
	return err
}

// missScreen tells managers that no screen of a venue lives, once for each loss
// and only while one is expected. They are told a little later: see
// [feedback.MissAfter].
func (d *Desk) missScreen(ctx context.Context, s feedback.Screens) error {
	timer := feedback.System(s.OrgID, s.VenueID)
	at := d.store.For(timer, s.VenueID)
	v, err := at.Details(ctx)
	if err != nil {
		return err
	}
	duties, err := at.Duties(ctx)
	if err != nil {
		return err
	}
	missed := feedback.Missed(v, duties, d.now())
	if missed == s.Lost() {
		d.screens.quiet[s.VenueID] = d.now().Add(lookAgain)
		return nil
	}
	if !missed { // the next opening without a screen is another loss
		_, err := d.write(ctx, timer, s.VenueID, func(at store.Edit) (string, error) { return s.VenueID, at.SaveScreens(ctx, time.Time{}) })
		return unlessWritten(err)
	}
	return d.turnScreens(ctx, timer, d.now(), feedback.ScreenLost, func(at store.Edit) error {
		return d.tellManagers(ctx, at, feedback.Delivery{What: feedback.SayUnseen, NextAt: d.now().Add(feedback.MissAfter)})
	})
}

// findScreen says to those who were told of a loss that a screen lives again.
func (d *Desk) findScreen(ctx context.Context, s feedback.Screens) error {
	timer := feedback.System(s.OrgID, s.VenueID)
	return d.turnScreens(ctx, timer, time.Time{}, feedback.ScreenBack, func(at store.Edit) error {
		told, err := at.Recall(ctx, feedback.SayUnseen, s.LostAt, d.now())
		if err != nil {
			return err
		}
		for _, id := range told {
			c, err := at.Channel(ctx, id)
			if errors.Is(err, feedback.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err := d.enqueueDelivery(ctx, at, c, feedback.Delivery{What: feedback.SaySeen}); err != nil {
				return err
			}
		}
		return nil
	})
}

// turnScreens writes once, whichever node is first, that a venue is without a
// screen from lost on, or has one again, and what is to be told of it.
func (d *Desk) turnScreens(ctx context.Context, timer feedback.Actor, lost time.Time, kind feedback.EventKind, tell func(store.Edit) error) error {
	_, err := d.write(ctx, timer, timer.Venue, func(at store.Edit) (string, error) {
		if err := at.SaveScreens(ctx, lost); err != nil {
			return "", err
		}
		if err := d.append(ctx, at, d.event(timer, kind, "")); err != nil {
			return "", err
		}
		return timer.Venue, tell(at)
	})
	return unlessWritten(err)
}

// unlessWritten is err, unless another node has written the same before.
func unlessWritten(err error) error {
	if errors.Is(err, feedback.ErrConflict) {
		return nil
	}
	return err
}

// tellManagers tells the managers of a venue something on all their channels,
// or its owners where no manager can be reached.
func (d *Desk) tellManagers(ctx context.Context, at store.Edit, about feedback.Delivery) error {
	team, err := at.Team(ctx)
	if err != nil {
		return err
	}
	for _, role := range []feedback.Role{feedback.Manager, feedback.Owner} {
		told := false
		for _, m := range team {
			for _, c := range m.Channels {
				if m.Here != role || !d.carries(c.Kind) {
					continue
				}
				if err := d.enqueueDelivery(ctx, at, c, about); err != nil {
					return err
				}
				told = true
			}
		}
		if told {
			return nil
		}
	}
	return nil
}
