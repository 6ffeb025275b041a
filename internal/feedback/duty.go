package feedback

import (
	"slices"
	"time"
)

// Said is what a person said about being on duty; empty when the plan decides.
type Said string

// What people say on the board.
const (
	SaidOn  Said = "on"
	SaidOff Said = "off"
)

// Duty is when and where a person is on duty in a venue.
type Duty struct {
	VenueID  string              `gorm:"primaryKey"`
	PersonID string              `gorm:"primaryKey"`
	Week     map[string][]string `gorm:"serializer:json"` // shifts, as in [Hours]
	Areas    []string            `gorm:"serializer:json"` // ids; none means everywhere
	Said     Said
	Until    time.Time `gorm:"serializer:ms"` // when the plan decides again

	PersonName string `gorm:"->"`
}

// Check reports every problem with a plan; areas are the venue's.
func (d Duty) Check(areas []string) error {
	ps := Problems{}
	if (Hours{Week: d.Week}).check() != nil {
		ps["week"] = "problem.hours.wrong"
	}
	for _, a := range d.Areas {
		if !slices.Contains(areas, a) {
			ps["areas"] = "problem.choice"
		}
	}
	return ps.OrNil()
}

// On says whether the person is on duty at t.
func (d Duty) On(t time.Time, zone *time.Location) bool {
	if d.Said != "" && t.Before(d.Until) {
		return d.Said == SaidOn
	}
	_, planned := d.shift(t, zone)
	return planned
}

// shift is the end of the planned shift that holds t.
func (d Duty) shift(t time.Time, zone *time.Location) (end time.Time, planned bool) {
	h := Hours{Week: d.Week}
	if h.Always() {
		return time.Time{}, false
	}
	_, end, planned = h.Service(t, zone)
	return end, planned
}

// Say notes what the person says at t. "On" holds until the venue closes, and
// "off" to the end of the shift, or also until the venue closes.
func (d *Duty) Say(said Said, t time.Time, v Venue) {
	d.Said, d.Until = said, v.Hours.EndOfService(t, v.Zone())
	if end, planned := d.shift(t, v.Zone()); planned && said == SaidOff {
		d.Until = end
	}
}

// Covers says whether the person is on duty in an area; a table without one is
// everybody's.
func (d Duty) Covers(area string) bool {
	return area == "" || len(d.Areas) == 0 || slices.Contains(d.Areas, area)
}

// Roster is who is on duty in a venue at one moment.
type Roster struct {
	// Kept says whether somebody has shifts, or says that they are on. Where it is
	// not kept, everybody on the floor is on duty who does not say otherwise.
	Kept bool
	On   []Duty
	Off  []string // people who say that they are off
}

// RosterAt is who is on duty at t.
func RosterAt(duties []Duty, t time.Time, zone *time.Location) Roster {
	r := Roster{Kept: Planned(duties)}
	for _, d := range duties {
		if d.On(t, zone) {
			r.Kept, r.On = true, append(r.On, d)
		} else if d.Said == SaidOff && t.Before(d.Until) {
			r.Off = append(r.Off, d.PersonID)
		}
	}
	return r
}

// Planned says whether anybody has shifts.
func Planned(duties []Duty) bool {
	return slices.ContainsFunc(duties, func(d Duty) bool { return !(Hours{Week: d.Week}).Always() })
}

// Unstaffed lists the openings that begin from t on, within a week, for which
// nobody is on duty although shifts are planned.
func Unstaffed(v Venue, duties []Duty, t time.Time) []time.Time {
	var openings []time.Time
	if v.Hours.Always() || !Planned(duties) {
		return nil
	}
	for from, week := t, t.AddDate(0, 0, 7); ; {
		opens, _, soon := v.Hours.next(from, v.Zone())
		if !soon || !opens.Before(week) {
			return openings
		}
		if len(RosterAt(duties, opens, v.Zone()).On) == 0 {
			openings = append(openings, opens)
		}
		from = opens
	}
}
