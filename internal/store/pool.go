package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"

	"gorm.io/gorm"
)

// maxStatements bounds the statements a pool keeps prepared. Our own are about
// two hundred; the bound is for lists whose length differs each time.
const maxStatements = 512

// pool is what gorm and hot paths send statements through. It keeps them
// prepared and logs their text, never their values.
type pool struct {
	to  gorm.ConnPool
	log *slog.Logger

	keep bool // statements prepared; pgx keeps its own
	mu   sync.Mutex
	kept map[string]*sql.Stmt

	// The writer's goroutine alone:
	direct *direct
	watch  bool  // for what ends a transaction
	wrote  bool  // more than what is new, see [news]
	broken error // and this is it
}

func newPool(to gorm.ConnPool, log *slog.Logger, keep bool) *pool {
	return &pool{to: to, log: log, keep: keep, kept: map[string]*sql.Stmt{}}
}

// exec runs a statement whose outcome is not looked at, on the shortest way.
func (p *pool) exec(ctx context.Context, query string, args []any) error {
	if p.direct == nil {
		_, err := p.ExecContext(ctx, query, args...)
		return err
	}
	p.look(query)
	if err := p.begin(ctx, query); err != nil {
		return err
	}
	err := p.direct.exec(query, args)
	p.note(err)
	return err
}

// PrepareContext implements [gorm.ConnPool].
func (p *pool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.to.PrepareContext(ctx, query)
}

// ExecContext implements [gorm.ConnPool].
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	p.look(query)
	if err := p.begin(ctx, query); err != nil {
		return nil, err
	}
	var res sql.Result
	var err error
	if st := p.prepared(ctx, query); st != nil {
		res, err = st.ExecContext(ctx, args...)
	} else {
		res, err = p.to.ExecContext(ctx, query, args...)
	}
	p.note(err)
	return res, err
}

// QueryContext implements [gorm.ConnPool].
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	p.look(query)
	if err := p.begin(ctx, query); err != nil {
		return nil, err
	}
	var rows *sql.Rows
	var err error
	if st := p.prepared(ctx, query); st != nil {
		rows, err = st.QueryContext(ctx, args...)
	} else {
		rows, err = p.to.QueryContext(ctx, query, args...)
	}
	p.note(err)
	return rows, err
}

// QueryRowContext implements [gorm.ConnPool].
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	p.look(query)
	if err := p.begin(ctx, query); err != nil {
		over, cancel := context.WithCancel(ctx)
		cancel()
		return p.to.QueryRowContext(over, query, args...) // a row that holds an error
	}
	var row *sql.Row
	if st := p.prepared(ctx, query); st != nil {
		row = st.QueryRowContext(ctx, args...)
	} else {
		row = p.to.QueryRowContext(ctx, query, args...)
	}
	p.note(row.Err())
	return row
}

// look notes that the writer may change what is remembered.
func (p *pool) look(query string) {
	if p.watch && !p.wrote {
		p.wrote = changes(query)
	}
}

// begin refuses statements of a transaction that died: SQLite would run each
// in a transaction of its own.
func (p *pool) begin(ctx context.Context, query string) error {
	if p.log.Enabled(ctx, slog.LevelDebug) {
		p.log.DebugContext(ctx, "sql", "statement", query)
	}
	return p.broken
}

// note remembers an error that may have ended the writer's transaction.
func (p *pool) note(err error) {
	if p.watch && err != nil && p.broken == nil && !harmless(err) {
		p.broken = err
	}
}

// prepared returns the kept statement, or nil when there is none and none can
// be made; running the query plainly then says why.
func (p *pool) prepared(ctx context.Context, query string) *sql.Stmt {
	if !p.keep {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st := p.kept[query]; st != nil || len(p.kept) >= maxStatements {
		return st
	}
	st, err := p.to.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.kept[query] = st
	return st
}

// close lets the kept statements go. Those of a single connection, which nobody
// else knows, would hold the file open after it.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	if p.direct != nil {
		errs = append(errs, p.direct.close())
	}
	for _, st := range p.kept {
		errs = append(errs, st.Close())
	}
	clear(p.kept)
	return errors.Join(errs...)
}
