package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// TestRead_IsNotedOnceADay: whoever reads reports or the timeline page by page is
// in the audit trail as who exported them, once in a service day and not for every
// page; also after a restart.
func TestRead_IsNotedOnceADay(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.submit("cold")
	}
	reader := h.client(h.key(h.owner, feedback.ScopeRead))
	manager := storetest.Person(t, h.store, h.owner, h.venue.ID, "Maria Rossi", feedback.Manager)
	cookie := h.session(manager)
	list := func() {
		page := first(reader.ListReports(t.Context(), h.venue.ID, &api.ListReportsParams{Limit: ptr(1)}))
		first(reader.ListReports(t.Context(), h.venue.ID, &api.ListReportsParams{Limit: ptr(1), After: page.Next}))
		first(reader.ListEvents(t.Context(), h.venue.ID, nil))
		if got := h.do(http.MethodGet, "/api/v1/venues/"+h.venue.ID+"/reports", nil, "Cookie", cookie); got.status != http.StatusOK {
			t.Fatalf("a manager reads %d", got.status)
		}
	}
	noted := func() (all []string) {
		for _, a := range first(h.admin.ListAudit(t.Context(), nil)).Items {
			if strings.HasSuffix(a.Action, ".read") {
				all = append(all, string(a.By.Kind)+" "+a.Action)
			}
		}
		slices.Sort(all)
		return all
	}
	list()
	list()
	want := []string{"key events.read", "key reports.read", "person reports.read"}
	if got := noted(); !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
	again, err := desk.New(t.Context(), h.store, func(string) {}, func(string) {}, h.clock.now)
	must(t, err)
	must(t, again.ReadReports(t.Context(), manager, h.venue))
	if got := noted(); !slices.Equal(got, want) {
		t.Errorf("after a restart %q is noted, want %q", got, want)
	}
	h.clock.advance(24 * time.Hour)
	for _, err := range reader.Events(t.Context(), h.venue.ID, -1) {
		must(t, err)
		break
	}
	if got := noted(); !slices.Equal(got, append([]string{"key events.read"}, want...)) {
		t.Errorf("next day, with a stream, %q is noted", got)
	}
}
