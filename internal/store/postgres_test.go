package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func postgres(t *testing.T) *store.Store {
	t.Helper()
	if !storetest.Postgres() {
		t.Skip("TEST_POSTGRES is not set")
	}
	return storetest.New(t)
}

// Two transactions that wait for each other: one loses, is run again, and both
// succeed.
func TestPostgres_DeadlockIsRunAgain(t *testing.T) {
	s := postgres(t)
	storetest.Write(t, s, func(tx store.Tx) error {
		return errors.Join(addOrg(t.Context(), tx, "a"), addOrg(t.Context(), tx, "b"))
	})
	var meet sync.WaitGroup // the first runs hold one row each before they ask for the other
	meet.Add(2)
	cross := func(first, second string) func() error {
		runs := 0
		return func() error {
			return s.Tx(t.Context(), func(tx store.Tx) error {
				runs++
				const touch = "update organisations set name = name || '+' where id = ?"
				if err := store.DB(t.Context(), tx).Exec(touch, first).Error; err != nil {
					return store.Known(err, "first")
				}
				if runs == 1 {
					meet.Done()
					meet.Wait()
				}
				return store.Known(store.DB(t.Context(), tx).Exec(touch, second).Error, "second")
			})
		}
	}
	var both sync.WaitGroup
	for _, run := range []func() error{cross("a", "b"), cross("b", "a")} {
		both.Go(func() {
			if err := run(); err != nil {
				t.Errorf("err = %v", err)
			}
		})
	}
	both.Wait()
	if n := count(t, store.DB(t.Context(), s).Table("organisations").Where("name = 'x++'")); n != 2 {
		t.Errorf("%d rows were changed twice, want both", n)
	}
}

func TestPostgres_GivesUpAfterSomeTries(t *testing.T) {
	s := postgres(t)
	runs := 0
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		runs++
		return store.Known(store.DB(t.Context(), tx).Exec("do $$ begin raise exception 'again' using errcode = '40001'; end $$").Error, "try")
	})
	if !errors.Is(err, feedback.ErrBusy) || runs != store.Tries {
		t.Errorf("err = %v after %d runs, want ErrBusy after %d", err, runs, store.Tries)
	}
}

// A line that breaks before COMMIT is answered is not success, and not our fault.
func TestPostgres_LineLost(t *testing.T) {
	s := postgres(t)
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		if err := addOrg(t.Context(), tx, "a"); err != nil {
			return err
		}
		_ = store.DB(t.Context(), tx).Exec("select pg_terminate_backend(pg_backend_pid())")
		return nil
	})
	if !errors.Is(err, feedback.ErrBusy) || exists(t, s, "a") {
		t.Errorf("err = %v, want ErrBusy and no row", err)
	}
}

// However many wait to write to one venue, who reads is not kept waiting, and who
// gives up waiting for a turn may go.
func TestPostgres_WaitingWritesLeaveRoomToRead(t *testing.T) {
	s := postgres(t)
	by, venue := storetest.Venue(t, s)
	write := func(ctx context.Context, then func()) error {
		return s.Tx(ctx, func(tx store.Tx) error {
			err := tx.At(by, venue.ID).Append(ctx, &feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch})
			then()
			return err
		})
	}
	begun, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		if err := write(t.Context(), func() { close(begun); <-end }); err != nil {
			t.Errorf("the one who holds the venue: %v", err)
		}
	})
	<-begun
	ctx, leave := context.WithCancel(t.Context())
	for range 4 * store.Connections {
		all.Go(func() { _ = write(ctx, func() {}) })
	}
	for waiting := 0; waiting < store.Writers-1; { // all but the first
		find(t, store.DB(t.Context(), s).Raw("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"), &waiting)
	}
	for range 20 {
		if _, err := s.For(by, venue.ID).Head(t.Context()); err != nil {
			t.Fatalf("a reader: %v", err)
		}
	}
	leave()
	close(end)
	all.Wait()
}

// At waits for the other transaction at the venue, and only there.
func TestPostgres_AtTakesTurns(t *testing.T) {
	s := postgres(t)
	owner, ours := storetest.Venue(t, s)
	other := storetest.VenueOf(t, s, owner)
	held, end := make(chan struct{}), make(chan struct{})
	var turns sync.WaitGroup
	turns.Go(func() {
		storetest.Write(t, s, func(tx store.Tx) error {
			_ = tx.At(owner, ours.ID)
			close(held)
			<-end
			return nil
		})
	})
	<-held
	storetest.Table(t, s, owner, other.ID, "1")
	taken := func() int {
		return count(t, store.DB(t.Context(), s).Table("(select 1 from venues where id = ? for no key update skip locked) as free", ours.ID))
	}
	if taken() != 0 {
		t.Error("nobody is waited for at the venue")
	}
	close(end)
	turns.Wait()
	if taken() != 1 {
		t.Error("the venue stays taken after the transaction")
	}
}

// Who waits too long for a venue is told so by the first query.
func TestPostgres_AtGivesUp(t *testing.T) {
	t.Parallel()
	s := postgres(t)
	owner, venue := storetest.Venue(t, s)
	storetest.Write(t, s, func(tx store.Tx) error {
		_ = tx.At(owner, venue.ID)
		err := s.Tx(t.Context(), func(second store.Tx) error {
			_, err := second.At(owner, venue.ID).Details(t.Context())
			return err
		})
		if !errors.Is(err, feedback.ErrBusy) {
			t.Errorf("err = %v, want ErrBusy", err)
		}
		return nil
	})
}

func TestPostgres_NoServer(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", store.Options{})
	if !errors.Is(err, feedback.ErrBusy) {
		t.Errorf("err = %v, want ErrBusy", err)
	}
	if _, err := store.Open(t.Context(), "postgres://host:notaport/", store.Options{}); !errors.Is(err, feedback.ErrInvalid) {
		t.Errorf("err = %v, want ErrInvalid", err)
	}
}
