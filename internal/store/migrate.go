package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"makeright/internal/feedback"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versions is the table that remembers which migrations ran.
const versions = "goose_db_version"

// words are what the two databases spell differently in migrations.
var words = map[bool]*strings.Replacer{
	false: strings.NewReplacer("{{long}}", "integer", "{{time}}", "integer", "{{bool}}", "integer", "{{blob}}", "blob", "{{json}}", "text", "{{table}}", " strict", "{{keyed}}", " strict, without rowid"),
	true:  strings.NewReplacer("{{long}}", "bigint", "{{time}}", "bigint", "{{bool}}", "boolean", "{{blob}}", "bytea", "{{json}}", "text", "{{table}}", "", "{{keyed}}", ""),
}

// Fingerprint is the same for programs with the same migrations.
func Fingerprint() string {
	sum := sha256.New()
	names, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is well-formed
	for _, name := range names {
		text, _ := migrations.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Migrate brings the tables to what this program needs, each step in a
// transaction. It refuses a database that a newer program wrote, or that holds
// somebody else's tables. Several nodes may start at once.
func (s *Store) Migrate(ctx context.Context) (err error) {
	db, err := s.open()
	if err != nil {
		return known(err, "migrate")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(2) // the lock's and the steps'
	steps, err := s.steps()
	if err != nil {
		return err
	}
	newest := steps[len(steps)-1].Version
	version, err := s.checkOwner(ctx, db, newest)
	if err != nil {
		return err
	}
	if version >= 0 && version < newest {
		if err := s.backupBefore(ctx, version); err != nil {
			return err
		}
	}
	p, err := s.provider(db, steps)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return known(err, "migrate")
	}
	return nil
}

func (s *Store) provider(db *sql.DB, steps []*goose.Migration) (*goose.Provider, error) {
	opts := []goose.ProviderOption{
		goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(versions), goose.WithSlog(slog.New(slog.DiscardHandler)),
	}
	if !s.pg {
		return goose.NewProvider(goose.DialectSQLite3, db, nil, opts...)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, nil, append(opts, goose.WithSessionLocker(locker))...)
}

// steps are the migrations of this dialect, in order: 0001_x.sql and after it
// what only SQLite, or only PostgreSQL, needs.
func (s *Store) steps() ([]*goose.Migration, error) {
	own := map[bool]string{false: ".sqlite.sql", true: ".postgres.sql"}[s.pg]
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var steps []*goose.Migration
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".sql")
		if strings.Contains(base, ".") {
			continue // read with the one it belongs to
		}
		number, _, _ := strings.Cut(base, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", name, err)
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		more, err := migrations.ReadFile("migrations/" + base + own)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		steps = append(steps, step(version, words[s.pg].Replace(string(text)+"\n"+string(more))))
	}
	return steps, nil
}

func step(version int64, text string) *goose.Migration {
	return goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	}}, nil)
}

// checkOwner refuses a database whose tables are not ours, or are those of a
// newer program than this one, which knows versions up to newest. It returns the
// version, -1 for a database without tables.
func (s *Store) checkOwner(ctx context.Context, db *sql.DB, newest int64) (version int64, err error) {
	list := "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
	if s.pg {
		list = "select tablename from pg_tables where schemaname = any(current_schemas(false))"
	}
	tables, err := column(ctx, db, list)
	if err != nil || len(tables) == 0 {
		return -1, known(err, "look for tables")
	}
	if !slices.Contains(tables, versions) {
		return 0, fmt.Errorf("this database holds tables of another program (%s): name an empty one: %w", tables[0], feedback.ErrInvalid)
	}
	if err := db.QueryRowContext(ctx, "select coalesce(max(version_id), 0) from "+versions).Scan(&version); err != nil {
		return 0, known(err, "look for the version")
	}
	if version > newest {
		return 0, fmt.Errorf("this database was written by a newer program (version %d, this one knows %d): "+
			"start that program, or restore a backup made before it: %w", version, newest, feedback.ErrInvalid)
	}
	return version, nil
}

// column reads the texts of a query with one column.
func column(ctx context.Context, db *sql.DB, query string) (texts []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
