package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"makeright/internal/feedback"
)

// scrubbed names the row of the installation that remembers when a database was
// last scrubbed, and how long the list of what was erased was then.
const scrubbed = "scrubbed"

const (
	// smallDatabase is the largest that is rewritten in memory.
	smallDatabase = 256 << 20
	// changeCopyLife is for how long a copy from before a change of the tables
	// stays: it holds what was erased since.
	changeCopyLife = 30 * 24 * time.Hour
)

// ScrubDaily rewrites a SQLite database once a day, like a backup in the early
// morning, when something was erased since it last did, and empties its log. It
// says whether it did.
//
// The engine overwrites what is deleted, but not the copies that it leaves in the
// free room of a page when it moves rows about; and its log holds what pages were
// before. Writes wait meanwhile, readers do not.
func (s *Store) ScrubDaily(ctx context.Context, now time.Time) (done bool, err error) {
	if s.pg {
		return false, nil
	}
	if err := s.removeChangeCopies(now); err != nil {
		return false, err
	}
	erased, err := s.writer.erased.size()
	if err != nil || erased == 0 {
		return false, err
	}
	last, then, err := s.lastScrub(ctx)
	if err != nil || last == erased || !then.Before(dayOf(now)) && !then.After(now) {
		return false, err
	}
	if err := s.writer.between(ctx, s.scrub); err != nil {
		return false, fmt.Errorf("rewrite the database without what was erased: %w", err)
	}
	return true, s.Tx(ctx, func(tx Tx) error {
		const note = "insert into installation (name, value) values (?, ?) on conflict (name) do update set value = excluded.value"
		return known(tx.exec(ctx, note, scrubbed, fmt.Appendf(nil, "%d %d", erased, now.Unix())), "note scrub")
	})
}

// lastScrub is how long the list of what was erased was when the database was
// scrubbed last, and when that was.
func (s *Store) lastScrub(ctx context.Context) (erased int64, at time.Time, err error) {
	var row struct{ Value []byte }
	err = s.db(ctx).Raw("select value from installation where name = ?", scrubbed).Scan(&row).Error
	var unix int64
	if len(row.Value) > 0 {
		_, err = fmt.Sscan(string(row.Value), &erased, &unix)
	}
	return erased, time.Unix(unix, 0), known(err, "last scrub")
}

// scrub does it, between two transactions.
func (s *Store) scrub(ctx context.Context, conn *sql.Conn) error {
	file := s.settings["file"]
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if err := roomFor("rewriting the database", file, filepath.Dir(file)); err != nil {
		return err
	}
	if info.Size() > smallDatabase {
		if _, err := conn.ExecContext(ctx, "pragma temp_store = 1"); err != nil { // in a file without a name
			return err
		}
		defer func() { _, _ = conn.ExecContext(ctx, "pragma temp_store = 2") }()
	}
	if _, err := conn.ExecContext(ctx, "vacuum"); err != nil {
		return err
	}
	var busy, frames, copied int
	if err := conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &frames, &copied); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("somebody still reads the log")
	}
	return nil
}

// removeChangeCopies removes old copies from before the tables changed.
func (s *Store) removeChangeCopies(now time.Time) error {
	if s.backups == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(s.backups, strings.Replace(changeCopy, "%d", "*", 1)))
	for _, file := range files {
		info, lost := os.Stat(file)
		if lost == nil && now.Sub(info.ModTime()) > changeCopyLife {
			lost = errors.Join(os.Remove(file), os.Remove(file+SumEnd))
		}
		if !errors.Is(lost, fs.ErrNotExist) {
			err = errors.Join(err, lost)
		}
	}
	return err
}

// size is how long the list is.
func (e erasures) size() (int64, error) {
	info, err := os.Stat(string(e))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// between runs fn on the writer's connection between two transactions; what
// comes meanwhile waits for it. fn is not cut short.
func (w *writer) between(ctx context.Context, fn func(context.Context, *sql.Conn) error) error {
	c := chore{fn, make(chan error, 1)}
	select {
	case w.chores <- c:
	case <-w.gone:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-c.done:
		return err
	case <-w.gone:
		return errClosed
	}
}

// chore is work that is no transaction.
type chore struct {
	fn   func(context.Context, *sql.Conn) error
	done chan error
}

// chore answers one. One that failed at the disk leaves it open what is there,
// as a failed COMMIT does.
func (w *writer) chore(c chore) {
	if w.dead != nil {
		c.done <- w.dead
		return
	}
	err := c.fn(context.Background(), w.conn)
	if sqliteCode(err)&0xff == sqlite3.SQLITE_IOERR {
		w.dead = fmt.Errorf("between transactions: %w: %w", feedback.ErrBusy, err)
		w.fatal(w.dead)
	}
	c.done <- known(err, "between transactions")
}
