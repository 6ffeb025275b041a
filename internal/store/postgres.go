package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// oldestPostgres is the oldest release that we test on.
const oldestPostgres = "15.0"

// connections bounds those of one node, well below the server's default of 100.
const connections = 20

// writers bounds the transactions of one node: however many wait for the same
// venue, there are connections left for those who read, such as screens.
const writers = connections * 3 / 4

// tries bounds how often a transaction that lost to another one is run.
const tries = 6

// postgresSettings are what each connection asks for and what must be read
// back: what is acknowledged is on the disk.
var postgresSettings = map[string]string{"timezone": "UTC", "synchronous_commit": "on", "client_encoding": "UTF8"}

func openPostgres(ctx context.Context, dsn string, opts Options) (*Store, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("address of the database: %w: %w", feedback.ErrInvalid, err)
	}
	for name, value := range postgresSettings {
		cfg.RuntimeParams[name] = value
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "makeright"
	}
	unbounded := cfg.Copy() // migrations may take long
	cfg.RuntimeParams["statement_timeout"] = strconv.FormatInt(readTime.Milliseconds(), 10)
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(writeTime.Milliseconds(), 10)

	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s := &Store{settings: map[string]string{"database": "postgres"}, closes: db.Close}
	s.told = opts.Committed
	s.open = func() (*sql.DB, error) { return stdlib.OpenDB(*unbounded), nil }
	if err := s.readBackPostgres(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.handle = handle{pg: true, pool: newPool(db, opts.Log, false)}
	if s.gorm, err = newGorm(gormpostgres.New(gormpostgres.Config{Conn: s.pool})); err != nil {
		return nil, errors.Join(known(err, "open database"), db.Close())
	}
	s.begin = func(ctx context.Context) (*sql.Tx, error) { return db.BeginTx(ctx, nil) }
	s.seats = make(chan struct{}, writers)
	return s, nil
}

func (s *Store) readBackPostgres(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	for _, name := range []string{"server_version", "timezone", "synchronous_commit", "client_encoding", "fsync", "full_page_writes", "statement_timeout"} {
		var value string
		if err := db.QueryRowContext(ctx, "select current_setting($1)", name).Scan(&value); err != nil {
			return known(err, "open database")
		}
		s.settings[name] = value
	}
	s.settings["version"] = s.settings["server_version"]
	return errors.Join(
		checkVersion("PostgreSQL", s.settings["version"], oldestPostgres),
		checkSettings("connection", s.settings, postgresSettings))
}

// txPostgres is [Store.Tx] on PostgreSQL. A transaction that lost to another
// one is run again; one whose COMMIT got no answer may have happened or not.
func (s *Store) txPostgres(ctx context.Context, fn func(Tx) error) error {
	for try := 1; ; try++ {
		err := s.txOnce(ctx, fn)
		if code := pgCode(err); code != pgSerialization && code != pgDeadlock || try == tries {
			return err
		}
		pause := time.NewTimer(rand.N(time.Duration(try) * 10 * time.Millisecond))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

func (s *Store) txOnce(ctx context.Context, fn func(Tx) error) error {
	if err := s.seat(ctx); err != nil {
		return err
	}
	defer func() { <-s.seats }()
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	tx, err := s.begin(own)
	if err != nil {
		return known(err, "begin")
	}
	defer func() { _ = tx.Rollback() }() // after COMMIT there is nothing to roll back
	inner := handle{pg: true, tx: own, pool: newPool(tx, s.pool.log, false)}
	inner.gorm = s.gorm.Session(&gorm.Session{NewDB: true, Context: own}) // with a statement of its own
	inner.gorm.Statement.ConnPool = inner.pool
	if err := fn(Tx{&Store{handle: inner}}); err != nil {
		return err
	}
	began := time.Now()
	err = tx.Commit()
	if err == nil {
		s.told(1, time.Since(began))
	}
	if err != nil && pgCode(err) == "" {
		return fmt.Errorf("commit got no answer: %w: %w", feedback.ErrBusy, err)
	}
	return known(err, "commit")
}

// seat waits until a transaction may begin.
func (s *Store) seat(ctx context.Context) error {
	late := time.NewTimer(writeTime)
	defer late.Stop()
	select {
	case s.seats <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fmt.Errorf("too many writes wait: %w", feedback.ErrBusy)
	}
}

// lock waits until this transaction is the only one at the venue.
func (h handle) lock(org, venue string) error {
	var one int
	err := h.pool.QueryRowContext(h.tx, "select 1 from venues where id = $1 and org_id = $2 for no key update", venue, org).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // then there is nothing to find in it either
	}
	return err
}
