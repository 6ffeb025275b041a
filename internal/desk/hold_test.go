package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// afterLeaving makes of a complaint one about a person that waits.
func afterLeaving(in *desk.NewReport) {
	in.Causes, in.Words, in.Handling = []string{feedback.CauseStaff}, "He shouted at my father.", feedback.ManagerLater
}

// T19: whoever complains about a person may ask that it is passed on only after
// they have left. It is kept and counted at once, and until then it reaches
// nobody in the house by any way: no list, board, event, alert, webhook or verb.
func TestHold_NobodyHearsOfItBefore(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	hook := h.hook(t)
	before, err := h.s.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	r, guest := h.held(t, afterLeaving)
	if want := h.clk.now().Add(feedback.HoldFor); !r.HeldUntil.Equal(want) {
		t.Fatalf("it is kept back until %s, want %s", r.HeldUntil, want)
	}
	h.seesNothing(t, "manager at once", h.manager, r, before) // what is newest is shown without a look at the database
	must(t, h.Write(t.Context(), guest, "His badge said Sven."))
	h.drain(t)
	h.clk.advance(feedback.HoldFor - time.Millisecond)
	h.drain(t)
	must(t, h.PassOn(t.Context(), feedback.System(h.venue.OrgID, h.venue.ID), r.ID)) // early: a timer may be wrong

	for who, by := range map[string]feedback.Actor{
		"owner": h.owner, "manager": h.manager, "waiter": h.waiter,
		"admin's key": till(h, feedback.ScopeAdmin), "reading key": till(h, feedback.ScopeRead), "till": till(h, feedback.ScopeVisits),
	} {
		h.seesNothing(t, who, by, r, before)
	}
	for name, err := range map[string]error{
		"take":    h.Take(t.Context(), h.manager, h.venue.ID, r.ID, ""),
		"say":     h.Say(t.Context(), h.owner, h.venue.ID, r.ID, feedback.Message{Text: "Sorry"}),
		"resolve": h.Resolve(t.Context(), h.owner, h.venue.ID, r.ID, remade),
	} {
		wantErr(t, name, err, feedback.ErrNotFound)
	}
	if got := h.calls(t, r); len(got) > 0 {
		t.Errorf("somebody was called: %q", got)
	}
	if got := h.posts(t, hook, store.DeliveryFilter{}); len(got) > 0 {
		t.Errorf("a program was told: %+v", got)
	}
	total, _, err := h.s.For(h.manager, h.venue.ID).Figures(t.Context(), store.StatsFilter{FromDay: r.Day, ToDay: r.Day, Now: h.clk.now()})
	must(t, err)
	if total.Issues != 1 {
		t.Errorf("the figures count %d issues, want 1 at once", total.Issues)
	}

	h.clk.advance(time.Millisecond)
	h.drain(t)
	h.drain(t)
	if got := h.report(t, r.ID); got.Held() || got.Words != r.Words || !got.ManagersOnly() {
		t.Errorf("the manager reads %+v", got)
	}
	wantErr(t, "a waiter afterwards", h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""), feedback.ErrNotFound)
	h.wantKinds(t, r.ID, "created", "message", "changed passed_on", "escalated")
	if got, want := h.calls(t, r), []string{"120:00 manager manager"}; !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q", got, want)
	}
	if got := h.posts(t, hook, store.DeliveryFilter{}); len(got) != 4 {
		t.Errorf("programs are told of %d events, want all four", len(got))
	}
	h.clk.advance(30 * time.Hour)
	h.drain(t)
	if got := h.report(t, r.ID); got.Status != feedback.Open || len(h.calls(t, r)) != 1 {
		t.Errorf("later it is %s, messages %q: nobody is pressed, and it does not end by itself", got.Status, h.calls(t, r))
	}
	must(t, h.Take(t.Context(), h.manager, h.venue.ID, r.ID, ""))
}

// held submits a complaint that is kept back, and reads it as its guest does.
func (h *house) held(t *testing.T, mods ...func(*desk.NewReport)) (feedback.Report, feedback.Actor) {
	t.Helper()
	in := h.complaint()
	for _, mod := range mods {
		mod(&in)
	}
	r, err := h.Submit(t.Context(), in)
	must(t, err)
	guest, err := h.Guest(t.Context(), h.StatusToken(r.ID))
	must(t, err)
	return h.mine(t, guest), guest
}

// mine is the report as its guest reads it.
func (h *house) mine(t *testing.T, guest feedback.Actor) feedback.Report {
	t.Helper()
	r, err := h.s.For(guest, h.venue.ID).Report(t.Context(), guest.ID)
	must(t, err)
	return r
}

// calls are the messages to people.
func (h *house) calls(t *testing.T, r feedback.Report) []string {
	t.Helper()
	return slices.DeleteFunc(h.messages(t, r), func(m string) bool { return strings.Contains(m, " webhook ") })
}

func (h *house) seesNothing(t *testing.T, who string, by feedback.Actor, r feedback.Report, before int64) {
	t.Helper()
	at := h.s.For(by, h.venue.ID)
	_, err := at.Report(t.Context(), r.ID)
	wantErr(t, who, err, feedback.ErrNotFound)
	_, err = at.Messages(t.Context(), r.ID, true)
	wantErr(t, who+": thread", err, feedback.ErrNotFound)
	_, err = at.EventsOf(t.Context(), r.ID)
	wantErr(t, who+": timeline of it", err, feedback.ErrNotFound)
	events, _, err := at.EventsAfter(t.Context(), before, 100)
	must(t, err)
	news, reports, _, err := at.News(t.Context(), before, 100)
	must(t, err)
	lists := map[string]func() ([]feedback.Report, error){
		"list":   func() ([]feedback.Report, error) { return at.Reports(t.Context(), store.Filter{}) },
		"search": func() ([]feedback.Report, error) { return at.Reports(t.Context(), store.Filter{Query: "shouted"}) },
		"board":  func() ([]feedback.Report, error) { return at.Board(t.Context(), time.Time{}) },
		"queue":  func() ([]feedback.Report, error) { return at.Queue(t.Context(), 10) },
	}
	for name, list := range lists {
		rs, err := list()
		must(t, err)
		if len(rs) > 0 {
			t.Errorf("%s: the %s shows it", who, name)
		}
	}
	n, err := at.Waiting(t.Context())
	must(t, err)
	if len(events)+len(news)+len(reports)+n > 0 {
		t.Errorf("%s: %d events, %d news of %d reports, %d waiting", who, len(events), len(news), len(reports), n)
	}
}

// Closing the visit says that they have left, and a coat takes a while.
func TestHold_EndsWithTheVisit(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	visit, _, err := h.OpenVisit(t.Context(), h.waiter, h.venue.ID, desk.NewVisit{Table: "1"})
	must(t, err)
	r, guest := h.held(t, afterLeaving)
	h.clk.advance(20 * time.Minute)
	must(t, h.CloseVisit(t.Context(), h.waiter, h.venue.ID, visit))
	if got, want := h.mine(t, guest).HeldUntil, h.clk.now().Add(feedback.HoldAfterVisit); !got.Equal(want) {
		t.Errorf("the guest reads %s, want %s", got, want)
	}
	h.clk.advance(feedback.HoldAfterVisit - time.Millisecond)
	h.drain(t)
	if !h.mine(t, guest).Held() {
		t.Fatal("it was passed on while they fetched their coats")
	}
	h.clk.advance(time.Millisecond)
	h.drain(t)
	if h.mine(t, guest).Held() || h.jobs(t, feedback.JobPassOn, r.ID) > 0 {
		t.Error("it was not passed on, or is to be once more")
	}

	late, guest := h.held(t, afterLeaving, func(in *desk.NewReport) { in.Code = h.visitCode(t, visit).Code })
	if h.mine(t, guest).Held() || !late.FollowUp {
		t.Error("what is sent from home waits for somebody to leave")
	}
}

// It waits no longer than the house is open.
func TestHold_EndsWithTheService(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) {
		v.Hours = feedback.Hours{Week: map[string][]string{}}
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			v.Hours.Week[day] = []string{"12:00-23:00"}
		}
	})
	_, end, open := h.venue.Hours.Service(h.clk.now(), h.venue.Zone())
	if !open {
		end = h.venue.Hours.EndOfService(h.clk.now(), h.venue.Zone())
	}
	h.clk.set(end.Add(-30 * time.Minute))
	r, _ := h.held(t, afterLeaving)
	if !r.HeldUntil.Equal(end) {
		t.Errorf("it is kept back until %s, want the end of the service, %s", r.HeldUntil, end)
	}
}

// What is about safety never waits: not when it is sent, and not when the guest
// writes a word of alarm afterwards.
func TestHold_NeverForSafety(t *testing.T) {
	h := newHouse(t, alarmedBy("nuts"))
	h.reachable(t)
	for name, mod := range map[string]func(*desk.NewReport){
		"the cause": func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety, feedback.CauseStaff} },
		"a word":    func(in *desk.NewReport) { in.Words = "He put nuts in it and laughed." },
	} {
		r, _ := h.held(t, afterLeaving, mod)
		h.drain(t)
		if r.Held() || h.report(t, r.ID).AlertID == "" {
			t.Errorf("%s: kept back, or nobody was called", name)
		}
	}
	h.clk.advance(time.Hour)
	r, guest := h.held(t, afterLeaving)
	must(t, h.Write(t.Context(), guest, "There were nuts in it."))
	h.drain(t)
	got := h.report(t, r.ID)
	if got.Held() || !got.Safety() || len(h.messages(t, got)) == 0 || h.jobs(t, feedback.JobPassOn, r.ID) > 0 {
		t.Errorf("after a word of alarm: kept back %v, about safety %v, messages %q", got.Held(), got.Safety(), h.messages(t, got))
	}
}

// Its guest may have the manager told at once after all.
func TestHold_UntilTheGuestCalls(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, guest := h.held(t, afterLeaving)
	h.clk.advance(5 * time.Minute)
	must(t, h.Call(t.Context(), guest))
	h.drain(t)
	got := h.report(t, r.ID)
	if got.Held() || got.Handling != feedback.ManagerOnly || !got.Since.Equal(h.clk.now()) {
		t.Errorf("after the call it is %+v", got)
	}
	h.wantKinds(t, r.ID, "created", "changed passed_on", "changed call")
	if m := h.messages(t, r); !slices.Equal(m, []string{"5:00 manager manager"}) {
		t.Errorf("messages %q, want the manager at once, and nobody else", m)
	}
	h.clk.advance(6 * time.Minute)
	h.drain(t)
	if h.report(t, r.ID).Level == 0 {
		t.Error("nobody took it, and it goes no further")
	}
}

// What the guest takes back is passed on as the bare fact, and calls nobody.
func TestHold_Withdrawn(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	r, guest := h.held(t, afterLeaving)
	must(t, h.Withdraw(t.Context(), guest))
	h.clk.advance(feedback.HoldFor)
	h.drain(t)
	if got := h.report(t, r.ID); got.Words != "" || len(h.messages(t, r)) > 0 {
		t.Errorf("words %q, messages %q", got.Words, h.messages(t, r))
	}
}

// Staff write down what they know already: it is not kept back from anybody.
func TestHold_NotWhatStaffWroteDown(t *testing.T) {
	h := newHouse(t)
	in := h.complaint()
	afterLeaving(&in)
	id, err := h.WriteDown(t.Context(), h.waiter, h.venue.ID, "1", in)
	must(t, err)
	if h.report(t, id).Held() {
		t.Error("it is kept back")
	}
}

// T02: a flood that asks to be kept back is one burst when its time comes, and
// never a hundred tickets.
func TestHold_AFloodIsStillOneBurst(t *testing.T) {
	h := newHouse(t)
	h.reachable(t)
	q := newQuotas(h)
	for range 60 {
		_, err := h.Submit(t.Context(), func() desk.NewReport { in := h.complaint(); afterLeaving(&in); in.Over = q.over; return in }())
		must(t, err)
	}
	h.drain(t)
	if n := h.pages(t); n > 0 {
		t.Errorf("%d pages at once, want none", n)
	}
	h.clk.advance(feedback.HoldFor)
	h.drain(t)
	board, err := h.s.For(h.manager, h.venue.ID).Board(t.Context(), time.Time{})
	must(t, err)
	bursts, err := h.s.For(h.manager, h.venue.ID).Bursts(t.Context(), h.clk.now().Add(-24*time.Hour))
	must(t, err)
	if len(bursts) != 1 || bursts[0].Size+len(board) != 60 || len(board) > feedback.PerCode.Burst {
		t.Errorf("%d tickets and bursts %+v", len(board), bursts)
	}
}
