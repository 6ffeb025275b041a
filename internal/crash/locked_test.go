package crash

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"makeright/internal/e2e/program"
)

// TestLocked lets another process hold the database until a guest was told to
// come back later. Nothing is lost, and when it lets go the program goes on; a
// screen that listened all the while misses nothing (R5; I1, I2, I6, I7).
func TestLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "makeright.db")
	p := program.New(t, path, "LIMITS=off")
	d := p.Demo()
	p.Start()
	board := program.Look(t, p.Base, d, nil)
	journal := crowd(t.Context(), p.Base, d, "before", 1, counted(1))
	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), "begin exclusive"); err != nil {
		t.Fatal(err)
	}
	var free sync.Once
	var mind temper
	journal = append(journal, crowd(t.Context(), p.Base, d, "locked", 8, func(s sent, status int, err error) bool {
		if status == http.StatusServiceUnavailable {
			free.Do(func() {
				if _, err := other.ExecContext(t.Context(), "rollback"); err != nil {
					t.Error(err)
				}
			})
		}
		return mind.note(t, s, status, err) < 100 && err == nil
	})...)
	if mind.refused == 0 {
		t.Error("nobody was refused: it was not locked")
	}
	last := crowd(t.Context(), p.Base, d, "last", 1, counted(1))
	journal = append(journal, last...)
	board.Complete(t, acknowledged(journal), last[0].ID)
	compare(t, journal, stored(t, p.Base, d))
	p.Stop()
	audit(t, path, journal)
	t.Logf("%d refused, %d acknowledged", mind.refused, mind.taken)
}

// temper is how guests were treated by a program in trouble.
type temper struct {
	mu             sync.Mutex
	taken, refused int
}

// note fails for every answer that is neither 201 nor 503 with a time to come
// back, and returns how many were 201.
func (m *temper) note(t *testing.T, s sent, status int, err error) (taken int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err != nil:
		t.Errorf("report %s: %v", s.Mark, err)
	case status == http.StatusCreated:
		m.taken++
	case status == http.StatusServiceUnavailable && s.Wait != "":
		m.refused++
	default:
		t.Errorf("report %s: answer %d, Retry-After %q", s.Mark, status, s.Wait)
	}
	return m.taken
}
