package photo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// LeastFree is how much of a disk stays free: photos are refused long before a
// report would be.
const LeastFree = 512 << 20

// ErrFull says that there is no room for another picture.
var ErrFull = errors.New("no room for photos")

// ErrDamaged says that a file is not what was put there.
var ErrDamaged = errors.New("the photo is damaged")

// Shelf keeps pictures as files of a folder, for the operator's eyes only.
type Shelf struct {
	Dir  string
	Free func(dir string) (uint64, error) // bytes; nil asks the disk
}

// Put keeps a picture under an id and returns its checksum. When it returns, the
// file is on the disk.
func (s *Shelf) Put(id string, picture []byte) (sum []byte, err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	free := s.Free
	if free == nil {
		free = freeOf
	}
	if left, err := free(s.Dir); err == nil && left < LeastFree {
		return nil, ErrFull
	}
	f, err := os.OpenFile(s.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(picture)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(s.path(id)))
	}
	hash := sha256.Sum256(picture)
	return hash[:], s.syncDir()
}

// Get returns the picture of an id. It fails with [ErrDamaged] when its checksum
// is another.
func (s *Shelf) Get(id string, sum []byte) ([]byte, error) {
	picture, err := os.ReadFile(s.path(id))
	if err != nil {
		return nil, err
	}
	if hash := sha256.Sum256(picture); string(hash[:]) != string(sum) {
		return nil, fmt.Errorf("photo %s: %w", id, ErrDamaged)
	}
	return picture, nil
}

// Remove removes the picture of an id, for good; one that is gone is fine.
func (s *Shelf) Remove(id string) error {
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.syncDir()
}

// Old lists the ids of files that were put there before a moment.
func (s *Shelf) Old(before time.Time) ([]string, error) {
	files, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ids []string
	for _, f := range files {
		id, is := strings.CutSuffix(f.Name(), ending)
		if info, err := f.Info(); is && err == nil && info.ModTime().Before(before) {
			ids = append(ids, id)
		}
	}
	return ids, err
}

const ending = ".jpg"

func (s *Shelf) path(id string) string { return filepath.Join(s.Dir, filepath.Base(id)+ending) }

func (s *Shelf) syncDir() error {
	d, err := os.Open(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_ = d.Sync() // not every system can
	return d.Close()
}
