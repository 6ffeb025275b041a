package desk

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

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
		if err := v.Check(languages()); err != nil {
			return "", err
		}
		if err := at.SaveDetails(ctx, v); err != nil {
			return "", err
		}
		return venue, d.audit(ctx, tx.Org(by), by, venue, "venue.changed", venue, differing(was, v))
	})
	if err == nil {
		d.wake(venue)
	}
	return err
}

// differing names the fields in which two venues differ.
func differing(a, b feedback.Venue) map[string]string {
	names := map[string]string{}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			names[va.Type().Field(i).Name] = "changed"
		}
	}
	return names
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
	ref, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		ids = nil
		have, err := at.Tables(ctx)
		if err != nil {
			return "", err
		}
		if len(have)+len(in) > feedback.MaxTables {
			return "", feedback.Problems{"tables": "problem.table.many"}
		}
		for i, t := range in {
			id, err := d.addTable(ctx, at, t, len(have)+i)
			if err != nil {
				return "", tableProblem(err, i, len(in))
			}
			ids = append(ids, id)
		}
		return ids[0], nil
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

func (d *Desk) newCode(table, visit string) feedback.Code {
	return feedback.Code{
		ID: d.newID(), TableID: table, VisitID: visit, Code: token(), Short: token()[:8], CreatedAt: d.now(),
	}
}

// ChangeTable renames a table or moves it to another area.
func (d *Desk) ChangeTable(ctx context.Context, by feedback.Actor, venue, table string, in NewTable) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := at.Table(ctx, table)
		if err != nil {
			return "", err
		}
		t.Name, t.AreaName, t.AreaID = feedback.CleanLine(in.Name), feedback.CleanLine(in.Area), ""
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
		return t.ID, taken(at.SaveTable(ctx, t), "name", "problem.table.taken")
	})
	return err
}

// RemoveTable takes a table out of service and revokes its codes. What guests
// said at it stays.
func (d *Desk) RemoveTable(ctx context.Context, by feedback.Actor, venue, table string) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := at.Table(ctx, table)
		if err != nil {
			return "", err
		}
		if !t.RemovedAt.IsZero() {
			return t.ID, nil
		}
		t.RemovedAt = d.now()
		if err := at.SaveTable(ctx, t); err != nil {
			return "", err
		}
		return t.ID, d.endCodes(ctx, at, by, table, feedback.CodeRevoked, 0)
	})
	return err
}

// RotateCode gives a table a new code. The old one works for
// [feedback.RotateGrace], so that a guest with the old card in hand is heard.
func (d *Desk) RotateCode(ctx context.Context, by feedback.Actor, venue, table string) error {
	return d.RotateCodeWithin(ctx, by, venue, table, feedback.RotateGrace)
}

// RotateCodeWithin is RotateCode with another time for the old code to work: at
// most [feedback.MaxGrace], and none at all when it is zero.
func (d *Desk) RotateCodeWithin(ctx context.Context, by feedback.Actor, venue, table string, grace time.Duration) error {
	if grace < 0 || grace > feedback.MaxGrace {
		return feedback.Problems{"grace_minutes": "problem.expires.range"}
	}
	return d.replaceCode(ctx, by, venue, table, feedback.CodeRotated, grace)
}

// RevokeCode ends a table's code at once: the card on the table no longer
// works, and there is none until a new one is made by [Desk.RotateCode].
func (d *Desk) RevokeCode(ctx context.Context, by feedback.Actor, venue, table string) error {
	return d.replaceCode(ctx, by, venue, table, feedback.CodeRevoked, 0)
}

func (d *Desk) replaceCode(ctx context.Context, by feedback.Actor, venue, table string, kind feedback.EventKind, grace time.Duration) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := at.Table(ctx, table)
		if err == nil && !t.RemovedAt.IsZero() {
			err = fmt.Errorf("table %s was removed: %w", table, feedback.ErrNotFound)
		}
		if err != nil {
			return "", err
		}
		if err := d.endCodes(ctx, at, by, t.ID, kind, grace); err != nil {
			return "", err
		}
		if kind == feedback.CodeRotated {
			err = at.AddCode(ctx, d.newCode(t.ID, ""))
		}
		return t.ID, err
	})
	return err
}

// endCodes ends the printed codes of a table, at once or after the grace time,
// and tells it. A code that ends sooner already is left alone.
func (d *Desk) endCodes(ctx context.Context, at store.Edit, by feedback.Actor, table string, kind feedback.EventKind, grace time.Duration) error {
	now := d.now()
	codes, err := at.CodesOf(ctx, table, "", now)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if kind == feedback.CodeRevoked {
			c.RevokedAt = now
		} else if end := now.Add(grace); c.EndsAt.IsZero() || end.Before(c.EndsAt) {
			c.EndsAt = end
		}
		if err := at.EndCode(ctx, c); err != nil {
			return err
		}
	}
	e := d.event(by, kind, "")
	e.Subject, e.Data.Table = table, table
	return at.Append(ctx, e)
}

// NewVisit is a party to seat.
type NewVisit struct {
	Table   string // id or name
	Check   string
	Server  string
	Covers  int
	Expires time.Duration // of its code; 0: [feedback.DefaultVisit]
}

// OpenVisit opens a visit with a code of its own. A till that asks again for a
// check that is still open gets the same visit; made tells which it was.
func (d *Desk) OpenVisit(ctx context.Context, by feedback.Actor, venue string, in NewVisit) (id string, made bool, err error) {
	if err := by.NeedsVisits(venue); err != nil {
		return "", false, err
	}
	if in.Expires == 0 {
		in.Expires = feedback.DefaultVisit
	}
	now := d.now()
	v := feedback.Visit{
		ID: d.newID(), CheckNo: feedback.CleanLine(in.Check), Server: feedback.CleanLine(in.Server), Covers: in.Covers,
		OpenedBy: by.Person, OpenedAt: now, ExpiresAt: now.Add(in.Expires),
	}
	if err := v.Check(); err != nil {
		return "", false, err
	}
	id, err = d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		t, err := findTable(ctx, at.View, in.Table)
		if err != nil {
			return "", err
		}
		if v.CheckNo != "" {
			same, err := at.VisitOfCheck(ctx, v.CheckNo)
			if err == nil && same.Open(now) {
				return same.ID, nil
			}
			if err == nil { // it expired without being closed: its number is free again
				same.ClosedAt = same.ExpiresAt
				err = at.SaveVisit(ctx, same)
			}
			if err != nil && !errors.Is(err, feedback.ErrNotFound) {
				return "", err
			}
		}
		v.TableID = t.ID
		if err := at.AddVisit(ctx, v); err != nil {
			return "", err
		}
		code := d.newCode(t.ID, v.ID)
		code.ExpiresAt = v.ExpiresAt
		if err := at.AddCode(ctx, code); err != nil {
			return "", err
		}
		e := d.event(by, feedback.VisitOpened, "")
		e.Subject, e.Data.Table = v.ID, t.ID
		return v.ID, at.Append(ctx, e)
	})
	return id, id == v.ID, err
}

// CloseVisit notes that the party has left. Its code lives on until it expires.
func (d *Desk) CloseVisit(ctx context.Context, by feedback.Actor, venue, visit string) error {
	if err := by.NeedsVisits(venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		v, err := at.Visit(ctx, visit)
		if err != nil || !v.ClosedAt.IsZero() {
			return visit, err
		}
		v.ClosedAt = d.now()
		if err := at.SaveVisit(ctx, v); err != nil {
			return "", err
		}
		e := d.event(by, feedback.VisitClosed, "")
		e.Subject, e.Data.Table = v.ID, v.TableID
		return v.ID, at.Append(ctx, e)
	})
	return err
}

// CreateKey makes an API key and returns its id and secret. The secret is not
// kept; a repeated request gets none.
func (d *Desk) CreateKey(ctx context.Context, by feedback.Actor, name string, scope feedback.Scope, expires time.Time) (id, secret string, err error) {
	if err := by.NeedsOrg(); err != nil {
		return "", "", err
	}
	secret = "mr_" + token() + token()
	k := feedback.Key{
		ID: d.newID(), Name: feedback.CleanLine(name), Scope: scope, Hash: Hash(secret), Prefix: secret[:9],
		CreatedBy: by.Person, CreatedAt: d.now(), ExpiresAt: expires,
	}
	if err := k.Check(); err != nil {
		return "", "", err
	}
	id, err = d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if err := org.AddKey(ctx, k); err != nil {
			return "", err
		}
		return k.ID, d.audit(ctx, org, by, "", "key.created", k.ID, map[string]string{"scope": string(scope)})
	})
	if id != k.ID {
		secret = ""
	}
	return id, secret, err
}

// RenameKey gives an API key another name.
func (d *Desk) RenameKey(ctx context.Context, by feedback.Actor, key, name string) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		k, err := org.Key(ctx, key)
		if err != nil {
			return "", err
		}
		k.Name = feedback.CleanLine(name)
		if err := k.Check(); err != nil {
			return "", err
		}
		if err := org.RenameKey(ctx, k); err != nil {
			return "", err
		}
		return key, d.audit(ctx, org, by, "", "key.changed", key, map[string]string{"name": "changed"})
	})
	return err
}

// RevokeKey ends an API key at once; a second time does nothing.
func (d *Desk) RevokeKey(ctx context.Context, by feedback.Actor, key string) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		k, err := org.Key(ctx, key)
		if err != nil || !k.RevokedAt.IsZero() {
			return key, err
		}
		if err := org.RevokeKey(ctx, key, d.now()); err != nil {
			return "", err
		}
		return key, d.audit(ctx, org, by, "", "key.revoked", key, nil)
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// scan counts how often a code was opened since the last time it was written.
type scan struct {
	count int64
	last  time.Time
}

// maxScans bounds how many codes are counted between two writes.
const maxScans = 10_000

// Scanned counts that a guest opened the form of a code. It costs no write: see
// [Desk.WriteScans].
func (d *Desk) Scanned(code string) {
	d.scanned.Lock()
	defer d.scanned.Unlock()
	if s, ok := d.scans[code]; ok || len(d.scans) < maxScans {
		d.scans[code] = scan{s.count + 1, d.now()}
	}
}

// WriteScans writes the scans that were counted. What cannot be written is
// counted on.
func (d *Desk) WriteScans(ctx context.Context) error {
	d.scanned.Lock()
	counted := d.scans
	d.scans = map[string]scan{}
	d.scanned.Unlock()
	if len(counted) == 0 {
		return nil
	}
	rows := make([]store.Scan, 0, len(counted))
	for code, s := range counted {
		rows = append(rows, store.Scan{Code: code, Day: s.last.Format(time.DateOnly), Count: s.count, LastAt: s.last})
	}
	err := d.store.Tx(ctx, func(tx store.Tx) error { return tx.AddScans(ctx, rows) })
	if err != nil {
		d.scanned.Lock()
		defer d.scanned.Unlock()
		for code, s := range counted {
			now := d.scans[code]
			if now.last.Before(s.last) {
				now.last = s.last
			}
			d.scans[code] = scan{now.count + s.count, now.last}
		}
	}
	return err
}
