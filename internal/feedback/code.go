package feedback

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// Code is what a QR holds. A table's code is printed and long-lived; a visit's
// lives until it expires. A code takes any number of reports.
type Code struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	TableID   string
	VisitID   string    // empty for a table's code
	Code      string    // 26 characters, Crockford base32, upper case
	Short     string    // 8 characters, for those who cannot scan
	CreatedAt time.Time `gorm:"serializer:ms"`
	ExpiresAt time.Time `gorm:"serializer:ms"` // zero for a table's code
	EndsAt    time.Time `gorm:"serializer:ms"` // rotated: works until then
	RevokedAt time.Time `gorm:"serializer:ms"`

	TableName string    `gorm:"->"`
	AreaName  string    `gorm:"->"`
	Scans     int64     `gorm:"->"` // in the last 28 days
	ScannedAt time.Time `gorm:"->;serializer:ms"`
}

const (
	// RotateGrace is how long a replaced code still opens the form.
	RotateGrace = 24 * time.Hour
	// MaxGrace is the longest that can be asked for.
	MaxGrace = 14 * 24 * time.Hour
	// FormLife is how long a form that was opened before its code ended is
	// still accepted.
	FormLife = 6 * time.Hour
)

// Opens says whether the form may be shown at now: [ErrGone] for a visit that
// is over, [ErrNotFound] for a code that was replaced or revoked.
func (c Code) Opens(now time.Time) error {
	switch {
	case !c.RevokedAt.IsZero() && !now.Before(c.RevokedAt),
		!c.EndsAt.IsZero() && !now.Before(c.EndsAt):
		return fmt.Errorf("code %s is withdrawn: %w", c.ID, ErrNotFound)
	case !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt):
		return fmt.Errorf("code %s has expired: %w", c.ID, ErrGone)
	}
	return nil
}

// Takes says whether a report is accepted at now. A form that was opened (zero
// when nobody can vouch for it) while the code still worked is.
func (c Code) Takes(now, opened time.Time) error {
	err := c.Opens(now)
	if err != nil && !opened.IsZero() && !opened.After(now) && now.Sub(opened) <= FormLife && c.Opens(opened) == nil {
		return nil
	}
	return err
}

// Working says whether the code can still be scanned at now.
func (c Code) Working(now time.Time) bool { return c.Opens(now) == nil }

// Address is where the code leads.
func (c Code) Address(base *url.URL) string { return base.String() + "/T/" + c.Code }

// Printed is the address as a QR holds it: upper case, which is the small
// alphanumeric mode of QR codes. Scheme and host mean the same in any case.
func (c Code) Printed(base *url.URL) string { return strings.ToUpper(c.Address(base)) }

// Typed is what those type who cannot scan, in its two parts, between which
// paper may break the line: the host, and the short code in two halves.
func (c Code) Typed(base *url.URL) (host, short string) {
	short = strings.ToLower(c.Short)
	if half := len(short) / 2; half > 0 {
		short = short[:half] + "-" + short[half:]
	}
	return base.Host, short
}

// crockford is Crockford's base32 alphabet: no I, L, O or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Crockford writes bytes in Crockford base32, upper case, without padding.
func Crockford(b []byte) string {
	var out strings.Builder
	var acc, bits uint
	for _, c := range b {
		acc, bits = acc<<8|uint(c), bits+8
		for bits >= 5 {
			bits -= 5
			out.WriteByte(crockford[acc>>bits&31])
		}
	}
	if bits > 0 {
		out.WriteByte(crockford[acc<<(5-bits)&31])
	}
	return out.String()
}

// lookalikes are what people type for characters of the alphabet.
var lookalikes = strings.NewReplacer("-", "", " ", "", "I", "1", "L", "1", "O", "0")

// ReadCode brings a typed or scanned code into its one form: upper case, no
// hyphens or spaces, and I, L, O read as 1, 1, 0 (Crockford). Wide letters, as
// East Asian keyboards type them, are read too. It returns "" for what cannot
// be a code.
func ReadCode(s string) string {
	if len(s) > 64 {
		return ""
	}
	s = lookalikes.Replace(strings.ToUpper(width.Fold.String(s)))
	if strings.Trim(s, crockford) != "" {
		return ""
	}
	return s
}
