package guest_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/live"
)

// Without a script the part that changes stands in a frame of its own, so that
// a message half typed outside it is never lost.
func TestStatus_Frame(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	page := s.page()
	if src := page.attr("noscript iframe", "src"); src == "" && !strings.Contains(page.body, `<noscript><iframe src="`+s.path+`/live?frame=1"`) {
		t.Error("no frame for those without a script")
	}
	if page.has("#live textarea[name=text]") || !page.has("#say textarea[name=text]") || page.has("meta[http-equiv=refresh]") {
		t.Error("the message is in the part that changes, or the page loads itself anew")
	}
	s.resolve(h.maria)
	frame := s.get(s.path + "/live?frame=1").want(http.StatusOK)
	if frame.attr("meta[http-equiv=refresh]", "content") != "10" || frame.has("script") || frame.has("textarea") {
		t.Error("the frame does not load itself anew, or loses what is typed in it")
	}
	for _, form := range frame.doc().Find("form").EachIter() {
		if form.AttrOr("target", "") != "_top" {
			t.Error("a form of the frame opens inside it")
		}
	}
	if policy := frame.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("policy = %s", policy)
	}
	part := s.get(s.path + "/live").want(http.StatusOK)
	if strings.Contains(part.body, "<html") || !part.has("#l-head h1") || !part.has("#l-ask textarea") {
		t.Errorf("the part alone = %s", part.body)
	}
}

// The stream says that there is something new, and nothing of what it is. It
// outlives the server's write timeout.
func TestStatus_Events(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	srv := httptest.NewUnstartedServer(h.e)
	srv.Config.WriteTimeout = time.Second
	srv.Config.RegisterOnShutdown(h.hub.Close)
	srv.Start()
	defer srv.Close()
	res, err := http.Get(srv.URL + s.path + "/events?after=" + s.page().attr("#live", "data-version"))
	h.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for _, do := range []func(){
		func() { s.take(h.maria) },
		func() {
			h.must(h.desk.Say(t.Context(), h.maria, h.venue.ID, s.id, feedback.Message{Text: "secret words"}))
		},
		func() { s.resolve(h.maria) },
	} {
		do()
		version := strconv.FormatInt(s.report().Version, 10)
		want := "id: " + version + "|event: change|data: {\"version\":" + version + "}|"
		if got := next(lines); got != want {
			t.Errorf("event = %q, want %q", got, want)
		}
	}
	h.hub.Close()
	if got := next(lines); got != "" {
		t.Errorf("after the end: %q", got)
	}
}

// A page that said nobody looks at a screen is told when somebody does, though
// nothing changed about the report.
func TestStatus_HearsOfScreens(t *testing.T) {
	h := open(t)
	s := h.unhappy()
	srv := httptest.NewServer(h.e)
	defer srv.Close()
	defer h.hub.Close()
	page := s.page()
	page.shows("#l-head .note.soon", "Please also tell a member of staff")
	version := page.attr("#live", "data-version")
	res, err := http.Get(srv.URL + s.path + "/events?after=0")
	h.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next(lines) // what is new since 0: from now on it knows what the page shows
	h.hub.Here(h.venue.ID, live.Screen{}, h.now)
	h.hub.WakeVenue(h.venue.ID)
	if got, want := next(lines), "id: "+version+"|event: change|data: {\"version\":"+version+"}|"; got != want {
		t.Errorf("event = %q, want %q", got, want)
	}
	if a := s.page(); a.has(".note.soon") || !a.has("progress") {
		t.Error("the page still says that nobody looks at a screen")
	}
}

// next reads one event, beats left out.
func next(lines *bufio.Scanner) string {
	event := ""
	for lines.Scan() {
		if lines.Text() != "" {
			event += lines.Text() + "|"
			continue
		}
		if !strings.HasPrefix(event, "event: beat") {
			return event
		}
		event = ""
	}
	return event
}

// T40: a page holds a few streams and no more; whoever comes too many is asked to
// come back, and reads the page as ever.
func TestStatus_HoldsFewStreams(t *testing.T) {
	h := open(t)
	mine, others := h.unhappy(), h.unhappy()
	srv := httptest.NewServer(h.e)
	defer srv.Close()
	defer h.hub.Close()
	hold := func(s sent) *http.Response {
		res, err := http.Get(srv.URL + s.path + "/events?after=0")
		h.must(err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	for i := range 16 {
		if res := hold(mine); res.StatusCode != http.StatusOK {
			t.Fatalf("stream %d of one page = %d", i, res.StatusCode)
		}
	}
	if res := hold(mine); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many = %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	mine.get(mine.path + "/live").want(http.StatusOK)
	if res := hold(others); res.StatusCode != http.StatusOK {
		t.Errorf("the page of another guest = %d", res.StatusCode)
	}
}
