package owner_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// calls puts alerts into the venue, of which the manager takes the first few,
// each a minute after the call.
func (p *place) calls(kind feedback.ChannelKind, n, taken int) {
	p.Helper()
	for i := range n {
		p.clock.advance(time.Second)
		r := p.tells(p.tables[0], 2, "canary soup", "cold")
		ms := p.clock.t.UnixMilli()
		d := feedback.Delivery{
			ID: fmt.Sprintf("%08x-%04x-7%s", ms>>16, ms&0xffff, storetest.ID()[15:]), ReportID: r.ID, Kind: kind, What: feedback.SayNew,
			State: feedback.Delivered, CreatedAt: p.clock.t,
		}
		storetest.Write(p.T, p.store, func(tx store.Tx) error { return tx.At(p.owner, p.venue.ID).AddDelivery(p.Context(), d) })
		if i < taken {
			p.takes(r, time.Minute)
		}
	}
}

// The budget shows shares of thirty alerts and more, and says which way is mostly
// ignored; of fewer it says how many there were and claims nothing.
func TestBudget(t *testing.T) {
	p := newPlace(t)
	if got := text(p.lead.page(p.path("/budget"), http.StatusOK).Find("main")); !strings.Contains(got, "Nobody was called in these days") {
		t.Errorf("nothing yet: %q", got)
	}
	p.calls(feedback.ChannelSMS, feedback.MinCalls-1, 0)
	doc := p.lead.page(p.path("/budget"), http.StatusOK)
	if got := text(doc.Find("main")); strings.Contains(got, "gnored") || strings.Contains(got, "%") || !strings.Contains(got, "0 of 29 alerts acted on") {
		t.Errorf("of 29 alerts: %q", got)
	}
	p.calls(feedback.ChannelChat, feedback.MinCalls, 20)
	p.calls(feedback.ChannelSMS, 1, 0)
	doc = p.lead.page(p.path("/budget"), http.StatusOK)
	row := func(by, name string) string {
		return text(doc.Find("[aria-labelledby=by-" + by + "] tr:contains('" + name + "')"))
	}
	if got := row("channel", "Text message"); got != "Text message Mostly ignored303000%––" {
		t.Errorf("by text message: %q", got)
	}
	if got := row("channel", "Chat"); got != "Chat30302067%1:001:00" {
		t.Errorf("by chat: %q", got)
	}
	if got := row("step", "At once"); !strings.Contains(got, "Mostly ignored") || !strings.Contains(got, "606020") {
		t.Errorf("by step: %q", got)
	}
	notes := text(doc.Find(".note"))
	if !strings.Contains(notes, "Text message: mostly ignored, 0 of 30 alerts acted on") || strings.Contains(notes, "Chat") || !strings.Contains(notes, "20 of 60") {
		t.Errorf("the hints say %q", notes)
	}
	if strings.Contains(text(doc.Find("main")), "canary") {
		t.Error("the page says what a guest wrote")
	}
}
