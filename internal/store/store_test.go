package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gorm.io/gorm"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// Rows of another organisation, and of another venue of the same one, are not
// found and cannot be changed, not even by an actor who claims to own them.
func TestRowsOfOthers(t *testing.T) {
	s := storetest.New(t)
	owner, ours := storetest.Venue(t, s)
	sister := storetest.VenueOf(t, s, owner)
	stranger, theirs := storetest.Venue(t, s)
	waiter := storetest.Person(t, s, owner, ours.ID, "Wanda", feedback.Staff)
	for _, v := range []string{ours.ID, sister.ID} {
		storetest.Table(t, s, owner, v, "1")
	}
	storetest.Table(t, s, stranger, theirs.ID, "1")
	forged := stranger
	forged.Venues = map[string]feedback.Role{ours.ID: feedback.Owner}

	tests := map[string]struct {
		actor feedback.Actor
		venue string
		want  int // tables
	}{
		"own venue":               {owner, ours.ID, 1},
		"waiter's venue":          {waiter, ours.ID, 1},
		"waiter, sister venue":    {waiter, sister.ID, 0},
		"another organisation":    {owner, theirs.ID, 0},
		"forged role":             {forged, ours.ID, 0},
		"timer of another venue":  {feedback.System(owner.Org, sister.ID), ours.ID, 0},
		"timer, forged venue":     {feedback.System(owner.Org, theirs.ID), theirs.ID, 0},
		"guest of another venue":  {feedback.Actor{Kind: feedback.ByGuest, Org: owner.Org, Venue: sister.ID}, ours.ID, 0},
		"key of another house":    {feedback.Actor{Kind: feedback.ByKey, Org: stranger.Org, Scope: feedback.ScopeAdmin}, ours.ID, 0},
		"nobody":                  {feedback.Actor{}, ours.ID, 0},
		"no venue":                {owner, "", 0},
		"SQL instead of a venue":  {owner, "' or ''='", 0},
		"somebody without an org": {feedback.Actor{Kind: feedback.ByPerson, OrgRole: feedback.Owner}, ours.ID, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := count(t, store.Rows(t.Context(), s.For(tt.actor, tt.venue)).Model(&feedback.Table{})); got != tt.want {
				t.Errorf("finds %d tables, want %d", got, tt.want)
			}
			joined := store.RowsOf(t.Context(), s.For(tt.actor, tt.venue), "t").Table("tables t").Joins("join venues v on v.id = t.venue_id")
			if got := count(t, joined); got != tt.want {
				t.Errorf("finds %d joined tables, want %d", got, tt.want)
			}
			var changed int64
			storetest.Write(t, s, func(tx store.Tx) error {
				res := store.Rows(t.Context(), tx.At(tt.actor, tt.venue).View).Model(&feedback.Table{}).
					Where("1 = 1").Update("position", gorm.Expr("position + 1"))
				changed = res.RowsAffected
				return res.Error
			})
			if int(changed) != tt.want {
				t.Errorf("changed %d tables, want %d", changed, tt.want)
			}
		})
	}
}

func TestOrg_SpansItsOwnVenues(t *testing.T) {
	s := storetest.New(t)
	owner, ours := storetest.Venue(t, s)
	storetest.Venue(t, s)
	venues, err := s.Org(owner).Venues(t.Context())
	if err != nil || len(venues) != 1 || venues[0].ID != ours.ID {
		t.Errorf("Venues() = %v, %v; want only %s", venues, err, ours.ID)
	}
}

// The timeline can only grow.
func TestEvents_AreAppendOnly(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	storetest.Write(t, s, func(tx store.Tx) error {
		return tx.At(owner, venue.ID).Append(t.Context(), &feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch})
	})
	statements := []string{
		"update events set kind = 'x'", "delete from events",
		"insert into events select * from events where true on conflict (venue_id, seq) do update set kind = 'x'",
	}
	if s.Postgres() {
		statements = append(statements, "truncate events", "truncate events, reports cascade")
	} else {
		statements = append(statements, "replace into events select venue_id, seq, 'x', at, report_id, subject, by_kind, by_id, data, digest, prev, hash from events")
	}
	for _, statement := range statements {
		err := s.Tx(t.Context(), func(tx store.Tx) error { return store.DB(t.Context(), tx).Exec(statement).Error })
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: err = %v, want a refusal", statement, err)
		}
	}
	if n := count(t, store.DB(t.Context(), s).Table("events").Where("kind = ?", feedback.VisitOpened)); n != 1 {
		t.Errorf("%d events, want the one as it was", n)
	}
}

// Nothing that the audit trail says is changed or deleted either.
func TestAudit_IsAppendOnly(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	storetest.Write(t, s, func(tx store.Tx) error {
		return tx.Org(owner).AddAudit(t.Context(), feedback.Audit{
			ID: storetest.ID(), VenueID: venue.ID, At: storetest.Epoch, ByKind: feedback.ByPerson, ByID: owner.ID, Action: "contact.seen", Target: "r", Detail: map[string]string{},
		})
	})
	statements := []string{
		"update audit set by_id = 'somebody else'", "delete from audit",
		"insert into audit select * from audit where true on conflict (id) do update set by_id = 'x'",
	}
	if s.Postgres() {
		statements = append(statements, "truncate audit")
	} else {
		statements = append(statements, "replace into audit select id, org_id, venue_id, at, by_kind, 'x', action, target, detail from audit")
	}
	for _, statement := range statements {
		err := s.Tx(t.Context(), func(tx store.Tx) error { return store.DB(t.Context(), tx).Exec(statement).Error })
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: err = %v, want a refusal", statement, err)
		}
	}
	if n := count(t, store.DB(t.Context(), s).Table("audit").Where("by_id = ? and action = 'contact.seen'", owner.ID)); n != 1 {
		t.Errorf("%d lines, want the one as it was", n)
	}
}

func TestTx_AllOrNothing(t *testing.T) {
	s := storetest.New(t)
	failure := errors.New("no")
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		if err := addOrg(t.Context(), tx, "o1"); err != nil {
			return err
		}
		if !exists(t, tx.Store, "o1") {
			t.Error("a transaction does not see what it wrote")
		}
		if exists(t, s, "o1") {
			t.Error("a reader sees what is not committed")
		}
		return failure
	})
	if !errors.Is(err, failure) || exists(t, s, "o1") {
		t.Errorf("err = %v, row there = %v; want %v and no row", err, exists(t, s, "o1"), failure)
	}
	if err := s.Tx(t.Context(), func(tx store.Tx) error { return addOrg(t.Context(), tx, "o1") }); err != nil || !exists(t, s, "o1") {
		t.Errorf("err = %v, row there = %v; want the row", err, exists(t, s, "o1"))
	}
}

func TestTx_InsideATransactionIsRefused(t *testing.T) {
	s := storetest.New(t)
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.Tx(t.Context(), func(store.Tx) error { return nil })
	})
	if err == nil {
		t.Error("a transaction inside a transaction was accepted")
	}
}

// A panic reaches the goroutine that asked, undoes what fn wrote and spoils
// nothing for others.
func TestTx_Panics(t *testing.T) {
	s := storetest.New(t)
	value := func() (v any) {
		defer func() { v = recover() }()
		_ = s.Tx(t.Context(), func(tx store.Tx) error {
			if err := addOrg(t.Context(), tx, "o1"); err != nil {
				return err
			}
			panic("ouch")
		})
		return nil
	}()
	if value == nil {
		t.Fatal("the panic was swallowed")
	}
	if err, is := value.(error); is && (!strings.Contains(err.Error(), "ouch") || !strings.Contains(err.Error(), "TestTx_Panics")) {
		t.Errorf("panic with %v, want its value and where it was", err)
	}
	if exists(t, s, "o1") {
		t.Error("what fn wrote before the panic stayed")
	}
	storetest.Write(t, s, func(tx store.Tx) error { return addOrg(t.Context(), tx, "o2") })
}

// A request that is cancelled while its transaction runs does not cut it short.
func TestTx_CancelledInTheMiddle(t *testing.T) {
	s := storetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Tx(ctx, func(tx store.Tx) error {
		if err := addOrg(ctx, tx, "o1"); err != nil {
			return err
		}
		cancel()
		return addOrg(ctx, tx, "o2")
	})
	if err != nil {
		t.Errorf("err = %v, want the true outcome", err)
	}
	if !exists(t, s, "o1") || !exists(t, s, "o2") {
		t.Error("a transaction was cut short by its caller")
	}
}

func TestTx_NotBegunForACallerWhoLeft(t *testing.T) {
	s := storetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	err := s.Tx(ctx, func(store.Tx) error { ran = true; return nil })
	if !errors.Is(err, context.Canceled) || ran {
		t.Errorf("err = %v, ran = %v; want context.Canceled and not run", err, ran)
	}
}

func TestReads_EndWithTheCaller(t *testing.T) {
	s := storetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var n int
	if err := store.DB(ctx, s).Raw("select 1").Scan(&n).Error; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// A read that would never end is ended, and says "busy".
func TestReads_AreBounded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var n int64
	err := store.DB(t.Context(), s).Raw(`with recursive endless(n) as (select 1 union all select n + 1 from endless)
		select count(*) from endless where n < 0`).Scan(&n).Error
	if !errors.Is(store.Known(err, "count"), feedback.ErrBusy) {
		t.Errorf("err = %v, want ErrBusy", err)
	}
}

func TestHotPath(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	var seq int64
	storetest.Write(t, s, func(tx store.Tx) error {
		at := tx.At(owner, venue.ID)
		if err := store.Exec(t.Context(), at, "update heads set seq = ? where venue_id = ?", 41, venue.ID); err != nil {
			return err
		}
		return store.One(t.Context(), at.View, []any{&seq}, "update heads set seq = seq + 1 where venue_id = ? returning seq", venue.ID)
	})
	if seq != 42 {
		t.Errorf("seq = %d, want 42", seq)
	}
	err := store.One(t.Context(), s.For(owner, venue.ID), []any{&seq}, "select seq from heads where venue_id = ?", "none")
	if !errors.Is(store.Known(err, "seq"), feedback.ErrNotFound) {
		t.Errorf("no row: err = %v, want ErrNotFound", err)
	}
}

func TestLock_InAnyOrder(t *testing.T) {
	s := storetest.New(t)
	owner, first := storetest.Venue(t, s)
	second := storetest.VenueOf(t, s, owner)
	storetest.Write(t, s, func(tx store.Tx) error {
		if err := tx.Lock(t.Context(), owner, second.ID, first.ID, "none"); err != nil {
			return err
		}
		_, err := tx.At(owner, first.ID).Details(t.Context())
		return err
	})
}

func addOrg(ctx context.Context, tx store.Tx, id string) error {
	return store.Known(store.DB(ctx, tx).Exec("insert into organisations (id, name, created_at) values (?, 'x', 0)", id).Error, "add")
}

// exists asks a store, or the one inside a transaction.
func exists(t *testing.T, s *store.Store, id string) bool {
	t.Helper()
	return count(t, store.DB(t.Context(), s).Table("organisations").Where("id = ?", id)) == 1
}

func count(t *testing.T, q *gorm.DB) int {
	t.Helper()
	var n int64
	if err := q.Count(&n).Error; err != nil {
		t.Fatal(err)
	}
	return int(n)
}
