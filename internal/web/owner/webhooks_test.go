package owner_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// posts puts a message to a webhook into the log, of the newest event and with
// one attempt, and returns its id.
func (p *place) posts(hook string, outcome feedback.Outcome) string {
	p.Helper()
	head, err := p.store.For(p.owner, p.venue.ID).Head(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	d := feedback.Delivery{
		ID: storetest.ID(), ChannelID: hook, Kind: feedback.ChannelWebhook, Receiver: "hook.example", EventSeq: max(head, 1), State: feedback.Pending,
		Attempts: 1, CreatedAt: p.clock.t, NextAt: p.clock.t,
	}
	storetest.Write(p.T, p.store, func(tx store.Tx) error {
		at := tx.At(p.owner, p.venue.ID)
		if err := at.AddDelivery(p.Context(), d); err != nil {
			return err
		}
		d.After(feedback.Try{Outcome: outcome}, p.clock.t, 0.5)
		return at.SaveTry(p.Context(), d, p.clock.t)
	})
	return d.ID
}

// secret is what a page shows once.
func secret(doc *goquery.Document) string { return doc.Find("#once").AttrOr("value", "") }

// The owner adds a webhook, changes, pauses and removes it, and reads each secret
// once.
func TestWebhooks(t *testing.T) {
	p := newPlace(t)
	list := p.path("/webhooks")
	if got := text(p.boss.page(list, http.StatusOK).Find("main")); !strings.Contains(got, "No program is told yet") {
		t.Errorf("an empty list: %q", got)
	}
	for field, form := range map[string][]string{
		"url":    {"url", "ftp://kitchen.example", "what", "all"},
		"events": {"url", "https://kitchen.example/x", "what", "some"},
	} {
		doc := p.boss.read(p.boss.post(list, values(form...)), http.StatusUnprocessableEntity)
		if doc.Find("#"+field+"-err").Length() != 1 || doc.Find("#url").AttrOr("value", "") != form[1] {
			t.Errorf("%s: %q", field, text(doc.Find("main")))
		}
	}
	added := p.boss.read(p.boss.post(list, values("url", "https://kitchen.example/x?key=hush", "name", "Kitchen", "of", "here", "what", "some", "events", "report.created", "events", "report.taken")), http.StatusOK)
	first := secret(added)
	hooks, err := p.store.Org(p.owner).Webhooks(t.Context())
	if err != nil || len(hooks) != 1 || hooks[0].Secret != first || hooks[0].VenueID != p.venue.ID || fmt.Sprint(hooks[0].Events) != "[report.created report.taken]" {
		t.Fatalf("it is kept as %+v, shown was %q, %v", hooks, first, err)
	}
	doc := p.boss.page(list, http.StatusOK)
	if got := text(doc.Find(".rows li")); !strings.Contains(got, "Kitchenkitchen.example · "+p.venue.Name+" · 2 kinds of events") || strings.Contains(got, "hush") {
		t.Errorf("the list says %q", got)
	}
	page := p.path("/webhooks/" + hooks[0].ID)
	if doc := p.boss.page(page, http.StatusOK); strings.Contains(text(doc.Selection), first) || secret(doc) != "" || doc.Find(`[name="events"][checked]`).Length() != 2 {
		t.Error("the secret is shown again, or the choice is not")
	}

	second := secret(p.boss.read(p.boss.post(page+"/rotate", nil), http.StatusOK))
	if second == first || !strings.HasPrefix(second, "whsec_") {
		t.Errorf("another secret: %q after %q", second, first)
	}
	if got := text(p.boss.page(page, http.StatusOK).Find("main")); !strings.Contains(got, "The old secret signs too until") {
		t.Errorf("within a day: %q", got)
	}
	p.clock.advance(feedback.SecretOverlap)
	if got := text(p.boss.page(page, http.StatusOK).Find("main")); strings.Contains(got, "The old secret signs too until") {
		t.Errorf("a day later: %q", got)
	}
	p.boss.goes(p.boss.post(page, values("url", "https://bar.example/y", "name", "Bar", "what", "all", "events", "report.taken")), page+"?done=saved")
	p.boss.goes(p.boss.post(page+"/pause", values("paused", "yes")), page+"?done=saved")
	if got := text(p.boss.page(page, http.StatusOK).Find("main")); !strings.Contains(got, "BarPaused") || !strings.Contains(got, "Paused since") {
		t.Errorf("paused: %q", got)
	}
	p.boss.goes(p.boss.post(page+"/pause", values("paused", "no")), page+"?done=saved")
	hook, err := p.store.Org(p.owner).Channel(t.Context(), hooks[0].ID)
	if err != nil || hook.Address != "https://bar.example/y" || len(hook.Events) != 0 || hook.Paused() || hook.Secret != second {
		t.Errorf("changed to %+v, %v", hook, err)
	}
	p.boss.goes(p.boss.post(page+"/remove", nil), list+"?done=removed")
	if a := p.boss.get(page); a.StatusCode != http.StatusNotFound {
		t.Errorf("removed: %d", a.StatusCode)
	}
	said := text(p.boss.page(p.path("/audit"), http.StatusOK).Find("tbody"))
	for _, want := range []string{"Added a webhook", "Address: bar.example", "Paused", "No longer paused", "The secret", "Removed a webhook"} {
		if !strings.Contains(said, want) {
			t.Errorf("the audit lacks %q: %q", want, said)
		}
	}
}

// What the receiver answered to a test is said in words; one that is gone is
// said where it is not any more.
func TestWebhooks_Test(t *testing.T) {
	p := newPlace(t)
	id, _, err := p.desk.AddWebhook(t.Context(), p.owner, desk.Webhook{URL: "https://hook.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	page := p.path("/webhooks/" + id)
	a := p.boss.post(page+"/test", nil)
	p.boss.goes(a, page+"?outcome=http+404")
	if got := text(p.boss.page(a.Header.Get("Location"), http.StatusOK).Find("main [role=status]")); !strings.Contains(got, "answered 404 and did not accept it") {
		t.Errorf("it says %q", got)
	}
	if got := text(p.boss.page(p.path("/webhooks?outcome=gone+410"), http.StatusOK).Find("main [role=status]")); !strings.Contains(got, "does not exist any more") {
		t.Errorf("of one that is gone: %q", got)
	}
	if n := p.boss.page(page+"?outcome=<b>you+won</b>", http.StatusOK).Find("main [role=status]").Length(); n != 0 {
		t.Error("an address of somebody else's making puts words on the page")
	}
}

// The log holds each message with its attempts, as far as it is asked for, goes
// on over pages, and sends again.
func TestWebhooks_Log(t *testing.T) {
	p := newPlace(t)
	id, _, err := p.desk.AddWebhook(t.Context(), p.owner, desk.Webhook{URL: "https://hook.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	page := p.path("/webhooks/" + id)
	if got := text(p.boss.page(page, http.StatusOK).Find("#log")); !strings.Contains(got, "Nothing was sent yet") {
		t.Errorf("an empty log: %q", got)
	}
	p.tells(p.tables[0], 2, "canary soup", "cold")
	waits := p.posts(id, "http 500")
	p.clock.advance(time.Minute)
	dead := p.posts(id, "address")
	doc := p.boss.page(page, http.StatusOK)
	if got := text(doc.Find("#d-" + waits)); !strings.Contains(got, "Guest wrote") || !strings.Contains(got, "1 attempt") || !strings.Contains(got, "The receiver answered 500") ||
		!strings.Contains(got, "Next attempt") || !strings.Contains(got, "On its way") {
		t.Errorf("what waits: %q", got)
	}
	if got := text(doc.Find("main")); strings.Contains(got, "canary") {
		t.Errorf("the guest's words are in the log: %q", got)
	}
	for query, want := range map[string]string{"?state=dead": dead, "?state=pending&event=report.created": waits, "?event=visit.opened": "", "?state=accepted": ""} {
		doc := p.boss.page(page+query, http.StatusOK)
		rows := doc.Find("#log .rows li")
		if want == "" && (rows.Length() != 0 || !strings.Contains(text(doc.Find("#log")), "Nothing like this was sent")) ||
			want != "" && (rows.FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("id", "") == "d-"+want }).Length() != 1 || strings.Contains(text(rows), waits) != (want == waits)) {
			t.Errorf("%s: %q", query, text(rows))
		}
	}
	p.boss.goes(p.boss.post(page+"/deliveries/"+dead+"/again", nil), page+"?done=again")
	if got := text(p.boss.page(page, http.StatusOK).Find("#d-" + dead)); !strings.Contains(got, "On its way") || !strings.Contains(got, "1 attempt") {
		t.Errorf("sent again: %q", got)
	}
	if a := p.boss.post(page+"/deliveries/"+storetest.ID()+"/again", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("what was never sent: %d", a.StatusCode)
	}

	for range 60 {
		p.posts(id, feedback.Accepted)
	}
	seen, next := map[string]bool{}, page+"?state=accepted"
	for pages := 0; next != "" && pages < 5; pages++ {
		doc := p.boss.page(next, http.StatusOK)
		doc.Find("#log .rows li").Each(func(_ int, s *goquery.Selection) { seen[s.AttrOr("id", "")] = true })
		href := doc.Find("#log > p.row a").Last().AttrOr("href", "")
		if next = ""; strings.Contains(href, "after=") {
			next = strings.TrimSuffix(href, "#log")
		}
	}
	if len(seen) != len(p.accepted(id)) || len(seen) != 60 {
		t.Errorf("over all pages %d messages, want %d", len(seen), len(p.accepted(id)))
	}
}

// accepted are the messages that a webhook took.
func (p *place) accepted(hook string) []feedback.Delivery {
	p.Helper()
	ds, err := p.store.Org(p.owner).Posts(p.Context(), hook, store.DeliveryFilter{States: []feedback.DeliveryState{feedback.Delivered}, Limit: 1000})
	if err != nil {
		p.Fatal(err)
	}
	return ds
}
