package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"makeright/internal/feedback"
)

// known turns the database's own failures into the ones our callers test for:
// [feedback.ErrNotFound], [feedback.ErrConflict] for what is there already or
// hangs on what is not, and [feedback.ErrBusy] for what may work in a moment.
func known(err error, what string) error {
	var class error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows), pgCode(err) == pgNoText:
		return fmt.Errorf("%s: %w", what, feedback.ErrNotFound)
	case conflicting(err):
		class = feedback.ErrConflict
	case busy(err):
		class = feedback.ErrBusy
	default:
		return fmt.Errorf("%s: %w", what, quiet(err))
	}
	if errors.Is(err, class) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, class, quiet(err))
}

// Codes of PostgreSQL, Appendix A of its manual.
const (
	pgUnique        = "23505"
	pgForeignKey    = "23503"
	pgNoText        = "22021" // a NUL, or bytes that are no UTF-8: nothing can be found by them
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
)

func conflicting(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return true
	}
	code := pgCode(err)
	return code == pgUnique || code == pgForeignKey
}

// busy says whether the same may work a moment later: a lock, a full disk, a
// server that restarts, our own bound on time.
func busy(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM:
		return true
	}
	switch code := pgCode(err); {
	case code == "":
	case code == pgSerialization, code == pgDeadlock,
		code == "57014",                    // statement_timeout
		code == "55P03",                    // lock_timeout
		code[:2] == "08", code[:2] == "53", // connection lost; out of disk, memory, connections
		code == "57P01", code == "57P02", code == "57P03": // stopping, crashed, starting
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || lost(err)
}

// lost says whether the line to the server broke, or could not be opened.
func lost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed)
}

// quiet drops the text of errors that quote the value they are about: it may
// be a guest's.
func quiet(err error) error {
	if code := pgCode(err); len(code) == 5 && code[:2] == "22" {
		return fmt.Errorf("value refused, SQLSTATE %s", code)
	}
	return err
}

// sqliteCode is SQLite's extended result code, 0 for other errors.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// pgCode is PostgreSQL's SQLSTATE, empty for other errors.
func pgCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && len(e.Code) == 5 {
		return e.Code
	}
	return ""
}
