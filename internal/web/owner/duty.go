package owner

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// dutyPage is all that pages/duty.html may use.
type dutyPage struct {
	room
	Now       feedback.Roster
	People    []shifts
	Unstaffed []time.Time // openings
	Zone      *time.Location
}

// shifts are when and where somebody of the team works.
type shifts struct {
	store.Member
	feedback.Duty
	Areas []string // names; none means everywhere
	IsOn  bool
}

// Days are the weekdays on which they have shifts, with those.
func (s shifts) Days() []dayShifts {
	var all []dayShifts
	for i, day := range days {
		if spans := s.Week[day]; len(spans) > 0 {
			all = append(all, dayShifts{time.Weekday((i + 1) % 7), strings.Join(spans, ", ")})
		}
	}
	return all
}

// dayShifts are the shifts of one weekday.
type dayShifts struct {
	Day   time.Weekday
	Spans string
}

// duty shows who is on, who has which shifts, and where nobody has one.
func (h handler) duty(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	ctx, now, p := c.Request().Context(), h.desk.Now(), dutyPage{room: r, Zone: r.Venue.Zone()}
	duties, err := r.view.Duties(ctx)
	if err != nil {
		return err
	}
	p.Now, p.Unstaffed = feedback.RosterAt(duties, now, p.Zone), feedback.Unstaffed(r.Venue, duties, now)
	team, err := r.view.Team(ctx)
	if err != nil {
		return err
	}
	areas, err := r.view.Areas(ctx)
	if err != nil {
		return err
	}
	for _, m := range team {
		s := shifts{Member: m, Duty: dutyOf(duties, m.ID)}
		s.IsOn = s.On(now, p.Zone)
		for _, a := range areas {
			if slices.Contains(s.Duty.Areas, a.ID) {
				s.Areas = append(s.Areas, a.Name)
			}
		}
		p.People = append(p.People, s)
	}
	return draw(c, "duty.html", nil, p)
}

// dutyOf is somebody's duty; an empty one when there is none.
func dutyOf(duties []feedback.Duty, person string) feedback.Duty {
	if i := slices.IndexFunc(duties, func(d feedback.Duty) bool { return d.PersonID == person }); i >= 0 {
		return duties[i]
	}
	return feedback.Duty{PersonID: person}
}

// shiftsPage is all that pages/shifts.html may use.
type shiftsPage struct {
	room
	Member    store.Member
	Shifts    [7]string // Monday first
	Areas     []feedback.Area
	In        []string // ids of areas
	Weekdays  []time.Weekday
	DayFields []string
	Problems  feedback.Problems
}

// Works says whether an area is among theirs.
func (p shiftsPage) Works(area string) bool { return slices.Contains(p.In, area) }

func (h handler) shifts(c echo.Context) error {
	p, err := h.shiftsOf(c)
	if err != nil {
		return err
	}
	duties, err := p.view.Duties(c.Request().Context())
	if err != nil {
		return err
	}
	duty := dutyOf(duties, p.Member.ID)
	for i, day := range days {
		p.Shifts[i] = strings.Join(duty.Week[day], ", ")
	}
	p.In = duty.Areas
	return draw(c, "shifts.html", nil, p)
}

// shiftsOf finds somebody of the team by the address.
func (h handler) shiftsOf(c echo.Context) (p shiftsPage, err error) {
	if p.room, err = h.enter(c, "settings"); err != nil {
		return p, err
	}
	team, err := p.view.Team(c.Request().Context())
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(team, func(m store.Member) bool { return m.ID == c.Param("person") })
	if i < 0 {
		return p, feedback.ErrNotFound
	}
	p.Member, p.Weekdays = team[i], []time.Weekday{1, 2, 3, 4, 5, 6, 0}
	for _, day := range days {
		p.DayFields = append(p.DayFields, "hours_"+day)
	}
	p.Areas, err = p.view.Areas(c.Request().Context())
	return p, err
}

func (h handler) saveShifts(c echo.Context) error {
	p, err := h.shiftsOf(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	duty := feedback.Duty{PersonID: p.Member.ID, Areas: form["areas"]}
	duty.Week, p.Problems = readShifts(form)
	if len(p.Problems) == 0 {
		err := h.desk.PlanDuty(c.Request().Context(), p.by, p.Venue.ID, duty)
		if err == nil {
			return p.back(c, "/duty", "saved")
		}
		if p.Problems, err = problemsOf(err); err != nil {
			return err
		}
	}
	for i, field := range p.DayFields {
		p.Shifts[i] = form.Get(field)
	}
	p.In = duty.Areas
	return draw(c, "shifts.html", p.Problems, p)
}

// readShifts reads shifts by weekday, as opening hours are written.
func readShifts(form url.Values) (map[string][]string, feedback.Problems) {
	week, ps := map[string][]string{}, feedback.Problems{}
	for _, day := range days {
		spans, ok := readOpenings(form.Get("hours_" + day))
		switch {
		case !ok:
			ps["hours_"+day] = "owner.problem.hours"
		case len(spans) > 0:
			week[day] = spans
		}
	}
	return week, ps
}
