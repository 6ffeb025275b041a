package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// frame is one event of a stream as it came over the line.
type frame struct {
	id, kind, data string
	lines          int
}

// line is an open stream.
type line struct {
	t      *testing.T
	frames chan frame
	beats  *atomic.Int64
}

// listen opens the stream of the venue; headers are names and values in turn.
// Beats are left out. The channel ends with the line.
func (h *house) listen(ctx context.Context, path string, headers ...string) line {
	h.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.srv.URL+path, nil)
	must(h.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	must(h.t, err)
	h.t.Cleanup(func() { _ = res.Body.Close() })
	l := line{h.t, make(chan frame, 1000), &atomic.Int64{}}
	go func() {
		defer close(l.frames)
		in := bufio.NewScanner(res.Body)
		in.Buffer(nil, 1<<20)
		var f frame
		for in.Scan() {
			name, value, _ := strings.Cut(in.Text(), ": ")
			switch name {
			case "id":
				f.id = value
			case "event":
				f.kind = value
			case "data":
				f.data = value
			case "":
				if f.kind == "beat" {
					l.beats.Add(1)
				} else {
					l.frames <- f
				}
				f = frame{}
				continue
			}
			f.lines++
		}
	}()
	return l
}

// next is the next event, or ends the test.
func (l line) next() frame {
	l.t.Helper()
	select {
	case f, open := <-l.frames:
		if !open {
			l.t.Fatal("the stream ended")
		}
		return f
	case <-time.After(10 * time.Second):
		l.t.Fatal("nothing came")
	}
	return frame{}
}

// ended waits for the end of the line and fails when something came before it.
func (l line) ended() {
	l.t.Helper()
	select {
	case f, open := <-l.frames:
		if open {
			l.t.Errorf("%s %s came, want the end", f.kind, f.data)
		}
	case <-time.After(10 * time.Second):
		l.t.Fatal("the stream goes on")
	}
}

func (f frame) event(t *testing.T) api.Event {
	t.Helper()
	var e api.Event
	must(t, json.Unmarshal([]byte(f.data), &e))
	if strconv.FormatInt(e.Seq, 10) != f.id || string(e.Kind) != f.kind || f.lines != 3 {
		t.Errorf("frame %+v does not fit its event", f)
	}
	return e
}

func (h *house) events() string { return "/api/v1/venues/" + h.venue.ID + "/events" }

func bearer(key string) []string { return []string{"Authorization", "Bearer " + key} }

// head is the number of the newest event.
func (h *house) head() int64 {
	h.t.Helper()
	n, err := h.store.For(h.owner, h.venue.ID).Head(h.t.Context())
	must(h.t, err)
	return n
}

// TestStream begins with what waits, goes on without a gap, and resumes.
func TestStream(t *testing.T) {
	h := newHouse(t)
	key := h.key(h.owner, feedback.ScopeRead)
	waiting, ended := h.submit("waits"), h.submit("ended")
	first(h.admin.MarkUnresolved(t.Context(), h.venue.ID, ended.ID, api.UnresolvedReport{Reason: api.ReasonGuestLeft}))
	before := h.head()

	ctx, hangUp := context.WithCancel(t.Context())
	a := h.listen(ctx, h.events(), bearer(key)...)
	b := h.listen(t.Context(), h.events(), bearer(key)...)
	var snap api.Snapshot
	f := a.next()
	must(t, json.Unmarshal([]byte(f.data), &snap))
	if f.kind != "snapshot" || f.id != strconv.FormatInt(before, 10) || snap.Seq != before || len(snap.Reports) != 1 || snap.Reports[0].ID != waiting.ID {
		t.Errorf("first event = %+v", f)
	}
	b.next()
	const many = 30
	for i := range many {
		h.submit(fmt.Sprint("word ", i))
	}
	for i := range many {
		one, two := a.next(), b.next()
		e := one.event(t)
		if one != two || e.Seq != before+int64(i)+1 || e.Report.Words != fmt.Sprint("word ", i) {
			t.Fatalf("event %d = %+v and %+v", i, one, two)
		}
	}
	hangUp()
	h.submit("while away")
	for name, l := range map[string]line{
		"by header": h.listen(t.Context(), h.events(), append(bearer(key), "Last-Event-ID", strconv.FormatInt(before+many, 10))...),
		"by after":  h.listen(t.Context(), h.events()+fmt.Sprintf("?after=%d", before+many), bearer(key)...),
	} {
		if e := l.next().event(t); e.Seq != before+many+1 || e.Report.Words != "while away" {
			t.Errorf("%s: resumed with %+v", name, e)
		}
	}
	l := h.listen(t.Context(), h.events()+"?after=0", bearer(key)...) // all of it
	for seq := int64(1); seq <= h.head(); seq++ {
		if e := l.next().event(t); e.Seq != seq {
			t.Fatalf("event %d follows %d", e.Seq, seq-1)
		}
	}
}

// TestStream_Resets whoever knows another timeline, and begins anew.
func TestStream_Resets(t *testing.T) {
	h := newHouse(t)
	key := h.key(h.owner, feedback.ScopeRead)
	sent := h.submit("here")
	l := h.listen(t.Context(), h.events(), append(bearer(key), "Last-Event-ID", "999")...)
	if f := l.next(); f.kind != "reset" || f.id != "" {
		t.Errorf("first event = %+v, want a reset", f)
	}
	if f := l.next(); f.kind != "snapshot" || f.id != strconv.FormatInt(h.head(), 10) || !strings.Contains(f.data, sent.ID) {
		t.Errorf("second event = %+v, want a snapshot", f)
	}
	h.submit("after")
	if e := l.next().event(t); e.Report.Words != "after" {
		t.Errorf("third event = %+v", e)
	}
}

// TestStream_SharesSnapshots: who comes at the same time begins at the same
// number and misses nothing that happened since; but not with what only others
// may see.
func TestStream_SharesSnapshots(t *testing.T) {
	h := newHouse(t)
	key := h.key(h.owner, feedback.ScopeRead)
	staff := h.session(h.person("Wanda", feedback.Staff))
	h.submit("for all")
	_, err := h.client("").SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{Rating: 1, Handling: api.HandlingManagerOnly, Words: "for managers"})
	must(t, err)
	begun := h.listen(t.Context(), h.events(), bearer(key)...).next()
	if !strings.Contains(begun.data, "for managers") {
		t.Errorf("managers begin with %+v", begun)
	}
	if f := h.listen(t.Context(), h.events(), "Cookie", staff).next(); strings.Contains(f.data, "for managers") || !strings.Contains(f.data, "for all") {
		t.Errorf("staff begin with %+v", f)
	}
	late := h.submit("since then")
	l := h.listen(t.Context(), h.events(), bearer(key)...)
	f := l.next()
	if f == begun { // shared: the rest comes as events
		f = l.next()
	}
	if !strings.Contains(f.data, late.ID) || l.beats.Load() > 0 { // a beat would mean that it waited for one
		t.Errorf("what happened since is missing: %+v", f)
	}
}

// TestStream_FarBehind begins anew instead of sending days of events.
func TestStream_FarBehind(t *testing.T) {
	h := newHouse(t)
	const many = 10_000
	for range many / 1000 {
		storetest.Write(t, h.store, func(tx store.Tx) error {
			at := tx.At(h.owner, h.venue.ID)
			for range 1000 {
				e := feedback.Event{Kind: feedback.VisitOpened, At: storetest.Epoch, ByKind: feedback.BySystem}
				if err := at.Append(t.Context(), &e); err != nil {
					return err
				}
			}
			return nil
		})
	}
	key, far := h.key(h.owner, feedback.ScopeRead), h.head()-many
	if f := h.listen(t.Context(), h.events()+fmt.Sprintf("?after=%d", far), bearer(key)...).next(); f.kind != "visit.opened" {
		t.Errorf("%d behind: %+v", many, f)
	}
	h.submit("one more")
	if f := h.listen(t.Context(), h.events()+fmt.Sprintf("?after=%d", far), bearer(key)...).next(); f.kind != "reset" {
		t.Errorf("%d behind: %+v", many+1, f)
	}
}

// TestStream_CannotBeForged sends what would end a line of the wire format, and
// every control character (T11).
func TestStream_CannotBeForged(t *testing.T) {
	h := newHouse(t)
	l := h.listen(t.Context(), h.events()+"?after="+strconv.FormatInt(h.head(), 10), bearer(h.key(h.owner, feedback.ScopeRead))...)
	hostile := []string{"a\n\nevent: forged\ndata: {}\n\n", "a\r\n\r\nid: 99\r\n", "a\rdata: x\r", "\u2028\u2029\u0085x", "id: 7"}
	for c := range rune(0x20) {
		hostile = append(hostile, "x"+string(c)+"y")
	}
	for i, words := range hostile {
		h.submit(words)
		if e := l.next().event(t); e.Report.Words != feedback.Clean(words) {
			t.Errorf("%d %q came as %q", i, words, e.Report.Words)
		}
	}
}

// TestStream_HidesWhatIsForManagers from people on the floor; the numbers of
// what is left out are missing, and nothing else.
func TestStream_HidesWhatIsForManagers(t *testing.T) {
	h := newHouse(t)
	staff := h.listen(t.Context(), h.events()+"?after=0", "Cookie", h.session(h.person("Wanda", feedback.Staff)))
	managers := h.listen(t.Context(), h.events()+"?after=0", "Cookie", h.session(h.person("Max", feedback.Manager)))
	about, err := h.client("").SubmitReport(t.Context(), h.codes[0].Code, api.SubmitReport{Rating: 1, Causes: []api.Cause{api.CauseStaff}, Words: "The waiter."})
	must(t, err)
	seq := h.head()
	h.submit("The soup.")
	if e := managers.next().event(t); e.Seq != seq || e.Report.ID != about.ID {
		t.Errorf("managers see %+v", e)
	}
	if e := staff.next().event(t); e.Seq != seq+1 || e.Report.Words != "The soup." {
		t.Errorf("staff see %+v", e)
	}
}

// TestStream_EndsWhenShutOut: a revoked key and a disabled person hear nothing
// more (T23, T24).
func TestStream_EndsWhenShutOut(t *testing.T) {
	h := newHouse(t)
	id, secret, err := h.desk.CreateKey(t.Context(), h.owner, "leaked", feedback.ScopeRead, time.Time{})
	must(t, err)
	fired := h.person("Fritz", feedback.Manager)
	cookie := h.session(fired)
	after := "?after=" + strconv.FormatInt(h.head(), 10)
	byKey := h.listen(t.Context(), h.events()+after, bearer(secret)...)
	byPerson := h.listen(t.Context(), h.events()+after, "Cookie", cookie)
	stays := h.listen(t.Context(), h.events()+after, bearer(h.key(h.owner, feedback.ScopeRead))...)
	h.submit("all hear this")
	for _, l := range []line{byKey, byPerson, stays} {
		l.next()
	}
	must(t, h.desk.RevokeKey(t.Context(), h.owner, id))
	byKey.ended()
	disabled := true
	must(t, h.desk.ChangePerson(t.Context(), h.owner, fired.Person, desk.PersonChange{Disabled: &disabled}))
	byPerson.ended()
	h.submit("and this")
	if e := stays.next().event(t); e.Report.Words != "and this" {
		t.Errorf("who stays hears %+v", e)
	}
	for _, headers := range [][]string{bearer(secret), {"Cookie", cookie}} {
		if got := h.do("GET", h.events(), nil, headers...); got.status != 401 {
			t.Errorf("shut out: %d, want 401", got.status)
		}
	}
}

// TestStream_EndsWithTheServer, as on shutdown.
func TestStream_EndsWithTheServer(t *testing.T) {
	h := newHouse(t)
	l := h.listen(t.Context(), h.events()+"?after=0", bearer(h.key(h.owner, feedback.ScopeRead))...)
	g := h.listen(t.Context(), "/api/v1/r/"+h.submit("x").Token+"/events")
	l.next()
	g.next()
	h.hub.Close()
	l.ended()
	g.ended()
}

// TestGuestStream sends the report after each change of it, and nothing when
// another changes.
func TestGuestStream(t *testing.T) {
	h := newHouse(t)
	mine := h.submit("mine")
	l := h.listen(t.Context(), "/api/v1/r/"+mine.Token+"/events")
	status := func() api.GuestReport {
		t.Helper()
		f := l.next()
		var r api.GuestReport
		must(t, json.Unmarshal([]byte(f.data), &r))
		if got := h.do("GET", "/api/v1/r/"+mine.Token, nil); f.kind != "status" || strings.TrimSpace(string(got.body)) != f.data {
			t.Errorf("%s %s, want what can be read:\n%s", f.kind, f.data, got.body)
		}
		return r
	}
	status()
	other := h.submit("not mine")
	first(h.admin.TakeReport(t.Context(), h.venue.ID, other.ID, api.TakeReport{}))
	first(h.admin.TakeReport(t.Context(), h.venue.ID, mine.ID, api.TakeReport{}))
	if r := status(); r.Status != api.StatusTaken || r.Timeline[1].Name != "Olga" {
		t.Errorf("after taking: %+v", r)
	}
	first(h.admin.SendMessage(t.Context(), h.venue.ID, mine.ID, api.MessageInput{Text: "Secret", Internal: true}))
	if r := status(); len(r.Messages) != 0 || strings.Contains(fmt.Sprint(r), "Secret") {
		t.Errorf("a note reaches the guest: %+v", r)
	}
}
