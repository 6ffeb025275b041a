package feedback

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"
)

// EventKind names what happened.
type EventKind string

// Kinds of events of a venue's timeline.
const (
	ReportCreated    EventKind = "report.created"
	ReportTaken      EventKind = "report.taken"
	ReportReleased   EventKind = "report.released"
	ReportMessage    EventKind = "report.message"
	ReportEscalated  EventKind = "report.escalated"
	ReportResolved   EventKind = "report.resolved"
	ReportUnresolved EventKind = "report.unresolved"
	ReportDismissed  EventKind = "report.dismissed"
	ReportReopened   EventKind = "report.reopened"
	ReportVerdict    EventKind = "report.verdict"
	ReportMerged     EventKind = "report.merged"  // joined the alert of an earlier one
	ReportChanged    EventKind = "report.changed" // table corrected, called again, withdrawn, contact erased
	AlertDelivered   EventKind = "alert.delivered"
	AlertFailed      EventKind = "alert.failed" // given up
	VisitOpened      EventKind = "visit.opened"
	VisitClosed      EventKind = "visit.closed"
	VisitScanned     EventKind = "visit.scanned" // a guest's scan opened one
	CodeRotated      EventKind = "code.rotated"
	CodeRevoked      EventKind = "code.revoked"
	ScreenLost       EventKind = "screen.lost"    // no screen of the venue lives any more
	ScreenBack       EventKind = "screen.back"    // one does again
	BurstMarked      EventKind = "burst.marked"   // what was left of it is set aside as abuse
	BurstCleared     EventKind = "burst.cleared"  // and that was taken back
	DigestDaily      EventKind = digest + "daily" // programs are told what became of a day; its data says of which
	DigestWeekly     EventKind = digest + "weekly"
)

// digest begins the kinds of digests. Whole, they would read as keys of sentences.
const digest = "digest."

// Event is one line of a venue's timeline: numbered without gaps, chained by
// hash, never changed or deleted. It holds no personal data.
type Event struct {
	VenueID  string `gorm:"primaryKey"`
	Seq      int64  `gorm:"primaryKey"`
	Kind     EventKind
	At       time.Time `gorm:"serializer:ms"`
	ReportID string    // the report, or empty
	Subject  string    // the visit, table of a code, burst, or message; or empty
	ByKind   ActorKind
	ByID     string    // person or key; empty for guests and timers
	Data     EventData `gorm:"serializer:json"`
	Digest   []byte    // SHA-256 of salt and personal payload, if there is any; see [Digest]
	Prev     []byte    // hash of the event before
	Hash     []byte    // of all the above

	ByName string `gorm:"->"`
}

// Seen is what a [ReportChanged] says of a message that the other side had open;
// the event's subject is the message.
const Seen = "seen"

// SaidAlarm is what a [ReportChanged] says when words that the guest wrote
// afterwards made the report one about safety.
const SaidAlarm = "alarm"

// SaidDone is what a [ReportChanged] says when the guest ended the conversation.
const SaidDone = "done"

// EventData are the facts of an event that identify nobody.
type EventData struct {
	Status   Status   `json:"status,omitempty"`
	Rating   int      `json:"rating,omitempty"`
	Causes   []string `json:"causes,omitempty"`
	Handling string   `json:"handling,omitempty"`
	Actions  []string `json:"actions,omitempty"`
	Cost     int64    `json:"cost,omitempty"` // minor units
	Reason   string   `json:"reason,omitempty"`
	Verdict  Verdict  `json:"verdict,omitempty"`
	Person   string   `json:"person,omitempty"` // who it was given to
	Level    int      `json:"level,omitempty"`
	To       []Target `json:"to,omitempty"`      // who a step went to
	Table    string   `json:"table,omitempty"`   // id
	Channel  string   `json:"channel,omitempty"` // kind of the channel an alert went by
	What     string   `json:"what,omitempty"`    // of report.changed: table, call, withdrawn, expired, contact, page_ended, off_floor, on_floor, seen, done, alarm, passed_on, or a [FollowUp]; undo; of an alert: the outcome; of a digest: the first and last day ("2026-11-22/2026-11-28")
	Message  string   `json:"message,omitempty"` // id
}

// Seal fills in the hashes and returns the data as it is kept and hashed. prev is
// the hash of the venue's event before, nil for the first. Every field is
// length-prefixed, so that no two events share an encoding.
func (e *Event) Seal(prev []byte) (data string, err error) {
	text, err := json.Marshal(e.Data)
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, 512)
	b = appendField(b, prev)
	b = appendField(b, e.VenueID)
	b = appendNumber(b, e.Seq)
	b = appendField(b, e.Kind)
	b = appendNumber(b, e.At.UnixMilli())
	b = appendField(b, e.ReportID)
	b = appendField(b, e.Subject)
	b = appendField(b, e.ByKind)
	b = appendField(b, e.ByID)
	b = appendField(b, text)
	b = appendField(b, e.Digest)
	sum := sha256.Sum256(b)
	e.Prev, e.Hash = prev, sum[:]
	return string(text), nil
}

func appendField[T ~string | ~[]byte](b []byte, field T) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(field)))
	return append(b, field...)
}

func appendNumber(b []byte, v int64) []byte {
	b = binary.BigEndian.AppendUint64(b, 8)
	return binary.BigEndian.AppendUint64(b, uint64(v))
}

// Digest binds personal text to an event without revealing it: once the salt
// is erased with the text, nobody can test a guess against it.
func Digest(salt []byte, parts ...string) []byte {
	b := append(make([]byte, 0, 512), salt...)
	for _, p := range parts {
		b = appendField(b, p)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// Job is work that must survive a restart: a timer or a message to send.
type Job struct {
	ID       string `gorm:"primaryKey"`
	Kind     string
	OrgID    string
	VenueID  string
	Subject  string // what it is about: a report's id
	Step     int
	RunAt    time.Time `gorm:"serializer:ms"`
	Lease    time.Time `gorm:"serializer:ms"` // claimed until then; zero: free
	Attempts int
	DeadAt   time.Time `gorm:"serializer:ms"` // given up
	LastErr  string
}

// Kinds of jobs.
const (
	JobHeartbeat = "heartbeat" // nothing but a sign of life
	JobWatch     = "watch"     // over one report that waits, until it has ended
	JobForget    = "forget"    // contact details have reached the end of their life
	JobPassOn    = "pass_on"   // a report was kept back until its guest has left
	JobOpening   = "opening"   // before a venue opens: is somebody on duty?
)

// SilentAfter is how long a taken report may stay without message or note.
const SilentAfter = 10 * time.Minute

// Audit is one change of settings, people, keys or codes, or one look at
// contact details.
type Audit struct {
	ID      string `gorm:"primaryKey"`
	OrgID   string
	VenueID string    // empty for what spans venues
	At      time.Time `gorm:"serializer:ms"`
	ByKind  ActorKind
	ByID    string
	Action  string            // "venue.changed", "person.disabled", "contact.seen"
	Target  string            // id
	Detail  map[string]string `gorm:"serializer:json"` // names of what changed, never secrets or guests' data

	ByName string `gorm:"->"`
}
