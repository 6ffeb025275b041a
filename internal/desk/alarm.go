package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewAlarm is what a guest sends with one tap.
type NewAlarm struct {
	Code     string // as scanned or typed
	Kind     feedback.Urgent
	Language string
	Device   string    // of the browser; empty when nobody vouches for it
	Opened   time.Time // when the form was opened, if somebody vouches for it
}

// Alarm takes what one tap tells. Taps of one kind at one table within
// [feedback.UrgentOnce] are one report, whoever tapped; mine says whether it is
// this browser's own, which may then follow it. It fails as Submit does.
func (d *Desk) Alarm(ctx context.Context, in NewAlarm) (r feedback.Report, mine bool, err error) {
	now := d.now()
	seat, err := d.store.Seat(ctx, feedback.ReadCode(in.Code), now)
	if err != nil {
		return r, false, err
	}
	if err := seat.Code.Takes(now, in.Opened); err != nil {
		return r, false, err
	}
	if in.Kind == "" {
		return r, false, feedback.Problems{"urgent": "safety.problem.urgent.unknown"}
	}
	r, none, err := d.draft(NewReport{
		Rating: 1, Urgent: in.Kind, Causes: []string{feedback.CauseSafety}, Handling: feedback.ComeOver, Language: in.Language,
	})
	if err != nil {
		return r, false, err
	}
	r.TableID, r.CodeID = seat.Code.TableID, seat.Code.ID
	r.TableName, r.AreaName = seat.Code.TableName, seat.Code.AreaName
	r.Place(seat.Venue, seat.Code.VisitID, seat.Visits)
	guest := seat.Guest
	guest.Request = alarmOf(in, r.ID)
	ref, err := d.write(ctx, guest, guest.Venue, func(at store.Edit) (string, error) {
		first, err := at.UrgentSince(ctx, r.TableID, in.Kind, now.Add(-feedback.UrgentOnce))
		if !errors.Is(err, feedback.ErrNotFound) {
			return first, err
		}
		return r.ID, d.add(ctx, at, guest, newClock(seat.Venue, seat.Escalation, seat.Callable, r), r, none)
	})
	if err != nil || ref == r.ID {
		return r, err == nil, err
	}
	mine, err = d.alarmed(ctx, guest, alarmOf(in, ref))
	if err != nil {
		return r, false, err
	}
	r, err = d.store.For(feedback.System(guest.Org, guest.Venue), guest.Venue).Report(ctx, ref)
	return r, mine, err
}

// alarmOf remembers by which browser's tap a report was made.
func alarmOf(in NewAlarm, report string) feedback.Request {
	if in.Device == "" {
		return feedback.Request{}
	}
	return feedback.Request{Key: fmt.Sprintf("alarm %s %s", in.Device, report), Hash: string(in.Kind)}
}

func (d *Desk) alarmed(ctx context.Context, guest feedback.Actor, rq feedback.Request) (bool, error) {
	if rq.Key == "" {
		return false, nil
	}
	_, err := d.replayed(ctx, scopeOf(guest), rq)
	if errors.Is(err, feedback.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
