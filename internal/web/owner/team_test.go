package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// member is the row of somebody in the team's list.
func (p *place) member(b *browser, name string) string {
	p.Helper()
	var found string
	b.page(p.path("/team"), http.StatusOK).Find(".crew li").Each(func(_ int, s *goquery.Selection) {
		if strings.Contains(s.Text(), name) {
			found = text(s)
		}
	})
	return found
}

func TestTeam_AddSomebody(t *testing.T) {
	p := newPlace(t)
	doc := p.lead.read(p.lead.post(p.path("/team"), values("name", "Aisha Noor", "email", "aisha@example.com", "role", "staff", "pin", "4711")), http.StatusOK)
	link, err := url.Parse(doc.Find("#once").AttrOr("value", ""))
	if err != nil || link.Host != "feedback.example" || !strings.HasPrefix(link.Path, "/join/") {
		t.Fatalf("link = %v, %v", link, err)
	}
	if again := p.lead.page(p.path("/team"), http.StatusOK); again.Find("#once").Length() != 0 {
		t.Error("the link is shown twice")
	}
	if got := p.member(p.lead, "Aisha"); !strings.Contains(got, "Team") || !strings.Contains(got, "no password yet") || !strings.Contains(got, "PIN") {
		t.Errorf("row = %q", got)
	}
	p.stranger().goes(p.stranger().post(link.Path, values("password", "a long enough one")), "/board")
	if got := p.member(p.lead, "Aisha"); strings.Contains(got, "no password yet") {
		t.Errorf("after setting a password: %q", got)
	}
	p.lead.goes(p.lead.post(p.path("/team"), values("name", "Tomás Ruiz", "role", "staff", "pin", "4712")), p.path("/team?done=added"))
	tests := map[string]struct {
		form  url.Values
		field string
	}{
		"no name":          {values("email", "x@example.com", "role", "staff"), "name"},
		"taken address":    {values("name", "X", "email", "aisha@example.com", "role", "staff"), "email"},
		"half an address":  {values("name", "X", "email", "x@", "role", "staff"), "email"},
		"no way in":        {values("name", "X", "role", "staff"), "email"},
		"a simple PIN":     {values("name", "X", "role", "staff", "pin", "1111"), "pin"},
		"no role":          {values("name", "X", "email", "x@example.com"), "role"},
		"an unknown role":  {values("name", "X", "email", "x@example.com", "role", "god"), "role"},
		"letters in a PIN": {values("name", "X", "role", "staff", "pin", "abcd"), "pin"},
	}
	for name, tt := range tests {
		doc := p.lead.read(p.lead.post(p.path("/team"), tt.form), http.StatusUnprocessableEntity)
		if text(doc.Find("#"+tt.field+"-err")) == "" || doc.Find("#name").AttrOr("value", "") != tt.form.Get("name") ||
			doc.Find("#email").AttrOr("value", "") != tt.form.Get("email") || doc.Find("#pin").AttrOr("value", "-") != "" {
			t.Errorf("%s: nothing said beside %s, or something lost", name, tt.field)
		}
	}
	for want, b := range map[string]*browser{"staff": p.lead, "staff manager owner": p.boss} {
		roles := b.page(p.path("/team"), http.StatusOK).Find("[name=role]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
		if got := strings.Join(roles, " "); got != want {
			t.Errorf("the roles are %q, want %q: the others are refused", got, want)
		}
	}
	if a := p.lead.post(p.path("/team"), values("name", "X", "email", "x@example.com", "role", "owner")); a.StatusCode != http.StatusForbidden {
		t.Errorf("a manager makes an owner: %d", a.StatusCode)
	}
}

// Who is on duty now and who was here when stands beside the names; how much each
// did does not.
func TestTeam_Presence(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	plan := feedback.Duty{VenueID: p.venue.ID, PersonID: p.staff.Person, Week: map[string][]string{"sat": {"11:30-15:00"}}}
	if err := p.desk.PlanDuty(t.Context(), p.manager, p.venue.ID, plan); err != nil {
		t.Fatal(err)
	}
	const seen = "last seen 21 November 2026, 12:00"
	if got := p.member(p.lead, "Sam Okoro"); !strings.Contains(got, "on duty") || !strings.Contains(got, seen) {
		t.Errorf("at noon on a saturday: %q", got)
	}
	if got := p.member(p.lead, "Maria"); strings.Contains(got, "on duty") || strings.Contains(got, "last seen") {
		t.Errorf("of the reader, without shifts: %q", got)
	}
	p.clock.t = p.clock.t.AddDate(0, 0, 1)
	if got := p.member(p.lead, "Sam Okoro"); strings.Contains(got, "on duty") || !strings.Contains(got, seen) {
		t.Errorf("on sunday: %q", got)
	}
	if err := p.desk.PlanDuty(t.Context(), p.manager, p.venue.ID, feedback.Duty{VenueID: p.venue.ID, PersonID: p.staff.Person, Week: map[string][]string{"sun": {"11:30-15:00"}}}); err != nil {
		t.Fatal(err)
	}
	p.boss.post(p.path("/team/"+p.staff.Person+"/disable"), values())
	if got := p.member(p.lead, "Sam Okoro"); strings.Contains(got, "on duty") || strings.Contains(got, "last seen") {
		t.Errorf("who left: %q", got)
	}
}

func TestTeam_Roles(t *testing.T) {
	p := newPlace(t)
	at := p.path("/team/" + p.staff.Person)
	form := func(role string) url.Values {
		return values("name", "Sam Okoro", "email", p.staff.Person+"@example.com", "role", role)
	}
	for _, step := range []struct{ role, shown string }{{"manager", "Manager"}, {"owner", "Owner"}, {"staff", "Team"}} {
		before := p.signIn(p.staff, "")
		p.boss.goes(p.boss.post(at, form(step.role)), p.path("/team?done=saved"))
		if got := p.member(p.boss, "Sam"); !strings.Contains(got, step.shown) {
			t.Errorf("as %s: %q", step.role, got)
		}
		if a := before.get(p.path("")); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/sign-in") {
			t.Errorf("a session from before is %d at %s", a.StatusCode, a.Header.Get("Location"))
		}
	}
	after := p.signIn(p.staff, "")
	if a := after.get(p.path("/settings")); a.StatusCode != http.StatusForbidden {
		t.Errorf("staff again, at the settings: %d", a.StatusCode)
	}
	doc := p.boss.read(p.boss.post(at, values("name", "", "email", "no", "role", "staff")), http.StatusUnprocessableEntity)
	if text(doc.Find("#name-err")) == "" || text(doc.Find("#email-err")) == "" || doc.Find("#email").AttrOr("value", "") != "no" {
		t.Error("a wrong change: nothing said, or lost")
	}
	if a := p.lead.get(p.path("/team/" + p.owner.Person)); a.StatusCode != http.StatusForbidden {
		t.Errorf("a manager at the owner's page: %d", a.StatusCode)
	}
	if a := p.boss.get(p.path("/team/nobody")); a.StatusCode != http.StatusNotFound {
		t.Errorf("nobody's page: %d", a.StatusCode)
	}
	own := p.boss.page(p.path("/team/"+p.owner.Person), http.StatusOK)
	if own.Find("#role").Length() != 0 || strings.Contains(text(own.Find("main")), "Close access") {
		t.Error("an owner may change their own role or close their own access")
	}
	if a := p.boss.post(p.path("/team/"+p.owner.Person+"/disable"), nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("an owner disables themselves: %d", a.StatusCode)
	}
}

func TestTeam_LeavingAndComingBack(t *testing.T) {
	p := newPlace(t)
	at := p.path("/team/" + p.staff.Person)
	link := p.invites(p.staff, feedback.Invite)
	p.lead.page(at+"/disable", http.StatusOK)
	if a := p.waiter.get(p.path("")); a.StatusCode != http.StatusForbidden {
		t.Fatalf("asking alone signed them out: %d", a.StatusCode)
	}
	p.lead.goes(p.lead.post(at+"/disable", nil), p.path("/team?done=disabled"))
	if a := p.waiter.get(p.path("")); a.StatusCode != http.StatusSeeOther {
		t.Errorf("signed in after leaving: %d", a.StatusCode)
	}
	if a := p.stranger().get(link); a.StatusCode != http.StatusNotFound {
		t.Errorf("a link from before: %d", a.StatusCode)
	}
	if got := p.member(p.lead, "Sam"); !strings.Contains(got, "gone") {
		t.Errorf("row = %q", got)
	}
	p.lead.goes(p.lead.post(at+"/enable", nil), p.path("/team?done=enabled"))
	if got := p.member(p.lead, "Sam"); strings.Contains(got, "gone") {
		t.Errorf("back again: %q", got)
	}
}

func TestTeam_LostPasswordAndPin(t *testing.T) {
	p := newPlace(t)
	at := p.path("/team/" + p.staff.Person)
	first := p.lead.read(p.lead.post(at+"/link", nil), http.StatusOK).Find("#once").AttrOr("value", "")
	second := p.lead.read(p.lead.post(at+"/link", nil), http.StatusOK).Find("#once").AttrOr("value", "")
	local := func(link string) string { return strings.TrimPrefix(link, "https://feedback.example") }
	if a := p.stranger().get(local(first)); a.StatusCode != http.StatusNotFound {
		t.Errorf("the link before the last: %d", a.StatusCode)
	}
	p.stranger().goes(p.stranger().post(local(second), values("password", "a long enough one")), "/board")
	if got := text(p.lead.page(at, http.StatusOK).Find("main")); !strings.Contains(got, "Lost password") {
		t.Error("somebody with a password is invited again, not helped")
	}
	for _, pin := range []string{"", "12", "1111", "12a4"} {
		doc := p.lead.read(p.lead.post(at+"/pin", values("pin", pin)), http.StatusUnprocessableEntity)
		if text(doc.Find("#pin-err")) == "" {
			t.Errorf("PIN %q: nothing said", pin)
		}
	}
	p.lead.goes(p.lead.post(at+"/pin", values("pin", "4711")), p.path("/team?done=pin"))
	tablet, err := p.desk.PairDevice(t.Context(), p.manager, p.venue.ID, "Pass tablet")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.desk.SignInByPin(t.Context(), desk.Hash(tablet.Token), p.staff.Person, "4711", ""); err != nil {
		t.Errorf("the new PIN: %v", err)
	}
	form := p.lead.page(p.path("/team"), http.StatusOK).Find("#tablets form")
	if form.Length() != 1 {
		t.Fatalf("%d tablets listed, want 1", form.Length())
	}
	p.lead.goes(p.lead.post(form.AttrOr("action", ""), nil), p.path("/team?done=unpaired"))
	if _, _, err := p.desk.Tablet(t.Context(), desk.Hash(tablet.Token)); err == nil {
		t.Error("the tablet is still paired")
	}
	if a := p.lead.post(form.AttrOr("action", ""), nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("unpaired twice: %d", a.StatusCode)
	}
}

func TestAccount(t *testing.T) {
	p := newPlace(t)
	other := p.signIn(p.manager, "")
	doc := p.lead.page(p.path("/account"), http.StatusOK)
	if got := text(doc.Find(".rows")); strings.Count(got, "Firefox, Linux") != 2 || strings.Count(got, "this one") != 1 {
		t.Errorf("sessions = %q", got)
	}
	p.lead.goes(p.lead.post(p.path("/account/sessions"), nil), p.path("/account?done=sessions"))
	if a := other.get(p.path("")); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the other browser: %d", a.StatusCode)
	}
	link := p.invites(p.manager, feedback.Reset)
	a := p.stranger().post(link, values("password", "the first long one"))
	b := &browser{house: p.house, session: sessionOf(t, a)}
	for name, form := range map[string]url.Values{
		"old":      values("old", "not this one", "password", "the second long one"),
		"password": values("old", "the first long one", "password", "short"),
	} {
		doc := b.read(b.post(p.path("/account/password"), form), http.StatusUnprocessableEntity)
		if text(doc.Find("#"+name+"-err")) == "" || doc.Find("#old").AttrOr("value", "-") != "" || doc.Find("#password").AttrOr("value", "-") != "" {
			t.Errorf("%s: nothing said, or a password came back", name)
		}
	}
	b.goes(b.post(p.path("/account/password"), values("old", "the first long one", "password", "the second long one")), p.path("/account?done=password"))
	if _, err := p.desk.SignIn(t.Context(), p.manager.Person+"@example.com", "the second long one", ""); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// A session that a PIN opened is for the floor, whoever holds the tablet.
func TestSharedTablet_StaysOut(t *testing.T) {
	p := newPlace(t)
	tablet, err := p.desk.PairDevice(t.Context(), p.manager, p.venue.ID, "Pass tablet")
	if err != nil {
		t.Fatal(err)
	}
	b := p.signIn(p.manager, desk.Hash(tablet.Token))
	for _, path := range []string{"", "/codes", "/team", "/settings", "/issues"} {
		if a := b.get(p.path(path)); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s on a shared tablet: %d", path, a.StatusCode)
		}
	}
	_, secret, err := p.desk.CreateKey(t.Context(), p.owner, "till", feedback.ScopeAdmin, p.clock.t.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest(http.MethodGet, p.path(""), nil)
	r.RequestURI = p.path("")
	r.Header.Set("Authorization", "Bearer "+secret)
	if a := p.stranger().do(r); a.StatusCode != http.StatusForbidden {
		t.Errorf("a program at people's pages: %d", a.StatusCode)
	}
}

// Somebody moves to another venue of the organisation: they work there, see the old
// one no more, and what they did there still bears their name.
func TestTeam_MovesBetweenVenues(t *testing.T) {
	p := newPlace(t)
	other, err := p.desk.AddVenue(t.Context(), p.owner, feedback.Venue{Name: "Second Fork", Country: "DE", TimeZone: "Europe/Berlin", Languages: []string{"en"}, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	r := p.tells(p.tables[0], 2, "Cold")
	if err := p.desk.Take(t.Context(), p.staff, p.venue.ID, r.ID, ""); err != nil {
		t.Fatal(err)
	}
	at := p.path("/team/" + p.staff.Person)
	if n := p.lead.page(at, http.StatusOK).Find("#venues").Length(); n != 0 {
		t.Error("a manager of one venue may move people to another")
	}
	doc := p.boss.page(at, http.StatusOK)
	if got := doc.Find("#at_"+p.venue.ID+" [selected]").AttrOr("value", ""); got != "staff" || doc.Find("#venues select").Length() != 2 {
		t.Errorf("shown as %q here, in %d venues", got, doc.Find("#venues select").Length())
	}
	wrong := p.boss.read(p.boss.post(at, values("name", "", "email", "", "role", "staff")), http.StatusUnprocessableEntity)
	if wrong.Find("#venues select").Length() != 2 {
		t.Error("beside a mistake the venues are gone")
	}
	before := p.signIn(p.staff, "")
	form := values("at_"+other, "manager", "at_"+p.venue.ID, "")
	if a := p.lead.post(at+"/venues", form); a.StatusCode != http.StatusForbidden {
		t.Errorf("a manager moves somebody: %d", a.StatusCode)
	}
	if a := p.boss.post(at+"/venues", values("at_"+other, "king")); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an unknown role: %d", a.StatusCode)
	}
	p.boss.goes(p.boss.post(at+"/venues", form), p.path("/team?done=saved"))
	if a := before.get(p.path("")); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a session from before is %d", a.StatusCode)
	}
	moved := feedback.Actor{Kind: feedback.ByPerson, Org: p.owner.Org, ID: p.staff.Person, Person: p.staff.Person}
	after := p.signIn(moved, "")
	if a := after.get("/owner/" + other + "/issues"); a.StatusCode != http.StatusOK {
		t.Errorf("at the new venue: %d", a.StatusCode)
	}
	if a := after.get(p.path("/issues")); a.StatusCode == http.StatusOK {
		t.Error("the old venue is still open")
	}
	events, err := p.store.For(p.owner, p.venue.ID).EventsOf(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	named := false
	for _, e := range events {
		named = named || e.Kind == feedback.ReportTaken && e.ByName == "Sam Okoro"
	}
	if !named {
		t.Errorf("the old timeline names nobody: %+v", events)
	}
	rows, err := p.store.Org(p.owner).Audit(t.Context(), "", 1)
	if err != nil || len(rows) != 1 || rows[0].Action != "person.changed" || rows[0].Target != p.staff.Person || rows[0].Detail["roles"] != "changed" {
		t.Errorf("noted: %+v, %v", rows, err)
	}
}
