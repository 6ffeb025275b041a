package feedback

import (
	"slices"
	"time"
)

// Screens is what is remembered of a venue's screens, from the first one on.
type Screens struct {
	VenueID string    `gorm:"primaryKey"`
	LostAt  time.Time `gorm:"serializer:ms"` // the last one was lost then, and managers were told; zero: one lives, or none is expected

	OrgID string `gorm:"->"`
}

// Lost says whether the venue is known to be without a screen.
func (s Screens) Lost() bool { return !s.LostAt.IsZero() }

// Screen is a board that said it lives: that of a shared tablet, or of whoever
// is signed in on a device of their own.
type Screen struct {
	ID       string // of the tablet, or of the session
	Tablet   bool
	Person   string    // id of whoever is signed in
	Managers bool      // shows what is for managers only, too
	HeardAt  time.Time // the last time
}

// MissAfter is how long managers are not told yet that no screen lives: a
// tablet that changes hands, or is looked at elsewhere, comes back by itself.
const MissAfter = 45 * time.Second

// Missed says whether somebody would have to look at a screen of a venue at t:
// it is open. One that never closes is, while anybody is on duty, if its duty is
// planned.
func Missed(v Venue, duties []Duty, t time.Time) bool {
	if v.Hours.Always() && len(duties) > 0 {
		return slices.ContainsFunc(duties, func(d Duty) bool { return d.On(t, v.Zone()) })
	}
	_, _, open := v.Hours.Service(t, v.Zone())
	return open
}
