package rest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web/rest"
)

// A digest that programs are told holds the day's figures, what waits and where the
// timeline ends, keeps to its schema, and says nothing that a guest wrote.
func TestWebhookBody_OfADigest(t *testing.T) {
	h := newHouse(t)
	yes, _ := h.submit("canary soup"), h.submit("canary wine")
	guest := first(h.desk.Guest(t.Context(), yes.Token))
	h.clock.advance(time.Minute)
	must(t, h.desk.Take(t.Context(), h.owner, h.venue.ID, yes.ID, ""))
	must(t, h.desk.Resolve(t.Context(), h.owner, h.venue.ID, yes.ID, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}}))
	must(t, h.desk.Judge(t.Context(), guest, feedback.Yes, "canary thanks"))
	must(t, h.desk.Unresolved(t.Context(), h.owner, h.venue.ID, h.submit("canary salad").ID, feedback.NobodyCame, ""))
	_, _, err := h.desk.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://till.example/hook"})
	must(t, err)
	h.clock.advance(24 * time.Hour)
	must(t, h.desk.SendMailings(t.Context()))
	at := h.store.For(h.owner, h.venue.ID)
	seq := h.head()
	body := first(rest.WebhookBody(t.Context(), at, seq))
	var read any
	must(t, json.Unmarshal(body, &read))
	if err := spec().Components.Schemas["WebhookEvent"].Value.VisitJSON(read, openapi3.MultiErrors(), openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("it breaks the contract: %v\n%s", err, body)
	}
	var e api.WebhookEvent
	must(t, json.Unmarshal(body, &e))
	if e.Kind != api.EventKindDigestDaily || e.Digest == nil || strings.Contains(string(body), "canary") {
		t.Fatalf("told of %s", body)
	}
	end := first(at.End(t.Context()))
	got := []any{e.Digest.From, e.Digest.To, e.Digest.Total.Issues, e.Digest.Total.Resolved, e.Digest.Total.Confirmed, e.Digest.Total.Open, e.Digest.Previous.Issues, e.Digest.NobodyCame, e.Digest.Waiting, *e.Digest.Head}
	want := []any{"2026-11-20", "2026-11-20", 3, 1, 1, 1, 0, 1, 1, end.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the digest (-want +got):\n%s", diff)
	}
	if len(e.Digest.Changes) == 0 || e.Digest.Changes[0].Before != 0 {
		t.Errorf("what changed: %+v", e.Digest.Changes)
	}
}
