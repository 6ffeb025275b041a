package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// thread is a report of a guest at a table, who can be written to.
func (h *house) thread(t *testing.T) (report string, guest feedback.Actor) {
	t.Helper()
	_, err := h.desk.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "99"}})
	must(t, err)
	codes, err := h.store.For(h.owner, h.venue.ID).Codes(t.Context(), h.clock.now())
	must(t, err)
	r, err := h.desk.Submit(t.Context(), desk.NewReport{Code: codes[0].Code, Rating: 2, Words: "Cold", Language: "en"})
	must(t, err)
	guest, err = h.desk.Guest(t.Context(), h.desk.StatusToken(r.ID))
	must(t, err)
	return r.ID, guest
}

// Boards that show what the guest wrote say so; all of them learn that the guest
// saw the answer.
func TestSeen_OnTheBoard(t *testing.T) {
	h := open(t)
	id, guest := h.thread(t)
	b := h.as(t, h.maria)
	screen := h.watch(t, h.serve(t), b, h.head(t))
	screen.next(t, "now")
	must(t, h.desk.Write(t.Context(), guest, "No bread"))
	ticket := screen.next(t, "ticket").ticket(t).HTML
	message := b.get(t, h.board()).page(t).Find(".tk").AttrOr("data-unseen", "")
	if message == "" || !strings.Contains(ticket, `data-unseen="`+message+`" data-saw="`+h.about(id)+`/seen"`) {
		t.Fatalf("the ticket does not ask to be told: %s", ticket)
	}
	b.tap(t, h.about(id)+"/seen", "message", message).wants(t, http.StatusNoContent)
	if ticket := screen.next(t, "ticket").ticket(t).HTML; strings.Contains(ticket, "data-unseen") {
		t.Errorf("another screen would tell it again: %s", ticket)
	}
	must(t, h.desk.Say(t.Context(), h.maria, h.venue.ID, id, feedback.Message{Text: "Coming"}))
	if ticket := screen.next(t, "ticket").ticket(t).HTML; strings.Contains(ticket, "Seen by the guest") {
		t.Errorf("seen before it was opened: %s", ticket)
	}
	must(t, h.desk.Saw(t.Context(), guest, h.venue.ID, id, h.now(t, id).LastID))
	if ticket := screen.next(t, "ticket").ticket(t).HTML; !strings.Contains(ticket, "Seen by the guest") {
		t.Errorf("the board is not told: %s", ticket)
	}
	page := b.get(t, h.about(id))
	page.says(t, "Seen by the guest")
	if n := page.page(t).Find(".log li").Length(); n != 3 { // created, guest, said
		t.Errorf("the page has %d lines", n)
	}
}

// Without a script the page of a report is seen when somebody opened it.
func TestSeen_OnThePage(t *testing.T) {
	h := open(t)
	id, guest := h.thread(t)
	must(t, h.desk.Write(t.Context(), guest, "No bread"))
	b := h.as(t, h.maria)
	if got := b.get(t, h.about(id)).page(t).Find(".log").AttrOr("data-saw", ""); got != h.about(id)+"/seen" || h.now(t, id).TeamSaw != "" {
		t.Fatalf("seen by a page that nobody opened; it tells %q", got)
	}
	b.do(t, http.MethodGet, h.about(id), nil, "Sec-Fetch-User", "?1").wants(t, http.StatusOK)
	if h.now(t, id).TeamSaw == "" {
		t.Error("a page that somebody opened was not seen")
	}
	h.browser().post(t, h.about(id)+"/seen", "message", h.now(t, id).LastID).wants(t, http.StatusUnauthorized)
}

// A venue's own phrase goes out in the guest's language, or in the venue's first
// with a mark; one that the venue wrote itself is never sent in our words.
func TestReply_OwnPhrases(t *testing.T) {
	h := open(t)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.Languages = []string{"it", "en"}
		v.Wording = v.Wording.With("phrase.6", "it", "Arriva <il cuoco>").With("phrase.6", "de", "Der Koch kommt").With("phrase.1", "it", "Eccomi")
	}))
	for lang, want := range map[string]struct{ six, in, one, marked string }{
		"de": {"Der Koch kommt", "", "Eccomi", "it"},
		"it": {"Arriva <il cuoco>", "", "Eccomi", ""},
		"fr": {"Arriva <il cuoco>", "it", "Eccomi", "it"},
	} {
		id := h.report(t, "12", "cold", func(in *desk.NewReport) { in.Language = lang })
		b := h.as(t, h.maria)
		sheet := b.get(t, h.about(id)+"/reply").page(t)
		if n := sheet.Find("[name=say]").Length(); n != 6 {
			t.Errorf("%s: %d phrases", lang, n)
		}
		if got := strings.Contains(sheet.Find("[name=say][value='6']").Text(), "Italiano"); got != (want.in != "") {
			t.Errorf("%s: the button says %q", lang, sheet.Find("[name=say][value='6']").Text())
		}
		for _, n := range []string{"6", "1", "2"} {
			b.tap(t, h.about(id)+"/reply", "say", n).wants(t, http.StatusOK)
		}
		for _, none := range []string{"7", "0", "-1", "10"} {
			b.tap(t, h.about(id)+"/reply", "say", none).wants(t, http.StatusUnprocessableEntity)
		}
		ms, err := h.store.For(h.owner, h.venue.ID).Messages(t.Context(), id, false)
		must(t, err)
		if len(ms) != 3 || ms[0].Text != want.six || ms[0].Language != want.in || ms[1].Text != want.one || ms[1].Language != want.marked ||
			ms[2].Phrase != "phrase.2" || ms[2].Language != "" {
			t.Errorf("%s: sent %+v", lang, ms)
		}
		b.get(t, h.about(id)).says(t, "Eccomi")
	}
}

// Every board learns that the guest needs nothing more, and the page says so.
func TestDone_IsTold(t *testing.T) {
	h := open(t)
	id, guest := h.thread(t)
	b := h.as(t, h.maria)
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	screen := h.watch(t, h.serve(t), b, h.head(t))
	screen.next(t, "now")
	must(t, h.desk.Done(t.Context(), guest))
	if ticket := screen.next(t, "ticket").ticket(t); !strings.Contains(ticket.HTML, "Guest is done") || ticket.Lane != "on_it" {
		t.Errorf("the board shows %+v", ticket)
	}
	page := b.get(t, h.about(id))
	page.says(t, "ended the conversation")
	if doc := page.page(t); doc.Find(`form[action$="/release"]`).Length() != 0 || doc.Find(".ihead .tag").Length() != 2 {
		t.Error("the page does not say where it stands")
	}
	b.tap(t, h.about(id)+"/reply", "text", "Wait").wants(t, http.StatusUnprocessableEntity).says(t, "The guest ended the conversation")
	if b.get(t, h.about(id)+"/done").page(t).Find("#tell").Length() != 0 {
		t.Error("a last word is asked for that will not be sent")
	}
}

// A word of alarm in a message rings on every screen, though somebody has it.
func TestAlarm_InALaterMessage(t *testing.T) {
	h := open(t)
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.SafetyWords = map[string][]string{"en": {"swelling"}}
	}))
	id, guest := h.thread(t)
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	b := h.as(t, h.jonas)
	screen := h.watch(t, h.serve(t), b, h.head(t))
	screen.next(t, "now")
	must(t, h.desk.Write(t.Context(), guest, "My lip is swelling"))
	if ticket := screen.next(t, "ticket").ticket(t); ticket.Lane != "waiting" || !strings.Contains(ticket.HTML, "crit") {
		t.Errorf("the board shows %+v", ticket)
	}
	b.get(t, h.about(id)).says(t, "a word of alarm")
}
