// Package e2e holds only tests: the real program as its users have it, with a
// real browser in front and a real database behind.
package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"makeright/internal/e2e/program"
	"makeright/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// install starts an installation with the demo venue on a database of its own:
// SQLite, or PostgreSQL when the tests run on it.
func install(t *testing.T, env ...string) (*program.Program, program.Demo) {
	t.Helper()
	database := filepath.Join(t.TempDir(), "makeright.db")
	if storetest.Postgres() {
		database = storetest.EmptyDSN(t)
	}
	p := program.New(t, database, env...)
	d := p.Demo()
	p.Start()
	return p, d
}
