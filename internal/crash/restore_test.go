package crash

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/e2e/program"
)

// TestRestore is the drill (R17; I8): while 500 reports a second come in, one
// process makes a backup beside the one that serves; then the machine is lost,
// and the backup becomes a new installation elsewhere. Everything acknowledged
// before the backup began is there, nothing that was never sent, and the
// timeline is whole. RPO and RTO are printed.
func TestRestore(t *testing.T) {
	p := program.New(t, filepath.Join(t.TempDir(), "makeright.db"), "LIMITS=off")
	d := p.Demo()
	p.Start()
	file := filepath.Join(t.TempDir(), "copy.db")
	l := pour(t, p, d, 500)
	l.await(size(1000, 60_000))
	before, began := l.acked(), time.Now()
	p.Run("backup", file)
	took := time.Since(began)
	l.await(len(l.acked()) + 100)
	lost := time.Now()
	p.Kill()
	all := l.end()

	restoring := time.Now()
	q := program.New(t, filepath.Join(t.TempDir(), "elsewhere", "makeright.db"), "LIMITS=off")
	q.Run("restore", file)
	q.Start()
	rto := time.Since(restoring)
	q.Run("verify")
	found := stored(t, q.Base, d)
	compare(t, before, found)
	known, acked, missing := map[string]bool{}, 0, 0
	for _, s := range all {
		known[s.Mark] = true
		if s.ID != "" {
			acked++
			if len(found[s.Mark]) == 0 {
				missing++
			}
		}
	}
	for mark := range found {
		if strings.HasPrefix(mark, "drill") && !known[mark] {
			t.Errorf("report %q was never sent", mark)
		}
	}
	t.Logf("%d reports acknowledged, %.0f a second; backup in %v; the machine was lost %v after it began (RPO), with it %d reports; back after %v (RTO)",
		acked, float64(acked)/lost.Sub(l.began).Seconds(), took.Round(time.Millisecond), lost.Sub(began).Round(time.Millisecond), missing, rto.Round(time.Millisecond))
}

// flow is guests who send at a steady rate until the line is dead.
type flow struct {
	began time.Time
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu      sync.Mutex
	more    *sync.Cond
	journal []sent
	good    int
}

// pour lets guests send so many reports a second.
func pour(t *testing.T, p *program.Program, d program.Demo, rate int) *flow {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &flow{began: time.Now(), stop: stop}
	l.more = sync.NewCond(&l.mu)
	turns := make(chan int)
	l.work.Go(func() {
		defer close(turns)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			for due := int(time.Since(l.began).Seconds() * float64(rate)); n < due; n++ {
				select {
				case turns <- n:
				case <-ctx.Done():
					return
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	t.Cleanup(client.CloseIdleConnections)
	for range 16 {
		l.work.Go(func() {
			for n := range turns {
				mark := fmt.Sprintf("drill %d", n)
				s := sent{Key: mark, Mark: mark}
				_, _ = send(context.WithoutCancel(ctx), client, p.Base, d.Tables[n%len(d.Tables)].Code, &s)
				l.note(s)
			}
		})
	}
	return l
}

func (l *flow) note(s sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal = append(l.journal, s)
	if s.ID != "" {
		l.good++
		l.more.Broadcast()
	}
}

// await waits until n reports were acknowledged.
func (l *flow) await(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.good < n {
		l.more.Wait()
	}
}

// acked lists what was acknowledged so far.
func (l *flow) acked() (list []sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.journal {
		if s.ID != "" {
			list = append(list, s)
		}
	}
	return list
}

// end stops the guests and returns all that they sent.
func (l *flow) end() []sent {
	l.stop()
	l.work.Wait()
	return l.journal
}
