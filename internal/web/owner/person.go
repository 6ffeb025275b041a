package owner

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

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
		return h.drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}, Problems: ps})
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
	return h.drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}})
}

func (h handler) drawPerson(c echo.Context, p personPage) (err error) {
	if p.Places, err = h.workplaces(c.Request().Context(), p.room, p.Member); err != nil {
		return err
	}
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
		return h.drawPerson(c, personPage{room: r, Member: m, In: in, Problems: ps})
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
	return h.drawPerson(c, p)
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
		return h.drawPerson(c, personPage{room: r, Member: m, In: personInput{m.Name, m.Email, m.Works}, Problems: ps})
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
