package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// stopLink is the address at which the manager's morning mail can be stopped.
func (p *place) stopLink() string {
	p.Helper()
	ctx := p.Context()
	p.desk.Carries([]feedback.ChannelKind{feedback.ChannelEmail}, nil, func(string, bool) bool { return true })
	_, err := p.desk.AddChannel(ctx, p.manager, desk.NewChannel{Kind: feedback.ChannelEmail, Address: "maria@example.com"})
	if err == nil {
		err = p.desk.Want(ctx, p.manager, p.venue.ID, []feedback.Mailing{{What: feedback.SayDay}})
	}
	p.clock.advance(24 * time.Hour)
	if err == nil {
		err = p.desk.SendMailings(ctx)
	}
	if err != nil {
		p.Fatal(err)
	}
	waiting, err := p.store.ClaimDeliveries(ctx, p.clock.t, time.Minute, 1, 1, nil)
	if err != nil || len(waiting) != 1 {
		p.Fatalf("%d mails, %v", len(waiting), err)
	}
	out, _, err := p.desk.Outgoing(ctx, waiting[0])
	if err != nil || out.Stop == "" {
		p.Fatalf("stops at %q, %v", out.Stop, err)
	}
	return out.Stop
}

// A stranger who holds the link of a mail stops that mail, once or twice, and it is
// noted for whom; the page says so, and leads nowhere else.
func TestStop_NeedsTheLinkAlone(t *testing.T) {
	p := newPlace(t)
	link := p.stopLink()
	doc := p.stranger().page(link, http.StatusOK)
	if got := text(doc.Find("main")); !strings.Contains(got, "Yesterday in figures") || doc.Find("form button").Length() != 1 {
		t.Errorf("the page asks %q", got)
	}
	if !p.lead.page(p.path("/digest"), http.StatusOK).Find(`input[value="day"]`).Is("[checked]") {
		t.Fatal("to look stopped it")
	}
	for range 2 {
		if a := p.stranger().post(link, url.Values{}); a.StatusCode != http.StatusOK || !strings.Contains(a.text, "This mail has stopped") {
			t.Fatalf("stopped with %d: %.300s", a.StatusCode, a.text)
		}
	}
	if p.lead.page(p.path("/digest"), http.StatusOK).Find(`input[value="day"]`).Is("[checked]") {
		t.Error("it goes on")
	}
	rows, err := p.store.Org(p.owner).Audit(t.Context(), "", 50)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, a := range rows {
		if a.Action == "mail.changed" && a.ByID == p.manager.Person && a.Detail["day"] == "off" {
			noted++
		}
	}
	if noted != 1 {
		t.Errorf("noted %d times", noted)
	}
	if a := p.stranger().get(link + "A"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a link that we did not make = %d", a.StatusCode)
	}
}
