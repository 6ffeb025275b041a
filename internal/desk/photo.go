package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/photo"
	"makeright/internal/store"
)

// photos is where the desk makes and keeps pictures; nowhere until KeepPhotos.
type photos struct {
	lab   *photo.Lab
	shelf *photo.Shelf
}

// KeepPhotos lets the desk keep photos on a shelf. It is called before anything
// else; without it photos are refused.
func (d *Desk) KeepPhotos(shelf *photo.Shelf) { d.photos = photos{photo.NewLab(), shelf} }

// AddPhoto adds a photo to the guest's report. It fails with
// [feedback.Problems] for what is no picture, with [feedback.ErrFull] when there
// is no room, and with [feedback.ErrConflict] for one too many. The same photo
// twice is one. The report does not depend on it.
func (d *Desk) AddPhoto(ctx context.Context, guest feedback.Actor, file []byte) error {
	if d.photos.shelf == nil {
		return fmt.Errorf("photos: %w", feedback.ErrFull)
	}
	at := d.store.For(guest, guest.Venue)
	if r, err := at.Report(ctx, guest.ID); err != nil || r.Withdrawn() || r.Status == feedback.Dismissed {
		return errors.Join(err, fmt.Errorf("report %s takes no photos: %w", guest.ID, feedback.ErrConflict))
	}
	if used, err := at.PhotoBytes(ctx); err != nil || used > feedback.MaxVenuePhoto {
		return errors.Join(err, feedback.ErrFull)
	}
	picture, err := d.photos.lab.Make(file)
	if errors.Is(err, photo.ErrUnreadable) {
		return feedback.Problems{"photo": "photo.notice.unreadable"}
	}
	if err != nil {
		return err
	}
	p := feedback.Photo{ID: token(), ReportID: guest.ID, Size: int64(len(picture)), CreatedAt: d.now()}
	p.Sum, err = d.photos.shelf.Put(p.ID, picture)
	if errors.Is(err, photo.ErrFull) {
		return fmt.Errorf("%w: %w", feedback.ErrFull, err)
	}
	if err != nil {
		return err
	}
	twice := false
	err = d.act(ctx, guest, guest.Venue, guest.ID, func(at store.Edit, r *feedback.Report) (*feedback.Event, error) {
		all, err := at.Photos(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		twice = slices.ContainsFunc(all, func(have feedback.Photo) bool { return bytes.Equal(have.Sum, p.Sum) })
		if twice {
			return nil, nil // a form that was sent again, because its answer got lost
		}
		if len(all) >= feedback.MaxPhotos || r.Withdrawn() {
			return nil, fmt.Errorf("report %s has %d photos: %w", r.ID, len(all), feedback.ErrConflict)
		}
		e := d.event(guest, feedback.ReportChanged, r.ID)
		e.Data.What = "photo"
		e.Digest = feedback.Digest(r.Salt, string(p.Sum))
		return e, at.AddPhoto(ctx, p)
	})
	if err != nil || twice {
		return errors.Join(err, d.photos.shelf.Remove(p.ID))
	}
	return nil
}

// Photo returns a picture of a report that the one who asks may see.
func (d *Desk) Photo(ctx context.Context, by feedback.Actor, venue, report, id string) ([]byte, error) {
	all, err := d.store.For(by, venue).Photos(ctx, report)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p feedback.Photo) bool { return p.ID == id })
	if i < 0 || d.photos.shelf == nil {
		return nil, fmt.Errorf("photo %s: %w", id, feedback.ErrNotFound)
	}
	picture, err := d.photos.shelf.Get(id, all[i].Sum)
	if errors.Is(err, fs.ErrNotExist) { // as after a backup was restored without the folder of photos
		return nil, fmt.Errorf("file of photo %s: %w", id, feedback.ErrNotFound)
	}
	return picture, err
}

// removePhotos removes the files of photos whose rows are gone. What a crash
// leaves lying SweepPhotos finds.
func (d *Desk) removePhotos(gone []feedback.Photo) error {
	var failed error
	for _, p := range gone {
		if d.photos.shelf != nil {
			failed = errors.Join(failed, d.photos.shelf.Remove(p.ID))
		}
	}
	return failed
}

// sweepAfter is how old a file without a row must be: its row may be under way.
const sweepAfter = time.Hour

// SweepPhotos removes files that belong to no photo any more, as after a crash,
// or after a backup was restored that the guest's erasure was carried out on.
func (d *Desk) SweepPhotos(ctx context.Context) error {
	if d.photos.shelf == nil {
		return nil
	}
	ids, err := d.photos.shelf.Old(time.Now().Add(-sweepAfter)) // files have the machine's time
	for _, id := range ids {
		kept, lost := d.store.HasPhoto(ctx, id)
		if lost == nil && !kept {
			lost = d.photos.shelf.Remove(id)
		}
		err = errors.Join(err, lost)
	}
	return err
}
