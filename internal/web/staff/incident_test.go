package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// alarm is one tap at a new table 14.
func (h *house) alarm(t *testing.T, kind feedback.Urgent) string {
	t.Helper()
	ids, err := h.desk.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "14"}})
	must(t, err)
	codes, err := h.store.For(h.owner, h.venue.ID).CodesOf(t.Context(), ids[0], "", h.clock.now())
	must(t, err)
	r, _, err := h.desk.Alarm(t.Context(), desk.NewAlarm{Code: codes[0].Code, Kind: kind, Language: "en"})
	must(t, err)
	return r.ID
}

func TestBoard_ShowsAnAlarm(t *testing.T) {
	h := open(t)
	h.alarm(t, feedback.Allergy)
	tk := h.as(t, h.maria).get(t, h.board()).page(t).Find(".tk.crit[data-urgent]")
	if text := tk.Text(); !strings.Contains(text, "Allergic reaction") || strings.Contains(text, "Bad") {
		t.Errorf("ticket = %q", text)
	}
}

// On a screen that the room may see "I don't feel safe" is a table that asks for
// somebody, and nothing more.
func TestBoard_VeilsUnsafe(t *testing.T) {
	h := open(t)
	id := h.alarm(t, feedback.Unsafe)
	b := h.as(t, h.maria)
	for _, path := range []string{h.board(), h.about(id), h.about(id) + "/done", h.about(id) + "/reply"} {
		text := strings.ToLower(b.get(t, path).page(t).Find("main").Text())
		for _, word := range []string{"safe", "allergy", "bad", "protocol"} {
			if strings.Contains(text, word) {
				t.Errorf("%s says %q", path, word)
			}
		}
	}
	tk := b.get(t, h.board()).page(t).Find(".tk.crit[data-urgent]")
	if !strings.Contains(tk.Find(".flag").Text(), "come over") || tk.Find("h3").Text() != "Table 14" {
		t.Errorf("ticket = %q", tk.Text())
	}
	h.as(t, h.boss).get(t, h.about(id)).says(t, "I don’t feel safe here")
}

func TestDone_OffersNoMoneyForSafety(t *testing.T) {
	h := open(t)
	id := h.alarm(t, feedback.UnsafeFood)
	doc := h.as(t, h.maria).get(t, h.about(id)+"/done").page(t)
	for _, pays := range []string{"discount", "free_item", "voucher", "refund"} {
		if doc.Find("[name=did][value="+pays+"]").Length() != 0 {
			t.Errorf("%s is offered", pays)
		}
	}
	if doc.Find("[name=did][value=visited]").Length() != 1 {
		t.Error("nothing is offered")
	}
}

// The card beside a report about safety is ours, or the venue's own.
func TestIssue_WhatToDo(t *testing.T) {
	h := open(t)
	id := h.alarm(t, feedback.Ill)
	h.as(t, h.maria).get(t, h.about(id)).says(t, "Keep the rest of the batch")
	must(t, h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, func(v *feedback.Venue) {
		v.Protocol = map[string]string{"en": "Fetch Dr Rossi from the hotel."}
	}))
	page := h.as(t, h.maria).get(t, h.about(id))
	page.says(t, "Fetch Dr Rossi from the hotel.")
	if strings.Contains(page.page(t).Find("#protocol").Text(), "batch") {
		t.Error("the product's own card stands there too")
	}
}

func TestIncident_FillIn(t *testing.T) {
	h := open(t)
	id := h.alarm(t, feedback.Allergy)
	staff, lead := h.as(t, h.maria), h.as(t, h.boss)
	if staff.get(t, h.about(id)).page(t).Find(`a[href$="/incident"]`).Length() != 0 {
		t.Error("staff are led to the record")
	}
	staff.get(t, h.about(id)+"/incident").wants(t, http.StatusForbidden)
	staff.post(t, h.about(id)+"/incident", "symptoms", "x").wants(t, http.StatusForbidden)
	if lead.get(t, h.about(id)).page(t).Find(`a[href$="/incident"]`).Length() != 1 {
		t.Error("a manager is not led to the record")
	}
	doc := lead.get(t, h.about(id)+"/incident").wants(t, http.StatusOK).page(t)
	if at, _ := doc.Find("#onset_at").Attr("value"); at == "" {
		t.Error("the time does not default to now")
	}
	version, _ := doc.Find("[name=version]").Attr("value")
	lead.post(t, h.about(id)+"/incident", "version", version, "symptoms", "Hives", "party", "four", "onset_at", "soon").wants(t, http.StatusUnprocessableEntity).says(t, "Hives")
	lead.post(t, h.about(id)+"/incident", "version", version, "symptoms", "Hives\non both arms", "party", "4", "ill", "1",
		"help", "doctor", "onset_at", "2026-11-22T20:15", "told_at", "").leadsTo(t, h.about(id)+"/incident?done=saved")
	paper := lead.get(t, h.about(id)+"/incident").page(t).Find(".paper").Text()
	for _, want := range []string{"Hives\non both arms", "Doctor", "4"} {
		if !strings.Contains(paper, want) {
			t.Errorf("printed: %q, want %q in it", paper, want)
		}
	}
	lead.post(t, h.about(id)+"/incident", "version", version, "symptoms", "Older").wants(t, http.StatusConflict).says(t, "Someone changed this record")
	cold := h.report(t, "7", "cold")
	lead.get(t, h.about(cold)+"/incident").wants(t, http.StatusNotFound)
}
