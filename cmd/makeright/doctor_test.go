package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"makeright/internal/config"
	"makeright/internal/feedback"
	"makeright/internal/photo"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// settled is a shell whose settings fit a real venue, but for its port.
func settled(t *testing.T) shell {
	s := newShell(t)
	s.env["LISTEN"] = "127.0.0.1:0"
	return s
}

func TestDoctor_OfAHealthyHouse(t *testing.T) {
	s := settled(t)
	s.must("demo")
	out, errs, code := s.run(t.Context(), "doctor")
	want := []string{"ok    timelines    1 venues", "ok    photos       0, whole", "ok    jobs", "ok    figures      none are being counted again", "ok    clock", "ok    time zones", "ok    base URL     https://feedback.example", "ok    port"}
	if storetest.Postgres() {
		want = append(want, "engine       PostgreSQL") // those of tests do not wait for their disk
	} else {
		want = append(want, "ok    engine", "ok    pages", "ok    log", "ok    files", "warn  backups      there are none")
	}
	if code != 0 && !storetest.Postgres() {
		t.Errorf("ended with %d: %s\n%s", code, errs, out)
	}
	for _, line := range want {
		if !strings.Contains(out, line) {
			t.Errorf("doctor does not say %q:\n%s", line, out)
		}
	}
}

func TestDoctor_BeforeTheFirstStart(t *testing.T) {
	s := settled(t)
	out, errs, code := s.run(t.Context(), "doctor")
	if storetest.Postgres() {
		if code != 1 || !strings.Contains(out, "fail  tables") {
			t.Errorf("ended with %d: %s\n%s", code, errs, out)
		}
		return
	}
	if code != 0 || !strings.Contains(out, "is not there yet") {
		t.Errorf("ended with %d: %s\n%s", code, errs, out)
	}
	if _, err := os.Stat(filepath.Dir(s.env["DATABASE"])); !errors.Is(err, os.ErrNotExist) {
		t.Error("doctor made something")
	}
}

func TestDoctor_OfASickHouse(t *testing.T) {
	if storetest.Postgres() {
		t.Skip("these are ills of files")
	}
	tests := map[string]struct {
		do   func(t *testing.T, file string)
		says string
	}{
		"files open to all": {func(t *testing.T, file string) { must(t, os.Chmod(file, 0o644)) }, "fail  files"},
		"backups open to all": {func(t *testing.T, file string) {
			must(t, os.Mkdir(filepath.Join(filepath.Dir(file), "backups"), 0o755))
		}, "fail  files"},
		"no database": {func(t *testing.T, file string) {
			must(t, os.WriteFile(file, []byte(strings.Repeat("Dear guest, ", 900)), 0o600))
		}, "fail  database"},
		"a page overwritten": {func(t *testing.T, file string) { garble(t, file, 5*4096, 4096) }, "fail  pages"},
		"a table gone": {func(t *testing.T, file string) {
			must(t, os.Truncate(file, 0))
			db, err := store.Open(t.Context(), file, store.Options{})
			must(t, err)
			must(t, db.Close())
		}, "fail  tables"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := settled(t)
			s.must("demo")
			tt.do(t, s.env["DATABASE"])
			out, errs, code := s.run(t.Context(), "doctor")
			if code != 1 || !strings.Contains(out, tt.says) || !strings.Contains(errs, "checks failed") {
				t.Errorf("ended with %d: %s\n%s", code, errs, out)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// garble overwrites a part of a file.
func garble(t *testing.T, file string, at int64, n int) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("x", n)), at)
	must(t, errors.Join(err, f.Close()))
}

func check(t *testing.T, f finding, want level, says string) {
	t.Helper()
	if f.level != want || !strings.Contains(f.text, says) {
		t.Errorf("found %q, %s: %s; want %s with %q", f.level, f.what, f.text, want, says)
	}
}

func TestRoomFinding(t *testing.T) {
	for name, tt := range map[string]struct {
		free int64
		want level
		says string
	}{
		"plenty": {5e9, well, "5.0 GB"}, "little": {5e8, warn, "BACKUP_KEEP"}, "none": {5e7, fail, "at once"},
	} {
		t.Run(name, func(t *testing.T) { check(t, roomFinding("/x", store.Disk{Free: tt.free}), tt.want, tt.says) })
	}
}

func TestKindFinding(t *testing.T) {
	check(t, kindFinding("/x", store.Disk{Kind: "NFS", Network: true}), fail, "NFS")
	check(t, kindFinding("/x", store.Disk{Kind: "tmpfs", Fleeting: true}), warn, "volume")
	check(t, kindFinding("/x", store.Disk{Kind: "ext4"}), well, "ext4")
}

func TestLogFinding(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.db")
	check(t, logFinding(file), well, "empty")
	must(t, os.WriteFile(file+"-wal", make([]byte, 2e6), 0o600))
	check(t, logFinding(file), well, "2.0 MB")
	must(t, os.Truncate(file+"-wal", 65<<20))
	check(t, logFinding(file), warn, "restart")
}

func TestBackupFinding(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) store.Copy { return store.Copy{At: now.Add(-d)} }
	kept := config.Config{BackupKeep: 14, Backups: "/b"}
	for name, tt := range map[string]struct {
		last store.Copy
		err  error
		cfg  config.Config
		want level
		says string
	}{
		"this morning":     {ago(8 * time.Hour), nil, kept, well, "/b"},
		"two days ago":     {ago(48 * time.Hour), nil, kept, warn, "log says why"},
		"a fortnight ago":  {ago(14 * 24 * time.Hour), nil, kept, fail, "log says why"},
		"never":            {store.Copy{}, fmt.Errorf("backup: %w", feedback.ErrNotFound), kept, warn, "backup FILE"},
		"unreadable":       {store.Copy{}, os.ErrPermission, kept, fail, "permission"},
		"left to another":  {ago(time.Hour), nil, config.Config{}, warn, "BACKUP_KEEP is 0"},
		"in the long past": {store.Copy{}, nil, kept, fail, ""},
	} {
		t.Run(name, func(t *testing.T) { check(t, backupFinding(tt.last, tt.err, tt.cfg, now), tt.want, tt.says) })
	}
}

func TestClockFinding(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	check(t, clockFinding(now.Add(-time.Hour), now), well, "12:00:00 UTC")
	check(t, clockFinding(time.Time{}, now), well, "UTC")
	check(t, clockFinding(now.Add(time.Second), now), well, "UTC") // a node of its own clock
	check(t, clockFinding(now.Add(time.Hour), now), fail, "1h0m0s behind")
}

func TestEngineFinding(t *testing.T) {
	sound := map[string]string{"version": "15.4", "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
	check(t, engineFinding(true, sound), well, "15.4")
	sound["fsync"] = "off"
	check(t, engineFinding(true, sound), fail, "fsync = off")
	check(t, engineFinding(false, map[string]string{"version": "3.53.1", "writer.synchronous": "2"}), well, "synchronous 2")
}

func TestJobsFinding(t *testing.T) {
	check(t, jobsFinding(store.Pulse{Due: 2, Waiting: 3}), well, "2 are due, 3 wait")
	check(t, figuresFinding(store.Pulse{}), well, "none are")
	check(t, figuresFinding(store.Pulse{Recounting: 2}), warn, "those of 2 venues are being counted again")
	check(t, jobsFinding(store.Pulse{Dead: 1}), warn, "1 were given up")
	check(t, jobsFinding(store.Pulse{Waiting: 3, Failing: 2}), warn, "2 were tried in vain")
}

func configOf(t *testing.T, f config.Flags) config.Config {
	t.Helper()
	cfg, err := f.Config()
	must(t, err)
	return cfg
}

func TestBaseFinding(t *testing.T) {
	for base, want := range map[string]struct {
		level level
		says  string
	}{
		"https://feedback.example.com": {well, ""},
		"http://localhost:8080":        {warn, "this machine alone"},
		"https://127.0.0.1":            {warn, "this machine alone"},
		"http://feedback.example.com":  {warn, "not encrypted"},
		"https://203.0.113.5":          {warn, "a number"},
		"https://tablet":               {warn, "only this network"},
	} {
		t.Run(base, func(t *testing.T) {
			check(t, baseFinding(configOf(t, config.Flags{BaseURL: base})), want.level, want.says)
		})
	}
}

func TestSettingsFindings(t *testing.T) {
	for name, tt := range map[string]struct {
		flags config.Flags
		says  string // empty: nothing to say
	}{
		"as they come":       {config.Flags{}, ""},
		"no limits":          {config.Flags{Limits: "off"}, "LIMITS"},
		"for developers":     {config.Flags{Dev: "on"}, "DEV"},
		"metrics for all":    {config.Flags{Metrics: ":9100"}, "METRICS"},
		"metrics on a LAN":   {config.Flags{Metrics: "192.168.0.7:9100"}, "METRICS"},
		"metrics for itself": {config.Flags{Metrics: "127.0.0.1:9100"}, ""},
		"metrics at home":    {config.Flags{Metrics: "localhost:9100"}, ""},
		"metrics by token":   {config.Flags{Metrics: "0123456789abcdef"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found := settingsFindings(configOf(t, tt.flags))
			if tt.says == "" {
				if len(found) > 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("found %+v, want one", found)
			}
			check(t, found[0], warn, tt.says)
		})
	}
}

func TestPortFinding(t *testing.T) {
	healthy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"status":"ok"}`) })
	ours := httptest.NewServer(healthy)
	defer ours.Close()
	secure := httptest.NewUnstartedServer(healthy)
	asked := ""
	secure.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) { asked = hello.ServerName; return nil, nil }}
	secure.StartTLS()
	defer secure.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, free.Close())
	base := &url.URL{Scheme: "https", Host: "feedback.example.com"}
	for name, tt := range map[string]struct {
		listen  string
		set     config.TLS
		want    level
		says    string
		serving bool
	}{
		"free":                   {free.Addr().String(), config.TLS{}, well, "free", false},
		"ours":                   {ours.Listener.Addr().String(), config.TLS{}, well, "serves", true},
		"ours by https":          {secure.Listener.Addr().String(), config.TLS{Cert: "c", Key: "k"}, well, "serves", true},
		"ours by our domain":     {secure.Listener.Addr().String(), config.TLS{Domain: "feedback.example.com"}, well, "serves", true},
		"somebody else's":        {other.Listener.Addr().String(), config.TLS{}, fail, "another program", false},
		"somebody else's, plain": {other.Listener.Addr().String(), config.TLS{Cert: "c", Key: "k"}, fail, "another program", false},
		"of another house":       {"203.0.113.5:8080", config.TLS{}, fail, "LISTEN", false},
	} {
		t.Run(name, func(t *testing.T) {
			f, serving := portFinding(t.Context(), config.Config{Listen: tt.listen, TLS: tt.set, BaseURL: base})
			check(t, f, tt.want, tt.says)
			if serving != tt.serving {
				t.Errorf("serving = %v", serving)
			}
		})
	}
	if asked != base.Hostname() { // or the one who fetches certificates has none to show
		t.Errorf("the certificate of %q was asked for", asked)
	}
}

func TestPhotoFinding(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, owner, venue.ID, "1")
	shelf := photo.Shelf{Dir: t.TempDir()}
	report := feedback.Report{
		ID: storetest.ID(), TableID: table.ID, Kind: feedback.Issue, Status: feedback.Open, Rating: 2, Version: 1,
		CreatedAt: storetest.Epoch, DueAt: storetest.Epoch, Since: storetest.Epoch,
	}
	storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue.ID).AddReport(t.Context(), report) })
	add := func(id string) {
		sum, err := shelf.Put(id, []byte("picture "+id))
		must(t, err)
		p := feedback.Photo{ID: id, ReportID: report.ID, Size: 9, Sum: sum, CreatedAt: storetest.Epoch}
		storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue.ID).AddPhoto(t.Context(), p) })
	}
	check(t, photoFinding(t.Context(), s, shelf.Dir), well, "0, whole")
	for _, id := range []string{"A", "B", "C"} {
		add(id)
	}
	check(t, photoFinding(t.Context(), s, shelf.Dir), well, "3, whole")
	must(t, shelf.Remove("B"))
	garble(t, filepath.Join(shelf.Dir, "C.jpg"), 2, 1)
	check(t, photoFinding(t.Context(), s, shelf.Dir), warn, "1 are whole, 1 have no file in "+shelf.Dir+", 1 are not what was put there")
}
