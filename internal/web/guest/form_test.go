package guest_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

func TestForm_Arrives(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{
		"rating": {"2"}, "causes": {"cold", "slow"}, "words": {"Cold <soup>\nand slow"}, "handling": {"contact_later"},
		"name": {"Ada"}, "phone": {"+49 30 123"}, "email": {"ada@example.com"},
	})
	r := s.report()
	if r.Rating != 2 || r.Words != "Cold <soup>\nand slow" || r.Handling != "contact_later" || r.Language != "en" ||
		!cmp.Equal(r.Causes, []string{"cold", "slow"}) || r.TableName != "7" || r.CodeID != h.code.ID || r.ToCheck {
		t.Errorf("report = %+v", r)
	}
	c, err := h.view().Contact(t.Context(), s.id)
	if err != nil || c.Name != "Ada" || c.Phone != "+49 30 123" || c.Email != "ada@example.com" {
		t.Errorf("contact = %+v, %v", c, err)
	}
	page := s.page()
	page.shows("h1", "Sent")
	page.shows("blockquote", "Cold <soup>")
	for _, secret := range []string{"+49 30 123", "ada@example.com", "Ada", s.id, h.venue.ID, h.code.TableID, h.maria.ID} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the status page holds %q", secret)
		}
	}
}

func TestForm_RatingAloneIsEnough(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/T/" + h.code.Code, "/t/" + strings.ToLower(h.code.Code), "/T/" + h.code.Short} {
		h.browser().get(path).want(http.StatusOK).shows("h1", "How is everything?")
		h.browser().post(path, url.Values{"rating": {"5"}}).want(http.StatusSeeOther)
	}
	for _, r := range h.reports() {
		if r.Rating != 5 || r.Kind != feedback.Praise || r.Handling != "" {
			t.Errorf("report = %+v", r)
		}
	}
}

func TestForm_SaysWhatIsWrong(t *testing.T) {
	typed := url.Values{
		"rating": {"2"}, "causes": {"cold"}, "words": {"Cold <b>soup"}, "handling": {"contact_later"},
		"name": {"Ada"}, "phone": {"123"}, "email": {"a@b.c"}, "lang": {"en"},
	}
	tests := map[string]struct {
		field  string
		values []string
		wrong  string // the id of the message
		goes   string // where the summary leads
		says   string
	}{
		"no face":              {"rating", nil, "rating-err", "r1", "Pick a face"},
		"a face of its own":    {"rating", []string{"6"}, "rating-err", "r1", "Pick a face"},
		"words for a face":     {"rating", []string{"great"}, "rating-err", "r1", "Pick a face"},
		"four causes":          {"causes", []string{"cold", "slow", "taste", "drink"}, "causes-err", "c1", "up to three"},
		"unknown cause":        {"causes", []string{"x"}, "causes-err", "c1", "from the list"},
		"too many words":       {"words", []string{strings.Repeat("ü", 2001)}, "words-err", "w", "2,000"},
		"unknown handling":     {"handling", []string{"x"}, "handling-err", "h1", "ways to handle"},
		"no e-mail address":    {"email", []string{"nobody"}, `contact\.email-err`, "m", "e-mail address"},
		"endless phone number": {"phone", []string{strings.Repeat("1", 201)}, `contact\.phone-err`, "p", "too long"},
		"endless name":         {"name", []string{strings.Repeat("n", 201)}, `contact\.name-err`, "n", "too long"},
	}
	h := open(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			form := url.Values{}
			for k, v := range typed {
				form[k] = v
			}
			form[tt.field] = tt.values
			a := h.browser().post("/T/"+h.code.Code, form).want(http.StatusUnprocessableEntity)
			a.shows("#"+tt.wrong, tt.says)
			a.shows(`.sum[role=alert] a[href="#`+tt.goes+`"]`, tt.says)
			if !strings.HasPrefix(a.text("title"), "Error: ") || !a.has("#"+tt.goes) || !a.has("form.show") {
				t.Errorf("title %q, anchor %v", a.text("title"), a.has("#"+tt.goes))
			}
			if n := a.doc().Find(`[aria-describedby~="` + strings.ReplaceAll(tt.wrong, `\`, "") + `"]`).Length(); n != 1 {
				t.Errorf("%d fields are described by the message", n)
			}
			kept(t, a, form)
		})
	}
	if n := len(h.reports()); n != 0 {
		t.Errorf("%d reports were kept", n)
	}
}

// kept fails when something that was typed is not in the form any more. What no
// form offers, it cannot show again.
func kept(t *testing.T, a answer, form url.Values) {
	t.Helper()
	if got := a.text("textarea[name=words]"); got != form.Get("words") {
		t.Errorf("words = %.40q", got)
	}
	for _, name := range []string{"name", "phone", "email"} {
		if got := a.attr("input[name="+name+"]", "value"); got != form.Get(name) {
			t.Errorf("%s = %q", name, got)
		}
	}
	for _, name := range []string{"rating", "causes", "handling"} {
		for _, v := range form[name] {
			if box := `input[name="` + name + `"][value="` + v + `"]`; a.has(box) && !a.has(box+"[checked]") {
				t.Errorf("%s %s is not chosen any more", name, v)
			}
		}
	}
}

func TestForm_NeedsAWayToContact(t *testing.T) {
	h := open(t)
	a := h.browser().post("/T/"+h.code.Code, url.Values{"rating": {"3"}, "handling": {"contact_later"}})
	a.want(http.StatusUnprocessableEntity).shows("#contact-err", "phone number or an e-mail")
	a.shows(`.sum a[href="#p"]`, "phone number or an e-mail")
}

// Rule 5: contact details that nobody asked for are not kept.
func TestForm_KeepsContactOnlyForLater(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{"rating": {"2"}, "handling": {"come_over"}, "phone": {"123"}, "email": {"nonsense"}})
	if c, err := h.view().Contact(t.Context(), s.id); err != nil || c != (feedback.Contact{}) {
		t.Errorf("contact = %+v, %v", c, err)
	}
}

// T06, R10: what a script gets when it sends the form: the address and the next
// key in one answer, which cannot be cut between the two.
func TestForm_SentByScript(t *testing.T) {
	h := open(t)
	b := h.browser("Prefer", "return=minimal", "Accept", "text/html")
	b.get("/T/" + h.code.Code)
	key := b.cookies["mr_form"]
	a := b.post("/T/"+h.code.Code, url.Values{"rating": {"2"}}).want(http.StatusCreated)
	if b.cookies["mr_form"] == key {
		t.Error("the key of the form is still the old one")
	}
	if a.header.Get("Preference-Applied") != "return=minimal" {
		t.Error("the script cannot tell a whole answer from a torn one")
	}
	b.get(a.header.Get("Location")).want(http.StatusOK).shows("h1", "saved")
	b.post("/T/"+h.code.Code, url.Values{}).want(http.StatusUnprocessableEntity).shows(".sum", "Pick a face")
}

func TestForm_SafetyIsNeverKeptOut(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{"rating": {"5"}, "causes": {"cold", "slow", "taste", "safety"}})
	if r := s.report(); !cmp.Equal(r.Causes, []string{"safety", "cold", "slow"}) || r.Kind != feedback.Issue {
		t.Errorf("causes = %q, kind %s", r.Causes, r.Kind)
	}
	a := h.browser().get("/T/" + h.code.Code)
	if a.has(".chips [value=safety]") || a.doc().Find("details.urgent button[form=u][name=urgent]").Length() != 4 || a.attr(`details.urgent a`, "href") != "tel:112" {
		t.Error("safety does not stand in its row, with the number of the country")
	}
}

// T06: a double tap, or a lost answer and a second try.
func TestForm_SentTwiceIsOneReport(t *testing.T) {
	h := open(t)
	b := h.browser()
	b.get("/T/" + h.code.Code)
	form := url.Values{"rating": {"2"}, "words": {"Cold"}}
	reqs := make([]string, 20)
	var taps sync.WaitGroup
	for i := range reqs {
		taps.Go(func() {
			again := &browser{h, map[string]string{"mr_form": b.cookies["mr_form"]}, b.headers}
			reqs[i] = again.post("/T/"+h.code.Code, form).header.Get("Location")
		})
	}
	taps.Wait()
	for _, where := range reqs {
		if where == "" || where != reqs[0] {
			t.Errorf("sent to %q and %q", reqs[0], where)
		}
	}
	if n := len(h.reports()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
	other := &browser{h, map[string]string{"mr_form": b.cookies["mr_form"]}, b.headers}
	other.post("/T/"+h.code.Code, url.Values{"rating": {"2"}, "words": {"And slow"}}).want(http.StatusSeeOther)
	if n := len(h.reports()); n != 2 {
		t.Errorf("%d reports after another text in the same form, want 2", n)
	}
}

func TestForm_NextPostIsAnotherReport(t *testing.T) {
	h := open(t)
	s, form := h.unhappy(), url.Values{"rating": {"2"}}
	s.get("/T/" + h.code.Code)
	first := s.post("/T/"+h.code.Code, form).header.Get("Location")
	if second := s.post("/T/"+h.code.Code, form).header.Get("Location"); second == first || len(h.reports()) != 3 {
		t.Errorf("%d reports, want 3", len(h.reports()))
	}
}

func TestForm_OfAWithdrawnCode(t *testing.T) {
	h := open(t)
	early := h.browser()
	early.get("/T/" + h.code.Code).want(http.StatusOK)
	h.now = h.now.Add(time.Minute)
	h.must(h.desk.RevokeCode(t.Context(), h.owner, h.venue.ID, h.code.TableID))
	h.now = h.now.Add(time.Minute)

	for name, a := range map[string]answer{
		"opened":            h.browser().get("/T/" + h.code.Code),
		"opened by who had": early.get("/T/" + h.code.Code),
		"unknown":           h.browser().get("/T/0000000000000000000000000"),
		"no code at all":    h.browser().get("/T/%3Cscript%3E"),
		"sent without":      h.browser().post("/T/"+h.code.Code, url.Values{"rating": {"1"}, "words": {"Kept <i>"}}),
	} {
		a.want(http.StatusNotFound).shows("main", "they want to hear it")
		if !a.has("input[name=code]") {
			t.Errorf("%s: no field for another code", name)
		}
		if name == "sent without" && a.text("textarea[readonly]") != "Kept <i>" {
			t.Error("what was typed is lost")
		}
	}
	early.post("/T/"+h.code.Code, url.Values{"rating": {"1"}}).want(http.StatusSeeOther)
	if n := len(h.reports()); n != 1 {
		t.Errorf("%d reports, want that of the form opened before", n)
	}
}

func TestForm_OfAVisitThatIsOver(t *testing.T) {
	h := open(t)
	code, visit := h.visit()
	early := h.browser()
	early.get("/T/"+code.Code).want(http.StatusOK).shows("h1", "How is everything?")

	h.must(h.desk.CloseVisit(t.Context(), h.owner, h.venue.ID, visit))
	a := h.browser().get("/T/" + code.Code).want(http.StatusOK)
	a.shows("h1", "How was everything?")
	if strings.Contains(a.text("form.ask"), "minute") || a.has("[value=come_over]") {
		t.Error("minutes or a visit are promised to somebody who has left")
	}

	h.now = h.now.Add(4 * time.Hour)
	for _, a := range []answer{h.browser().get("/T/" + code.Code), h.browser().post("/T/"+code.Code, url.Values{"rating": {"1"}})} {
		a.want(http.StatusGone).shows("main", "they want to hear it")
		a.shows("#reviews", "Google")
	}
	early.post("/T/"+code.Code, url.Values{"rating": {"1"}}).want(http.StatusSeeOther)
	if r := h.reports()[0]; !r.FollowUp || r.Trust != feedback.TrustVisit {
		t.Errorf("report = %+v", r)
	}
}

// T06: previews and scanners look at every address.
func TestForm_LookingChangesNothing(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	before, err := h.view().Head(t.Context())
	h.must(err)
	version := s.report().Version
	ahead := h.browser("Sec-Purpose", "prefetch;prerender")
	for range 100 {
		for _, path := range []string{"/", "/T/" + h.code.Code, s.path, s.path + "/live", "/privacy"} {
			h.browser().do(http.MethodHead, path, nil).want(http.StatusOK)
			h.browser().get(path).want(http.StatusOK)
		}
		ahead.get("/T/" + h.code.Code)
	}
	for _, program := range []string{
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "WhatsApp/2.23.20.0", "TelegramBot (like TwitterBot)",
		"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	} {
		h.browser("User-Agent", program).get("/T/" + h.code.Code).want(http.StatusOK)
	}
	for _, phone := range []string{
		"Mozilla/5.0 (Linux; Android 11; CUBOT_X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0.0]",
	} {
		h.browser("User-Agent", phone).get("/T/" + h.code.Code).want(http.StatusOK)
	}
	for _, verb := range []string{"messages", "verdict", "call", "table", "contact", "withdraw", "end"} {
		h.browser().get(s.path + "/" + verb).want(http.StatusSeeOther)
	}
	after, err := h.view().Head(t.Context())
	h.must(err)
	if after != before || s.report().Version != version || len(h.reports()) != 1 {
		t.Errorf("event %d became %d", before, after)
	}
	h.must(h.desk.WriteScans(t.Context()))
	if n := h.codes()[0].Scans; n != 102 {
		t.Errorf("%d scans, want the 102 real ones", n)
	}
}

func TestForm_Languages(t *testing.T) {
	h := open(t, func(v *feedback.Venue) { v.Languages = []string{"de", "ar"} })
	path := "/T/" + h.code.Code
	tests := map[string]struct{ path, accept, lang, dir, asks string }{
		"the browser's":      {path, "ar-EG, en;q=0.5", "ar", "rtl", "كيف تسير الأمور؟"},
		"the venue's first":  {path, "en", "de", "ltr", "Ist alles in Ordnung?"},
		"asked for":          {path + "?lang=ar", "de", "ar", "rtl", "كيف تسير الأمور؟"},
		"not offered":        {path + "?lang=en", "de", "de", "ltr", "Ist alles in Ordnung?"},
		"not in the program": {path + "?lang=xx", "fr", "de", "ltr", "Ist alles in Ordnung?"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := h.browser("Accept-Language", tt.accept).get(tt.path)
			a.shows("h1", tt.asks)
			if a.attr("html", "lang") != tt.lang || a.attr("html", "dir") != tt.dir || a.header.Get("Content-Language") != tt.lang {
				t.Errorf("lang %s dir %s", a.attr("html", "lang"), a.attr("html", "dir"))
			}
			if n := a.doc().Find(".menu a[hreflang]").Length(); n != 2 || a.has(`.menu a[hreflang="en"]`) {
				t.Errorf("%d languages to choose from, want the venue's two", n)
			}
		})
	}
	b := h.browser("Accept-Language", "de")
	b.get(path + "?lang=ar")
	where := b.post(path, url.Values{"rating": {"2"}, "lang": {"ar"}}).header.Get("Location")
	if a := b.get(where); a.attr("html", "dir") != "rtl" || h.reports()[0].Language != "ar" {
		t.Errorf("status page in %s, report in %s", a.attr("html", "lang"), h.reports()[0].Language)
	}
	a := h.browser("Accept-Language", "de").post(path, url.Values{"lang": {"ar"}}).want(http.StatusUnprocessableEntity)
	if a.attr("html", "lang") != "ar" {
		t.Error("a browser without cookies gets the form back in another language")
	}
}

// A form is kept drawn, so it must be the same for everybody and follow every
// change of the venue at once.
func TestForm_IsTheSameForEverybody(t *testing.T) {
	h := open(t)
	h.staffed()
	path := "/T/" + h.code.Code
	one, two := h.browser().get(path), h.browser().get(path)
	if one.body != two.body || one.header.Get("Set-Cookie") == two.header.Get("Set-Cookie") {
		t.Error("two guests get another page, or the same cookie")
	}
	changes := map[string]func(*feedback.Venue){
		"Osteria":   func(v *feedback.Venue) { v.Name = "Osteria" },
		"9 minutes": func(v *feedback.Venue) { v.PromiseMinutes = 9 },
		"tel:911":   func(v *feedback.Venue) { v.Country = "US" },
		"r.example": func(v *feedback.Venue) {
			v.ReviewLinks = []feedback.ReviewLink{{Label: "R", URL: "https://r.example/"}}
		},
		">Deutsch</a>": func(v *feedback.Venue) { v.Languages = []string{"en", "de"} },
	}
	for shows, change := range changes {
		h.must(h.desk.ChangeVenue(t.Context(), h.owner, h.venue.ID, change))
		if a := h.browser().get(path); !strings.Contains(a.body, shows) {
			t.Errorf("the form lacks %q after the change", shows)
		}
	}
	h.must(h.desk.ChangeTable(t.Context(), h.owner, h.venue.ID, h.code.TableID, desk.NewTable{Name: "7b", Area: "Bar"}))
	h.browser().get(path).shows(".plate", "7b")
}

func TestForm_PromisesNothingWhenNobodyListens(t *testing.T) {
	h := open(t)
	path := "/T/" + h.code.Code
	alone := h.browser().get(path)
	alone.shows(".lead", "Please also tell a member of staff")
	if strings.Contains(alone.body, "3 minutes") {
		t.Error("somebody is promised while nobody listens")
	}
	h.staffed()
	h.browser().get(path).shows(".lead", "reads this in about 3 minutes")
	h.browser().get(path).shows("label:has(#h1)", "in about 3 minutes")
}

// A form must arrive in the first flight of packets, also where the net is bad.
func TestForm_IsSmall(t *testing.T) {
	h := open(t, func(v *feedback.Venue) { v.Languages = web.Languages() })
	for _, lang := range web.Languages() {
		a := h.browser("Accept-Encoding", "gzip").get("/T/" + h.code.Code + "?lang=" + lang)
		if a.header.Get("Content-Encoding") != "gzip" {
			t.Fatal("not compressed")
		}
		t.Logf("form in %s: %d bytes", lang, len(a.body))
		if len(a.body) > 14<<10 {
			t.Errorf("form in %s has %d bytes, want 14 KB at most", lang, len(a.body))
		}
	}
}

// Rule 4, T02, T03: too much is marked and kept, never refused.
func TestForm_TooMuchIsKeptAndMarked(t *testing.T) {
	h := open(t)
	b := h.browser()
	marked := 0
	for i := range 30 {
		b.post("/T/"+h.code.Code, url.Values{"rating": {"1"}, "words": {strings.Repeat("x", i)}}).want(http.StatusSeeOther)
	}
	for _, r := range h.reports() {
		if r.ToCheck {
			marked++
		}
	}
	if n := len(h.reports()); n != 30 || marked == 0 || marked == 30 {
		t.Errorf("%d reports, %d of them marked", n, marked)
	}
}

func TestForm_MarksMachines(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{"rating": {"1"}, "website": {"https://spam.example"}})
	if !s.report().ToCheck {
		t.Error("a form with the hidden field filled in is not marked")
	}
	if a := h.browser().get("/T/" + h.code.Code); a.attr("[name=website]", "tabindex") != "-1" || a.attr("p.vh:has([name=website])", "aria-hidden") != "true" {
		t.Error("people can reach the hidden field")
	}
}

// A venue chooses its causes and may name them; where it has no name in the
// guest's language, the product's is read.
func TestForm_ShowsTheVenuesCauses(t *testing.T) {
	h := open(t, func(v *feedback.Venue) {
		v.Languages, v.Causes = []string{"en", "de"}, []string{"drink", "cold"}
		v.Wording = feedback.Wording{"cause.cold": {"de": "Nicht heiß <genug>"}}
	})
	read := func(lang string) string {
		a := h.browser("Accept-Language", lang).get("/T/" + h.code.Code)
		if !a.has("details.urgent [value=allergy]") {
			t.Error("safety is gone from its row")
		}
		return strings.Join(strings.Fields(a.text(".chips")), " ")
	}
	if en, de := read("en"), read("de"); en != "Drink Cold" || de != "Getränk Nicht heiß <genug>" {
		t.Errorf("English %q, German %q", en, de)
	}
	s := h.send(url.Values{"rating": {"2"}, "causes": {"cold", "taste"}, "lang": {"de"}})
	if got := s.report().Causes; !cmp.Equal(got, []string{"cold", "taste"}) {
		t.Errorf("causes = %q", got)
	}
	s.get(s.path+"?lang=de").shows("p.said", "Nicht heiß <genug>")
}
