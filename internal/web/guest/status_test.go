package guest_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// The page says what is so at each moment, and nothing that is not.
func TestStatus_TellsTheStory(t *testing.T) {
	tests := map[string]struct {
		do          func(sent)
		head, steps string
		asks, calls bool
	}{
		"sent":  {func(sent) {}, "Sent. The team has it.", "Sent|Waiting for someone to take it|Made right?", false, true},
		"taken": {func(s sent) { s.take(s.maria) }, "Maria has seen this and is on the way", "Sent|Maria has seen this and is on the way|Made right?", false, true},
		"taken by mistake": {func(s sent) {
			s.take(s.maria)
			s.must(s.desk.Undo(s.Context(), s.maria, s.venue.ID, s.id))
		}, "Sent. The team has it.", "Sent|Waiting for someone to take it|Made right?", false, true},
		"handed over": {func(s sent) {
			s.take(s.maria)
			s.must(s.desk.HandOver(s.Context(), s.maria, s.venue.ID, s.id, s.jonas.Person))
		}, "Jonas has seen this and is on the way", "Sent|Jonas has seen this and is on the way|Made right?", false, true},
		"resolved": {func(s sent) { s.take(s.maria); s.resolve(s.maria) }, "Did we make it right?", "Sent|Maria took care of it|Maria says it’s done|Made right?", true, false},
		"resolved by mistake": {func(s sent) {
			s.take(s.maria)
			s.resolve(s.maria)
			s.must(s.desk.Undo(s.Context(), s.maria, s.venue.ID, s.id))
		}, "Maria has seen this and is on the way", "Sent|Maria has seen this and is on the way|Made right?", false, true},
		"yes":    {func(s sent) { s.resolve(s.maria); s.says("yes") }, "Thank you for telling us", "Sent|Maria took care of it|Maria says it’s done|Yes, you said", false, false},
		"partly": {func(s sent) { s.resolve(s.maria); s.says("partly") }, "Thank you for being honest", "Partly, you said", false, false},
		"not yet": {
			func(s sent) { s.resolve(s.maria); s.says("no") }, "Thank you for saying so",
			"Sent|Maria took care of it|Maria says it’s done|Not yet, you said|The manager was told|Waiting for someone to take it|Made right?", false, true,
		},
		"not yet, taken again": {func(s sent) { s.resolve(s.maria); s.says("no"); s.take(s.jonas) }, "Jonas has seen this and is on the way", "Not yet, you said|The manager was told|Jonas has seen", false, true},
		"not yet twice":        {func(s sent) { s.resolve(s.maria); s.says("no"); s.resolve(s.jonas); s.says("no") }, "We didn’t get it right", "Not yet, you said|The manager was told|Jonas took care of it|Jonas says it’s done|Not yet, you said|The manager was told", false, false},
		"not possible": {func(s sent) {
			s.must(s.desk.Unresolved(s.Context(), s.maria, s.venue.ID, s.id, "not_possible", "secret note"))
		}, "We couldn’t put this right", "Sent|Closed by the team", false, false},
		"nobody came": {func(s sent) {
			s.now = s.now.Add(25 * time.Hour)
			s.must(s.desk.Watch(s.Context(), feedback.System(s.venue.OrgID, s.venue.ID), s.id))
		}, "Nobody came", "Sent|Nobody came in time", false, false},
		"dismissed": {func(s sent) {
			s.must(s.desk.Dismiss(s.Context(), s.jonas, s.venue.ID, s.id, "spam"))
		}, "This note is closed", "Sent|Closed by the team", false, false},
		"withdrawn": {func(s sent) { s.post(s.path+"/withdraw", nil) }, "Your note is deleted", "Sent|Note deleted by you", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.staffed()
			s := h.unhappy()
			tt.do(s)
			a := s.page()
			a.shows("#l-head h1", tt.head)
			if got := steps(a); !strings.Contains(got, tt.steps) {
				t.Errorf("steps = %s\n want %s", got, tt.steps)
			}
			if a.has("#l-ask button[value=partly]") != tt.asks || a.has("#l-call button") != tt.calls {
				t.Errorf("asks %v, calls %v", a.has("#l-ask button"), a.has("#l-call button"))
			}
			for _, never := range []string{"Rossi", "Weber", "secret note", "spam", "⟦"} {
				if strings.Contains(a.body, never) {
					t.Errorf("the page holds %q", never)
				}
			}
			if strings.Contains(a.text("#live"), "on the way") && s.report().TakenBy == "" {
				t.Error("somebody is on the way whom nobody sent")
			}
		})
	}
}

// steps are the lines of the timeline in one.
func steps(a answer) string {
	var lines []string
	for _, li := range a.doc().Find(".steps li span:first-child").EachIter() {
		lines = append(lines, li.Text())
	}
	return strings.Join(lines, "|")
}

func (s sent) says(verdict string) {
	s.Helper()
	s.now = s.now.Add(time.Minute)
	s.post(s.path+"/verdict", url.Values{"verdict": {verdict}, "no": {s.page().attr("#l-ask [name=no]", "value")}}).want(http.StatusSeeOther)
}

func TestStatus_Praise(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{"rating": {"5"}})
	a := s.page()
	a.shows("h1", "Thank you. The team has it.")
	if a.has("progress") || a.has(".note.soon") {
		t.Error("praise is promised somebody")
	}
	s.post(s.path+"/call", url.Values{"no": {"0"}}).want(http.StatusSeeOther)
	if r := s.report(); r.Status != feedback.Open {
		t.Errorf("after the call it is %s", r.Status)
	}
}

func TestStatus_Promise(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	alone := s.page()
	alone.shows("#l-head .note.soon", "Please also tell a member of staff")
	if alone.has("progress") || strings.Contains(alone.text("h1"), "The team has it") {
		t.Error("minutes are promised though nobody listens")
	}
	h.staffed()
	h.now = h.now.Add(70 * time.Second)
	h.staffed()
	a := s.page()
	a.shows("#l-promise", "Our promise: with you in about2 minutes")
	if a.attr("progress", "value") != "70" || a.attr("progress", "max") != "180" || a.attr("progress", "data-t") != "" || a.has(".note.soon") {
		t.Errorf("promise = %s", a.text("#l-promise"))
	}
	s.take(h.maria)
	s.page().shows("#l-promise", "With you in about2 minutes")

	late := h.unhappy()
	h.now = h.now.Add(4 * time.Minute)
	a = late.page()
	a.shows("h1", "taking longer than we said")
	a.shows("#l-promise", "We said about3 minutes")
	a.shows(".lead", "tell a member of staff")
	if a.attr("progress", "value") != "180" || a.attr("progress", "data-t") != "soon" || strings.Contains(a.text("#live"), "manager has been alerted") {
		t.Errorf("late = %s", a.text("#live"))
	}
	h.must(h.desk.Watch(t.Context(), feedback.System(h.venue.OrgID, h.venue.ID), late.id))
	late.page().shows(".lead", "The manager has been alerted too. Please also tell a member of staff.")
}

// A complaint about a person is not on the screens of the floor: only a
// manager's screen counts.
func TestStatus_StaffedForManagersOnly(t *testing.T) {
	h := open(t)
	h.staffed()
	s := h.send(url.Values{"rating": {"1"}, "causes": {"staff"}})
	s.page().shows(".note.soon", "Please also tell a member of staff")
	h.unhappy().page().shows("h1", "The team has it")
}

func TestStatus_ForThoseWhoLeft(t *testing.T) {
	h := open(t)
	h.staffed()
	s := h.send(url.Values{"rating": {"2"}, "handling": {"contact_later"}, "phone": {"030 1"}})
	if a := s.page(); a.has("progress") || !strings.Contains(a.text(".lead"), "later") {
		t.Errorf("lead = %q", a.text(".lead"))
	}
	s.take(h.maria)
	s.page().shows("h1", "Maria has seen this and will get back to you")
	if strings.Contains(s.page().text("#live"), "on the way") {
		t.Error("somebody is on the way to a guest who has left")
	}
}

func TestStatus_RoleOnly(t *testing.T) {
	h := open(t, func(v *feedback.Venue) { v.RoleOnly = true })
	s := h.unhappy()
	s.take(h.maria)
	h.must(h.desk.Say(t.Context(), h.maria, h.venue.ID, s.id, feedback.Message{Phrase: "phrase.1"}))
	a := s.page()
	a.shows("h1", "A member of staff has seen this and is on the way")
	a.shows(".talk li small", "A member of staff")
	s.resolve(h.maria)
	if b := s.page().body + a.body; strings.Contains(b, "Maria") {
		t.Error("the page names somebody")
	}
}

func TestStatus_Messages(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	h.must(h.desk.Say(t.Context(), h.maria, h.venue.ID, s.id, feedback.Message{Phrase: "phrase.1"}))
	h.must(h.desk.Say(t.Context(), h.maria, h.venue.ID, s.id, feedback.Message{Text: "for the team", Internal: true}))
	form := url.Values{"text": {"Thank <you>"}, "no": {s.page().attr("#say [name=no]", "value")}}
	s.post(s.path+"/messages", form).want(http.StatusSeeOther)
	s.post(s.path+"/messages", form).want(http.StatusSeeOther) // a double tap

	a := s.page()
	if n := a.doc().Find(".talk li").Length(); n != 2 || strings.Contains(a.body, "for the team") {
		t.Errorf("%d messages, want staff's and the guest's once", n)
	}
	a.shows(".talk li:not(.me)", "On my way to you now.")
	a.shows(".talk li.me", "Thank <you>")
	if a.attr(".talk .said", "dir") != "auto" {
		t.Error("typed text has the direction of the page")
	}
	s.get(s.path+"?lang=ar").shows(".talk li:not(.me) .said", "في الطريق إليك")

	s.headers["Accept-Language"] = "en"
	s.get(s.path + "?lang=en")
	empty := s.post(s.path+"/messages", url.Values{"text": {" \n "}}).want(http.StatusUnprocessableEntity)
	empty.shows("#text-err", "write a few words")
	long := strings.Repeat("x", 1001)
	tooLong := s.post(s.path+"/messages", url.Values{"text": {long}}).want(http.StatusUnprocessableEntity)
	tooLong.shows("#text-err", "1,000")
	tooLong.shows(".sum[role=alert]", "1,000")
	if tooLong.text("#say textarea") != long || !strings.HasPrefix(tooLong.text("title"), "Error: ") {
		t.Error("the message that was typed is lost")
	}
	s.get(s.path + "/messages?lang=de").want(http.StatusSeeOther)
}

func TestStatus_Call(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	form := url.Values{"no": {s.page().attr("#l-call [name=no]", "value")}}
	s.post(s.path+"/call", form).want(http.StatusSeeOther)
	s.post(s.path+"/call", form).want(http.StatusSeeOther) // a double tap
	s.page().shows("#l-call", "You called at 19:00")
	h.now = h.now.Add(40 * time.Second)
	again := url.Values{"no": {s.page().attr("#l-call [name=no]", "value")}}
	a := s.post(s.path+"/call", again).want(http.StatusTooManyRequests)
	a.shows(".sum[role=alert]", "again in 1:20")
	if a.header.Get("Retry-After") != "80" {
		t.Errorf("Retry-After = %s", a.header.Get("Retry-After"))
	}
	h.now = h.now.Add(80 * time.Second)
	s.post(s.path+"/call", again).want(http.StatusSeeOther)
	if got := strings.Count(steps(s.page()), "You called again"); got != 2 {
		t.Errorf("%d calls told, want 2", got)
	}
	h.now = h.now.Add(time.Hour)
	s.resolve(h.maria)
	s.post(s.path+"/call", nil).want(http.StatusConflict).shows(".sum", "changed in the meantime")
}

func TestStatus_Verdict(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	early := s.post(s.path+"/verdict", url.Values{"verdict": {"yes"}})
	early.want(http.StatusConflict).shows(".sum", "changed in the meantime")
	s.resolve(h.maria)
	s.post(s.path+"/verdict", url.Values{"verdict": {"maybe"}}).want(http.StatusUnprocessableEntity).shows(".sum", "yes, partly or not yet")

	form := url.Values{"verdict": {"no"}, "words": {"Still cold"}, "no": {s.page().attr("#l-ask [name=no]", "value")}}
	for range 2 { // a double tap is one verdict
		s.post(s.path+"/verdict", form).want(http.StatusSeeOther)
	}
	if r := s.report(); r.Status != feedback.Open || r.Verdict != feedback.NotYet || r.Said != "Still cold" || r.Reopenings != 1 {
		t.Errorf("after the first not yet: %s, %q, %d times", r.Status, r.Said, r.Reopenings)
	}
	s.resolve(h.jonas)
	s.says("no")
	if r := s.report(); r.Status != feedback.Unresolved || r.Reopenings != 2 {
		t.Errorf("after the second not yet: %s, %d times", r.Status, r.Reopenings)
	}
}

func TestStatus_Table(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	a := s.page()
	if a.text("#tb option[selected]") != "7 · Terrace" || a.doc().Find("#tb option").Length() != 2 {
		t.Errorf("tables to choose from: %s", a.text("#tb"))
	}
	s.post(s.path+"/table", url.Values{"table": {"99"}}).want(http.StatusUnprocessableEntity).shows(".sum", "don’t have this table")
	s.post(s.path+"/table", url.Values{"table": {"8"}}).want(http.StatusSeeOther)
	s.page().shows(".plate", "8")
	if r := s.report(); r.TableName != "8" {
		t.Errorf("table = %s", r.TableName)
	}
}

// Rule 5: one tap erases contact details, and the timeline survives.
func TestStatus_ErasesContact(t *testing.T) {
	h := open(t)
	s := h.send(url.Values{"rating": {"2"}, "words": {"Cold"}, "handling": {"contact_later"}, "email": {"ada@example.com"}})
	if a := s.page(); a.attr(`form[action$="/contact"]`, "method") != "post" || strings.Contains(a.body, "ada@") {
		t.Error("contact details cannot be erased, or are shown")
	}
	s.post(s.path+"/contact", nil).want(http.StatusSeeOther)
	c, err := h.view().Contact(t.Context(), s.id)
	if err != nil || c != (feedback.Contact{}) || s.page().has(`form[action$="/contact"]`) {
		t.Errorf("contact = %+v, %v", c, err)
	}
	s.page().shows("blockquote", "Cold")
}

func TestStatus_Withdraw(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	s.post(s.path+"/messages", url.Values{"text": {"my secret"}})
	if !s.page().has(`details form[action$="/withdraw"]`) {
		t.Error("one slip deletes everything")
	}
	s.post(s.path+"/withdraw", nil).want(http.StatusSeeOther)
	a := s.page()
	a.shows("#reviews", "Google")
	for _, gone := range []string{"my secret", "Cold risotto", "/messages", "/withdraw", "/call\""} {
		if strings.Contains(a.body, gone) {
			t.Errorf("the page still holds %q", gone)
		}
	}
	s.post(s.path+"/messages", url.Values{"text": {"hello"}}).want(http.StatusConflict)
	if r := s.report(); r.Words != "" || r.Status != feedback.Unresolved {
		t.Errorf("report = %+v", r)
	}
}

// T08: a guest ends the address of their page, for everybody who has it and with
// every stream that listens there; the report and who works on it stay.
func TestStatus_EndsForEverybody(t *testing.T) {
	h := open(t)
	s, other := h.unhappy(), h.unhappy()
	srv := httptest.NewServer(h.e)
	defer srv.Close()
	defer h.hub.Close()
	res, err := http.Get(srv.URL + s.path + "/events?after=" + s.page().attr("#live", "data-version"))
	h.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	if !s.page().has(`details form[action$="/end"]`) {
		t.Error("one slip ends the page")
	}
	before := s.report()
	last := s.post(s.path+"/end", nil).want(http.StatusOK)
	last.shows("h1", "This page has ended")
	last.shows("#reviews", "Google")
	if got := next(lines); got != "" {
		t.Errorf("a stream that was open says %q after the end", got)
	}
	nobody := h.browser().get("/R/" + strings.Repeat("0", 52)).want(http.StatusNotFound).body
	for _, path := range []string{"", "/privacy", "/live", "/events", "/photos/x"} {
		if a := h.browser().get(s.path + path).want(http.StatusNotFound); path == "" && a.body != nobody {
			t.Error("an ended page is told apart from one that never was")
		}
	}
	for _, verb := range []string{"messages", "verdict", "call", "table", "contact", "withdraw", "seen", "end", "photos"} {
		s.post(s.path+"/"+verb, url.Values{"text": {"Still here"}, "verdict": {"yes"}}).want(http.StatusNotFound)
	}
	s.take(h.maria)
	if r := s.report(); r.Words != before.Words || r.Status != feedback.Taken {
		t.Errorf("the report = %+v", r)
	}
	events, err := h.view().EventsOf(t.Context(), s.id)
	if h.must(err); !slices.ContainsFunc(events, func(e feedback.Event) bool { return e.Data.What == "page_ended" }) {
		t.Error("the timeline does not say that nobody reads there any more")
	}
	other.page()
}

// T05, T08: a code opens no status page, a status address no form, and one that
// has ended or never was looks like any other.
func TestStatus_LetsNobodyElseIn(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	h.browser().get("/r/" + strings.ToLower(s.path[3:])).want(http.StatusOK)
	token := s.path[3:]
	forged := "0" + token[1:]
	if forged == token {
		forged = "1" + token[1:]
	}
	unknown := h.browser().get("/R/" + h.code.Code).want(http.StatusNotFound)
	for _, path := range []string{"", "/live", "/live?frame=1", "/events"} {
		if a := h.browser().get("/R/" + forged + path).want(http.StatusNotFound); a.body != unknown.body {
			t.Errorf("%q tells a forged address from an unknown one", path)
		}
	}
	for _, path := range []string{"/messages", "/verdict", "/call", "/table", "/contact", "/withdraw"} {
		form := url.Values{"text": {"x"}, "verdict": {"yes"}, "table": {"8"}}
		a := h.browser().post("/R/"+forged+path, form).want(http.StatusNotFound)
		if a.body != h.browser().post("/R/"+h.code.Code+path, form).want(http.StatusNotFound).body {
			t.Errorf("%q tells a forged address from an unknown one", path)
		}
	}
	for _, path := range []string{"", "/privacy", "/urgent"} {
		h.browser().get("/T/" + token + path).want(http.StatusNotFound)
	}
	for _, path := range []string{"", "/urgent"} {
		h.browser().post("/T/"+token+path, url.Values{"rating": {"1"}, "urgent": {"allergy"}}).want(http.StatusNotFound)
	}
	h.now = h.now.Add(feedback.StatusLife)
	if a := h.browser().get(s.path).want(http.StatusNotFound); a.body != unknown.body {
		t.Error("an address that has ended can be told from one that never was")
	}
}

func TestStatus_Arabic(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	s.take(h.maria)
	s.must(s.desk.Resolve(s.Context(), s.maria, s.venue.ID, s.id, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}}, Tell: "Ecco!"}))
	a := s.get(s.path + "?lang=ar")
	if a.attr("html", "dir") != "rtl" || strings.Contains(a.body, "⟦") || !strings.Contains(a.body, "\u2068Maria\u2069") {
		t.Error("the page is not from right to left, or a name turns it around")
	}
}

// Who has the address can open the page: that is said, and said once.
func TestStatus_SaysOnceWhoCanOpenIt(t *testing.T) {
	text := open(t).unhappy().page().text("main")
	if n := strings.Count(text, "has its address") + strings.Count(text, "has the address"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
}
