package desk

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
)

// Carries says which kinds of channels the operator has set up, what to call
// after a transaction that put messages into the outbox, and how to know whether
// a screen lives on which a report of a venue is seen. It belongs to the start
// of the program.
func (d *Desk) Carries(kinds []feedback.ChannelKind, queued func(), screens func(venue string, managersOnly bool) bool) {
	d.kinds, d.queued, d.screens.staffed = kinds, queued, screens
}

// carries says whether messages can go by this kind of channel at all.
func (d *Desk) carries(kind feedback.ChannelKind) bool { return slices.Contains(d.kinds, kind) }

// enqueueDelivery puts one message to a channel into the outbox, in the
// transaction of the change that it tells of. What to says is about a report,
// a step of an alert, or, for a webhook, an event.
func (d *Desk) enqueueDelivery(ctx context.Context, at store.Edit, to feedback.Channel, about feedback.Delivery) error {
	about.ID, about.State = d.newID(), feedback.Pending
	if about.CreatedAt.IsZero() {
		about.CreatedAt = d.now()
	}
	if about.NextAt.IsZero() {
		about.NextAt = d.now()
	}
	about.ChannelID, about.Kind, about.Receiver, about.PersonID = to.ID, to.Kind, to.Receiver(), to.PersonID
	d.full.Add(1)
	return at.AddDelivery(ctx, about)
}

// posted wakes the outbox after a transaction that put something in. What another
// transaction has put in is seen only when that one has ended: while one is under
// way nothing is forgotten.
func (d *Desk) posted() {
	n := d.full.Load()
	if n == 0 || d.queued == nil {
		return
	}
	d.queued()
	if d.writing.Load() == 0 {
		d.full.CompareAndSwap(n, 0)
	}
}

// Outgoing is one message as it leaves the house. It holds no guest's words,
// names or contacts.
type Outgoing struct {
	Channel feedback.Channel
	Lang    string
	Title   string
	Text    string
	Path    string // where it leads
	Stop    string // path at which such mails can be stopped; empty where they cannot
	Take    string // path to post to in order to take the report; empty where there is nothing to take
	Urgent  bool
}

// Outgoing returns what a claimed delivery has to say. send is false when there
// is nothing to send any more; then the delivery has ended.
func (d *Desk) Outgoing(ctx context.Context, dl feedback.Delivery) (out Outgoing, send bool, err error) {
	timer := feedback.System(dl.OrgID, dl.VenueID)
	at := d.store.For(timer, dl.VenueID)
	if out.Channel, err = at.Channel(ctx, dl.ChannelID); errors.Is(err, feedback.ErrNotFound) {
		return out, false, d.supersede(ctx, dl, "removed")
	} else if err != nil {
		return out, false, err
	}
	if dl.EventSeq > 0 {
		if out.Channel.Paused() {
			return out, false, d.supersede(ctx, dl, feedback.Halted)
		}
		return out, true, nil
	}
	r, err := d.about(ctx, at, dl)
	if err != nil {
		return out, false, err
	}
	if wanted, err := d.wanted(ctx, at, dl); err != nil {
		return out, false, err
	} else if !wanted || !dl.Needed(r) {
		return out, false, d.supersede(ctx, dl, "")
	}
	return out, true, d.compose(ctx, at, dl, r, &out)
}

// about is the report that a delivery tells of; an empty one when it is about
// none.
func (d *Desk) about(ctx context.Context, at store.View, dl feedback.Delivery) (feedback.Report, error) {
	if dl.ReportID == "" {
		return feedback.Report{}, nil
	}
	return at.Report(ctx, dl.ReportID)
}

// compose fills in the words of a message, in the language of who reads it.
//
// i18n: alerts.text.*
func (d *Desk) compose(ctx context.Context, at store.View, dl feedback.Delivery, r feedback.Report, out *Outgoing) error {
	v, err := at.Details(ctx)
	if err != nil {
		return err
	}
	out.Lang = v.Languages[0]
	if dl.PersonID != "" {
		p, err := at.Person(ctx, dl.PersonID)
		if err != nil {
			return err
		}
		if p.Language != "" {
			out.Lang = p.Language
		}
	}
	if _, is := mailing(dl); is {
		return d.composeMailing(ctx, at, v, dl, out)
	}
	out.Title, out.Urgent = v.Name, dl.What == feedback.SayUrgent
	out.Text = i18n.For(out.Lang).T("alerts.text."+dl.What, "Table", r.TableName)
	switch {
	case dl.What == feedback.SayUnseen || dl.What == feedback.SaySeen:
		out.Path = "/board/" + v.ID
	case r.ID == "" || dl.What == feedback.SayDead:
		out.Path = "/owner/" + v.ID + "/alerts"
	case dl.What == feedback.SayBurst:
		out.Path = "/owner/" + v.ID + "/bursts"
	default:
		out.Path = "/board/" + v.ID + "/reports/" + r.ID
		if r.Status == feedback.Open && dl.PersonID != "" {
			out.Take = out.Path + "/take"
		}
	}
	return nil
}

// supersede ends a delivery that nobody needs any more.
func (d *Desk) supersede(ctx context.Context, dl feedback.Delivery, why feedback.Outcome) error {
	return d.tried(ctx, dl, func(dl *feedback.Delivery) { dl.LastOutcome = why; dl.End(feedback.Superseded, d.now()) })
}

// Delivered writes down what became of an attempt at a delivery: it has ended,
// or is due again later. One that was given up is announced on the board, and
// to the owner on another channel.
func (d *Desk) Delivered(ctx context.Context, dl feedback.Delivery, try feedback.Try) error {
	return d.tried(ctx, dl, func(dl *feedback.Delivery) { dl.After(try, d.now(), rand.Float64()) })
}

// tried writes a claimed delivery after fn. One that ended meanwhile, or that
// another node has claimed, is left alone.
func (d *Desk) tried(ctx context.Context, dl feedback.Delivery, fn func(*feedback.Delivery)) error {
	timer := feedback.System(dl.OrgID, dl.VenueID)
	_, err := d.write(ctx, timer, dl.VenueID, func(at store.Edit) (string, error) {
		dl := dl
		fn(&dl)
		if err := at.SaveTry(ctx, dl, d.now()); err != nil {
			return "", err
		}
		if dl.State == feedback.Superseded {
			return dl.ID, nil
		}
		if err := at.TriedChannel(ctx, dl.ChannelID, d.now(), dl.LastOutcome); err != nil {
			return "", err
		}
		if dl.LastOutcome.Word() == "gone" {
			if err := d.forgetChannel(ctx, at, dl); err != nil {
				return "", err
			}
		}
		return dl.ID, d.tellEnd(ctx, at, timer, dl)
	})
	if errors.Is(err, feedback.ErrConflict) {
		return nil
	}
	return err
}

// forgetChannel ends a channel whose receiver says that there is no such address.
func (d *Desk) forgetChannel(ctx context.Context, at store.Edit, dl feedback.Delivery) error {
	return at.ForgetChannel(ctx, dl.ChannelID, d.now())
}

// tellEnd writes the end of a delivery into the timeline. Of webhooks only the
// failures are told: they are told of events themselves.
func (d *Desk) tellEnd(ctx context.Context, at store.Edit, timer feedback.Actor, dl feedback.Delivery) error {
	kind := feedback.AlertDelivered
	switch dl.State {
	case feedback.Dead:
		kind = feedback.AlertFailed
	case feedback.Delivered:
		if dl.Kind == feedback.ChannelWebhook {
			return nil
		}
	default:
		return nil
	}
	e := d.event(timer, kind, dl.ReportID)
	e.Subject = dl.ID
	e.Data = feedback.EventData{Channel: string(dl.Kind), Person: dl.PersonID, Level: dl.Step}
	if dl.State == feedback.Dead {
		e.Data.What = string(dl.LastOutcome)
	}
	if err := d.append(ctx, at, e); err != nil || dl.State != feedback.Dead || dl.What == feedback.SayDead {
		return err
	}
	return d.announceDead(ctx, at, dl)
}

// announceDead tells the owners, on every channel but the one that failed, that
// a message did not arrive.
func (d *Desk) announceDead(ctx context.Context, at store.Edit, dead feedback.Delivery) error {
	return d.warnOwners(ctx, at, feedback.Delivery{ReportID: dead.ReportID, What: feedback.SayDead}, dead.ChannelID)
}

// warnOwners tells the owners something on all their channels but those left out.
func (d *Desk) warnOwners(ctx context.Context, at store.Edit, about feedback.Delivery, but ...string) error {
	team, err := at.Team(ctx)
	if err != nil {
		return err
	}
	for _, m := range team {
		for _, c := range m.Channels {
			if m.Here != feedback.Owner || slices.Contains(but, c.ID) || !d.carries(c.Kind) {
				continue
			}
			if err := d.enqueueDelivery(ctx, at, c, about); err != nil {
				return err
			}
		}
	}
	return nil
}

// SeeFailures notes that a manager has read which messages were given up: the
// board stops saying so.
func (d *Desk) SeeFailures(ctx context.Context, by feedback.Actor, venue string) error {
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) { return venue, at.SawDead(ctx, d.now()) })
	return err
}
