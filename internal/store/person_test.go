package store_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestSessionActor_IsWhatThePersonIsToday(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	sister := storetest.VenueOf(t, s, r.owner)
	tablet := feedback.Device{ID: "tablet", Name: "Pass", PairedBy: r.owner.Person, CreatedAt: storetest.Epoch, SeenAt: storetest.Epoch}
	r.write(t, func(at store.Edit) error { return at.AddDevice(t.Context(), tablet) })
	storetest.Write(t, s, func(tx store.Tx) error {
		for id, person := range map[string]string{"owner": r.owner.Person, "manager": r.manager.Person, "owner by pin": r.owner.Person, "waiter by pin": r.waiter.Person} {
			ss := feedback.Session{ID: id, PersonID: person, CreatedAt: storetest.Epoch, SeenAt: storetest.Epoch, ExpiresAt: storetest.Epoch.AddDate(1, 0, 0)}
			if len(id) > 7 {
				ss.DeviceID = tablet.ID
			}
			if err := tx.AddSession(t.Context(), ss); err != nil {
				return err
			}
		}
		return nil
	})
	tests := map[string]struct {
		here, there feedback.Role
		shared, org bool
	}{
		"owner":         {feedback.Owner, feedback.Owner, false, true},
		"manager":       {feedback.Manager, feedback.Nobody, false, false},
		"owner by pin":  {feedback.Owner, feedback.Nobody, true, false}, // a tablet stays in its venue
		"waiter by pin": {feedback.Staff, feedback.Nobody, true, false},
	}
	for id, tt := range tests {
		a, _, err := s.SessionActor(t.Context(), id)
		if err != nil || a.Role(r.venue.ID) != tt.here || a.Role(sister.ID) != tt.there || a.Shared != tt.shared || (a.NeedsOrg() == nil) != tt.org || a.Session != id {
			t.Errorf("%s: %+v, %v", id, a, err)
		}
	}

	org := func(fn func(store.OrgEdit) error) {
		t.Helper()
		storetest.Write(t, s, func(tx store.Tx) error { return fn(tx.Org(r.owner)) })
	}
	org(func(o store.OrgEdit) error {
		return o.SetRole(t.Context(), feedback.Membership{PersonID: r.waiter.Person, VenueID: r.venue.ID, Role: feedback.Manager})
	})
	if a, _, err := s.SessionActor(t.Context(), "waiter by pin"); err != nil || a.Role(r.venue.ID) != feedback.Manager {
		t.Errorf("raised: %+v, %v", a, err)
	}
	org(func(o store.OrgEdit) error {
		return o.SetRole(t.Context(), feedback.Membership{PersonID: r.waiter.Person, VenueID: r.venue.ID, Role: feedback.Nobody})
	})
	if a, _, err := s.SessionActor(t.Context(), "waiter by pin"); err != nil || a.Reaches(r.venue.ID) {
		t.Errorf("sent away: %+v, %v", a, err)
	}
	org(func(o store.OrgEdit) error {
		p, err := o.Person(t.Context(), r.manager.Person)
		p.DisabledAt = storetest.Epoch
		return errors.Join(err, o.SavePerson(t.Context(), p))
	})
	r.write(t, func(at store.Edit) error { return at.RevokeDevice(t.Context(), tablet.ID, storetest.Epoch) })
	for _, id := range []string{"manager", "owner by pin", "waiter by pin", "nobody", "", "' or 1=1 --"} {
		if a, _, err := s.SessionActor(t.Context(), id); !errors.Is(err, feedback.ErrUnauthorised) {
			t.Errorf("%q: %+v, %v; want not signed in", id, a, err)
		}
	}
}

func TestStaff_AreThoseWhoWorkHere(t *testing.T) {
	s := storetest.New(t)
	r, other := newRoom(t, s), newRoom(t, s)
	at := s.For(r.owner, r.venue.ID)
	names := func() string {
		t.Helper()
		people, err := at.Staff(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, p := range people {
			all += p.Name + " "
		}
		return all
	}
	if got := names(); got != "Marta Olga Owner Wim " {
		t.Errorf("staff: %s", got)
	}
	for _, tt := range []struct {
		who  feedback.Actor
		want feedback.Role
	}{{r.owner, feedback.Owner}, {r.manager, feedback.Manager}, {r.waiter, feedback.Staff}} {
		p, err := at.Person(t.Context(), tt.who.Person)
		if err != nil {
			t.Fatal(err)
		}
		if role, err := at.RoleOf(t.Context(), p); err != nil || role != tt.want {
			t.Errorf("%s is %q, %v", p.Name, role, err)
		}
		p.DisabledAt = storetest.Epoch
		if role, err := at.RoleOf(t.Context(), p); err != nil || role != feedback.Nobody {
			t.Errorf("%s, disabled, is %q, %v", p.Name, role, err)
		}
	}
	if _, err := at.Person(t.Context(), other.owner.Person); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("somebody of another house: %v", err)
	}
	foreign, err := s.For(other.owner, other.venue.ID).Person(t.Context(), other.owner.Person)
	if err != nil {
		t.Fatal(err)
	}
	if role, err := at.RoleOf(t.Context(), foreign); err != nil || role != feedback.Nobody {
		t.Errorf("another house's owner is %q, %v", role, err)
	}
}

// Each method of an organisation's own, called by another organisation with the
// right ids: a wall behind the desk's.
func TestOrg_AnotherHouseReachesNothing(t *testing.T) {
	s := storetest.New(t)
	r, thief := newRoom(t, s), newRoom(t, s)
	now := storetest.Epoch
	key := feedback.Key{ID: "key", Name: "key", Scope: feedback.ScopeRead, Hash: "h", Prefix: "mr_", CreatedBy: r.owner.Person, CreatedAt: now}
	storetest.Write(t, s, func(tx store.Tx) error {
		return errors.Join(
			tx.Org(r.owner).AddKey(t.Context(), key),
			tx.Org(r.owner).AddAudit(t.Context(), feedback.Audit{ID: "a", At: now, Action: "x", ByKind: feedback.ByPerson}),
			tx.AddSession(t.Context(), feedback.Session{ID: "session", PersonID: r.waiter.Person, CreatedAt: now, SeenAt: now, ExpiresAt: now}))
	})
	person, err := s.Org(r.owner).Person(t.Context(), r.waiter.Person)
	if err != nil {
		t.Fatal(err)
	}
	stolen := person
	stolen.Name = "Stolen"
	edits := map[string]func(store.OrgEdit) error{
		"SavePerson": func(o store.OrgEdit) error { return o.SavePerson(t.Context(), stolen) },
		"SetRole, their person in our venue": func(o store.OrgEdit) error {
			return o.SetRole(t.Context(), feedback.Membership{PersonID: person.ID, VenueID: thief.venue.ID, Role: feedback.Staff})
		},
		"SetRole, our person in their venue": func(o store.OrgEdit) error {
			return o.SetRole(t.Context(), feedback.Membership{PersonID: thief.waiter.Person, VenueID: r.venue.ID, Role: feedback.Owner})
		},
		"RevokeKey": func(o store.OrgEdit) error { return o.RevokeKey(t.Context(), key.ID, now) },
		"RenameKey": func(o store.OrgEdit) error { return o.RenameKey(t.Context(), feedback.Key{ID: key.ID, Name: "stolen"}) },
	}
	for name, edit := range edits {
		err := s.Tx(t.Context(), func(tx store.Tx) error { return edit(tx.Org(thief.owner)) })
		if !errors.Is(err, feedback.ErrNotFound) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	storetest.Write(t, s, func(tx store.Tx) error { // these change nothing, and say nothing
		o := tx.Org(thief.owner)
		return errors.Join(o.EndSessions(t.Context(), person.ID, "", now), o.RevokeKeysOf(t.Context(), r.owner.Person, now))
	})
	if _, _, err := s.SessionActor(t.Context(), "session"); err != nil {
		t.Errorf("the session: %v", err)
	}
	if keys, err := s.Org(r.owner).Keys(t.Context()); err != nil || len(keys) != 1 || keys[0].Name != "key" {
		t.Errorf("the keys are %+v, %v", keys, err)
	}
	o := s.Org(thief.owner)
	if p, err := o.Person(t.Context(), person.ID); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("Person: %+v, %v", p, err)
	}
	if k, err := o.Key(t.Context(), key.ID); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("Key: %+v, %v", k, err)
	}
	if ss, err := o.Sessions(t.Context(), person.ID); err != nil || len(ss) != 0 {
		t.Errorf("Sessions: %+v, %v", ss, err)
	}
	if seen, err := o.Seen(t.Context()); err != nil || len(seen) != 0 {
		t.Errorf("Seen: %v, %v", seen, err)
	}
	if log, err := o.Audit(t.Context(), "", 10); err != nil || len(log) != 0 {
		t.Errorf("Audit: %+v, %v", log, err)
	}
	if ms, err := o.Memberships(t.Context()); err != nil || len(ms) != 2 {
		t.Errorf("Memberships: %+v, %v", ms, err)
	}
	if people, err := o.People(t.Context()); err != nil || len(people) != 3 {
		t.Errorf("People: %+v, %v", people, err)
	}
}

func TestUseInvitation_Once(t *testing.T) {
	s := storetest.New(t)
	add := feedback.Invitation{ID: "i", Kind: feedback.Invite, CreatedAt: storetest.Epoch, ExpiresAt: storetest.Epoch.Add(time.Hour)}
	storetest.Write(t, s, func(tx store.Tx) error { return tx.AddInvitation(t.Context(), add) })
	use := func() error {
		return s.Tx(t.Context(), func(tx store.Tx) error { return tx.UseInvitation(t.Context(), "i", storetest.Epoch) })
	}
	if err := use(); err != nil {
		t.Error(err)
	}
	if err := use(); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

func TestThrottle_StartsFromNothing(t *testing.T) {
	s := storetest.New(t)
	th, err := s.Throttle(t.Context(), "a")
	if err != nil || th.Fails != 0 || !th.Until.IsZero() {
		t.Errorf("fresh: %+v, %v", th, err)
	}
	want := store.Throttle{Account: "a", Fails: 3, Until: storetest.Epoch}
	storetest.Write(t, s, func(tx store.Tx) error {
		return errors.Join(tx.LockThrottle(t.Context(), "a", storetest.Epoch), tx.SaveThrottle(t.Context(), want), tx.LockThrottle(t.Context(), "a", storetest.Epoch.Add(1)))
	})
	if th, err := s.Throttle(t.Context(), "a"); err != nil || th != want {
		t.Errorf("stored: %+v, %v", th, err)
	}
}

func TestSecret_IsTheSameForEverybody(t *testing.T) {
	s := storetest.New(t)
	for _, fresh := range []string{"first", "second"} {
		if got, err := s.Secret(t.Context(), "key", []byte(fresh)); err != nil || string(got) != "first" {
			t.Errorf("secret %q, %v", got, err)
		}
	}
}

func TestSeen_ByTheLastSession(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	storetest.Write(t, s, func(tx store.Tx) error {
		old := feedback.Session{ID: "phone", PersonID: r.waiter.Person, CreatedAt: storetest.Epoch, SeenAt: storetest.Epoch.Add(time.Hour), ExpiresAt: storetest.Epoch}
		late := old
		late.ID, late.SeenAt = "tablet", storetest.Epoch.Add(2*time.Hour)
		return errors.Join(tx.AddSession(t.Context(), late), tx.AddSession(t.Context(), old))
	})
	seen, err := s.Org(r.owner).Seen(t.Context())
	if err != nil || len(seen) != 1 || !seen[r.waiter.Person].Equal(storetest.Epoch.Add(2*time.Hour)) {
		t.Errorf("seen %v, %v", seen, err)
	}
}

func TestForgetSessions_ThoseThatEnded(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	storetest.Write(t, s, func(tx store.Tx) error {
		one := feedback.Session{ID: "ended", PersonID: r.waiter.Person, CreatedAt: storetest.Epoch, SeenAt: storetest.Epoch, ExpiresAt: storetest.Epoch}
		other := one
		other.ID, other.ExpiresAt = "goes on", storetest.Epoch.Add(time.Millisecond)
		return errors.Join(tx.AddSession(t.Context(), one), tx.AddSession(t.Context(), other))
	})
	if err := s.ForgetSessions(t.Context(), storetest.Epoch); err != nil {
		t.Fatal(err)
	}
	var left []string
	find(t, store.DB(t.Context(), s).Raw("select id from sessions order by id"), &left)
	if len(left) != 1 || left[0] != "goes on" {
		t.Errorf("kept %q, want the one that goes on", left)
	}
}
