package guest

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// uploads bounds a form with its photos.
const uploads = feedback.MaxPhotos*feedback.MaxPhotoFile + 128<<10

// What can become of a photo, as it stands in the address of a status page.
//
// i18n: photo.notice.*
const (
	photoUnreadable = "unreadable"
	photoFull       = "full"
	photoMany       = "many"
	photoSlow       = "slow"
)

// addPhotos adds photos to a report that is kept already, and says what went
// wrong with one of them; empty when nothing did.
func (h handler) addPhotos(ctx context.Context, guest feedback.Actor, files [][]byte) (wrong string, err error) {
	for _, file := range files {
		err := h.desk.AddPhoto(ctx, guest, file)
		switch {
		case err == nil:
		case errors.Is(err, feedback.ErrInvalid):
			wrong = photoUnreadable
		case errors.Is(err, feedback.ErrFull):
			wrong = photoFull
		case errors.Is(err, feedback.ErrConflict):
			wrong = photoMany
		default:
			return "", err
		}
	}
	return wrong, nil
}

// photos takes photos on the status page.
func (h handler) photos(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	_, behind, err := web.FormThenFiles(c, "photo", feedback.MaxPhotos, feedback.MaxPhotoFile)
	if err != nil {
		return err
	}
	files, whole := behind.Read()
	wrong, err := h.addPhotos(c.Request().Context(), guest, files)
	if err != nil {
		return err
	}
	if !whole {
		wrong = photoSlow
	}
	if wrong == "" {
		return c.Redirect(http.StatusSeeOther, path(c)+"#photos")
	}
	page, err := h.statusPage(c, guest)
	if err != nil {
		return err
	}
	page.Notice = web.T(c, "photo.notice."+wrong)
	status := http.StatusUnprocessableEntity
	if wrong == photoFull {
		status = http.StatusInsufficientStorage
	}
	return web.Draw(c, status, pages, "status.html", page)
}

// photoNotice is what the address of a status page says of a photo.
func photoNotice(c echo.Context) string {
	switch wrong := c.QueryParam("photo"); wrong {
	case photoUnreadable, photoFull, photoMany, photoSlow:
		return web.T(c, "photo.notice."+wrong)
	}
	return ""
}

// withPhoto is the address of a status page that says what became of a photo.
func withPhoto(path, wrong string) string {
	if wrong == "" {
		return path
	}
	return path + "?photo=" + url.QueryEscape(wrong)
}

// photo shows the guest their own photo.
func (h handler) photo(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	picture, err := h.desk.Photo(c.Request().Context(), guest, guest.Venue, guest.ID, c.Param("photo"))
	if err != nil {
		return err
	}
	return web.Picture(c, picture)
}
