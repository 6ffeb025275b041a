package store

import (
	"context"

	"makeright/internal/feedback"
)

// Member is somebody who may work in a venue, with their ways out of the house.
type Member struct {
	feedback.Person
	Here     feedback.Role
	Channels []feedback.Channel
}

// Team lists everybody who may work in the venue, by name.
func (v View) Team(ctx context.Context) ([]Member, error) {
	var rows []struct {
		feedback.Person
		VenueRole feedback.Role
	}
	err := v.db(ctx).Raw(`select people.*, coalesce(m.role, '') as venue_role from people
		join venues on venues.org_id = people.org_id and venues.id = ?
		left join memberships m on m.person_id = people.id and m.venue_id = venues.id
		where people.org_id = ? and people.disabled_at is null and (people.role <> '' or m.role is not null)
		order by lower(people.name), people.id`, v.venue, v.org).Scan(&rows).Error
	if err != nil {
		return nil, known(err, "team")
	}
	var cs []feedback.Channel
	if err := v.db(ctx).Where(live, v.org).Where("person_id <> ''").Order("id").Find(&cs).Error; err != nil {
		return nil, known(err, "channels of team")
	}
	own := map[string][]feedback.Channel{}
	for _, c := range cs {
		own[c.PersonID] = append(own[c.PersonID], c)
	}
	team := make([]Member, len(rows))
	for i, r := range rows {
		here := feedback.Actor{Kind: feedback.ByPerson, OrgRole: r.Role, Venues: map[string]feedback.Role{v.venue: r.VenueRole}}.Role(v.venue)
		team[i] = Member{Person: r.Person, Here: here, Channels: own[r.ID]}
	}
	return team, nil
}
