package desk

import (
	"context"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// scan counts how often a code was opened since the last time it was written.
type scan struct {
	count int64
	last  time.Time
}

// scanned is a code on a service day.
type scanned struct{ code, day string }

// maxScans bounds how many codes are counted between two writes.
const maxScans = 10_000

// Scanned counts that a guest opened the form of a venue's code. It costs no write: see
// [Desk.WriteScans].
func (d *Desk) Scanned(code string, v feedback.Venue) {
	now := d.now()
	of := scanned{code, v.Hours.Day(now, v.Zone())}
	d.scanned.Lock()
	defer d.scanned.Unlock()
	if s, ok := d.scans[of]; ok || len(d.scans) < maxScans {
		d.scans[of] = scan{s.count + 1, now}
	}
}

// WriteScans writes the scans that were counted. What cannot be written is
// counted on.
func (d *Desk) WriteScans(ctx context.Context) error {
	d.scanned.Lock()
	counted := d.scans
	d.scans = map[scanned]scan{}
	d.scanned.Unlock()
	if len(counted) == 0 {
		return nil
	}
	rows := make([]store.Scan, 0, len(counted))
	for of, s := range counted {
		rows = append(rows, store.Scan{Code: of.code, Day: of.day, Count: s.count, LastAt: s.last})
	}
	err := d.store.Tx(ctx, func(tx store.Tx) error { return tx.AddScans(ctx, rows) })
	if err != nil {
		d.scanned.Lock()
		defer d.scanned.Unlock()
		for of, s := range counted {
			now := d.scans[of]
			if now.last.Before(s.last) {
				now.last = s.last
			}
			d.scans[of] = scan{now.count + s.count, now.last}
		}
	}
	return err
}
