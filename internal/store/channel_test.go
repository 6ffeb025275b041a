package store_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// addChannels gives somebody, the venue and the organisation a channel each.
func addChannels(t *testing.T, s *store.Store, owner feedback.Actor, venue, person string) (own, room, hook feedback.Channel) {
	t.Helper()
	base := feedback.Channel{CreatedAt: storetest.Epoch}
	own, room, hook = base, base, base
	own.ID, own.PersonID, own.Kind, own.Address, own.Session = storetest.ID(), person, feedback.ChannelPush, `{"endpoint":"x"}`, "session-"+person
	room.ID, room.VenueID, room.Kind, room.Address = storetest.ID(), venue, feedback.ChannelChat, "https://chat.example/x"
	hook.ID, hook.Kind, hook.Address, hook.Secret = storetest.ID(), feedback.ChannelWebhook, "https://hook.example/x", "whsec_eA=="
	hook.Events = []feedback.EventKind{feedback.ReportCreated}
	storetest.Write(t, s, func(tx store.Tx) error {
		o := tx.Org(owner)
		return errors.Join(o.AddChannel(t.Context(), own), o.AddChannel(t.Context(), room), o.AddChannel(t.Context(), hook))
	})
	return own, room, hook
}

func TestChannels_OfAVenue(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	other := storetest.VenueOf(t, s, owner)
	waiter := storetest.Person(t, s, owner, venue.ID, "Wim", feedback.Staff)
	own, room, hook := addChannels(t, s, owner, venue.ID, waiter.Person)
	theirs, foreign := storetest.Venue(t, s)

	timer := func(v feedback.Venue) store.View { return s.For(feedback.System(v.OrgID, v.ID), v.ID) }
	for name, tt := range map[string]struct {
		view             store.View
		own, room, hooks int
	}{
		"here":                        {timer(venue), 1, 1, 1},
		"where he does not work":      {timer(other), 0, 0, 1},
		"another organisation":        {timer(foreign), 0, 0, 0},
		"its owner, asking for ours":  {s.For(theirs, venue.ID), 0, 0, 0},
		"a timer of theirs, for ours": {s.For(feedback.System(theirs.Org, venue.ID), venue.ID), 0, 0, 0},
	} {
		mine, err := tt.view.ChannelsOf(t.Context(), waiter.Person)
		if err != nil && !errors.Is(err, feedback.ErrNotFound) || len(mine) != tt.own {
			t.Errorf("%s: of the waiter %v, %v", name, mine, err)
		}
		if rooms, err := tt.view.Channels(t.Context()); err != nil || len(rooms) != tt.room {
			t.Errorf("%s: of the venue %v, %v", name, rooms, err)
		}
		if hooks, err := tt.view.Webhooks(t.Context()); err != nil || len(hooks) != tt.hooks {
			t.Errorf("%s: webhooks %v, %v", name, hooks, err)
		}
		for id, n := range map[string]int{own.ID: tt.own, room.ID: tt.room, hook.ID: tt.hooks} {
			if _, err := tt.view.Channel(t.Context(), id); n == 0 != errors.Is(err, feedback.ErrNotFound) || n > 0 && err != nil {
				t.Errorf("%s: Channel of %d: %v", name, n, err)
			}
		}
	}
}

func TestChannels_OfAnotherOrganisationCannotBeChanged(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	own, room, hook := addChannels(t, s, owner, venue.ID, owner.Person)
	thief, lair := storetest.Venue(t, s)
	for _, c := range []feedback.Channel{own, room, hook} {
		for name, edit := range map[string]func(store.Tx) error{
			"SaveChannel": func(tx store.Tx) error {
				c.Address = "https://thief.example"
				return tx.Org(thief).SaveChannel(t.Context(), c)
			},
			"ForgetChannel": func(tx store.Tx) error {
				return tx.Org(thief).ForgetChannel(t.Context(), c.ID, storetest.Epoch, feedback.Removed)
			},
		} {
			if err := s.Tx(t.Context(), edit); !errors.Is(err, feedback.ErrNotFound) {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		storetest.Write(t, s, func(tx store.Tx) error { // these change nothing, and say nothing
			o, e := tx.Org(thief), tx.At(thief, lair.ID)
			return errors.Join(o.TriedChannel(t.Context(), c.ID, storetest.Epoch, "x"), e.TriedChannel(t.Context(), c.ID, storetest.Epoch, "x"),
				e.ForgetChannel(t.Context(), c.ID, storetest.Epoch), o.EndSessions(t.Context(), owner.Person, "", storetest.Epoch))
		})
		if got, err := s.Org(owner).Channel(t.Context(), c.ID); err != nil || got.LastErr != "" || got.Address == "https://thief.example" {
			t.Errorf("afterwards: %+v, %v", got, err)
		}
		if _, err := s.Org(thief).Channel(t.Context(), c.ID); !errors.Is(err, feedback.ErrNotFound) {
			t.Errorf("Channel: %v", err)
		}
	}
	if cs, err := s.Org(thief).ChannelsOf(t.Context(), owner.Person); err != nil || len(cs) != 0 {
		t.Errorf("ChannelsOf: %v, %v", cs, err)
	}
	if cs, err := s.Org(thief).ChannelsAt(t.Context(), venue.ID); err != nil || len(cs) != 0 {
		t.Errorf("ChannelsAt: %v, %v", cs, err)
	}
	if cs, err := s.Org(thief).Webhooks(t.Context()); err != nil || len(cs) != 0 {
		t.Errorf("Webhooks: %v, %v", cs, err)
	}
}

func TestChannels_EndWithWhatMadeThem(t *testing.T) {
	now := storetest.Epoch.Add(time.Hour)
	for name, end := range map[string]func(tx store.Tx, owner feedback.Actor, person string) error{
		"forgotten": func(tx store.Tx, owner feedback.Actor, person string) error {
			cs, err := tx.Store.Org(owner).ChannelsOf(t.Context(), person)
			if err != nil {
				return err
			}
			return tx.Org(owner).ForgetChannel(t.Context(), cs[0].ID, now, feedback.Removed)
		},
		"signed out": func(tx store.Tx, _ feedback.Actor, person string) error {
			return tx.EndSession(t.Context(), "session-"+person, now)
		},
		"signed out everywhere": func(tx store.Tx, owner feedback.Actor, person string) error {
			return tx.Org(owner).EndSessions(t.Context(), person, "", now)
		},
		"left": func(tx store.Tx, owner feedback.Actor, person string) error {
			p, err := tx.Store.Org(owner).Person(t.Context(), person)
			if err != nil {
				return err
			}
			p.DisabledAt = now
			return tx.Org(owner).SavePerson(t.Context(), p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.New(t)
			owner, venue := storetest.Venue(t, s)
			waiter := storetest.Person(t, s, owner, venue.ID, "Wim", feedback.Staff)
			own, _, _ := addChannels(t, s, owner, venue.ID, waiter.Person)
			storetest.Write(t, s, func(tx store.Tx) error { // somebody else's session ends nothing of his
				return errors.Join(tx.EndSession(t.Context(), "session-of-nobody", now), tx.Org(owner).EndSessions(t.Context(), waiter.Person, own.Session, now))
			})
			if cs, err := s.For(owner, venue.ID).ChannelsOf(t.Context(), waiter.Person); err != nil || len(cs) != 1 {
				t.Fatalf("before: %v, %v", cs, err)
			}
			storetest.Write(t, s, func(tx store.Tx) error { return end(tx, owner, waiter.Person) })
			if cs, err := s.For(owner, venue.ID).ChannelsOf(t.Context(), waiter.Person); err != nil || len(cs) != 0 {
				t.Errorf("after: %v, %v", cs, err)
			}
			if _, err := s.For(owner, venue.ID).Channel(t.Context(), own.ID); !errors.Is(err, feedback.ErrNotFound) {
				t.Errorf("after: Channel: %v", err)
			}
		})
	}
}

func TestTriedChannel(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	_, room, _ := addChannels(t, s, owner, venue.ID, owner.Person)
	try := func(at time.Time, outcome feedback.Outcome) feedback.Channel {
		storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue.ID).TriedChannel(t.Context(), room.ID, at, outcome) })
		c, err := s.Org(owner).Channel(t.Context(), room.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, second := storetest.Epoch.Add(time.Minute), storetest.Epoch.Add(time.Hour)
	if c := try(first, feedback.Accepted); !c.LastOK.Equal(first) || !c.LastAt.Equal(first) || c.LastErr != "" {
		t.Errorf("accepted: %+v", c)
	}
	if c := try(second, "http 500"); !c.LastOK.Equal(first) || !c.LastAt.Equal(second) || c.LastErr != "http 500" {
		t.Errorf("failed: %+v", c)
	}
}
