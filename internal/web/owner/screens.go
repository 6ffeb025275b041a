package owner

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// screensPage is all that pages/screens.html may use.
type screensPage struct {
	room
	Live, Silent []screenRow
	Expected     bool // somebody would have to look at one
	Board        string
	Zone         *time.Location
}

// screenRow is a board, and whose it is.
type screenRow struct {
	feedback.Screen
	Name string // of the tablet or the person
}

// screens shows which boards are live, and which fell silent of late or are
// tablets that are silent.
func (h handler) screens(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	r.Frame.Warning, r.Frame.About = "", web.Link{} // the page says so itself
	p := screensPage{room: r, Board: "/board/" + r.Venue.ID, Zone: r.Venue.Zone()}
	ctx, now := c.Request().Context(), h.desk.Now()
	duties, err := r.view.Duties(ctx)
	if err != nil {
		return err
	}
	p.Expected = feedback.Missed(r.Venue, duties, now)
	team, err := r.view.Team(ctx)
	if err != nil {
		return err
	}
	tablets, err := r.view.Devices(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, m := range team {
		names[m.ID] = m.Name
	}
	for _, t := range tablets {
		names[t.ID] = t.Name
	}
	p.sort(h.screensOf(r.Venue.ID), names, func(s feedback.Screen) bool { return now.Sub(s.HeardAt) <= h.deaf })
	for _, t := range tablets {
		if !slices.ContainsFunc(slices.Concat(p.Live, p.Silent), func(s screenRow) bool { return s.ID == t.ID }) {
			p.Silent = append(p.Silent, screenRow{feedback.Screen{ID: t.ID, Tablet: true}, t.Name})
		}
	}
	return draw(c, "screens.html", nil, p)
}

// sort puts screens that somebody has a name for where they belong. Who has left
// the team, or a tablet that was unpaired, has none.
func (p *screensPage) sort(all []feedback.Screen, names map[string]string, lives func(feedback.Screen) bool) {
	for _, s := range all {
		row := screenRow{s, names[s.Person]}
		if s.Tablet {
			row.Name = names[s.ID]
		}
		switch {
		case row.Name == "":
		case lives(s):
			p.Live = append(p.Live, row)
		default:
			p.Silent = append(p.Silent, row)
		}
	}
}
