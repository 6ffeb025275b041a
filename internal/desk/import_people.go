package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// staff is what the people of a file are read against.
type staff struct {
	everybody []feedback.Person // of the organisation
	nameless  []store.Member    // of the team, without an address and not found yet
	duties    []feedback.Duty
	areas     map[string]string // ids by name
}

func (i *importing) staff(ctx context.Context) (s staff, err error) {
	if s.everybody, err = i.org.People(ctx); err != nil {
		return s, err
	}
	if s.duties, err = i.at.Duties(ctx); err != nil {
		return s, err
	}
	team, err := i.at.Team(ctx)
	if err != nil {
		return s, err
	}
	s.nameless = slices.DeleteFunc(team, func(m store.Member) bool { return m.Email != "" })
	areas, err := i.at.Areas(ctx)
	s.areas = map[string]string{}
	for _, a := range areas {
		s.areas[a.Name] = a.ID
	}
	return s, err
}

// people adds those who are new and gives the others the role, areas and shifts
// of the file.
func (i *importing) people(ctx context.Context) error {
	s, err := i.staff(ctx)
	if err != nil {
		return err
	}
	planned := false
	for n, in := range i.in.File.People {
		plans, err := i.somebody(ctx, &s, in)
		if ps, wrong := errors.AsType[feedback.Problems](err); wrong {
			placed := feedback.Problems{}
			gather(placed, fmt.Sprintf("people.%d.", n), ps)
			return placed
		}
		if err != nil {
			return err
		}
		planned = planned || plans
	}
	if !planned {
		return nil
	}
	v, err := i.at.Details(ctx)
	if err != nil {
		return err
	}
	return i.watchOpening(ctx, i.at, v)
}

// somebody finds or adds one person; plans says whether their shifts or areas are
// others than before.
func (i *importing) somebody(ctx context.Context, s *staff, in feedback.FilePerson) (plans bool, err error) {
	areas := []string{}
	for _, name := range in.Areas {
		if s.areas[name] == "" {
			return false, feedback.Problems{"areas": "file.problem.area"}
		}
		areas = append(areas, s.areas[name])
	}
	p, known := s.find(in)
	switch {
	case !known:
		if p, err = i.join(ctx, in); err != nil {
			return false, err
		}
	case !p.DisabledAt.IsZero():
		i.out.Left = append(i.out.Left, p.Name)
		return false, nil
	default:
		if err := i.change(ctx, p, in); err != nil {
			return false, err
		}
	}
	duty := feedback.Duty{PersonID: p.ID}
	if n := slices.IndexFunc(s.duties, func(one feedback.Duty) bool { return one.PersonID == p.ID }); n >= 0 {
		duty = s.duties[n]
	}
	return i.duty(ctx, duty, in, distinct(areas))
}

// find finds somebody by their address among all people of the organisation, or
// without one by name among those who work in the venue. Of two who share a name
// each is found once.
func (s *staff) find(in feedback.FilePerson) (feedback.Person, bool) {
	if in.Email != "" {
		n := slices.IndexFunc(s.everybody, func(p feedback.Person) bool { return p.Email == in.Email })
		if n < 0 {
			return feedback.Person{}, false
		}
		return s.everybody[n], true
	}
	n := slices.IndexFunc(s.nameless, func(m store.Member) bool { return m.Name == in.Name })
	if n < 0 {
		return feedback.Person{}, false
	}
	p := s.nameless[n].Person
	s.nameless = slices.Delete(s.nameless, n, n+1)
	return p, true
}

// join adds somebody. They have no password: they get a link, like everybody new.
func (i *importing) join(ctx context.Context, in feedback.FilePerson) (feedback.Person, error) {
	p := feedback.Person{ID: i.newID(), Name: in.Name, Email: in.Email, Language: in.Language, CreatedAt: i.now()}
	if in.Everywhere {
		p.Role = in.Role
	}
	if err := i.org.AddPerson(ctx, p); err != nil {
		return p, taken(err, "email", "problem.email.taken")
	}
	if !in.Everywhere {
		if err := i.org.SetRole(ctx, feedback.Membership{PersonID: p.ID, VenueID: i.at.Venue(), Role: in.Role}); err != nil {
			return p, err
		}
	}
	if p.Email != "" {
		i.out.Joined = append(i.out.Joined, p)
	}
	return p, i.audit(ctx, i.org, i.by, i.at.Venue(), "person.added", p.ID, map[string]string{"role": string(in.Role)})
}

// change gives somebody the name and the role of the file. A role in the whole
// organisation is never lowered, so nobody can lock themselves out.
func (i *importing) change(ctx context.Context, p feedback.Person, in feedback.FilePerson) error {
	here, err := i.at.RoleOf(ctx, p)
	if err != nil {
		return err
	}
	was, changes := p, map[string]string{}
	if in.Everywhere && in.Role.AtLeast(p.Role) {
		p.Role = in.Role
	}
	p.Name = in.Name
	if p.Name != was.Name {
		changes["name"] = "changed"
	}
	if p.Role != was.Role {
		changes["role"] = string(in.Role)
	}
	if p != was {
		if err := i.org.SavePerson(ctx, p); err != nil {
			return err
		}
	}
	if !in.Everywhere && in.Role != here && !p.Role.AtLeast(in.Role) {
		changes["role"] = string(in.Role)
		if err := i.org.SetRole(ctx, feedback.Membership{PersonID: p.ID, VenueID: i.at.Venue(), Role: in.Role}); err != nil {
			return err
		}
	}
	if changes["role"] != "" && !in.Role.AtLeast(here) { // they lose something
		i.shut = true
		if err := i.shutOut(ctx, i.org, p.ID, ""); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return i.audit(ctx, i.org, i.by, i.at.Venue(), "person.changed", p.ID, changes)
}

// duty writes when and where somebody is on duty, where the file says so, and says
// whether that is another plan than before.
func (i *importing) duty(ctx context.Context, duty feedback.Duty, in feedback.FilePerson, areas []string) (bool, error) {
	was := duty
	if in.Areas != nil {
		duty.Areas = areas
	}
	if in.Shifts != nil {
		duty.Week = in.Shifts
	}
	if slices.Equal(was.Areas, duty.Areas) && maps.EqualFunc(shiftsOf(was.Week), shiftsOf(duty.Week), slices.Equal) {
		return false, nil
	}
	if err := i.at.SaveDuty(ctx, duty); err != nil {
		return false, err
	}
	return true, i.audit(ctx, i.org, i.by, i.at.Venue(), "duty.changed", duty.PersonID, nil)
}
