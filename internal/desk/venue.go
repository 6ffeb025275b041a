package desk

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// AddVenue adds a venue to the organisation. What v leaves empty follows from
// its country. Only an owner may.
func (d *Desk) AddVenue(ctx context.Context, by feedback.Actor, v feedback.Venue) (string, error) {
	if err := by.NeedsOrg(); err != nil {
		return "", err
	}
	v = d.complete(v)
	if err := v.Check(languages()); err != nil {
		return "", err
	}
	return d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if err := org.AddVenue(ctx, v); err != nil {
			return "", err
		}
		return v.ID, d.audit(ctx, org, by, v.ID, "venue.added", v.ID, nil)
	})
}

// complete fills in what a new venue left empty.
func (d *Desk) complete(v feedback.Venue) feedback.Venue {
	v.ID, v.CreatedAt, v.Name = d.newID(), d.now(), feedback.CleanLine(v.Name)
	c := feedback.CountryOf(v.Country)
	if v.TimeZone == "" {
		v.TimeZone = c.TimeZone
	}
	if v.TimeZone == "" && v.Country == "" {
		v.TimeZone = "UTC"
	}
	if v.Currency == "" {
		v.Currency = c.Currency
	}
	if v.Currency == "" && v.Country == "" {
		v.Currency = "EUR"
	}
	if len(v.Languages) == 0 {
		v.Languages = languages()
	}
	if v.PromiseMinutes == 0 {
		v.PromiseMinutes = feedback.DefaultPromise
	}
	return v
}

// ChangeVenue changes a venue's settings; change edits them. Which fields
// changed is written in the audit trail. An owner may, and a manager of the
// venue.
func (d *Desk) ChangeVenue(ctx context.Context, by feedback.Actor, venue string, change func(*feedback.Venue)) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		was := v
		change(&v)
		v.ID, v.OrgID, v.Seq, v.CreatedAt, v.Name = was.ID, was.OrgID, was.Seq, was.CreatedAt, feedback.CleanLine(v.Name)
		return venue, d.saveVenue(ctx, tx.Org(by), at, by, was, v)
	})
	if err == nil {
		d.wake(venue)
	}
	return err
}

// saveVenue checks and writes a venue's settings, sets the timers that follow from
// them anew, and notes what has changed.
func (d *Desk) saveVenue(ctx context.Context, org store.OrgEdit, at store.Edit, by feedback.Actor, was, v feedback.Venue) error {
	if err := v.Check(languages()); err != nil {
		return err
	}
	if err := at.SaveDetails(ctx, v, d.now()); err != nil {
		return err
	}
	if v.KeepsContact() != was.KeepsContact() {
		if err := at.KeepContacts(ctx, v.KeepsContact()); err != nil {
			return err
		}
	}
	changes := differing(was, v)
	if changes["Hours"]+changes["TimeZone"] != "" {
		if err := d.rewatchOpening(ctx, at, v); err != nil {
			return err
		}
	}
	return d.audit(ctx, org, by, v.ID, "venue.changed", v.ID, changes)
}

// PassSetup notes that a step of setting the venue up is behind it, done or
// skipped. Nothing is set by it, so the audit trail does not have it.
func (d *Desk) PassSetup(ctx context.Context, by feedback.Actor, venue string, step feedback.SetupStep) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	if !step.Known() {
		return fmt.Errorf("setup step: %w", feedback.ErrNotFound)
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		v, err := at.Details(ctx)
		if err != nil || v.Setup.Passed(step) == v.Setup {
			return venue, err
		}
		return venue, at.SaveSetup(ctx, v.Setup.Passed(step))
	})
	return err
}

// differing names the fields in which two venues differ. Of review links it
// tells what they were and are: that they are the same for every guest must be
// possible to prove later. So it does of how long things are kept.
func differing(a, b feedback.Venue) map[string]string {
	names := map[string]string{}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			names[va.Type().Field(i).Name] = "changed"
		}
	}
	if names["ReviewLinks"] != "" {
		names["ReviewLinks"] = linksText(a.ReviewLinks) + " → " + linksText(b.ReviewLinks)
	}
	if names["ContactDays"] != "" {
		names["ContactDays"] = fmt.Sprintf("%d → %d", a.KeepsContact(), b.KeepsContact())
	}
	if names["TextMonths"] != "" {
		names["TextMonths"] = fmt.Sprintf("%d → %d", a.KeepsText(), b.KeepsText())
	}
	return names
}

func linksText(links []feedback.ReviewLink) string {
	all := make([]string, len(links))
	for i, l := range links {
		all[i] = l.Label + " " + l.URL
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// NewTable is a table to add; an area that is not there yet is added.
type NewTable struct {
	Name string
	Area string
}

// AddTables adds tables, each with a printed code. All or none: a name that is
// taken or wrong is a problem of "tables.N".
func (d *Desk) AddTables(ctx context.Context, by feedback.Actor, venue string, in []NewTable) ([]string, error) {
	if err := settles(by, venue); err != nil {
		return nil, err
	}
	if len(in) == 0 || len(in) > feedback.MaxTables {
		return nil, feedback.Problems{"tables": "problem.table.missing"}
	}
	var ids []string
	ref, err := d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		ids = nil
		have, err := at.Tables(ctx)
		if err != nil {
			return noted{}, err
		}
		if len(have)+len(in) > feedback.MaxTables {
			return noted{}, feedback.Problems{"tables": "problem.table.many"}
		}
		for i, t := range in {
			id, err := d.addTable(ctx, at, t, len(have)+i)
			if err != nil {
				return noted{}, tableProblem(err, i, len(in))
			}
			ids = append(ids, id)
		}
		return noted{"table.added", ids[0], map[string]string{"table": feedback.CleanLine(in[0].Name), "number": strconv.Itoa(len(in))}}, nil
	})
	if err == nil && len(ids) == 0 { // a repeated request
		ids = []string{ref}
	}
	return ids, err
}

// tableProblem says which of several tables is wrong.
func tableProblem(err error, i, n int) error {
	if errors.Is(err, feedback.ErrConflict) {
		err = feedback.Problems{"name": "problem.table.taken"}
	}
	ps, ok := errors.AsType[feedback.Problems](err)
	if !ok || n == 1 {
		return err
	}
	out := feedback.Problems{}
	for field, key := range ps {
		out[fmt.Sprintf("tables.%d.%s", i, field)] = key
	}
	return out
}

func (d *Desk) addTable(ctx context.Context, at store.Edit, in NewTable, position int) (string, error) {
	t := feedback.Table{
		ID: d.newID(), Name: feedback.CleanLine(in.Name), AreaName: feedback.CleanLine(in.Area),
		Position: position, CreatedAt: d.now(),
	}
	if err := t.Check(); err != nil {
		return "", err
	}
	if t.AreaName != "" {
		area, err := at.AreaNamed(ctx, d.newID(), t.AreaName)
		if err != nil {
			return "", err
		}
		t.AreaID = area.ID
	}
	if err := at.AddTable(ctx, t); err != nil {
		return "", err
	}
	return t.ID, at.AddCode(ctx, d.newCode(t.ID, ""))
}

// ChangeTable renames a table or moves it to another area.
func (d *Desk) ChangeTable(ctx context.Context, by feedback.Actor, venue, table string, in NewTable) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		t, err := at.Table(ctx, table)
		if err != nil {
			return noted{}, err
		}
		was := t
		t.Name, t.AreaName, t.AreaID = feedback.CleanLine(in.Name), feedback.CleanLine(in.Area), ""
		if err := t.Check(); err != nil {
			return noted{}, err
		}
		if t.AreaName != "" {
			area, err := at.AreaNamed(ctx, d.newID(), t.AreaName)
			if err != nil {
				return noted{}, err
			}
			t.AreaID = area.ID
		}
		return noted{"table.changed", t.ID, tableChanges(was, t)}, taken(at.SaveTable(ctx, t, d.now()), "name", "problem.table.taken")
	})
	return err
}

// tableChanges is what the audit trail has of a table that was renamed or moved.
func tableChanges(was, is feedback.Table) map[string]string {
	changes := map[string]string{"table": was.Name}
	if is.Name != was.Name {
		changes["name"] = "changed"
	}
	if is.AreaName != was.AreaName {
		changes["area"] = "changed"
	}
	return changes
}

// RemoveTable takes a table out of service and revokes its codes. What guests
// said at it stays.
func (d *Desk) RemoveTable(ctx context.Context, by feedback.Actor, venue, table string) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		t, err := at.Table(ctx, table)
		if err != nil || !t.RemovedAt.IsZero() {
			return noted{target: table}, err
		}
		t.RemovedAt = d.now()
		if err := at.SaveTable(ctx, t, d.now()); err != nil {
			return noted{}, err
		}
		return noted{"table.removed", t.ID, map[string]string{"table": t.Name}}, d.endCodes(ctx, at, by, table, feedback.CodeRevoked, 0)
	})
	return err
}
