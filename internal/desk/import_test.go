package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// furnished is a house with something of everything that a file holds, and of
// what it must not hold.
func furnished(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	must(t, h.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.PromiseMinutes, v.RoleOnly, v.ContactDays = 5, true, 14
		v.ReviewLinks = []feedback.ReviewLink{{Label: "Google", URL: "https://g.page/r/x"}}
		v.Hours = feedback.Hours{Week: map[string][]string{"mon": {"11:30-15:00", "17:30-01:00"}}, Holidays: map[string][]string{"2026-12-25": {}}}
		v.Causes, v.CheckIns = []string{"cold", "slow"}, []feedback.CheckIn{{Moment: "mains", Minutes: 45}}
		v.Wording = feedback.Wording{}.With("cause.cold", "de", "Nicht heiß").With("expect", "en", "=HYPERLINK(\"x\")")
		v.SafetyWords, v.Protocol = map[string][]string{"en": {"nuts"}}, map[string]string{"en": "Call 112."}
	}))
	twin, err := h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "Wanda", Role: feedback.Staff, Venue: h.venue.ID, Pin: "4812"})
	must(t, err)
	_, err = h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "Wanda", Role: feedback.Manager, Venue: h.venue.ID, Pin: "4813"})
	must(t, err)
	closed, err := h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "3", Area: "Annex"}})
	must(t, err)
	must(t, h.RemoveTable(t.Context(), h.owner, h.venue.ID, closed[0])) // its area stays
	area := h.second.AreaID
	must(t, h.PlanDuty(t.Context(), h.owner, h.venue.ID, feedback.Duty{PersonID: h.waiter.Person, Week: map[string][]string{"fri": {"17:00-23:00"}}, Areas: []string{area}}))
	must(t, h.SetEscalation(t.Context(), h.owner, h.venue.ID, feedback.Escalation{
		Ordinary: feedback.Policy{Repeat: 120, Steps: []feedback.Step{
			{To: []feedback.Target{feedback.ToOnDuty}}, {After: 60, People: []string{h.waiter.Person, twin}, Channel: feedback.ChannelPush}, {After: 90, To: []feedback.Target{feedback.ToManagers}},
		}},
		Safety: feedback.Policy{Repeat: 30, Steps: []feedback.Step{{To: []feedback.Target{feedback.ToEveryone}}}},
	}))
	_, err = h.AddChannel(t.Context(), h.owner, desk.NewChannel{Venue: h.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/secret-room"})
	must(t, err)
	_, _, err = h.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://hook.example/secret-hook"})
	must(t, err)
	return h
}

// written is a house's file as text.
func (h *house) written(t *testing.T) string {
	t.Helper()
	f, err := h.ExportVenue(t.Context(), h.owner, h.venue.ID)
	must(t, err)
	text, err := f.Bytes()
	must(t, err)
	return string(text)
}

// readFile reads a file as pages and the shell do.
func readFile(t *testing.T, text string) feedback.VenueFile {
	t.Helper()
	var tags []string
	for _, l := range i18n.Languages() {
		tags = append(tags, l.Tag)
	}
	f, err := feedback.ReadVenueFile([]byte(text), tags)
	must(t, err)
	return f
}

// A venue moves to a new installation by its file: what is exported there is the
// same, byte for byte.
func TestImport_MakesTheSameVenueElsewhere(t *testing.T) {
	from := furnished(t)
	text := from.written(t)

	s := storetest.New(t)
	owner := storetest.Owner(t, s)
	people, err := from.s.Org(from.owner).People(t.Context())
	must(t, err)
	for _, p := range people {
		if p.Role == feedback.Owner { // the one who sets up the new installation
			storetest.Write(t, s, func(tx store.Tx) error {
				return tx.Org(owner).SavePerson(t.Context(), feedback.Person{ID: owner.Person, Name: p.Name, Email: p.Email, Role: p.Role, Language: p.Language})
			})
		}
	}
	to := &house{s: s, clk: from.clk, owner: owner}
	to.Desk, err = desk.New(t.Context(), s, to.wake, to.shutOut, to.clk.now)
	must(t, err)

	dry, err := to.ImportVenue(t.Context(), owner, desk.Import{File: readFile(t, text), Dry: true})
	must(t, err)
	if venues, err := s.Org(owner).Venues(t.Context()); err != nil || len(venues) != 0 || dry.Venue != "" {
		t.Fatalf("a try left %d venues, %v, and names %q", len(venues), err, dry.Venue)
	}
	done, err := to.ImportVenue(t.Context(), owner, desk.Import{File: readFile(t, text), Expect: dry.Seal()})
	must(t, err)
	to.venue.ID = done.Venue
	if diff := cmp.Diff(text, to.written(t)); diff != "" {
		t.Errorf("elsewhere it is another (-was +is):\n%s", diff)
	}
	if diff := cmp.Diff(dry.Changes, done.Changes); diff != "" {
		t.Errorf("a try told something else (-try +done):\n%s", diff)
	}
	if len(done.Joined) != 3 || len(to.woken) == 0 {
		t.Errorf("%d people need a link and %d screens were woken, want 3 and some", len(done.Joined), len(to.woken))
	}
	codes, err := to.TableCodes(t.Context(), owner, done.Venue)
	must(t, err)
	if len(codes) != 2 {
		t.Errorf("%d codes, want one for each table", len(codes))
	}
	for _, p := range done.Joined {
		now, err := s.Org(owner).Person(t.Context(), p.ID)
		must(t, err)
		if now.PasswordHash+now.PinHash != "" {
			t.Errorf("%s came with a password or a PIN", p.Name)
		}
		if link, err := to.InvitePerson(t.Context(), owner, p.ID, feedback.Invite); err != nil || link.Token == "" {
			t.Errorf("%s gets no link: %v", p.Name, err)
		}
	}
}

// The same file twice changes nothing, writes nothing and notes nothing.
func TestImport_TwiceChangesNothing(t *testing.T) {
	h := furnished(t)
	text := h.written(t)
	before := h.everything(t)
	for range 2 {
		out, err := h.ImportVenue(t.Context(), h.owner, desk.Import{Venue: h.venue.ID, File: readFile(t, text)})
		must(t, err)
		if len(out.Changes)+len(out.Joined)+len(out.Left) > 0 {
			t.Errorf("changes %+v", out)
		}
	}
	if after := h.everything(t); after != before {
		t.Errorf("(-was +is):\n%s", cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")))
	}
}

// No file opens anything.
func TestExport_HoldsNoSecrets(t *testing.T) {
	h := furnished(t)
	text := h.written(t)
	codes, err := h.TableCodes(t.Context(), h.owner, h.venue.ID)
	must(t, err)
	channels, err := h.s.Org(h.owner).ChannelsAt(t.Context(), h.venue.ID)
	must(t, err)
	hooks, err := h.s.Org(h.owner).Webhooks(t.Context())
	must(t, err)
	secrets := []string{"secret-room", "secret-hook", "hash", h.venue.ID, h.table.ID}
	for _, c := range codes {
		secrets = append(secrets, c.Code, c.Short)
	}
	for _, c := range slices.Concat(channels, hooks) {
		secrets = append(secrets, c.ID, c.Secret)
	}
	people, err := h.s.Org(h.owner).People(t.Context())
	must(t, err)
	for _, p := range people {
		secrets = append(secrets, p.PasswordHash, p.PinHash)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("the file holds %q", secret)
		}
	}
}

// What a file says is done to those it names, and nobody and nothing else.
func TestImport_ChangesWhatItNames(t *testing.T) {
	h := furnished(t)
	gone, err := h.AddPerson(t.Context(), h.owner, desk.NewPerson{Name: "Gina Gone", Email: "gina@example.com", Role: feedback.Staff, Venue: h.venue.ID})
	must(t, err)
	yes := true
	must(t, h.ChangePerson(t.Context(), h.owner, gone, desk.PersonChange{Disabled: &yes}))
	sister, err := h.AddVenue(t.Context(), h.owner, feedback.Venue{Name: "Sister"})
	must(t, err)
	storetest.Person(t, h.s, h.owner, sister, "Nina Nearby", feedback.Staff)
	mail := func(name string) string {
		people, err := h.s.Org(h.owner).People(t.Context())
		must(t, err)
		return people[slices.IndexFunc(people, func(p feedback.Person) bool { return p.Name == name })].Email
	}
	was := readFile(t, h.written(t))
	h.shut = nil
	before := h.noted(t)
	out, err := h.ImportVenue(t.Context(), h.owner, desk.Import{Venue: h.venue.ID, File: readFile(t, `{"format": "makeright venue", "version": 1,
		"venue": {"name": "Another name", "promise_minutes": 7, "review_links": []},
		"tables": [{"name": "1", "area": "Hall"}, {"name": "2"}, {"name": "=1+1", "area": ""}],
		"people": [
			{"name": "Marta M.", "email": "`+mail("Marta Manager")+`", "role": "staff"},
			{"name": "Olga Owner", "email": "`+mail("Olga Owner")+`", "role": "staff"},
			{"name": "Nina Nearby", "email": "`+mail("Nina Nearby")+`", "role": "manager", "areas": ["Hall"]},
			{"name": "Gina Gone", "email": "gina@example.com", "role": "owner", "everywhere": true},
			{"name": "Newton", "email": "newton@example.com", "role": "manager", "everywhere": true, "language": "de"}]}`)})
	must(t, err)
	want := []feedback.FileChange{
		{Part: "setting", Field: "promise_minutes", Was: "5", Is: "7"},
		{Part: "setting", Field: "review_links", Was: "Google https://g.page/r/x"},
		{Part: "area", Name: "Hall", Added: true},
		{Part: "table", Name: "1", Field: "area", Is: "Hall"},
		{Part: "table", Name: "=1+1", Added: true},
		{Part: "person", Name: "Marta M.", Field: "name", Was: "Marta Manager", Is: "Marta M."},
		{Part: "person", Name: "Marta M.", Field: "role", Was: "manager", Is: "staff"},
		{Part: "person", Name: "Newton", Added: true, Is: "manager"},
		{Part: "person", Name: "Nina Nearby", Added: true, Is: "manager"},
	}
	if diff := cmp.Diff(want, out.Changes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Equal(out.Left, []string{"Gina Gone"}) || len(out.Joined) != 1 || len(h.shut) != 1 {
		t.Errorf("left %q, joined %d, shut out %d", out.Left, len(out.Joined), len(h.shut))
	}
	is := readFile(t, h.written(t))
	if len(is.Tables) != 3 || len(is.People) != len(was.People)+2 || *is.Venue.Name != *was.Venue.Name || *is.Venue.RoleOnly != *was.Venue.RoleOnly {
		t.Errorf("what was not named is another: %+v", is)
	}
	p, err := h.s.Org(h.owner).Person(t.Context(), gone)
	must(t, err)
	if p.DisabledAt.IsZero() || p.Role == feedback.Owner {
		t.Error("somebody who left is back")
	}
	for action, n := range h.noted(t) {
		if n -= before[action]; n != map[string]int{"venue.imported": 1, "venue.changed": 1, "person.added": 1, "person.changed": 2, "duty.changed": 1, "venue.exported": 1}[action] {
			t.Errorf("%s was noted %d times", action, n)
		}
	}
}

// noted counts what the audit trail holds.
func (h *house) noted(t *testing.T) map[string]int {
	t.Helper()
	log, err := h.s.Org(h.owner).Audit(t.Context(), "", 1000)
	must(t, err)
	n := map[string]int{}
	for _, a := range log {
		n[a.Action]++
	}
	return n
}

// One thing wrong, and nothing is done; the place is named as in the file.
func TestImport_AllOrNothing(t *testing.T) {
	s := storetest.New(t)
	h, other := inHouse(t, s), inHouse(t, s)
	strangers, err := s.Org(other.owner).People(t.Context())
	must(t, err)
	before, theirs := h.everything(t), other.everything(t)
	start := `{"format": "makeright venue", "version": 1, "areas": ["Hall"], "tables": [{"name": "9", "area": "Hall"}], `
	tables := make([]string, 500)
	for i := range tables {
		tables[i] = `{"name": "t` + strings.Repeat("x", i%10) + string(rune('a'+i/10%26)) + string(rune('a'+i/260)) + `"}`
	}
	for name, tt := range map[string]struct{ text, place string }{
		"another organisation's people": {start + `"people": [{"name": "New", "role": "staff"}, {"name": "Spied", "email": "` + strangers[0].Email + `", "role": "owner"}]}`, "people.1.email"},
		"an area that is not there":     {start + `"people": [{"name": "New", "role": "staff", "areas": ["Hall", "Cellar"]}]}`, "people.0.areas"},
		"a link that may not be":        {start + `"venue": {"review_links": [{"label": "Yelp", "url": "https://yelp.com/biz/x"}]}}`, "venue.review_links"},
		"no language":                   {start + `"venue": {"languages": []}}`, "venue.languages"},
		"a long text":                   {start + `"venue": {"wording": {"expect": {"en": "` + strings.Repeat("x", 601) + `"}}}}`, "venue.wording.expect"},
		"a stranger is told":            {start + `"escalation": {"ordinary": {"repeat_seconds": 60, "steps": [{"after_seconds": 0, "to": ["managers"], "people": ["` + strangers[0].Email + `"]}]}, "safety": {"repeat_seconds": 60, "steps": [{"after_seconds": 0, "to": ["managers"]}]}}}`, "escalation.ordinary.steps.0.people.0"},
		"nobody is told":                {start + `"escalation": {"ordinary": {"repeat_seconds": 60, "steps": [{"after_seconds": 0, "to": ["managers"]}]}, "safety": {"repeat_seconds": 60, "steps": []}}}`, "escalation.safety"},
		"more tables than fit":          {strings.Replace(start, `[{"name": "9", "area": "Hall"}]`, "["+strings.Join(tables, ",")+"]", 1) + `"people": []}`, "tables.498"},
	} {
		for _, dry := range []bool{true, false} {
			_, err := h.ImportVenue(t.Context(), h.owner, desk.Import{Venue: h.venue.ID, File: readFile(t, tt.text), Dry: dry})
			wantProblem(t, name, err, tt.place)
		}
	}
	if after := h.everything(t); after != before {
		t.Errorf("something was done (-was +is):\n%s", cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")))
	}
	if after := other.everything(t); after != theirs {
		t.Error("something of the other house has changed")
	}
}

// Whoever agreed to changes gets those, or none.
func TestImport_OnlyWhatWasSeen(t *testing.T) {
	h := newHouse(t)
	in := desk.Import{Venue: h.venue.ID, File: readFile(t, `{"format": "makeright venue", "version": 1, "tables": [{"name": "8"}, {"name": "9"}]}`), Dry: true}
	seen, err := h.ImportVenue(t.Context(), h.owner, in)
	must(t, err)
	_, err = h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "8"}})
	must(t, err)
	in.Dry, in.Expect = false, seen.Seal()
	_, err = h.ImportVenue(t.Context(), h.owner, in)
	wantErr(t, "after somebody else's change", err, feedback.ErrConflict)
	in.Dry = true
	seen, err = h.ImportVenue(t.Context(), h.owner, in)
	must(t, err)
	in.Dry, in.Expect = false, seen.Seal()
	if _, err = h.ImportVenue(t.Context(), h.owner, in); err != nil {
		t.Errorf("seen again: %v", err)
	}
}

// Without a venue named, the file's own name decides; it must be clear which.
func TestImport_FindsTheVenueByName(t *testing.T) {
	h := newHouse(t)
	named := func(name string) (desk.Imported, error) {
		return h.ImportVenue(t.Context(), h.owner, desk.Import{File: readFile(t, `{"format": "makeright venue", "version": 1, `+name+`"tables": [{"name": "9"}]}`)})
	}
	if out, err := named(`"venue": {"name": "Trattoria"}, `); err != nil || out.Venue != h.venue.ID || len(out.Changes) != 1 {
		t.Errorf("by its name: %+v, %v", out, err)
	}
	out, err := named(`"venue": {"name": "Osteria", "country": "IT"}, `)
	if err != nil || out.Venue == h.venue.ID {
		t.Fatalf("a new name: %+v, %v", out, err)
	}
	v, err := h.s.For(h.owner, out.Venue).Details(t.Context())
	must(t, err)
	if v.TimeZone != "Europe/Rome" || v.Currency != "EUR" || v.PromiseMinutes != feedback.DefaultPromise {
		t.Errorf("a new venue is %+v", v)
	}
	_, err = named("")
	wantProblem(t, "without a name", err, "venue.name")
	_, err = h.AddVenue(t.Context(), h.owner, feedback.Venue{Name: "Osteria"})
	must(t, err)
	_, err = named(`"venue": {"name": "Osteria"}, `)
	wantProblem(t, "two of that name", err, "venue.name")
}

func TestFile_IsForOwners(t *testing.T) {
	h := newHouse(t)
	tablet := h.owner
	tablet.Shared = true
	for who, by := range map[string]feedback.Actor{
		"a manager": h.manager, "a waiter": h.waiter, "a tablet": tablet, "a till": till(h, feedback.ScopeVisits), "a key to read": till(h, feedback.ScopeRead),
		"an owner of the one venue": {Kind: feedback.ByPerson, Org: h.owner.Org, ID: h.other.ID, Person: h.other.Person, Venues: map[string]feedback.Role{h.venue.ID: feedback.Owner}},
	} {
		_, err := h.ExportVenue(t.Context(), by, h.venue.ID)
		wantErr(t, who+" exports", err, feedback.ErrForbidden)
		_, err = h.ImportVenue(t.Context(), by, desk.Import{Venue: h.venue.ID, Dry: true})
		wantErr(t, who+" imports", err, feedback.ErrForbidden)
	}
	if _, err := h.ExportVenue(t.Context(), till(h, feedback.ScopeAdmin), h.venue.ID); err != nil {
		t.Errorf("a key for everything: %v", err)
	}
	_, err := h.ImportVenue(t.Context(), h.owner, desk.Import{Venue: absent.venue})
	if !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("into what is not there: %v", err)
	}
}

// A step that called only somebody who left is left out; safety never waits.
func TestExport_ForgetsWhoLeft(t *testing.T) {
	h := newHouse(t)
	must(t, h.SetEscalation(t.Context(), h.owner, h.venue.ID, feedback.Escalation{
		Ordinary: feedback.Policy{Repeat: 60, Steps: []feedback.Step{{People: []string{h.other.Person, h.waiter.Person}}, {After: 9, To: []feedback.Target{feedback.ToOwner}}}},
		Safety:   feedback.Policy{Repeat: 60, Steps: []feedback.Step{{People: []string{h.other.Person}}, {After: 9, To: []feedback.Target{feedback.ToOwner}}}},
	}))
	yes := true
	must(t, h.ChangePerson(t.Context(), h.owner, h.other.Person, desk.PersonChange{Disabled: &yes}))
	f, err := h.ExportVenue(t.Context(), h.owner, h.venue.ID)
	must(t, err)
	if len(f.Escalation.Ordinary.Steps[0].People) != 1 || len(f.Escalation.Safety.Steps) != 1 || f.Escalation.Safety.Steps[0].After != 0 {
		t.Errorf("who is told: %+v", f.Escalation)
	}
	text, err := f.Bytes()
	must(t, err)
	if _, err := h.ImportVenue(t.Context(), h.owner, desk.Import{Venue: h.venue.ID, File: readFile(t, string(text))}); err != nil {
		t.Errorf("it cannot be read in again: %v", err)
	}
}
