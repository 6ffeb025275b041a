package feedback

import "time"

// Limits of photos.
const (
	MaxPhotos     = 3        // of one report
	MaxPhotoFile  = 10 << 20 // bytes, as it is sent
	MaxVenuePhoto = 4 << 30  // bytes of all photos of one venue
)

// Photo is a picture that a guest added. The picture is a file of our own
// making, which the id names.
type Photo struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	ReportID  string
	Size      int64     // bytes
	Sum       []byte    // SHA-256
	CreatedAt time.Time `gorm:"serializer:ms"`
}
