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
