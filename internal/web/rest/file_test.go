package rest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"makeright/api"
	"makeright/internal/feedback"
)

// file takes the venue away, tries a change and makes it.
func (h *house) file() {
	t, ctx, c := h.t, h.t.Context(), h.admin
	text := first(c.ExportVenue(ctx, h.venue.ID))
	if got := first(c.ImportVenue(ctx, h.venue.ID, text, nil)); len(got.Changes) != 0 || got.DryRun {
		t.Errorf("the same again: %+v", got)
	}
	more := []byte(strings.Replace(string(text), `"tables": [`, `"tables": [{"name": "G1", "area": "Grove"},`, 1))
	want := []api.VenueChange{{Part: api.VenueChangePartArea, Name: "Grove", Added: true}, {Part: api.VenueChangePartTable, Name: "G1", Added: true, After: "Grove"}}
	dry := first(c.ImportVenue(ctx, h.venue.ID, more, &api.ImportVenueParams{DryRun: ptr(true)}))
	if diff := cmp.Diff(want, dry.Changes); diff != "" || !dry.DryRun {
		t.Errorf("a try (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, first(c.ImportVenue(ctx, h.venue.ID, more, nil)).Changes); diff != "" {
		t.Errorf("after a try (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(1, strings.Count(string(first(c.ExportVenue(ctx, h.venue.ID))), `"G1"`)); diff != "" {
		t.Error("it was not read in, or more than once")
	}
}

// A file is read strictly, all or nothing, and a problem names its place.
func TestImport_SaysWhatIsWrong(t *testing.T) {
	h := newHouse(t)
	before := string(first(h.admin.ExportVenue(t.Context(), h.venue.ID)))
	head := `{"format": "makeright venue", "version": 1, `
	for name, tt := range map[string]struct {
		file, code, place string
	}{
		"no JSON":       {head, "bad_request", ""},
		"a list":        {"[]", "bad_request", ""},
		"ten megabytes": {head + `"areas": ["` + strings.Repeat("x", 10<<20) + `"]}`, "too_large", ""},
		"too deep":      {head + `"tables": ` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}", "invalid", "tables.0"},
		"not UTF-8":     {head + "\"areas\": [\"\xff\"]}", "invalid", "body"},
		"unknown":       {head + `"people": [{"name": "Ida", "role": "owner", "password_hash": "x"}]}`, "invalid", "people.0.password_hash"},
		"twice":         {head + `"areas": ["Cellar"], "tables": [{"name": "Z"}, {"name": "Z"}]}`, "invalid", "tables.1.name"},
		"yelp":          {head + `"areas": ["Cellar"], "venue": {"review_links": [{"label": "Yelp", "url": "https://yelp.com/x"}]}}`, "invalid", "venue.review_links"},
		"a later one":   {`{"format": "makeright venue", "version": 2}`, "invalid", "version"},
	} {
		_, err := h.admin.ImportVenue(t.Context(), h.venue.ID, []byte(tt.file), nil)
		if p, _ := errors.AsType[api.Problem](err); code(err) != tt.code || tt.place != "" && p.Problems[tt.place] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := h.do("POST", "/api/v1/venues/"+h.venue.ID+"/file?dry_run=perhaps", []byte(head[:len(head)-2]+"}"), "Authorization", "Bearer "+h.key(h.owner, feedback.ScopeAdmin)); got.status != 422 || got.problem(t).Problems["dry_run"] == "" {
		t.Errorf("an unclear wish: %d %s", got.status, got.body)
	}
	if diff := cmp.Diff(before, string(first(h.admin.ExportVenue(t.Context(), h.venue.ID)))); diff != "" {
		t.Errorf("something was done (-was +is):\n%s", diff)
	}
}

// A try under a key of its own does not stand in the way of the real one.
func TestImport_AfterATryUnderTheSameKey(t *testing.T) {
	h := newHouse(t)
	path, file := "/api/v1/venues/"+h.venue.ID+"/file", []byte(`{"format": "makeright venue", "version": 1, "tables": [{"name": "Z"}]}`)
	with := []string{"Authorization", "Bearer " + h.key(h.owner, feedback.ScopeAdmin), "Idempotency-Key", "once"}
	for i, query := range []string{"?dry_run=true", "", ""} {
		got := h.do("POST", path+query, file, with...)
		if got.status != 200 || !strings.Contains(string(got.body), `"name":"Z"`) || strings.Contains(string(got.body), `"dry_run":true`) != (i == 0) || (got.header.Get("Idempotent-Replayed") == "true") != (i == 2) {
			t.Errorf("time %d: %d, replayed %q: %s", i+1, got.status, got.header.Get("Idempotent-Replayed"), got.body)
		}
	}
}
