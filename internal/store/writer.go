package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	sqlite3 "modernc.org/sqlite/lib"

	"makeright/internal/feedback"
)

const (
	// maxBatch bounds the tasks of one transaction.
	maxBatch = 256
	// maxQueue bounds the tasks that wait for the next one.
	maxQueue = 1024
)

// writer is the only one who writes to SQLite: one goroutine with one
// connection. It takes all tasks that wait into one transaction, so that they
// share the one wait for the disk, and answers them after COMMIT.
type writer struct {
	conn   *sql.Conn
	pool   *pool
	gorm   *gorm.DB
	heads  *heads
	news   *news
	erased erasures
	fatal  func(error)
	told   func(int, time.Duration) // of every COMMIT
	dead   error                    // what the disk holds is unknown

	queue  chan *task
	chores chan chore
	quit   chan struct{} // no more tasks, please
	gone   chan struct{} // the goroutine has ended
	once   sync.Once
}

// task is one func that waits for the writer.
type task struct {
	fn      func(Tx) error
	claimed atomic.Bool // by the writer, who will run it, or by a caller who left
	done    chan struct{}

	err   error // of the last run
	crash *crash
}

// crash is a panic on its way to the goroutine that asked for the work.
type crash struct {
	value any
	stack []byte
}

// Error says what happened and where; the stack is the writer's, where fn ran.
func (c *crash) Error() string { return fmt.Sprintf("%v\n\n%s", c.value, c.stack) }

// startWriter begins to write through the only connection of db.
func startWriter(ctx context.Context, db *sql.DB, erased erasures, opts Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn: conn, pool: newPool(conn, opts.Log, true), erased: erased, fatal: opts.Fatal, told: opts.Committed,
		heads: &heads{kept: map[string]head{}}, news: &news{kept: map[string][]*item{}},
		queue: make(chan *task, maxQueue), chores: make(chan chore), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	w.pool.watch, w.pool.direct = true, newDirect(conn)
	if w.gorm, err = gormSQLite(w.pool); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go w.loop()
	return w, nil
}

// close lets the writer finish what it accepted.
func (w *writer) close() error {
	w.once.Do(func() { close(w.quit) })
	<-w.gone
	return errors.Join(w.pool.close(), w.conn.Close())
}

// do hands fn to the writer and waits for its outcome.
func (w *writer) do(ctx context.Context, fn func(Tx) error) error {
	t := &task{fn: fn, done: make(chan struct{})}
	select {
	case <-w.quit:
		return errClosed
	default:
	}
	select {
	case w.queue <- t:
	default:
		return fmt.Errorf("the queue of writes is full: %w", feedback.ErrBusy)
	}
	select {
	case <-t.done:
	case <-w.gone:
	case <-ctx.Done():
		if t.claimed.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	return w.outcome(t)
}

var errClosed = fmt.Errorf("the database is closed: %w", feedback.ErrBusy)

// outcome waits for a task that runs, or ran.
func (w *writer) outcome(t *task) error {
	select {
	case <-t.done:
	case <-w.gone:
		select {
		case <-t.done:
		default:
			return errClosed
		}
	}
	if t.crash != nil {
		panic(t.crash)
	}
	return t.err
}

func (w *writer) loop() {
	runtime.LockOSThread()
	defer close(w.gone)
	for {
		select {
		case t := <-w.queue:
			w.run(w.gather(t))
		case c := <-w.chores:
			w.chore(c)
		case <-w.quit:
			for batch := w.gather(nil); batch != nil; batch = w.gather(nil) {
				w.run(batch)
			}
			return
		}
	}
}

// gather takes everything that waits, in order, up to the bound. Each time that
// it comes to the end of the queue it lets those run who are about to join it:
// more of them share a COMMIT then, and a lone one waits for nobody.
func (w *writer) gather(first *task) (batch []*task) {
	if first != nil {
		batch = append(batch, first)
	}
	yielded := 0 // at so many
	for len(batch) < maxBatch {
		select {
		case t := <-w.queue:
			batch = append(batch, t)
		default:
			if yielded == len(batch) {
				return batch
			}
			yielded = len(batch)
			runtime.Gosched()
		}
	}
	return batch
}

// run runs the tasks whose callers still wait and answers them. When one of
// them brings the shared transaction down, each gets one of its own.
func (w *writer) run(batch []*task) {
	tasks := batch[:0]
	for _, t := range batch {
		if t.claimed.CompareAndSwap(false, true) {
			tasks = append(tasks, t)
		}
	}
	if !w.share(tasks) {
		for _, t := range tasks {
			w.share([]*task{t})
		}
	}
	for _, t := range tasks {
		close(t.done)
	}
}

// share runs tasks in one transaction, each in a savepoint. It returns false
// when the transaction died and nobody's outcome is settled; that of a single
// task always is.
func (w *writer) share(tasks []*task) bool {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	if err := w.begin(); err != nil {
		fail(tasks, known(err, "begin"))
		return true
	}
	tx := Tx{&Store{handle: handle{gorm: w.gorm, pool: w.pool, tx: ctx, heads: w.heads, news: w.news, erased: w.erased}}}
	for _, t := range tasks {
		w.one(tx, t)
		if w.pool.broken == nil {
			continue
		}
		w.rollback()
		if len(tasks) > 1 {
			return false
		}
		if t.err == nil {
			t.err = known(w.pool.broken, "transaction")
		}
		return true
	}
	began := time.Now()
	if err := w.commit(); err != nil {
		fail(tasks, err)
		return true
	}
	w.news.commit()
	w.told(len(tasks), time.Since(began))
	return true
}

// fail gives err to all who have not failed by themselves.
func fail(tasks []*task, err error) {
	for _, t := range tasks {
		if t.err == nil {
			t.err = err
		}
	}
}

// one runs a task in its own savepoint, so that it fails alone.
func (w *writer) one(tx Tx, t *task) {
	t.err, t.crash = nil, nil
	if w.control("savepoint task") != nil {
		return
	}
	from := len(w.news.batch)
	w.pool.wrote = false
	t.call(tx)
	w.news.end(from, t.err != nil || t.crash != nil, w.pool.wrote)
	if t.err != nil || t.crash != nil {
		w.heads.forget()
		_ = w.control("rollback to task")
	}
	_ = w.control("release task")
}

func (t *task) call(tx Tx) {
	defer func() {
		if v := recover(); v != nil {
			t.crash = &crash{v, debug.Stack()}
		}
	}()
	t.err = t.fn(tx)
}

func (w *writer) begin() error {
	if w.dead != nil {
		return w.dead
	}
	w.pool.broken = nil
	if err := w.control("begin immediate"); err != nil {
		return err
	}
	version := int64(-1)
	if err := w.pool.QueryRowContext(context.Background(), "pragma data_version").Scan(&version); err != nil {
		w.rollback()
		return err
	}
	if w.heads.seen(version) {
		w.news.forget()
	}
	return nil
}

func (w *writer) commit() error {
	err := w.control("commit")
	if err == nil {
		return nil
	}
	w.rollback()
	if unsure(err) {
		w.dead = fmt.Errorf("commit: %w: %w", feedback.ErrBusy, err)
		w.fatal(w.dead)
		return w.dead
	}
	return known(err, "commit")
}

// rollback ends a transaction that may have ended by itself.
func (w *writer) rollback() {
	w.heads.forget()
	w.news.rollback()
	_ = w.control("rollback")
}

// control runs a statement about the transaction itself. Whatever goes wrong
// with one, such as a savepoint that is not there any more, means that the
// transaction is no longer what we think it is.
func (w *writer) control(statement string) error {
	err := w.pool.direct.exec(statement, nil)
	if err != nil && w.pool.broken == nil {
		w.pool.broken = err
	}
	return err
}

// harmless says whether an error left the transaction as it was before the
// statement. After all others SQLite may have rolled everything back.
func harmless(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return errors.Is(err, sql.ErrNoRows)
}

// unsure says whether a failed COMMIT leaves it open what the disk holds: after
// a failed fsync the system may forget pages that it said were written.
func unsure(err error) bool {
	switch code := sqliteCode(err); code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CONSTRAINT:
		return false
	default:
		return true
	}
}
