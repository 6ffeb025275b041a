package owner

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

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
	May   bool      // the reader may change them
	On    bool      // on duty now
	Seen  time.Time // zero if not lately
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
	if err = h.presence(ctx, p.room, p.Members); err != nil {
		return err
	}
	if p.Tablets, err = p.view.Devices(ctx); err != nil {
		return err
	}
	p.Roles = p.giveable()
	return draw(c, "team.html", p.Problems, p)
}

// presence says of a team who is on duty and when each was last seen. How much
// anybody does is not told: people are not compared.
func (h handler) presence(ctx context.Context, r room, team []member) error {
	duties, err := r.view.Duties(ctx)
	if err != nil {
		return err
	}
	seen, err := h.store.Org(r.by).Seen(ctx)
	for i, m := range team {
		team[i].On = dutyOf(duties, m.ID).On(h.desk.Now(), r.Venue.Zone())
		team[i].Seen = seen[m.ID]
	}
	return err
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
	pin, link := form.Get("pin"), ""
	if in.Email == "" && pin == "" {
		err = feedback.Problems{"email": "owner.problem.way_in"}
	} else {
		link, err = h.invite(c, r, in, pin)
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawTeam(c, teamPage{room: r, In: in, Problems: ps})
	}
	if link == "" {
		return r.back(c, "/team", "added")
	}
	return h.drawTeam(c, teamPage{room: r, In: personInput{Role: feedback.Staff}, Link: link, For: in.Name})
}

// invite adds somebody and makes their link; who has no address gets none.
func (h handler) invite(c echo.Context, r room, in personInput, pin string) (link string, err error) {
	ctx := c.Request().Context()
	add := desk.NewPerson{Name: in.Name, Email: in.Email, Role: in.Role, Venue: r.Venue.ID, Language: web.Lang(c), Pin: pin}
	if in.Role == feedback.Owner {
		add.Venue = ""
	}
	id, err := h.desk.AddPerson(ctx, r.by, add)
	if err != nil || in.Email == "" {
		return "", err
	}
	fresh, err := h.desk.InvitePerson(ctx, r.by, id, feedback.Invite)
	if err != nil {
		return "", err
	}
	return h.joinLink(fresh), nil
}

// joinLink is the address that somebody is sent; its host comes from the
// settings.
func (h handler) joinLink(f desk.Fresh) string { return h.base.JoinPath("join", f.Token).String() }

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
