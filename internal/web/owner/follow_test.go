package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// lost is a report of a French guest who left their details, and left.
func (p *place) lost() feedback.Report {
	p.Helper()
	r, err := p.desk.Submit(p.Context(), desk.NewReport{
		Code: p.code(p.tables[0]).Code, Rating: 2, Words: "Trop salé.", Language: "fr",
		Contact: feedback.Contact{Name: "Zoé", Phone: "+33 (0)1 23 45 67", Email: "zoe@example.com"},
	})
	if err == nil {
		p.clock.advance(time.Hour)
		err = p.desk.Unresolved(p.Context(), p.manager, p.venue.ID, r.ID, "guest_left", "")
	}
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// looks is how often somebody looked at contact details.
func (p *place) looks() (n int) {
	p.Helper()
	log, err := p.store.Org(p.owner).Audit(p.Context(), "", 1000)
	if err != nil {
		p.Fatal(err)
	}
	for _, a := range log {
		if a.Action == "contact.seen" {
			n++
		}
	}
	return n
}

func TestFollowUps(t *testing.T) {
	p := newPlace(t, func(v *feedback.Venue) { v.Name, v.ContactDays = "Chez Nous", 5 })
	if got := text(p.lead.page(p.path("/follow"), http.StatusOK).Find("main")); !strings.Contains(got, "Nobody waits to hear from you") {
		t.Errorf("an empty lane: %q", got)
	}
	r := p.lost()
	if got := text(p.lead.page(p.path(""), http.StatusOK).Find("a[href$='/follow']")); got != "Follow up 1" {
		t.Errorf("the overview says %q", got)
	}
	list := p.lead.page(p.path("/follow"), http.StatusOK)
	got := text(list.Find(".todo li"))
	for _, want := range []string{"Trop salé.", "erased in 5 days", "Phone", "E-mail"} {
		if !strings.Contains(got, want) {
			t.Errorf("the lane lacks %q: %q", want, got)
		}
	}
	if whole, _ := list.Html(); strings.Contains(whole, "Zoé") || strings.Contains(whole, "zoe@") || p.looks() != 0 {
		t.Error("the lane shows contact details")
	}
	at := p.path("/follow/" + r.ID)
	doc := p.lead.page(at, http.StatusOK)
	if n := p.looks(); n != 1 {
		t.Errorf("%d looks at the details are noted, want 1", n)
	}
	body := "Bonjour, ici Chez Nous."
	for scheme, want := range map[string]string{"tel:": "tel:+331234567", "sms:": "sms:+331234567?body=", "mailto:": "mailto:zoe@example.com?subject="} {
		href, err := url.QueryUnescape(strings.ReplaceAll(doc.Find("a[href^='"+scheme+"']").AttrOr("href", ""), "+", "%2B"))
		if err != nil || !strings.HasPrefix(href, want) || scheme != "tel:" && !strings.Contains(href, "body="+body) {
			t.Errorf("%s leads to %q, want %q and the text in French", scheme, href, want)
		}
	}
	p.lead.goes(p.lead.post(p.path("/texts"), values("in", "en", "follow", "So sorry!")), p.path("/texts"))
	if got := text(p.lead.page(at, http.StatusOK).Find("#text")); !strings.HasPrefix(got, body) {
		t.Errorf("with an English text of their own a French guest reads %q", got)
	}
	err := p.desk.ChangeVenue(p.Context(), p.owner, p.venue.ID, func(v *feedback.Venue) {
		v.Languages = []string{"en", "fr"}
		v.Wording = v.Wording.With(feedback.FollowText, "fr", "Pardon !")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(p.lead.page(at, http.StatusOK).Find("#text")); got != "Pardon !" {
		t.Errorf("with a text of the venue's own the guest reads %q", got)
	}
	bad := p.lead.read(p.lead.post(at, values("outcome", "settled", "cost", "5", "note", "")), http.StatusUnprocessableEntity)
	if text(bad.Find("#actions-err")) == "" || bad.Find("#cost").AttrOr("value", "") != "5" || bad.Find("[value=settled][checked]").Length() != 1 {
		t.Error("settled by nothing is not said beside the field, or what was typed is lost")
	}
	p.lead.goes(p.lead.post(at, values("outcome", "not_reached", "key", "k1")), p.path("/follow?done=saved"))
	if got := text(p.lead.page(p.path("/follow"), http.StatusOK).Find(".todo li")); !strings.Contains(got, "Not reached") {
		t.Errorf("after a call in vain the lane says %q", got)
	}
	p.clock.advance(4 * 24 * time.Hour)
	if got := text(p.lead.page(p.path("/follow"), http.StatusOK).Find(".todo .tag.late")); !strings.Contains(got, "within a day") {
		t.Errorf("on the last day the clock says %q", got)
	}
	p.lead.goes(p.lead.post(at, values("outcome", "settled", "did", "voucher", "cost", "20", "key", "k2")), p.path("/follow?done=saved"))
	if p.lead.page(p.path("/follow"), http.StatusOK).Find(".todo li").Length() != 0 {
		t.Error("what is settled is still in the lane")
	}
	if got := text(p.lead.page(p.path("/follow?show=settled"), http.StatusOK).Find(".todo li")); !strings.Contains(got, "Trop salé.") || !strings.Contains(got, "Settled") {
		t.Errorf("the settled are %q", got)
	}
	if got := text(p.lead.page(p.path("/follow?show=lapsed"), http.StatusOK).Find(".todo li")); !strings.Contains(got, "Trop salé.") {
		t.Errorf("of an hour without anybody the lapsed promises say %q", got)
	}
	p.clock.advance(2 * 24 * time.Hour)
	if err := p.desk.Forget(p.Context()); err != nil {
		t.Fatal(err)
	}
	if doc := p.lead.page(at, http.StatusOK); doc.Find("a[href^='tel:']").Length() != 0 || !strings.Contains(text(doc.Find("main")), "have been erased") {
		t.Error("erased details are not said to be erased")
	}
}
