package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

func TestSubmit_KeepsWhatTheGuestSaid(t *testing.T) {
	h := newHouse(t)
	got, err := h.Submit(t.Context(), desk.NewReport{
		Code: strings.ToLower(h.code.Short), Rating: 2, Causes: []string{"cold", "cold", ""}, Words: "  Cold\x00 soup ", Language: "en",
		Handling: feedback.ContactLater, Contact: feedback.Contact{Name: " Ada\n", Email: "ada@example.com"},
	})
	must(t, err)
	r := h.report(t, got.ID)
	if r.Words != "Cold soup" || len(r.Causes) != 1 || r.TableID != h.table.ID || r.CodeID != h.code.ID || r.Status != feedback.Open || r.Version != 1 {
		t.Errorf("stored %+v", r)
	}
	if got.Withdrawn() || got.Status != r.Status {
		t.Errorf("answered %+v", got)
	}
	// 13:00 in Berlin.
	if r.Hour != 13 || r.Day != "2026-11-20" || !r.DueAt.Equal(r.CreatedAt.Add(3*time.Minute)) || !r.Since.Equal(r.CreatedAt) {
		t.Errorf("hour %d, day %s, due %s, since %s", r.Hour, r.Day, r.DueAt, r.Since)
	}
	c, err := h.Contact(t.Context(), h.manager, h.venue.ID, r.ID)
	if must(t, err); c.Name != "Ada" || c.Email != "ada@example.com" {
		t.Errorf("contact %+v", c)
	}
	h.wantKinds(t, r.ID, "created")
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	if must(t, err); !bytes.Equal(events[0].Digest, feedback.Digest(r.Salt, r.Words)) {
		t.Error("the timeline does not hold the words to what they were")
	}
	if h.woken[len(h.woken)-1] != h.venue.ID {
		t.Errorf("woke %q", h.woken)
	}
}

func TestSubmit_TrustsByWhatIsKnown(t *testing.T) {
	h := newHouse(t)
	open := func(check, server string) string {
		id, _, err := h.OpenVisit(t.Context(), h.waiter, h.venue.ID, desk.NewVisit{Table: "1", Check: check, Server: server, Expires: 3 * time.Hour})
		must(t, err)
		return id
	}
	want := func(what string, r feedback.Report, trust feedback.Trust, visit, server string, followUp bool) {
		t.Helper()
		if r.Trust != trust || r.VisitID != visit || r.Server != server || r.FollowUp != followUp {
			t.Errorf("%s: trust %s, visit %q, server %q, follow-up %v; want %s, %q, %q, %v",
				what, r.Trust, r.VisitID, r.Server, r.FollowUp, trust, visit, server, followUp)
		}
	}
	r, _ := h.send(t)
	want("nobody sits there", r, feedback.TrustTable, "", "", false)

	first := open("A-1", "Paul")
	r, _ = h.send(t)
	want("one party sits there", r, feedback.TrustOpenTable, first, "Paul", false)

	receipt := h.visitCode(t, first)
	byReceipt := func(in *desk.NewReport) { in.Code = receipt.Code }
	r, _ = h.send(t, byReceipt)
	want("by the receipt", r, feedback.TrustVisit, first, "Paul", false)

	second := open("A-2", "Maria")
	r, _ = h.send(t)
	want("two parties sit there", r, feedback.TrustOpenTable, "", "", false)

	must(t, h.CloseVisit(t.Context(), h.waiter, h.venue.ID, first))
	r, _ = h.send(t)
	want("one has left", r, feedback.TrustOpenTable, second, "Maria", false)
	r, _ = h.send(t, byReceipt)
	want("from home", r, feedback.TrustVisit, first, "Paul", true)
	if n := h.jobs(t, feedback.JobWatch, r.ID); n != 0 || r.Status != feedback.Open {
		t.Errorf("a report from home is %s and is watched by %d timers, want it open and not watched", r.Status, n)
	}

	h.clk.advance(3 * time.Hour)
	r, _ = h.send(t)
	want("both visits have expired", r, feedback.TrustTable, "", "", false)
	_, err := h.Submit(t.Context(), desk.NewReport{Code: receipt.Code, Rating: 2, Language: "en"})
	wantErr(t, "the receipt has expired", err, feedback.ErrGone)
	_, err = h.Submit(t.Context(), desk.NewReport{Code: receipt.Code, Rating: 2, Language: "en", Opened: h.clk.now().Add(-time.Minute)})
	must(t, err) // the form was opened in time
}

func TestSubmit_RefusesWhatCannotBeKept(t *testing.T) {
	h := newHouse(t)
	in := h.complaint()
	in.Rating, in.Handling = 9, feedback.ContactLater
	_, err := h.Submit(t.Context(), in)
	wantProblem(t, "nine stars", err, "rating")
	wantProblem(t, "contact me, but how", err, "contact")
	for _, code := range []string{"", "0000000000", "' or 1=1 --", h.code.Code[:25]} {
		in := h.complaint()
		in.Code = code
		_, err := h.Submit(t.Context(), in)
		wantErr(t, "code "+code, err, feedback.ErrNotFound)
	}
	rs, err := h.s.For(h.manager, h.venue.ID).Reports(t.Context(), store.Filter{})
	if must(t, err); len(rs) != 0 {
		t.Errorf("%d reports were kept all the same", len(rs))
	}
}

func TestSubmit_AMarkedReportIsKeptAndWaits(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, func(in *desk.NewReport) { in.Marked = true })
	if !r.ToCheck || r.Status != feedback.Open {
		t.Errorf("stored %+v, want it open and marked", r)
	}
	h.clk.advance(30 * time.Minute)
	h.drain(t)
	h.wantKinds(t, r.ID, "created") // pages nobody
}

func TestSubmit_ACodeThatEndedTakesWhatWasOpenedBefore(t *testing.T) {
	h := newHouse(t)
	opened := h.clk.now()
	h.clk.advance(time.Minute)
	must(t, h.RevokeCode(t.Context(), h.manager, h.venue.ID, h.table.ID))
	h.clk.advance(time.Minute)
	in := h.complaint()
	_, err := h.Submit(t.Context(), in)
	wantErr(t, "revoked", err, feedback.ErrNotFound)
	in.Opened = opened
	_, err = h.Submit(t.Context(), in)
	must(t, err)
}

// T06: however often and however many at once.
func TestSubmit_OneKeyIsOneReport(t *testing.T) {
	h := newHouse(t)
	in := h.complaint()
	in.Request = feedback.Request{Key: "k", Hash: "h"}
	const n = 1000
	ids := make([]string, n)
	errs := make([]error, n)
	together(n, func(i int) {
		mine := in
		mine.Request.Replayed = new(bool)
		r, err := h.Submit(t.Context(), mine)
		for errors.Is(err, feedback.ErrBusy) { // more than the queue holds: a guest's phone tries again
			r, err = h.Submit(t.Context(), mine)
		}
		ids[i], errs[i] = r.ID, err
	})
	must(t, errors.Join(errs...))
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two reports: %s and %s", id, ids[0])
		}
	}
	rs, err := h.s.For(h.manager, h.venue.ID).Reports(t.Context(), store.Filter{})
	if must(t, err); len(rs) != 1 {
		t.Errorf("%d reports, want one", len(rs))
	}
	h.wantKinds(t, ids[0], "created")
}

func TestSubmit_AKeyAnswersTheSameAndOnlyTheSame(t *testing.T) {
	h := newHouse(t)
	in := h.complaint()
	in.Request = feedback.Request{Key: "k", Hash: "h", Replayed: new(bool)}
	first, err := h.Submit(t.Context(), in)
	must(t, err)
	if *in.Request.Replayed {
		t.Error("the first time counts as a repetition")
	}
	again, err := h.Submit(t.Context(), in)
	if must(t, err); again.ID != first.ID || !*in.Request.Replayed {
		t.Errorf("repeated: %s, replayed %v; want %s", again.ID, *in.Request.Replayed, first.ID)
	}

	other := in
	other.Request.Hash = "other body"
	_, err = h.Submit(t.Context(), other)
	wantProblem(t, "another body", err, "Idempotency-Key")

	elsewhere := in
	elsewhere.Code = h.codeOf(t, h.second.ID).Code
	r, err := h.Submit(t.Context(), elsewhere)
	if must(t, err); r.ID == first.ID {
		t.Error("a key of one code answers for another code")
	}

	// What was received stays received, also when the code ends before the guest hears of it.
	must(t, h.RevokeCode(t.Context(), h.manager, h.venue.ID, h.table.ID))
	again, err = h.Submit(t.Context(), in)
	if must(t, err); again.ID != first.ID {
		t.Errorf("repeated after the code was revoked: %s, want %s", again.ID, first.ID)
	}
	fresh := in
	fresh.Request.Key = "another"
	_, err = h.Submit(t.Context(), fresh)
	wantErr(t, "a new report on a revoked code", err, feedback.ErrNotFound)
}

func TestSubmit_AFailedTryIsNotRemembered(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	early, _ := with(h.waiter, "k", "h")
	wantErr(t, "release what nobody took", h.Release(t.Context(), early, h.venue.ID, r.ID), feedback.ErrConflict)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	now, replayed := with(h.waiter, "k", "h")
	must(t, h.Release(t.Context(), now, h.venue.ID, r.ID))
	if got := h.report(t, r.ID).Status; got != feedback.Open || *replayed {
		t.Errorf("the second try left it %s, replayed %v; want it open", got, *replayed)
	}
	must(t, h.Take(t.Context(), h.other, h.venue.ID, r.ID, ""))
	must(t, h.Release(t.Context(), now, h.venue.ID, r.ID)) // the same request again
	if got := h.report(t, r.ID); got.Status != feedback.Taken || !*replayed {
		t.Errorf("the repeated release left it %s, replayed %v; want it still taken", got.Status, *replayed)
	}
	h.wantKinds(t, r.ID, "created", "taken", "released", "taken")
}

// Two people may use the same key; it is theirs alone.
func TestRequests_KeysBelongToWhoSentThem(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	for i, by := range []feedback.Actor{h.waiter, h.manager} {
		by, replayed := with(by, "k", "h")
		must(t, h.Say(t.Context(), by, h.venue.ID, r.ID, feedback.Message{Text: fmt.Sprint(i)}))
		must(t, h.Say(t.Context(), by, h.venue.ID, r.ID, feedback.Message{Text: fmt.Sprint(i)}))
		if !*replayed {
			t.Errorf("%s's repetition was carried out", by.Name)
		}
	}
	ms, err := h.s.For(h.manager, h.venue.ID).Messages(t.Context(), r.ID, true)
	if must(t, err); len(ms) != 2 {
		t.Errorf("%d messages, want one of each", len(ms))
	}
}

func TestWriteDown_ByStaffForAGuest(t *testing.T) {
	h := newHouse(t)
	in := h.complaint()
	in.Code, in.Marked = "", true
	id, err := h.WriteDown(t.Context(), h.waiter, h.venue.ID, "2", in)
	must(t, err)
	r := h.report(t, id)
	if r.TableID != h.second.ID || r.WroteBy != h.waiter.Person || r.CodeID != "" || r.Trust != feedback.TrustTable || r.ToCheck {
		t.Errorf("stored %+v", r)
	}
	_, err = h.WriteDown(t.Context(), h.waiter, h.venue.ID, "99", in)
	wantProblem(t, "no such table", err, "table")
}
