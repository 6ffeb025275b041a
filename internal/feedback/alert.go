package feedback

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Alert is one report brought to people, and the later ones of the same table
// or visit that joined it. Each report keeps its own status.
type Alert struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	ReportID  string // the first
	TableID   string
	VisitID   string // empty when no visit is known
	Safety    bool
	Managers  bool      // for managers only
	StartedAt time.Time `gorm:"serializer:ms"`
}

// MergeWithin is how long an alert takes in further reports.
const MergeWithin = 10 * time.Minute

// Joins says whether a report belongs to an alert that began before it: of the
// same table or visit, and for the same people.
func (r Report) Joins(a Alert) bool {
	same := a.TableID == r.TableID || a.VisitID != "" && a.VisitID == r.VisitID
	age := r.Since.Sub(a.StartedAt)
	return same && a.Safety == r.Safety() && a.Managers == r.ManagersOnly() && age >= 0 && age < MergeWithin
}

// Caller is a report that called people, and when it did so first and last.
type Caller struct {
	ReportID string
	First    time.Time `gorm:"serializer:ms"`
	Last     time.Time `gorm:"serializer:ms"`
}

// CallsAnew says whether a report about safety calls people although they have
// been called to an older one of its table: once for each time that it begins to
// wait. Only where two others of the table have called within [UrgentOnce], or
// [BurstTold] in all, or in a burst, people know enough: the phones ring already,
// and so many are hardly guests.
func (r Report) CallsAnew(callers []Caller, burst bool, now time.Time) bool {
	others, lately := 0, 0
	for _, c := range callers {
		if c.ReportID == r.ID {
			if !c.Last.Before(r.Since) {
				return false
			}
			continue
		}
		others++
		if now.Sub(c.First) < UrgentOnce {
			lately++
		}
	}
	return lately < 2 && others < BurstTold && !burst
}

// DeliveryState is where a message out of the house stands. There are three
// ends and no other.
type DeliveryState string

// States of a delivery.
const (
	Pending    DeliveryState = "pending"
	Delivered  DeliveryState = "accepted"   // the receiver took it, which is not to say that anybody saw it
	Superseded DeliveryState = "superseded" // there was no more need, or a newer one said it
	Dead       DeliveryState = "dead"       // given up, and announced
)

// DeliveryStates are all of them, in the order of a life.
var DeliveryStates = []DeliveryState{Pending, Delivered, Superseded, Dead}

// ChannelScreen stands for the board itself, as the way by which people were told.
const ChannelScreen ChannelKind = "screen"

// What a delivery says.
const (
	SayNew      = "new"      // somebody is needed
	SayWaiting  = "waiting"  // for too long
	SayUrgent   = "urgent"   // about safety
	SayManager  = "manager"  // for managers only
	SaySilent   = "silent"   // taken, and then nothing
	SayNotYet   = "not_yet"  // the guest says it is not right yet
	SayBurst    = "burst"    // more came to a table than its guests can send
	SayUnhappy  = "unhappy"  // it ended, and the guest says it is not right
	SayDead     = "dead"     // an alert did not arrive
	SayNobodyOn = "nobodyon" // nobody is on duty when the venue opens
	SayUnseen   = "unseen"   // no screen of the venue lives
	SaySeen     = "seen"     // one does again
	SayDay      = "day"      // what became of yesterday's issues
	SayWeek     = "week"     // and of last week's

	SayExportWeek  = "export_week" // last week's tables can be taken away
	SayExportMonth = "export_month"
)

// Delivery is one message to one receiver, in the outbox until it has ended.
// Its id stays the same over all attempts, so that a receiver can tell.
type Delivery struct {
	ID          string `gorm:"primaryKey"`
	OrgID       string
	VenueID     string
	ReportID    string // empty for what is about no report
	AlertID     string // empty for what is no step of an alert
	EventSeq    int64  // of a webhook: the event; else 0
	ChannelID   string // empty for the board
	Kind        ChannelKind
	Receiver    string // who has to answer: sends to one receiver are bounded
	PersonID    string // empty for a room or a program
	Step        int    // of escalation; 0: at once
	What        string // one of Say…, or empty for a webhook
	State       DeliveryState
	Attempts    int
	NextAt      time.Time `gorm:"serializer:ms"`
	Lease       time.Time `gorm:"serializer:ms"` // claimed until then; zero: free
	CreatedAt   time.Time `gorm:"serializer:ms"`
	EndedAt     time.Time `gorm:"serializer:ms"`
	SeenAt      time.Time `gorm:"serializer:ms"` // of a dead one: a manager read that it is
	AgainAt     time.Time `gorm:"serializer:ms"` // when the owner last asked for it again
	LastOutcome Outcome

	ChannelName string    `gorm:"->"`
	PersonName  string    `gorm:"->"`
	TableName   string    `gorm:"->"`
	VenueName   string    `gorm:"->"`
	Event       EventKind `gorm:"->"` // of a webhook
}

// Again puts a message back into the outbox, to be sent at once under the same
// id. One that is being sent, or that tells of no event, fails with [ErrConflict].
func (d *Delivery) Again(now time.Time) error {
	if d.EventSeq == 0 || d.State == Pending && d.Lease.After(now) {
		return fmt.Errorf("delivery %s: %w", d.ID, ErrConflict)
	}
	d.State, d.NextAt, d.AgainAt = Pending, now, now
	d.EndedAt, d.SeenAt, d.Lease = time.Time{}, time.Time{}, time.Time{}
	return nil
}

// asked is since when it is tried.
func (d Delivery) asked() time.Time {
	if d.AgainAt.After(d.CreatedAt) {
		return d.AgainAt
	}
	return d.CreatedAt
}

// Needed says whether there is still a reason to send it: what calls people to
// a report has none once somebody took it.
func (d Delivery) Needed(r Report) bool {
	return r.Status == Open || !slices.Contains(Calling, d.What)
}

// Attempt is one try to send a delivery.
type Attempt struct {
	DeliveryID string    `gorm:"primaryKey"`
	Number     int       `gorm:"primaryKey"`
	At         time.Time `gorm:"serializer:ms"`
	Outcome    Outcome
}

// DeliverFor is how long a message is tried to be sent before it is dead.
const DeliverFor = 72 * time.Hour

const (
	firstPause = 5 * time.Second
	maxPause   = time.Hour
)

// Pause is how long to wait after so many attempts: doubling from five seconds
// to an hour, a quarter more or less by chance (from 0 to 1), so that what
// failed together does not come back together.
func Pause(attempts int, chance float64) time.Duration {
	pause := min(firstPause<<min(max(attempts-1, 0), 12), maxPause)
	return time.Duration(float64(pause) * (0.75 + chance/2))
}

// Try is what became of one attempt.
type Try struct {
	Outcome Outcome
	After   time.Duration // the receiver asked to wait this long; often 0
}

// hopeless are outcomes that no further attempt changes.
var hopeless = map[string]bool{"gone": true, "address": true, "unset": true}

// After notes a try in the delivery: it has ended, or is due again.
func (d *Delivery) After(t Try, now time.Time, chance float64) {
	d.LastOutcome, d.Lease = t.Outcome, time.Time{}
	next := now.Add(max(t.After, Pause(d.Attempts, chance)))
	switch {
	case t.Outcome == Accepted:
		d.End(Delivered, now)
	case hopeless[t.Outcome.Word()] || next.Sub(d.asked()) > DeliverFor:
		d.End(Dead, now)
	default:
		d.NextAt = next
	}
}

// End ends the delivery.
func (d *Delivery) End(state DeliveryState, now time.Time) {
	d.State, d.EndedAt, d.NextAt, d.Lease = state, now, time.Time{}, time.Time{}
}

// Receiver names who has to answer on a channel: the host, or the one gateway
// that all messages of the kind go through.
func (c Channel) Receiver() string {
	address := c.Address
	switch c.Kind {
	case ChannelEmail, ChannelSMS, ChannelScreen:
		return string(c.Kind)
	case ChannelPush:
		var sub struct{ Endpoint string }
		if json.Unmarshal([]byte(c.Address), &sub) == nil {
			address = sub.Endpoint
		}
	}
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return c.ID
}
