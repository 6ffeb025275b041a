package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// tampering opens the timeline to a test, as somebody with the file in hand can.
func tampering(s *store.Store) []string {
	if s.Postgres() {
		return []string{"alter table events disable trigger all"}
	}
	return []string{"drop trigger events_are_kept_from_update", "drop trigger events_are_kept_from_delete"}
}

func TestVerify_FindsEveryTampering(t *testing.T) {
	const n = 40
	const last = "update heads set seq = 39"
	tests := map[string]struct {
		sql  []string
		seq  int64 // where the break is; 0: everything holds
		what string
	}{
		"nothing was done":         {seq: 0},
		"a kind was flipped":       {[]string{"update events set kind = 'report.dismissed' where seq = 7"}, 7, "was changed"},
		"a time was flipped":       {[]string{"update events set at = at + 1 where seq = 40"}, 40, "was changed"},
		"facts were flipped":       {[]string{`update events set data = '{"rating":5}' where seq = 3`}, 3, "was changed"},
		"who did it was flipped":   {[]string{"update events set by_id = 'somebody' where seq = 12"}, 12, "was changed"},
		"an event was deleted":     {[]string{"delete from events where seq = 20"}, 20, "missing"},
		"the first was deleted":    {[]string{"delete from events where seq = 1"}, 1, "missing"},
		"the end was cut off":      {[]string{"delete from events where seq > 38"}, 39, "ends here"},
		"an event was inserted":    {[]string{"insert into events select venue_id, 41, kind, at, report_id, subject, by_kind, by_id, data, digest, prev, hash from events where seq = 40", "update heads set seq = 41"}, 41, "does not follow"},
		"two were swapped":         {[]string{"update events set seq = -1 where seq = 10", "update events set seq = 10 where seq = 11", "update events set seq = 11 where seq = -1"}, 10, "does not follow"},
		"end and counter were cut": {[]string{"delete from events where seq = 40", last}, 40, "was noted elsewhere"},
		"the end was written anew": {[]string{"update events set hash = prev where seq = 40"}, 40, "was changed"},
		"the counter was set back": {[]string{last}, 40, "only 39"},
		"a guest's words changed":  {[]string{"update reports set words = 'All fine' where id = 'r5'"}, 5, "words was changed"},
		"words were erased by law": {[]string{"update reports set words = '', salt = null where id = 'r5'"}, 0, ""},
		"a report vanished":        {[]string{"update events set report_id = report_id where seq = 5", "delete from reports where id = 'r5'"}, 5, "is gone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, known := timeline(t, n)
			storetest.Write(t, s, func(tx store.Tx) error {
				for _, stmt := range append(tampering(s), tt.sql...) {
					if err := store.DB(t.Context(), tx).Exec(stmt).Error; err != nil {
						return fmt.Errorf("%s: %w", stmt, err)
					}
				}
				return nil
			})
			_, breaks, err := s.Verify(t.Context(), known...)
			if err != nil {
				t.Fatal(err)
			}
			if tt.seq == 0 {
				if len(breaks) != 0 {
					t.Errorf("breaks = %v, want none", breaks)
				}
				return
			}
			if len(breaks) != 1 || breaks[0].Seq != tt.seq || !strings.Contains(breaks[0].What, tt.what) {
				t.Errorf("breaks = %v, want event %d: %s", breaks, tt.seq, tt.what)
			}
		})
	}
}

// Whatever is done to any event of a timeline is found, in whatever column, and
// where: nothing before it is said to be broken (T21, G15).
func TestVerify_FindsItAnywhere(t *testing.T) {
	n := 24
	if os.Getenv("SOAK") != "" {
		n = 10_000
	}
	s, known := timeline(t, n)
	const shift = "update events set seq = -seq - 1 where seq > ?; update events set seq = -seq where seq < 0"
	type way struct {
		sql   string
		to    int64 // how far from the end it can be done last
		later int64 // how far behind it the break shows
	}
	ways := map[string]way{
		"deleted":              {sql: "delete from events where seq = ?"},
		"cut off":              {sql: "delete from events where seq >= ?"},
		"cut with the counter": {sql: "delete from events where seq >= ?; update heads set seq = ? - 1"},
		"swapped":              {sql: "update events set seq = -1 where seq = ?; update events set seq = seq - 1 where seq = ? + 1; update events set seq = ? + 1 where seq = -1", to: 1},
		"inserted":             {sql: shift + "; insert into events select venue_id, ? + 1, kind, at, report_id, subject, by_kind, by_id, data, digest, prev, hash from events where seq = ?; update heads set seq = seq + 1", later: 1},
	}
	for column, value := range map[string]string{
		"kind": "kind || 'x'", "report_id": "report_id || 'x'", "subject": "subject || 'x'", "by_kind": "by_kind || 'x'", "by_id": "by_id || 'x'", "data": `'{"rating":5}'`,
		"at": "at + 1", "digest": "prev", "prev": "digest", "hash": "digest",
	} {
		ways[column+" flipped"] = way{sql: "update events set " + column + " = " + value + " where seq = ?"}
	}
	undo := errors.New("as it was")
	for name, w := range ways {
		t.Run(name, func(t *testing.T) {
			for seq := int64(1); seq <= int64(n)-w.to; seq += int64(max(1, n/100)) {
				err := s.Tx(t.Context(), func(tx store.Tx) error {
					for _, stmt := range append(tampering(s), strings.Split(w.sql, "; ")...) {
						args := slices.Repeat([]any{seq}, strings.Count(stmt, "?"))
						if err := store.DB(t.Context(), tx).Exec(stmt, args...).Error; err != nil {
							return fmt.Errorf("%s: %w", stmt, err)
						}
					}
					_, breaks, err := tx.Verify(t.Context(), known...)
					if err != nil {
						return err
					}
					if len(breaks) != 1 || breaks[0].Seq != seq+w.later {
						t.Errorf("event %d: breaks = %v", seq, breaks)
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Fatal(err)
				}
			}
		})
	}
	if _, breaks, err := s.Verify(t.Context(), known...); err != nil || len(breaks) > 0 {
		t.Errorf("in the end: %v, %v", breaks, err)
	}
}

// timeline is a venue with n reports, each with its event, and the head of it.
func timeline(t *testing.T, n int) (*store.Store, []store.Head) {
	t.Helper()
	s := storetest.New(t)
	by, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, by, venue.ID, "1")
	storetest.Write(t, s, func(tx store.Tx) error {
		at := tx.At(by, venue.ID)
		for i := 1; i <= n; i++ {
			r := feedback.Report{
				ID: fmt.Sprintf("r%d", i), TableID: table.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Words: fmt.Sprintf("Words %d", i),
				Language: "en", Trust: feedback.TrustTable, Version: 1, Day: "2026-11-20", CreatedAt: storetest.Epoch, DueAt: storetest.Epoch,
				Since: storetest.Epoch, Salt: []byte{byte(i)},
			}
			if err := at.AddReport(t.Context(), r); err != nil {
				return err
			}
			e := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: r.ID, ByKind: feedback.ByGuest, Digest: feedback.Digest(r.Salt, r.Words)}
			if err := at.Append(t.Context(), &e); err != nil {
				return err
			}
		}
		return nil
	})
	heads, breaks, err := s.Verify(t.Context())
	if err != nil || len(breaks) != 0 || len(heads) != 1 || heads[0].Seq != int64(n) {
		t.Fatalf("Verify of an honest timeline = %v, %v, %v", heads, breaks, err)
	}
	return s, heads
}

// Events that are written during the walk are no break.
func TestVerify_WhileOthersWrite(t *testing.T) {
	s := storetest.New(t)
	by, venue := storetest.Venue(t, s)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 300 {
			err := s.Tx(context.Background(), func(tx store.Tx) error {
				return tx.At(by, venue.ID).Append(context.Background(), &feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch})
			})
			if err != nil {
				t.Errorf("write: %v", err)
				return
			}
		}
	}()
	for done := false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		if _, breaks, err := s.Verify(t.Context()); err != nil || len(breaks) > 0 {
			t.Errorf("Verify() = %v, %v", breaks, err)
			break
		}
	}
	<-written
}
