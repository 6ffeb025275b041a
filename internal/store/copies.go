package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"makeright/internal/feedback"
)

// Copy is one of the daily backups.
type Copy struct {
	File string
	At   time.Time // what was committed by then is in it
	Size int64

	Broken bool // it was made, but could not be proven
}

const (
	// copyName is a daily backup's, with the moment it was made, in UTC.
	copyName = "makeright-20060102T150405Z.db"
	// brokenEnd is what follows it when the copy could not be proven.
	brokenEnd = ".broken"
	// changeCopy is the name of a copy from before a change of the tables.
	changeCopy = "before-change-from-%d.db"
	// backupHour is when the day of backups begins: when kitchens are dark.
	backupHour = 4
)

// LastBackup is the newest daily backup that was proven, or
// [feedback.ErrNotFound].
func (s *Store) LastBackup() (Copy, error) {
	copies, err := s.Copies()
	for _, c := range copies {
		if !c.Broken {
			return c, nil
		}
	}
	return Copy{}, errors.Join(err, fmt.Errorf("backup: %w", feedback.ErrNotFound))
}

// Copies lists the daily backups, newest first.
func (s *Store) Copies() (copies []Copy, err error) {
	if s.backups == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.backups)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		name, broken := strings.CutSuffix(e.Name(), brokenEnd)
		at, no := time.Parse(copyName, name)
		info, gone := e.Info()
		if no == nil && gone == nil {
			copies = append(copies, Copy{filepath.Join(s.backups, e.Name()), at, info.Size(), broken})
		}
	}
	slices.SortFunc(copies, func(a, b Copy) int { return b.At.Compare(a.At) })
	return copies, err
}

// BackUpDaily makes today's backup, unless there is one, and proves it as a
// restore would; one that fails is marked and kept for who has to find out why.
// It says whether it made one. A day begins at four in the morning of now's time
// zone; the files themselves remember what was done, so that a restart changes
// nothing. Of those from before, the newest keep stay.
func (s *Store) BackUpDaily(ctx context.Context, now time.Time, keep int) (made bool, err error) {
	if s.pg || s.backups == "" || keep < 1 {
		return false, nil
	}
	copies, err := s.Copies()
	if err != nil {
		return false, err
	}
	for _, c := range copies { // one from the future was made while the clock was wrong
		if !c.At.Before(dayOf(now)) && !c.At.After(now) {
			return false, nil
		}
	}
	if empty, err := s.Empty(ctx); err != nil || empty {
		return false, err
	}
	if err := os.MkdirAll(s.backups, 0o700); err != nil {
		return false, err
	}
	file := filepath.Join(s.backups, now.UTC().Format(copyName))
	if err := backup(ctx, s.settings["file"], file); err != nil {
		return false, err
	}
	if err := CheckBackup(ctx, file); err != nil {
		return true, errors.Join(err, os.Rename(file, file+brokenEnd))
	}
	return true, s.prune(keep)
}

// dayOf is when the day of backups began that now is in.
func dayOf(now time.Time) time.Time {
	began := time.Date(now.Year(), now.Month(), now.Day(), backupHour, 0, 0, 0, now.Location())
	if now.Before(began) {
		began = time.Date(now.Year(), now.Month(), now.Day()-1, backupHour, 0, 0, 0, now.Location())
	}
	return began
}

// prune removes all but the newest backups, and those that crashes left
// half-made.
func (s *Store) prune(keep int) error {
	copies, err := s.Copies()
	parts, bad := filepath.Glob(filepath.Join(s.backups, "makeright-*.part"))
	errs := []error{err, bad}
	for _, c := range copies[min(keep, len(copies)):] {
		parts = append(parts, c.File, c.File+SumEnd)
	}
	for _, name := range parts {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// backupBefore copies a database whose tables are about to change from version.
// A second try replaces the first one's copy: nothing was changed in between.
func (s *Store) backupBefore(ctx context.Context, version int64) error {
	if s.pg || s.backups == "" {
		return nil
	}
	if err := os.MkdirAll(s.backups, 0o700); err != nil {
		return fmt.Errorf("backup before the tables change: %w", err)
	}
	file := filepath.Join(s.backups, fmt.Sprintf(changeCopy, version))
	if err := backup(ctx, s.settings["file"], file); err != nil {
		return fmt.Errorf("backup before the tables change: %w", err)
	}
	return nil
}
