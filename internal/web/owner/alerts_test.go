package owner_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// A manager reads whom we told and whether it arrived, and what did not until
// they say that they have seen it.
func TestAlerts(t *testing.T) {
	p := newPlace(t)
	if doc := p.lead.page(p.path("/alerts"), http.StatusOK); !strings.Contains(text(doc.Find("main")), "Nobody was told anything yet") {
		t.Errorf("an empty list: %q", text(doc.Find("main")))
	}
	r := p.tells(p.tables[0], 2, "Stone cold.", "cold")
	dead := feedback.Delivery{
		ID: storetest.ID(), ReportID: r.ID, Kind: feedback.ChannelEmail, Receiver: "email", PersonID: p.staff.Person, What: feedback.SayWaiting,
		State: feedback.Pending, Attempts: 1, CreatedAt: p.clock.t, NextAt: p.clock.t,
	}
	storetest.Write(t, p.store, func(tx store.Tx) error {
		at := tx.At(p.owner, p.venue.ID)
		if err := at.AddDelivery(t.Context(), dead); err != nil {
			return err
		}
		dead.LastOutcome = "smtp 550"
		dead.End(feedback.Dead, p.clock.t)
		return at.SaveTry(t.Context(), dead, p.clock.t)
	})
	doc := p.lead.page(p.path("/alerts"), http.StatusOK)
	for _, want := range []string{"waiting too long", "Sam Okoro", "E-mail", "smtp 550", "Did not arrive"} {
		if got := text(doc.Find(".rows li")); !strings.Contains(got, want) {
			t.Errorf("the list lacks %q: %q", want, got)
		}
	}
	if strings.Contains(text(doc.Find("main")), "Stone cold") || doc.Find(".note.late").Length() != 1 {
		t.Errorf("the page says %q", text(doc.Find("main")))
	}
	p.lead.goes(p.lead.post(p.path("/alerts/seen"), nil), p.path("/alerts"))
	if n := p.lead.page(p.path("/alerts"), http.StatusOK).Find(".note.late").Length(); n != 0 {
		t.Error("once seen it is said again")
	}
}
