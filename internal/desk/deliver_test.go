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

// phone gives somebody a channel.
func (h *house) phone(t *testing.T, person string, kind feedback.ChannelKind) feedback.Channel {
	t.Helper()
	c := feedback.Channel{ID: string(kind) + "-" + person, PersonID: person, Kind: kind, Address: "https://" + string(kind) + ".example/" + person, CreatedAt: h.clk.now()}
	must(t, h.s.Tx(t.Context(), func(tx store.Tx) error { return tx.Org(h.owner).AddChannel(t.Context(), c) }))
	return c
}

// post puts one message into the outbox and claims it.
func (h *house) post(t *testing.T, to feedback.Channel, about feedback.Delivery) feedback.Delivery {
	t.Helper()
	must(t, h.s.Tx(t.Context(), func(tx store.Tx) error {
		return h.EnqueueDelivery(t.Context(), tx.At(h.owner, h.venue.ID), to, about)
	}))
	return h.claim(t)
}

func (h *house) claim(t *testing.T) feedback.Delivery {
	t.Helper()
	ds, err := h.s.ClaimDeliveries(t.Context(), h.clk.now(), time.Minute, 1, 1, nil)
	must(t, err)
	if len(ds) != 1 {
		t.Fatalf("%d messages are due, want one", len(ds))
	}
	return ds[0]
}

func (h *house) delivery(t *testing.T, id string) feedback.Delivery {
	t.Helper()
	d, err := h.s.For(h.owner, h.venue.ID).Delivery(t.Context(), id)
	must(t, err)
	return d
}

var allKinds = []feedback.ChannelKind{feedback.ChannelPush, feedback.ChannelEmail, feedback.ChannelChat, feedback.ChannelSMS, feedback.ChannelWebhook}

// A message says where and how urgent, and nothing that a guest wrote.
func TestOutgoing_SaysOnlyWhere(t *testing.T) {
	h := newHouse(t)
	c := h.phone(t, h.waiter.Person, feedback.ChannelPush)
	r, _ := h.send(t)
	out, send, err := h.Outgoing(t.Context(), h.post(t, c, feedback.Delivery{ReportID: r.ID, What: feedback.SayWaiting}))
	must(t, err)
	if !send || out.Text != "Table 1: waiting too long. Open the board." || out.Title != h.venue.Name || out.Channel.ID != c.ID {
		t.Errorf("it says %+v, %v", out, send)
	}
	if !strings.HasSuffix(out.Path, r.ID) || out.Take != out.Path+"/take" || out.Urgent {
		t.Errorf("it leads to %+v", out)
	}
}

func TestOutgoing_NobodyIsCalledToWhatIsTaken(t *testing.T) {
	h := newHouse(t)
	c := h.phone(t, h.waiter.Person, feedback.ChannelPush)
	r, _ := h.send(t)
	dl := h.post(t, c, feedback.Delivery{ReportID: r.ID, What: feedback.SayWaiting})
	must(t, h.Take(t.Context(), h.other, h.venue.ID, r.ID, ""))
	_, send, err := h.Outgoing(t.Context(), dl)
	must(t, err)
	if got := h.delivery(t, dl.ID); send || got.State != feedback.Superseded {
		t.Errorf("send %v, it is %s", send, got.State)
	}
	gone := h.post(t, c, feedback.Delivery{What: feedback.SayNobodyOn})
	must(t, h.s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.Org(h.owner).ForgetChannel(t.Context(), c.ID, h.clk.now(), feedback.Removed)
	}))
	_, send, err = h.Outgoing(t.Context(), gone)
	must(t, err)
	if got := h.delivery(t, gone.ID); send || got.State != feedback.Superseded || got.LastOutcome != "removed" {
		t.Errorf("send %v, it is %s (%s)", send, got.State, got.LastOutcome)
	}
}

func TestDelivered_IsToldOnTheTimeline(t *testing.T) {
	h := newHouse(t)
	c := h.phone(t, h.waiter.Person, feedback.ChannelPush)
	r, _ := h.send(t)
	dl := h.post(t, c, feedback.Delivery{ReportID: r.ID, What: feedback.SayNew})
	must(t, h.Delivered(t.Context(), dl, feedback.Try{Outcome: "http 500"}))
	again := h.delivery(t, dl.ID)
	if pause := again.NextAt.Sub(h.clk.now()); again.State != feedback.Pending || pause < 3*time.Second || pause > 7*time.Second {
		t.Fatalf("after a failure it is %s, due in %s", again.State, pause)
	}
	h.clk.set(again.NextAt)
	must(t, h.Delivered(t.Context(), h.claim(t), feedback.Try{Outcome: "later 429", After: time.Hour}))
	if again = h.delivery(t, dl.ID); again.NextAt.Sub(h.clk.now()) != time.Hour {
		t.Fatalf("a receiver that asks for an hour is asked again at %s", again.NextAt)
	}
	h.clk.set(again.NextAt)
	last := h.claim(t)
	must(t, h.Delivered(t.Context(), last, feedback.Try{Outcome: feedback.Accepted}))
	must(t, h.Delivered(t.Context(), last, feedback.Try{Outcome: feedback.Accepted})) // written down twice
	if got := h.delivery(t, dl.ID); got.State != feedback.Delivered || got.Attempts != 3 {
		t.Errorf("it is %+v", got)
	}
	tries, err := h.s.For(h.owner, h.venue.ID).AttemptsOf(t.Context(), []string{dl.ID})
	must(t, err)
	var outcomes []feedback.Outcome
	for _, a := range tries[dl.ID] {
		outcomes = append(outcomes, a.Outcome)
	}
	if want := []feedback.Outcome{"http 500", "later 429", feedback.Accepted}; !slices.Equal(outcomes, want) {
		t.Errorf("the attempts were %q, want %q", outcomes, want)
	}
	h.wantEvents(t, "report.created", "alert.delivered")
}

// wantEvents compares the kinds of all events of the venue.
func (h *house) wantEvents(t *testing.T, want ...string) {
	t.Helper()
	events, _, err := h.s.For(h.owner, h.venue.ID).EventsAfter(t.Context(), 0, 1000)
	must(t, err)
	var got []string
	for _, e := range events {
		got = append(got, string(e.Kind))
	}
	if !slices.Equal(got, want) {
		t.Errorf("timeline %q, want %q", got, want)
	}
	h.walk(t)
}

// What is given up after 72 hours is said so on the board, and to the owner on
// another channel.
func TestDelivered_DeadIsAnnounced(t *testing.T) {
	h := newHouse(t)
	h.Carries(allKinds, nil, nil)
	dead := h.phone(t, h.owner.Person, feedback.ChannelPush)
	other := h.phone(t, h.owner.Person, feedback.ChannelEmail)
	dl := h.post(t, dead, feedback.Delivery{What: feedback.SayNobodyOn})
	first := h.clk.now()
	for dl.State == feedback.Pending {
		must(t, h.Delivered(t.Context(), dl, feedback.Try{Outcome: "timeout"}))
		if dl = h.delivery(t, dl.ID); dl.State == feedback.Pending {
			h.clk.set(dl.NextAt)
			dl = h.claim(t)
		}
	}
	if after := h.clk.now().Sub(first); dl.State != feedback.Dead || after < 70*time.Hour || after > 72*time.Hour {
		t.Errorf("it is %s after %s", dl.State, after)
	}
	if n, err := h.s.For(h.owner, h.venue.ID).Unseen(t.Context()); err != nil || n != 1 {
		t.Errorf("%d dead messages are shown, %v", n, err)
	}
	told := h.claim(t)
	if told.ChannelID != other.ID || told.What != feedback.SayDead {
		t.Errorf("the owner is told by %+v", told)
	}
	must(t, h.Delivered(t.Context(), told, feedback.Try{Outcome: "gone 410"})) // that one fails too, and nothing goes round in circles
	h.wantEvents(t, "alert.failed", "alert.failed")
	if _, err := h.s.Org(h.owner).Channel(t.Context(), other.ID); err == nil {
		t.Error("an address that is gone was kept")
	}
}

// All messages of one call are of one moment, however long it takes to write them
// down: figures count calls by it.
func TestCall_IsOneMoment(t *testing.T) {
	h := newHouse(t)
	h.phone(t, h.waiter.Person, feedback.ChannelPush)
	h.phone(t, h.waiter.Person, feedback.ChannelSMS)
	h.phone(t, h.other.Person, feedback.ChannelPush)
	d, err := desk.New(t.Context(), h.s, func(string) {}, func(string) {}, func() time.Time {
		h.clk.advance(time.Millisecond)
		return h.clk.now()
	})
	must(t, err)
	d.Carries(allKinds, func() {}, func(string, bool) bool { return true })
	h.Desk = d
	h.send(t)
	h.drain(t)
	calls, err := h.s.For(h.owner, h.venue.ID).Deliveries(t.Context(), store.DeliveryFilter{})
	must(t, err)
	if len(calls) != 4 {
		t.Fatalf("%d messages, want three and the board's", len(calls))
	}
	for _, c := range calls {
		if !c.CreatedAt.Equal(calls[0].CreatedAt) {
			t.Errorf("%s was told at %s, %s at %s", c.Kind, c.CreatedAt, calls[0].Kind, calls[0].CreatedAt)
		}
	}
}

// The outbox is woken when a message is there to be found, whoever else ended
// before that.
func TestDelivery_WakesWhenItIsThere(t *testing.T) {
	h := newHouse(t)
	to := h.phone(t, h.owner.Person, feedback.ChannelPush)
	woken := 0
	h.Carries(allKinds, func() { woken++ }, nil)
	must(t, desk.PutBetween(t.Context(), h.Desk, h.owner, h.venue.ID, to, feedback.Delivery{What: feedback.SayNobodyOn}))
	if woken != 2 {
		t.Errorf("woken %d times, want once by the other and once when it is there", woken)
	}
}
