package store_test

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// nouns are all structs that are rows.
var nouns = []any{
	feedback.Organisation{},
	feedback.Venue{},
	feedback.Person{},
	feedback.Membership{},
	feedback.Device{},
	feedback.Session{},
	feedback.Invitation{},
	feedback.Key{},
	feedback.Area{},
	feedback.Table{},
	feedback.Visit{},
	feedback.Code{},
	feedback.Report{},
	feedback.Contact{},
	feedback.Incident{},
	feedback.Photo{},
	feedback.Message{},
	feedback.Event{},
	feedback.Job{},
	feedback.Audit{},
	feedback.Channel{},
	feedback.Task{},
	feedback.Mailing{},
	feedback.Morning{},
	feedback.Alert{},
	feedback.Delivery{},
	feedback.Attempt{},
	feedback.Escalation{},
	feedback.Duty{},
	feedback.Screens{},
	feedback.Logo{},
	feedback.Walk{},
	feedback.Burst{},
	feedback.PastHours{},
}

// tablesAlone have no noun: hand-written SQL reads and writes them.
var tablesAlone = []string{"scans", "requests", "throttles", "heads", "installation", "rolled", "packs", "rollups", "days", "table_scans", "past_areas", "worded", "words_of", "forgotten", "goose_db_version"}

func TestStructsAndColumnsAgree(t *testing.T) {
	s := storetest.New(t)
	db := store.DB(t.Context(), s)
	seen := slices.Clone(tablesAlone)
	for _, noun := range nouns {
		sch, err := schema.Parse(noun, &sync.Map{}, db.NamingStrategy)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, sch.Table)
		columns := columnsOf(t, s, sch.Table)
		if len(columns) == 0 {
			t.Errorf("%s: no table %s", sch.Name, sch.Table)
		}
		for _, f := range sch.Fields {
			kind, is := columns[f.DBName]
			delete(columns, f.DBName)
			switch {
			case !f.Creatable && is:
				t.Errorf("%s.%s is only read along, but %s has a column %s", sch.Name, f.Name, sch.Table, f.DBName)
			case f.Creatable && !is:
				t.Errorf("%s.%s: %s has no column %s", sch.Name, f.Name, sch.Table, f.DBName)
			case is && !slices.Contains(kinds(f), kind):
				t.Errorf("%s.%s: column %s is %s, want one of %v", sch.Name, f.Name, f.DBName, kind, kinds(f))
			}
		}
		for name := range columns {
			t.Errorf("%s: no field for column %s.%s", sch.Name, sch.Table, name)
		}
	}
	for _, table := range tables(t, s) {
		if !slices.Contains(seen, table) && !strings.HasPrefix(table, "words_index") { // FTS5's own
			t.Errorf("table %s has no noun", table)
		}
	}
}

// kinds are the column types that a field may have, on either database.
func kinds(f *schema.Field) []string {
	if f.TagSettings["SERIALIZER"] == "ms" {
		return []string{"INTEGER", "bigint"}
	}
	if f.TagSettings["SERIALIZER"] == "json" {
		return []string{"TEXT", "text"}
	}
	switch f.FieldType.Kind() {
	case reflect.String:
		return []string{"TEXT", "text"}
	case reflect.Bool:
		return []string{"INTEGER", "boolean"}
	case reflect.Int64:
		return []string{"INTEGER", "BIGINT", "bigint"}
	case reflect.Int:
		return []string{"INTEGER", "integer"}
	case reflect.Slice:
		return []string{"BLOB", "bytea"}
	}
	return nil
}

func columnsOf(t *testing.T, s *store.Store, table string) map[string]string {
	t.Helper()
	query := "select name, type as kind from pragma_table_info(?)"
	if s.Postgres() {
		query = "select column_name as name, data_type as kind from information_schema.columns where table_schema = 'public' and table_name = ?"
	}
	var rows []struct{ Name, Kind string }
	find(t, store.DB(t.Context(), s).Raw(query, table), &rows)
	columns := map[string]string{}
	for _, r := range rows {
		columns[r.Name] = r.Kind
	}
	return columns
}

func tables(t *testing.T, s *store.Store) (names []string) {
	t.Helper()
	query := "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
	if s.Postgres() {
		query = "select tablename from pg_tables where schemaname = 'public'"
	}
	find(t, store.DB(t.Context(), s).Raw(query), &names)
	return names
}

func find(t *testing.T, q *gorm.DB, dest any) {
	t.Helper()
	if err := q.Scan(dest).Error; err != nil {
		t.Fatal(err)
	}
}
