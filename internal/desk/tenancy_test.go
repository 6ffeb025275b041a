package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// ids are what a verb is aimed at.
type ids struct{ venue, report, table, code, visit, person, device, key, task, channel, hook, burst, post string }

// absent are ids that nobody has.
var absent = ids{
	"01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002", "01890000-0000-7000-8000-000000000003", "0123456789ABCDEFGHJKMNPQRS",
	"01890000-0000-7000-8000-000000000005", "01890000-0000-7000-8000-000000000006", "07", "01890000-0000-7000-8000-000000000008", "01890000-0000-7000-8000-000000000009",
	"01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b", "01890000-0000-7000-8000-00000000000c",
	"01890000-0000-7000-8000-00000000000d",
}

type verb func(t *testing.T, h *house, by feedback.Actor, at ids) error

// verbs are all methods of the desk that an actor aims at something, each
// called so that it would succeed for who may.
var verbs = map[string]verb{
	"AddChannel": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.AddChannel(t.Context(), by, desk.NewChannel{Venue: at.venue, Kind: feedback.ChannelChat, Address: "https://spy.example/x"})
		return err
	},
	"AddWebhook": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, _, err := h.AddWebhook(t.Context(), by, desk.Webhook{Venue: at.venue, URL: "https://spy.example/x"})
		return err
	},
	"Channel": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.Channel(t.Context(), by, at.channel)
		return err
	},
	"ChangeWebhook": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		url := "https://spy.example/x"
		return h.ChangeWebhook(t.Context(), by, at.hook, desk.WebhookChange{URL: &url})
	},
	"RemoveChannel": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RemoveChannel(t.Context(), by, at.channel)
	},
	"RotateWebhook": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.RotateWebhook(t.Context(), by, at.hook)
		return err
	},
	"Redeliver": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Redeliver(t.Context(), by, at.hook, at.post)
	},
	"TriedChannel": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.TriedChannel(t.Context(), by, at.hook, "gone 410")
	},
	"AddTables": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.AddTables(t.Context(), by, at.venue, []desk.NewTable{{Name: "spy"}})
		return err
	},
	"AddPerson": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.AddPerson(t.Context(), by, desk.NewPerson{Name: "Spy", Role: feedback.Staff, Venue: at.venue})
		return err
	},
	"ChangePerson": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		name := "Spied"
		return h.ChangePerson(t.Context(), by, at.person, desk.PersonChange{Name: &name})
	},
	"ChangeTable": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ChangeTable(t.Context(), by, at.venue, at.table, desk.NewTable{Name: "spied"})
	},
	"ChangeTask": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ChangeTask(t.Context(), by, at.venue, at.task, desk.TaskChange{Note: "spy"})
	},
	"ChangeVenue": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ChangeVenue(t.Context(), by, at.venue, func(v *feedback.Venue) { v.Name = "Spied" })
	},
	"ChangeIncident": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ChangeIncident(t.Context(), by, at.venue, at.report, 0, func(i *feedback.Incident) error {
			i.Symptoms = "spied"
			return nil
		})
	},
	"ClearBurst": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ClearBurst(t.Context(), by, at.venue, at.burst)
	},
	"MarkBurst": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.MarkBurst(t.Context(), by, at.venue, at.burst)
	},
	"TakeOffFloor": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.TakeOffFloor(t.Context(), by, at.venue, at.report, true)
	},
	"CloseVisit": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.CloseVisit(t.Context(), by, at.venue, at.visit)
	},
	"Contact": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.Contact(t.Context(), by, at.venue, at.report)
		return err
	},
	"ExportVenue": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.ExportVenue(t.Context(), by, at.venue)
		return err
	},
	"ImportVenue": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.ImportVenue(t.Context(), by, desk.Import{Venue: at.venue, File: feedback.VenueFile{Tables: []feedback.FileTable{{Name: "spy"}}}})
		return err
	},
	"Exported": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Exported(t.Context(), by, at.venue, "reports.csv", "today")
	},
	"ReadReports": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ReadReports(t.Context(), by, feedback.Venue{ID: at.venue})
	},
	"ReadEvents": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ReadEvents(t.Context(), by, feedback.Venue{ID: at.venue})
	},
	"Dismiss": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Dismiss(t.Context(), by, at.venue, at.report, "spam")
	},
	"FollowUp": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.FollowUp(t.Context(), by, at.venue, at.report, desk.Followed{Outcome: feedback.Reached})
	},
	"HandOver": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.HandOver(t.Context(), by, at.venue, at.report, by.Person)
	},
	"Incident": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.Incident(t.Context(), by, at.venue, at.report)
		return err
	},
	"Inspect": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.Inspect(t.Context(), by, at.venue, at.table, "", &url.URL{Scheme: "https", Host: "feedback.example"})
		if _, unknown := errors.AsType[feedback.Problems](err); unknown {
			err = feedback.ErrNotFound // a table that was typed
		}
		return err
	},
	"Photo": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.Photo(t.Context(), by, at.venue, at.report, "nothing")
		if by.Person == h.owner.Person && by.Venues == nil && errors.Is(err, feedback.ErrNotFound) {
			return errors.Join(err, feedback.ErrConflict)
		}
		return err
	},
	"Saw": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		err := h.Saw(t.Context(), by, at.venue, at.report, "nothing")
		if by.Person == h.owner.Person && by.Venues == nil && errors.Is(err, feedback.ErrNotFound) {
			return errors.Join(err, feedback.ErrConflict)
		}
		return err
	},
	"Printed": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Printed(t.Context(), by, at.venue, nil)
	},
	"RotateCodes": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.RotateCodes(t.Context(), by, at.venue, "", 0)
		return err
	},
	"PassSetup": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.PassSetup(t.Context(), by, at.venue, feedback.SetupTables)
	},
	"SetLogo": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.SetLogo(t.Context(), by, at.venue, nil)
	},
	"InvitePerson": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.InvitePerson(t.Context(), by, at.person, feedback.Reset)
		return err
	},
	"Mark": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Mark(t.Context(), by, at.venue, at.visit, "mains")
	},
	"OpenVisit": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, _, err := h.OpenVisit(t.Context(), by, at.venue, desk.NewVisit{Table: at.table})
		return err
	},
	"PairDevice": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.PairDevice(t.Context(), by, at.venue, "spy")
		return err
	},
	"PlanDuty": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.PlanDuty(t.Context(), by, at.venue, feedback.Duty{PersonID: at.person, Week: map[string][]string{"mon": {"10:00-12:00"}}})
	},
	"SayDuty": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.SayDuty(t.Context(), by, at.venue, feedback.SaidOn)
	},
	"SeeFailures": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.SeeFailures(t.Context(), by, at.venue)
	},
	"SetEscalation": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.SetEscalation(t.Context(), by, at.venue, feedback.DefaultEscalation())
	},
	"Release": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Release(t.Context(), by, at.venue, at.report)
	},
	"RemoveTable": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RemoveTable(t.Context(), by, at.venue, at.table)
	},
	"RenameKey": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RenameKey(t.Context(), by, at.key, "spied")
	},
	"Reopen": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Reopen(t.Context(), by, at.venue, at.report)
	},
	"Resolve": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Resolve(t.Context(), by, at.venue, at.report, remade)
	},
	"RevokeCode": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RevokeCode(t.Context(), by, at.venue, at.table)
	},
	"RevokeKey": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RevokeKey(t.Context(), by, at.key)
	},
	"RotateCode": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RotateCode(t.Context(), by, at.venue, at.table)
	},
	"RotateCodeWithin": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.RotateCodeWithin(t.Context(), by, at.venue, at.table, 0)
	},
	"Say": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Say(t.Context(), by, at.venue, at.report, feedback.Message{Text: "spy"})
	},
	"SetPin": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.SetPin(t.Context(), by, at.person, "")
	},
	"TableCodes": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		codes, err := h.TableCodes(t.Context(), by, at.venue)
		if err == nil && len(codes) == 0 {
			err = fmt.Errorf("no codes: %w", feedback.ErrNotFound)
		}
		return err
	},
	"Take": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Take(t.Context(), by, at.venue, at.report, "")
	},
	"Undo": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Undo(t.Context(), by, at.venue, at.report)
	},
	"Unpair": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Unpair(t.Context(), by, at.venue, at.device)
	},
	"Unresolved": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Unresolved(t.Context(), by, at.venue, at.report, "other", "spy")
	},
	"WriteDown": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		_, err := h.WriteDown(t.Context(), by, at.venue, at.table, h.complaint())
		return err
	},

	// A guest's and a timer's actor names the report and the venue itself.
	"Call": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Call(t.Context(), guestOf(by, at))
	},
	"Correct": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Correct(t.Context(), guestOf(by, at), at.table)
	},
	"Want": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Want(t.Context(), by, at.venue, mailings("day", "export_week"))
	},
	"Done": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Done(t.Context(), guestOf(by, at))
	},
	"ForgetMe": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.ForgetMe(t.Context(), guestOf(by, at))
	},
	"EndPage": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.EndPage(t.Context(), guestOf(by, at))
	},
	"Judge": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Judge(t.Context(), guestOf(by, at), feedback.Yes, "spy")
	},
	"Withdraw": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Withdraw(t.Context(), guestOf(by, at))
	},
	"Write": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		return h.Write(t.Context(), guestOf(by, at), "spy")
	},
	"Watch": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		if err := h.Watch(t.Context(), feedback.System(by.Org, at.venue), at.report); err != nil {
			return err
		}
		return fmt.Errorf("a timer has nothing to do: %w", feedback.ErrNotFound)
	},
	"PassOn": func(t *testing.T, h *house, by feedback.Actor, at ids) error {
		if err := h.PassOn(t.Context(), feedback.System(by.Org, at.venue), at.report); err != nil {
			return err
		}
		return fmt.Errorf("a timer has nothing to do: %w", feedback.ErrNotFound)
	},
}

// venueOnly are verbs that name no row, only a venue; selfMade are those whose
// actor is made from what is aimed at.
var (
	venueOnly = strings.Fields("AddChannel AddPerson AddTables AddWebhook ChangeVenue ExportVenue Exported ImportVenue PairDevice PassSetup Printed ReadEvents ReadReports RotateCodes SayDuty SeeFailures SetEscalation SetLogo TableCodes Want")
	selfMade  = strings.Fields("Call Correct Done EndPage ForgetMe Judge PassOn Watch Withdraw Write")
)

// guestOf is a guest who claims another house's report.
func guestOf(by feedback.Actor, at ids) feedback.Actor {
	return feedback.Actor{Kind: feedback.ByGuest, Org: by.Org, Venue: at.venue, ID: at.report}
}

// apart are the methods that cannot be aimed at somebody else's: they take no
// id, or a secret that is the right.
var apart = strings.Fields(`
	AddFromShell AddPhoto AddVenue Alarm Arrive Carries ChangePassword CheckOpening CreateKey Delivered DemoLinks Enter EnqueueDelivery FillDemo FormKey Guest IsDemo KeepPhotos Key Link
	Forget LinkFromShell Now OpenTasks Operator Outgoing VenueFromShell
	Hears Scanned SendMailings Session SetPassword SetUp SetupLink SignIn SignInByPin SignOut SignOutOthers StatusToken StopMailing Stoppable Submit Subscribe SweepPhotos Tablet WatchScreens WriteScans`)

func TestTenancy_EveryVerbIsInTheMatrix(t *testing.T) {
	kind := reflect.TypeFor[*desk.Desk]()
	for i := range kind.NumMethod() {
		name := kind.Method(i).Name
		if (verbs[name] != nil) == slices.Contains(apart, name) {
			t.Errorf("%s must be in verbs, or in apart", name)
		}
	}
}

// T20: whoever comes from another organisation, another venue or another time
// finds nothing, whatever verb they try on whichever ids, and reads the same as
// for what was never there.
func TestTenancy_SomebodyElsesIsNotFound(t *testing.T) {
	s := storetest.New(t)
	victim := inHouse(t, s)
	thief := inHouse(t, s)
	sister, err := victim.AddVenue(t.Context(), victim.owner, feedback.Venue{Name: "Sister"})
	must(t, err)
	theirs, own := victim.prey(t), thief.prey(t)
	nearby := storetest.Person(t, s, victim.owner, sister, "Nina Nearby", feedback.Manager)
	nearbyWaiter := storetest.Person(t, s, victim.owner, sister, "Noah Nearby", feedback.Staff)
	forged := thief.manager
	forged.Venues = map[string]feedback.Role{theirs.venue: feedback.Owner, own.venue: feedback.Owner, absent.venue: feedback.Owner}
	thieves := map[string]struct {
		by  feedback.Actor
		own string // a venue of theirs
	}{
		"the owner of another house":     {thief.owner, own.venue},
		"a manager of another house":     {thief.manager, own.venue},
		"one with a forged role":         {forged, own.venue},
		"a key of another house":         {till(thief, feedback.ScopeAdmin), own.venue},
		"a till of another house":        {till(thief, feedback.ScopeVisits), own.venue},
		"a key to read of another house": {till(thief, feedback.ScopeRead), own.venue},
		"a manager of the venue nearby":  {nearby, sister},
		"a waiter of the venue nearby":   {nearbyWaiter, sister},
		"a timer of another house":       {feedback.System(thief.owner.Org, own.venue), own.venue},
		"nobody":                         {feedback.Actor{}, absent.venue},
	}
	before := victim.everything(t)
	for who, a := range thieves {
		for name, try := range verbs {
			t.Run(who+"/"+name, func(t *testing.T) {
				inside, nothing := theirs, absent
				inside.venue, nothing.venue = a.own, a.own // their own venue, somebody else's rows
				for _, pair := range [][2]ids{{theirs, absent}, {inside, nothing}} {
					if pair[0].venue == a.own && slices.Contains(venueOnly, name) {
						continue // their own affair
					}
					if pair[0].venue == theirs.venue && a.by.Org == victim.owner.Org && slices.Contains(selfMade, name) {
						continue // that would be the victim's own guest
					}
					foreign, unknown := try(t, thief, a.by, pair[0]), try(t, thief, a.by, pair[1])
					if foreign == nil {
						t.Fatal("it succeeded")
					}
					if class(foreign) != class(unknown) {
						t.Errorf("somebody else's: %v; what is not there: %v", foreign, unknown)
					}
				}
			})
		}
	}
	if after := victim.everything(t); after != before {
		t.Errorf("something of the victim's has changed (-was +is):\n%s", cmp.Diff(strings.Split(before, "\n"), strings.Split(after, "\n")))
	}

	t.Run("and those who may, may", func(t *testing.T) {
		for name, try := range verbs { // or the matrix proves nothing
			h := inHouse(t, s)
			err := try(t, h, h.owner, h.prey(t))
			if err != nil && !errors.Is(err, feedback.ErrConflict) && name != "Watch" && name != "PassOn" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// class is what a caller could tell apart.
func class(err error) string {
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return ps.Error()
	}
	for _, known := range []error{feedback.ErrNotFound, feedback.ErrForbidden, feedback.ErrConflict, feedback.ErrInvalid, feedback.ErrUnauthorised} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}

// prey puts one of everything into the house.
func (h *house) prey(t *testing.T) ids {
	t.Helper()
	r, _ := h.send(t, leavesContact, func(in *desk.NewReport) { in.Causes = []string{feedback.CauseSafety} })
	forged, _ := h.send(t, func(in *desk.NewReport) { in.Marked = true })
	visit, _, err := h.OpenVisit(t.Context(), h.owner, h.venue.ID, desk.NewVisit{Table: "2"})
	must(t, err)
	tablet, err := h.PairDevice(t.Context(), h.owner, h.venue.ID, "Pass")
	must(t, err)
	key, _, err := h.CreateKey(t.Context(), h.owner, "key", feedback.ScopeRead, time.Time{})
	must(t, err)
	task := h.task(t)
	channel, err := h.AddChannel(t.Context(), h.owner, desk.NewChannel{Venue: h.venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.example/x"})
	must(t, err)
	hook, _, err := h.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://hook.example/x"})
	must(t, err)
	post := feedback.Delivery{ID: storetest.ID(), ChannelID: hook, Kind: feedback.ChannelWebhook, EventSeq: 1, State: feedback.Delivered, CreatedAt: h.clk.now()}
	storetest.Write(t, h.s, func(tx store.Tx) error { return tx.At(h.owner, h.venue.ID).AddDelivery(t.Context(), post) })
	return ids{h.venue.ID, r.ID, h.table.ID, h.code.Code, visit, h.waiter.Person, desk.Hash(tablet.Token), key, task.ID, channel, hook, forged.BurstID, post.ID}
}

// everything is all that can be read of a house.
func (h *house) everything(t *testing.T) string {
	t.Helper()
	at, org := h.s.For(h.owner, h.venue.ID), h.s.Org(h.owner)
	var all []any
	add := func(v any, err error) {
		t.Helper()
		must(t, err)
		all = append(all, v)
	}
	v, err := at.Details(t.Context())
	add(v, err)
	events, _, err := at.EventsAfter(t.Context(), 0, 1000)
	add(events, err)
	reports, err := at.Reports(t.Context(), store.Filter{})
	add(reports, err)
	tables, err := at.Tables(t.Context())
	add(tables, err)
	codes, err := at.Codes(t.Context(), h.clk.now())
	add(codes, err)
	visits, err := at.OpenVisits(t.Context(), h.clk.now())
	add(visits, err)
	devices, err := at.Devices(t.Context())
	add(devices, err)
	people, err := org.People(t.Context())
	add(people, err)
	members, err := org.Memberships(t.Context())
	add(members, err)
	keys, err := org.Keys(t.Context())
	add(keys, err)
	tasks, err := at.Tasks(t.Context(), time.Time{})
	add(tasks, err)
	channels, err := org.ChannelsAt(t.Context(), h.venue.ID)
	add(channels, err)
	hooks, err := org.Webhooks(t.Context())
	add(hooks, err)
	for _, hook := range hooks {
		posts, err := org.Posts(t.Context(), hook.ID, store.DeliveryFilter{})
		add(posts, err)
	}
	log, err := org.Audit(t.Context(), "", 1000)
	add(log, err)
	for _, r := range reports {
		c, err := at.Contact(t.Context(), r.ID)
		add(c, err)
		ms, err := at.Messages(t.Context(), r.ID, true)
		add(ms, err)
	}
	text, err := json.MarshalIndent(all, "", " ")
	must(t, err)
	return string(text)
}
