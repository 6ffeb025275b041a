package feedback

import "time"

// How long a report is kept back whose guest asked for it.
const (
	// HoldFor is how long at most: by then a party has left, whether or not
	// anybody closed its visit.
	HoldFor = 2 * time.Hour
	// HoldAfterVisit is how long after their visit was closed: who has paid still
	// has a coat to fetch.
	HoldAfterVisit = 15 * time.Minute
)

// PassedOn is what a [ReportChanged] says when a report that was kept back
// reached the managers.
const PassedOn = "passed_on"

// Held says whether nobody in the house reads it yet, because its guest asked
// that a manager be told only after they have left. It is in the figures all the
// same.
func (r Report) Held() bool { return !r.HeldUntil.IsZero() }

// Hold keeps a new report back if its guest asked for it: for [HoldFor], or to
// the end of the opening. One whose guest has left already is not kept back, and
// what is about safety never is.
func (r *Report) Hold(v Venue) {
	if r.Handling != ManagerLater || r.FollowUp || r.Safety() {
		return
	}
	r.HeldUntil = r.CreatedAt.Add(HoldFor)
	if _, end, open := v.Hours.Service(r.CreatedAt, v.Zone()); open && end.Before(r.HeldUntil) {
		r.HeldUntil = end
	}
}

// VisitClosed lets a report that is kept back wait for the end of its visit,
// which was closed at a moment, and says whether that changes anything.
func (r *Report) VisitClosed(closed time.Time) bool {
	end := closed.Add(HoldAfterVisit)
	if !r.Held() || !end.Before(r.HeldUntil) {
		return false
	}
	r.HeldUntil = end
	return true
}
