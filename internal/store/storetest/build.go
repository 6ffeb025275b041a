package storetest

import (
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// Owner adds an organisation and returns the actor who owns it.
func Owner(t testing.TB, s *store.Store) feedback.Actor {
	t.Helper()
	org := feedback.Organisation{ID: ID(), Name: "Casa Nova", CreatedAt: Epoch}
	a := feedback.Actor{Kind: feedback.ByPerson, Org: org.ID, OrgRole: feedback.Owner, Name: "Olga Owner"}
	a.ID = ID()
	a.Person = a.ID
	p := feedback.Person{ID: a.ID, OrgID: org.ID, Name: a.Name, Email: a.ID + "@example.com", Role: feedback.Owner, Language: "en", CreatedAt: Epoch}
	Write(t, s, func(tx store.Tx) error {
		if err := tx.AddOrganisation(t.Context(), org); err != nil {
			return err
		}
		return tx.Org(a).AddPerson(t.Context(), p)
	})
	return a
}

// Venue adds an organisation with one venue and returns its owner and it.
func Venue(t testing.TB, s *store.Store, mods ...func(*feedback.Venue)) (feedback.Actor, feedback.Venue) {
	t.Helper()
	owner := Owner(t, s)
	return owner, VenueOf(t, s, owner, mods...)
}

// VenueOf adds a venue to the owner's organisation. It is in Berlin, never
// closes and speaks English.
func VenueOf(t testing.TB, s *store.Store, owner feedback.Actor, mods ...func(*feedback.Venue)) feedback.Venue {
	t.Helper()
	v := feedback.Venue{
		ID: ID(), OrgID: owner.Org, Name: "Trattoria", Country: "DE", TimeZone: "Europe/Berlin", Currency: "EUR",
		Languages: []string{"en", "de"}, PromiseMinutes: feedback.DefaultPromise, CreatedAt: Epoch,
	}
	for _, mod := range mods {
		mod(&v)
	}
	Write(t, s, func(tx store.Tx) error { return tx.Org(owner).AddVenue(t.Context(), v) })
	return v
}

// Table adds a table to a venue.
func Table(t testing.TB, s *store.Store, owner feedback.Actor, venue, name string) feedback.Table {
	t.Helper()
	table := feedback.Table{ID: ID(), VenueID: venue, Name: name, CreatedAt: Epoch}
	Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue).AddTable(t.Context(), table) })
	return table
}

// Person adds somebody who has role in one venue, and returns them as an actor.
func Person(t testing.TB, s *store.Store, owner feedback.Actor, venue, name string, role feedback.Role) feedback.Actor {
	t.Helper()
	p := feedback.Person{ID: ID(), OrgID: owner.Org, Name: name, Language: "en", CreatedAt: Epoch}
	p.Email = p.ID + "@example.com"
	Write(t, s, func(tx store.Tx) error {
		if err := tx.Org(owner).AddPerson(t.Context(), p); err != nil {
			return err
		}
		return tx.Org(owner).SetRole(t.Context(), feedback.Membership{PersonID: p.ID, VenueID: venue, Role: role})
	})
	return feedback.Actor{
		Kind: feedback.ByPerson, Org: owner.Org, ID: p.ID, Person: p.ID, Name: name,
		Venues: map[string]feedback.Role{venue: role},
	}
}

// Write runs fn in a transaction that must succeed.
func Write(t testing.TB, s *store.Store, fn func(store.Tx) error) {
	t.Helper()
	if err := s.Tx(t.Context(), fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}
