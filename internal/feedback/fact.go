package feedback

import "time"

// Fact is what figures need to know of a report: nothing that a guest wrote, and
// no person but who waited on the table. Of an owner's page there are thousands.
type Fact struct {
	ID       string
	VenueID  string // only of what is not added up yet
	TableID  string
	Opened   time.Time // its visit; likewise
	Kind     Kind
	Status   Status
	Causes   []string
	Handling string
	Language string
	Trust    Trust
	Moment   string // of the visit
	Server   string
	Actions  []string
	Cost     int64 // minor units of the venue's currency
	Reason   string
	Verdict  Verdict
	Closing  string // ended "before" or "after" its visit was closed; empty when no visit is known, or it did not end

	Day        string // service day in the venue's zone, "2026-11-22"
	Hour       int    // hour of the venue's clock, 0 to 23
	CreatedAt  time.Time
	TakenAt    time.Time // first time
	AnsweredAt time.Time // first message of staff
	EndedAt    time.Time // last time
	DueAt      time.Time // the promise
	Since      time.Time // waiting since

	TableName string // as it is called today
	AreaID    string // where the table stood then
	AreaName  string
	Shift     string // by the hours of then, where they were changed since
}

// Fact is what figures need to know of the report.
func (r *Report) Fact() Fact {
	return Fact{
		ID: r.ID, VenueID: r.VenueID, TableID: r.TableID, Kind: r.Kind, Status: r.Status,
		Causes: r.Causes, Handling: r.Handling, Language: r.Language, Trust: r.Trust, Moment: r.Moment, Server: r.Server,
		Actions: r.Actions, Cost: r.Cost, Reason: r.Reason, Verdict: r.Verdict, Closing: r.Closing,
		Day: r.Day, Hour: r.Hour, CreatedAt: r.CreatedAt, TakenAt: r.TakenAt, AnsweredAt: r.AnsweredAt, EndedAt: r.EndedAt, DueAt: r.DueAt, Since: r.Since,
		TableName: r.TableName, AreaID: r.AreaID, AreaName: r.AreaName, Shift: r.Shift,
	}
}

// Facts are those of reports.
func Facts(rs []Report) []Fact {
	facts := make([]Fact, len(rs))
	for i := range rs {
		facts[i] = rs[i].Fact()
	}
	return facts
}

// Parted are the facts from a service day on, and those before it. It moves them
// about, few where days follow each other.
func Parted(facts []Fact, from string) (since, before []Fact) {
	i, j := 0, len(facts)
	for i < j {
		switch {
		case facts[i].Day < from:
			i++
		case facts[j-1].Day >= from:
			j--
		default:
			facts[i], facts[j-1] = facts[j-1], facts[i]
		}
	}
	return facts[i:], facts[:i:i]
}

// Silent says whether the guest let the time pass in which they could say
// whether it was put right.
func (f *Fact) Silent(now time.Time) bool {
	return f.Status == Resolved && f.Verdict == NoVerdict && now.Sub(f.EndedAt) >= NoAnswerAfter
}

// InTime says whether the first who took it did so within the promise.
func (f *Fact) InTime() bool {
	due := f.DueAt
	if promise := f.DueAt.Sub(f.Since); f.TakenAt.Before(f.Since) && promise > 0 {
		due = f.CreatedAt.Add(promise) // it waits anew, with another promise than the one that was kept or not
	}
	return !f.TakenAt.IsZero() && !f.TakenAt.After(due)
}
