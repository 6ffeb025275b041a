package owner_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
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
	for _, want := range []string{"waiting too long", "Sam Okoro", "E-mail", "The mail server answered 550", "Did not arrive"} {
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

// Whichever way people and programs were told, the list says whom, when, by
// which way, what was answered and when it is tried again; of one report alone
// when that is asked.
func TestAlerts_OfEveryChannel(t *testing.T) {
	p := newPlace(t)
	r := p.tells(p.tables[0], 2, "canary soup", "cold")
	other := p.tells(p.tables[1], 2, "Late.", "slow")
	hook, _, err := p.desk.AddWebhook(t.Context(), p.owner, desk.Webhook{URL: "https://hook.example/x?key=hush"})
	if err != nil {
		t.Fatal(err)
	}
	room, err := p.desk.AddChannel(t.Context(), p.manager, desk.NewChannel{Venue: p.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/hush"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(report string, kind feedback.ChannelKind, d feedback.Delivery, outcome feedback.Outcome) {
		t.Helper()
		d.ID, d.ReportID, d.Kind, d.State, d.Attempts, d.CreatedAt, d.NextAt = storetest.ID(), report, kind, feedback.Pending, 1, p.clock.t, p.clock.t
		storetest.Write(t, p.store, func(tx store.Tx) error {
			at := tx.At(p.owner, p.venue.ID)
			if err := at.AddDelivery(t.Context(), d); err != nil {
				return err
			}
			d.After(feedback.Try{Outcome: outcome}, p.clock.t, 0.5)
			return at.SaveTry(t.Context(), d, p.clock.t)
		})
	}
	add(r.ID, feedback.ChannelScreen, feedback.Delivery{What: feedback.SayNew}, feedback.Accepted)
	add(r.ID, feedback.ChannelPush, feedback.Delivery{What: feedback.SayNew, PersonID: p.staff.Person}, "gone 410")
	add(r.ID, feedback.ChannelEmail, feedback.Delivery{What: feedback.SayWaiting, PersonID: p.manager.Person}, "smtp 550")
	add(r.ID, feedback.ChannelSMS, feedback.Delivery{What: feedback.SayWaiting, PersonID: p.owner.Person}, "timeout")
	add(r.ID, feedback.ChannelChat, feedback.Delivery{What: feedback.SayNew, ChannelID: room, Receiver: "chat.example"}, "later 429")
	add(r.ID, feedback.ChannelWebhook, feedback.Delivery{ChannelID: hook, Receiver: "hook.example", EventSeq: 1}, "http 500")
	add(other.ID, feedback.ChannelScreen, feedback.Delivery{What: feedback.SayWaiting}, feedback.Accepted)

	doc := p.lead.page(p.path("/alerts"), http.StatusOK)
	rows := doc.Find(".rows li")
	for _, want := range [][]string{
		{"Table 1: somebody is needed", "Live board", "Arrived"},
		{"Sam Okoro", "Notifications", "answered 410", "Did not arrive"},
		{"Maria Rossi", "E-mail", "The mail server answered 550", "On its way", "Next attempt"},
		{p.owner.Name, "Text message", "did not answer in time", "Next attempt"},
		{"Chat", "chat.example", "answered 429 and asks to wait"},
		{"Webhook", "hook.example", "answered 500"},
		{"Table 2: waiting too long", "Live board"},
	} {
		if rows.FilterFunction(func(_ int, s *goquery.Selection) bool {
			return !slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(text(s), w) })
		}).Length() == 0 {
			t.Errorf("no line says all of %q: %q", want, text(rows))
		}
	}
	if said := text(doc.Find("main")); rows.Length() != 7 || strings.Contains(said, "canary") || strings.Contains(said, "hush") {
		t.Errorf("%d lines: %q", rows.Length(), said)
	}
	if n := p.lead.page(p.path("/alerts?report="+r.ID), http.StatusOK).Find(".rows li").Length(); n != 6 {
		t.Errorf("of one report: %d lines, want 6", n)
	}
}
