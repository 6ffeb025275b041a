package rest_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
	"makeright/internal/web/rest"
)

// The contract lists exactly the kinds of events that a webhook can be told of,
// and says at its webhooks what is posted.
func TestWebhooks_AreInTheContract(t *testing.T) {
	posted := spec().Webhooks["event"].Post.RequestBody.Value.Content.Get("application/json").Schema
	if posted.Ref != "#/components/schemas/WebhookEvent" {
		t.Errorf("webhooks post %q", posted.Ref)
	}
	var told []string
	for _, kind := range feedback.EventKinds {
		told = append(told, string(kind))
	}
	var listed []string
	for _, kind := range spec().Components.Schemas["EventKind"].Value.Enum {
		listed = append(listed, kind.(string))
	}
	slices.Sort(told)
	slices.Sort(listed)
	if !reflect.DeepEqual(told, listed) {
		t.Errorf("the program tells of %q, the contract of %q", told, listed)
	}
}

// An evening in which everything happens that can happen to visits and reports:
// whatever the program posts about it keeps to the contract, has the visit or
// report in it, and nothing that anybody wrote.
func TestWebhookBody_OfEveryKind(t *testing.T) {
	h := newHouse(t)
	ctx, v := t.Context(), h.venue.ID
	sam := storetest.Person(t, h.store, h.owner, v, "Canary Sam", feedback.Staff)
	remade := desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}, Note: "canary note"}}
	timer := feedback.System(h.owner.Org, v)

	visit := first(h.admin.OpenVisit(ctx, v, api.NewVisit{Table: "2", Check: "A1", Server: "Canary"}))
	at := func(code string) (api.Submitted, feedback.Actor) {
		r := first(h.client("").SubmitReport(ctx, code, api.SubmitReport{Rating: 1, Causes: []api.Cause{api.CauseCold}, Words: "canary", Language: "en"}))
		return r, first(h.desk.Guest(ctx, r.Token))
	}
	a, guest := at(visit.Code.Code)
	b, _ := at(visit.Code.Code)
	h.clock.advance(4 * time.Minute)
	must(t, h.desk.Watch(ctx, timer, a.ID)) // nobody came
	must(t, h.desk.Watch(ctx, timer, b.ID)) // the same party: one alert
	must(t, h.desk.Call(ctx, guest))
	must(t, h.desk.Write(ctx, guest, "canary again"))
	must(t, h.desk.Take(ctx, sam, v, a.ID, ""))
	must(t, h.desk.Release(ctx, sam, v, a.ID))
	must(t, h.desk.Take(ctx, sam, v, a.ID, ""))
	must(t, h.desk.Resolve(ctx, sam, v, a.ID, remade))
	must(t, h.desk.Judge(ctx, guest, feedback.Partly, "canary verdict"))
	must(t, h.desk.Judge(ctx, guest, feedback.NotYet, "canary verdict"))
	must(t, h.desk.Unresolved(ctx, h.owner, v, a.ID, "guest_left", "canary reason"))
	must(t, h.desk.Dismiss(ctx, h.owner, v, b.ID, "spam"))
	must(t, h.desk.CloseVisit(ctx, h.owner, v, visit.ID))
	must(t, h.desk.ChangeVenue(ctx, h.owner, v, func(v *feedback.Venue) { v.VisitOnScan = true }))
	must(t, h.desk.Arrive(ctx, h.codes[1].Code))

	posted := spec().Webhooks["event"].Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	view, seen := h.store.For(h.owner, v), map[string]bool{}
	for seq := int64(1); seq <= h.head(); seq++ {
		body := first(rest.WebhookBody(ctx, view, seq))
		var read any
		must(t, json.Unmarshal(body, &read))
		if err := posted.VisitJSON(read, openapi3.MultiErrors(), openapi3.EnableFormatValidation()); err != nil {
			t.Errorf("event %d breaks the contract: %v\n%s", seq, err, body)
		}
		var e api.WebhookEvent
		must(t, json.Unmarshal(body, &e))
		seen[string(e.Kind)] = true
		if strings.Contains(strings.ToLower(string(body)), "canary") {
			t.Errorf("%s tells what somebody wrote or is called: %s", e.Kind, body)
		}
		if strings.HasPrefix(string(e.Kind), "report.") && (e.Report == nil || e.Report.ID == "") || e.Venue != v {
			t.Errorf("%s has no report or venue: %s", e.Kind, body)
		}
	}
	for _, kind := range feedback.EventKinds {
		if of, _, _ := strings.Cut(string(kind), "."); (of == "report" || of == "visit") && !seen[string(kind)] {
			t.Errorf("%s did not happen", kind)
		}
	}
}
