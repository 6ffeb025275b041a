package staff

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// incidentPage is all that pages/incident.html may use: the record to fill in,
// and the same as it is printed.
type incidentPage struct {
	Frame    web.StaffFrame
	Base     string
	T        ticket
	Venue    feedback.Venue
	I        feedback.Incident
	In       url.Values // as it was typed, when it is shown again
	Problems feedback.Problems
	Stale    bool // somebody else changed it meanwhile
	Saved    bool
}

// incidentField is one field to write in.
type incidentField struct {
	Name string
	Text string
	Long bool
}

// Fields are those people write in, in the order of the page.
//
// i18n: safety.incident.field.*
func (p incidentPage) Fields() []incidentField {
	i := p.I
	all := []incidentField{
		{"contact", i.Contact, false},
		{"eaten", i.Eaten, true},
		{"allergen", i.Allergen, false},
		{"symptoms", i.Symptoms, true},
		{"medication", i.Medication, false},
		{"kept", i.Kept, true},
		{"on_station", i.OnStation, false},
		{"taken_by", i.TakenBy, false},
		{"actions", i.Actions, true},
		{"authority", i.Authority, false},
	}
	for n, f := range all {
		if p.In != nil {
			all[n].Text = p.In.Get(f.Name)
		}
	}
	return all
}

// incidentMoment is one time to fill in.
type incidentMoment struct {
	Name  string
	Value string // as a browser's field wants it
	At    time.Time
}

// Moments are the times of the record.
func (p incidentPage) Moments() []incidentMoment {
	all := []incidentMoment{{"meal_at", "", p.I.MealAt}, {"onset_at", "", p.I.OnsetAt}, {"told_at", "", p.I.ToldAt}}
	for n, m := range all {
		if !m.At.IsZero() {
			all[n].Value = m.At.In(p.T.Zone).Format(fieldTime)
		}
		if p.In != nil {
			all[n].Value = p.In.Get(m.Name)
		}
	}
	return all
}

// Numbers are the counts of the record.
func (p incidentPage) Numbers() []incidentField {
	all := []incidentField{{"party", number(p.I.Party), false}, {"ill", number(p.I.Ill), false}}
	for n, f := range all {
		if p.In != nil {
			all[n].Text = p.In.Get(f.Name)
		}
	}
	return all
}

// Helps are who may have been called.
func (p incidentPage) Helps() []string { return feedback.Helps }

// Had says whether somebody was called.
func (p incidentPage) Had(help string) bool {
	if p.In != nil {
		return slices.Contains(p.In["help"], help)
	}
	return slices.Contains(p.I.Help, help)
}

// fieldTime is how a browser's field writes a moment.
const fieldTime = "2006-01-02T15:04"

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (h handler) incident(c echo.Context) error { return h.drawIncident(c, nil, nil, false) }

// drawIncident draws the record, or what was typed and what is wrong with it.
func (h handler) drawIncident(c echo.Context, in url.Values, ps feedback.Problems, stale bool) error {
	ctx, at, who := c.Request().Context(), h.at(c), web.Actor(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	r, err := at.Report(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	i, err := h.Desk.Incident(ctx, who, venue.ID, r.ID)
	if err != nil {
		return err
	}
	page := incidentPage{
		Frame: h.frame(c, venue), Base: home(c), T: newTicket(r, home(c), h.Desk.Now(), venue.Zone()), Venue: venue, I: i,
		In: in, Problems: ps, Stale: stale, Saved: c.QueryParam("done") == "saved",
	}
	page.Frame.Scripts = []string{"owner.js"} // it prints
	status := http.StatusOK
	switch {
	case stale:
		status = http.StatusConflict
	case len(ps) > 0:
		status = http.StatusUnprocessableEntity
	}
	return web.Draw(c, status, pages, "incident.html", page)
}

func (h handler) saveIncident(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	ctx, venue := c.Request().Context(), c.Param("venue")
	details, err := h.at(c).Details(ctx)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(form.Get("version"), 10, 64)
	err = h.Desk.ChangeIncident(ctx, web.Actor(c), venue, c.Param("id"), version, func(i *feedback.Incident) error {
		return readIncident(i, form, details.Zone())
	})
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawIncident(c, form, ps, false)
	}
	if errors.Is(err, feedback.ErrConflict) {
		return h.drawIncident(c, form, nil, true)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, about(c)+"/incident?done=saved")
}

// readIncident fills a record in.
func readIncident(i *feedback.Incident, form url.Values, zone *time.Location) error {
	wrong := feedback.Problems{}
	i.Contact, i.Eaten, i.Allergen, i.Symptoms = form.Get("contact"), form.Get("eaten"), form.Get("allergen"), form.Get("symptoms")
	i.Medication, i.Kept, i.OnStation, i.TakenBy = form.Get("medication"), form.Get("kept"), form.Get("on_station"), form.Get("taken_by")
	i.Actions, i.Authority, i.Help = form.Get("actions"), form.Get("authority"), form["help"]
	i.Party, i.Ill = count(form.Get("party")), count(form.Get("ill"))
	for name, at := range map[string]*time.Time{"meal_at": &i.MealAt, "onset_at": &i.OnsetAt, "told_at": &i.ToldAt} {
		t, err := time.ParseInLocation(fieldTime, form.Get(name), zone)
		switch {
		case form.Get(name) == "":
			*at = time.Time{}
		case err != nil:
			wrong[name] = "safety.problem.incident.time"
		default:
			*at = t.UTC()
		}
	}
	return wrong.OrNil()
}

// count reads a number of people; what is none is -1, which does not pass.
func count(text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
