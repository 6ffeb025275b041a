package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"makeright/internal/config"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

type doctorCmd struct {
	config.Flags
}

// finding is what one check found, and, unless it is well, what to do.
type finding struct {
	level level
	what  string
	text  string
}

// level says how bad it is.
type level string

const (
	well level = "ok"
	warn level = "warn"
	fail level = "fail"
)

// Run checks what an operator would be asked about. It fails when something
// must be put right.
func (d doctorCmd) Run(e *env) error {
	cfg, err := settings(d.Flags)
	if err != nil {
		return err
	}
	found := databaseFindings(e.ctx, cfg, time.Now())
	found = append(found, clockSynchronised(), zoneFinding(time.Now()))
	found = append(found, netFindings(e.ctx, cfg)...)
	found = append(found, settingsFindings(cfg)...)
	failed := 0
	for _, f := range found {
		fmt.Fprintf(e.stdout, "%-4s  %-11s  %s\n", f.level, f.what, f.text)
		if f.level == fail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(found))
	}
	return nil
}

// databaseFindings looks at the database and all that lies beside it.
func databaseFindings(ctx context.Context, cfg config.Config, now time.Time) []finding {
	file := ""
	var found []finding
	if !strings.Contains(cfg.Database, "://") {
		file = cfg.Database
		found = diskFindings(file)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return append(found, finding{warn, "database", file + " is not there yet: start makeright once, or restore a backup"})
		}
	}
	db, err := store.Open(ctx, cfg.Database, store.Options{Existing: true, Backups: cfg.Backups})
	if err != nil {
		return append(found, finding{fail, "database", err.Error()})
	}
	found = append(found, insideFindings(ctx, db, cfg.Photos, now)...)
	if file != "" {
		found = append(found, logFinding(file), modeFinding(file, cfg.Backups))
		last, err := db.LastBackup()
		found = append(found, backupFinding(last, err, cfg, now))
	}
	if err := db.Close(); err != nil {
		found = append(found, finding{fail, "database", err.Error()})
	}
	return found
}

// insideFindings asks the database itself.
func insideFindings(ctx context.Context, db *store.Store, photos string, now time.Time) []finding {
	set, _ := db.Settings(ctx) // fails never
	found := []finding{engineFinding(db.Postgres(), set)}
	if err := db.QuickCheck(ctx); err != nil {
		found = append(found, finding{fail, "pages", err.Error() + ": restore the last backup, and have the disk checked"})
	} else if !db.Postgres() {
		found = append(found, finding{well, "pages", "whole"})
	}
	empty, err := db.Empty(ctx)
	switch {
	case err != nil:
		return append(found, finding{fail, "tables", "they cannot be read (" + err.Error() + "): start makeright, which brings them up to date"})
	case empty:
		return append(found, finding{warn, "tables", "nothing is set up yet: start makeright and follow the setup link"})
	}
	p, err := db.Pulse(ctx, now)
	if err != nil {
		return append(found, finding{fail, "tables", err.Error()})
	}
	return append(found, chainFinding(ctx, db), photoFinding(ctx, db, photos), jobsFinding(p), figuresFinding(p), clockFinding(p.Newest, now))
}

func engineFinding(postgres bool, set map[string]string) finding {
	if !postgres {
		return finding{well, "engine", fmt.Sprintf("SQLite %s, journal %s, synchronous %s, foreign keys %s: what is answered is on the disk",
			set["version"], set["writer.journal_mode"], set["writer.synchronous"], set["writer.foreign_keys"])}
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		if set[name] != "on" {
			return finding{fail, "engine", fmt.Sprintf("PostgreSQL %s runs with %s = %s, and loses data with the power: set it to on", set["version"], name, set[name])}
		}
	}
	return finding{well, "engine", fmt.Sprintf("PostgreSQL %s, synchronous_commit %s, fsync on", set["version"], set["synchronous_commit"])}
}

func chainFinding(ctx context.Context, db *store.Store) finding {
	heads, breaks, err := db.Verify(ctx)
	switch {
	case err != nil:
		return finding{fail, "timelines", err.Error()}
	case len(breaks) > 0:
		return finding{fail, "timelines", fmt.Sprintf("%s: keep this database as it is, find out who had access to it, and compare it with a backup", breaks[0])}
	}
	events := int64(0)
	for _, h := range heads {
		events += h.Seq
	}
	return finding{well, "timelines", fmt.Sprintf("%d venues, %d events, whole", len(heads), events)}
}

func jobsFinding(p store.Pulse) finding {
	if p.Dead > 0 {
		return finding{warn, "jobs", fmt.Sprintf("%d were given up after many tries: the log says why", p.Dead)}
	}
	if p.Failing > 0 {
		return finding{warn, "jobs", fmt.Sprintf("%d were tried in vain, and are tried again: the log says why", p.Failing)}
	}
	return finding{well, "jobs", fmt.Sprintf("%d are due, %d wait for their time", p.Due, p.Waiting)}
}

func figuresFinding(p store.Pulse) finding {
	if p.Recounting > 0 {
		return finding{warn, "figures", fmt.Sprintf("those of %d venues are being counted again, and their pages are slow meanwhile: if makeright recount does not run just now, run it", p.Recounting)}
	}
	return finding{well, "figures", "none are being counted again"}
}

const (
	littleRoom = 1 << 30
	noRoom     = 100 << 20
	longLog    = 64 << 20
)

// diskFindings looks at the disk of the database, or where it will be.
func diskFindings(file string) []finding {
	folder := filepath.Dir(file)
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			break
		}
		folder = filepath.Dir(folder)
	}
	d, err := store.DiskOf(folder)
	if err != nil {
		return []finding{{warn, "disk", err.Error()}}
	}
	return []finding{roomFinding(folder, d), kindFinding(folder, d)}
}

func roomFinding(folder string, d store.Disk) finding {
	text := fmt.Sprintf("%.1f GB free in %s", float64(d.Free)/1e9, folder)
	switch {
	case d.Free < noRoom:
		return finding{fail, "disk", text + ": make room at once, reports are about to be refused"}
	case d.Free < littleRoom:
		return finding{warn, "disk", text + ": make room, or keep fewer backups (BACKUP_KEEP)"}
	}
	return finding{well, "disk", text}
}

func kindFinding(folder string, d store.Disk) finding {
	switch {
	case d.Network:
		return finding{fail, "file system", fmt.Sprintf("%s is on a network disk (%s), where SQLite loses data: use a local disk, or PostgreSQL", folder, d.Kind)}
	case d.Fleeting:
		return finding{warn, "file system", fmt.Sprintf("%s is %s, which is gone after a restart of the machine or container: mount a volume there", folder, d.Kind)}
	}
	return finding{well, "file system", d.Kind}
}

// logFinding looks at the write-ahead log. Its length is asked for, it is not
// opened: that would drop locks of SQLite.
func logFinding(file string) finding {
	info, err := os.Stat(file + "-wal")
	if err != nil {
		return finding{well, "log", "empty"}
	}
	text := fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > longLog {
		return finding{warn, "log", text + ": a program holds an old view of the database; close sqlite3 shells and other readers, then restart makeright"}
	}
	return finding{well, "log", text}
}

// modeFinding looks for files that others on this machine can read.
func modeFinding(file, backups string) finding {
	names := []string{file, file + "-wal", file + "-shm", file + ".erased", backups}
	copies, _ := filepath.Glob(filepath.Join(backups, "*.db*"))
	var open []string
	for _, name := range append(names, copies...) {
		if info, err := os.Stat(name); err == nil && info.Mode()&0o077 != 0 {
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		return finding{fail, "files", "others on this machine can open what guests wrote: chmod go= " + strings.Join(open, " ")}
	}
	return finding{well, "files", "for their owner only"}
}

const (
	dueBackup  = 36 * time.Hour
	lateBackup = 7 * 24 * time.Hour
)

func backupFinding(last store.Copy, err error, cfg config.Config, now time.Time) finding {
	age := now.Sub(last.At)
	text := fmt.Sprintf("the last one is of %s, in %s", last.At.Local().Format("2006-01-02 15:04"), cfg.Backups)
	switch {
	case cfg.BackupKeep == 0:
		return finding{warn, "backups", "BACKUP_KEEP is 0, so none are made: be sure that another program does, and try a restore"}
	case errors.Is(err, feedback.ErrNotFound):
		return finding{warn, "backups", "there are none in " + cfg.Backups + " yet: makeright makes one each day while it serves; or run makeright backup FILE"}
	case err != nil:
		return finding{fail, "backups", err.Error()}
	case age > lateBackup:
		return finding{fail, "backups", text + ": the log says why none was made since"}
	case age > dueBackup:
		return finding{warn, "backups", text + ": is makeright serving? The log says why none was made since"}
	}
	return finding{well, "backups", text}
}
