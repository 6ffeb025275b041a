package store_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// The lane and the list of promises that lapsed are what the rules say, of any
// reports, and of this venue alone.
func TestFollowUps_AsTheRulesSay(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	other, theirs := storetest.Venue(t, s)
	tables := map[string]feedback.Table{venue.ID: storetest.Table(t, s, owner, venue.ID, "1"), theirs.ID: storetest.Table(t, s, other, theirs.ID, "1")}
	now := storetest.Epoch.Add(time.Hour)
	rapid.Check(t, func(rt *rapid.T) {
		var follow, lapsed []string
		at := rapid.SampledFrom([]feedback.Actor{owner, owner, owner, other}).Draw(rt, "venue")
		in := map[string]string{owner.Org: venue.ID, other.Org: theirs.ID}[at.Org]
		minutes := func(name string) time.Time {
			n := rapid.IntRange(-1, 90).Draw(rt, name)
			if n < 0 {
				return time.Time{}
			}
			return storetest.Epoch.Add(time.Duration(n) * time.Minute)
		}
		r := feedback.Report{
			ID: storetest.ID(), TableID: tables[in].ID, Rating: 2, Language: "en", Version: 1, Day: "2026-11-22",
			Kind: rapid.SampledFrom([]feedback.Kind{feedback.Issue, feedback.Issue, feedback.Praise}).Draw(rt, "kind"),
			Status: rapid.SampledFrom([]feedback.Status{
				feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Unresolved, feedback.Dismissed,
			}).Draw(rt, "status"),
			Causes:   rapid.SampledFrom([][]string{nil, {"cold"}, {"safety"}, {"cold", "safety"}}).Draw(rt, "causes"),
			Handling: rapid.SampledFrom(append([]string{""}, feedback.Handlings...)).Draw(rt, "handling"),
			FollowUp: rapid.Bool().Draw(rt, "follow_up"), ToCheck: rapid.Bool().Draw(rt, "to_check"), Test: rapid.Bool().Draw(rt, "test"),
			CreatedAt: storetest.Epoch, DueAt: storetest.Epoch.Add(3 * time.Minute), Since: storetest.Epoch,
		}
		contact := feedback.Contact{ReportID: r.ID, Name: "Ada", Phone: rapid.SampledFrom([]string{"", "030"}).Draw(rt, "phone"), ExpiresAt: now}
		storetest.Write(t, s, func(tx store.Tx) error {
			e := tx.At(at, in)
			if err := e.AddReport(t.Context(), r); err != nil {
				return err
			}
			r.TakenAt, r.Followed = minutes("taken"), rapid.SampledFrom([]feedback.FollowUp{"", feedback.Reached, feedback.Settled}).Draw(rt, "followed")
			if rapid.Bool().Draw(rt, "reopened") {
				r.Since, r.DueAt = storetest.Epoch.Add(30*time.Minute), storetest.Epoch.Add(33*time.Minute)
			}
			if err := e.Advance(t.Context(), &r); err != nil {
				return err
			}
			return e.AddContact(t.Context(), contact)
		})
		if in == venue.ID && r.FollowsUp() && contact.Phone != "" {
			follow = append(follow, r.ID)
		}
		if in == venue.ID && r.Lapsed(now) {
			lapsed = append(lapsed, r.ID)
		}
		view := s.For(owner, venue.ID)
		due, err := view.FollowUps(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if got := slices.ContainsFunc(due, func(f store.FollowUp) bool { return f.ID == r.ID }); got != (len(follow) > 0) {
			rt.Errorf("in the lane: %v, FollowsUp() = %v: %+v", got, r.FollowsUp(), r)
		}
		late, err := view.Reports(t.Context(), store.Filter{IDs: []string{r.ID}, Lapsed: now})
		if err != nil {
			rt.Fatal(err)
		}
		if got := len(late) > 0; got != (len(lapsed) > 0) {
			rt.Errorf("in the list of lapsed promises: %v, Lapsed() = %v: %+v", got, r.Lapsed(now), r)
		}
	})
}
