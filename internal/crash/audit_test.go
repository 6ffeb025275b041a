package crash

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"makeright/internal/store"
)

// audit opens a database that nobody serves, as a new start would, and fails
// unless it is whole and holds what guests were told it holds (I1, I2, I7).
func audit(t *testing.T, path string, journal []sent) {
	t.Helper()
	found, err := inspect(t.Context(), path)
	if err != nil {
		t.Error(err)
	}
	compare(t, journal, found)
}

// inspect opens a database with the program's own code and returns the ids of
// its reports by their words. The error says all that is wrong with it.
func inspect(ctx context.Context, path string) (found map[string][]string, err error) {
	s, err := store.Open(ctx, path, store.Options{Fatal: func(error) {}}) // what is written here comes back as an error too
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	_, breaks, err := s.Verify(ctx)
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, b := range breaks {
		wrong = append(wrong, errors.New(b.String()))
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, err = reports(ctx, db)
	return found, errors.Join(append(wrong, err, whole(ctx, db))...)
}

// flaws are questions whose answer must be 0.
var flaws = map[string]string{
	"references that lead nowhere":      "select count(*) from pragma_foreign_key_check",
	"reports that are not on the line":  "select count(*) from reports where id not in (select report_id from events where kind = 'report.created')",
	"events about reports that are not": "select count(*) from events where report_id <> '' and report_id not in (select id from reports)",
	"open reports that nobody watches":  "select count(*) from reports where status = 'open' and id not in (select subject from jobs where kind = 'watch')",
	"watches over nothing":              "select count(*) from jobs where kind = 'watch' and subject not in (select id from reports)",
	"keys of requests without a report": "select count(*) from requests where scope like 'guest %' and ref not in (select id from reports)",
}

// whole says what is wrong with the file and between its tables.
func whole(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	var wrong []error
	if verdict != "ok" {
		wrong = append(wrong, errors.New(verdict))
	}
	for what, question := range flaws {
		var n int
		if err := db.QueryRowContext(ctx, question).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Errorf("%d %s", n, what))
		}
	}
	return errors.Join(wrong...)
}

// reports lists the ids of all reports by their words.
func reports(ctx context.Context, db *sql.DB) (map[string][]string, error) {
	rows, err := db.QueryContext(ctx, "select id, words from reports")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string][]string{}
	for rows.Next() {
		var id, words string
		if err := rows.Scan(&id, &words); err != nil {
			return nil, err
		}
		found[words] = append(found[words], id)
	}
	return found, rows.Err()
}
