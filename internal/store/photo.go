package store

import (
	"context"

	"makeright/internal/feedback"
)

// Photos lists the photos of a report that the actor may see, oldest first; none
// of one that is veiled.
func (v View) Photos(ctx context.Context, report string) ([]feedback.Photo, error) {
	r, err := v.Report(ctx, report)
	if err != nil || r.Veiled {
		return nil, err
	}
	var out []feedback.Photo
	err = v.rows(ctx).Where("report_id = ?", report).Order("id").Find(&out).Error
	return out, known(err, "photos")
}

// PhotoBytes is how much room the photos of the venue take.
func (v View) PhotoBytes(ctx context.Context) (n int64, err error) {
	err = v.rows(ctx).Model(&feedback.Photo{}).Select("coalesce(sum(size), 0)").Scan(&n).Error
	return n, known(err, "room of photos")
}

// AddPhoto adds a photo.
func (e Edit) AddPhoto(ctx context.Context, p feedback.Photo) error {
	p.VenueID = e.venue
	return known(e.db(ctx).Create(&p).Error, "add photo")
}

// AllPhotos lists at most limit photos of all venues whose ids come after one,
// for whoever looks whether their files are there.
func (s *Store) AllPhotos(ctx context.Context, after string, limit int) ([]feedback.Photo, error) {
	var out []feedback.Photo
	err := s.db(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&out).Error
	return out, known(err, "photos")
}

// HasPhoto says whether any venue has a photo of this id.
func (s *Store) HasPhoto(ctx context.Context, id string) (bool, error) {
	var n int64
	err := s.db(ctx).Model(&feedback.Photo{}).Where("id = ?", id).Count(&n).Error
	return n > 0, known(err, "photo")
}
