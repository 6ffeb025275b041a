package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// few are the tables that do not grow with what guests do: what a venue sets up, one
// row for each venue, and what people do a few times a month; or whose rows go again:
// jobs when they are done, contact details after weeks, keys of requests after days,
// sessions when they end.
// Every other table grows.
var few = []string{
	"organisations", "venues", "people", "memberships", "devices", "keys", "areas", "tables", "channels", "escalations", "duties", "logos", "screens", "installation",
	"past_hours", "past_areas",
	"heads", "rolled", "worded", "forgotten", "mailings", "mornings", "tasks",
	"jobs", "contacts", "requests", "throttles", "sessions", "words_index",
}

// fewIn are the indexes that hold only what is not over, or rare.
var fewIn = []string{"reports_waiting", "codes_of_tables", "deliveries_dead", "deliveries_by_receiver", "deliveries_leased", "days_to_make", "reports_ended", "reports_follow_up", "reports_followed"}

// wide are the columns by which alone there is no end of rows.
var wide = []string{"venue_id", "org_id", "table_id", "channel_id", "receiver", "status", "action", "kind"}

// may are the statements that may go through what a venue has had all the same: a
// part of each, and why.
var may = map[string]string{
	"is not null) ORDER BY reports.id":   "a list of all ends when its page is full",
	"not (1 = 0) ORDER BY reports.id":    "a list of all ends when its page is full",
	"ORDER BY deliveries.id desc LIMIT":  "a list ends when its page is full",
	"ORDER BY audit.id desc LIMIT":       "a list ends when its page is full",
	"order by e.seq desc limit 1":        "the newest is read alone",
	"coalesce(max(id), 0) from words_of": "the newest is read alone",
	"FROM `photos` WHERE venue_id":       "the room of photos is bounded, and added up from the index alone",
	"delete from packs where venue_id":   "figures are made anew from all there is",
	"delete from rollups where venue_id": "figures are made anew from all there is",
}

// TestStatements_DoNotWalkThroughThePast fails when SQLite would go through all
// that a venue, or the installation, has ever had for what is asked for often. It
// keeps no statistics, so what it chooses here it chooses for everybody.
func TestStatements_DoNotWalkThroughThePast(t *testing.T) {
	if storetest.Postgres() {
		t.Skip("PostgreSQL chooses by what the tables hold")
	}
	said := &statements{}
	dsn := storetest.DSN(t)
	s := storetest.Open(t, dsn, store.Options{Log: slog.New(said)})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newRoom(t, s)
	report := r.report(t, func(x *feedback.Report) { x.Words, x.BurstID = "Cold soup", storetest.ID() })
	if err := s.Roll(t.Context()); err != nil { // the next time is the usual one
		t.Fatal(err)
	}
	r.write(t, func(at store.Edit) error {
		created := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: report, ByKind: feedback.ByGuest}
		marked := feedback.Event{Kind: feedback.BurstMarked, At: storetest.Epoch, Subject: storetest.ID(), ByKind: feedback.ByPerson}
		cleared := feedback.Event{Kind: feedback.BurstCleared, At: storetest.Epoch, Subject: storetest.ID(), ByKind: feedback.ByPerson}
		visit := feedback.Visit{ID: storetest.ID(), TableID: r.one.ID, OpenedAt: storetest.Epoch.AddDate(0, 0, -3), ExpiresAt: storetest.Epoch}
		return errors.Join(at.AddVisit(t.Context(), visit), at.Append(t.Context(), &created), at.Append(t.Context(), &marked), at.Append(t.Context(), &cleared))
	})
	said.clear()
	askAll(t, s, r, report)

	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	grow := growing(t, db)
	asked := said.all()
	if len(asked) < 150 {
		t.Errorf("only %d statements were looked at", len(asked))
	}
	used := map[string]bool{}
	for _, statement := range asked {
		for _, step := range walks(t, db, grow, statement) {
			if part := excused(statement); part != "" {
				used[part] = true
				continue
			}
			t.Errorf("%s\n\tin %s", step, statement)
		}
	}
	for part := range may {
		if !used[part] {
			t.Errorf("no statement with %q has to be excused any more", part)
		}
	}
}

func excused(statement string) string {
	for part := range may {
		if strings.Contains(statement, part) {
			return part
		}
	}
	return ""
}

// askAll calls every method that reads or writes, on what is there of a report.
func askAll(t *testing.T, s *store.Store, r *room, report string) {
	t.Helper()
	at := s.For(r.owner, r.venue.ID)
	for _, f := range filters(report) {
		_, _ = at.Reports(t.Context(), f)
	}
	for _, who := range []feedback.Actor{r.owner, feedback.System(r.owner.Org, r.venue.ID)} {
		call(t, s.For(who, r.venue.ID), report)
		call(t, s.Org(who), report)
	}
	_ = s.Roll(t.Context())
	_, _ = at.CodesOf(t.Context(), report, "", storetest.Epoch)
	_, _ = at.VisitFigures(t.Context(), store.StatsFilter{From: storetest.Epoch.AddDate(0, 0, -1), To: storetest.Epoch})
	_, _ = at.Deliveries(t.Context(), store.DeliveryFilter{Report: report})
	_, _ = at.Deliveries(t.Context(), store.DeliveryFilter{People: true})
	call(t, s, report)
	undo := errors.New("undo")
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		call(t, tx.At(r.owner, r.venue.ID), report)
		call(t, tx.Org(r.owner), report)
		_ = tx.AddScans(t.Context(), []store.Scan{{Code: report}})
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
}

// filters are those that leave no more of a list of reports than an index tells
// apart. What others leave may be rare, and is looked for up to the end.
func filters(report string) []store.Filter {
	day := storetest.Epoch.Format(time.DateOnly)
	return []store.Filter{
		{IDs: []string{report}},
		{Statuses: feedback.Waiting},
		{Statuses: []feedback.Status{feedback.Unresolved}},
		{Statuses: []feedback.Status{feedback.Dismissed}},
		{FollowUp: true},
		{Settled: true},
		{Lapsed: storetest.Epoch, From: storetest.Epoch},
		{From: storetest.Epoch, To: storetest.Epoch.Add(time.Hour)},
		{FromDay: day, ToDay: day},
		{Query: "soup"},
	}
}

// apart are methods that are no questions, or that look through everything by
// their nature: backups, proofs, and figures when they are made anew.
var apart = []string{
	"Close", "Migrate", "Tx", "Verify", "QuickCheck", "Restore", "BackUp", "BackUpDaily", "Backup", "ScrubDaily", "AllPhotos", "Settings", "EnqueueTrial",
}

// call calls all methods of something with arguments that fit. What they answer
// does not matter.
func call(t *testing.T, of any, id string) {
	t.Helper()
	v := reflect.ValueOf(of)
	for i := range v.NumMethod() {
		if slices.Contains(apart, v.Type().Method(i).Name) {
			continue
		}
		if args, ok := fitting(t, v.Method(i).Type(), id); ok {
			v.Method(i).Call(args)
		}
	}
}

// fitting are arguments for a func; ok is false for one that is about no data.
func fitting(t *testing.T, fn reflect.Type, id string) (args []reflect.Value, ok bool) {
	t.Helper()
	for i := range fn.NumIn() {
		if fn.IsVariadic() && i == fn.NumIn()-1 {
			break
		}
		in := fn.In(i)
		arg := reflect.New(in).Elem()
		switch {
		case in == reflect.TypeFor[context.Context]():
			arg.Set(reflect.ValueOf(t.Context()))
			ok = true
		case in == reflect.TypeFor[time.Time]():
			arg.Set(reflect.ValueOf(storetest.Epoch))
		case in.Kind() == reflect.String:
			arg.SetString(id)
		case in.Kind() == reflect.Int, in.Kind() == reflect.Int64:
			arg.SetInt(10)
		case in.Kind() == reflect.Slice && in.Elem().Kind() == reflect.String:
			arg = reflect.Append(arg, reflect.ValueOf(id).Convert(in.Elem()))
		case in.Kind() == reflect.Pointer:
			arg.Set(reflect.New(in.Elem()))
		case in.Kind() == reflect.Func:
			return nil, false
		}
		args = append(args, arg)
	}
	return args, ok
}

var (
	named  = regexp.MustCompile("(?i)(?:\\b(?:from|join|update|into)|,)\\s+`?(\\w+)`?(?:\\s+(?:as\\s+)?(\\w+))?")
	search = regexp.MustCompile(`^(SCAN|SEARCH) (\w+)(?:.* INDEX (\w+))?(?:.*\((.*)\))?`)
)

// walks are the steps of SQLite's plan of a statement that go through all rows of
// a table that grows, or all of a venue.
func walks(t *testing.T, db *sql.DB, grow []string, statement string) (steps []string) {
	t.Helper()
	grows := map[string]bool{} // by the name that the statement gives it
	for _, m := range named.FindAllStringSubmatch(statement, -1) {
		if slices.Contains(grow, m[1]) {
			grows[m[1]], grows[m[2]] = true, true
		}
	}
	for _, step := range plan(t, db, statement) {
		m := search.FindStringSubmatch(step)
		if m == nil || !grows[m[2]] || slices.Contains(fewIn, m[3]) {
			continue
		}
		if m[1] == "SCAN" || !narrow(m[4]) {
			steps = append(steps, step)
		}
	}
	return steps
}

// narrow says whether the columns that a step searches by leave a bounded number
// of rows: there is one that is not wide, and a range of it has a beginning.
func narrow(by string) bool {
	for term := range strings.SplitSeq(by, " AND ") {
		column := strings.TrimRight(term, "=<>?")
		if column != "" && !strings.HasSuffix(term, "<?") && !slices.Contains(wide, column) {
			return true
		}
	}
	return false
}

// growing are the tables that are not few.
func growing(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var names string
	const all = "select group_concat(name, ' ') from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'words_index_%'"
	if err := db.QueryRowContext(t.Context(), all).Scan(&names); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Fields(names), func(name string) bool { return slices.Contains(few, name) })
}

func plan(t *testing.T, db *sql.DB, statement string) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "explain query plan "+statement, make([]any, strings.Count(statement, "?"))...)
	if err != nil {
		t.Fatalf("%v in %s", err, statement)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return steps
}

// statements is a log that keeps each statement once.
type statements struct {
	mu   sync.Mutex
	kept []string
}

func (s *statements) Enabled(context.Context, slog.Level) bool { return true }
func (s *statements) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *statements) WithGroup(string) slog.Handler            { return s }

func (s *statements) Handle(_ context.Context, line slog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	line.Attrs(func(a slog.Attr) bool {
		text := strings.Join(strings.Fields(a.Value.String()), " ")
		if a.Key == "statement" && !slices.Contains(s.kept, text) {
			s.kept = append(s.kept, text)
		}
		return true
	})
	return nil
}

func (s *statements) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}

func (s *statements) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	begins := regexp.MustCompile(`(?i)^(select|insert|update|delete|with) `)
	return slices.DeleteFunc(slices.Clone(s.kept), func(text string) bool { return !begins.MatchString(text) })
}
