package owner

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// member is somebody of the venue's team.
type member struct {
	feedback.Person
	Works feedback.Role // in this venue, or, for owners, everywhere
	Self  bool
	May   bool // the reader may change them
}

// Initials stand for a picture.
func (m member) Initials() string {
	var letters []rune
	for _, word := range strings.Fields(m.Name) {
		letters = append(letters, []rune(word)[0])
	}
	if len(letters) > 2 {
		letters = []rune{letters[0], letters[len(letters)-1]}
	}
	return strings.ToUpper(string(letters))
}

// Gone says whether they left.
func (m member) Gone() bool { return !m.DisabledAt.IsZero() }

// personInput is what is asked of somebody new, or may change.
type personInput struct {
	Name, Email string
	Role        feedback.Role
}

// teamPage is all that pages/team.html may use.
type teamPage struct {
	room
	Members  []member
	Tablets  []feedback.Device
	In       personInput
	Problems feedback.Problems
	Roles    []feedback.Role
	Link     string // shown once
	For      string // whose link it is
}

func (h handler) team(c echo.Context) error {
	r, err := h.enter(c, "team")
	if err != nil {
		return err
	}
	return h.drawTeam(c, teamPage{room: r, In: personInput{Role: feedback.Staff}})
}

func (h handler) drawTeam(c echo.Context, p teamPage) error {
	ctx := c.Request().Context()
	var err error
	if p.Members, err = h.members(ctx, p.room); err != nil {
		return err
	}
	if p.Tablets, err = p.view.Devices(ctx); err != nil {
		return err
	}
	p.Roles = p.giveable()
	return draw(c, "team.html", p.Problems, p)
}

// giveable are the roles that the reader may give: those below their own, and an
// owner all.
func (r room) giveable() []feedback.Role {
	if r.Owner() {
		return []feedback.Role{feedback.Staff, feedback.Manager, feedback.Owner}
	}
	return []feedback.Role{feedback.Staff}
}

// members lists the venue's team: first who works here, then who left. Owners
// also see people who have no venue at all.
func (h handler) members(ctx context.Context, r room) ([]member, error) {
	people, err := h.store.Org(r.by).People(ctx)
	if err != nil {
		return nil, err
	}
	memberships, err := h.store.Org(r.by).Memberships(ctx)
	if err != nil {
		return nil, err
	}
	here, highest, anywhere := map[string]feedback.Role{}, map[string]feedback.Role{}, map[string]bool{}
	for _, m := range memberships {
		anywhere[m.PersonID] = true
		if m.VenueID == r.Venue.ID {
			here[m.PersonID] = m.Role
		}
		if m.Role.AtLeast(highest[m.PersonID]) {
			highest[m.PersonID] = m.Role
		}
	}
	var all []member
	for _, p := range people {
		m := member{Person: p, Works: here[p.ID], Self: p.ID == r.by.Person}
		if p.Role.AtLeast(m.Works) {
			m.Works = p.Role
		}
		m.May = r.Owner() || p.Role == feedback.Nobody && highest[p.ID] == feedback.Staff
		if m.Works != feedback.Nobody || r.Owner() && !anywhere[p.ID] {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b member) int { return cmp.Compare(rank(a), rank(b)) })
	return all, nil
}

func rank(m member) int {
	switch {
	case m.Gone():
		return 3
	case m.Works.AtLeast(feedback.Owner):
		return 0
	case m.Works.AtLeast(feedback.Manager):
		return 1
	}
	return 2
}

func (h handler) addPerson(c echo.Context) error {
	r, err := h.enter(c, "team")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := personInput{form.Get("name"), form.Get("email"), feedback.Role(form.Get("role"))}
	ctx := c.Request().Context()
	add := desk.NewPerson{Name: in.Name, Email: in.Email, Role: in.Role, Venue: r.Venue.ID, Language: web.Lang(c), Pin: form.Get("pin")}
	if in.Role == feedback.Owner {
		add.Venue = ""
	}
	var id string
	if in.Email == "" && add.Pin == "" {
		err = feedback.Problems{"email": "owner.problem.way_in"}
	} else {
		id, err = h.desk.AddPerson(ctx, r.by, add)
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawTeam(c, teamPage{room: r, In: in, Problems: ps})
	}
	if in.Email == "" {
		return r.back(c, "/team", "added")
	}
	fresh, err := h.desk.InvitePerson(ctx, r.by, id, feedback.Invite)
	if err != nil {
		return err
	}
	return h.drawTeam(c, teamPage{room: r, In: personInput{Role: feedback.Staff}, Link: h.joinLink(fresh), For: in.Name})
}

// joinLink is the address that somebody is sent; its host comes from the
// settings.
func (h handler) joinLink(f desk.Fresh) string { return h.base.JoinPath("join", f.Token).String() }

// personPage is all that pages/person.html may use.
type personPage struct {
	room
	Member   member
	In       personInput
	Problems feedback.Problems
	Roles    []feedback.Role
	Link     string // shown once
	Places   []workplace
}

// workplace is a venue of the organisation and what somebody is there.
type workplace struct {
	Venue feedback.Venue
	Role  feedback.Role
}

// workplaces are where an owner may have somebody work; none for all others, of
// oneself, and of those whose role counts everywhere.
func (h handler) workplaces(ctx context.Context, r room, m member) ([]workplace, error) {
	if r.by.NeedsOrg() != nil || m.Self || m.Person.Role != feedback.Nobody {
		return nil, nil
	}
	org := h.store.Org(r.by)
	venues, err := org.Venues(ctx)
	if err != nil {
		return nil, err
	}
	all, err := org.Memberships(ctx)
	places := make([]workplace, len(venues))
	for i, v := range venues {
		places[i].Venue = v
		for _, one := range all {
			if one.PersonID == m.ID && one.VenueID == v.ID {
				places[i].Role = one.Role
			}
		}
	}
	return places, err
}

// movePerson has somebody work in these venues and in no others. What they did
// stays where they did it, under their name.
func (h handler) movePerson(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	places, err := h.workplaces(c.Request().Context(), r, m)
	if err != nil {
		return err
	}
	if places == nil {
		return feedback.ErrForbidden
	}
	roles := map[string]feedback.Role{}
	for _, p := range places {
		if role := form.Get("at_" + p.Venue.ID); role != "" {
			roles[p.Venue.ID] = feedback.Role(role)
		}
	}
	ps, err := problemsOf(h.desk.ChangePerson(c.Request().Context(), r.by, m.ID, desk.PersonChange{Roles: &roles, Venue: r.Venue.ID}))
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}, Problems: ps, Places: places})
	}
	return r.back(c, "/team", "saved")
}

// somebody finds the person of the address among the venue's team.
func (h handler) somebody(c echo.Context) (room, member, error) {
	r, err := h.enter(c, "team")
	if err != nil {
		return r, member{}, err
	}
	all, err := h.members(c.Request().Context(), r)
	for _, m := range all {
		if m.ID != c.Param("person") {
			continue
		}
		if !m.May {
			return r, m, feedback.ErrForbidden
		}
		return r, m, nil
	}
	if err == nil {
		err = feedback.ErrNotFound
	}
	return r, member{}, err
}

func (h handler) person(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	places, err := h.workplaces(c.Request().Context(), r, m)
	if err != nil {
		return err
	}
	return drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}, Places: places})
}

func drawPerson(c echo.Context, p personPage) error {
	if p.Roles = p.giveable(); p.Member.Works.Known() && !slices.Contains(p.Roles, p.Member.Works) {
		p.Roles = append(p.Roles, p.Member.Works) // which may stay
	}
	return draw(c, "person.html", p.Problems, p)
}

func (h handler) changePerson(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := personInput{form.Get("name"), form.Get("email"), feedback.Role(form.Get("role"))}
	ps, err := problemsOf(h.change(c.Request().Context(), r, m, in))
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return drawPerson(c, personPage{room: r, Member: m, In: in, Problems: ps})
	}
	return r.back(c, "/team", "saved")
}

// change saves name, address and role. An owner has the role everywhere, all
// others in one venue.
func (h handler) change(ctx context.Context, r room, m member, in personInput) error {
	change := desk.PersonChange{Name: &in.Name, Email: &in.Email, Venue: r.Venue.ID}
	if m.Self || in.Role == m.Works {
		return h.desk.ChangePerson(ctx, r.by, m.ID, change)
	}
	change.Role = &in.Role
	if in.Role == feedback.Owner {
		change.Venue = ""
	}
	err := h.desk.ChangePerson(ctx, r.by, m.ID, change)
	if err != nil || m.Person.Role == feedback.Nobody || in.Role == feedback.Owner {
		return err
	}
	nobody := feedback.Nobody
	return h.desk.ChangePerson(ctx, r.by, m.ID, desk.PersonChange{Role: &nobody})
}

// link makes a link to set a password with; it is shown once, to be sent by
// whatever way people use.
func (h handler) link(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	kind := feedback.Invite
	if m.PasswordHash != "" {
		kind = feedback.Reset
	}
	p := personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}}
	fresh, err := h.desk.InvitePerson(c.Request().Context(), r.by, m.ID, kind)
	if p.Problems, err = problemsOf(err); err != nil {
		return err
	}
	if len(p.Problems) == 0 {
		p.Link = h.joinLink(fresh)
	}
	return drawPerson(c, p)
}

func (h handler) pin(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	err = feedback.CheckPin(form.Get("pin")) // an empty one would take the PIN away
	if err == nil {
		err = h.desk.SetPin(c.Request().Context(), r.by, m.ID, form.Get("pin"))
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}, Problems: ps})
	}
	return r.back(c, "/team", "pin")
}

func (h handler) askDisable(c echo.Context) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	return draw(c, "confirm.html", nil, confirmPage{
		room: r, Title: web.T(c, "owner.disable.title", "Name", m.Name), Text: web.T(c, "owner.disable.text"),
		Yes: "owner.disable.yes", No: "owner.disable.no", Action: c.Request().URL.Path, Back: r.Path("/team/" + m.ID),
	})
}

func (h handler) disable(c echo.Context) error { return h.setDisabled(c, true, "disabled") }

func (h handler) enable(c echo.Context) error { return h.setDisabled(c, false, "enabled") }

func (h handler) setDisabled(c echo.Context, off bool, what string) error {
	r, m, err := h.somebody(c)
	if err != nil {
		return err
	}
	err = h.desk.ChangePerson(c.Request().Context(), r.by, m.ID, desk.PersonChange{Disabled: &off, Venue: r.Venue.ID})
	if err != nil {
		return err
	}
	return r.back(c, "/team", what)
}

func (h handler) unpair(c echo.Context) error {
	r, err := h.enter(c, "team")
	if err != nil {
		return err
	}
	if err := h.desk.Unpair(c.Request().Context(), r.by, r.Venue.ID, c.Param("tablet")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/team?done=unpaired#tablets"))
}
