package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// stream is an open stream of server-sent events.
type stream struct {
	t      *testing.T
	status int
	frames chan frame // closed when the stream has ended
}

// frame is one event, as it came over the wire.
type frame struct{ id, kind, data string }

// listen opens a stream; it ends with the test.
func listen(t *testing.T, url string, headers ...string) *stream {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{t, res.StatusCode, make(chan frame, 1000)}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		close(s.frames)
		return s
	}
	go func() {
		defer close(s.frames)
		defer res.Body.Close()
		split(bufio.NewReader(res.Body), s.frames)
	}()
	return s
}

// split reads frames as the standard says: lines end with CR, LF or both, and
// an empty line ends a frame.
func split(r *bufio.Reader, out chan<- frame) {
	var f frame
	for {
		text, err := r.ReadString('\n')
		if err != nil {
			return
		}
		for i, one := range strings.Split(strings.TrimSuffix(text, "\n"), "\r") {
			name, value, _ := strings.Cut(one, ": ")
			switch name {
			case "id":
				f.id = value
			case "event":
				f.kind = value
			case "data":
				f.data += value
			case "":
				if i == 0 {
					out <- f
					f = frame{}
				}
			default:
				out <- frame{kind: "broken", data: one}
			}
		}
	}
}

// next returns the next frame that is no beat; ok is false when the stream has
// ended.
func (s *stream) next() (frame, bool) {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case f, ok := <-s.frames:
			if !ok || f.kind != "beat" {
				return f, ok
			}
		case <-late:
			s.t.Fatal("the stream says nothing and does not end")
		}
	}
}

// T20: the owner of another organisation, who knows the address of a board,
// hears nothing of it, although others listen there and what they hear is
// shared.
func TestThreat_NobodyListensAtSomebodyElsesDoor(t *testing.T) {
	w := newWalls(t)
	theirs := w.own.people["manager"]
	board := w.base + "/board/" + w.own.venue + "/live?after=0"
	legit := listen(t, board, theirs.header, theirs.value)
	for range 3 {
		if f, ok := legit.next(); !ok || f.kind == "broken" {
			t.Fatalf("the manager hears %+v", f)
		}
		if len(legit.frames) == 0 {
			break
		}
	}
	for name, c := range w.their.people {
		if s := listen(t, board, c.header, c.value); s.status == http.StatusOK {
			f, _ := s.next()
			g, _ := s.next()
			t.Errorf("%s of another organisation hears %.200v, %.200v", name, f, g)
		}
		if s := listen(t, w.base+"/api/v1/venues/"+w.own.venue+"/events?after=0", c.header, c.value); s.status == http.StatusOK {
			t.Errorf("%s of another organisation listens to the API", name)
		}
	}
}

// hostileLines are texts that try to end a line, a frame or a log entry.
func hostileLines() []string {
	all := []string{
		"a\n\ndata: {\"evil\":1}\n\n", "b\r\n\r\nevent: evil\r\ndata: {}\r\n\r\n", "c\rid: 99\rretry: 1\r\r", "d\u2028\u2029id: 7", "e\x85\x85data: x",
		"f\u0085event: evil", "g\x1b[2J\x1b]0;evil\x07", "h\"}\n{\"time\":\"2026\",\"level\":\"ERROR\",\"msg\":\"evil\"}", "i%0a%0ddata: evil", "j\\n\\ndata: evil",
		"k: comment\n: comment\n\n", "l\x00data: evil", "m\ufeffdata: evil",
	}
	for c := range rune(0x20) {
		all = append(all, "C0 "+strconv.Itoa(int(c))+string(c)+string(c)+"data: evil"+string(c)+string(c))
	}
	return all
}

// T11: streams carry as many frames as there are events, whatever is written,
// and each line of the log is one object of JSON.
func TestThreat_NothingEndsALine(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.Limits = false })
	manager, code := w.own.people["manager"], w.own.ids["code"]
	head, err := w.store.For(w.own.owner, w.own.venue).Head(t.Context())
	w.must(err)
	after := "?after=" + strconv.FormatInt(head, 10)
	board := listen(t, w.base+"/board/"+w.own.venue+"/live"+after, manager.header, manager.value)
	program := listen(t, w.base+"/api/v1/venues/"+w.own.venue+"/events"+after, w.own.people["key admin"].header, w.own.people["key admin"].value)
	if f, _ := board.next(); f.kind != "now" {
		t.Fatalf("the board begins with %+v", f)
	}
	for n, text := range hostileLines() {
		body, err := json.Marshal(map[string]any{"rating": 2, "words": text, "handling": "contact_later", "contact": map[string]string{"name": text, "phone": "030 123456"}})
		w.must(err)
		got := w.ask("POST", "/api/v1/codes/"+code+"/reports", string(body), "Content-Type", "application/json", "User-Agent", visible(text), "X-Evil", visible(text))
		if got.status != http.StatusCreated {
			t.Fatalf("%q: %d %s", text, got.status, got.body)
		}
		want := strconv.FormatInt(head+int64(n)+1, 10)
		for name, s := range map[string]*stream{"board": board, "program": program} {
			if f, _ := s.next(); f.id != want || f.kind == "broken" || !json.Valid([]byte(f.data)) {
				t.Fatalf("%q: the %s hears %+v, want event %s", text, name, f, want)
			}
		}
		w.ask("GET", "/T/"+code+"?words="+escape(text), "", "Referer", visible(text))
		w.ask("GET", "/"+escape(text), "")
	}
	logged := strings.Split(strings.TrimSuffix(w.log.String(), "\n"), "\n")
	if len(logged) < 2*len(hostileLines()) {
		t.Fatalf("only %d lines in the log", len(logged))
	}
	for _, one := range logged {
		if !json.Valid([]byte(one)) || !strings.HasPrefix(one, `{"time":`) || strings.Contains(one, "evil") {
			t.Errorf("not a line of ours: %q", one)
		}
	}
}

// visible is a text as far as a header can hold it.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// escape writes every byte as it stands in an address.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

// T23, T24: whoever is shut out while their streams are open hears nothing of
// what happens afterwards, and every door is closed to them.
func TestThreat_ShutOutIsOut(t *testing.T) {
	tests := map[string]struct {
		caller string
		shut   func(*walls) error
	}{
		"a manager is disabled": {"manager", func(w *walls) error {
			off := true
			return w.desk.ChangePerson(w.t.Context(), w.own.owner, w.personOf("manager"), desk.PersonChange{Disabled: &off})
		}},
		"a manager becomes staff": {"manager", func(w *walls) error {
			role := feedback.Staff
			return w.desk.ChangePerson(w.t.Context(), w.own.owner, w.personOf("manager"), desk.PersonChange{Role: &role, Venue: w.own.venue})
		}},
		"a tablet is revoked": {"tablet", func(w *walls) error {
			return w.desk.Unpair(w.t.Context(), w.own.owner, w.own.venue, w.own.ids["tablet"])
		}},
		"a key is revoked": {"key admin", func(w *walls) error {
			return w.desk.RevokeKey(w.t.Context(), w.own.owner, w.keyOf("admin"))
		}},
		"a session is ended elsewhere": {"owner", func(w *walls) error {
			return w.desk.SignOutOthers(w.t.Context(), w.own.owner)
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWalls(t)
			c := w.own.people[tt.caller]
			head, err := w.store.For(w.own.owner, w.own.venue).Head(t.Context())
			w.must(err)
			after := "?after=" + strconv.FormatInt(head, 10)
			var open []*stream
			for _, path := range []string{"/board/" + w.own.venue + "/live", "/api/v1/venues/" + w.own.venue + "/events"} {
				if s := listen(t, w.base+path+after, c.header, c.value); s.status == http.StatusOK {
					open = append(open, s)
				}
			}
			if len(open) == 0 {
				t.Fatal("nothing to listen to")
			}
			w.complain()
			for _, s := range open {
				for f, ok := s.next(); f.id == ""; f, ok = s.next() {
					if !ok {
						t.Fatal("the stream ended before anybody was shut out")
					}
				}
			}
			w.must(tt.shut(w))
			w.complain()
			for _, s := range open {
				for f, ok := s.next(); ok; f, ok = s.next() {
					t.Errorf("heard after being shut out: %+v", f)
				}
			}
			w.noDoorOpens(c, name == "a manager becomes staff")
		})
	}
}

// complain is a guest at the table.
func (w *walls) complain() {
	w.t.Helper()
	got := w.ask("POST", "/api/v1/codes/"+w.own.ids["code"]+"/reports", `{"rating":1,"words":"Cold."}`, "Content-Type", "application/json")
	if got.status != http.StatusCreated {
		w.t.Fatalf("report: %d %s", got.status, got.body)
	}
}

// personOf finds who is signed in with a session.
func (w *walls) personOf(name string) string {
	token, _, _ := strings.Cut(strings.TrimPrefix(w.own.people[name].value, "mr="), ";")
	a, err := w.desk.Session(w.t.Context(), desk.Hash(token))
	w.must(err)
	return a.Person
}

func (w *walls) keyOf(scope string) string {
	a, err := w.desk.Key(w.t.Context(), desk.Hash(strings.TrimPrefix(w.own.people["key "+scope].value, "Bearer ")))
	w.must(err)
	return a.ID
}

// noDoorOpens tries every address that needs somebody to be signed in. One who
// only became less must find the doors of more closed.
func (w *walls) noDoorOpens(c caller, demoted bool) {
	w.t.Helper()
	nobody := w.own.people["nobody"]
	tried := 0
	for _, a := range w.addresses {
		if demoted && !strings.HasPrefix(a.path, "/owner") || strings.HasSuffix(a.path, "/live") || strings.HasSuffix(a.path, "/events") {
			continue
		}
		body, kind := "", ""
		if a.writes() {
			body, kind = a.body(w.t, w.own.ids)
		}
		ask := func(who caller) answer {
			return w.ask(a.method, a.fill(w.own.ids), body, who.header, who.value, "Content-Type", kind)
		}
		if strings.HasPrefix(a.path, "/owner") || strings.HasPrefix(a.path, "/board") || strings.HasPrefix(a.path, "/api/v1/") && ask(nobody).status == http.StatusUnauthorized {
			tried++
			if got := ask(c); got.status < 300 || got.status < 400 && !strings.HasPrefix(got.header.Get("Location"), "/sign-in") {
				w.t.Errorf("%s answers %d %s", a, got.status, got.header.Get("Location"))
			}
		}
	}
	if tried < 20 {
		w.t.Errorf("only %d doors were tried", tried)
	}
}
