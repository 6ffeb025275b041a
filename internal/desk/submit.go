package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// NewReport is what a guest sends.
type NewReport struct {
	Code     string // as scanned or typed
	Rating   int
	Causes   []string
	Words    string
	Handling string
	Language string
	Moment   string // of the visit that the guest was asked about; one that is none does not count
	Contact  feedback.Contact
	Urgent   feedback.Urgent // what one tap told; else empty

	Opened  time.Time        // when the form was opened, if somebody vouches for it
	Marked  bool             // it is one too many of its browser, or a machine's: keep it, but page nobody
	Over    Over             // counts it against the quotas of its table and venue; nil where there are none
	Request feedback.Request // so that sending twice makes one report
}

// Over takes n from what a key has left of a quota, and says whether there was
// not enough.
type Over func(key string, n int, q feedback.Quota) bool

// tooMany says whether a report comes faster than a table's guests, or a house
// full of them, can send. A flood at one table uses up nobody else's share.
func (in NewReport) tooMany(seat *store.Seat, r feedback.Report) bool {
	if in.Marked || in.Over == nil {
		return in.Marked
	}
	if in.Over("code "+seat.Code.ID, r.Doubt(seat.Venue, in.Opened), feedback.PerCode) {
		return true
	}
	return r.Trust != feedback.TrustVisit && in.Over("venue "+seat.Venue.ID, 1, feedback.PerVenue)
}

// Submit takes a guest's report. It fails with [feedback.Problems] for what
// cannot be kept as it is, [feedback.ErrNotFound] for an unknown or withdrawn
// code and [feedback.ErrGone] for a visit that is over.
func (d *Desk) Submit(ctx context.Context, in NewReport) (feedback.Report, error) {
	now := d.now()
	seat, err := d.store.Seat(ctx, feedback.ReadCode(in.Code), now)
	if err != nil {
		return feedback.Report{}, err
	}
	guest := seat.Guest
	guest.Request = in.Request
	if err := seat.Code.Takes(now, in.Opened); err != nil {
		return d.sentBefore(ctx, guest, err)
	}
	r, contact, err := d.draft(in)
	if err != nil {
		return feedback.Report{}, err
	}
	r.Heed(seat.Venue)
	r.TableID, r.CodeID = seat.Code.TableID, seat.Code.ID
	r.TableName, r.AreaName = seat.Code.TableName, seat.Code.AreaName
	r.Place(seat.Venue, seat.Code.VisitID, seat.Visits)
	r.Hold(seat.Venue)
	r.ToCheck = in.tooMany(seat, r)
	ref, err := d.write(ctx, guest, guest.Venue, func(at store.Edit) (string, error) {
		return r.ID, d.add(ctx, at, guest, newClock(seat.Venue, seat.Escalation, seat.Callable, r), r, contact)
	})
	if err != nil {
		return feedback.Report{}, err
	}
	if ref == r.ID {
		return r, nil
	}
	return d.store.For(feedback.System(guest.Org, guest.Venue), guest.Venue).Report(ctx, ref)
}

// sentBefore answers a request that is repeated after its code ended: what was
// received stays received. Otherwise it fails with why.
func (d *Desk) sentBefore(ctx context.Context, guest feedback.Actor, why error) (feedback.Report, error) {
	if guest.Request.Key == "" {
		return feedback.Report{}, why
	}
	ref, err := d.replayed(ctx, scopeOf(guest), guest.Request)
	if err != nil {
		return feedback.Report{}, why
	}
	return d.store.For(feedback.System(guest.Org, guest.Venue), guest.Venue).Report(ctx, ref)
}

// draft cleans and checks what was typed.
func (d *Desk) draft(in NewReport) (feedback.Report, feedback.Contact, error) {
	r := feedback.Report{
		ID: d.newID(), Rating: in.Rating, Causes: distinct(in.Causes), Words: feedback.Clean(in.Words),
		Handling: in.Handling, Language: in.Language, Moment: in.Moment, Urgent: in.Urgent, Version: 1, CreatedAt: d.now(),
	}
	if feedback.CheckMoment(r.Moment) != nil {
		r.Moment = ""
	}
	r.Salt = make([]byte, 16)
	rand.Read(r.Salt)
	c := feedback.Contact{
		ReportID: r.ID, Name: feedback.CleanLine(in.Contact.Name), Phone: feedback.CleanLine(in.Contact.Phone),
		Email: feedback.CleanLine(in.Contact.Email),
	}
	if err := r.Check(c, languages()); err != nil {
		return r, c, err
	}
	r.Sort()
	return r, c, nil
}

// add writes a new report with all that hangs on it.
func (d *Desk) add(ctx context.Context, at store.Edit, by feedback.Actor, clock clock, r feedback.Report, c feedback.Contact) error {
	if r.Safety() && r.Pages() {
		r.Level = 1 // managers hear of it at once
	}
	say, err := d.gather(ctx, at, &r)
	if err != nil {
		return err
	}
	if err := at.AddReport(ctx, r); err != nil {
		return err
	}
	if err := d.openIncident(ctx, at, r); err != nil {
		return err
	}
	if !c.Empty() || c.Name != "" {
		c.ExpiresAt = r.CreatedAt.Add(clock.venue.ContactLife())
		if err := at.AddContact(ctx, c); err != nil {
			return err
		}
		forget := feedback.Job{ID: d.newID(), Kind: feedback.JobForget, Subject: r.ID, RunAt: c.ExpiresAt}
		if err := at.Enqueue(ctx, forget); err != nil {
			return err
		}
	}
	if err := d.tell(ctx, at, by, r); err != nil {
		return err
	}
	if err := d.pageBurst(ctx, at, r, say); err != nil {
		return err
	}
	if err := d.hold(ctx, at, r); err != nil {
		return err
	}
	return d.watch(ctx, at, r, clock)
}

// tell writes a new report on the timeline.
func (d *Desk) tell(ctx context.Context, at store.Edit, by feedback.Actor, r feedback.Report) error {
	e := d.event(by, feedback.ReportCreated, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Rating: r.Rating, Causes: r.Causes, Handling: r.Handling, Table: r.TableID}
	if !r.Rated() {
		e.Data.Rating = 0
	}
	e.Digest = feedback.Digest(r.Salt, r.Words)
	if err := d.append(ctx, at, e); err != nil || r.Level == 0 {
		return err
	}
	e = d.event(feedback.System(at.Org(), r.VenueID), feedback.ReportEscalated, r.ID)
	e.Data = feedback.EventData{Status: r.Status, Level: r.Level}
	return d.append(ctx, at, e)
}

// WriteDown records what a guest said aloud, by a member of staff. table is its
// id or name. Staff cannot speak for a guest's trust: it is that of the table.
func (d *Desk) WriteDown(ctx context.Context, by feedback.Actor, venue, table string, in NewReport) (string, error) {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return "", err
	}
	r, contact, err := d.draft(in)
	if err != nil {
		return "", err
	}
	return d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := findTable(ctx, at.View, table)
		if err != nil {
			return "", err
		}
		r.TableID, r.WroteBy = t.ID, by.Person
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		here, err := at.OpenVisitsAt(ctx, t.ID, r.CreatedAt)
		if err != nil {
			return "", err
		}
		r.Heed(v)
		r.Place(v, "", here)
		clock, err := clockOf(ctx, at.View, r)
		if err != nil {
			return "", err
		}
		return r.ID, d.add(ctx, at, by, clock, r, contact)
	})
}

// findTable finds a table by id or name; a wrong one is the sender's problem.
func findTable(ctx context.Context, v store.View, table string) (feedback.Table, error) {
	t, err := v.Table(ctx, table)
	if errors.Is(err, feedback.ErrNotFound) {
		t, err = v.TableNamed(ctx, feedback.CleanLine(table))
	}
	if errors.Is(err, feedback.ErrNotFound) || err == nil && !t.RemovedAt.IsZero() {
		err = feedback.Problems{"table": "problem.table.unknown"}
	}
	return t, err
}

// distinct drops repeated words and keeps their order; the result is never nil.
func distinct(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
