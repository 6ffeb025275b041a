// Package crash holds only tests: kills, power cuts, I/O errors and full disks
// against the real program. What it answered with 2xx must survive them all.
package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"makeright/internal/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// size is how often a trial is repeated: few times in make test, many in make
// soak.
func size(test, soak int) int {
	if os.Getenv("SOAK") != "" {
		return soak
	}
	return test
}

// sent is a report as a guest's phone knows it.
type sent struct {
	Key  string // idempotency key
	Mark string // in its words
	ID   string // from the answer; empty when none came
	Wait string // Retry-After of the last answer
}

// send posts a report and says what was answered; an error means that nobody
// knows whether it arrived.
func send(ctx context.Context, client *http.Client, base, code string, s *sent) (status int, err error) {
	body, err := json.Marshal(map[string]any{"rating": 2, "causes": []string{"cold"}, "words": s.Mark, "handling": "come_over", "language": "en"})
	if err != nil {
		return 0, err
	}
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/v1/codes/"+code+"/reports", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	rq.Header.Set("Content-Type", "application/json")
	rq.Header.Set("Idempotency-Key", s.Key)
	rs, err := client.Do(rq)
	if err != nil {
		return 0, err
	}
	defer rs.Body.Close()
	s.Wait = rs.Header.Get("Retry-After")
	answer, err := io.ReadAll(rs.Body)
	if err != nil {
		return rs.StatusCode, err
	}
	var out struct{ ID string }
	if rs.StatusCode == http.StatusCreated {
		if err := json.Unmarshal(answer, &out); err != nil || out.ID == "" {
			return rs.StatusCode, fmt.Errorf("answer %q: %w", answer, errors.Join(err, errNoID))
		}
		s.ID = out.ID
	}
	return rs.StatusCode, nil
}

var errNoID = errors.New("no id")

// crowd lets guests at different tables send one report after the other, each
// until more says no, and returns all that they sent.
func crowd(ctx context.Context, base string, d program.Demo, name string, guests int, more func(s sent, status int, err error) bool) []sent {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: guests}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var journal []sent
	var work sync.WaitGroup
	for g := range guests {
		work.Go(func() {
			for n, on := 0, true; on && ctx.Err() == nil; n++ {
				mark := fmt.Sprintf("%s %d-%d", name, g, n)
				s := sent{Key: mark, Mark: mark}
				status, err := send(ctx, client, base, d.Tables[g%len(d.Tables)].Code, &s)
				mu.Lock()
				journal = append(journal, s)
				mu.Unlock()
				on = more(s, status, err)
			}
		})
	}
	work.Wait()
	return journal
}

// stored reads every report of the venue back: mark to ids.
func stored(t *testing.T, base string, d program.Demo) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	after := ""
	for {
		rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/venues/"+d.Venue.ID+"/reports?limit=200&after="+after, nil)
		if err != nil {
			t.Fatal(err)
		}
		rq.Header.Set("Authorization", "Bearer "+d.Key)
		rs, err := http.DefaultClient.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Items []struct{ ID, Words string }
			Next  *string
		}
		err = json.NewDecoder(rs.Body).Decode(&page)
		rs.Body.Close()
		if err != nil || rs.StatusCode != http.StatusOK {
			t.Fatalf("list of reports: %d, %v", rs.StatusCode, err)
		}
		for _, r := range page.Items {
			found[r.Words] = append(found[r.Words], r.ID)
		}
		if page.Next == nil {
			return found
		}
		after = *page.Next
	}
}

// compare fails for every acknowledged report that is missing or stands twice.
func compare(t *testing.T, journal []sent, found map[string][]string) {
	t.Helper()
	for _, s := range journal {
		ids := found[s.Mark]
		switch {
		case s.ID != "" && len(ids) == 0:
			t.Errorf("report %s was acknowledged and is lost", s.Mark)
		case s.ID != "" && ids[0] != s.ID:
			t.Errorf("report %s was acknowledged as %s and is %s", s.Mark, s.ID, ids[0])
		case len(ids) > 1:
			t.Errorf("report %s is there %d times", s.Mark, len(ids))
		}
	}
}

// acknowledged are the ids that guests were told.
func acknowledged(journal []sent) (ids []string) {
	for _, s := range journal {
		if s.ID != "" {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// TestKill kills the program with -9 at random moments under load, starts it
// again and compares what guests were told with what is there. A screen that
// comes back by itself misses nothing (R1; I1, I2, I6, I7).
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	d := p.Demo()
	var journal []sent
	cycles := size(50, 10_000)
	var board *program.Screen
	for cycle := range cycles {
		p.Start()
		if cycle == 0 {
			board = program.Look(t, p.Base, d, nil)
		}
		journal = append(journal, load(t, p, d, cycle, 8)...)
	}
	p.Start()
	last := crowd(t.Context(), p.Base, d, "last", 1, counted(1))
	journal = append(journal, last...)
	board.Complete(t, acknowledged(journal), last[0].ID)
	events, lines := board.Seen()
	t.Logf("a screen saw %d events over %d connections", events, lines)
	found := stored(t, p.Base, d)
	compare(t, journal, found)
	p.Stop()
	audit(t, path, journal)
	acked := len(acknowledged(journal))
	t.Logf("%d kills, %d reports sent, %d acknowledged, %d stored", cycles, len(journal), acked, len(found))
	if acked < cycles {
		t.Errorf("only %d reports were acknowledged in %d cycles: the kills came too early to prove anything", acked, cycles)
	}
}

// load lets guests send until the program is killed under them.
func load(t *testing.T, p *program.Program, d program.Demo, cycle, guests int) []sent {
	t.Helper()
	first := make(chan struct{})
	var once sync.Once
	gone := make(chan []sent, 1)
	go func() {
		gone <- crowd(t.Context(), p.Base, d, fmt.Sprintf("kill %d", cycle), guests, func(_ sent, _ int, err error) bool {
			if err == nil {
				once.Do(func() { close(first) })
			}
			return err == nil // else the line is dead
		})
	}()
	select {
	case <-first:
	case journal := <-gone: // on a busy machine all lines were given up before an answer
		p.Kill()
		return journal
	}
	<-time.After(time.Duration(5+rand.IntN(60)) * time.Millisecond) // the moment of the crash is what this test draws
	p.Kill()
	return <-gone
}
