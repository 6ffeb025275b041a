package desk

import (
	"context"
	"time"

	"makeright/internal/store"
)

// scan counts how often a code was opened since the last time it was written.
type scan struct {
	count int64
	last  time.Time
}

// maxScans bounds how many codes are counted between two writes.
const maxScans = 10_000

// Scanned counts that a guest opened the form of a code. It costs no write: see
// [Desk.WriteScans].
func (d *Desk) Scanned(code string) {
	d.scanned.Lock()
	defer d.scanned.Unlock()
	if s, ok := d.scans[code]; ok || len(d.scans) < maxScans {
		d.scans[code] = scan{s.count + 1, d.now()}
	}
}

// WriteScans writes the scans that were counted. What cannot be written is
// counted on.
func (d *Desk) WriteScans(ctx context.Context) error {
	d.scanned.Lock()
	counted := d.scans
	d.scans = map[string]scan{}
	d.scanned.Unlock()
	if len(counted) == 0 {
		return nil
	}
	rows := make([]store.Scan, 0, len(counted))
	for code, s := range counted {
		rows = append(rows, store.Scan{Code: code, Day: s.last.Format(time.DateOnly), Count: s.count, LastAt: s.last})
	}
	err := d.store.Tx(ctx, func(tx store.Tx) error { return tx.AddScans(ctx, rows) })
	if err != nil {
		d.scanned.Lock()
		defer d.scanned.Unlock()
		for code, s := range counted {
			now := d.scans[code]
			if now.last.Before(s.last) {
				now.last = s.last
			}
			d.scans[code] = scan{now.count + s.count, now.last}
		}
	}
	return err
}
