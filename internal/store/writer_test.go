package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// sqlite returns a migrated store on SQLite, whatever other tests run on.
func sqlite(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	s := storetest.Open(t, filepath.Join(t.TempDir(), "m.db"), opts)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// held occupies the writer until release is called, so that what is asked
// meanwhile forms one batch.
func held(t *testing.T, s *store.Store) (release func()) {
	t.Helper()
	began, end, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		var once sync.Once
		if err := s.Tx(context.Background(), func(store.Tx) error { once.Do(func() { close(began) }); <-end; return nil }); err != nil {
			t.Errorf("the one that holds: %v", err)
		}
	}()
	<-began
	return func() { close(end); <-over }
}

// asked is a write that waits in the queue, or its outcome.
type asked struct {
	done  chan struct{}
	err   error
	panic any
}

// ask starts a write and returns when it waits in the queue as number n.
func ask(t *testing.T, s *store.Store, ctx context.Context, n int, fn func(store.Tx) error) *asked {
	t.Helper()
	a := &asked{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		defer func() { a.panic = recover() }()
		a.err = s.Tx(ctx, fn)
	}()
	for store.Waiting(s) < n {
		select {
		case <-a.done:
			t.Fatalf("write %d did not wait: %v", n, a.err)
		default:
		}
	}
	return a
}

func add(ctx context.Context, id string) func(store.Tx) error {
	return func(tx store.Tx) error { return addOrg(ctx, tx, id) }
}

// In one batch one fails, one panics and one leaves: each alone.
func TestWriter_EachFailsAlone(t *testing.T) {
	s := sqlite(t, store.Options{})
	release := held(t, s)
	ctx := t.Context()
	leaving, leave := context.WithCancel(ctx)
	failure := errors.New("no")
	ran := false

	var order []string
	noted := func(id string) func(store.Tx) error {
		return func(tx store.Tx) error { order = append(order, id); return addOrg(ctx, tx, id) }
	}
	first := ask(t, s, ctx, 1, noted("first"))
	fails := ask(t, s, ctx, 2, func(tx store.Tx) error { return errors.Join(addOrg(ctx, tx, "fails"), failure) })
	panics := ask(t, s, ctx, 3, func(tx store.Tx) error { _ = addOrg(ctx, tx, "panics"); panic("ouch") })
	leaves := ask(t, s, leaving, 4, func(tx store.Tx) error { ran = true; return addOrg(ctx, tx, "leaves") })
	refused := ask(t, s, ctx, 5, func(tx store.Tx) error {
		_ = addOrg(ctx, tx, "refused")
		return addOrg(ctx, tx, "first")
	})
	last := ask(t, s, ctx, 6, noted("last"))
	leave()
	<-leaves.done
	release()
	for _, a := range []*asked{first, fails, panics, refused, last} {
		<-a.done
	}

	if first.err != nil || last.err != nil {
		t.Errorf("first: %v, last: %v; want both to succeed", first.err, last.err)
	}
	if !errors.Is(fails.err, failure) {
		t.Errorf("fails: err = %v, want its own", fails.err)
	}
	if panics.panic == nil {
		t.Error("panics: the panic did not arrive")
	}
	if !errors.Is(leaves.err, context.Canceled) || ran {
		t.Errorf("leaves: err = %v, ran = %v; want context.Canceled and not run", leaves.err, ran)
	}
	if !errors.Is(refused.err, feedback.ErrConflict) {
		t.Errorf("refused: err = %v, want ErrConflict", refused.err)
	}
	if fmt.Sprint(order) != "[first last]" {
		t.Errorf("order = %v", order)
	}
	for id, want := range map[string]bool{"first": true, "last": true, "fails": false, "panics": false, "leaves": false, "refused": false} {
		if exists(t, s, id) != want {
			t.Errorf("row of %s: there = %v, want %v", id, !want, want)
		}
	}
}

// All of a batch share one COMMIT: nobody's row is seen before.
func TestWriter_CommitsTogether(t *testing.T) {
	s := sqlite(t, store.Options{})
	release := held(t, s)
	a := ask(t, s, t.Context(), 1, add(t.Context(), "a"))
	seen := true
	b := ask(t, s, t.Context(), 2, func(tx store.Tx) error {
		seen = exists(t, s, "a")
		if !exists(t, tx.Store, "a") {
			t.Error("b is not in a's transaction")
		}
		return nil
	})
	release()
	<-a.done
	<-b.done
	if seen || !exists(t, s, "a") {
		t.Error("a was committed before b ran, or not at all")
	}
}

// A func that brings the shared transaction down is run again alone, as are
// the others, and only it fails.
func TestWriter_TransactionKilled(t *testing.T) {
	s := sqlite(t, store.Options{})
	release := held(t, s)
	ctx := t.Context()
	runs := 0
	before := ask(t, s, ctx, 1, func(tx store.Tx) error { runs++; return addOrg(ctx, tx, "before") })
	kills := ask(t, s, ctx, 2, func(tx store.Tx) error {
		_ = addOrg(ctx, tx, "killer")
		_ = store.DB(ctx, tx).Exec("rollback")
		return nil // it does not even notice
	})
	after := ask(t, s, ctx, 3, add(ctx, "after"))
	release()
	for _, a := range []*asked{before, kills, after} {
		<-a.done
	}
	if before.err != nil || after.err != nil || runs != 2 {
		t.Errorf("before: %v (%d runs), after: %v; want success, each alone", before.err, runs, after.err)
	}
	if kills.err == nil {
		t.Error("the killer was told that all went well")
	}
	if !exists(t, s, "before") || !exists(t, s, "after") || exists(t, s, "killer") {
		t.Error("rows are not those of the ones that succeeded")
	}
}

// A full disk is "busy" for those who need space, and the writer goes on.
func TestWriter_DiskFull(t *testing.T) {
	s := sqlite(t, store.Options{Fatal: func(err error) { t.Errorf("fatal: %v", err) }})
	limit := func(pages int) {
		storetest.Write(t, s, func(tx store.Tx) error {
			return store.DB(t.Context(), tx).Exec(fmt.Sprintf("pragma max_page_count = %d", pages)).Error
		})
	}
	limit(1) // SQLite takes the size it has
	big := fmt.Sprintf("%0100000d", 7)
	fill := func(tx store.Tx) error {
		err := store.DB(t.Context(), tx).Exec("insert into organisations (id, name, created_at) values ('big', ?, 0)", big).Error
		_ = addOrg(t.Context(), tx, "beside") // must not be committed alone
		return store.Known(err, "fill")
	}
	release := held(t, s)
	full := ask(t, s, t.Context(), 1, fill)
	small := ask(t, s, t.Context(), 2, add(t.Context(), "small"))
	release()
	<-full.done
	<-small.done
	if !errors.Is(full.err, feedback.ErrBusy) {
		t.Errorf("full: err = %v, want ErrBusy", full.err)
	}
	if small.err != nil || !exists(t, s, "small") || exists(t, s, "beside") {
		t.Errorf("small: %v; want it alone to be stored", small.err)
	}
	limit(1 << 30)
	if err := s.Tx(t.Context(), fill); err != nil && !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("with space again: %v", err)
	}
}

func TestWriter_QueueFull(t *testing.T) {
	s := sqlite(t, store.Options{})
	release := held(t, s)
	nothing := func(store.Tx) error { return nil }
	waiting := make([]*asked, store.MaxQueue)
	for i := range waiting {
		waiting[i] = ask(t, s, t.Context(), i+1, nothing)
	}
	if err := s.Tx(t.Context(), nothing); !errors.Is(err, feedback.ErrBusy) {
		t.Errorf("one too many: err = %v, want ErrBusy", err)
	}
	release()
	for i, a := range waiting {
		if <-a.done; a.err != nil {
			t.Errorf("write %d: %v", i, a.err)
		}
	}
}

// Close finishes what was accepted and refuses what comes later.
func TestWriter_Close(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.db")
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	release := held(t, s)
	accepted := make([]*asked, 2*store.MaxBatch+1)
	for i := range accepted {
		accepted[i] = ask(t, s, t.Context(), i+1, add(t.Context(), fmt.Sprint("accepted", i)))
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	<-store.Closing(s)
	if err := s.Tx(t.Context(), add(t.Context(), "late")); !errors.Is(err, feedback.ErrBusy) {
		t.Errorf("while closing: err = %v, want ErrBusy", err)
	}
	release()
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	again := storetest.Open(t, path, store.Options{})
	for i, a := range accepted {
		if <-a.done; a.err != nil || !exists(t, again, fmt.Sprint("accepted", i)) {
			t.Errorf("accepted %d before Close: %v", i, a.err)
		}
	}
	if exists(t, again, "late") {
		t.Error("the file holds what was refused")
	}
}

// Many callers with everything at once: what was acknowledged is there, once,
// and numbered without gaps.
func TestWriter_ManyCallers(t *testing.T) {
	s := sqlite(t, store.Options{})
	owner, venue := storetest.Venue(t, s)
	const callers, each = 32, 20
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for i := range each {
				err := s.Tx(t.Context(), func(tx store.Tx) error {
					ev := feedback.Event{Kind: feedback.VisitOpened, Subject: fmt.Sprint(c, "-", i), At: storetest.Epoch}
					if err := tx.At(owner, venue.ID).Append(t.Context(), &ev); err != nil {
						return err
					}
					if i%5 == 4 {
						return feedback.ErrConflict // and the number is given back
					}
					return nil
				})
				if want := i%5 == 4; want != errors.Is(err, feedback.ErrConflict) || !want && err != nil {
					t.Errorf("caller %d, write %d: %v", c, i, err)
				}
			}
		})
	}
	all.Wait()
	var got struct{ N, Low, High, Subjects int }
	find(t, store.DB(t.Context(), s).Raw("select count(*) as n, min(seq) as low, max(seq) as high, count(distinct subject) as subjects from events"), &got)
	if n := callers * each * 4 / 5; got.N != n || got.Low != 1 || got.High != n || got.Subjects != n {
		t.Errorf("timeline %+v, want 1 to %d without gaps", got, n)
	}
}
