package feedback

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Message is one line between guest and staff.
type Message struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	ReportID  string
	FromGuest bool
	PersonID  string // of staff
	Text      string
	Phrase    string    // catalogue key of a quick phrase; the guest reads it in their language
	Language  string    // of a venue's phrase that it does not have in the guest's language; else empty
	Internal  bool      // a note for the team, never shown to the guest
	At        time.Time `gorm:"serializer:ms"`
	Salt      []byte

	PersonName string `gorm:"->"`
}

// Says says whether a message says anything: a dot is no word to a guest.
func (m Message) Says() bool {
	return m.Phrase != "" || strings.ContainsFunc(m.Text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r)
	})
}

// Saw says whether a message was open before the other side: on a page or board
// that somebody could see, not merely sent there.
func (r Report) Saw(m Message) bool {
	switch {
	case m.Internal:
		return false
	case m.FromGuest:
		return m.ID <= r.TeamSaw
	}
	return m.ID <= r.GuestSaw
}

// See notes that a side had the other's message open, and says whether that is
// news.
func (r *Report) See(m Message) bool {
	if m.Internal || r.Saw(m) {
		return false
	}
	if m.FromGuest {
		r.TeamSaw = m.ID
	} else {
		r.GuestSaw = m.ID
	}
	return true
}

// LastUnseen is the id of the newest message, when it is the guest's and the team
// has not seen it; else empty.
func (r Report) LastUnseen() string {
	if r.LastFrom != "guest" || r.LastID <= r.TeamSaw {
		return ""
	}
	return r.LastID
}

// LastSeen says whether the newest message is the team's and the guest has seen
// it.
func (r Report) LastSeen() bool {
	return r.LastFrom != "" && r.LastFrom != "guest" && r.LastID <= r.GuestSaw
}

// Check says what is wrong with a message.
func (m Message) Check() error {
	switch n := utf8.RuneCountInString(m.Text); {
	case n == 0 && m.Phrase == "":
		return Problems{"text": "problem.message.missing"}
	case n > MaxMessage:
		return Problems{"text": "problem.message.long"}
	}
	return nil
}
