package owner_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
)

// steps is the form with the venue's own steps, as a browser would send it.
func (b *browser) steps(path string) url.Values {
	b.Helper()
	return filled(b.page(path, http.StatusOK).Find(`form[action="` + path + `"]`))
}

// A manager reads who is told and when, in sentences, changes the steps without
// a script, and is told beside the step what is wrong with it.
func TestEscalation(t *testing.T) {
	p := newPlace(t)
	path := p.path("/escalation")
	says := func(a answer, status int) string { return text(p.lead.read(a, status).Find("main")) }
	first := says(p.lead.get(path), http.StatusOK)
	for _, want := range []string{
		"At once these hear of it: those on duty in the table’s area (every way they have).",
		"If nobody has taken it after 3:00, these hear of it: the managers",
		"If nobody has taken it after 6:00, these hear of it: the owner",
		"Then all of them hear of it again, every 3:00",
		"At once these hear of it: everybody on duty, the managers",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the page lacks %q", want)
		}
	}

	form := p.lead.steps(path)
	form.Set("ordinary.1.drop", "1")
	form.Set("ordinary.3.after", "90")
	form.Set("ordinary.3.people", p.staff.Person)
	form.Set("ordinary.3.channel", "email")
	form.Set("safety.repeat_seconds", "٠:٣٠") // as it is typed in Arabic
	tried := url.Values{"do": {"try"}}
	for name, values := range form {
		tried[name] = values
	}
	if got := says(p.lead.post(path, tried), http.StatusOK); !strings.Contains(got, "after 1:30, these hear of it: Sam Okoro (E-mail)") || !strings.Contains(got, "Not saved yet") {
		t.Errorf("a look ahead says %q", got)
	}
	if es := p.escalation(); es.Ordinary.Steps[1].After != 180 {
		t.Error("a look ahead was saved")
	}
	p.lead.goes(p.lead.post(path, form), path+"?done=saved")
	es := p.escalation()
	if s := es.Ordinary.Steps; len(s) != 3 || s[1].After != 90 || len(s[1].People) != 1 || s[1].People[0] != p.staff.Person || s[1].Channel != feedback.ChannelEmail || s[2].After != 360 {
		t.Errorf("the steps are %+v", s)
	}
	if es.Safety.Repeat != 30 {
		t.Errorf("it is repeated after %d seconds", es.Safety.Repeat)
	}
	if got := text(p.boss.page(p.path("/audit"), http.StatusOK).Find("main")); !strings.Contains(got, "Changed who is told when nobody comes") {
		t.Errorf("the audit says %q", got)
	}

	for name, tt := range map[string]struct {
		field, value string
		at, says     string // the problem's place
	}{
		"no number":       {"ordinary.1.after", "soon", "ordinary.1", "0 seconds to 4 hours"},
		"too long":        {"ordinary.2.after", "241:00", "ordinary.2", "0 seconds to 4 hours"},
		"sixty seconds":   {"ordinary.1.after", "1:60", "ordinary.1", "0 seconds to 4 hours"},
		"a late alarm":    {"safety.0.after", "5", "safety.0", "goes out at once"},
		"a stranger":      {"ordinary.1.people", p.venue.ID, "ordinary.1", "isn’t on the team"},
		"an odd way":      {"ordinary.1.channel", "pigeon", "ordinary.1", "from the list"},
		"repeat":          {"safety.repeat_seconds", "1", "safety.repeat_seconds", "5 seconds to 4 hours"},
		"nobody at last":  {"ordinary.2.to", "on_duty", "ordinary", "last step"},
		"nobody is named": {"ordinary.2.to", "", "ordinary.2", "from the list"},
	} {
		form := p.lead.steps(path)
		form.Set(tt.field, tt.value)
		doc := p.lead.read(p.lead.post(path, form), http.StatusUnprocessableEntity)
		if got := text(doc.Find(`[id="` + tt.at + `-err"]`)); !strings.Contains(got, tt.says) {
			t.Errorf("%s: beside %s it says %q in %q", name, tt.at, got, text(doc.Find(".sum")))
		}
		if v := doc.Find(`[name="`+tt.field+`"]`).AttrOr("value", ""); strings.HasSuffix(tt.field, "after") && v != tt.value {
			t.Errorf("%s: %q is typed again as %q", name, tt.value, v)
		}
		if doc.Find(`a[href="#`+tt.at+`"]`).Length() == 0 || doc.Find(`[id="`+tt.at+`"]`).Length() != 1 {
			t.Errorf("%s: nothing leads to %s", name, tt.at)
		}
	}
}

func (p *place) escalation() feedback.Escalation {
	p.Helper()
	es, err := p.store.For(p.owner, p.venue.ID).Escalation(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return es
}

// filled is what a browser sends of a form that nobody touched.
func filled(form *goquery.Selection) url.Values {
	v := url.Values{}
	form.Find("input[name], textarea[name]").Each(func(_ int, s *goquery.Selection) {
		_, on := s.Attr("checked")
		if kind := s.AttrOr("type", "text"); on || kind != "checkbox" && kind != "radio" {
			v.Add(s.AttrOr("name", ""), s.AttrOr("value", s.Text()))
		}
	})
	form.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		chosen := s.Find("option[selected]")
		if chosen.Length() == 0 {
			chosen = s.Find("option").First()
		}
		v.Add(s.AttrOr("name", ""), chosen.AttrOr("value", chosen.Text()))
	})
	return v
}
