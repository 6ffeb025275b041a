package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// room is a venue with two tables and its people.
type room struct {
	s                      *store.Store
	owner, manager, waiter feedback.Actor
	venue                  feedback.Venue
	one, two               feedback.Table
	minutes                int // reports are a minute apart
}

func newRoom(t *testing.T, s *store.Store) *room {
	t.Helper()
	r := &room{s: s}
	r.owner, r.venue = storetest.Venue(t, s)
	r.manager = storetest.Person(t, s, r.owner, r.venue.ID, "Marta", feedback.Manager)
	r.waiter = storetest.Person(t, s, r.owner, r.venue.ID, "Wim", feedback.Staff)
	r.one = storetest.Table(t, s, r.owner, r.venue.ID, "1")
	r.two = storetest.Table(t, s, r.owner, r.venue.ID, "2")
	return r
}

func (r *room) write(t *testing.T, fn func(store.Edit) error) {
	t.Helper()
	storetest.Write(t, r.s, func(tx store.Tx) error { return fn(tx.At(r.owner, r.venue.ID)) })
}

// report adds an issue at table 1, a minute after the one before.
func (r *room) report(t *testing.T, mods ...func(*feedback.Report)) string {
	t.Helper()
	r.minutes++
	at := storetest.Epoch.Add(time.Duration(r.minutes) * time.Minute)
	rep := feedback.Report{
		ID: storetest.IDAt(at), TableID: r.one.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Causes: []string{"cold"}, Language: "en",
		Trust: feedback.TrustTable, Version: 1, Day: at.Format(time.DateOnly), Hour: at.Hour(), CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute), Salt: []byte("salt"),
	}
	for _, mod := range mods {
		mod(&rep)
	}
	r.write(t, func(at store.Edit) error {
		if err := at.AddReport(t.Context(), rep); err != nil {
			return err
		}
		stored, err := at.Report(t.Context(), rep.ID)
		if err != nil || len(mods) == 0 {
			return err
		}
		for _, mod := range mods { // what is only known later is written by Advance
			mod(&stored)
		}
		return at.Advance(t.Context(), &stored)
	})
	return rep.ID
}

func (r *room) list(t *testing.T, by feedback.Actor, f store.Filter) []string {
	t.Helper()
	rs, err := r.s.For(by, r.venue.ID).Reports(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rs))
	for i, one := range rs {
		out[i] = one.ID
	}
	return out
}

func TestReports_Filters(t *testing.T) {
	s := storetest.New(t)
	r, foreign := newRoom(t, s), newRoom(t, s)
	cold := r.report(t, func(x *feedback.Report) { x.Words = "The soup was 100% cold_" })
	slow := r.report(t, func(x *feedback.Report) {
		x.Causes, x.TableID, x.Status, x.Trust, x.Words = []string{"slow", "drink"}, r.two.ID, feedback.Resolved, feedback.TrustVisit, `back\slash "quoted"`
	})
	praise := r.report(t, func(x *feedback.Report) {
		x.Kind, x.Status, x.Causes, x.FollowUp, x.Verdict, x.Day = feedback.Praise, feedback.Noted, nil, true, feedback.Yes, "2026-11-21"
	})
	foreign.report(t, func(x *feedback.Report) { x.Words = "The soup was 100% cold_" })
	foreign.report(t, func(x *feedback.Report) { x.TableID, x.FollowUp, x.Kind = foreign.two.ID, true, feedback.Praise })

	for _, id := range []string{cold, slow, praise} {
		storetest.Write(t, s, func(tx store.Tx) error {
			e := feedback.Event{Kind: feedback.ReportCreated, At: storetest.Epoch, ReportID: id, ByKind: feedback.ByGuest}
			return tx.At(r.owner, r.venue.ID).Append(t.Context(), &e)
		})
	}

	at := func(minutes int) time.Time { return storetest.Epoch.Add(time.Duration(minutes) * time.Minute) }
	tests := map[string]struct {
		f    store.Filter
		want []string // newest first
	}{
		"everything":                 {store.Filter{}, []string{praise, slow, cold}},
		"by id":                      {store.Filter{IDs: []string{cold, praise, "x"}}, []string{praise, cold}},
		"by status":                  {store.Filter{Statuses: []feedback.Status{feedback.Open, feedback.Noted}}, []string{praise, cold}},
		"by kind":                    {store.Filter{Kind: feedback.Praise}, []string{praise}},
		"by the table's id":          {store.Filter{Table: r.two.ID}, []string{slow}},
		"by the table's name":        {store.Filter{Table: "2"}, []string{slow}},
		"by somebody else's table":   {store.Filter{Table: foreign.two.ID}, nil},
		"by cause":                   {store.Filter{Cause: "drink"}, []string{slow}},
		"by a part of a cause":       {store.Filter{Cause: "drin"}, nil},
		"by a cause with wildcards":  {store.Filter{Cause: "%"}, nil},
		"by trust":                   {store.Filter{Trust: feedback.TrustVisit}, []string{slow}},
		"from home":                  {store.Filter{FollowUp: true}, []string{praise}},
		"by verdict":                 {store.Filter{Verdicts: []feedback.Verdict{feedback.Yes}}, []string{praise}},
		"by no verdict":              {store.Filter{Verdicts: []feedback.Verdict{feedback.NoVerdict}}, []string{slow, cold}},
		"sent at or after":           {store.Filter{From: at(2)}, []string{praise, slow}},
		"sent before":                {store.Filter{To: at(2)}, []string{cold}},
		"from a service day":         {store.Filter{FromDay: "2026-11-21"}, []string{praise}},
		"to a service day":           {store.Filter{ToDay: "2026-11-20"}, []string{slow, cold}},
		"by words, however large":    {store.Filter{Query: "SOUP"}, []string{cold}},
		"by a percent sign":          {store.Filter{Query: "%"}, []string{cold}},
		"by a wildcard that is none": {store.Filter{Query: "s%p"}, nil},
		"by an underscore":           {store.Filter{Query: "_"}, []string{cold}},
		"by one that is none":        {store.Filter{Query: "c_ld"}, nil},
		"by a backslash":             {store.Filter{Query: `\`}, []string{slow}},
		"by a quote":                 {store.Filter{Query: `"quoted"`}, []string{slow}},
		"by SQL":                     {store.Filter{Query: "' or 1=1 --", Table: "' or 1=1 --"}, nil},
		"everything at once":         {store.Filter{Kind: feedback.Issue, Table: "1", Query: "soup", Cause: "cold", To: at(2)}, []string{cold}},
		"after one, at most one":     {store.Filter{After: praise, Limit: 1}, []string{slow}},
		"after the last":             {store.Filter{After: cold}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := r.list(t, r.manager, tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%d reports %q, want %q", len(got), got, tt.want)
			}
		})
	}
}

// Page by page, nothing is missing and nothing comes twice, also when more is
// sent in between.
func TestReports_Pages(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	var want []string
	for range 23 {
		want = append(want, r.report(t))
	}
	slices.Reverse(want)
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page := r.list(t, r.waiter, store.Filter{After: after, Limit: 5})
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		r.report(t)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d reports in pages, want %d", len(got), len(want))
	}
}

func TestReports_WhoSeesWhich(t *testing.T) {
	s := storetest.New(t)
	r := newRoom(t, s)
	plain := r.report(t)
	about := r.report(t, func(x *feedback.Report) { x.Causes = []string{"cold", "staff"} })
	quiet := r.report(t, func(x *feedback.Report) { x.Handling = feedback.ManagerOnly })
	guest, err := s.ReportOwner(t.Context(), about)
	if err != nil {
		t.Fatal(err)
	}
	shared := r.manager
	shared.Shared = true
	tests := map[string]struct {
		by   feedback.Actor
		want []string
	}{
		"a manager":        {r.manager, []string{quiet, about, plain}},
		"a manager by PIN": {shared, []string{quiet, about, plain}},
		"a waiter":         {r.waiter, []string{plain}},
		"a timer":          {feedback.System(r.owner.Org, r.venue.ID), []string{quiet, about, plain}},
		"its guest":        {guest, []string{about}},
		"a stranger":       {feedback.Actor{Kind: feedback.ByPerson, Org: r.owner.Org}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			at := s.For(tt.by, r.venue.ID)
			if got := r.list(t, tt.by, store.Filter{}); !slices.Equal(got, tt.want) {
				t.Errorf("the list: %q, want %q", got, tt.want)
			}
			board, err := at.Board(t.Context(), storetest.Epoch)
			if err != nil || len(board) != len(tt.want) {
				t.Errorf("the board: %d reports, %v; want %d", len(board), err, len(tt.want))
			}
			for _, id := range []string{plain, about, quiet} {
				seen := slices.Contains(tt.want, id)
				_, report := at.Report(t.Context(), id)
				_, messages := at.Messages(t.Context(), id, true)
				_, events := at.EventsOf(t.Context(), id)
				for what, err := range map[string]error{"report": report, "messages": messages, "events": events} {
					if (err == nil) != seen || err != nil && !errors.Is(err, feedback.ErrNotFound) {
						t.Errorf("%s of %s: %v, want seen: %v", what, id, err, seen)
					}
				}
			}
			if tt.by.Kind == feedback.ByGuest {
				return
			}
			if n, err := at.Waiting(t.Context()); err != nil || n != len(tt.want) {
				t.Errorf("waiting: %d, %v; want %d", n, err, len(tt.want))
			}
		})
	}
}

func TestBoard_ShowsWhatWaitsAndWhatWasLately(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	status := func(s feedback.Status) func(*feedback.Report) {
		return func(x *feedback.Report) { x.Status = s }
	}
	old := r.report(t)
	r.report(t, status(feedback.Resolved)) // too old
	taken := r.report(t, status(feedback.Taken), func(x *feedback.Report) { x.DueAt = storetest.Epoch })
	lately := r.report(t, status(feedback.Resolved))
	noted := r.report(t, status(feedback.Noted))
	r.report(t, status(feedback.Dismissed))
	r.report(t, status(feedback.Unresolved))
	board, err := r.s.For(r.waiter, r.venue.ID).Board(t.Context(), storetest.Epoch.Add(3*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range board {
		got = append(got, one.ID)
	}
	if want := []string{taken, old, lately, noted}; !slices.Equal(got, want) { // the oldest promise first
		t.Errorf("the board shows %q, want %q", got, want)
	}
}

func TestAdvance_OfTwoOneWins(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	id := r.report(t)
	first, err := r.s.For(r.owner, r.venue.ID).Report(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	second := first
	r.write(t, func(at store.Edit) error { first.Note = "first"; return at.Advance(t.Context(), &first) })
	err = r.s.Tx(t.Context(), func(tx store.Tx) error {
		second.Note = "second"
		return tx.At(r.owner, r.venue.ID).Advance(t.Context(), &second)
	})
	if !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("the second: %v, want a conflict", err)
	}
	if got, _ := r.s.For(r.owner, r.venue.ID).Report(t.Context(), id); got.Note != "first" || got.Version != 2 {
		t.Errorf("stored %q, version %d", got.Note, got.Version)
	}
}

func TestMessages_UnreadAndLast(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	id := r.report(t)
	say := func(n int, m feedback.Message) {
		m.ID, m.ReportID, m.At, m.Salt = fmt.Sprintf("m%02d", n), id, storetest.Epoch, []byte("s")
		r.write(t, func(at store.Edit) error { return at.AddMessage(t.Context(), m) })
	}
	check := func(unread int, text, from string) {
		t.Helper()
		got, err := r.s.For(r.waiter, r.venue.ID).Report(t.Context(), id)
		if err != nil || got.Unread != unread || got.LastText != text || got.LastFrom != from {
			t.Errorf("unread %d, last %q from %q, %v; want %d, %q, %q", got.Unread, got.LastText, got.LastFrom, err, unread, text, from)
		}
	}
	check(0, "", "")
	say(1, feedback.Message{FromGuest: true, Text: "hello"})
	say(2, feedback.Message{FromGuest: true, Text: "hello?"})
	check(2, "hello?", "guest")
	say(3, feedback.Message{PersonID: r.waiter.Person, Text: "a note", Internal: true})
	check(2, "hello?", "guest") // a note answers nobody
	say(4, feedback.Message{PersonID: r.waiter.Person, Text: "coming"})
	check(0, "coming", r.waiter.Person)
	say(5, feedback.Message{FromGuest: true, Text: "thanks"})
	check(1, "thanks", "guest")
	for internal, want := range map[bool]int{true: 5, false: 4} {
		if ms, err := r.s.For(r.waiter, r.venue.ID).Messages(t.Context(), id, internal); err != nil || len(ms) != want {
			t.Errorf("%d messages, %v; want %d", len(ms), err, want)
		}
	}
	r.write(t, func(at store.Edit) error { return at.EraseText(t.Context(), id) })
	check(1, "", "guest")
}

func TestContacts_EndAndStayInTheirVenue(t *testing.T) {
	s := storetest.New(t)
	r, foreign := newRoom(t, s), newRoom(t, s)
	id := r.report(t)
	r.write(t, func(at store.Edit) error {
		return at.AddContact(t.Context(), feedback.Contact{ReportID: id, Name: "Ada", ExpiresAt: storetest.Epoch.Add(time.Hour)})
	})
	for what, at := range map[string]store.View{"another house": s.For(foreign.owner, foreign.venue.ID), "a forged venue": s.For(foreign.owner, r.venue.ID)} {
		if c, err := at.Contact(t.Context(), id); err != nil || c.Name != "" {
			t.Errorf("%s reads %+v, %v", what, c, err)
		}
	}
	storetest.Write(t, s, func(tx store.Tx) error {
		had, err := tx.At(foreign.owner, r.venue.ID).EraseContact(t.Context(), id)
		if had {
			t.Error("another house erased it")
		}
		return err
	})
	at := s.For(r.owner, r.venue.ID)
	for after, want := range map[time.Duration]int{59 * time.Minute: 0, time.Hour: 1} {
		if ids, err := at.ExpiredContacts(t.Context(), storetest.Epoch.Add(after), 10); err != nil || len(ids) != want {
			t.Errorf("after %s: %q, %v; want %d", after, ids, err, want)
		}
	}
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.At(foreign.owner, foreign.venue.ID).AddContact(t.Context(), feedback.Contact{ReportID: id + "x", ExpiresAt: storetest.Epoch})
	})
	if !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("a contact of no report: %v", err)
	}
}

// What guests write never comes back in an error.
func TestAddReport_KeepsItsTongue(t *testing.T) {
	r := newRoom(t, storetest.New(t))
	err := r.s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.At(r.owner, r.venue.ID).AddReport(t.Context(), feedback.Report{ID: "x", TableID: "nowhere", Rating: 2, Words: "canary", CreatedAt: storetest.Epoch, DueAt: storetest.Epoch, Since: storetest.Epoch})
	})
	if !errors.Is(err, feedback.ErrConflict) || strings.Contains(err.Error(), "canary") {
		t.Errorf("a report at no table: %v", err)
	}
}
