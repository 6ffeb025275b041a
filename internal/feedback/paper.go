package feedback

import (
	"math"
	"net/url"
	"strings"
	"time"
)

// CodesPrinted is the action of the audit trail for a sheet of codes.
const CodesPrinted = "code.printed"

// Logo is the venue's picture for paper, as a PNG of ours.
type Logo struct {
	VenueID   string `gorm:"primaryKey"`
	PNG       []byte
	ChangedAt time.Time `gorm:"serializer:ms"`
}

// Sticker is what somebody who walks the floor finds on a table.
type Sticker string

// Stickers.
const (
	StickerRight   Sticker = "right"   // the table's own, and it works
	StickerOther   Sticker = "other"   // of another table of the venue
	StickerOld     Sticker = "old"     // of this table, replaced or stopped
	StickerForeign Sticker = "foreign" // not ours: somebody pasted it there
	StickerMissing Sticker = "missing" // there is none
)

// Walk is one sticker that staff looked at.
type Walk struct {
	ID      string `gorm:"primaryKey"`
	VenueID string
	TableID string
	ByID    string
	At      time.Time `gorm:"serializer:ms"`
	Verdict Sticker
	Saw     string // host or table that the sticker leads to, when it is wrong

	TableName string `gorm:"->"`
	ByName    string `gorm:"->"`
}

// MaxSticker bounds what is read from a sticker.
const MaxSticker = 1000

// ReadSticker finds the code in what a sticker holds, or in what is printed
// beside it: an address under base, or a code alone. It returns "" for what is
// not ours, and where that leads.
func ReadSticker(text string, base *url.URL) (code, leads string) {
	text = strings.TrimSpace(text)
	if len(text) > MaxSticker {
		return "", ""
	}
	if !strings.ContainsAny(text, "./:") { // typed by hand, without the host
		return ReadCode(text), CleanLine(text)
	}
	whole := text
	if !strings.Contains(text, "://") {
		whole = base.Scheme + "://" + text
	}
	u, err := url.Parse(whole)
	if err != nil || !strings.EqualFold(u.Scheme, base.Scheme) || !strings.EqualFold(u.Host, base.Host) || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		return "", hostOf(u, text)
	}
	path := strings.Trim(u.EscapedPath(), "/")
	if first, rest, two := strings.Cut(path, "/"); two && strings.EqualFold(first, "t") {
		path = rest
	}
	return ReadCode(path), u.Host
}

// hostOf is what to show of an address that is not ours.
func hostOf(u *url.URL, text string) string {
	if u != nil && u.Host != "" {
		return CleanLine(u.Host)
	}
	return CleanLine(text)
}

// Judge says what a sticker on a table is, by the code it holds; known is false
// when there is no such code in the venue.
func (t Table) Judge(c Code, known bool, now time.Time) Sticker {
	switch {
	case !known || c.VisitID != "":
		return StickerForeign
	case c.TableID != t.ID:
		return StickerOther
	case !c.Working(now) || !c.EndsAt.IsZero():
		return StickerOld
	}
	return StickerRight
}

const (
	// UnscannedDays is after how many days without a scan we ask whether the
	// card is still on the table.
	UnscannedDays = 14
	// pastDays are those that a table is compared with.
	pastDays = 28
	// unlikely is how improbable a silence must be before anybody is alarmed.
	unlikely = 0.001
)

// FellSilent says whether a table's scans have fallen to none against its own
// past. scans are those of the table and all those of the venue, by UTC day
// ("2026-11-22"); days on which nobody scanned anything at the venue, as on a
// day off, do not count. today counts only as a day with scans, for it is not
// over.
//
// With scans as rare and independent as guests, the probability of none in n
// days is exp(-n * mean): below one in a thousand it is no accident.
func FellSilent(table, venue map[string]int64, today time.Time) bool {
	key := func(back int) string { return today.AddDate(0, 0, -back).Format(time.DateOnly) }
	if table[key(0)] > 0 {
		return false
	}
	quiet, back := 0, 1
	for ; back <= UnscannedDays && table[key(back)] == 0; back++ {
		if venue[key(back)] > 0 {
			quiet++
		}
	}
	var scans int64
	open := 0
	for past := back; past < back+pastDays; past++ {
		if venue[key(past)] > 0 {
			open++
			scans += table[key(past)]
		}
	}
	const least = 7 // days of a past that tells anything
	if open < least || quiet == 0 {
		return false
	}
	return math.Exp(-float64(quiet)*float64(scans)/float64(open)) < unlikely
}
