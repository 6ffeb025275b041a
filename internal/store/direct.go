package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// direct sends the statements of the hot path straight to the driver of the
// writer's connection. Package database/sql costs as much as SQLite itself where
// a statement writes one row: it converts and copies for drivers that need it,
// and a statement that can be cut short gets a goroutine of its own. These are
// not cut short: they write a row in a transaction that holds the lock already.
type direct struct {
	conn *sql.Conn
	kept map[string]driver.Stmt
	args []driver.NamedValue
}

func newDirect(conn *sql.Conn) *direct { return &direct{conn: conn, kept: map[string]driver.Stmt{}} }

// exec runs a statement; only constants of ours, or the kept ones would grow.
func (d *direct) exec(statement string, args []any) error {
	return d.conn.Raw(func(to any) error {
		st, err := d.prepared(to, statement)
		if err != nil {
			return err
		}
		run, ok := st.(driver.StmtExecContext)
		if !ok {
			return fmt.Errorf("the driver's statement is a %T", st)
		}
		if err := d.bind(args); err != nil {
			return err
		}
		_, err = run.ExecContext(context.Background(), d.args)
		clear(d.args)
		return err
	})
}

func (d *direct) prepared(to any, statement string) (driver.Stmt, error) {
	if st := d.kept[statement]; st != nil {
		return st, nil
	}
	conn, ok := to.(driver.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's connection is a %T", to)
	}
	st, err := conn.Prepare(statement)
	if err == nil {
		d.kept[statement] = st
	}
	return st, err
}

// bind turns arguments into what drivers take.
func (d *direct) bind(args []any) error {
	d.args = d.args[:0]
	for i, arg := range args {
		var value driver.Value
		switch v := arg.(type) {
		case nil, int64, string, []byte, bool:
			value = v
		case int:
			value = int64(v)
		default:
			var err error
			if value, err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
				return fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		d.args = append(d.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return nil
}

// close lets the kept statements go.
func (d *direct) close() error {
	var errs []error
	for _, st := range d.kept {
		errs = append(errs, st.Close())
	}
	clear(d.kept)
	return errors.Join(errs...)
}
