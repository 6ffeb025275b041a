package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Import is a file to read in.
type Import struct {
	File feedback.VenueFile
	// Venue is the one to read it into; when it is empty, the only one that is
	// called as in the file, and a new one where none is.
	Venue string
	// Dry only says what would change.
	Dry bool
	// Expect, if set, is the seal of the changes that somebody saw and agreed to:
	// where others would be made, it fails with [feedback.ErrConflict].
	Expect string
}

// Imported is what came of a file.
type Imported struct {
	Venue   string // id; empty when a new one is only tried
	Changes []feedback.FileChange
	Joined  []feedback.Person // new, with an address: they need a link to set a password
	Left    []string          // names of people who left; the file does not bring them back
}

// Seal is short for the changes: the same for the same ones.
func (i Imported) Seal() string { return Hash(fmt.Sprintf("%#v", i.Changes)) }

// errDry undoes what was only tried.
var errDry = errors.New("only tried")

// ImportVenue reads a file into a venue: all of it or nothing. Tables are found
// by name and people by address; what the file does not name stays, so the same
// file twice changes nothing the second time. Nobody loses a role in the whole
// organisation by it. Only an owner of the organisation may.
func (d *Desk) ImportVenue(ctx context.Context, by feedback.Actor, in Import) (out Imported, err error) {
	if err := by.NeedsOrg(); err != nil {
		return out, err
	}
	if in.Dry {
		by.Request = feedback.Request{} // a try neither uses a key up nor is answered by one
	}
	shut := false
	_, err = d.once(ctx, by, func(tx store.Tx) (string, error) {
		i := importing{Desk: d, tx: tx, org: tx.Org(by), by: by, in: in}
		if err := i.read(ctx); err != nil {
			return "", err
		}
		out, shut = i.out, i.shut
		if in.Dry {
			return "", errDry
		}
		if in.Expect != "" && in.Expect != out.Seal() {
			return "", fmt.Errorf("other changes than were seen: %w", feedback.ErrConflict)
		}
		return out.Venue, nil
	})
	if errors.Is(err, errDry) {
		if len(out.Changes) > 0 && out.Changes[0].Part == feedback.PartVenue {
			out.Venue = "" // there is none
		}
		return out, nil
	}
	if err != nil {
		return Imported{}, err
	}
	if out.Venue != "" {
		d.wake(out.Venue)
		d.posted()
	}
	if shut {
		d.shut(by.Org)
	}
	return out, nil
}

// importing is one file on its way into a venue, in one transaction.
type importing struct {
	*Desk
	tx   store.Tx
	org  store.OrgEdit
	at   store.Edit
	by   feedback.Actor
	in   Import
	out  Imported
	shut bool // somebody lost a way in
}

// read does all of it. What has changed is what two exports tell, before and
// after.
func (i *importing) read(ctx context.Context) error {
	was, err := i.enter(ctx)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{i.settings, i.areas, i.tables, i.people, i.escalation} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	is, err := fileOf(ctx, i.at.View)
	if err != nil {
		return err
	}
	i.out.Venue, i.out.Changes = i.at.Venue(), feedback.FileChanges(was, is)
	if len(i.out.Changes) == 0 {
		return nil
	}
	detail := map[string]string{"changes": fmt.Sprint(len(i.out.Changes))}
	return i.audit(ctx, i.org, i.by, i.out.Venue, "venue.imported", i.out.Venue, detail)
}

// enter finds the venue, or adds it, and says what it was.
func (i *importing) enter(ctx context.Context) (was feedback.VenueFile, err error) {
	id := i.in.Venue
	if id == "" {
		if id, err = i.named(ctx); err != nil {
			return was, err
		}
	}
	if id != "" {
		i.at = i.tx.At(i.by, id)
		return fileOf(ctx, i.at.View)
	}
	v := feedback.Venue{Name: *i.in.File.Venue.Name}
	i.in.File.Venue.Apply(&v)
	v = i.complete(v)
	if err := venueProblem(v.Check(languages())); err != nil {
		return was, err
	}
	if err := i.org.AddVenue(ctx, v); err != nil {
		return was, err
	}
	i.at = i.tx.At(i.by, v.ID)
	return was, i.audit(ctx, i.org, i.by, v.ID, "venue.added", v.ID, nil)
}

// named is the venue that the file is about; empty for a new one.
func (i *importing) named(ctx context.Context) (id string, err error) {
	if i.in.File.Venue == nil || i.in.File.Venue.Name == nil || *i.in.File.Venue.Name == "" {
		return "", feedback.Problems{"venue" + ".name": "file.problem.which"}
	}
	all, err := i.org.Venues(ctx)
	for _, v := range all {
		if v.Name == *i.in.File.Venue.Name && id != "" {
			return "", feedback.Problems{"venue" + ".name": "file.problem.which"}
		}
		if v.Name == *i.in.File.Venue.Name {
			id = v.ID
		}
	}
	return id, err
}

// venueProblem says where in the file a venue's problem stands.
func venueProblem(err error) error {
	ps, ok := errors.AsType[feedback.Problems](err)
	if !ok {
		return err
	}
	out := feedback.Problems{}
	for field, key := range ps {
		if slices.Contains(feedback.Purposes(), field) {
			field = "wording." + field
		}
		out["venue."+field] = key
	}
	return out
}

func (i *importing) settings(ctx context.Context) error {
	if i.in.File.Venue == nil {
		return nil
	}
	was, err := i.at.Details(ctx)
	if err != nil {
		return err
	}
	v := was
	i.in.File.Venue.Apply(&v)
	if len(feedback.FileChanges(feedback.VenueFile{Venue: feedback.FileOf(was)}, feedback.VenueFile{Venue: feedback.FileOf(v)})) == 0 {
		return nil
	}
	return venueProblem(i.saveVenue(ctx, i.org, i.at, i.by, was, v))
}

func (i *importing) areas(ctx context.Context) error {
	for _, name := range i.in.File.Areas {
		if _, err := i.at.AreaNamed(ctx, i.newID(), name); err != nil {
			return err
		}
	}
	return nil
}

func (i *importing) tables(ctx context.Context) error {
	have, err := i.at.Tables(ctx)
	if err != nil {
		return err
	}
	byName := map[string]feedback.Table{}
	for _, t := range have {
		byName[t.Name] = t
	}
	n := len(have)
	for at, in := range i.in.File.Tables {
		t, there := byName[in.Name]
		switch {
		case !there && n == feedback.MaxTables:
			return feedback.Problems{fmt.Sprintf("tables.%d", at): "problem.table.many"}
		case !there:
			table := NewTable{Name: in.Name}
			if in.Area != nil {
				table.Area = *in.Area
			}
			if _, err := i.addTable(ctx, i.at, table, n); err != nil {
				return err
			}
			n++
		case in.Area != nil && *in.Area != t.AreaName:
			if err := i.move(ctx, t, *in.Area); err != nil {
				return err
			}
		}
	}
	return nil
}

// move brings a table to another area, or out of all.
func (i *importing) move(ctx context.Context, t feedback.Table, to string) error {
	t.AreaID = ""
	if to != "" {
		area, err := i.at.AreaNamed(ctx, i.newID(), to)
		if err != nil {
			return err
		}
		t.AreaID = area.ID
	}
	return i.at.SaveTable(ctx, t, i.now())
}

func (i *importing) escalation(ctx context.Context) error {
	in := i.in.File.Escalation
	if in == nil {
		return nil
	}
	team, err := i.at.Team(ctx)
	if err != nil {
		return err
	}
	names := namesOf(team)
	es := feedback.Escalation{VenueID: i.at.Venue(), Ordinary: in.Ordinary, Safety: in.Safety}
	ps := feedback.Problems{}
	for name, p := range map[string]*feedback.Policy{"ordinary": &es.Ordinary, "safety": &es.Safety} {
		p.Steps = slices.Clone(p.Steps)
		for n, s := range p.Steps {
			ids := make([]string, len(s.People))
			for m, person := range s.People {
				if ids[m] = names[person]; ids[m] == "" {
					ps[fmt.Sprintf("escalation.%s.steps.%d.people.%d", name, n, m)] = "problem.person.unknown"
				}
			}
			p.Steps[n].People = ids
		}
	}
	gather(ps, "escalation.", es.Check())
	if err := ps.OrNil(); err != nil {
		return err
	}
	was, err := i.at.Escalation(ctx)
	if err != nil {
		return err
	}
	if len(feedback.FileChanges(escalationOnly(was, team), escalationOnly(es, team))) == 0 {
		return nil
	}
	return i.saveEscalation(ctx, i.tx, i.by, i.at, es)
}

func escalationOnly(es feedback.Escalation, team []store.Member) feedback.VenueFile {
	return feedback.VenueFile{Escalation: fileEscalation(es, team)}
}
