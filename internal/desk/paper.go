package desk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Printed notes in the audit trail that somebody had codes printed. detail says
// how.
func (d *Desk) Printed(ctx context.Context, by feedback.Actor, venue string, detail map[string]string) error {
	if err := by.NeedsRead(feedback.Manager, venue); err != nil {
		return err
	}
	by.Request = feedback.Request{} // the same sheet twice was printed twice
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		if err := tx.At(by, venue).Exists(ctx); err != nil {
			return "", err
		}
		return venue, d.audit(ctx, tx.Org(by), by, venue, feedback.CodesPrinted, venue, detail)
	})
	return err
}

// SetLogo replaces the venue's picture for paper, a PNG; nil takes it away.
func (d *Desk) SetLogo(ctx context.Context, by feedback.Actor, venue string, png []byte) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		if err := at.Exists(ctx); err != nil {
			return "", err
		}
		if err := at.SaveLogo(ctx, png, d.now()); err != nil {
			return "", err
		}
		return venue, d.audit(ctx, tx.Org(by), by, venue, "venue.logo", venue, nil)
	})
	return err
}

// RotateCodes gives all tables of an area, or of the venue when it is empty, new
// codes; the old ones work for the grace time. It returns how many. All or none.
func (d *Desk) RotateCodes(ctx context.Context, by feedback.Actor, venue, area string, grace time.Duration) (n int, err error) {
	if err := settles(by, venue); err != nil {
		return 0, err
	}
	if grace < 0 || grace > feedback.MaxGrace {
		return 0, feedback.Problems{"grace_minutes": "problem.expires.range"}
	}
	_, err = d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		n = 0
		tables, err := at.Tables(ctx)
		if err != nil {
			return "", err
		}
		for _, t := range tables {
			if area != "" && t.AreaName != area {
				continue
			}
			n++
			if err := d.endCodes(ctx, at, by, t.ID, feedback.CodeRotated, grace); err != nil {
				return "", err
			}
			if err := at.AddCode(ctx, d.newCode(t.ID, "")); err != nil {
				return "", err
			}
		}
		if n == 0 {
			return "", fmt.Errorf("tables in %q: %w", area, feedback.ErrNotFound)
		}
		return venue, nil
	})
	return n, err
}

// Inspect notes what somebody found on a table who walks the floor: text is what
// the sticker holds or what is printed on it, read under base. Empty means that
// there is none.
func (d *Desk) Inspect(ctx context.Context, by feedback.Actor, venue, table, text string, base *url.URL) (feedback.Walk, error) {
	if err := by.Needs(feedback.Staff, venue); err != nil {
		return feedback.Walk{}, err
	}
	by.Request = feedback.Request{} // looking twice is two looks
	var walk feedback.Walk
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := findTable(ctx, at.View, table)
		if err != nil {
			return "", err
		}
		walk = feedback.Walk{ID: d.newID(), TableID: t.ID, ByID: by.Person, At: d.now(), Verdict: feedback.StickerMissing, TableName: t.Name}
		if strings.TrimSpace(text) != "" {
			code, leads := feedback.ReadSticker(text, base)
			found, known, err := d.codeHere(ctx, at.View, code)
			if err != nil {
				return "", err
			}
			walk.Verdict, walk.Saw = t.Judge(found, known, d.now()), cut(leads, feedback.MaxName)
			if walk.Verdict == feedback.StickerOther {
				walk.Saw = found.TableName
			}
		}
		return walk.ID, at.AddWalk(ctx, walk)
	})
	return walk, err
}

// codeHere finds a code by its text, if it is one of this venue.
func (d *Desk) codeHere(ctx context.Context, at store.View, text string) (feedback.Code, bool, error) {
	if text == "" {
		return feedback.Code{}, false, nil
	}
	code, err := at.CodeNamed(ctx, text)
	if errors.Is(err, feedback.ErrNotFound) {
		return feedback.Code{}, false, nil
	}
	return code, err == nil, err
}

// cut shortens a line to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// IsDemo says whether the organisation is a demo's, which has no guests.
func (d *Desk) IsDemo(ctx context.Context, by feedback.Actor) (bool, error) {
	people, err := d.store.Org(by).People(ctx)
	for _, p := range people {
		if p.Role == feedback.Owner && strings.HasSuffix(p.Email, demoMail) {
			return true, nil
		}
	}
	return false, err
}
