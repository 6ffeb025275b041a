package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"makeright/internal/feedback"
)

// oldestSQLite is the first release in which a checkpoint and a writer at the
// same moment cannot damage a database in WAL mode.
const oldestSQLite = "3.51.3"

// readers is how many connections read at once.
const readers = 8

// Words of the addresses of SQLite connections. The writer's transactions take
// the lock at once, so that they never fail half-way; readers cannot write.
//
// A report touches a page in each index that is ordered by venue, and COMMIT
// writes whole pages: small ones make a report cheaper on a disk. They count for
// a new file only, and before WAL: the driver runs its _pragma words in the order
// of their letters, and _journal_mode after them. The log is copied into the file
// after 128 MiB instead of 4, so that pages that change with every report are
// copied less often.
const (
	everyWord  = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=temp_store(2)&_pragma=trusted_schema(0)"
	writerWord = "mode=rw&_txlock=immediate&_pragma=page_size(2048)&_journal_mode=WAL&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(65536)&_pragma=cache_size(-32000)&_pragma=journal_size_limit(67108864)&_pragma=recursive_triggers(1)&" + everyWord
	readerWord = "mode=ro&_txlock=deferred&_pragma=query_only(1)&_pragma=cache_size(-8000)&" + everyWord
)

// What must be read back from each kind of connection. The engine ignores
// words it does not know, so only reading proves anything.
var (
	writerSettings = map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
		"secure_delete": "1", "temp_store": "2", "trusted_schema": "0", "query_only": "0",
		"journal_size_limit": "67108864", "recursive_triggers": "1", // or "replace" passes the timeline's guard
	}
	readerSettings = map[string]string{
		"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000",
		"secure_delete": "1", "temp_store": "2", "trusted_schema": "0", "query_only": "1",
	}
)

// opener opens a connection pool of its own.
type opener func() (*sql.DB, error)

func openSQLite(ctx context.Context, dsn string, opts Options) (_ *Store, err error) {
	path, err := sqlitePath(dsn)
	if err != nil {
		return nil, err
	}
	if err := createSQLite(path, opts.Existing); err != nil {
		return nil, err
	}
	if err := checkDisk(filepath.Dir(path)); err != nil {
		return nil, err
	}
	s := &Store{settings: map[string]string{"database": "sqlite", "file": path}, backups: opts.Backups}
	s.open = func() (*sql.DB, error) { return sql.Open("sqlite", sqliteURI(path, writerWord)) }

	write, err := s.open()
	if err != nil {
		return nil, known(err, "open database")
	}
	to, err := sqlite.NewConnector(sqliteURI(path, readerWord))
	if err != nil {
		return nil, known(errors.Join(err, write.Close()), "open database")
	}
	if opts.Spent != nil {
		to = spending{to, opts.Spent}
	}
	read := sql.OpenDB(to)
	s.closes = func() error { return errors.Join(read.Close(), write.Close()) } // the writer last: it tidies the log away
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closes())
		}
	}()
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	if err := s.readBack(ctx, "writer", write, writerSettings); err != nil {
		return nil, err
	}
	if err := s.readBack(ctx, "reader", read, readerSettings); err != nil {
		return nil, err
	}
	s.pool = newPool(read, opts.Log, true)
	if s.gorm, err = gormSQLite(s.pool); err != nil {
		return nil, known(err, "open database")
	}
	if s.writer, err = startWriter(ctx, write, erasures(path+erasedEnd), opts); err != nil {
		return nil, known(err, "open database")
	}
	s.news = s.writer.news
	s.closes = func() error { return errors.Join(read.Close(), s.writer.close(), write.Close()) }
	return s, nil
}

func gormSQLite(to gorm.ConnPool) (*gorm.DB, error) {
	return newGorm(gormsqlite.New(gormsqlite.Config{DriverName: "sqlite", Conn: to}))
}

// sqlitePath is the absolute name of the file that dsn means. A database in
// memory is refused: it ends with the process, and each connection would see
// its own.
func sqlitePath(dsn string) (string, error) {
	path := dsn
	if rest, is := strings.CutPrefix(dsn, "file:"); is {
		if strings.ContainsAny(rest, "?#") {
			return "", fmt.Errorf("database %q: write the file's name alone, without settings after it: %w", dsn, feedback.ErrInvalid)
		}
		var err error
		if path, err = url.PathUnescape(strings.TrimPrefix(rest, "//")); err != nil {
			return "", fmt.Errorf("database %q: a name after file: writes %% as %%25: %w", dsn, feedback.ErrInvalid)
		}
	}
	switch {
	case path == "" || strings.Contains(path, ":memory:"):
		return "", fmt.Errorf("database %q would be lost with the process: name a file: %w", dsn, feedback.ErrInvalid)
	case strings.Contains(path, "\x00"):
		return "", fmt.Errorf("database %q: a file's name cannot hold a zero byte: %w", dsn, feedback.ErrInvalid)
	case strings.Contains(path, "://"):
		return "", fmt.Errorf("database address is neither a file nor postgres://: %w", feedback.ErrInvalid)
	}
	return filepath.Abs(path)
}

// createSQLite makes the file and its directory when they are missing, for the
// owner's eyes only, unless the file must exist. SQLite gives its log files the
// same mode.
func createSQLite(path string, existing bool) error {
	if existing {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("database: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("directory of the database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return f.Close()
}

// sqliteURI is the address of a file with any name: ?, # and % are spelled out.
func sqliteURI(path, words string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/… on Windows
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + words
}

// readBack asks a connection for its version and settings, notes them and
// refuses what could lose data.
func (s *Store) readBack(ctx context.Context, kind string, db *sql.DB, want map[string]string) error {
	var version string
	if err := db.QueryRowContext(ctx, "select sqlite_version()").Scan(&version); err != nil {
		return known(err, "open database "+s.settings["file"])
	}
	got := map[string]string{}
	for name := range want {
		var value string
		if err := db.QueryRowContext(ctx, "pragma "+name).Scan(&value); err != nil {
			return known(err, "read setting "+name)
		}
		got[name] = value
		s.settings[kind+"."+name] = value
	}
	s.settings["version"] = version
	return errors.Join(checkVersion("SQLite", version, oldestSQLite), checkSettings(kind, got, want))
}

// checkSettings names every setting that is not as it must be.
func checkSettings(kind string, got, want map[string]string) error {
	var errs []error
	for name, value := range want {
		if got[name] != value {
			errs = append(errs, fmt.Errorf("the database's %s has %s = %q where %q is needed: "+
				"put the file on a local disk, close other programs that use it, and start again", kind, name, got[name], value))
		}
	}
	return errors.Join(errs...)
}

// checkVersion refuses an engine older than oldest.
func checkVersion(engine, version, oldest string) error {
	have, need := versionParts(version), versionParts(oldest)
	for i := range need {
		if have[i] != need[i] {
			if have[i] > need[i] {
				return nil
			}
			return fmt.Errorf("%s %s is too old: use %s or later", engine, version, oldest)
		}
	}
	return nil
}

// versionParts reads "3.51.3", and "15.4 (Debian 15.4-1)", as numbers.
func versionParts(version string) (parts [3]int) {
	version, _, _ = strings.Cut(version, " ")
	for i, text := range strings.SplitN(version, ".", 3) {
		parts[i], _ = strconv.Atoi(text)
	}
	return parts
}
