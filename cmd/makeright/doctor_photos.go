package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"makeright/internal/photo"
	"makeright/internal/store"
)

// photoFinding reads the file of every photo and compares it with its checksum.
func photoFinding(ctx context.Context, db *store.Store, folder string) finding {
	shelf, read, lost, damaged := photo.Shelf{Dir: folder}, 0, 0, 0
	for after := ""; ; {
		page, err := db.AllPhotos(ctx, after, 500)
		if err != nil {
			return finding{fail, "photos", err.Error()}
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			after = p.ID
			switch _, err := shelf.Get(p.ID, p.Sum); {
			case err == nil:
				read++
			case errors.Is(err, fs.ErrNotExist):
				lost++
			case errors.Is(err, photo.ErrDamaged):
				damaged++
			default:
				return finding{fail, "photos", err.Error()}
			}
		}
	}
	if lost+damaged > 0 {
		return finding{warn, "photos", fmt.Sprintf("%d are whole, %d have no file in %s, %d are not what was put there: copy that folder from your backup", read, lost, folder, damaged)}
	}
	return finding{well, "photos", fmt.Sprintf("%d, whole", read)}
}
