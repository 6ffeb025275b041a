package owner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// checkInsPage is all that pages/checkins.html may use.
type checkInsPage struct {
	room
	Moments  []momentRow
	Problems feedback.Problems
}

// momentRow is one moment of a visit: whether guests are asked then, and when.
type momentRow struct {
	Moment  string
	On      bool
	Minutes string // as typed; empty for only when somebody says so
}

// Field is what the minutes are called in the form.
func (m momentRow) Field() string { return "minutes_" + m.Moment }

func (h handler) checkIns(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	p := checkInsPage{room: r}
	for _, moment := range feedback.Moments {
		row := momentRow{Moment: moment}
		if i := slices.IndexFunc(r.Venue.CheckIns, func(c feedback.CheckIn) bool { return c.Moment == moment }); i >= 0 {
			row.On = true
			if n := r.Venue.CheckIns[i].Minutes; n > 0 {
				row.Minutes = strconv.Itoa(n)
			}
		}
		p.Moments = append(p.Moments, row)
	}
	return draw(c, "checkins.html", nil, p)
}

func (h handler) saveCheckIns(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	p := checkInsPage{room: r, Problems: feedback.Problems{}}
	var all []feedback.CheckIn
	for _, moment := range feedback.Moments {
		row := momentRow{moment, slices.Contains(form["on"], moment), strings.TrimSpace(form.Get("minutes_" + moment))}
		p.Moments = append(p.Moments, row)
		if one, ok := row.read(p.Problems); row.On && ok {
			all = append(all, one)
		}
	}
	if len(p.Problems) == 0 {
		err := h.desk.ChangeVenue(c.Request().Context(), r.by, r.Venue.ID, func(v *feedback.Venue) { v.CheckIns = all })
		if err == nil {
			return r.back(c, "/checkins", "saved")
		}
		if p.Problems, err = problemsOf(err); err != nil {
			return err
		}
	}
	return draw(c, "checkins.html", p.Problems, p)
}

// read notes what is wrong with the minutes under their own field.
func (m momentRow) read(ps feedback.Problems) (feedback.CheckIn, bool) {
	if !m.On || m.Minutes == "" {
		return feedback.CheckIn{Moment: m.Moment}, true
	}
	n, err := strconv.Atoi(m.Minutes)
	if err != nil || n < 1 || n > feedback.MaxCheckIn {
		ps[m.Field()] = "checkin.problem.minutes"
		return feedback.CheckIn{}, false
	}
	return feedback.CheckIn{Moment: m.Moment, Minutes: n}, true
}
