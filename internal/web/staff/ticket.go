package staff

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"makeright/internal/feedback"
)

// lane is a column of the board.
type lane string

// Lanes, in the order of the page. What came after the visit or in a burst
// calls nobody, and is kept apart from what waits.
const (
	waiting lane = "waiting"
	onIt    lane = "on_it"
	later   lane = "later"
	toCheck lane = "check"
	asked   lane = "asked"
	kind    lane = "kind"
	nowhere lane = ""
)

var lanes = []lane{waiting, onIt, later, toCheck, asked, kind}

// laneOf is where a report stands on the board; nowhere once it has ended.
func laneOf(r feedback.Report) lane {
	switch {
	case r.Status == feedback.Resolved:
		return asked
	case r.Status == feedback.Noted && !r.ToCheck && !r.Test:
		return kind
	case r.Status == feedback.Noted:
		return toCheck
	case r.Status != feedback.Open && r.Status != feedback.Taken:
		return nowhere
	case r.Later() && !r.Test:
		return later
	case (r.ToCheck || r.Test) && r.Status == feedback.Open:
		return toCheck
	case r.Status == feedback.Taken:
		return onIt
	}
	return waiting
}

// ticket is one report as the board shows it.
type ticket struct {
	feedback.Report
	Lane lane
	Many int       // of a burst: how many more wait like this one, which stands for them
	Base string    // address of the board
	Me   string    // whose screen it is; empty for what many screens share
	Now  time.Time // of the server
	Zone *time.Location
}

// newTicket prepares a report for the board of a venue.
func newTicket(r feedback.Report, base string, now time.Time, zone *time.Location) ticket {
	return ticket{Report: r, Lane: laneOf(r), Base: base, Now: now, Zone: zone}
}

// URL is the page of the report.
func (t ticket) URL() string { return t.Base + "/reports/" + t.ID }

// Mine says whether it is with the one who looks.
func (t ticket) Mine() bool { return t.Me != "" && t.TakenBy == t.Me }

// Critical says whether it is about safety and nobody is there yet.
func (t ticket) Critical() bool { return t.Alarming() && t.Lane == waiting }

// Again says whether the guest said "not yet".
func (t ticket) Again() bool { return t.Reopenings > 0 && (t.Lane == waiting || t.Lane == onIt) }

// Small says whether one line is enough for it.
func (t ticket) Small() bool { return t.Lane == asked || t.Lane == kind }

// Sort is the place in its lane, smallest first: safety, then the oldest
// promise; of what is over the newest.
func (t ticket) Sort() int64 {
	switch {
	case t.Lane == asked:
		return -t.EndedAt.UnixMilli()
	case t.Lane == kind:
		return -t.CreatedAt.UnixMilli()
	case t.Alarming():
		return t.DueAt.UnixMilli() - safetyFirst
	}
	return t.DueAt.UnixMilli()
}

// safetyFirst is a head start in milliseconds that no promise makes up for.
const safetyFirst = 1e15

// Age is how long the guest has waited.
func (t ticket) Age() time.Duration { return max(0, t.Now.Sub(t.Since)) }

// Left is what remains of the promise; below zero it is over.
func (t ticket) Left() time.Duration { return t.DueAt.Sub(t.Now).Truncate(time.Second) }

// Promised is how long was promised, in seconds.
func (t ticket) Promised() int { return int(t.DueAt.Sub(t.Since).Seconds()) }

// Used is how much of that is used up.
func (t ticket) Used() int { return min(int(t.Age().Seconds()), t.Promised()) }

// Tone is what colour means: time, or whose it is.
func (t ticket) Tone() string {
	switch {
	case t.Lane == asked && t.Verdict == feedback.Yes || t.Lane == onIt && t.Mine():
		return "mine"
	case t.Lane != waiting:
		return "idle"
	case t.Alarming() || t.Left() < 0:
		return "late"
	case t.Left() <= time.Minute:
		return "soon"
	}
	return "ok"
}

// SinceMs and DueMs are for the clock of the page, in milliseconds.
func (t ticket) SinceMs() int64 { return t.Since.UnixMilli() }

// DueMs is when the promise ends.
func (t ticket) DueMs() int64 { return t.DueAt.UnixMilli() }

// Called is when the guest called again, in milliseconds; 0 when never.
func (t ticket) Called() int64 {
	if t.CalledAt.IsZero() {
		return 0
	}
	return t.CalledAt.UnixMilli()
}

// Want is the catalogue key of the wanted handling.
//
// i18n: want.*
func (t ticket) Want() string { return "want." + cmp.Or(t.Handling, "none") }

// wantIcons are drawn beside the wanted handling.
var wantIcons = map[string]string{
	"": "hand", feedback.ComeOver: "walk", feedback.ManagerOnly: "lock", feedback.ManagerLater: "lock", "just_fix": "remake",
	feedback.ContactLater: "phone", feedback.JustTelling: "note",
}

// WantIcon is the drawing beside it.
func (t ticket) WantIcon() string { return wantIcons[t.Handling] }

// NameSize is the class of the table's name: long ones are written smaller.
func (t ticket) NameSize() string {
	switch n := utf8.RuneCountInString(t.TableName); {
	case n > 6:
		return "long longer"
	case n > 3:
		return "long"
	}
	return ""
}

// First is the first name of who has it.
func (t ticket) First() string { return feedback.FirstName(t.TakenName) }

// FromTaker says whether the last message is from who has it.
func (t ticket) FromTaker() bool { return t.LastFrom != "" && t.LastFrom == t.TakenBy }

// Told is the catalogue key of whom it was escalated to.
//
// i18n: staff.told.*
func (t ticket) Told() string {
	switch {
	case t.Level <= 0 || t.Small():
		return ""
	case t.Level == 1:
		return "staff.told.manager"
	}
	return "staff.told.owner"
}

// inOrder sorts tickets as their lane shows them.
func inOrder(ts []ticket) {
	slices.SortStableFunc(ts, func(a, b ticket) int {
		return cmp.Or(cmp.Compare(a.Sort(), b.Sort()), cmp.Compare(a.ID, b.ID))
	})
}
