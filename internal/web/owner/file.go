package owner

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// filePage is all that pages/file.html may use: the way out and the way in, and,
// once a file was sent, what it would change.
type filePage struct {
	room
	Looked   bool // a file was read
	Groups   []fileGroup
	Left     []string
	Invites  bool   // somebody new will need a link
	Text     string // the file, to be sent again with a yes
	Seal     string // of the changes that are shown
	Stale    bool   // what was agreed to is not what would change now
	Wrong    []misplaced
	Problems feedback.Problems // with the form itself
}

// fileGroup are the changes of one part of a venue.
type fileGroup struct {
	Title string // catalogue key
	Rows  []fileRow
}

// fileRow is one change in words.
type fileRow struct {
	Title string // what it is about
	Sub   string // what of it; empty when all of it is new
	New   bool
	Other bool // it is replaced, and neither was nor is can be said in a line
	Was   string
	Is    string
}

// misplaced is a problem with a place in the file.
type misplaced struct{ Place, Text string }

// ownersRoom is enter for pages that only owners of everything may see.
func (h handler) ownersRoom(c echo.Context, section string) (room, error) {
	r, err := h.enter(c, section)
	if err == nil {
		err = r.by.NeedsOrg()
	}
	return r, err
}

func (h handler) file(c echo.Context) error {
	r, err := h.ownersRoom(c, "settings")
	if err != nil {
		return err
	}
	return draw(c, "file.html", nil, filePage{room: r})
}

// takeFile answers with the venue as a file.
func (h handler) takeFile(c echo.Context) error {
	r, err := h.ownersRoom(c, "settings")
	if err != nil {
		return err
	}
	f, err := h.desk.ExportVenue(c.Request().Context(), r.by, r.Venue.ID)
	if err != nil {
		return err
	}
	text, err := f.Bytes()
	if err != nil {
		return err
	}
	web.Attach(c, "venue.json")
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", text)
}

// fileBody is how long a request with a file may be.
const fileBody = feedback.MaxFile + web.DefaultBody

// lookAtFile shows what a file would change, and changes nothing.
func (h handler) lookAtFile(c echo.Context) error {
	r, err := h.ownersRoom(c, "settings")
	if err != nil {
		return err
	}
	_, behind, err := web.FormThenFiles(c, "file", 1, feedback.MaxFile)
	if err != nil {
		return err
	}
	files, _ := behind.Read()
	if len(files) == 0 {
		ps := feedback.Problems{"file": "file.problem.missing"}
		return draw(c, "file.html", ps, filePage{room: r, Problems: ps})
	}
	if files[0] == nil {
		ps := feedback.Problems{"file": "file.problem.large"}
		return draw(c, "file.html", ps, filePage{room: r, Problems: ps})
	}
	return h.drawChanges(c, filePage{room: r}, files[0])
}

// drawChanges shows what a file would change, or what is wrong with it.
func (h handler) drawChanges(c echo.Context, p filePage, text []byte) error {
	f, err := feedback.ReadVenueFile(text, web.Languages())
	var would desk.Imported
	if err == nil {
		would, err = h.desk.ImportVenue(c.Request().Context(), p.by, desk.Import{File: f, Venue: p.Venue.ID, Dry: true})
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	for _, place := range slices.Sorted(maps.Keys(ps)) {
		p.Wrong = append(p.Wrong, misplaced{place, web.T(c, ps[place])})
	}
	if len(ps) > 0 {
		return draw(c, "file.html", ps, p)
	}
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetEscapeHTML(false) // the page escapes it
	if err := e.Encode(f); err != nil {
		return err
	}
	p.Looked, p.Text, p.Seal, p.Left, p.Invites = true, strings.TrimSpace(again.String()), would.Seal(), would.Left, len(would.Joined) > 0
	p.Groups = fileGroups(c, would.Changes)
	return draw(c, "file.html", nil, p)
}

// readFile makes the changes that were seen; where others would be made by now,
// it shows those instead.
func (h handler) readFile(c echo.Context) error {
	r, err := h.ownersRoom(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	text := []byte(form.Get("text"))
	f, err := feedback.ReadVenueFile(text, web.Languages())
	var done desk.Imported
	if err == nil {
		in := desk.Import{File: f, Venue: r.Venue.ID, Expect: cmp.Or(form.Get("seal"), "none")}
		done, err = h.desk.ImportVenue(c.Request().Context(), r.by, in)
	}
	_, wrong := errors.AsType[feedback.Problems](err)
	switch stale := errors.Is(err, feedback.ErrConflict); {
	case stale || wrong:
		return h.drawChanges(c, filePage{room: r, Stale: stale}, text)
	case err != nil:
		return err
	case len(done.Joined) > 0:
		return r.back(c, "/team", "joined")
	}
	return r.back(c, "/file", "imported")
}

// settingLabels are what the settings are called on their own pages.
var settingLabels = map[string]string{
	"country": "owner.country_label", "timezone": "owner.settings.zone", "currency": "owner.settings.currency",
	"languages": "owner.settings.languages", "promise_minutes": "owner.settings.promise_label", "review_links": "owner.settings.links",
	"hours": "owner.settings.hours", "role_only": "owner.settings.names", "visit_on_scan": "owner.settings.visits", "contact_days": "retention.contact_days",
	"text_months": "retention.text_months", "causes": "guest_pages.texts.causes", "check_ins": "checkin.title",
	"wording": "guest_pages.texts.title", "safety_words": "safety.settings.words", "protocol": "safety.settings.card",
}

// partTitles head the parts of a venue.
var partTitles = map[feedback.FilePart]string{
	feedback.PartSetting: "file.part.setting", feedback.PartArea: "file.part.area", feedback.PartTable: "file.part.table",
	feedback.PartPerson: "file.part.person", feedback.PartEscalation: "steps.title",
}

func fileGroups(c echo.Context, changes []feedback.FileChange) []fileGroup {
	var groups []fileGroup
	for _, part := range feedback.FileParts {
		g := fileGroup{Title: partTitles[part]}
		for _, change := range changes {
			if change.Part == part {
				g.Rows = append(g.Rows, inWords(c, change))
			}
		}
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// inWords says a change.
//
// i18n: steps.policy.*, file.field.*
func inWords(c echo.Context, change feedback.FileChange) fileRow {
	row := fileRow{Title: change.Name, New: change.Added, Was: value(c, change, change.Was), Is: value(c, change, change.Is)}
	switch change.Part {
	case feedback.PartSetting:
		row.Title = web.T(c, settingLabels[change.Field])
	case feedback.PartEscalation:
		row.Title = web.T(c, "steps.policy."+change.Field)
	default:
		if change.Field != "" {
			row.Sub = web.T(c, "file.field."+change.Field)
		}
	}
	row.Other = !row.New && change.Was == "" && change.Is == ""
	if !row.New && !row.Other {
		row.Was, row.Is = or(row.Was, web.T(c, "file.none")), or(row.Is, web.T(c, "file.none"))
	}
	return row
}

// value is what a setting or a role is called.
//
// i18n: role.*, owner.country.*, cause.*
func value(c echo.Context, change feedback.FileChange, text string) string {
	known := func(prefix string) string {
		if text == "" {
			return ""
		}
		return web.T(c, prefix+strings.ToLower(text))
	}
	switch {
	case change.Part == feedback.PartPerson && (change.Added || change.Field == "role"):
		return known("role.")
	case change.Part != feedback.PartSetting:
		return text
	case change.Field == "country":
		return known("owner.country.")
	case change.Field == "role_only":
		return web.T(c, map[string]string{"true": "owner.settings.names_role", "false": "owner.settings.names_first"}[text])
	case change.Field == "visit_on_scan":
		return web.T(c, map[string]string{"true": "owner.settings.visits_scan", "false": "owner.settings.visits_staff"}[text])
	case change.Field == "causes" && text != "":
		causes := strings.Split(text, ", ")
		for i, cause := range causes {
			causes[i] = web.T(c, "cause."+cause)
		}
		return strings.Join(causes, ", ")
	}
	return text
}
