package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Where there may be thousands of rows, each is read as one text of its fields:
// gorm takes long over each field, and SQLite's driver over each column.

// fieldMark stands between the fields of a text. Only the last may hold it.
const fieldMark = "\x1f"

// inOne is the SQL of a text of some fields, none of which is null.
func inOne(fields string) string { return "concat_ws('" + fieldMark + "', " + fields + ")" }

// eachText calls do with each row of a query of one text.
func eachText(q *gorm.DB, do func(*fields)) (err error) {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var f fields
		if err := rows.Scan(&f.rest); err != nil {
			return err
		}
		name, _, _ := strings.Cut(f.rest, fieldMark)
		if do(&f); f.bad {
			return fmt.Errorf("the row of %s cannot be read", name)
		}
	}
	return rows.Err()
}

// fields reads those of a text, one after the other. What is no number where one
// is asked for makes it bad.
type fields struct {
	rest string
	bad  bool
}

func (f *fields) word() (field string) {
	field, f.rest, _ = strings.Cut(f.rest, fieldMark)
	return field
}

func (f *fields) num() int64 {
	n, err := strconv.ParseInt(f.word(), 10, 64)
	f.bad = f.bad || err != nil
	return n
}

// moment reads milliseconds; -1 is none.
func (f *fields) moment() time.Time {
	if ms := f.num(); ms >= 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

// words reads a list in JSON; most are empty.
func (f *fields) words() (list []string) {
	if text := f.word(); text != "[]" {
		f.bad = f.bad || json.Unmarshal([]byte(text), &list) != nil
	}
	return list
}
