package rest_test

import (
	"encoding/json"
	"fmt"
	"regexp"

	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// random are ids, which differ from run to run.
var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain is v as JSON with its ids numbered, so that it can be compared.
func (h *house) plain(v any) any {
	h.t.Helper()
	text, err := json.Marshal(v)
	must(h.t, err)
	names := map[string]string{}
	text = random.ReplaceAllFunc(text, func(id []byte) []byte {
		if names[string(id)] == "" {
			names[string(id)] = fmt.Sprintf("id-%d", len(names)+1)
		}
		return []byte(names[string(id)])
	})
	var out any
	must(h.t, json.Unmarshal(text, &out))
	return out
}

// person adds somebody to the venue.
func (h *house) person(name string, role feedback.Role) feedback.Actor {
	h.t.Helper()
	return storetest.Person(h.t, h.store, h.owner, h.venue.ID, name, role)
}
