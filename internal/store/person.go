package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// SessionActor returns who is signed in with this session (the hash of its
// token), the session itself and, for a session that a PIN opened, its tablet.
// It fails with [feedback.ErrUnauthorised] when the person was disabled or the
// tablet revoked; whether the session has ended is the caller's question.
func (s *Store) SessionActor(ctx context.Context, hash string) (feedback.Actor, feedback.Session, error) {
	var row struct {
		feedback.Session
		OrgID, Name     string
		Role            feedback.Role
		VenueID         string
		DisabledAt      time.Time `gorm:"serializer:ms"`
		DeviceRevokedAt time.Time `gorm:"serializer:ms"`
	}
	err := s.db(ctx).Raw(`
		select sessions.*, p.org_id, p.name, p.role, p.disabled_at,
			coalesce(d.venue_id, '') as venue_id, d.revoked_at as device_revoked_at
		from sessions join people p on p.id = sessions.person_id
		left join devices d on d.id = sessions.device_id
		where sessions.id = ?`, hash).Take(&row).Error
	if err == nil && (!row.DisabledAt.IsZero() || !row.DeviceRevokedAt.IsZero()) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return feedback.Actor{}, feedback.Session{}, unauthorised(err, "session")
	}
	a := feedback.Actor{
		Kind: feedback.ByPerson, Org: row.OrgID, ID: row.PersonID, Person: row.PersonID, Name: row.Name, OrgRole: row.Role,
		Session: hash, Device: row.DeviceID, Shared: row.DeviceID != "",
	}
	a.Venues, err = s.roles(ctx, row.PersonID)
	if a.Shared { // a tablet stays in its venue, whoever holds it
		a.Venues = map[string]feedback.Role{row.VenueID: a.Role(row.VenueID)}
		a.OrgRole = feedback.Nobody
	}
	return a, row.Session, err
}

func (s *Store) roles(ctx context.Context, person string) (map[string]feedback.Role, error) {
	var ms []feedback.Membership
	if err := s.db(ctx).Where("person_id = ?", person).Find(&ms).Error; err != nil {
		return nil, known(err, "roles")
	}
	roles := make(map[string]feedback.Role, len(ms))
	for _, m := range ms {
		roles[m.VenueID] = m.Role
	}
	return roles, nil
}

// KeyActor returns the program that holds this key (the hash of its secret)
// and the key, or [feedback.ErrUnauthorised].
func (s *Store) KeyActor(ctx context.Context, hash string) (feedback.Actor, feedback.Key, error) {
	var row struct {
		feedback.Key
		MakerName string
	}
	err := s.db(ctx).Raw(`select keys.*, coalesce(p.name, '') as maker_name
		from keys left join people p on p.id = keys.created_by where keys.hash = ?`, hash).Take(&row).Error
	k := row.Key
	return feedback.Actor{Kind: feedback.ByKey, Org: k.OrgID, ID: k.ID, Person: k.CreatedBy, Name: row.MakerName, Scope: k.Scope},
		k, unauthorised(err, "key")
}

// PersonWithEmail finds somebody by their e-mail address, in lower case.
func (s *Store) PersonWithEmail(ctx context.Context, email string) (feedback.Person, error) {
	var p feedback.Person
	err := s.db(ctx).Where("email = ? and email <> ''", email).Take(&p).Error
	return p, known(err, "person")
}

// Device returns a paired tablet by the hash of its token.
func (s *Store) Device(ctx context.Context, hash string) (feedback.Device, feedback.Actor, error) {
	var row struct {
		feedback.Device
		OrgID string
	}
	err := s.db(ctx).Raw(`select devices.*, venues.org_id from devices
		join venues on venues.id = devices.venue_id where devices.id = ? and devices.revoked_at is null`, hash).Take(&row).Error
	return row.Device, feedback.System(row.OrgID, row.VenueID), known(err, "device")
}

// Invitation returns a single-use link by the hash of its token.
func (s *Store) Invitation(ctx context.Context, hash string) (feedback.Invitation, error) {
	var i feedback.Invitation
	err := s.db(ctx).Where("id = ?", hash).Take(&i).Error
	return i, known(err, "link")
}

// Person returns somebody of the organisation.
func (o OrgView) Person(ctx context.Context, id string) (feedback.Person, error) {
	var p feedback.Person
	err := o.db(ctx).Where("id = ? and org_id = ?", id, o.org).Take(&p).Error
	return p, known(err, "person")
}

// People lists everybody of the organisation by name, those who left last.
func (o OrgView) People(ctx context.Context) ([]feedback.Person, error) {
	var ps []feedback.Person
	err := o.db(ctx).Where("org_id = ?", o.org).Order("disabled_at is not null, lower(name), id").Find(&ps).Error
	return ps, known(err, "people")
}

// Memberships lists who works where in the organisation.
func (o OrgView) Memberships(ctx context.Context) ([]feedback.Membership, error) {
	var ms []feedback.Membership
	err := o.db(ctx).Table("memberships").Select("memberships.*").
		Joins("join venues on venues.id = memberships.venue_id").Where("venues.org_id = ?", o.org).Find(&ms).Error
	return ms, known(err, "memberships")
}

// Staff lists the people who may work in the venue, by name.
func (v View) Staff(ctx context.Context) ([]feedback.Person, error) {
	var ps []feedback.Person
	err := v.db(ctx).Where(`org_id = ? and disabled_at is null and
		(role <> '' or exists (select 1 from memberships m where m.person_id = people.id and m.venue_id = ?))`, v.org, v.venue).
		Order("lower(name), id").Find(&ps).Error
	return ps, known(err, "staff")
}

// RoleOf is what somebody may do in the venue: Nobody for a stranger.
func (v View) RoleOf(ctx context.Context, p feedback.Person) (feedback.Role, error) {
	var m feedback.Membership
	err := v.db(ctx).Where("person_id = ? and venue_id = ?", p.ID, v.venue).Limit(1).Find(&m).Error
	if p.OrgID != v.org || !p.DisabledAt.IsZero() {
		return feedback.Nobody, known(err, "role")
	}
	return feedback.Actor{Kind: feedback.ByPerson, OrgRole: p.Role, Venues: map[string]feedback.Role{v.venue: m.Role}}.Role(v.venue), known(err, "role")
}

// AddPerson adds somebody; [feedback.ErrConflict] when the address is taken.
func (o OrgEdit) AddPerson(ctx context.Context, p feedback.Person) error {
	p.OrgID = o.org
	return known(o.db(ctx).Create(&p).Error, "add person")
}

// SavePerson writes what may change of a person.
func (o OrgEdit) SavePerson(ctx context.Context, p feedback.Person) error {
	res := o.db(ctx).Model(&feedback.Person{}).Where("id = ? and org_id = ?", p.ID, o.org).
		Select("name", "email", "role", "password_hash", "pin_hash", "language", "disabled_at").Updates(&p)
	return changed(res, "save person")
}

// SetRole makes somebody a member of one of the organisation's venues;
// [feedback.Nobody] ends it.
func (o OrgEdit) SetRole(ctx context.Context, m feedback.Membership) error {
	var venue feedback.Venue
	if err := o.db(ctx).Select("id").Where("id = ? and org_id = ?", m.VenueID, o.org).Take(&venue).Error; err != nil {
		return known(err, "venue")
	}
	if _, err := o.Person(ctx, m.PersonID); err != nil {
		return err
	}
	if m.Role == feedback.Nobody {
		return known(o.db(ctx).Where("person_id = ? and venue_id = ?", m.PersonID, m.VenueID).Delete(&feedback.Membership{}).Error, "end membership")
	}
	return known(o.db(ctx).Exec(`insert into memberships (person_id, venue_id, role) values (?, ?, ?)
		on conflict (person_id, venue_id) do update set role = excluded.role`, m.PersonID, m.VenueID, m.Role).Error, "set role")
}

// EndSessions signs somebody out everywhere, but for one session to keep. What
// these browsers had subscribed to is no longer pushed to them.
func (o OrgEdit) EndSessions(ctx context.Context, person, keep string, at time.Time) error {
	if err := o.forgetPushes(ctx, person, keep, at); err != nil {
		return err
	}
	return known(o.db(ctx).Exec(`delete from sessions where person_id = ? and id <> ?
		and person_id in (select id from people where org_id = ?)`, person, keep, o.org).Error, "end sessions")
}

// RevokeKeysOf revokes the keys that somebody made.
func (o OrgEdit) RevokeKeysOf(ctx context.Context, person string, at time.Time) error {
	return known(o.db(ctx).Exec("update keys set revoked_at = ? where created_by = ? and org_id = ? and revoked_at is null",
		ms(at), person, o.org).Error, "revoke keys")
}

// Sessions lists where somebody is signed in, newest first.
func (o OrgView) Sessions(ctx context.Context, person string) ([]feedback.Session, error) {
	var ss []feedback.Session
	err := o.db(ctx).Where("person_id = ? and person_id in (select id from people where org_id = ?)", person, o.org).
		Order("created_at desc").Find(&ss).Error
	return ss, known(err, "sessions")
}

// Seen is when each of the organisation's people last used one of their sessions
// that are kept; those without one are not in it.
func (o OrgView) Seen(ctx context.Context) (map[string]time.Time, error) {
	var ss []feedback.Session
	err := o.db(ctx).Select("person_id, max(seen_at) as seen_at").Group("person_id").
		Where("person_id in (select id from people where org_id = ?)", o.org).Find(&ss).Error
	seen := map[string]time.Time{}
	for _, one := range ss {
		seen[one.PersonID] = one.SeenAt
	}
	return seen, known(err, "last seen")
}

// AddSession signs somebody in.
func (t Tx) AddSession(ctx context.Context, ss feedback.Session) error {
	return known(t.db(ctx).Create(&ss).Error, "add session")
}

// SawSession writes when a session was last used.
func (s *Store) SawSession(ctx context.Context, hash string, at time.Time) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("update sessions set seen_at = ? where id = ?", ms(at), hash).Error, "saw session")
	})
}

// SawKey writes when a key was last used.
func (s *Store) SawKey(ctx context.Context, id string, at time.Time) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("update keys set last_used_at = ? where id = ?", ms(at), id).Error, "saw key")
	})
}

// EndSession signs one browser out, which ends what is pushed to it too.
func (t Tx) EndSession(ctx context.Context, hash string, at time.Time) error {
	if err := t.forgetPush(ctx, hash, at); err != nil {
		return err
	}
	return known(t.db(ctx).Exec("delete from sessions where id = ?", hash).Error, "end session")
}

// ForgetSessions removes the sessions that have ended by now by themselves.
func (s *Store) ForgetSessions(ctx context.Context, now time.Time) error {
	return s.Tx(ctx, func(tx Tx) error {
		return known(tx.db(ctx).Exec("delete from sessions where expires_at <= ?", ms(now)).Error, "forget sessions")
	})
}

// AddInvitation adds a single-use link.
func (t Tx) AddInvitation(ctx context.Context, i feedback.Invitation) error {
	return known(t.db(ctx).Create(&i).Error, "add link")
}

// UseInvitation marks a link as used; of two at once, one fails with
// [feedback.ErrNotFound].
func (t Tx) UseInvitation(ctx context.Context, hash string, at time.Time) error {
	res := t.db(ctx).Exec("update invitations set used_at = ? where id = ? and used_at is null", ms(at), hash)
	return changed(res, "use link")
}

// EndInvitations ends the open links of one kind for a person.
func (t Tx) EndInvitations(ctx context.Context, kind feedback.InvitationKind, person string, at time.Time) error {
	return known(t.db(ctx).Exec("update invitations set used_at = ? where kind = ? and person_id = ? and used_at is null",
		ms(at), kind, person).Error, "end links")
}

// AddDevice pairs a tablet.
func (e Edit) AddDevice(ctx context.Context, d feedback.Device) error {
	d.VenueID = e.venue
	return known(e.db(ctx).Create(&d).Error, "pair device")
}

// Devices lists the venue's paired tablets, newest first.
func (v View) Devices(ctx context.Context) ([]feedback.Device, error) {
	var ds []feedback.Device
	err := v.rows(ctx).Where("revoked_at is null").Order("created_at desc").Find(&ds).Error
	return ds, known(err, "devices")
}

// RevokeDevice unpairs a tablet and ends the sessions on it.
func (e Edit) RevokeDevice(ctx context.Context, id string, at time.Time) error {
	res := e.rows(ctx).Model(&feedback.Device{}).Where("id = ? and revoked_at is null", id).Update("revoked_at", ms(at))
	if err := changed(res, "revoke device"); err != nil {
		return err
	}
	return known(e.db(ctx).Exec("delete from sessions where device_id = ? and device_id <> ''", id).Error, "end sessions of device")
}

// AddKey adds a key.
func (o OrgEdit) AddKey(ctx context.Context, k feedback.Key) error {
	k.OrgID = o.org
	return known(o.db(ctx).Create(&k).Error, "add key")
}

// Keys lists the keys that open something, newest first.
func (o OrgView) Keys(ctx context.Context) ([]feedback.Key, error) {
	var ks []feedback.Key
	err := o.db(ctx).Where("org_id = ? and revoked_at is null", o.org).Order("id desc").Find(&ks).Error
	return ks, known(err, "keys")
}

// Key returns one key.
func (o OrgView) Key(ctx context.Context, id string) (feedback.Key, error) {
	var k feedback.Key
	err := o.db(ctx).Where("id = ? and org_id = ?", id, o.org).Take(&k).Error
	return k, known(err, "key")
}

// RenameKey writes the name of a key that was not revoked.
func (o OrgEdit) RenameKey(ctx context.Context, k feedback.Key) error {
	res := o.db(ctx).Model(&feedback.Key{}).Where("id = ? and org_id = ? and revoked_at is null", k.ID, o.org).Update("name", k.Name)
	return changed(res, "rename key")
}

// RevokeKey ends a key.
func (o OrgEdit) RevokeKey(ctx context.Context, id string, at time.Time) error {
	res := o.db(ctx).Model(&feedback.Key{}).Where("id = ? and org_id = ? and revoked_at is null", id, o.org).Update("revoked_at", ms(at))
	return changed(res, "revoke key")
}

// AddAudit notes who changed what.
func (o OrgEdit) AddAudit(ctx context.Context, a feedback.Audit) error {
	a.OrgID = o.org
	return known(o.db(ctx).Create(&a).Error, "add audit")
}

// Audit lists who changed what, newest first, older than the id after.
func (o OrgView) Audit(ctx context.Context, after string, limit int) ([]feedback.Audit, error) {
	q := o.db(ctx).Table("audit").Select("audit.*, coalesce(p.name, '') as by_name").
		Joins("left join people p on p.id = audit.by_id").Where("audit.org_id = ?", o.org)
	if after != "" {
		q = q.Where("audit.id < ?", after)
	}
	var as []feedback.Audit
	err := q.Order("audit.id desc").Limit(limit).Find(&as).Error
	return as, known(err, "audit")
}

// Audited says whether somebody did something in the venue since, by the audit trail.
func (v View) Audited(ctx context.Context, action, by string, since time.Time) (bool, error) {
	var n int64
	err := v.rowsOf(ctx, "audit").Table("audit").
		Where("audit.action = ? and audit.id >= ? and audit.by_id = ?", action, firstID(since), by).Limit(1).Count(&n).Error
	return n > 0, known(err, "audit")
}

// Throttle is how often signing in to an account failed in a row.
type Throttle struct {
	Account string
	Fails   int
	Until   time.Time `gorm:"serializer:ms"`
}

// Throttle returns the state of an account; the zero value for a fresh one.
func (s *Store) Throttle(ctx context.Context, account string) (Throttle, error) {
	var th Throttle
	err := s.db(ctx).Raw("select * from throttles where account = ?", account).Scan(&th).Error
	th.Account = account
	return th, known(err, "throttle")
}

// LockThrottle makes other transactions wait that ask for the same account,
// also when it is a fresh one.
func (t Tx) LockThrottle(ctx context.Context, account string, now time.Time) error {
	return known(t.db(ctx).Exec(`insert into throttles (account, fails, until) values (?, 0, ?)
		on conflict (account) do update set account = excluded.account`, account, ms(now)).Error, "lock throttle")
}

// SaveThrottle writes the state of an account.
func (t Tx) SaveThrottle(ctx context.Context, th Throttle) error {
	return known(t.db(ctx).Exec(`insert into throttles (account, fails, until) values (?, ?, ?)
		on conflict (account) do update set fails = excluded.fails, until = excluded.until`,
		th.Account, th.Fails, ms(th.Until)).Error, "save throttle")
}

// Secret returns the installation's secret of this name, and stores fresh as it
// when there is none yet.
func (s *Store) Secret(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	var row struct{ Value []byte }
	err := s.Tx(ctx, func(tx Tx) error {
		err := tx.db(ctx).Exec("insert into installation (name, value) values (?, ?) on conflict (name) do nothing", name, fresh).Error
		if err != nil {
			return known(err, "keep secret")
		}
		return known(tx.db(ctx).Raw("select value from installation where name = ?", name).Scan(&row).Error, "secret")
	})
	return row.Value, err
}

// Person returns somebody of the venue's organisation.
func (v View) Person(ctx context.Context, id string) (feedback.Person, error) {
	var p feedback.Person
	err := v.db(ctx).Where("id = ? and org_id = ?", id, v.org).Take(&p).Error
	return p, known(err, "person")
}
