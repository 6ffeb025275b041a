package staff_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
)

// serve runs the house as a server whose streams must outlive its WriteTimeout.
func (h *house) serve(t *testing.T) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.WriteTimeout = 50 * time.Millisecond
	srv.Config.RegisterOnShutdown(h.hub.Close)
	srv.Start()
	t.Cleanup(func() {
		h.hub.Close()
		srv.Close()
	})
	return srv.URL
}

// event is one server-sent event.
type event struct {
	id, name, data string
}

// shown is what a ticket event tells a screen.
type shown struct {
	ID, Lane, HTML, Kind string
	Sort                 int64
}

func (e event) ticket(t *testing.T) shown {
	t.Helper()
	var s shown
	if err := json.Unmarshal([]byte(e.data), &s); err != nil {
		t.Fatalf("event %q: %v", e.data, err)
	}
	return s
}

// screen is a board that listens.
type screen struct {
	events <-chan event
	hangUp func()
}

// watch opens the stream of somebody's board after an event; headers are names
// and values in turn. Every line must be one of the wire format.
func (h *house) watch(t *testing.T, base string, b *browser, after int64, headers ...string) screen {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+h.board()+"/live?after="+strconv.FormatInt(after, 10), nil)
	must(t, err)
	r.Header.Set("Accept", "text/event-stream")
	r.AddCookie(&http.Cookie{Name: "mr", Value: b.cookies["mr"]})
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("stream: status %d", res.StatusCode)
	}
	out := make(chan event, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(out)
		defer res.Body.Close()
		var e event
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data += value
			case "":
				if e.name != "beat" {
					out <- e
				}
				e = event{}
			default:
				t.Errorf("a line that is none: %q", lines.Text())
			}
		}
	}()
	hangUp := func() { cancel(); <-done }
	t.Cleanup(hangUp)
	return screen{out, hangUp}
}

// patience is how long a test waits for what must come at once.
const patience = 10 * time.Second

// next returns the next event of this name.
func (s screen) next(t *testing.T, name string) event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e, open := <-s.events:
			if !open {
				t.Fatalf("the stream ended, want %q", name)
			}
			if e.name == name {
				return e
			}
		case <-late:
			t.Fatalf("no event %q", name)
		}
	}
}

// beforeABeat is less than the time between two beats: what happens within it
// was caused by a wake.
const beforeABeat = 4 * time.Second

// ends waits until the stream is over, and returns what came before.
func (s screen) ends(t *testing.T) []event {
	t.Helper()
	late := time.After(beforeABeat)
	var rest []event
	for {
		select {
		case e, open := <-s.events:
			if !open {
				return rest
			}
			rest = append(rest, e)
		case <-late:
			t.Fatal("the stream goes on")
		}
	}
}

func (h *house) head(t *testing.T) int64 {
	t.Helper()
	seq, err := h.store.For(h.owner, h.venue.ID).Head(t.Context())
	must(t, err)
	return seq
}

func TestLive_ShowsEachStep(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	s := h.watch(t, base, h.as(t, h.maria), h.head(t))
	var now struct{ Now int64 }
	must(t, json.Unmarshal([]byte(s.next(t, "now").data), &now))
	if now.Now != h.clock.now().UnixMilli() {
		t.Errorf("the server's time is %d, want %d", now.Now, h.clock.now().UnixMilli())
	}
	id := h.report(t, "12", "cold")
	e := s.next(t, "ticket")
	if got := e.ticket(t); got.ID != id || got.Lane != "waiting" || got.Kind != "report.created" || !strings.Contains(got.HTML, `id="t-`+id) {
		t.Errorf("new: %+v", got)
	}
	if e.id != strconv.FormatInt(h.head(t), 10) {
		t.Errorf("id = %s, want %d", e.id, h.head(t))
	}
	must(t, h.desk.Take(t.Context(), h.jonas, h.venue.ID, id, ""))
	taken := s.next(t, "ticket").ticket(t)
	if taken.Lane != "on_it" || !strings.Contains(taken.HTML, `data-by="`+h.jonas.Person+`"`) || !strings.Contains(taken.HTML, "Jonas has it") {
		t.Errorf("taken: %+v", taken)
	}
	must(t, h.desk.Unresolved(t.Context(), h.jonas, h.venue.ID, id, "guest_left", ""))
	if got := s.next(t, "ticket").ticket(t); got.ID != id || got.Lane != "" || got.HTML != "" {
		t.Errorf("ended: %+v, want it off the board", got)
	}
}

// The one who has a ticket and everybody else get the same bytes.
func TestLive_SharesItsBytes(t *testing.T) {
	h := open(t)
	base, head := h.serve(t), h.head(t)
	maria := h.watch(t, base, h.as(t, h.maria), head)
	jonas := h.watch(t, base, h.as(t, h.jonas), head)
	german := h.watch(t, base, h.as(t, h.jonas), head, "Accept-Language", "de")
	for _, s := range []screen{maria, jonas, german} {
		s.next(t, "now")
	}
	id := h.report(t, "12", "cold")
	a, b, c := maria.next(t, "ticket"), jonas.next(t, "ticket"), german.next(t, "ticket")
	if a != b {
		t.Error("two screens of one role and language get different bytes")
	}
	if !strings.Contains(c.ticket(t).HTML, "Ich übernehme") {
		t.Errorf("the German screen reads %s", c.data)
	}
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, id, ""))
	if a, b := maria.next(t, "ticket"), jonas.next(t, "ticket"); a != b || strings.Contains(a.data, "You’ve got it") {
		t.Error("the bytes say whose screen it is")
	}
}

// R11, I6: a line that drops is caught up without a gap, and nothing comes twice.
func TestLive_ResumesWithoutAGap(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	b := h.as(t, h.maria)
	s := h.watch(t, base, b, h.head(t))
	h.report(t, "12", "first")
	last := s.next(t, "ticket").id
	s.hangUp()
	missed := []string{h.report(t, "7", "second"), h.report(t, "12", "third")}

	seq, err := strconv.ParseInt(last, 10, 64)
	must(t, err)
	for name, again := range map[string]screen{
		"by address": h.watch(t, base, b, seq),
		"by header":  h.watch(t, base, b, 0, "Last-Event-ID", last),
	} {
		for _, id := range missed {
			if got := again.next(t, "ticket").ticket(t).ID; got != id {
				t.Errorf("%s: got %s, want %s", name, got, id)
			}
		}
		select {
		case e := <-again.events:
			t.Errorf("%s: %s came too", name, e.name)
		default:
		}
	}
}

// A report that changed several times while nobody listened comes once, as it is.
func TestLive_DrawsAReportOnce(t *testing.T) {
	h := open(t)
	base, before := h.serve(t), h.head(t)
	id := h.report(t, "12", "cold")
	must(t, h.desk.Take(t.Context(), h.jonas, h.venue.ID, id, ""))
	must(t, h.desk.Say(t.Context(), h.jonas, h.venue.ID, id, feedback.Message{Text: "coming"}))
	s := h.watch(t, base, h.as(t, h.maria), before)
	e := s.next(t, "ticket")
	if got := e.ticket(t); got.Lane != "on_it" || e.id != strconv.FormatInt(h.head(t), 10) || !strings.Contains(got.HTML, "coming") {
		t.Errorf("first event %s: %+v, want the report as it is now", e.id, got)
	}
}

func TestLive_Resets(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	h.report(t, "12", "cold")
	b := h.as(t, h.maria)
	ahead := h.watch(t, base, b, h.head(t)+100) // as after a restore
	ahead.next(t, "reset")
	ahead.ends(t)
	old := h.head(t)
	for range 1001 {
		_, _, err := h.desk.OpenVisit(t.Context(), h.maria, h.venue.ID, desk.NewVisit{Table: "12"})
		must(t, err)
	}
	far := h.watch(t, base, b, old)
	far.next(t, "reset")
	far.ends(t)
}

// Staff get nothing of what is for managers, but their place in the timeline
// moves on all the same.
func TestLive_HidesWhatIsForManagers(t *testing.T) {
	h := open(t)
	base, head := h.serve(t), h.head(t)
	staff, managers := h.watch(t, base, h.as(t, h.maria), head), h.watch(t, base, h.as(t, h.boss), head)
	hidden := h.report(t, "12", "about the waiter", causes("staff"))
	if got := managers.next(t, "ticket").ticket(t).ID; got != hidden {
		t.Errorf("the manager got %s, want %s", got, hidden)
	}
	open := h.report(t, "7", "cold", contact(feedback.Contact{Name: "Zebulon", Phone: "555-0199", Email: "zeb@example.com"}))
	e := staff.next(t, "ticket")
	if got := e.ticket(t); got.ID != open {
		t.Errorf("staff got %s, want %s", got.ID, open)
	}
	for _, word := range []string{"about the waiter", "Zebulon", "555-0199", "zeb@example.com"} {
		if strings.Contains(e.data, word) {
			t.Errorf("the stream tells staff %q", word)
		}
	}
	if n := h.hub.Count(live.Staff(h.venue.ID)); n != 1 {
		t.Errorf("%d screens of staff listen, want 1", n)
	}
	if n := h.hub.Count(live.Managers(h.venue.ID)); n != 1 {
		t.Errorf("%d screens of managers listen, want 1", n)
	}
	// A whole batch of what is hidden moves a screen's place on: afterwards each event comes once.
	before := h.head(t)
	must(t, h.desk.Take(t.Context(), h.boss, h.venue.ID, hidden, ""))
	must(t, h.desk.Say(t.Context(), h.boss, h.venue.ID, hidden, feedback.Message{Text: "sorry"}))
	must(t, h.desk.Release(t.Context(), h.boss, h.venue.ID, hidden))
	german := h.watch(t, base, h.as(t, h.jonas), before, "Accept-Language", "de")
	german.next(t, "now")
	for _, act := range []func(context.Context, feedback.Actor, string, string) error{
		func(ctx context.Context, by feedback.Actor, venue, id string) error {
			return h.desk.Take(ctx, by, venue, id, "")
		},
		h.desk.Release,
	} {
		must(t, act(t.Context(), h.maria, h.venue.ID, open))
		for _, s := range []screen{staff, german} {
			if e, want := s.next(t, "ticket"), strconv.FormatInt(h.head(t), 10); e.id != want || e.ticket(t).ID != open {
				t.Errorf("staff got event %s of %s, want %s of %s", e.id, e.ticket(t).ID, want, open)
			}
		}
	}
}

// T23: who is shut out hears nothing more, on a line that is open already.
func TestLive_EndsForWhoIsShutOut(t *testing.T) {
	yes, nobody := true, feedback.Nobody
	tests := map[string]func(*house, *browser) error{
		"disabled": func(h *house, _ *browser) error {
			return h.desk.ChangePerson(t.Context(), h.owner, h.maria.Person, desk.PersonChange{Disabled: &yes})
		},
		"no longer of this venue": func(h *house, _ *browser) error {
			return h.desk.ChangePerson(t.Context(), h.owner, h.maria.Person, desk.PersonChange{Role: &nobody, Venue: h.venue.ID})
		},
		"signed out": func(h *house, b *browser) error {
			who, err := h.desk.Session(t.Context(), desk.Hash(b.cookies["mr"]))
			if err != nil {
				return err
			}
			return h.desk.SignOut(t.Context(), who)
		},
	}
	for name, shut := range tests {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			base := h.serve(t)
			b := h.as(t, h.maria)
			s, stays := h.watch(t, base, b, h.head(t)), h.watch(t, base, h.as(t, h.jonas), h.head(t))
			s.next(t, "now")
			stays.next(t, "now")
			must(t, shut(h, b))
			for _, e := range s.ends(t) {
				t.Errorf("after being shut out came %s %s", e.name, e.data)
			}
			h.report(t, "12", "cold")
			stays.next(t, "ticket")
			b.do(t, http.MethodGet, h.board()+"/live", nil, "Accept", "text/event-stream").wants(t, http.StatusUnauthorized)
		})
	}
}

func TestLive_EndsWithARevokedTablet(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	must(t, h.desk.SetPin(t.Context(), h.owner, h.maria.Person, "2580"))
	tablet := h.as(t, h.boss)
	tablet.post(t, h.board()+"/pair", "name", "The pass")
	tablet.post(t, "/pin", "who", h.maria.Person, "pin", "2580").leadsTo(t, h.board())
	s := h.watch(t, base, tablet, h.head(t))
	s.next(t, "now")
	must(t, h.desk.Unpair(t.Context(), h.owner, h.venue.ID, desk.Hash(tablet.cookies["mr_device"])))
	s.ends(t)
}

// T11: nothing that is written ends a frame or begins another.
func TestLive_FramesAreNeverSplit(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	s := h.watch(t, base, h.as(t, h.maria), h.head(t))
	for _, words := range []string{
		"a\n\ndata: {}\n\nevent: reset\n", "\r\n\r\nid: 99\r\n", "\u2028\u2029\u0085", "x\x00y", "</li></article><script>alert(1)</script>", "event: beat",
	} {
		id := h.report(t, "12", words)
		e := s.next(t, "ticket")
		if got := e.ticket(t); got.ID != id || strings.Contains(got.HTML, "<script") {
			t.Errorf("%q came as %+v", words, got)
		}
		if e.id != strconv.FormatInt(h.head(t), 10) {
			t.Errorf("%q: id = %s, want %d", words, e.id, h.head(t))
		}
	}
}

// A screen counts as long as it answers: by loading the board, by opening its
// line, by each answer to a beat. An open line alone proves nothing.
func TestHere_ScreensThatAnswerAreLive(t *testing.T) {
	h := open(t)
	floor, all := func() bool { return h.hub.Staffed(h.venue.ID, false, h.clock.now()) }, func() bool { return h.hub.Staffed(h.venue.ID, true, h.clock.now()) }
	maria, boss := h.as(t, h.maria), h.as(t, h.boss)
	if floor() {
		t.Error("staffed, though nobody was here")
	}
	maria.get(t, h.board())
	if !floor() || all() {
		t.Error("a waiter's board is open: on the floor somebody would see it, among managers nobody")
	}
	h.clock.advance(live.Deaf + time.Second)
	if floor() {
		t.Error("still staffed, though the screen said nothing for too long")
	}
	if a := boss.post(t, h.board()+"/here"); a.StatusCode != http.StatusNoContent || !all() {
		t.Errorf("a manager's screen answered a beat with %d: staffed = %v", a.StatusCode, all())
	}
	h.clock.advance(live.Deaf + time.Second)
	if a := h.browser().post(t, h.board()+"/here"); floor() {
		t.Errorf("a stranger (%d) counts as a screen", a.StatusCode)
	}
	var people []string
	for _, one := range h.hub.List(h.venue.ID, h.clock.now()) {
		people = append(people, fmt.Sprint(one.Person, one.Managers, one.Tablet))
	}
	slices.Sort(people)
	want := []string{fmt.Sprint(h.maria.Person, false, false), fmt.Sprint(h.boss.Person, true, false)}
	if slices.Sort(want); !slices.Equal(people, want) {
		t.Errorf("screens of %q are listed, want %q", people, want)
	}
}
