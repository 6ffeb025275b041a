package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"github.com/google/uuid"

	"makeright/internal/feedback"
)

// StatusToken is the secret part of a guest's status address: the report's id
// under an HMAC of the installation. It is recomputed, never stored.
func (d *Desk) StatusToken(report string) string {
	id, err := uuid.Parse(report)
	if err != nil {
		return ""
	}
	return feedback.Crockford(append(id[:], d.mac("status", id[:])...))
}

// Guest returns who holds a status token: the guest of one report. It fails
// with [feedback.ErrNotFound] for a wrong token and for one whose page has
// ended.
func (d *Desk) Guest(ctx context.Context, token string) (feedback.Actor, error) {
	missing := fmt.Errorf("status page: %w", feedback.ErrNotFound)
	raw, ok := uncrockford(feedback.ReadCode(token))
	if !ok || len(raw) != 32 || subtle.ConstantTimeCompare(raw[16:], d.mac("status", raw[:16])) != 1 {
		return feedback.Actor{}, missing
	}
	id, err := uuid.FromBytes(raw[:16])
	if err != nil {
		return feedback.Actor{}, missing
	}
	guest, err := d.store.ReportOwner(ctx, id.String())
	if err != nil {
		return feedback.Actor{}, err
	}
	r, err := d.store.For(guest, guest.Venue).Report(ctx, guest.ID)
	if err != nil {
		return feedback.Actor{}, err
	}
	if r.PageEnded(d.now()) {
		return feedback.Actor{}, missing
	}
	return guest, nil
}

// mac is 128 bits of HMAC-SHA256 for one purpose.
func (d *Desk) mac(purpose string, b []byte) []byte {
	h := hmac.New(sha256.New, d.key)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write(b)
	return h.Sum(nil)[:16]
}

// uncrockford reads what [feedback.Crockford] wrote; text is in its one form.
func uncrockford(text string) ([]byte, bool) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	out := make([]byte, 0, len(text)*5/8)
	var acc, bits uint
	for i := range len(text) {
		v := -1
		for j := range len(alphabet) {
			if alphabet[j] == text[i] {
				v = j
			}
		}
		if v < 0 {
			return nil, false
		}
		acc, bits = acc<<5|uint(v), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return out, acc&(1<<bits-1) == 0
}
