package program

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Screen watches a venue from its first event on. When its line breaks it comes
// back by itself and says what it saw last, as a browser does.
type Screen struct {
	url, key string
	cut      func() time.Duration
	stop     context.CancelFunc
	gone     chan struct{}

	mu      sync.Mutex
	news    chan struct{} // closed and made anew with each event
	last    string        // Last-Event-ID
	seen    []int64
	created map[string]bool // reports
	lines   int             // how often it connected
	wrong   error
}

// Look lets a screen watch the venue through the node at base until the test
// ends. cut, unless nil, draws how long each of its lines lives.
func Look(t testing.TB, base string, d Demo, cut func() time.Duration) *Screen {
	ctx, stop := context.WithCancel(context.Background())
	s := &Screen{
		url: base + "/api/v1/venues/" + d.Venue.ID + "/events", key: d.Key, cut: cut, stop: stop,
		gone: make(chan struct{}), news: make(chan struct{}), last: "0", created: map[string]bool{},
	}
	go s.run(ctx)
	t.Cleanup(s.Close)
	return s
}

// Close ends it before the test does.
func (s *Screen) Close() {
	s.stop()
	<-s.gone
}

func (s *Screen) run(ctx context.Context) {
	defer close(s.gone)
	for ctx.Err() == nil {
		line, hangUp := ctx, func() {}
		if s.cut != nil {
			line, hangUp = context.WithTimeout(ctx, s.cut())
		}
		s.listen(line)
		hangUp()
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond): // what browsers wait is longer
		}
	}
}

// listen reads one line until it breaks.
func (s *Screen) listen(ctx context.Context) {
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		s.note(func() { s.wrong = err })
		return
	}
	rq.Header.Set("Authorization", "Bearer "+s.key)
	rq.Header.Set("Accept", "text/event-stream")
	rq.Header.Set("Last-Event-ID", s.last)
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		return
	}
	defer rs.Body.Close()
	if rs.StatusCode != http.StatusOK {
		return
	}
	s.note(func() { s.lines++ })
	var id, kind, data string
	lines := bufio.NewScanner(rs.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			data = value
		case "": // only now it is an event: the line may break within
			if data != "" {
				s.note(func() { s.event(id, kind, data) })
			}
			id, kind, data = "", "", ""
		}
	}
}

// note changes what the screen knows and tells those who wait.
func (s *Screen) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.news)
	s.news = make(chan struct{})
}

func (s *Screen) event(id, kind, data string) {
	if id == "" { // a beat
		if kind != "beat" {
			s.wrong = fmt.Errorf("%s instead of the next event", kind)
		}
		return
	}
	var e struct {
		Seq    int64
		Kind   string
		Report struct{ ID string }
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil || strconv.FormatInt(e.Seq, 10) != id {
		s.wrong = fmt.Errorf("event %s with %q (%v)", id, data, err)
		return
	}
	s.last = id
	s.seen = append(s.seen, e.Seq)
	if e.Kind == "report.created" {
		s.created[e.Report.ID] = true
	}
}

// Complete waits until the screen shows the report that was sent last, and
// fails unless it saw every event once and in order, with all the reports that
// were acknowledged.
func (s *Screen) Complete(t testing.TB, acknowledged []string, last string) {
	t.Helper()
	s.Wait(t, last)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong != nil {
		t.Errorf("the screen saw %v", s.wrong)
	}
	for i, seq := range s.seen {
		if seq != int64(i)+1 {
			t.Fatalf("event %d came where %d was due", seq, i+1)
		}
	}
	for _, id := range acknowledged {
		if !s.created[id] {
			t.Errorf("report %s was acknowledged and not shown", id)
		}
	}
}

// Seen is how many events came, over how many lines.
func (s *Screen) Seen() (events, lines int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen), s.lines
}

// Wait returns when the screen shows a report.
func (s *Screen) Wait(t testing.TB, report string) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		news, shown, seen := s.news, s.created[report], len(s.seen)
		s.mu.Unlock()
		if shown {
			return
		}
		select {
		case <-news:
		case <-limit:
			t.Fatalf("the screen never showed report %s; it saw %d events", report, seen)
		}
	}
}
