package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script answers each connection with the next of its parts and notes where it
// resumed from.
type script struct {
	parts   []string
	resumed chan string
	hold    bool // keep the last connection open
	mu      sync.Mutex
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.resumed <- r.Header.Get("Last-Event-ID")
	s.mu.Lock()
	part := s.parts[0]
	s.parts = s.parts[1:]
	last := len(s.parts) == 0
	s.mu.Unlock()
	if part == "busy" {
		refuse(w, http.StatusServiceUnavailable, `{"status":503,"code":"busy"}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprint(w, part)
	_ = http.NewResponseController(w).Flush()
	if s.hold && last || part == "" {
		<-r.Context().Done()
	}
}

func event(seq int) string {
	return fmt.Sprintf("id: %d\nevent: report.taken\ndata: {\"seq\":%d,\"kind\":\"report.taken\",\"report\":{\"id\":\"r%d\"}}\n\n", seq, seq, seq)
}

const (
	pulse    = "event: beat\ndata: {}\n\n"
	snapshot = "id: 7\nevent: snapshot\ndata: {\"seq\":7,\"kind\":\"snapshot\",\"reports\":[{\"id\":\"r5\"}]}\n\n"
	reset    = "event: reset\ndata: {}\n\n"
)

// numbers reads events until it has seen the one with the last number.
func numbers(t *testing.T, c *Client, after, last int64) []int64 {
	t.Helper()
	var seen []int64
	for e, err := range c.Events(t.Context(), "v1", after) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, e.Seq)
		if e.Seq == last {
			break
		}
	}
	return seen
}

func wantNumbers(t *testing.T, got []int64, want ...int64) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func wantResumed(t *testing.T, s *script, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := <-s.resumed; got != w {
			t.Errorf("Last-Event-ID = %q, want %q", got, w)
		}
	}
}

func TestEvents_ResumesWithoutAGap(t *testing.T) {
	s := &script{resumed: make(chan string, 9), parts: []string{
		event(3) + pulse + event(4), // the line drops
		pulse,                       // drops again before anything happened
		"busy",
		event(5) + event(6)[:20], // drops in the middle of an event
		event(6),
	}}
	c := serve(t, s.ServeHTTP)
	wantNumbers(t, numbers(t, c, 2, 6), 3, 4, 5, 6)
	wantResumed(t, s, "2", "4", "4", "4", "5")
}

func TestEvents_StartsWithASnapshot(t *testing.T) {
	s := &script{resumed: make(chan string, 9), parts: []string{snapshot, reset + snapshot + event(8)}}
	c := serve(t, s.ServeHTTP)
	var got []string
	for e, err := range c.Events(t.Context(), "v1", -1) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %d", e.Kind, e.Seq)
		for _, r := range e.Reports {
			line += " " + r.ID
		}
		if e.Report != nil {
			line += " " + e.Report.ID
		}
		got = append(got, line)
		if e.Seq == 8 {
			break
		}
	}
	want := []string{"snapshot 7 r5", "reset 0", "snapshot 7 r5", "report.taken 8 r8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	wantResumed(t, s, "", "7")
}

func TestEvents_EndsWhenRefused(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"not ours": func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusNotFound, `{"status":404,"code":"not_found"}`)
		},
		"no stream": func(w http.ResponseWriter, _ *http.Request) {
			answer(t, w, http.StatusOK, EventList{Items: []Event{}})
		},
		"no sense": (&script{resumed: make(chan string, 9), parts: []string{"id: 1\nevent: report.taken\ndata: {\n\n"}}).ServeHTTP,
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			c, rounds := serve(t, h), 0
			for e, err := range c.Events(t.Context(), "v1", 0) {
				rounds++
				if err == nil {
					t.Fatalf("got event %d, want an error", e.Seq)
				}
			}
			if rounds != 1 {
				t.Errorf("%d rounds, want the error and then the end", rounds)
			}
		})
	}
}

func TestEvents_EndsWithItsContext(t *testing.T) {
	s := &script{resumed: make(chan string, 9), parts: []string{event(1)}, hold: true}
	c := serve(t, s.ServeHTTP)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range c.Events(ctx, "v1", 0) {
		if err != nil {
			t.Fatalf("err = %v, want a silent end", err)
		}
		cancel()
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("the stream ended before its context")
	}
}

func TestEvents_LeavesASilentLine(t *testing.T) {
	s := &script{resumed: make(chan string, 9), parts: []string{"", event(1)}}
	srv := httptest.NewServer(s)
	defer srv.Close()
	c := New(srv.URL, "")
	c.silence, c.Pause = 20*time.Millisecond, time.Millisecond
	wantNumbers(t, numbers(t, c, 0, 1), 1)
	wantResumed(t, s, "0", "0")
}

func TestStreamGuestReport(t *testing.T) {
	s := &script{resumed: make(chan string, 9), parts: []string{
		"event: status\ndata: {\"status\":\"open\"}\n\n" + pulse,
		"event: status\ndata: {\"status\":\"taken\"}\n\n",
	}}
	c := serve(t, s.ServeHTTP)
	var got []Status
	for r, err := range c.StreamGuestReport(t.Context(), "TOKEN") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Status)
		if len(got) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]Status{StatusOpen, StatusTaken}, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	wantResumed(t, s, "", "")
}
