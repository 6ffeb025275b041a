package desk_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// A venue keeps contact details for its own days and everything else that says
// who a guest is for its own months; both end by themselves, and what is not over
// stays. The fact and the timeline stay, too.
func TestForget_ByItself(t *testing.T) {
	h := newHouse(t)
	forget := func() {
		t.Helper()
		must(t, h.Forget(t.Context()))
		must(t, h.Forget(t.Context())) // a timer may fire twice, on any node
	}
	contact := func(id string) feedback.Contact {
		c, err := h.s.For(h.manager, h.venue.ID).Contact(t.Context(), id)
		must(t, err)
		return c
	}
	sent := h.clk.now()
	r, guest := h.send(t, leavesContact)
	must(t, h.Write(t.Context(), guest, "Hello?"))
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
	must(t, h.Say(t.Context(), h.waiter, h.venue.ID, r.ID, feedback.Message{Text: "She is Mrs Ek", Internal: true}))
	fixed := remade
	fixed.Note = "Rang Mrs Ek"
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, fixed))
	must(t, h.Judge(t.Context(), guest, feedback.Yes, "Thank you"))

	h.clk.set(sent.AddDate(0, 0, 30).Add(-time.Second))
	if forget(); contact(r.ID).Email == "" {
		t.Fatal("contact details went too early")
	}
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) { v.ContactDays = 40 }))
	h.clk.set(sent.AddDate(0, 0, 39))
	if forget(); contact(r.ID).Email == "" {
		t.Fatal("more days do not count for what is there already")
	}
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) { v.ContactDays = 7 }))
	if forget(); contact(r.ID) != (feedback.Contact{}) {
		t.Errorf("after its time there is %+v", contact(r.ID))
	}
	if got := h.report(t, r.ID); got.Words == "" {
		t.Error("the words went with the contact details")
	}
	later, _ := h.send(t, leavesContact)
	if got := contact(later.ID).ExpiresAt; !got.Equal(h.clk.now().AddDate(0, 0, 7)) {
		t.Errorf("new contact details end at %s", got)
	}

	h.clk.set(sent.AddDate(0, 24, 0).Add(-time.Second))
	if forget(); h.report(t, r.ID).Words == "" {
		t.Fatal("the words went too early")
	}
	h.clk.set(sent.AddDate(0, 24, 0))
	forget()
	got := h.report(t, r.ID)
	if got.Words+got.Said+got.Note+got.LastText != "" || !got.Withdrawn() {
		t.Errorf("after its time there is %q, %q, %q, %q", got.Words, got.Said, got.Note, got.LastText)
	}
	ms, err := h.s.For(h.manager, h.venue.ID).Messages(t.Context(), r.ID, true)
	if must(t, err); len(ms) != 2 || ms[0].Text+ms[1].Text != "" {
		t.Errorf("the messages are %+v", ms)
	}
	if got.Status != feedback.Resolved || got.Rating != r.Rating || got.Verdict != feedback.Yes || got.Cost != 450 {
		t.Errorf("more than words went: %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "message", "taken", "message note", "resolved", "verdict", "changed contact", "changed expired")
	if h.report(t, later.ID).Words == "" {
		t.Error("what is not over went, too")
	}
	if _, breaks, err := h.s.Verify(t.Context()); err != nil || len(breaks) > 0 {
		t.Errorf("timelines: %v, %v", breaks, err)
	}
}

// A timer of its own ends contact details on the minute.
func TestForget_OnTime(t *testing.T) {
	h := newHouse(t)
	r, _ := h.send(t, leavesContact)
	must(t, h.Unresolved(t.Context(), h.waiter, h.venue.ID, r.ID, "guest_left", ""))
	h.clk.set(r.CreatedAt.AddDate(0, 0, feedback.DefaultContactDays).Add(-time.Second))
	for _, want := range []bool{true, false} {
		h.drain(t)
		c, err := h.s.For(h.manager, h.venue.ID).Contact(t.Context(), r.ID)
		if must(t, err); (c.Email != "") != want {
			t.Errorf("at %s there is %+v", h.clk.now(), c)
		}
		h.clk.advance(time.Second)
	}
}

// What is written of somebody's health ends with the words; more reports than fit
// one transaction are forgotten in one go, and another venue keeps its own.
func TestForget_ManyAndApart(t *testing.T) {
	h := newHouse(t)
	other := inHouse(t, h.s, func(v *feedback.Venue) { v.TextMonths = feedback.MaxTextMonths })
	theirs, _ := other.send(t)
	ill, _ := h.send(t, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} })
	must(t, h.ChangeIncident(t.Context(), h.manager, h.venue.ID, ill.ID, 0, func(i *feedback.Incident) error {
		i.Symptoms, i.Contact, i.Actions = "Hives", "0171 2345", "Kept the batch"
		return nil
	}))
	var last feedback.Report
	for range 120 {
		last, _ = h.send(t)
	}
	h.clk.advance(3 * 366 * 24 * time.Hour)
	must(t, h.Forget(t.Context()))
	i, err := h.s.For(h.manager, h.venue.ID).Incident(t.Context(), ill.ID)
	if must(t, err); i.Symptoms+i.Contact != "" || len(i.Salt) > 0 || i.Actions == "" {
		t.Errorf("the record is %+v", i)
	}
	if got := h.report(t, last.ID); got.Words != "" {
		t.Error("the last of many was not forgotten")
	}
	if other.report(t, theirs.ID).Words == "" {
		t.Error("a venue that keeps more lost it")
	}
	h.walk(t)
}

func TestRetention_IsBoundedAndWrittenDown(t *testing.T) {
	h := newHouse(t)
	for field, change := range map[string]func(*feedback.Venue){
		"contact_days": func(v *feedback.Venue) { v.ContactDays = feedback.MaxContactDays + 1 },
		"text_months":  func(v *feedback.Venue) { v.TextMonths = -1 },
	} {
		wantProblem(t, field, h.ChangeVenue(t.Context(), h.manager, h.venue.ID, change), field)
	}
	must(t, h.ChangeVenue(t.Context(), h.manager, h.venue.ID, func(v *feedback.Venue) { v.ContactDays, v.TextMonths = 14, 6 }))
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 1)
	must(t, err)
	if got := fmt.Sprint(log[0].Action, log[0].Detail, log[0].ByName); got != "venue.changedmap[ContactDays:30 → 14 TextMonths:24 → 6]Marta Manager" {
		t.Errorf("the audit trail says %s", got)
	}
	if err := h.ChangeVenue(t.Context(), h.waiter, h.venue.ID, func(v *feedback.Venue) { v.ContactDays = 1 }); !errors.Is(err, feedback.ErrForbidden) {
		t.Errorf("a waiter: %v", err)
	}
}
