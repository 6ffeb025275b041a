package desk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// lane lists the reports that wait to be followed up.
func (h *house) lane(t *testing.T) []store.FollowUp {
	t.Helper()
	at := h.s.For(h.manager, h.venue.ID)
	due, err := at.FollowUps(t.Context())
	must(t, err)
	n, err := at.ToFollow(t.Context())
	must(t, err)
	if n != len(due) {
		t.Errorf("ToFollow is %d, the lane has %d", n, len(due))
	}
	return due
}

func TestFollowUp_FromUnresolvedToSettled(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) { v.ContactDays = 10 })
	r, _ := h.send(t, leavesContact)
	if got := h.lane(t); len(got) != 0 {
		t.Fatalf("while it waits at the table the lane has %d", len(got))
	}
	must(t, h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "guest_left", ""))
	got := h.lane(t)
	if len(got) != 1 || got[0].ID != r.ID || !got[0].ByPhone && !got[0].ByEmail {
		t.Fatalf("the lane has %+v, want the report", got)
	}
	if want := h.clk.now().Add(10 * 24 * time.Hour); !got[0].ExpiresAt.Equal(want) {
		t.Errorf("contact details live until %v, want the venue's ten days: %v", got[0].ExpiresAt, want)
	}
	for who, by := range map[string]feedback.Actor{"staff": h.waiter, "a reading key": {Kind: feedback.ByKey, Org: h.owner.Org, ID: "k", Scope: feedback.ScopeRead}} {
		if err := h.FollowUp(t.Context(), by, h.venue.ID, r.ID, desk.Followed{Outcome: feedback.Reached}); !errors.Is(err, feedback.ErrForbidden) {
			t.Errorf("%s: %v, want ErrForbidden", who, err)
		}
	}
	note := desk.Followed{Outcome: feedback.NotReached, Recovery: feedback.Recovery{Note: "No answer at 11."}}
	once := h.manager
	once.Request = feedback.Request{Key: "k1", Hash: "h"}
	must(t, h.FollowUp(t.Context(), once, h.venue.ID, r.ID, note))
	must(t, h.FollowUp(t.Context(), once, h.venue.ID, r.ID, note)) // sent twice
	if got := h.lane(t); len(got) != 1 || got[0].Followed != feedback.NotReached {
		t.Fatalf("after a call in vain the lane has %+v", got)
	}
	done := desk.Followed{Outcome: feedback.Settled, Recovery: feedback.Recovery{Actions: []string{"voucher"}, Cost: feedback.Money{Amount: 2000, Currency: "EUR"}}}
	var refused int
	together(3, func(int) {
		if err := h.FollowUp(t.Context(), h.manager, h.venue.ID, r.ID, done); errors.Is(err, feedback.ErrConflict) {
			refused++
		} else {
			must(t, err)
		}
	})
	r = h.report(t, r.ID)
	if r.Status != feedback.Unresolved || r.Followed != feedback.Settled || r.Cost != 2000 || !slices.Equal(r.Actions, []string{"voucher"}) {
		t.Errorf("settled it is %s, %s, %d, %q", r.Status, r.Followed, r.Cost, r.Actions)
	}
	if got := h.lane(t); len(got) != 0 {
		t.Errorf("settled, the lane still has %+v", got)
	}
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	var what []string
	for _, e := range events {
		if e.Kind == feedback.ReportChanged {
			what = append(what, e.Data.What)
		}
	}
	if !slices.Equal(what, []string{"not_reached", "settled"}) {
		t.Errorf("the timeline says %q", what)
	}
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, r.ID))
	must(t, h.Unresolved(t.Context(), h.manager, h.venue.ID, r.ID, "other", ""))
	if got := h.lane(t); len(got) != 1 {
		t.Errorf("reopened and lost again, the lane has %d, want it back", len(got))
	}
	h.clk.advance(11 * 24 * time.Hour)
	h.drain(t)
	if got := h.lane(t); len(got) != 0 {
		t.Errorf("without contact details the lane has %+v", got)
	}
}

// A guest who wanted to be contacted is resolved by it.
func TestFollowUp_ResolvesWhatWaited(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, leavesContact, func(in *desk.NewReport) { in.Handling = feedback.ContactLater })
	if got := h.lane(t); len(got) != 1 {
		t.Fatalf("the lane has %d, want the guest who wants a call", len(got))
	}
	h.clk.advance(time.Hour)
	if err := h.FollowUp(t.Context(), h.manager, h.venue.ID, r.ID, desk.Followed{Outcome: feedback.Settled}); !errors.Is(err, feedback.ErrInvalid) {
		t.Errorf("settled by nothing: %v, want ErrInvalid", err)
	}
	must(t, h.FollowUp(t.Context(), h.manager, h.venue.ID, r.ID, desk.Followed{Outcome: feedback.Settled, Recovery: feedback.Recovery{Note: "Sorry said."}}))
	r = h.report(t, r.ID)
	if r.Status != feedback.Resolved || r.TakenBy != h.manager.Person || !r.EndedAt.Equal(h.clk.now()) || r.Note != "Sorry said." {
		t.Errorf("settled it is %s, of %q, ended %v, %q", r.Status, r.TakenBy, r.EndedAt, r.Note)
	}
	h.wantKinds(t, r.ID, "created", "message note", "taken", "resolved", "changed settled")
	if err := h.FollowUp(t.Context(), h.manager, h.venue.ID, r.ID, desk.Followed{Outcome: feedback.Reached}); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("once it is over: %v, want ErrConflict", err)
	}
}
