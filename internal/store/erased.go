package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"makeright/internal/feedback"
)

// erasures is a file beside a SQLite database, and never in its backups, that
// names what was erased, so that a backup from before can be made to forget it
// too: a line each, what and the report's id. It holds nothing personal. Empty
// for none.
//
// A line reaches the disk before the transaction that erases is committed. A
// crash in between leaves a line too many, about a guest who did ask to be
// forgotten; it can never leave one too few.
type erasures string

// erasedEnd is what follows the database's name in the file's.
const erasedEnd = ".erased"

// What can be erased.
const (
	erasedContact = "contact"
	erasedText    = "text"
)

// erasure is one line.
type erasure struct{ What, Report string }

// note adds a line and waits for the disk.
func (e erasures) note(what, report string) error {
	if e == "" {
		return nil
	}
	if err := e.add(erasure{what, report}); err != nil {
		return fmt.Errorf("note what is erased: %w: %w", feedback.ErrBusy, err)
	}
	return nil
}

// add adds lines and waits for the disk.
func (e erasures) add(lines ...erasure) (err error) {
	f, err := os.OpenFile(string(e), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var text strings.Builder
	if torn(f, size) {
		text.WriteString("\n")
	}
	for _, l := range lines {
		fmt.Fprintf(&text, "%s %s\n", l.What, l.Report)
	}
	if _, err := f.WriteString(text.String()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil || size > 0 {
		return err
	}
	return syncFolder(filepath.Dir(string(e)))
}

// torn says whether a crash cut the last line off.
func torn(f *os.File, size int64) bool {
	last := []byte{'\n'}
	if size > 0 {
		_, _ = f.ReadAt(last, size-1) // unread, it stays a whole line
	}
	return last[0] != '\n'
}

// read returns the lines, each once. What is not a line, as after a crash, it
// counts.
func (e erasures) read() (lines []erasure, torn int, err error) {
	f, err := os.Open(string(e))
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	seen := map[erasure]bool{}
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		what, report, _ := strings.Cut(scan.Text(), " ")
		l := erasure{what, report}
		if what != erasedContact && what != erasedText || report == "" {
			torn++
		} else if !seen[l] {
			seen[l] = true
			lines = append(lines, l)
		}
	}
	return lines, torn, scan.Err()
}

// eraseAgain erases what lines name and is still there, and returns how much
// that was. Reports that the database does not know are passed over.
func (s *Store) eraseAgain(ctx context.Context, lines []erasure) (n int, err error) {
	for _, l := range lines {
		guest, err := s.ReportOwner(ctx, l.Report)
		if errors.Is(err, feedback.ErrNotFound) {
			continue
		}
		if err != nil {
			return n, err
		}
		did := false
		err = s.Tx(ctx, func(tx Tx) error {
			did, err = tx.At(guest, guest.Venue).erase(ctx, l)
			return err
		})
		if err != nil {
			return n, err
		}
		if did {
			n++
		}
	}
	return n, nil
}

// erase erases what one line names, if it is still there.
func (e Edit) erase(ctx context.Context, l erasure) (bool, error) {
	if l.What == erasedContact {
		return e.EraseContact(ctx, l.Report)
	}
	r, err := e.Report(ctx, l.Report)
	if err != nil || r.Withdrawn() {
		return false, err
	}
	return true, e.EraseText(ctx, l.Report)
}
