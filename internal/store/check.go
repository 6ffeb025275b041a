package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"makeright/internal/feedback"
)

// QuickCheck looks for damage in the pages of the database; it may take long.
// On PostgreSQL that is the server's own business, and nothing is looked at.
func (s *Store) QuickCheck(ctx context.Context) (err error) {
	if s.pg {
		return nil
	}
	db, err := s.open()
	if err != nil {
		return known(err, "quick check")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sound(ctx, db, "pragma quick_check")
}

// CheckBackup proves that a backup, which nobody writes to, could be restored.
// It fails with [feedback.ErrInvalid] for one that could not.
func CheckBackup(ctx context.Context, file string) (err error) {
	if err := checkFile(ctx, file); err != nil {
		return err
	}
	registerTypes()
	db, err := openFile(file, still)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &Store{handle: handle{pool: newPool(db, slog.New(slog.DiscardHandler), false)}}
	if s.gorm, err = gormSQLite(s.pool); err != nil {
		return err
	}
	_, err = s.unbroken(ctx)
	return err
}

// still is the address of a file that nobody writes to.
const still = "mode=ro&immutable=1&_pragma=query_only(1)&_pragma=trusted_schema(0)"

// checkFile checks the pages and keys of a file that nobody writes to, and that
// it is a database of ours and not of a newer program.
func checkFile(ctx context.Context, file string) (err error) {
	db, err := openFile(file, still)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := sound(ctx, db, "pragma integrity_check"); err != nil {
		return fmt.Errorf("%s is damaged: %w: %w", file, err, feedback.ErrInvalid)
	}
	hanging, err := column(ctx, db, `select distinct "table" from pragma_foreign_key_check`)
	if err != nil || len(hanging) > 0 {
		return fmt.Errorf("%s is damaged: rows of %s hang on rows that are gone: %w", file, strings.Join(hanging, ", "), errors.Join(err, feedback.ErrInvalid))
	}
	s := &Store{}
	steps, err := s.steps()
	if err != nil {
		return err
	}
	version, err := s.checkOwner(ctx, db, steps[len(steps)-1].Version)
	if err == nil && version < 1 {
		err = fmt.Errorf("%s is an empty database: %w", file, feedback.ErrInvalid)
	}
	return err
}

// sound runs a check that answers "ok".
func sound(ctx context.Context, db *sql.DB, check string) error {
	found, err := column(ctx, db, check)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return errors.New(strings.Join(found[:min(len(found), 3)], "; "))
	}
	return nil
}

// unbroken returns the heads of all timelines, and fails with
// [feedback.ErrInvalid] when one does not hold together.
func (s *Store) unbroken(ctx context.Context) ([]Head, error) {
	heads, breaks, err := s.Verify(ctx)
	if err == nil && len(breaks) > 0 {
		err = fmt.Errorf("the timeline was tampered with or damaged at %s: %w", breaks[0], feedback.ErrInvalid)
	}
	return heads, err
}
