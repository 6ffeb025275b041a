package desk

import (
	"context"
	"fmt"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// ExportVenue is a venue as one file, and notes in the audit trail who took it.
// Only an owner of the organisation may: it names everybody who works there.
func (d *Desk) ExportVenue(ctx context.Context, by feedback.Actor, venue string) (f feedback.VenueFile, err error) {
	if err := ownsAt(by, venue); err != nil {
		return f, err
	}
	by.Request = feedback.Request{} // taken twice is taken twice
	_, err = d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		if f, err = fileOf(ctx, at.View); err != nil {
			return "", err
		}
		return venue, d.audit(ctx, tx.Org(by), by, venue, "venue.exported", venue, nil)
	})
	return f, err
}

// ownsAt fails unless by owns the whole organisation; a venue out of reach is not
// found.
func ownsAt(by feedback.Actor, venue string) error {
	if !by.Reaches(venue) {
		return fmt.Errorf("venue %s: %w", venue, feedback.ErrNotFound)
	}
	return by.NeedsOrg()
}

// fileOf is a venue as one file.
func fileOf(ctx context.Context, at store.View) (f feedback.VenueFile, err error) {
	v, err := at.Details(ctx)
	if err != nil {
		return f, err
	}
	f = feedback.VenueFile{
		Format: feedback.FileFormat, Version: feedback.FileVersion, Venue: feedback.FileOf(v),
		Areas: []string{}, Tables: []feedback.FileTable{}, People: []feedback.FilePerson{},
	}
	areas, err := at.Areas(ctx)
	if err != nil {
		return f, err
	}
	names := map[string]string{}
	for _, a := range areas {
		names[a.ID] = a.Name
		f.Areas = append(f.Areas, a.Name)
	}
	tables, err := at.Tables(ctx)
	if err != nil {
		return f, err
	}
	for _, t := range tables {
		f.Tables = append(f.Tables, feedback.FileTable{Name: t.Name, Area: &t.AreaName})
	}
	team, err := at.Team(ctx)
	if err != nil {
		return f, err
	}
	duties, err := at.Duties(ctx)
	if err != nil {
		return f, err
	}
	for _, m := range team {
		f.People = append(f.People, onFile(m, duties, names))
	}
	es, err := at.Escalation(ctx)
	f.Escalation = fileEscalation(es, team)
	return f, err
}

// onFile is somebody of the team with their areas, by name, and shifts.
func onFile(m store.Member, duties []feedback.Duty, areas map[string]string) feedback.FilePerson {
	p := filePerson(m)
	for _, duty := range duties {
		if duty.PersonID != m.ID {
			continue
		}
		for _, id := range duty.Areas {
			if areas[id] != "" {
				p.Areas = append(p.Areas, areas[id])
			}
		}
		p.Shifts = shiftsOf(duty.Week)
	}
	return p
}

func filePerson(m store.Member) feedback.FilePerson {
	return feedback.FilePerson{
		Name: m.Name, Email: m.Email, Role: m.Here, Everywhere: m.Role != feedback.Nobody && m.Role.AtLeast(m.Here),
		Language: m.Language, Areas: []string{}, Shifts: map[string][]string{},
	}
}

// fileEscalation is who is told, with people by what they are known by in a file.
// Those who do not work here any more are left out, and steps that went to nobody
// else with them; safety still never waits.
func fileEscalation(es feedback.Escalation, team []store.Member) *feedback.FileEscalation {
	known := map[string]string{}
	for _, m := range team {
		known[m.ID] = filePerson(m).ID()
	}
	policy := func(p feedback.Policy) feedback.Policy {
		steps := []feedback.Step{}
		for _, s := range p.Steps {
			people := s.People
			s.To, s.People = append([]feedback.Target{}, s.To...), nil
			for _, id := range people {
				if known[id] != "" {
					s.People = append(s.People, known[id])
				}
			}
			if len(s.To)+len(s.People) > 0 {
				steps = append(steps, s)
			}
		}
		return feedback.Policy{Steps: steps, Repeat: p.Repeat}
	}
	f := &feedback.FileEscalation{Ordinary: policy(es.Ordinary), Safety: policy(es.Safety)}
	if len(f.Safety.Steps) > 0 {
		f.Safety.Steps[0].After = 0
	}
	return f
}

// shiftsOf are the days with shifts.
func shiftsOf(week map[string][]string) map[string][]string {
	days := map[string][]string{}
	for day, shifts := range week {
		if len(shifts) > 0 {
			days[day] = shifts
		}
	}
	return days
}

// namesOf are the ids of people by what they are known by in a file.
func namesOf(team []store.Member) map[string]string {
	names := map[string]string{}
	for _, m := range team {
		if id := filePerson(m).ID(); names[id] == "" {
			names[id] = m.ID
		}
	}
	return names
}
