package crash

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// figuresFile names the database that TestKill_FiguresFollow's own child works at.
const figuresFile = "CRASH_FIGURES"

// TestKill_FiguresFollow kills a program that writes reports and follows them
// with figures at moments of chance, again and again: what the figures are made
// of is what it is when all of it is made again.
func TestKill_FiguresFollow(t *testing.T) {
	if file := os.Getenv(figuresFile); file != "" {
		followFigures(t, file)
		return
	}
	path := filepath.Join(t.TempDir(), "figures.db")
	last := 0
	for n := range size(4, 200) {
		untilKilled(t, path, 2+rand.IntN(60))
		followed, again, events := figuresOf(t, path)
		if diff := cmp.Diff(again, followed); diff != "" {
			t.Fatalf("after %d kills (-made again +followed):\n%s", n+1, diff)
		}
		if events == last || len(again) < 3 {
			t.Fatalf("after %d kills: %d events, %d rows of figures", n+1, events, len(again))
		}
		last = events
	}
}

// untilKilled lets the child work until it sent so many reports, and kills it.
func untilKilled(t *testing.T, path string, lines int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill_FiguresFollow$")
	child.Env = append(os.Environ(), figuresFile+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for range lines {
		if !in.Scan() {
			t.Fatalf("it ended by itself: %v", child.Wait())
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
}

// followFigures sends reports, saying so each time, and ends older ones while
// their figures are made, until somebody kills it.
func followFigures(t *testing.T, file string) {
	s, err := store.Open(t.Context(), file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, owner, venue.ID, "1")
	at := time.Now().UTC().AddDate(0, 0, -2)
	go func() {
		for t.Context().Err() == nil {
			if err := s.Roll(t.Context()); err != nil {
				panic(err)
			}
			if err := s.KeepDays(t.Context(), time.Now()); err != nil {
				panic(err)
			}
		}
	}()
	var reports []feedback.Report
	for n := 0; ; n++ {
		at = at.Add(20 * time.Minute)
		r := feedback.Report{
			ID: uuid.Must(uuid.NewV7()).String(), TableID: table.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Causes: []string{"cold"}, Language: "en",
			Trust: feedback.TrustTable, Version: 1, Day: at.Format(time.DateOnly), CreatedAt: at, Since: at, DueAt: at,
		}
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			e := tx.At(owner, venue.ID)
			if err := e.AddReport(t.Context(), r); err != nil {
				return err
			}
			if err := e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportCreated, At: at, ReportID: r.ID, ByKind: feedback.ByGuest}); err != nil || n < 10 {
				return err
			}
			old := reports[n-10]
			old.Status, old.EndedAt = feedback.Resolved, at
			if err := e.Advance(t.Context(), &old); err != nil {
				return err
			}
			return e.Append(t.Context(), &feedback.Event{Kind: feedback.ReportResolved, At: at, ReportID: old.ID, ByKind: feedback.ByPerson})
		})
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
		fmt.Println("sent")
	}
}

// figuresOf follows the timeline to its end as a new start would, reads what
// figures are made of, and reads it again when all was made again.
func figuresOf(t *testing.T, path string) (followed, again map[string]string, events int) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	s, err := store.Open(ctx, path, store.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Now().AddDate(1, 0, 0) // all days are over
	rows := func(make func(context.Context) error) map[string]string {
		if err := make(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.KeepDays(ctx, now); err != nil {
			t.Fatal(err)
		}
		all, n := figureRows(t, path)
		events = n
		return all
	}
	rebuild := func(ctx context.Context) error {
		_, err := s.RebuildAll(ctx)
		return err
	}
	return rows(s.Roll), rows(rebuild), events
}

// figureRows reads what figures are made of, and how long the timelines are.
func figureRows(t *testing.T, path string) (all map[string]string, events int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `
		select venue_id || ' packs ' || day || ' ' || part, hex(data) from packs
		union all select venue_id || ' rollups ' || month, hex(data) from rollups
		union all select venue_id || ' rolled', seq from rolled where seq > 0
		union all select venue_id || ' days ' || day, hex(visits) || ' ' || hex(calls) || case when made < marks then ' not made' else '' end from days`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all = map[string]string{}
	for rows.Next() {
		var name, data string
		if err := rows.Scan(&name, &data); err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	err = db.QueryRowContext(t.Context(), "select count(*) from events").Scan(&events)
	if err := errors.Join(rows.Err(), err); err != nil {
		t.Fatal(err)
	}
	return all, events
}
