package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// counter is a room on SQLite with a report.
func counter(t *testing.T) *room {
	t.Helper()
	r := newRoom(t, sqlite(t, store.Options{}))
	r.send(t, r.fresh())
	return r
}

// fresh is a guest's report at table 1.
func (r *room) fresh(mods ...func(*feedback.Report)) feedback.Report {
	r.minutes++
	at := storetest.Epoch.Add(time.Duration(r.minutes) * time.Minute)
	rep := feedback.Report{
		ID: storetest.ID(), TableID: r.one.ID, TableName: r.one.Name, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Causes: []string{"cold"},
		Words: "The soup", Handling: feedback.ComeOver, Language: "en", Trust: feedback.TrustTable, Version: 1, Day: at.Format(time.DateOnly),
		Hour: at.Hour(), CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
	}
	for _, mod := range mods {
		mod(&rep)
	}
	return rep
}

// add writes a report and its events, as the desk does.
func (r *room) add(t *testing.T, at store.Edit, rep feedback.Report) error {
	e := feedback.Event{Kind: feedback.ReportCreated, At: rep.CreatedAt, ReportID: rep.ID, ByKind: feedback.ByGuest, Digest: feedback.Digest(rep.Salt, rep.Words)}
	e.Data = feedback.EventData{Status: rep.Status, Rating: rep.Rating, Causes: rep.Causes, Handling: rep.Handling, Table: rep.TableID}
	if err := errors.Join(at.AddReport(t.Context(), rep), at.Append(t.Context(), &e)); err != nil || rep.Level == 0 {
		return err
	}
	e = feedback.Event{Kind: feedback.ReportEscalated, At: rep.CreatedAt, ReportID: rep.ID, ByKind: feedback.BySystem, Data: feedback.EventData{Level: 1}}
	return at.Append(t.Context(), &e)
}

func (r *room) send(t *testing.T, rep feedback.Report) {
	t.Helper()
	r.write(t, func(at store.Edit) error { return r.add(t, at, rep) })
}

// news is what a reader is shown, as text.
func (r *room) news(t *testing.T, by feedback.Actor, after int64, limit int) string {
	t.Helper()
	events, reports, last, err := r.s.For(by, r.venue.ID).News(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]feedback.Report{}
	for _, rep := range reports {
		byID[rep.ID] = rep
	}
	if len(byID) != len(reports) {
		t.Error("a report comes twice")
	}
	text, err := json.Marshal([]any{events, byID, last})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is remembered is exactly what the database would answer, to everybody.
func TestNews_IsWhatTheDatabaseHolds(t *testing.T) {
	r := counter(t)
	for _, mod := range []func(*feedback.Report){
		func(*feedback.Report) {},
		func(x *feedback.Report) { x.Causes, x.Handling = []string{"staff"}, feedback.ManagerOnly },
		func(x *feedback.Report) { x.Urgent, x.Causes, x.Level = feedback.Unsafe, []string{"safety"}, 1 },
		func(x *feedback.Report) {
			x.Kind, x.Status, x.Rating, x.Causes = feedback.Praise, feedback.Noted, 5, nil
		},
	} {
		r.send(t, r.fresh(mod))
	}
	tablet := r.manager
	tablet.Shared = true
	readers := map[string]feedback.Actor{
		"owner": r.owner, "manager": r.manager, "tablet": tablet, "waiter": r.waiter, "system": feedback.System(r.owner.Org, r.venue.ID),
		"key":             {Kind: feedback.ByKey, Org: r.owner.Org, Scope: feedback.ScopeRead},
		"guest":           {Kind: feedback.ByGuest, Org: r.owner.Org, Venue: r.venue.ID, ID: "x"},
		"another's owner": {Kind: feedback.ByKey, Org: "another", Scope: feedback.ScopeAdmin},
	}
	got := map[string]string{}
	each := func(do func(name string, by feedback.Actor, after int64, limit int)) {
		for name, by := range readers {
			for after := range int64(9) {
				for _, limit := range []int{1, 2, 10} {
					do(fmt.Sprint(name, after, limit), by, after, limit)
				}
			}
		}
	}
	if n := store.Remembered(r.s, r.venue.ID); n != 6 {
		t.Fatalf("%d events are remembered", n)
	}
	each(func(name string, by feedback.Actor, after int64, limit int) { got[name] = r.news(t, by, after, limit) })
	store.ForgetNews(r.s)
	each(func(name string, by feedback.Actor, after int64, limit int) {
		if want := r.news(t, by, after, limit); got[name] != want {
			t.Fatalf("%s: remembered\n%s\nthe database holds\n%s", name, got[name], want)
		}
	})
}

// Whatever else is written, nothing is shown as it was before.
func TestNews_ForgetsWhatMayHaveChanged(t *testing.T) {
	r := counter(t)
	settings, err := r.s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := storetest.Open(t, settings["file"], store.Options{})
	ctx := t.Context()
	for name, change := range map[string]func(rep feedback.Report) error{
		"advance": func(rep feedback.Report) error {
			rep.Status, rep.TakenBy = feedback.Taken, r.waiter.Person
			return r.s.Tx(ctx, func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).Advance(ctx, &rep) })
		},
		"erase": func(rep feedback.Report) error {
			return r.s.Tx(ctx, func(tx store.Tx) error { return tx.At(r.owner, r.venue.ID).EraseText(ctx, rep.ID) })
		},
		"message": func(rep feedback.Report) error {
			return r.s.Tx(ctx, func(tx store.Tx) error {
				return tx.At(r.owner, r.venue.ID).AddMessage(ctx, feedback.Message{ID: storetest.ID(), ReportID: rep.ID, FromGuest: true, Text: "Hello?", At: storetest.Epoch})
			})
		},
		"table": func(rep feedback.Report) error {
			r.one.Name = "No " + rep.ID[30:]
			return r.s.Tx(ctx, func(tx store.Tx) error {
				return store.Exec(ctx, tx.At(r.owner, r.venue.ID), "update tables set name = ? where id = ?", r.one.Name, r.one.ID)
			})
		},
		"another event": func(rep feedback.Report) error {
			return r.s.Tx(ctx, func(tx store.Tx) error {
				return tx.At(r.owner, r.venue.ID).Append(ctx, &feedback.Event{Kind: feedback.ReportChanged, At: storetest.Epoch, ReportID: rep.ID, ByKind: feedback.ByGuest})
			})
		},
		"of a person": func(feedback.Report) error {
			return r.s.Tx(ctx, func(tx store.Tx) error {
				rep, at := r.fresh(), tx.At(r.owner, r.venue.ID)
				e := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: rep.ID, ByKind: feedback.ByPerson, ByID: r.waiter.Person}
				return errors.Join(at.AddReport(ctx, rep), at.Append(ctx, &e))
			})
		},
		"added and changed": func(feedback.Report) error {
			return r.s.Tx(ctx, func(tx store.Tx) error {
				rep, at := r.fresh(), tx.At(r.owner, r.venue.ID)
				return errors.Join(r.add(t, at, rep), at.JoinAlert(ctx, rep.ID, "alert"))
			})
		},
		"another program": func(feedback.Report) error {
			err := other.Tx(ctx, func(tx store.Tx) error {
				return tx.At(r.owner, r.venue.ID).Append(ctx, &feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch, Subject: "x", ByKind: feedback.BySystem})
			})
			r.send(t, r.fresh())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			rep := r.fresh()
			r.send(t, r.fresh()) // after another program, and the one that a test before this forgot
			r.send(t, rep)
			if store.Remembered(r.s, r.venue.ID) == 0 {
				t.Fatal("nothing is remembered")
			}
			if err := change(rep); err != nil {
				t.Fatal(err)
			}
			head, err := r.s.For(r.owner, r.venue.ID).Head(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got := map[int64]string{}
			for after := head - 4; after <= head; after++ {
				got[after] = r.news(t, r.owner, after, 10)
			}
			store.ForgetNews(r.s)
			for after := head - 4; after <= head; after++ {
				if want := r.news(t, r.owner, after, 10); got[after] != want {
					t.Fatalf("shown\n%s\nwhere the database holds\n%s", got[after], want)
				}
			}
		})
	}
}

// A report that was rolled back was never there.
func TestNews_OnlyOfWhatWasCommitted(t *testing.T) {
	r := counter(t)
	r.send(t, r.fresh())
	was := r.news(t, r.owner, 1, 10)
	failed := errors.New("no")
	err := r.s.Tx(t.Context(), func(tx store.Tx) error {
		return errors.Join(r.add(t, tx.At(r.owner, r.venue.ID), r.fresh()), failed)
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if now := r.news(t, r.owner, 1, 10); now != was || store.Remembered(r.s, r.venue.ID) != 2 {
		t.Errorf("shown %s", now)
	}
}

// What is remembered is bounded, and its end is right.
func TestNews_Bounded(t *testing.T) {
	r := counter(t)
	r.write(t, func(at store.Edit) error {
		for range store.MaxNews + 10 {
			if err := r.add(t, at, r.fresh()); err != nil {
				return err
			}
		}
		return nil
	})
	if n := store.Remembered(r.s, r.venue.ID); n != store.MaxNews {
		t.Errorf("%d are remembered", n)
	}
	first, at := r.news(t, r.owner, 11, 1), r.news(t, r.owner, 10, 1)
	store.ForgetNews(r.s)
	if first != r.news(t, r.owner, 11, 1) || at != r.news(t, r.owner, 10, 1) {
		t.Error("the oldest is not what the database holds")
	}
}
