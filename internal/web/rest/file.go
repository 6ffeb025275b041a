package rest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// owning is for what only owners of the whole organisation do.
func owning(a feedback.Actor, _ string) error { return a.NeedsOrg() }

// exportVenue answers with the venue as one file. What is in it, and in which
// form, is the file's own rule.
func (h handler) exportVenue(c echo.Context) error {
	f, err := h.desk.ExportVenue(c.Request().Context(), web.Actor(c), here(c).ID)
	if err != nil {
		return err
	}
	text, err := f.Bytes()
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}

// importVenue reads a file, which is stricter with its body than we are elsewhere
// and takes fields that only it knows.
func (h handler) importVenue(c call) (reply, error) {
	dry := false
	if text := c.QueryParam("dry_run"); text != "" {
		var err error
		if dry, err = strconv.ParseBool(text); err != nil {
			return reply{}, feedback.Problems{"dry_run": "rest.problem.choice"}
		}
	}
	if !utf8.Valid(c.body) {
		return reply{}, feedback.Problems{"body": "rest.problem.utf8"}
	}
	if !json.Valid(c.body) || !bytes.HasPrefix(bytes.TrimLeft(c.body, " \t\r\n"), []byte("{")) {
		return reply{}, echo.NewHTTPError(http.StatusBadRequest)
	}
	f, err := feedback.ReadVenueFile(c.body, web.Languages())
	if err != nil {
		return reply{}, err
	}
	done, err := h.desk.ImportVenue(c.ctx(), c.by, desk.Import{File: f, Venue: c.venue(), Dry: dry})
	if err != nil {
		return reply{}, err
	}
	body := wireImport(done, dry)
	return reply{http.StatusOK, body, body}, nil
}

func wireImport(in desk.Imported, dry bool) api.VenueImport {
	return api.VenueImport{
		DryRun: dry, Left: wires(in.Left, func(name string) string { return name }),
		Joined: wires(in.Joined, func(p feedback.Person) string { return p.Email }),
		Changes: wires(in.Changes, func(c feedback.FileChange) api.VenueChange {
			return api.VenueChange{
				Part: api.VenueChangePart(c.Part), Name: c.Name, Field: c.Field, Added: c.Added, Before: c.Was, After: c.Is,
			}
		}),
	}
}
