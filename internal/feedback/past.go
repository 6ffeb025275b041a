package feedback

import (
	"slices"
	"time"
)

// PastHours are the opening hours and the zone that a venue had until they were
// changed. Days that are over are counted by them.
type PastHours struct {
	VenueID  string
	Until    time.Time `gorm:"serializer:ms"`
	TimeZone string
	Hours    Hours `gorm:"serializer:json"`
}

// Then is the venue with the hours and the zone that it had at a moment. past are
// all that it had, in the order in which they ended.
func (v Venue) Then(past []PastHours, t time.Time) Venue {
	if i := pastAt(past, t); i < len(past) {
		v.TimeZone, v.Hours = past[i].TimeZone, past[i].Hours
	}
	return v
}

// Day is the service day that a moment belongs to, by the hours that the venue has.
func (v Venue) Day(t time.Time) string { return v.Hours.Day(t, v.Zone()) }

// PastShift is the shift of a moment by the hours that a venue had then; empty
// when it still has them.
func PastShift(past []PastHours, t time.Time) string {
	if pastAt(past, t) == len(past) {
		return ""
	}
	return Venue{}.Then(past, t).shift(t)
}

// AllDay says whether a shift, which is named after when it begins, is a whole day by
// all hours that the venue has and had: of one that never closes it begins and ends
// with the service day.
func (v Venue) AllDay(shift string, past []PastHours) bool {
	all := []Hours{v.Hours}
	for _, p := range past {
		all = append(all, p.Hours)
	}
	whole := false
	for _, h := range all {
		for _, s := range h.spans() {
			if s.name() != shift {
				continue
			}
			if s.to-s.from < 24*60 {
				return false
			}
			whole = true
		}
	}
	return whole
}

// pastAt is the place of the hours that held at a moment.
func pastAt(past []PastHours, t time.Time) int {
	i, _ := slices.BinarySearchFunc(past, t, func(p PastHours, t time.Time) int {
		if t.Before(p.Until) {
			return 1
		}
		return -1
	})
	return i
}
