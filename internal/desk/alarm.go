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

// heed raises the alarm when what a guest wrote after the report holds one of the
// venue's words of alarm: the report is then one about safety that waits, with a
// record, and the managers and everybody on the floor are told at once. e is the
// event of what was written, nil when it stands on the timeline already; heed
// returns the event that is still to be written.
func (d *Desk) heed(ctx context.Context, at store.Edit, guest feedback.Actor, r *feedback.Report, words string, e *feedback.Event) (*feedback.Event, error) {
	v, err := at.Details(ctx)
	if err != nil || r.Safety() || !v.Alarmed(r.Language, words) {
		return e, err
	}
	if e != nil {
		e.Data.Status = r.Status
		if err := d.append(ctx, at, e); err != nil {
			return nil, err
		}
	}
	if r.Held() { // what is about safety never waits
		if err := d.passOn(ctx, at, guest, r); err != nil {
			return nil, err
		}
	}
	was := r.Status
	if err := r.Alarm(d.now(), v.Promise()); err != nil {
		return nil, err
	}
	if was != r.Status {
		if err := d.appendNow(ctx, at, d.event(guest, feedback.ReportReopened, r.ID), *r); err != nil {
			return nil, err
		}
	}
	if err := d.openIncident(ctx, at, *r); err != nil {
		return nil, err
	}
	e = d.event(guest, feedback.ReportChanged, r.ID)
	e.Data.What, e.Data.Causes = feedback.SaidAlarm, r.Causes
	if !r.Pages() {
		return e, d.rewatch(ctx, at, *r)
	}
	if err := d.appendNow(ctx, at, e, *r); err != nil {
		return nil, err
	}
	if e, err = d.toManager(ctx, at, feedback.System(guest.Org, guest.Venue), r, feedback.SayUrgent); err != nil {
		return nil, err
	}
	return e, d.rewatch(ctx, at, *r)
}

// appendNow writes an event of a report as it stands.
func (d *Desk) appendNow(ctx context.Context, at store.Edit, e *feedback.Event, r feedback.Report) error {
	e.Data.Status = r.Status
	return d.append(ctx, at, e)
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
