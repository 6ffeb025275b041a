package feedback

import (
	"slices"
	"time"
)

// Moments of a visit at which a venue may ask one small question, in their order.
var Moments = []string{"starters", "mains", "bill"}

// MaxCheckIn is how late into a visit a check-in may be, in minutes.
const MaxCheckIn = 600

// CheckIn is a moment at which the venue asks: so many minutes after the visit
// was opened, or with 0 only when staff or the till say that it has come.
type CheckIn struct {
	Moment  string `json:"moment"`
	Minutes int    `json:"minutes"`
}

// Asks is the moment that a venue asks a party about at now, or "". What staff
// or the till said of the visit counts, unless the clock is further.
func (v Venue) Asks(visit Visit, now time.Time) string {
	if !visit.Open(now) {
		return ""
	}
	last := -1
	for _, c := range v.CheckIns {
		come := c.Minutes > 0 && !now.Before(visit.OpenedAt.Add(time.Duration(c.Minutes)*time.Minute))
		if i := slices.Index(Moments, c.Moment); i > last && (come || c.Moment == visit.Moment) {
			last = i
		}
	}
	if last < 0 {
		return ""
	}
	return Moments[last]
}

// CheckMoment fails unless it is a moment of a visit.
func CheckMoment(moment string) error {
	if !slices.Contains(Moments, moment) {
		return Problems{"moment": "checkin.problem.moment"}
	}
	return nil
}

// checkIns returns what is wrong with the moments a venue asks at, or "".
func checkIns(all []CheckIn) string {
	for i, c := range all {
		known := slices.Contains(Moments, c.Moment)
		twice := slices.ContainsFunc(all[:i], func(o CheckIn) bool { return o.Moment == c.Moment })
		if !known || twice || c.Minutes < 0 || c.Minutes > MaxCheckIn {
			return "checkin.problem.minutes"
		}
	}
	return ""
}
