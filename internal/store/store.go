// Package store is one SQL database, SQLite or PostgreSQL, and the only package
// that knows it. Everybody reads through a [View] of one venue or an [OrgView]
// of one organisation; only a [Tx] hands out what can write.
package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"

	"makeright/internal/feedback"
)

const (
	// readTime bounds a read outside of transactions, so that a runaway one
	// does not hold a connection, or SQLite's log, for long.
	readTime = 2 * time.Second
	// writeTime bounds the statements of a transaction.
	writeTime = 10 * time.Second
)

// Options are what a store needs besides the address of its database.
type Options struct {
	// Log receives the SQL of statements at debug level, never their values.
	// Nil for silence.
	Log *slog.Logger
	// Fatal is called when COMMIT could not reach the disk, so that what is
	// stored is no longer known. Only a new start, which reads the disk afresh,
	// helps: nil logs and ends the process.
	Fatal func(error)
	// Existing refuses a SQLite file that is not there instead of making it.
	Existing bool
	// Backups is the folder for copies of a SQLite database, of which one is
	// made before each migration. Empty for none.
	Backups string
	// Committed is told of every COMMIT: how many funcs shared it and how long
	// it waited for the disk. It must be quick; the next one waits for it.
	Committed func(funcs int, wait time.Duration)
	// Spent, unless nil, counts the nanoseconds that reads of a SQLite database
	// spend in it, until their last row is there. It is for measuring.
	Spent *atomic.Int64
}

// Store is the database. Methods may be called by any number of goroutines.
type Store struct {
	handle
	settings map[string]string
	backups  string

	open   opener                                 // of a second connection, for migrations
	writer *writer                                // SQLite
	begin  func(context.Context) (*sql.Tx, error) // PostgreSQL
	seats  chan struct{}                          // of transactions there
	told   func(int, time.Duration)               // of every COMMIT there
	closes func() error

	floor floor
}

// Open opens the database at dsn, a SQLite file or postgres://…, and refuses
// one whose engine or settings could lose what was acknowledged. It does not
// touch tables, see [Store.Migrate].
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	registerTypes()
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Fatal == nil {
		opts.Fatal = func(err error) {
			opts.Log.Error("ending, because it is unknown what the disk holds", "err", err)
			os.Exit(1)
		}
	}
	if opts.Committed == nil {
		opts.Committed = func(int, time.Duration) {}
	}
	if isPostgres(dsn) {
		return openPostgres(ctx, dsn, opts)
	}
	return openSQLite(ctx, dsn, opts)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Close waits for the writes that were accepted and closes the database.
func (s *Store) Close() error { return s.closes() }

// Queue is how many funcs wait for the writer just now.
func (s *Store) Queue() int {
	if s.writer == nil {
		return 0
	}
	return len(s.writer.queue)
}

// Postgres says whether the database is PostgreSQL.
func (s *Store) Postgres() bool { return s.pg }

// Settings are the engine's version and settings, as they were read back when
// the database was opened.
func (s *Store) Settings(context.Context) (map[string]string, error) {
	return maps.Clone(s.settings), nil
}

// Tx runs fn in one transaction: all of it happens, or none, and when Tx
// returns nil it is on the disk. fn may run more than once, so it must change
// nothing but the database and variables it sets anew each time. Inside, use
// only the tx that fn is given: the outer store would wait for itself on SQLite.
//
// It fails with [feedback.ErrBusy] when the database cannot take more just
// now, and with ctx's error when ctx ended before fn began; a transaction that
// began is not cut short. A panic of fn is passed on to the caller.
func (s *Store) Tx(ctx context.Context, fn func(Tx) error) error {
	switch {
	case s.tx != nil:
		return errors.New("a transaction inside a transaction")
	case ctx.Err() != nil:
		return ctx.Err()
	}
	var touched []string
	noting := func(tx Tx) error {
		touched = touched[:0]
		tx.touched = &touched
		return fn(tx)
	}
	defer func() { s.floor.changed(touched) }()
	if s.pg {
		return s.txPostgres(ctx, noting)
	}
	return s.writer.do(ctx, noting)
}

// Tx is a Store inside one transaction, and the only thing that can write.
// What it embeds is for lookups that come before an actor: whose code, whose
// session is this.
type Tx struct{ *Store }

// View reads one venue. No method of it can reach another venue's rows, so no
// caller has to remember to filter.
type View struct {
	handle
	actor      feedback.Actor
	org, venue string
}

// Edit is a View that can also write.
type Edit struct{ View }

// OrgView reads what spans the venues of one organisation.
type OrgView struct {
	handle
	actor feedback.Actor
	org   string
}

// OrgEdit is an OrgView that can also write.
type OrgEdit struct{ OrgView }

// For returns what the actor may see of a venue: nothing of one out of reach.
func (s *Store) For(a feedback.Actor, venue string) View {
	if !a.Reaches(venue) {
		venue = ""
	}
	return View{handle: s.handle, actor: a, org: a.Org, venue: venue}
}

// Org returns what spans the venues of the actor's organisation.
func (s *Store) Org(a feedback.Actor) OrgView {
	return OrgView{handle: s.handle, actor: a, org: a.Org}
}

// At returns what the actor may see and change of a venue. On PostgreSQL it
// waits until no other transaction is at the same venue; a transaction that
// needs several begins with [Tx.Lock].
func (t Tx) At(a feedback.Actor, venue string) Edit {
	v := t.For(a, venue)
	if t.pg && v.venue != "" {
		v.err = v.lock(v.org, v.venue)
	}
	return Edit{v}
}

// Org returns what spans the venues of the actor's organisation, and can
// change it.
func (t Tx) Org(a feedback.Actor) OrgEdit { return OrgEdit{t.Store.Org(a)} }

// Lock waits for several venues of the actor's organisation, always in the
// same order, so that two transactions never wait for each other.
func (t Tx) Lock(_ context.Context, a feedback.Actor, venues ...string) error {
	if !t.pg {
		return nil // there is only one transaction at a time
	}
	for _, venue := range slices.Sorted(slices.Values(venues)) {
		if err := t.lock(a.Org, venue); err != nil {
			return known(err, "lock venues")
		}
	}
	return nil
}

// Venue is the venue's id; empty when it is out of the actor's reach.
func (v View) Venue() string { return v.venue }

// Org is the id of the venue's organisation.
func (v View) Org() string { return v.org }

// ours narrows rows to the venue. It asks for the organisation too: should an
// actor ever name a venue of somebody else's, there is still nothing to find.
const ours = "venue_id = (select id from venues where id = ? and org_id = ?)"

// rows starts a query over this venue's rows only.
func (v View) rows(ctx context.Context) *gorm.DB {
	return v.db(ctx).Where(ours, v.venue, v.org)
}

// rowsOf is rows for queries that join tables: table, or its alias, is the one
// whose rows are the venue's.
func (v View) rowsOf(ctx context.Context, table string) *gorm.DB {
	return v.db(ctx).Where(table+"."+ours, v.venue, v.org)
}

// handle is a way into the database: its readers, or one transaction.
type handle struct {
	gorm   *gorm.DB
	pool   *pool
	pg     bool
	tx     context.Context // the transaction's own; nil outside of one
	heads  *heads          // ends of timelines, in a transaction on SQLite
	news   *news           // what was committed last, on SQLite
	erased erasures        // where a transaction notes what it erases
	err    error           // why nothing can be asked

	touched *[]string // venues whose seats this transaction changes
}

// db starts a query.
func (h handle) db(ctx context.Context) *gorm.DB {
	db := h.gorm.WithContext(h.bound(ctx))
	if h.err != nil {
		_ = db.AddError(h.err)
	}
	return db
}

// bound is the only place that decides what can end a statement. In a
// transaction a caller who leaves cannot: SQLite would roll back everything
// that shares the transaction. Outside, the caller can, and time.
func (h handle) bound(ctx context.Context) context.Context {
	if h.tx != nil {
		return h.tx
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	context.AfterFunc(ctx, cancel) // rows may still be read after we return
	return ctx
}

// exec runs a statement of the hot path: prepared once, and without gorm's
// costs on SQLite. Parameters are question marks; times go through [ms].
func (h handle) exec(ctx context.Context, statement string, args ...any) error {
	if h.pg || h.err != nil {
		return h.db(ctx).Exec(statement, args...).Error
	}
	return h.pool.exec(h.bound(ctx), statement, args)
}

// one is exec for a statement that returns one row, read into dest. It fails
// with [feedback.ErrNotFound], through known, when there is none.
func (h handle) one(ctx context.Context, dest []any, query string, args ...any) error {
	if h.pg || h.err != nil {
		db := h.db(ctx).Raw(query, args...)
		if db.Error != nil {
			return db.Error
		}
		return db.Row().Scan(dest...)
	}
	return h.pool.QueryRowContext(h.bound(ctx), query, args...).Scan(dest...)
}

// newGorm is gorm over a pool. It never opens a transaction, keeps no log and
// has no clock of its own.
func newGorm(d gorm.Dialector) (*gorm.DB, error) {
	return gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction:   true,
		DisableNestedTransaction: true,
		DisableAutomaticPing:     true,
		Logger:                   logger.Discard,
		NamingStrategy:           naming{},
		NowFunc:                  func() time.Time { return time.Time{} },
	})
}

// naming is gorm's way from nouns to tables, but for the one that has no plural.
type naming struct{ schema.NamingStrategy }

// TableName implements [schema.Namer].
func (n naming) TableName(noun string) string {
	if noun == "Audit" {
		return "audit"
	}
	return n.NamingStrategy.TableName(noun)
}

// registerTypes teaches gorm our columns, once for the process.
var registerTypes = sync.OnceFunc(func() {
	schema.RegisterSerializer("ms", msSerializer{})
	schema.RegisterSerializer("json", jsonSerializer{})
})
