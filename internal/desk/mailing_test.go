package desk_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// mails sends what is due and returns what is in the outbox, sent off.
func (h *house) mails(t *testing.T) []desk.Outgoing {
	t.Helper()
	must(t, h.SendMailings(t.Context()))
	ds, err := h.s.ClaimDeliveries(t.Context(), h.clk.now(), time.Minute, 10, 10, nil)
	must(t, err)
	var all []desk.Outgoing
	for _, dl := range ds {
		out, send, err := h.Outgoing(t.Context(), dl)
		must(t, err)
		if send {
			all = append(all, out)
			must(t, h.Delivered(t.Context(), dl, feedback.Try{Outcome: feedback.Accepted}))
		}
	}
	return all
}

func (h *house) at(t *testing.T, wall string) {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", wall, h.venue.Zone())
	must(t, err)
	h.clk.set(moment)
}

func mailings(whats ...string) []feedback.Mailing {
	var all []feedback.Mailing
	for _, w := range whats {
		m := feedback.Mailing{What: w}
		if m.Exports() {
			m.Detail = "reports.xlsx figures.csv"
		}
		all = append(all, m)
	}
	return all
}

// Somebody who asked is mailed once each morning of the venue, whatever the
// clocks do, however often we look, and after a pause once.
func TestMailings_OnceAMorning(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	h.phone(t, h.owner.Person, feedback.ChannelEmail)
	h.phone(t, h.owner.Person, feedback.ChannelPush)
	h.at(t, "2027-03-27 12:00")
	must(t, h.Want(t.Context(), h.owner, h.venue.ID, mailings("day", "week", "export_month")))
	for _, step := range []struct {
		wall string
		want string
	}{
		{"2027-03-27 23:59", ""},
		{"2027-03-28 06:59", ""}, // the clocks were put forward in this night
		{"2027-03-28 07:00", "Yesterday in figures"},
		{"2027-03-28 07:01", ""},
		{"2027-03-29 07:00", "Last week in figures, Yesterday in figures"},
		{"2027-04-01 10:00", "Last month’s tables, Yesterday in figures"}, // after two days without us
		{"2027-04-01 20:00", ""},
		{"2027-10-31 07:30", "Last month’s tables, Last week in figures, Yesterday in figures"},
		{"2027-11-01 06:30", ""},
	} {
		h.at(t, step.wall)
		var titles []string
		for _, out := range append(h.mails(t), h.mails(t)...) {
			titles = append(titles, strings.TrimPrefix(out.Title, h.venue.Name+" · "))
		}
		slices.Sort(titles)
		if got := strings.Join(titles, ", "); got != step.want {
			t.Errorf("at %s: mailed %q, want %q", step.wall, got, step.want)
		}
	}
}

// A digest holds the two truths, what waits and what changed, and nothing that a
// guest wrote.
func TestMailings_SayNothingOfGuests(t *testing.T) {
	h := newHouse(t)
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	h.phone(t, h.owner.Person, feedback.ChannelEmail)
	must(t, h.Want(t.Context(), h.owner, h.venue.ID, mailings("day", "export_week")))
	yes, guest := h.resolved(t, h.waiter)
	must(t, h.Judge(t.Context(), guest, feedback.Yes, "My secret praise"))
	h.send(t, func(in *desk.NewReport) {
		in.Words, in.Contact = "My secret soup", feedback.Contact{Name: "Ada Secret", Email: "secret@example.com"}
		in.Handling = feedback.ContactLater
	})
	h.clk.advance(24 * time.Hour)
	out := h.mails(t)
	if len(out) == 0 || out[0].Channel.Kind != feedback.ChannelEmail {
		t.Fatalf("mailed %+v", out)
	}
	end, err := h.s.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	for _, want := range []string{"Resolved: 1 of 2", "Still open: 1 of 2", "yes 1,", "Table 1, since ", h.venue.ID + ":", "Settings, Morning mail"} {
		if !strings.Contains(out[0].Text, want) {
			t.Errorf("it lacks %q:\n%s", want, out[0].Text)
		}
	}
	named := regexp.MustCompile(`\bada\b`) // a hash may have these letters too
	for _, m := range out {
		if text := strings.ToLower(m.Title + m.Text + m.Path); strings.Contains(text, "secret") || named.MatchString(text) {
			t.Errorf("it tells of a guest:\n%s", m.Text)
		}
	}
	if !strings.Contains(out[0].Path, "from=") || yes.ID == "" || end == 0 {
		t.Errorf("it leads to %s", out[0].Path)
	}
}

// What ended because nobody came is told of in the morning after it ended, and in no
// other, also when it was sent after closing and waited through the night.
func TestMailings_TellOfThoseNobodyCameTo(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) {
		v.Hours.Week = map[string][]string{}
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			v.Hours.Week[day] = []string{"17:00-23:00"}
		}
	})
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	h.phone(t, h.owner.Person, feedback.ChannelEmail)
	must(t, h.Want(t.Context(), h.owner, h.venue.ID, mailings("day")))
	unanswered := func(in *desk.NewReport) { in.Marked = true } // calls nobody meanwhile
	h.at(t, "2026-11-20 20:00")
	h.send(t, unanswered)
	again, _ := h.send(t, unanswered)
	h.at(t, "2026-11-20 23:00")
	h.drain(t)
	must(t, h.Reopen(t.Context(), h.manager, h.venue.ID, again.ID))
	must(t, h.Unresolved(t.Context(), h.manager, h.venue.ID, again.ID, "guest_left", ""))
	h.at(t, "2026-11-20 23:30")
	h.send(t, unanswered)
	mail := func(wall string) string {
		t.Helper()
		h.at(t, wall)
		for _, out := range h.mails(t) {
			if strings.Contains(out.Title, "Yesterday") {
				return out.Text
			}
		}
		t.Fatalf("nothing is mailed at %s", wall)
		return ""
	}
	const early, late = "- Table 1, 20 November 2026, 20:00\n", "- Table 1, 20 November 2026, 23:30\n"
	if got := mail("2026-11-21 07:00"); strings.Count(got, "Nobody came:\n"+early) != 1 || strings.Count(got, early) != 1 || !strings.Contains(got, "Waiting now:\n- Table 1, since 20 November 2026, 23:30\n") {
		t.Errorf("on the first morning:\n%s", got)
	}
	h.at(t, "2026-11-21 23:00")
	h.drain(t)
	if got := mail("2026-11-22 07:00"); !strings.Contains(got, "Nobody came:\n"+late) || strings.Contains(got, early) || !strings.Contains(got, "Nobody is waiting now.") {
		t.Errorf("on the second morning:\n%s", got)
	}
	if got := mail("2026-11-23 07:00"); strings.Contains(got, "Nobody came") {
		t.Errorf("on the third morning:\n%s", got)
	}
}

// Nothing is mailed to who took it back, also not what waits already, nor to who
// manages the venue no more; and only managers may ask.
func TestMailings_End(t *testing.T) {
	h := newHouse(t)
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	h.phone(t, h.manager.Person, feedback.ChannelEmail)
	wantErr(t, "a waiter asks", h.Want(t.Context(), h.waiter, h.venue.ID, mailings("day")), feedback.ErrForbidden)
	wantProblem(t, "an export of nothing", h.Want(t.Context(), h.manager, h.venue.ID, []feedback.Mailing{{What: "export_week"}}), "files")
	wantProblem(t, "an export of secrets", h.Want(t.Context(), h.manager, h.venue.ID, []feedback.Mailing{{What: "export_week", Detail: "contacts.csv"}}), "files")
	must(t, h.Want(t.Context(), h.manager, h.venue.ID, mailings("day")))
	must(t, h.Want(t.Context(), h.manager, h.venue.ID, mailings("day"))) // twice is once
	h.clk.advance(24 * time.Hour)
	must(t, h.SendMailings(t.Context()))
	must(t, h.Want(t.Context(), h.manager, h.venue.ID, nil))
	if out := h.mails(t); len(out) != 0 {
		t.Errorf("mailed after it was taken back: %+v", out)
	}
	must(t, h.Want(t.Context(), h.manager, h.venue.ID, mailings("day")))
	must(t, h.s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.Org(h.owner).SetRole(t.Context(), feedback.Membership{PersonID: h.manager.Person, VenueID: h.venue.ID, Role: feedback.Staff})
	}))
	h.clk.advance(24 * time.Hour)
	if out := h.mails(t); len(out) != 0 {
		t.Errorf("mailed to who manages nothing: %+v", out)
	}
}

// Programs are told of a day and of a week once, in the venue's morning, as of any
// other event; a webhook that came after that morning is not told of it.
func TestDigests_TellProgramsOnceAMorning(t *testing.T) {
	h := newHouse(t, func(v *feedback.Venue) { v.TimeZone = "Europe/Berlin" })
	h.Carries(allKinds, nil, func(string, bool) bool { return true })
	h.at(t, "2027-03-27 12:00")
	hook := func(events ...feedback.EventKind) {
		t.Helper()
		_, _, err := h.AddWebhook(t.Context(), h.owner, desk.Webhook{URL: "https://till.example/hook", Events: events})
		must(t, err)
	}
	told := func() string {
		t.Helper()
		must(t, h.SendMailings(t.Context()))
		must(t, h.SendMailings(t.Context()))
		ds, err := h.s.ClaimDeliveries(t.Context(), h.clk.now(), time.Minute, 10, 10, nil)
		must(t, err)
		var all []string
		for _, dl := range ds {
			events, _, err := h.s.For(h.owner, h.venue.ID).EventsAfter(t.Context(), dl.EventSeq-1, 1)
			must(t, err)
			all = append(all, string(events[0].Kind)+" "+events[0].Data.What)
			must(t, h.Delivered(t.Context(), dl, feedback.Try{Outcome: feedback.Accepted}))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	hook(feedback.ReportCreated)
	h.at(t, "2027-03-28 07:00")
	if got := told(); got != "" {
		t.Errorf("told %q to who did not ask", got)
	}
	hook(feedback.DigestDaily)
	if got := told(); got != "" {
		t.Errorf("told %q to who came after the morning", got)
	}
	for _, step := range []struct{ wall, want string }{
		{"2027-03-29 06:59", ""},
		{"2027-03-29 07:00", "digest.daily 2027-03-28/2027-03-28"}, // no week: nobody asked
		{"2027-03-29 23:00", ""},
		{"2027-04-01 10:00", "digest.daily 2027-03-31/2027-03-31"}, // after two days without us
	} {
		h.at(t, step.wall)
		if got := told(); got != step.want {
			t.Errorf("at %s: told %q, want %q", step.wall, got, step.want)
		}
	}
	hook() // of everything
	h.at(t, "2027-04-05 07:30")
	if got, want := told(), "digest.daily 2027-04-04/2027-04-04, digest.daily 2027-04-04/2027-04-04, digest.weekly 2027-03-29/2027-04-04"; got != want {
		t.Errorf("on Monday: told %q, want %q", got, want)
	}
}
