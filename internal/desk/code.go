package desk

import (
	"context"
	"fmt"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

func (d *Desk) newCode(table, visit string) feedback.Code {
	return feedback.Code{
		ID: d.newID(), TableID: table, VisitID: visit, Code: token(), Short: token()[:8], CreatedAt: d.now(),
	}
}

// RotateCode gives a table a new code. The old one works for
// [feedback.RotateGrace], so that a guest with the old card in hand is heard.
func (d *Desk) RotateCode(ctx context.Context, by feedback.Actor, venue, table string) error {
	return d.RotateCodeWithin(ctx, by, venue, table, feedback.RotateGrace)
}

// RotateCodeWithin is RotateCode with another time for the old code to work: at
// most [feedback.MaxGrace], and none at all when it is zero.
func (d *Desk) RotateCodeWithin(ctx context.Context, by feedback.Actor, venue, table string, grace time.Duration) error {
	if grace < 0 || grace > feedback.MaxGrace {
		return feedback.Problems{"grace_minutes": "problem.expires.range"}
	}
	return d.replaceCode(ctx, by, venue, table, feedback.CodeRotated, grace)
}

// RevokeCode ends a table's code at once: the card on the table no longer
// works, and there is none until a new one is made by [Desk.RotateCode].
func (d *Desk) RevokeCode(ctx context.Context, by feedback.Actor, venue, table string) error {
	return d.replaceCode(ctx, by, venue, table, feedback.CodeRevoked, 0)
}

func (d *Desk) replaceCode(ctx context.Context, by feedback.Actor, venue, table string, kind feedback.EventKind, grace time.Duration) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := at.Table(ctx, table)
		if err == nil && !t.RemovedAt.IsZero() {
			err = fmt.Errorf("table %s was removed: %w", table, feedback.ErrNotFound)
		}
		if err != nil {
			return "", err
		}
		if err := d.endCodes(ctx, at, by, t.ID, kind, grace); err != nil {
			return "", err
		}
		if kind == feedback.CodeRotated {
			err = at.AddCode(ctx, d.newCode(t.ID, ""))
		}
		return t.ID, err
	})
	return err
}

// endCodes ends the printed codes of a table, at once or after the grace time,
// and tells it. A code that ends sooner already is left alone.
func (d *Desk) endCodes(ctx context.Context, at store.Edit, by feedback.Actor, table string, kind feedback.EventKind, grace time.Duration) error {
	now := d.now()
	codes, err := at.CodesOf(ctx, table, "", now)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if kind == feedback.CodeRevoked {
			c.RevokedAt = now
		} else if end := now.Add(grace); c.EndsAt.IsZero() || end.Before(c.EndsAt) {
			c.EndsAt = end
		}
		if err := at.EndCode(ctx, c); err != nil {
			return err
		}
	}
	e := d.event(by, kind, "")
	e.Subject, e.Data.Table = table, table
	return d.append(ctx, at, e)
}
