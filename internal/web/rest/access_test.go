package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// ids are what the parameters of a path stand for.
type ids map[string]string

// belongings makes one of everything in a venue of an owner.
func (h *house) belongings(owner feedback.Actor, venue, table string) ids {
	t, ctx := h.t, h.t.Context()
	visit, _, err := h.desk.OpenVisit(ctx, owner, venue, desk.NewVisit{Table: table})
	must(t, err)
	codes, err := h.store.For(owner, venue).CodesOf(ctx, table, visit, h.clock.now())
	must(t, err)
	report, err := h.desk.WriteDown(ctx, owner, venue, table, desk.NewReport{Rating: 1, Language: "en", Causes: []string{feedback.CauseSafety}})
	must(t, err)
	key, _, err := h.desk.CreateKey(ctx, owner, "spare", feedback.ScopeRead, h.clock.now().AddDate(1, 0, 0))
	must(t, err)
	hook, _, err := h.desk.AddWebhook(ctx, owner, desk.Webhook{URL: "https://hook.example/x"})
	if errors.Is(err, feedback.ErrInvalid) { // the house has as many as it may
		all, found := h.store.Org(owner).Webhooks(ctx)
		must(t, found)
		must(t, h.desk.RemoveChannel(ctx, owner, all[0].ID))
		hook, _, err = h.desk.AddWebhook(ctx, owner, desk.Webhook{URL: "https://hook.example/x"})
	}
	must(t, err)
	person := storetest.Person(t, h.store, owner, venue, "Spare", feedback.Staff)
	post := feedback.Delivery{ID: storetest.ID(), ChannelID: hook, Kind: feedback.ChannelWebhook, EventSeq: 1, State: feedback.Delivered, CreatedAt: h.clock.now()}
	storetest.Write(t, h.store, func(tx store.Tx) error { return tx.At(owner, venue).AddDelivery(ctx, post) })
	return ids{"delivery": post.ID, "venue": venue, "table": table, "visit": visit, "id": codes[0].ID, "report": report, "key": key, "webhook": hook, "person": person.Person}
}

// caller is somebody who asks, with what the contract calls them.
type caller struct {
	name, header, value string
	scope               feedback.Scope
	role                feedback.Role
}

func (h *house) callers() []caller {
	all := []caller{{name: "nobody", header: "X-Nobody", value: "1"}}
	for _, s := range feedback.Scopes {
		all = append(all, caller{name: "key " + string(s), header: "Authorization", value: "Bearer " + h.key(h.owner, s), scope: s})
	}
	for _, r := range []feedback.Role{feedback.Staff, feedback.Manager} {
		all = append(all, caller{name: string(r), header: "Cookie", value: h.session(h.person("P "+string(r), r)), role: r})
	}
	return append(all, caller{name: "owner", header: "Cookie", value: h.session(h.owner), role: feedback.Owner})
}

// may says what the contract says.
func (c caller) may(op operation) bool {
	for _, way := range *op.Security {
		if scopes, ok := way["key"]; ok && c.scope != "" {
			return c.scope == feedback.ScopeAdmin || slices.Contains(scopes, string(c.scope)) || another(c, op)
		}
		if roles, ok := way["session"]; ok && c.role != "" {
			return c.role.AtLeast(feedback.Role(roles[0]))
		}
	}
	return false
}

// another says whether a later alternative names the scope.
func another(c caller, op operation) bool {
	for _, way := range *op.Security {
		if slices.Contains(way["key"], string(c.scope)) {
			return true
		}
	}
	return false
}

func (op operation) address(with ids) string {
	path := op.path
	for name, id := range with {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return path
}

// example is a body that the contract shows.
func (op operation) example(t *testing.T) []byte {
	t.Helper()
	if op.RequestBody == nil {
		return nil
	}
	examples := op.RequestBody.Value.Content["application/json"].Examples
	name := slices.Min(slices.Collect(maps.Keys(examples)))
	text, err := json.Marshal(examples[name].Value.Value)
	must(t, err)
	return text
}

// TestAccess is every operation × everybody × own, somebody else's and absent
// ids, made from the contract (T20, T24).
func TestAccess(t *testing.T) {
	h := newHouse(t)
	callers := h.callers()
	theirOwner, theirVenue := storetest.Venue(t, h.store)
	theirTable := storetest.Table(t, h.store, theirOwner, theirVenue.ID, "1")
	theirs := h.belongings(theirOwner, theirVenue.ID, theirTable.ID)
	absent := ids{}
	for name := range theirs {
		absent[name] = storetest.ID()
	}
	checked := 0
	for _, op := range operations() {
		if op.Security == nil || len(*op.Security) == 0 {
			continue
		}
		for _, c := range callers {
			checked++
			own := h.belongings(h.owner, h.venue.ID, h.tables[0].ID)
			t.Run(op.id+" by "+c.name, func(t *testing.T) { h.access(t, op, c, own, theirs, absent) })
		}
	}
	if checked < 200 {
		t.Errorf("only %d pairs of operation and caller", checked)
	}
}

func (h *house) access(t *testing.T, op operation, c caller, own, theirs, absent ids) {
	body := op.example(t)
	ask := func(with ids) answer {
		return h.do(op.method, op.address(with), body, c.header, c.value, "Accept", "application/json")
	}
	denied := []int{401, 403, 404}
	if c.name == "nobody" {
		for _, with := range []ids{own, theirs, absent} {
			if got := ask(with); got.status != 401 {
				t.Errorf("%d %s, want 401", got.status, got.body)
			}
		}
		return
	}
	if op.address(own) != op.path {
		mixed := maps.Clone(theirs)
		mixed["venue"] = own["venue"]
		nowhere := maps.Clone(absent)
		nowhere["venue"] = own["venue"]
		same(t, op, c, ask(theirs), ask(absent))
		if op.address(mixed) != op.address(own) {
			same(t, op, c, ask(mixed), ask(nowhere))
		}
	}
	got := ask(own)
	switch {
	case c.may(op) && slices.Contains(denied, got.status):
		t.Errorf("own: %d %s, want it allowed", got.status, got.body)
	case !c.may(op) && got.status != 403:
		t.Errorf("own: %d %s, want 403", got.status, got.body)
	}
	for name, id := range theirs {
		if strings.Contains(string(got.body), id) {
			t.Errorf("the answer holds somebody else's %s: %s", name, got.body)
		}
	}
}

// same holds the answer to somebody else's id and to one that is nobody's
// against each other.
func same(t *testing.T, op operation, c caller, theirs, absent answer) {
	t.Helper()
	want := 404
	if !c.may(op) && theirs.status == 403 { // refused before anything was looked for
		want = 403
	}
	for _, a := range []*answer{&theirs, &absent} {
		a.header.Del("Date")
	}
	if theirs.status != want || absent.status != want {
		t.Errorf("somebody else's: %d, absent: %d, want %d", theirs.status, absent.status, want)
	}
	if string(theirs.body) != string(absent.body) || !cmp.Equal(theirs.header, absent.header) {
		t.Errorf("somebody else's id can be told from an absent one:\n%s\n%s", theirs.body, absent.body)
	}
}

// TestStatusToken_OpensNothingElse: a code is no status token, a token is no
// code, and a wrong one looks like any other.
func TestStatusToken_OpensNothingElse(t *testing.T) {
	h := newHouse(t)
	sent := h.submit("Cold.")
	last := sent.Token[len(sent.Token)-1]
	flipped := sent.Token[:len(sent.Token)-1] + string(map[bool]byte{true: '0', false: 'G'}[last != '0'])
	unknown := h.do("GET", "/api/v1/r/"+h.desk.StatusToken(storetest.ID()), nil)
	if unknown.status != 404 {
		t.Fatalf("a token of no report: %d", unknown.status)
	}
	for name, token := range map[string]string{"code": h.codes[0].Code, "flipped": flipped, "id": sent.ID, "nonsense": "%00"} {
		for _, path := range []string{"", "/events"} {
			got := h.do("GET", "/api/v1/r/"+token+path, nil)
			if got.status != 404 || string(got.body) != string(unknown.body) {
				t.Errorf("%s%s: %d %s", name, path, got.status, got.body)
			}
		}
	}
	if got := h.do("POST", "/api/v1/codes/"+sent.Token+"/reports", []byte(`{"rating":1}`)); got.status != 404 {
		t.Errorf("a status token as a code: %d", got.status)
	}
	h.clock.advance(feedback.StatusLife)
	if got := h.do("GET", "/api/v1/r/"+sent.Token, nil); got.status != 404 || string(got.body) != string(unknown.body) {
		t.Errorf("after its life: %d %s", got.status, got.body)
	}
}

// TestTill sees the codes of its visits and no others.
func TestTill(t *testing.T) {
	h := newHouse(t)
	till := h.client(h.key(h.owner, feedback.ScopeVisits))
	v := first(till.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1"}))
	first(till.GetCodeSVG(t.Context(), h.venue.ID, v.Code.ID))
	if _, err := till.GetCodeSVG(t.Context(), h.venue.ID, h.codes[0].ID); code(err) != "not_found" {
		t.Errorf("the code of a table: %v", err)
	}
}

// TestTill_SaysHowFarAPartyIs, so that the venue's question about it is asked.
func TestTill_SaysHowFarAPartyIs(t *testing.T) {
	h := newHouse(t)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) { v.CheckIns = []feedback.CheckIn{{Moment: "mains"}} }))
	till := h.client(h.key(h.owner, feedback.ScopeVisits))
	opened := first(till.OpenVisit(t.Context(), h.venue.ID, api.NewVisit{Table: "1"}))
	first(till.ChangeVisit(t.Context(), h.venue.ID, opened.ID, api.ChangeVisit{Moment: api.MomentMains}))
	at := h.store.For(h.owner, h.venue.ID)
	visit, err := at.Visit(t.Context(), opened.ID)
	must(t, err)
	venue, err := at.Details(t.Context())
	must(t, err)
	if asks := venue.Asks(visit, h.clock.now()); asks != "mains" {
		t.Errorf("the guests are asked about %q, want mains", asks)
	}
	if _, err := till.ChangeVisit(t.Context(), h.venue.ID, opened.ID, api.ChangeVisit{Moment: "dessert"}); code(err) != "invalid" {
		t.Errorf("a moment there is not: %v", err)
	}
}

// TestContact is shown to managers who signed in themselves and to nobody else
// (T19, T24).
func TestContact(t *testing.T) {
	h := newHouse(t)
	sent, err := h.client("").SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{
		Rating: 2, Handling: api.HandlingContactLater, Contact: &api.ContactInput{Name: "Ada Canary", Phone: "0301234567", Email: "ada@canary.example"},
	})
	must(t, err)
	own := ids{"venue": h.venue.ID, "report": sent.ID}
	for _, c := range h.callers() {
		sees := c.scope == feedback.ScopeAdmin || c.role.AtLeast(feedback.Manager)
		for _, op := range operations() {
			if op.method != http.MethodGet || !strings.HasPrefix(op.path, "/api/v1/venues/{venue}/") || strings.Contains(op.path, "{id}") {
				continue
			}
			got := h.do(op.method, op.address(own), nil, c.header, c.value, "Accept", "application/json")
			if op.id == "getReport" && c.name != "nobody" && (got.status == 200) != (c.scope != feedback.ScopeVisits) {
				t.Errorf("%s by %s: %d", op.id, c.name, got.status)
			}
			shown := strings.Contains(string(got.body), "anary") || strings.Contains(string(got.body), "0301234567")
			if shown != (sees && op.id == "getReport") {
				t.Errorf("%s by %s: contact shown = %v", op.id, c.name, shown)
			}
		}
	}
	looks := 0
	for _, a := range first(h.admin.ListAudit(t.Context(), nil)).Items {
		if a.Action == "contact.seen" && a.Target == sent.ID {
			looks++
		}
	}
	if looks != 3 { // the admin key, the manager, the owner
		t.Errorf("%d looks in the audit, want 3", looks)
	}
}

// TestMassAssignment sends every column of every noun as a further field: it is
// refused (T16).
func TestMassAssignment(t *testing.T) {
	h := newHouse(t)
	own := h.belongings(h.owner, h.venue.ID, h.tables[0].ID)
	own["code"], own["token"] = h.codes[0].Code, h.submit("Cold.").Token
	admin := "Bearer " + h.key(h.owner, feedback.ScopeAdmin)
	before := first(h.admin.GetVenue(t.Context(), h.venue.ID))
	sent := 0
	for _, op := range operations() {
		if op.RequestBody == nil {
			continue
		}
		for _, column := range columns() {
			schema := op.RequestBody.Value.Content["application/json"].Schema.Value
			if schema.Properties[column] != nil {
				continue
			}
			var body map[string]any
			must(t, json.Unmarshal(op.example(t), &body))
			body[column] = "x"
			text, err := json.Marshal(body)
			must(t, err)
			sent++
			got := h.do(op.method, op.address(own), text, "Authorization", admin)
			if got.status != 422 || got.problem(t).Problems[column] == "" {
				t.Errorf("%s takes %s: %d %s", op.id, column, got.status, got.body)
			}
		}
	}
	if sent < 500 {
		t.Errorf("only %d tries", sent)
	}
	// In the address they are nothing to us.
	for _, column := range columns() {
		path := fmt.Sprintf("/api/v1/venues/%s?%s=Evil", h.venue.ID, column)
		if got := h.do("PATCH", path, []byte(`{}`), "Authorization", admin); got.status != 200 {
			t.Errorf("?%s: %d %s", column, got.status, got.body)
		}
	}
	if diff := cmp.Diff(before, first(h.admin.GetVenue(t.Context(), h.venue.ID))); diff != "" {
		t.Errorf("the venue changed (-before +after):\n%s", diff)
	}
}

// columns are the columns of all nouns that requests are about.
func columns() []string {
	all := map[string]bool{"is_admin": true}
	for _, noun := range []any{
		feedback.Organisation{},
		feedback.Venue{},
		feedback.Area{},
		feedback.Table{},
		feedback.Visit{},
		feedback.Code{},
		feedback.Report{},
		feedback.Contact{},
		feedback.Message{},
		feedback.Person{},
		feedback.Membership{},
		feedback.Key{},
		feedback.Session{},
		feedback.Device{},
		feedback.Invitation{},
		feedback.Event{},
	} {
		for f := range reflect.TypeOf(noun).Fields() {
			all[strings.ToLower(hump.ReplaceAllString(f.Name, "${1}_${2}"))] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// hump is where a word of a Go name begins.
var hump = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// T28: another site's page cannot make a browser read in somebody's name, for
// some reads are noted; programs and our own pages can.
func TestAccess_OtherSitesReadNothing(t *testing.T) {
	h := newHouse(t)
	path, cookie := "/api/v1/venues/"+h.venue.ID+"/file", h.session(h.owner)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200, "": 200} {
		if got := h.do("GET", path, nil, "Cookie", cookie, "Sec-Fetch-Site", site); got.status != want {
			t.Errorf("from %q: %d, want %d", site, got.status, want)
		}
	}
	if got := h.do("GET", path, nil, "Authorization", "Bearer "+h.key(h.owner, feedback.ScopeAdmin), "Sec-Fetch-Site", "cross-site"); got.status != 200 {
		t.Errorf("with a key: %d, want 200", got.status)
	}
}
