package desk_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

func till(h *house, scope feedback.Scope) feedback.Actor {
	return feedback.Actor{Kind: feedback.ByKey, Org: h.owner.Org, ID: "key-" + string(scope), Person: h.owner.Person, Name: h.owner.Name, Scope: scope}
}

func TestOpenVisit_OneCheckIsOneVisit(t *testing.T) {
	h := newHouse(t)
	pos := till(h, feedback.ScopeVisits)
	open := func(by feedback.Actor, table, check string) (string, bool) {
		t.Helper()
		id, made, err := h.OpenVisit(t.Context(), by, h.venue.ID, desk.NewVisit{Table: table, Check: check, Server: "Maria", Covers: 2, Expires: time.Hour})
		must(t, err)
		return id, made
	}
	first, made := open(pos, "1", "A-1042")
	if !made {
		t.Error("the first is not new")
	}
	if again, made := open(h.waiter, h.second.ID, " A-1042 "); again != first || made {
		t.Errorf("the same check is visit %s, new: %v; want %s", again, made, first)
	}
	if other, made := open(pos, "1", "A-1043"); other == first || !made {
		t.Error("another check at the same table is the same visit")
	}
	a, _ := open(pos, "1", "")
	if b, made := open(pos, "1", ""); a == b || !made {
		t.Error("two parties without a check are one")
	}

	code := h.visitCode(t, first)
	if !code.ExpiresAt.Equal(h.clk.now().Add(time.Hour)) || code.VisitID != first {
		t.Errorf("its code is %+v", code)
	}
	must(t, h.CloseVisit(t.Context(), pos, h.venue.ID, first))
	must(t, h.CloseVisit(t.Context(), pos, h.venue.ID, first)) // twice is once
	second, made := open(pos, "1", "A-1042")
	if second == first || !made {
		t.Error("a closed check cannot be used again")
	}
	h.clk.advance(time.Hour) // it expires and nobody closes it
	third, made := open(pos, "1", "A-1042")
	if third == second || !made {
		t.Error("an expired check is not free again")
	}
	v, err := h.s.For(h.owner, h.venue.ID).Visit(t.Context(), second)
	if must(t, err); !v.ClosedAt.Equal(v.ExpiresAt) {
		t.Errorf("the expired visit was closed at %s", v.ClosedAt)
	}
	h.walk(t)
}

func TestOpenVisit_OfManyTillsOneMakesIt(t *testing.T) {
	h := newHouse(t)
	ids, mades := make([]string, 30), make([]bool, 30)
	together(len(ids), func(i int) {
		var err error
		ids[i], mades[i], err = h.OpenVisit(t.Context(), till(h, feedback.ScopeVisits), h.venue.ID, desk.NewVisit{Table: "1", Check: "A-1"})
		if err != nil {
			t.Error(err)
		}
	})
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 1 {
		t.Errorf("visits %q", ids)
	}
	n := 0
	for _, made := range mades {
		if made {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of them made it", n)
	}
}

func TestOpenVisit_WhoMay(t *testing.T) {
	h := newHouse(t)
	for what, tt := range map[string]struct {
		by   feedback.Actor
		want error
	}{
		"a waiter": {h.waiter, nil}, "a till": {till(h, feedback.ScopeVisits), nil}, "a key for everything": {till(h, feedback.ScopeAdmin), nil},
		"a key to read": {till(h, feedback.ScopeRead), feedback.ErrForbidden}, "a stranger": {newStranger(t, h), feedback.ErrNotFound},
	} {
		id, _, err := h.OpenVisit(t.Context(), tt.by, h.venue.ID, desk.NewVisit{Table: "1"})
		wantErr(t, what+" opens", err, tt.want)
		if tt.want != nil {
			id = "x"
		}
		wantErr(t, what+" closes", h.CloseVisit(t.Context(), tt.by, h.venue.ID, id), tt.want)
	}
	pos := till(h, feedback.ScopeVisits)
	r, _ := h.send(t)
	for what, err := range staffVerbs(t, h, pos, r.ID) {
		wantErr(t, "a till wants to "+what, err, feedback.ErrForbidden)
	}
	_, _, err := h.OpenVisit(t.Context(), pos, h.venue.ID, desk.NewVisit{Table: "99"})
	wantProblem(t, "no such table", err, "table")
	_, _, err = h.OpenVisit(t.Context(), pos, h.venue.ID, desk.NewVisit{Table: "1", Expires: -time.Hour})
	wantProblem(t, "it ends before it begins", err, "expires_in_minutes")
}

func TestAddTables_AllOrNone(t *testing.T) {
	h := newHouse(t)
	names := func() []string {
		t.Helper()
		tables, err := h.s.For(h.owner, h.venue.ID).Tables(t.Context())
		must(t, err)
		var out []string
		for _, table := range tables {
			out = append(out, table.AreaName+"/"+table.Name)
		}
		return out
	}
	_, err := h.AddTables(t.Context(), h.manager, h.venue.ID, []desk.NewTable{{Name: "10", Area: "Garden"}, {Name: "11"}, {Name: "2"}})
	wantProblem(t, "a name that is taken", err, "tables.2.name")
	_, err = h.AddTables(t.Context(), h.manager, h.venue.ID, []desk.NewTable{{Name: "10"}, {Name: "10"}})
	wantProblem(t, "a name twice", err, "tables.1.name")
	_, err = h.AddTables(t.Context(), h.manager, h.venue.ID, []desk.NewTable{{Name: ""}})
	wantProblem(t, "no name", err, "name")
	_, err = h.AddTables(t.Context(), h.manager, h.venue.ID, make([]desk.NewTable, feedback.MaxTables-1))
	wantProblem(t, "more than there may be", err, "tables")
	if got := names(); !slices.Equal(got, []string{"/1", "Terrace/2"}) {
		t.Fatalf("a failed try left %q", got)
	}
	areas, err := h.s.For(h.owner, h.venue.ID).Areas(t.Context())
	if must(t, err); len(areas) != 1 {
		t.Errorf("a failed try left the areas %+v", areas)
	}
	ids, err := h.AddTables(t.Context(), h.manager, h.venue.ID, []desk.NewTable{{Name: "10", Area: "Terrace"}, {Name: "11", Area: "Garden"}})
	if must(t, err); len(ids) != 2 {
		t.Errorf("added %q", ids)
	}
	if got := names(); !slices.Equal(got, []string{"/1", "Terrace/2", "Terrace/10", "Garden/11"}) {
		t.Errorf("tables %q", got)
	}
	for _, id := range ids {
		h.codeOf(t, id)
	}
}

func TestCodes_RotateAndRevoke(t *testing.T) {
	h := newHouse(t)
	old := h.code
	opens := func(c feedback.Code) error {
		t.Helper()
		in := h.complaint()
		in.Code = c.Code
		_, err := h.Submit(t.Context(), in)
		return err
	}
	must(t, h.RotateCode(t.Context(), h.manager, h.venue.ID, h.table.ID))
	fresh := h.codeOf(t, h.table.ID)
	if fresh.Code == old.Code || fresh.Short == old.Short {
		t.Fatal("the code is the old one")
	}
	must(t, opens(old))
	must(t, opens(fresh))
	h.clk.advance(feedback.RotateGrace - time.Millisecond)
	must(t, h.RotateCode(t.Context(), h.manager, h.venue.ID, h.table.ID)) // the oldest gets no second day
	must(t, opens(old))
	h.clk.advance(time.Millisecond)
	wantErr(t, "after a day", opens(old), feedback.ErrNotFound)
	must(t, opens(fresh))
	newest := h.codeOf(t, h.table.ID)
	must(t, h.RevokeCode(t.Context(), h.manager, h.venue.ID, h.table.ID))
	wantErr(t, "revoked", opens(newest), feedback.ErrNotFound)
	wantErr(t, "revoked with it, though in its day of grace", opens(fresh), feedback.ErrNotFound)
	must(t, h.RotateCode(t.Context(), h.manager, h.venue.ID, h.table.ID))
	must(t, opens(h.codeOf(t, h.table.ID)))
	must(t, h.RemoveTable(t.Context(), h.manager, h.venue.ID, h.second.ID))
	must(t, h.RemoveTable(t.Context(), h.manager, h.venue.ID, h.second.ID))
	wantErr(t, "rotate at a table that is gone", h.RotateCode(t.Context(), h.manager, h.venue.ID, h.second.ID), feedback.ErrNotFound)
	h.walk(t)
}

// What the venue is made of is a manager's, and not at a tablet that any waiter
// may have left open.
func TestSettings_WhoMay(t *testing.T) {
	h := newHouse(t)
	pin := h.manager
	pin.Shared = true
	for who, tt := range map[string]struct {
		by   feedback.Actor
		want error
	}{
		"a manager": {h.manager, nil}, "a waiter": {h.waiter, feedback.ErrForbidden}, "a manager by PIN": {pin, feedback.ErrForbidden},
		"a key to read": {till(h, feedback.ScopeRead), feedback.ErrForbidden}, "a till": {till(h, feedback.ScopeVisits), feedback.ErrForbidden},
		"a stranger": {newStranger(t, h), feedback.ErrNotFound},
	} {
		_, err := h.AddTables(t.Context(), tt.by, h.venue.ID, []desk.NewTable{{Name: "x"}})
		wantErr(t, who+" adds a table", err, tt.want)
		_, err = h.PairDevice(t.Context(), tt.by, h.venue.ID, "Pass")
		wantErr(t, who+" pairs a tablet", err, tt.want)
		for what, err := range map[string]error{
			"renames a table":  h.ChangeTable(t.Context(), tt.by, h.venue.ID, h.second.ID, desk.NewTable{Name: "2b"}),
			"rotates a code":   h.RotateCode(t.Context(), tt.by, h.venue.ID, h.table.ID),
			"revokes a code":   h.RevokeCode(t.Context(), tt.by, h.venue.ID, h.table.ID),
			"changes settings": h.ChangeVenue(t.Context(), tt.by, h.venue.ID, func(v *feedback.Venue) { v.PromiseMinutes = 7 }),
		} {
			wantErr(t, who+" "+what, err, tt.want)
		}
	}
	_, err := h.AddVenue(t.Context(), h.manager, feedback.Venue{Name: "Bar"})
	wantErr(t, "a manager adds a venue", err, feedback.ErrForbidden)
	_, _, err = h.CreateKey(t.Context(), h.manager, "till", feedback.ScopeVisits, time.Time{})
	wantErr(t, "a manager makes a key", err, feedback.ErrForbidden)
}

func TestChangeTable_NamesAreUnique(t *testing.T) {
	h := newHouse(t)
	wantProblem(t, "a name that is taken", h.ChangeTable(t.Context(), h.manager, h.venue.ID, h.second.ID, desk.NewTable{Name: "1"}), "name")
	must(t, h.RemoveTable(t.Context(), h.manager, h.venue.ID, h.table.ID))
	must(t, h.ChangeTable(t.Context(), h.manager, h.venue.ID, h.second.ID, desk.NewTable{Name: "1"}))
}

func TestChangeVenue_WritesDownWhatChanged(t *testing.T) {
	h := newHouse(t)
	must(t, h.ChangeVenue(t.Context(), h.manager, h.venue.ID, func(v *feedback.Venue) {
		v.ID, v.OrgID, v.Seq = "x", "y", 99 // nobody can
		v.Name, v.PromiseMinutes = " Osteria ", 5
	}))
	v, err := h.s.For(h.owner, h.venue.ID).Details(t.Context())
	if must(t, err); v.Name != "Osteria" || v.PromiseMinutes != 5 || v.Seq != 0 {
		t.Errorf("it is %+v", v)
	}
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 1)
	if must(t, err); log[0].Action != "venue.changed" || len(log[0].Detail) != 2 || log[0].Detail["Name"] == "" || log[0].Detail["PromiseMinutes"] == "" {
		t.Errorf("the audit trail says %+v", log[0])
	}
	must(t, h.ChangeVenue(t.Context(), h.manager, h.venue.ID, func(v *feedback.Venue) {
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://g.example/x"}}
	}))
	log, err = h.s.Org(h.owner).Audit(t.Context(), "", 1)
	if must(t, err); log[0].Detail["ReviewLinks"] != "[] → [Google https://g.example/x]" || log[0].ByID != h.manager.Person {
		t.Errorf("of the links the audit trail says %+v", log[0])
	}
	wantProblem(t, "Yelp", h.ChangeVenue(t.Context(), h.manager, h.venue.ID, func(v *feedback.Venue) {
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Yelp", URL: "https://www.yelp.com/biz/x"}}
	}), "review_links")
}

func TestAddVenue_TheCountryFillsIn(t *testing.T) {
	h := newHouse(t)
	id, err := h.AddVenue(t.Context(), h.owner, feedback.Venue{Name: "Diner", Country: "US"})
	must(t, err)
	v, err := h.s.For(h.owner, id).Details(t.Context())
	if must(t, err); v.TimeZone != "America/New_York" || v.Currency != "USD" || v.PromiseMinutes != 3 || v.OrgID != h.owner.Org || len(v.Languages) < 3 {
		t.Errorf("it is %+v", v)
	}
}

func TestScans_AreCountedAndKeptWhenTheyCannotBeWritten(t *testing.T) {
	h := newHouse(t)
	scans := func() int64 {
		t.Helper()
		c, err := h.s.For(h.owner, h.venue.ID).Codes(t.Context(), h.clk.now())
		must(t, err)
		for _, one := range c {
			if one.ID == h.code.ID {
				return one.Scans
			}
		}
		t.Fatal("the code is gone")
		return 0
	}
	must(t, h.WriteScans(t.Context())) // none
	for range 3 {
		h.Scanned(h.code.ID, h.venue)
	}
	if got := scans(); got != 0 {
		t.Errorf("%d scans were written too early", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.WriteScans(ended); err == nil {
		t.Fatal("a write without time succeeded")
	}
	h.Scanned(h.code.ID, h.venue)
	must(t, h.WriteScans(t.Context()))
	must(t, h.WriteScans(t.Context())) // nothing more
	if got := scans(); got != 4 {
		t.Errorf("%d scans, want 4", got)
	}
	h.clk.advance(26 * time.Hour)
	together(50, func(int) { h.Scanned(h.code.ID, h.venue) })
	must(t, h.WriteScans(t.Context()))
	if got := scans(); got != 54 {
		t.Errorf("%d scans, want 54", got)
	}
}

func TestKeys_OpenUntilTheyEnd(t *testing.T) {
	h := newHouse(t)
	id, secret, err := h.CreateKey(t.Context(), h.owner, "till", feedback.ScopeVisits, h.clk.now().Add(time.Hour))
	must(t, err)
	by, err := h.Key(t.Context(), desk.Hash(secret))
	if must(t, err); by.ID != id || by.Scope != feedback.ScopeVisits || by.Org != h.owner.Org || by.Person != h.owner.Person {
		t.Errorf("it stands for %+v", by)
	}
	for what, wrong := range map[string]string{"a guess": desk.Hash("mr_x"), "the secret itself": secret, "nothing": ""} {
		_, err := h.Key(t.Context(), wrong)
		wantErr(t, what, err, feedback.ErrUnauthorised)
	}
	h.clk.advance(time.Hour)
	_, err = h.Key(t.Context(), desk.Hash(secret))
	wantErr(t, "expired", err, feedback.ErrUnauthorised)

	maker, replayed := with(h.owner, "k", "h")
	id, secret, err = h.CreateKey(t.Context(), maker, "all", feedback.ScopeAdmin, time.Time{})
	must(t, err)
	again, none, err := h.CreateKey(t.Context(), maker, "all", feedback.ScopeAdmin, time.Time{})
	if must(t, err); again != id || none != "" || !*replayed {
		t.Errorf("repeated: key %s with secret %q", again, none)
	}
	must(t, h.RevokeKey(t.Context(), h.owner, id))
	_, err = h.Key(t.Context(), desk.Hash(secret))
	wantErr(t, "revoked", err, feedback.ErrUnauthorised)
	_, _, err = h.CreateKey(t.Context(), h.owner, "x", "everything", time.Time{})
	wantProblem(t, "a scope of their own", err, "scope")
}

// A change that fails leaves nothing behind, and wakes nobody.
func TestWrite_AllOrNothing(t *testing.T) {
	h := newHouse(t)
	r, guest := h.send(t)
	head, err := h.s.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	woken := len(h.woken)
	long := longText(feedback.MaxMessage + 1)
	wantProblem(t, "an end with too long a message", h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, desk.Outcome{Recovery: remade.Recovery, Tell: long}), "text")
	wantProblem(t, "too long a message", h.Write(t.Context(), guest, long), "text")
	now, err := h.s.For(h.owner, h.venue.ID).Head(t.Context())
	if must(t, err); now != head || len(h.woken) != woken {
		t.Errorf("the timeline went from %d to %d, and %d were woken", head, now, len(h.woken)-woken)
	}
	rs, err := h.s.For(h.owner, h.venue.ID).Reports(t.Context(), store.Filter{Statuses: []feedback.Status{feedback.Open}})
	if must(t, err); len(rs) != 1 {
		t.Errorf("%d open reports", len(rs))
	}
	if _, err := h.Submit(t.Context(), desk.NewReport{Code: "x"}); !errors.Is(err, feedback.ErrNotFound) {
		t.Error(err)
	}
}
