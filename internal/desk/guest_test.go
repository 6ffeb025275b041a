package desk_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

func TestGuest_IsWhoHoldsTheToken(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	if guest.ID != r.ID || guest.Venue != h.venue.ID || guest.Kind != feedback.ByGuest || guest.Org != h.owner.Org {
		t.Errorf("the token stands for %+v", guest)
	}
	token := h.StatusToken(r.ID)
	if len(token) != 52 || strings.Contains(token, r.ID) {
		t.Errorf("token %q", token)
	}
	if _, err := h.Guest(t.Context(), strings.ToLower(token)); err != nil {
		t.Errorf("typed in small letters: %v", err)
	}
	other, _ := h.send(t)
	forged := h.StatusToken(r.ID)[:26] + h.StatusToken(other.ID)[26:]
	for what, wrong := range map[string]string{
		"empty": "", "a code": h.code.Code, "cut off": token[:51], "longer": token + "0", "spliced": forged,
		"one letter off": flip(token, 0), "one letter off in the seal": flip(token, 30), "spare bits set": token[:51] + "1",
		"of a report that never was": h.StatusToken("01890000-0000-7000-8000-000000000000"),
	} {
		_, err := h.Guest(t.Context(), wrong)
		wantErr(t, what, err, feedback.ErrNotFound)
	}
	h.clk.advance(feedback.StatusLife - time.Second)
	_, err := h.Guest(t.Context(), token)
	must(t, err)
	h.clk.advance(time.Second)
	_, err = h.Guest(t.Context(), token)
	wantErr(t, "after three days", err, feedback.ErrNotFound)
}

func flip(s string, i int) string {
	b := []byte(s)
	if b[i] == '2' {
		b[i] = '3'
	} else {
		b[i] = '2'
	}
	return string(b)
}

func TestGuest_SeesOnlyTheirOwnReport(t *testing.T) {
	h := newHouse(t)
	_, guest := h.send(t)
	other, _ := h.send(t)
	at := h.s.For(guest, h.venue.ID)
	_, err := at.Report(t.Context(), other.ID)
	wantErr(t, "another guest's report", err, feedback.ErrNotFound)
	_, err = at.Messages(t.Context(), other.ID, false)
	wantErr(t, "another guest's messages", err, feedback.ErrNotFound)
	_, err = at.EventsOf(t.Context(), other.ID)
	wantErr(t, "another guest's timeline", err, feedback.ErrNotFound)
	_, err = h.Contact(t.Context(), guest, h.venue.ID, guest.ID)
	wantErr(t, "contact details, even their own", err, feedback.ErrForbidden)
}

func TestJudge_OnlyWhatWasResolved(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	wantErr(t, "while open", h.Judge(t.Context(), guest, feedback.Yes, ""), feedback.ErrConflict)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	wantErr(t, "while taken", h.Judge(t.Context(), guest, feedback.NotYet, ""), feedback.ErrConflict)
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	wantProblem(t, "a word of their own", h.Judge(t.Context(), guest, "meh", ""), "verdict")
	wantProblem(t, "no word", h.Judge(t.Context(), guest, feedback.NoVerdict, ""), "verdict")
	must(t, h.Judge(t.Context(), guest, feedback.Partly, "Still\x00 salty"))
	got := h.report(t, r.ID)
	if got.Verdict != feedback.Partly || got.Said != "Still salty" || got.Status != feedback.Resolved {
		t.Errorf("judged: %+v", got)
	}
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), r.ID)
	must(t, err)
	last := events[len(events)-1]
	if last.Data.Verdict != feedback.Partly || last.ByKind != feedback.ByGuest || last.ByID != "" || !bytes.Equal(last.Digest, feedback.Digest(got.Salt, got.Said)) {
		t.Errorf("the timeline says %+v", last)
	}
}

// The first "not yet" brings it to somebody else and a manager, the second ends it.
func TestJudge_NotYet(t *testing.T) {
	h := newHouse(t)
	r, guest := h.resolved(t, h.waiter)
	h.clk.advance(time.Minute)
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, "Cold again"))
	got := h.report(t, r.ID)
	if got.Status != feedback.Open || got.NotFor != h.waiter.Person || got.Level != 1 || !got.DueAt.Equal(h.clk.now().Add(3*time.Minute)) || got.Reopenings != 1 {
		t.Errorf("reopened: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "taken", "resolved", "verdict", "reopened", "escalated")
	wantErr(t, "taken by the same", h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""), feedback.ErrForbidden)
	wantErr(t, "given to the same", h.Take(t.Context(), h.other, h.venue.ID, r.ID, h.waiter.Person), feedback.ErrForbidden)
	wantErr(t, "closed by the same", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade), feedback.ErrForbidden)

	must(t, h.Take(t.Context(), h.other, h.venue.ID, r.ID, ""))
	must(t, h.Resolve(t.Context(), h.other, h.venue.ID, r.ID, remade))
	if got := h.report(t, r.ID); got.Verdict != feedback.NoVerdict || got.Said != "" {
		t.Errorf("after the second try the first verdict still stands: %q", got.Verdict)
	}
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, ""))
	got = h.report(t, r.ID)
	if got.Status != feedback.Unresolved || got.Verdict != feedback.NotYet || !got.EndedAt.Equal(h.clk.now()) || got.Level < 1 {
		t.Errorf("ended: %+v", got)
	}
	wantErr(t, "a third time", h.Judge(t.Context(), guest, feedback.NotYet, ""), feedback.ErrConflict)
	kinds := h.kinds(t, r.ID)
	if tail := strings.Join(kinds[len(kinds)-3:], " "); tail != "verdict unresolved escalated" {
		t.Errorf("it ends with %s", tail)
	}
	h.walk(t)
}

func TestJudge_AManagerMayTakeItAgain(t *testing.T) {
	h := newHouse(t)
	r, guest := h.resolved(t, h.manager)
	must(t, h.Judge(t.Context(), guest, feedback.NotYet, ""))
	must(t, h.Take(t.Context(), h.manager, h.venue.ID, r.ID, ""))
}

func TestCall(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Call(t.Context(), guest))
	h.clk.advance(feedback.CallAgain - time.Second)
	wait, ok := errors.AsType[feedback.WaitError](h.Call(t.Context(), guest))
	if !ok || wait.For != time.Second {
		t.Errorf("called again too soon: %+v", wait)
	}
	h.clk.advance(time.Second)
	must(t, h.Call(t.Context(), guest))
	must(t, h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "other", ""))
	h.clk.advance(feedback.CallAgain)
	wantErr(t, "over", h.Call(t.Context(), guest), feedback.ErrConflict)
	h.wantKinds(t, r.ID, "created", "changed call", "changed call", "unresolved")
}

func TestCall_APraiseThatCallsNeedsSomebody(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t, func(in *desk.NewReport) { in.Rating, in.Causes, in.Handling = 5, nil, "" })
	if r.Status != feedback.Noted || h.jobs(t, feedback.JobWatch, r.ID) != 0 {
		t.Fatalf("praise is %s", r.Status)
	}
	h.clk.advance(10 * time.Minute)
	must(t, h.Call(t.Context(), guest))
	got := h.report(t, r.ID)
	if got.Kind != feedback.Issue || got.Status != feedback.Open || !got.Since.Equal(h.clk.now()) || h.jobs(t, feedback.JobWatch, r.ID) != 1 {
		t.Errorf("called: %+v", got)
	}
	h.clk.advance(3 * time.Minute)
	h.drain(t)
	h.wantKinds(t, r.ID, "created", "changed call", "escalated")
}

func TestCorrect_TheTable(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Correct(t.Context(), guest, "1")) // where it is
	must(t, h.Correct(t.Context(), guest, " 2 "))
	if got := h.report(t, r.ID); got.TableID != h.second.ID || got.TableName != "2" || got.AreaName != "Terrace" {
		t.Errorf("moved to %s in %s", got.TableName, got.AreaName)
	}
	wantProblem(t, "no such table", h.Correct(t.Context(), guest, "99"), "table")
	must(t, h.RemoveTable(t.Context(), h.manager, h.venue.ID, h.table.ID))
	wantProblem(t, "a table that was removed", h.Correct(t.Context(), guest, h.table.ID), "table")
	h.wantKinds(t, r.ID, "created", "changed table")
}

func leavesContact(in *desk.NewReport) {
	in.Contact = feedback.Contact{Name: "Ada", Phone: "+49 30 1", Email: "ada@example.com"}
}

func TestWithdraw_ErasesTheWordsNotTheFact(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t, leavesContact)
	must(t, h.Write(t.Context(), guest, "Hello? It is Ada."))
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "Coming, Ada"}))
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	must(t, h.Judge(t.Context(), guest, feedback.Yes, "Thanks, Ada"))
	must(t, h.Withdraw(t.Context(), guest))
	got := h.report(t, r.ID)
	if got.Words != "" || got.Said != "" || len(got.Salt) != 0 || got.LastText != "" || !got.Withdrawn() {
		t.Errorf("what is left: %+v", got)
	}
	if got.Rating != 2 || got.Status != feedback.Resolved || got.Verdict != feedback.Yes || got.Cost != 450 {
		t.Errorf("the fact has changed: %+v", got)
	}
	ms, err := h.s.For(h.manager, h.venue.ID).Messages(t.Context(), r.ID, true)
	must(t, err)
	for _, m := range ms {
		if m.Text != "" || len(m.Salt) != 0 {
			t.Errorf("a message is left: %+v", m)
		}
	}
	if c, err := h.s.For(h.manager, h.venue.ID).Contact(t.Context(), r.ID); err != nil || c != (feedback.Contact{}) {
		t.Errorf("contact details are left: %+v, %v", c, err)
	}
	h.wantKinds(t, r.ID, "created", "message", "message", "taken", "resolved", "verdict", "changed withdrawn")
	must(t, h.Withdraw(t.Context(), guest)) // twice is once
	must(t, h.ForgetMe(t.Context(), guest))
	wantErr(t, "words after all", h.Write(t.Context(), guest, "x"), feedback.ErrConflict)
	wantErr(t, "a verdict after all", h.Judge(t.Context(), guest, feedback.NotYet, "x"), feedback.ErrConflict)
	h.wantKinds(t, r.ID, "created", "message", "message", "taken", "resolved", "verdict", "changed withdrawn")
}

func TestWithdraw_EndsWhatWaits(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Withdraw(t.Context(), guest))
	if got := h.report(t, r.ID); got.Status != feedback.Unresolved || !got.EndedAt.Equal(h.clk.now()) {
		t.Errorf("it is %+v", got)
	}
	wantErr(t, "undo by staff", h.Undo(t.Context(), h.waiter, h.venue.ID, r.ID), feedback.ErrConflict)
	wantErr(t, "call", h.Call(t.Context(), guest), feedback.ErrConflict)
	h.clk.advance(time.Hour)
	h.drain(t)
	h.wantKinds(t, r.ID, "created", "taken", "unresolved", "changed withdrawn")
}

func TestForgetMe_ErasesContactAlone(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t, leavesContact)
	must(t, h.ForgetMe(t.Context(), guest))
	must(t, h.ForgetMe(t.Context(), guest))
	c, err := h.Contact(t.Context(), h.manager, h.venue.ID, r.ID)
	if must(t, err); !c.Empty() || c.Name != "" {
		t.Errorf("left: %+v", c)
	}
	if got := h.report(t, r.ID); got.Words == "" || got.Status != feedback.Open {
		t.Errorf("more than contact details went: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "changed contact")
}

func TestContact_IsForManagersAndWritesDownWhoLooked(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, leavesContact)
	shared := h.manager
	shared.Shared = true
	_, err := h.Contact(t.Context(), h.waiter, h.venue.ID, r.ID)
	wantErr(t, "a waiter", err, feedback.ErrForbidden)
	_, err = h.Contact(t.Context(), shared, h.venue.ID, r.ID)
	wantErr(t, "a manager on the tablet", err, feedback.ErrForbidden)
	_, err = h.Contact(t.Context(), feedback.Actor{Kind: feedback.ByKey, Org: h.owner.Org, ID: "k", Scope: feedback.ScopeRead}, h.venue.ID, r.ID)
	wantErr(t, "a key to read", err, feedback.ErrForbidden)
	_, err = h.Contact(t.Context(), h.manager, h.venue.ID, r.ID)
	must(t, err)
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 1)
	if must(t, err); log[0].Action != "contact.seen" || log[0].Target != r.ID || log[0].ByName != "Marta Manager" {
		t.Errorf("the audit trail says %+v", log[0])
	}
}
