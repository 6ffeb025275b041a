package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestOnce_OfManyAtOnceOneIsCarriedOut(t *testing.T) {
	s := storetest.New(t)
	rq := feedback.Request{Key: "k", Hash: "h"}
	var won atomic.Int32
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			err := s.Tx(t.Context(), func(tx store.Tx) error { return tx.Once(t.Context(), "me", rq, "ref", storetest.Epoch) })
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, feedback.ErrConflict):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d were carried out", won.Load())
	}
}

func TestRepeated(t *testing.T) {
	s := storetest.New(t)
	rq := feedback.Request{Key: "k", Hash: "h"}
	storetest.Write(t, s, func(tx store.Tx) error { return tx.Once(t.Context(), "me", rq, "ref", storetest.Epoch) })
	a, found, err := s.Repeated(t.Context(), "me", rq)
	if err != nil || !found || a.Ref != "ref" || a.Status != 0 {
		t.Errorf("%+v, %v, %v", a, found, err)
	}
	if err := s.Keep(t.Context(), "me", "k", 201, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if a, _, err := s.Repeated(t.Context(), "me", rq); err != nil || a.Status != 201 || string(a.Body) != "{}" {
		t.Errorf("kept: %+v, %v", a, err)
	}
	for what, other := range map[string]struct {
		scope string
		rq    feedback.Request
	}{"another key": {"me", feedback.Request{Key: "l", Hash: "h"}}, "somebody else": {"you", rq}} {
		if _, found, err := s.Repeated(t.Context(), other.scope, other.rq); found || err != nil {
			t.Errorf("%s: found %v, %v", what, found, err)
		}
	}
	if _, found, err := s.Repeated(t.Context(), "me", feedback.Request{Key: "k", Hash: "other"}); found || !errors.Is(err, feedback.ErrInvalid) {
		t.Errorf("another body: found %v, %v", found, err)
	}
	forget := func(now time.Time) {
		t.Helper()
		if err := s.ForgetRequests(t.Context(), now.Add(-store.RequestsLife)); err != nil {
			t.Fatal(err)
		}
	}
	forget(storetest.Epoch.Add(store.RequestsLife))
	if _, found, _ := s.Repeated(t.Context(), "me", rq); !found {
		t.Error("forgotten too early")
	}
	forget(storetest.Epoch.Add(store.RequestsLife + time.Second))
	if _, found, _ := s.Repeated(t.Context(), "me", rq); found {
		t.Error("kept for longer than a week")
	}
}
