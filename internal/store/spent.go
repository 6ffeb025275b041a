package store

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
	"time"
)

// watch adds the time since start to what was spent.
func watch(spent *atomic.Int64, start time.Time) { spent.Add(int64(time.Since(start))) }

// spending makes connections that add to spent how long their statements take, from
// asking until the last row is there.
type spending struct {
	driver.Connector
	spent *atomic.Int64
}

func (s spending) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return spendingConn{conn, s.spent}, nil
}

type spendingConn struct {
	driver.Conn
	spent *atomic.Int64
}

func (c spendingConn) Prepare(query string) (driver.Stmt, error) {
	defer watch(c.spent, time.Now())
	stmt, err := c.Conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	return spendingStmt{stmt, c.spent}, nil
}

type spendingStmt struct {
	driver.Stmt
	spent *atomic.Int64
}

func (s spendingStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	defer watch(s.spent, time.Now())
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	return spendingRows{rows, s.spent}, nil
}

type spendingRows struct {
	driver.Rows
	spent *atomic.Int64
}

func (r spendingRows) Next(row []driver.Value) error {
	defer watch(r.spent, time.Now())
	return r.Rows.Next(row)
}

func (r spendingRows) Close() error {
	defer watch(r.spent, time.Now())
	return r.Rows.Close()
}
