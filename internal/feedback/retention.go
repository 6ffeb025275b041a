package feedback

import (
	"time"
)

// How long a venue keeps what says who a guest is, unless it chose otherwise, and
// what it may choose.
const (
	DefaultContactDays = 30
	MaxContactDays     = 365
	DefaultTextMonths  = 24
	MaxTextMonths      = 60
)

// KeepsContact is for how many days the venue keeps contact details.
func (v Venue) KeepsContact() int { return orElse(v.ContactDays, DefaultContactDays) }

// KeepsText is for how many months the venue keeps words, messages and photos.
func (v Venue) KeepsText() int { return orElse(v.TextMonths, DefaultTextMonths) }

func orElse(n, usual int) int {
	if n == 0 {
		return usual
	}
	return n
}

// TextEnded is the moment up to which words have reached their end at now: those
// of reports sent then or before. A month that is too short ends on its last day,
// so that nothing goes a day early.
func (v Venue) TextEnded(now time.Time) time.Time {
	then := now.AddDate(0, -v.KeepsText(), 0)
	if then.Day() != now.Day() {
		then = then.AddDate(0, 0, -then.Day())
	}
	return then
}

// checkRetention reports what is wrong with how long things are kept.
func (v Venue) checkRetention(ps Problems) {
	if v.ContactDays < 0 || v.ContactDays > MaxContactDays {
		ps["contact_days"] = "retention.problem.contact_days"
	}
	if v.TextMonths < 0 || v.TextMonths > MaxTextMonths {
		ps["text_months"] = "retention.problem.text_months"
	}
}
