package desk_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/photo"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// anyPhoto is another one each time.
func anyPhoto(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, int(taken.Add(1))))))
	return b.Bytes()
}

var taken atomic.Int32

func files(t *testing.T, shelf *photo.Shelf) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(shelf.Dir, "*"))
	must(t, err)
	return len(all)
}

// T43: a report has at most three photos, a venue so many bytes of them, and a
// disk keeps room for reports: photos are refused first, words never.
func TestPhoto_Quotas(t *testing.T) {
	h := newHouse(t)
	other := inHouse(t, h.s)
	shelf := &photo.Shelf{Dir: t.TempDir()}
	h.KeepPhotos(shelf)
	other.KeepPhotos(shelf)
	r, guest := h.send(t)
	for range feedback.MaxPhotos {
		same := anyPhoto(t)
		must(t, h.AddPhoto(t.Context(), guest, same))
		must(t, h.AddPhoto(t.Context(), guest, same)) // the form was sent again
	}
	wantErr(t, "a fourth", h.AddPhoto(t.Context(), guest, anyPhoto(t)), feedback.ErrConflict)
	if n := files(t, shelf); n != feedback.MaxPhotos {
		t.Errorf("%d files of %d photos", n, feedback.MaxPhotos)
	}
	storetest.Write(t, h.s, func(tx store.Tx) error { // all that the others of this venue have sent
		return tx.At(h.owner, h.venue.ID).AddPhoto(t.Context(), feedback.Photo{ID: "rest", ReportID: r.ID, Size: feedback.MaxVenuePhoto, Sum: []byte("s"), CreatedAt: h.clk.now()})
	})
	_, late := h.send(t)
	wantErr(t, "one too many for the venue", h.AddPhoto(t.Context(), late, anyPhoto(t)), feedback.ErrFull)
	must(t, h.Write(t.Context(), late, "The photo does not fit"))
	_, theirs := other.send(t)
	must(t, other.AddPhoto(t.Context(), theirs, anyPhoto(t)))
	shelf.Free = func(string) (uint64, error) { return photo.LeastFree - 1, nil }
	wantErr(t, "on a full disk", other.AddPhoto(t.Context(), theirs, anyPhoto(t)), feedback.ErrFull)
	other.send(t)
	if n := files(t, shelf); n != feedback.MaxPhotos+1 {
		t.Errorf("%d files are left of %d photos", n, feedback.MaxPhotos+1)
	}
}

// What belongs to no photo any more goes, but not while its row may be under way;
// photos of words whose time is over go with them.
func TestSweepPhotos(t *testing.T) {
	h := newHouse(t)
	shelf := &photo.Shelf{Dir: t.TempDir()}
	h.KeepPhotos(shelf)
	_, guest := h.send(t)
	must(t, h.AddPhoto(t.Context(), guest, anyPhoto(t)))
	for id, age := range map[string]time.Duration{"ORPHAN": 2 * time.Hour, "UNDERWAY": time.Minute} {
		_, err := shelf.Put(id, []byte("x"))
		must(t, err)
		then := time.Now().Add(-age)
		must(t, os.Chtimes(filepath.Join(shelf.Dir, id+".jpg"), then, then))
	}
	left := func(want int) {
		t.Helper()
		must(t, h.SweepPhotos(t.Context()))
		if n := files(t, shelf); n != want {
			t.Errorf("%d files are left, want %d", n, want)
		}
	}
	left(2)
	must(t, shelf.Remove("UNDERWAY"))
	all, err := filepath.Glob(filepath.Join(shelf.Dir, "*"))
	must(t, err)
	old := time.Now().Add(-2 * time.Hour)
	must(t, os.Chtimes(all[0], old, old))
	left(1)
	h.clk.set(h.clk.now().AddDate(0, feedback.DefaultTextMonths, 1))
	must(t, h.Forget(t.Context()))
	left(0)
}
