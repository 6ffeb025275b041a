package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// begin makes a report part of an alert, and calls those on duty. When nobody
// is, the first step of escalation takes their place at once.
func (d *Desk) begin(ctx context.Context, at store.Edit, timer feedback.Actor, c clock, r *feedback.Report) (*feedback.Event, error) {
	if err := d.join(ctx, at, timer, r); err != nil {
		return nil, err
	}
	call, calls := c.policy.Call()
	if r.Level > 0 { // said to be with the managers when it was sent
		return d.atOnce(ctx, at, timer, c, r, call)
	}
	first := c.from(*r).Due(c.policy, 1)
	if !d.now().Before(first) {
		return d.rise(ctx, at, timer, c, r)
	}
	if !calls {
		return nil, nil
	}
	told, err := d.page(ctx, at, *r, call, saying(*r, feedback.SayNew))
	if err != nil || told {
		return nil, err
	}
	if err := d.skipped(ctx, at, timer, *r, call); err != nil {
		return nil, err
	}
	r.Ahead = first.Sub(c.from(*r).Since).Milliseconds()
	return d.rise(ctx, at, timer, c, r)
}

// atOnce tells those on duty and those of the first step together.
func (d *Desk) atOnce(ctx context.Context, at store.Edit, timer feedback.Actor, c clock, r *feedback.Report, call feedback.Step) (*feedback.Event, error) {
	step, after := c.policy.At(r.Level)
	step.To = append(slices.Clone(call.To), step.To...)
	told, err := d.page(ctx, at, *r, step, saying(*r, feedback.SayNew))
	if err != nil || told {
		return nil, err
	}
	if err := d.skipped(ctx, at, timer, *r, step); err != nil {
		return nil, err
	}
	_, next := c.policy.At(r.Level + 1)
	r.Ahead += (next - after).Milliseconds()
	return d.rise(ctx, at, timer, c, r)
}

// join makes a report part of the alert of an earlier one of the same table or
// visit, or begins one.
func (d *Desk) join(ctx context.Context, at store.Edit, timer feedback.Actor, r *feedback.Report) error {
	if r.AlertID != "" {
		return nil
	}
	recent, err := at.AlertsSince(ctx, r.Since.Add(-feedback.MergeWithin))
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(recent, r.Joins); i >= 0 {
		r.AlertID = recent[i].ID
		if recent[i].ReportID != r.ID {
			e := d.event(timer, feedback.ReportMerged, r.ID)
			e.Subject, e.Data.Status = recent[i].ReportID, r.Status
			if err := d.append(ctx, at, e); err != nil {
				return err
			}
		}
		return at.JoinAlert(ctx, r.ID, r.AlertID)
	}
	r.AlertID = d.newID()
	err = at.AddAlert(ctx, feedback.Alert{
		ID: r.AlertID, ReportID: r.ID, TableID: r.TableID, VisitID: r.VisitID, Safety: r.Safety(), Managers: r.ManagersOnly(), StartedAt: r.Since,
	})
	if err != nil {
		return err
	}
	return at.JoinAlert(ctx, r.ID, r.AlertID)
}

// rise raises a report to its next level and tells those whom the step names. A
// step that reaches nobody is written down, and the next one takes its place at
// once; the last goes to somebody in any case.
func (d *Desk) rise(ctx context.Context, at store.Edit, timer feedback.Actor, c clock, r *feedback.Report) (*feedback.Event, error) {
	for {
		r.Level++
		step, after := c.policy.At(r.Level)
		say := feedback.SayWaiting
		if d.now().Sub(c.from(*r).Since) < time.Minute {
			say = feedback.SayNew
		}
		told, err := d.page(ctx, at, *r, step, saying(*r, say))
		if err != nil {
			return nil, err
		}
		if !told && !c.policy.Last(r.Level) {
			if err := d.skipped(ctx, at, timer, *r, step); err != nil {
				return nil, err
			}
			_, next := c.policy.At(r.Level + 1)
			r.Ahead += (next - after).Milliseconds()
			continue
		}
		if !told { // somebody is always told
			step = feedback.Step{To: []feedback.Target{feedback.ToManagers, feedback.ToOwner}}
			if _, err := d.page(ctx, at, *r, step, saying(*r, say)); err != nil {
				return nil, err
			}
		}
		e := d.event(timer, feedback.ReportEscalated, r.ID)
		e.Data = feedback.EventData{Level: r.Level, To: step.To}
		return e, nil
	}
}

// toManager raises a report out of its turn, to a manager and to those on duty.
func (d *Desk) toManager(ctx context.Context, at store.Edit, timer feedback.Actor, r *feedback.Report, say string) (*feedback.Event, error) {
	step := feedback.Step{To: []feedback.Target{feedback.ToManagers}}
	if r.Status == feedback.Open {
		step.To = append(step.To, feedback.ToOnDuty)
		if err := d.join(ctx, at, timer, r); err != nil {
			return nil, err
		}
	}
	managers := step
	managers.To = managers.To[:1]
	there, err := d.reach(ctx, at.View, *r, managers)
	if err != nil {
		return nil, err
	}
	if len(there) == 0 {
		step.To = append(step.To, feedback.ToOwner)
	}
	r.Level = max(r.Level, 1)
	if _, err := d.page(ctx, at, *r, step, say); err != nil {
		return nil, err
	}
	e := d.event(timer, feedback.ReportEscalated, r.ID)
	e.Data = feedback.EventData{Level: r.Level, To: step.To}
	return e, nil
}

// saying is what a message says about a report, unless it is of a kind that is
// always said otherwise.
func saying(r feedback.Report, usual string) string {
	switch {
	case r.Safety():
		return feedback.SayUrgent
	case r.ManagersOnly():
		return feedback.SayManager
	}
	return usual
}

// skipped writes down that a step reached nobody.
func (d *Desk) skipped(ctx context.Context, at store.Edit, timer feedback.Actor, r feedback.Report, step feedback.Step) error {
	e := d.event(timer, feedback.ReportEscalated, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Level: r.Level, To: step.To, What: "skipped"}
	return d.append(ctx, at, e)
}

// page puts a message for everybody whom a step names into the outbox, and says
// whether it names anybody. One of several reports of an alert speaks for all,
// unless they are about safety.
func (d *Desk) page(ctx context.Context, at store.Edit, r feedback.Report, step feedback.Step, say string) (told bool, err error) {
	people, err := d.reach(ctx, at.View, r, step)
	if err != nil || len(people) == 0 {
		return false, err
	}
	spoken, err := d.spokenFor(ctx, at.View, r)
	if err != nil || spoken {
		return true, err
	}
	if err := at.Supersede(ctx, r, d.now()); err != nil {
		return true, err
	}
	about := feedback.Delivery{ReportID: r.ID, AlertID: r.AlertID, Step: r.Level, What: say, CreatedAt: d.now()} // one moment for the whole call
	var to []feedback.Channel
	for _, m := range people {
		to = append(to, m.Channels...)
	}
	if !r.ManagersOnly() {
		rooms, err := at.Channels(ctx)
		if err != nil {
			return true, err
		}
		to = append(to, rooms...)
	}
	for _, c := range to {
		if !d.carries(c.Kind) || step.Channel != "" && step.Channel != c.Kind {
			continue
		}
		if err := d.enqueueDelivery(ctx, at, c, about); err != nil {
			return true, err
		}
	}
	return true, d.shown(ctx, at, r, step, about)
}

// shown notes that live screens have shown an alert: its event goes to them with
// this transaction.
func (d *Desk) shown(ctx context.Context, at store.Edit, r feedback.Report, step feedback.Step, about feedback.Delivery) error {
	if step.Channel != "" && step.Channel != feedback.ChannelScreen || d.screens.staffed == nil || !d.screens.staffed(at.Venue(), r.ManagersOnly()) {
		return nil
	}
	about.ID, about.Kind, about.Receiver = d.newID(), feedback.ChannelScreen, string(feedback.ChannelScreen)
	about.LastOutcome = feedback.Accepted
	about.End(feedback.Delivered, d.now())
	return at.AddDelivery(ctx, about)
}

// spokenFor says whether an older report of the same alert is open at the same
// level or above, so that people know of the table already. What is about safety
// calls them anew all the same: see [feedback.Report.CallsAnew].
func (d *Desk) spokenFor(ctx context.Context, at store.View, r feedback.Report) (bool, error) {
	oldest, err := at.LongestOpenIn(ctx, r.AlertID)
	if errors.Is(err, feedback.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if spoken := oldest.ID != r.ID && oldest.Level >= r.Level; !spoken || !r.Safety() {
		return spoken, nil
	}
	now := d.now()
	callers, err := at.Callers(ctx, r.AlertID, r.TableID, now.Add(-feedback.MergeWithin))
	if err != nil {
		return false, err
	}
	_, err = at.BurstAt(ctx, r.TableID, now.Add(-feedback.BurstGap))
	burst := err == nil
	if errors.Is(err, feedback.ErrNotFound) {
		err = nil
	}
	return !r.CallsAnew(callers, burst, now), err
}

// reach lists the people whom a step names: those who may see the report, not
// the one whose work the guest was not content with, and, where the step names
// a channel, only who has it.
func (d *Desk) reach(ctx context.Context, at store.View, r feedback.Report, step feedback.Step) ([]store.Member, error) {
	team, err := at.Team(ctx)
	if err != nil {
		return nil, err
	}
	on, err := d.onDuty(ctx, at, r, step)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(team, func(m store.Member) bool {
		if m.ID == r.NotFor || !r.VisibleTo(m.Here) || !d.has(m, step.Channel) {
			return true
		}
		return !slices.Contains(step.People, m.ID) && !slices.ContainsFunc(step.To, func(t feedback.Target) bool { return on.named(t, m, r) })
	}), nil
}

// has says whether somebody can be reached by a kind of channel. The board needs
// no address.
func (d *Desk) has(m store.Member, kind feedback.ChannelKind) bool {
	return kind == "" || kind == feedback.ChannelScreen ||
		d.carries(kind) && slices.ContainsFunc(m.Channels, func(c feedback.Channel) bool { return c.Kind == kind })
}
