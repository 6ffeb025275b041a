package rest_test

import (
	"strings"
	"testing"

	"makeright/api"
	"makeright/internal/feedback"
)

// safety goes from a report to its record.
func (h *house) safety() {
	t, ctx, c, v := h.t, h.t.Context(), h.admin, h.venue.ID
	first(c.ChangeVenue(ctx, v, api.ChangeVenue{SafetyWords: &map[string][]string{"en": {"hives"}}, Protocol: &map[string]string{"en": "Call the chef."}}))
	sent := first(h.client("").SubmitReport(ctx, h.codes[0].Code, api.SubmitReport{Rating: 3, Words: "She has hives.", Language: "en"}))
	if r := first(c.GetReport(ctx, v, sent.ID)); len(r.Causes) != 1 || r.Causes[0] != api.CauseSafety || r.Level != 1 || r.Urgent != "" {
		t.Errorf("a word of alarm makes %+v", r.Report)
	}
	was := first(c.GetIncident(ctx, v, sent.ID))
	if !was.OpenedAt.Equal(h.clock.now()) || was.MealAt == nil || was.ChangedBy != nil {
		t.Errorf("record = %+v", was)
	}
	got := first(c.ChangeIncident(ctx, v, sent.ID, api.ChangeIncident{Symptoms: ptr("Hives"), Ill: ptr(1), Help: &[]api.Help{api.HelpAmbulance}}, api.AtVersion(1)))
	if got.Symptoms != "Hives" || got.Ill != 1 || len(got.Help) != 1 || got.Version != 2 || *got.ChangedBy != h.owner.Person {
		t.Errorf("changed record = %+v", got)
	}
	if _, err := c.ChangeIncident(ctx, v, sent.ID, api.ChangeIncident{Ill: ptr(2)}, api.AtVersion(1)); code(err) != "conflict" {
		t.Errorf("a stale record: %v", err)
	}
	first(c.ChangeVenue(ctx, v, api.ChangeVenue{SafetyWords: &map[string][]string{}, Protocol: &map[string]string{}}))
}

// What is no report about safety has no record, and nothing of a record is in
// the report or its timeline.
func TestIncident_StaysWithManagers(t *testing.T) {
	h := newHouse(t)
	ctx, v := t.Context(), h.venue.ID
	cold := first(h.client("").SubmitReport(ctx, h.codes[0].Code, api.SubmitReport{Rating: 2, Causes: []api.Cause{api.CauseCold}}))
	if _, err := h.admin.GetIncident(ctx, v, cold.ID); code(err) != "not_found" {
		t.Errorf("a record of a cold soup: %v", err)
	}
	hives := first(h.client("").SubmitReport(ctx, h.codes[0].Code, api.SubmitReport{Rating: 1, Causes: []api.Cause{api.CauseSafety}}))
	first(h.admin.ChangeIncident(ctx, v, hives.ID, api.ChangeIncident{Symptoms: ptr("Canary hives"), Contact: ptr("Canary 1")}))
	reader := h.client(h.key(h.owner, feedback.ScopeRead))
	if _, err := reader.GetIncident(ctx, v, hives.ID); code(err) != "forbidden" {
		t.Errorf("a key that may read: %v", err)
	}
	for _, path := range []string{"/reports/" + hives.ID, "/reports", "/events", "/export.csv"} {
		got := h.do("GET", "/api/v1/venues/"+v+path, nil, "Authorization", "Bearer "+h.key(h.owner, feedback.ScopeAdmin), "Accept", "application/json")
		if got.status != 200 || strings.Contains(string(got.body), "Canary") {
			t.Errorf("%s = %d %s", path, got.status, got.body)
		}
	}
}
