package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// rung is everything that was done about one report.
type rung struct {
	report feedback.Report
	told   []feedback.Delivery
	done   []feedback.Event // in the order of the timeline
}

// drawRung makes up a report of some evening, messages about it and what people did.
func drawRung(t *rapid.T, n int, people []string) rung {
	at := time.Date(2026, 10, 24, 10, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 4*24*60).Draw(t, "at")) * time.Minute)
	r := feedback.Report{
		ID: idAt(at, n), Rating: 2, Status: rapid.SampledFrom([]feedback.Status{feedback.Open, feedback.Taken, feedback.Resolved, feedback.Dismissed}).Draw(t, "status"),
		Kind: feedback.Issue, Trust: feedback.TrustTable, Language: "en", CreatedAt: at, Since: at, DueAt: at, ActiveAt: at, Test: rapid.IntRange(0, 5).Draw(t, "test") == 0,
	}
	minute := func(name string) time.Time {
		return at.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, name)) * time.Minute)
	}
	one := rung{report: r}
	for i := range rapid.IntRange(0, 8).Draw(t, "messages") {
		d := feedback.Delivery{
			ID: idAt(at, 100*n+i), ReportID: r.ID, CreatedAt: minute("sent"),
			Kind:     rapid.SampledFrom([]feedback.ChannelKind{feedback.ChannelScreen, feedback.ChannelPush, feedback.ChannelChat, feedback.ChannelWebhook}).Draw(t, "kind"),
			State:    rapid.SampledFrom([]feedback.DeliveryState{feedback.Delivered, feedback.Delivered, feedback.Dead, feedback.Pending}).Draw(t, "state"),
			What:     rapid.SampledFrom(append([]string{feedback.SayUnhappy, ""}, feedback.Calling...)).Draw(t, "what"),
			PersonID: rapid.SampledFrom(append([]string{""}, people...)).Draw(t, "to"),
		}
		d.Step = d.CreatedAt.Minute() % 6 // the same over a call
		one.told = append(one.told, d)
	}
	for range rapid.IntRange(0, 4).Draw(t, "acts") {
		one.done = append(one.done, feedback.Event{
			ReportID: r.ID, At: minute("act"),
			Kind:   rapid.SampledFrom([]feedback.EventKind{feedback.ReportTaken, feedback.ReportResolved, feedback.ReportUnresolved, feedback.ReportMessage}).Draw(t, "act kind"),
			ByKind: rapid.SampledFrom([]feedback.ActorKind{feedback.ByPerson, feedback.ByKey, feedback.BySystem}).Draw(t, "by"), ByID: rapid.SampledFrom(people).Draw(t, "who"),
		})
	}
	return one
}

// idAt is an id as one that was made at a moment.
func idAt(at time.Time, n int) string {
	ms := at.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7%03x-8000-%s", ms>>16, ms&0xffff, n%4096, storetest.ID()[24:])
}

// counted are the calls of a rung, by plain reading: each moment at which a
// message that calls arrived is one, and it ends with the next.
func (one rung) counted() (calls []feedback.Call) {
	if one.report.Test || one.report.Status == feedback.Dismissed {
		return nil
	}
	arrived := slices.DeleteFunc(slices.Clone(one.told), func(d feedback.Delivery) bool {
		return d.State != feedback.Delivered || d.Kind == feedback.ChannelWebhook || d.What == "" || d.What == feedback.SayUnhappy
	})
	slices.SortStableFunc(arrived, func(a, b feedback.Delivery) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, d := range arrived {
		i := slices.IndexFunc(calls, func(c feedback.Call) bool { return c.Sent.Equal(d.CreatedAt) && c.Kind == d.Kind })
		if i < 0 {
			calls = append(calls, feedback.Call{ReportID: d.ReportID, CreatedAt: one.report.CreatedAt, Sent: d.CreatedAt, Step: d.Step, Kind: d.Kind})
			i = len(calls) - 1
		}
		c := &calls[i]
		c.Messages++
		for _, e := range one.done {
			acts := e.ByKind != feedback.BySystem && e.Kind != feedback.ReportMessage
			later := slices.ContainsFunc(arrived, func(n feedback.Delivery) bool { return n.CreatedAt.After(d.CreatedAt) && !n.CreatedAt.After(e.At) })
			if acts && !e.At.Before(d.CreatedAt) && !later {
				c.Took = e.At
				c.Told = c.Told || d.PersonID == "" || d.PersonID == e.ByID
				break
			}
		}
	}
	return calls
}

// Calls, and their sums, are what plain counting over the rows gives, by the
// venue's service days, and of this venue alone.
func TestCalls_ArePlainCounting(t *testing.T) {
	s := storetest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		late := func(v *feedback.Venue) {
			v.Hours = feedback.Hours{Week: map[string][]string{}}
			for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
				v.Hours.Week[day] = []string{"11:30-15:00", "17:00-02:00"}
			}
		}
		owner, venue := storetest.Venue(t, s, late)
		other, theirs := storetest.Venue(t, s, late)
		tables := map[string]string{
			venue.ID: storetest.Table(t, s, owner, venue.ID, "1").ID, theirs.ID: storetest.Table(t, s, other, theirs.ID, "1").ID,
		}
		from, to := "2026-10-25", "2026-10-26" // the end of summer time
		people := []string{storetest.ID(), storetest.ID()}
		var want []feedback.Call
		rungs := make([]rung, rapid.IntRange(0, 12).Draw(rt, "reports"))
		for i := range rungs {
			rungs[i] = drawRung(rt, i, people)
		}
		storetest.Write(t, s, func(tx store.Tx) error {
			want = nil
			for i, one := range rungs {
				by, in := owner, venue
				if i%4 == 3 {
					by, in = other, theirs
				}
				one.report.TableID = tables[in.ID]
				one.report.Day = in.Hours.Day(one.report.CreatedAt, in.Zone())
				if i%4 != 3 && one.report.Day >= from && one.report.Day <= to {
					want = append(want, one.counted()...)
				}
				if err := one.write(t, tx.At(by, in.ID)); err != nil {
					return err
				}
			}
			return nil
		})
		slices.SortFunc(want, func(a, b feedback.Call) int {
			return cmp.Or(a.Sent.Compare(b.Sent), cmp.Compare(a.ReportID, b.ReportID), cmp.Compare(a.Kind, b.Kind))
		})
		var got []feedback.Call
		if err := s.Rebuild(t.Context(), owner, venue.ID); err != nil {
			rt.Fatal(err)
		}
		for _, of := range []string{"the rows", "the days"} {
			var err error
			if got, err = s.For(owner, venue.ID).Calls(t.Context(), from, to); err != nil {
				rt.Fatal(err)
			}
			if diff := gocmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
				rt.Fatalf("calls of %s (-want +got):\n%s", of, diff)
			}
			if err := s.KeepDays(t.Context(), storetest.Epoch); err != nil {
				rt.Fatal(err)
			}
		}
		sums(rt, got, feedback.AddUp(got, venue))
		if foreign, err := s.For(other, venue.ID).Calls(t.Context(), from, to); err == nil && len(foreign) > 0 {
			rt.Errorf("somebody else reads %d calls", len(foreign))
		}
	})
}

// write puts a rung into a venue.
func (one rung) write(t *testing.T, at store.Edit) error {
	if err := at.AddReport(t.Context(), one.report); err != nil {
		return err
	}
	for _, d := range one.told {
		if err := at.AddDelivery(t.Context(), d); err != nil {
			return err
		}
	}
	for _, e := range one.done {
		if err := at.Append(t.Context(), &e); err != nil {
			return err
		}
	}
	return nil
}

// sums holds what was added up against the calls themselves.
func sums(t *rapid.T, calls []feedback.Call, all feedback.Budgets) {
	whole, acted, messages := map[string]bool{}, map[string]bool{}, 0
	byKind := map[string][2]int{}
	for _, c := range calls {
		key := c.ReportID + c.Sent.String()
		whole[key] = true
		messages += c.Messages
		n := byKind[string(c.Kind)]
		n[0]++
		if !c.Took.IsZero() {
			acted[key] = true
			if c.Told {
				n[1]++
			}
		}
		byKind[string(c.Kind)] = n
	}
	if b := all.Total; b.Calls != len(whole) || b.Acted != len(acted) || b.Messages != messages {
		t.Errorf("in all %+v, want %d calls, %d acted on, %d messages", b, len(whole), len(acted), messages)
	}
	for _, groups := range [][]feedback.Budget{all.Shifts, all.Steps} {
		n, a, m := 0, 0, 0
		for _, b := range groups {
			n, a, m = n+b.Calls, a+b.Acted, m+b.Messages
		}
		if n != len(whole) || a != len(acted) || m != messages {
			t.Errorf("%+v do not add up to %d calls, %d acted on, %d messages", groups, len(whole), len(acted), messages)
		}
	}
	for _, b := range all.Channels {
		if n := byKind[b.Key]; b.Calls != n[0] || b.Acted != n[1] {
			t.Errorf("by %s %+v, want %v", b.Key, b, n)
		}
	}
}
