package owner

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/paper"
	"makeright/internal/qr"
	"makeright/internal/web"
)

// promises are the minutes to choose from; the settings take any.
var promises = []int{2, 3, 5, 10}

// peopleRows is how many people are asked for at a time.
const peopleRows = 3

// dot is a step as it stands on top of all of them.
type dot struct {
	Label     string // catalogue key
	Href      string // of one that is behind us, to look at it again
	Done, Now bool
}

// dots are the steps of setting up. Without a venue they begin.
//
// i18n: start.step.*
func dots(v feedback.Venue, now feedback.SetupStep) []dot {
	all := []dot{{Label: "start.step.place", Done: v.ID != "", Now: v.ID == ""}}
	for _, step := range feedback.SetupSteps {
		d := dot{Label: "start.step." + string(step), Now: v.ID != "" && step == now}
		if v.ID != "" && !d.Now && step.Place() < v.Setup.Place() {
			d.Done, d.Href = true, "/owner/"+v.ID+"/start/"+string(step)
		}
		all = append(all, d)
	}
	return all
}

// startPerson is a row of the step that asks for people.
type startPerson struct {
	N int
	personInput
}

// invited is somebody new, with the link that is shown once.
type invited struct {
	N          int
	Name, Link string
}

// startPage is all that pages/start.html may use: the steps after the venue has
// been added.
type startPage struct {
	room
	Step     feedback.SetupStep
	Dots     []dot
	Problems feedback.Problems
	Have     int  // tables
	Sample   card // of one of them

	Tables   string // as typed
	Example  bool   // nobody typed them
	Promise  int
	Promises []int

	Links settingsInput

	People []startPerson
	Added  []invited
	Roles  []feedback.Role

	Sheets  int       // of tents
	Formats [2]string // the country's own paper first
	Local   bool
	Scanned bool
}

// Back leads to the step before; empty at the first.
func (p startPage) Back() string {
	if at := p.Step.Place(); at > 0 {
		return p.Path("/start/" + string(feedback.SetupSteps[at-1]))
	}
	return ""
}

// starting lets a page of setting up be seen while that is not over; afterwards
// it leads to where the same is changed every day.
func (h handler) starting(page func(echo.Context, room) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := h.enter(c, "")
		if err != nil {
			return err
		}
		if r.Venue.Setup == feedback.SetupOver {
			return c.Redirect(http.StatusSeeOther, r.Path(""))
		}
		return page(c, r)
	}
}

// start leads to the step where setting up stands.
func (h handler) start(c echo.Context, r room) error {
	return c.Redirect(http.StatusSeeOther, r.Path("/start/"+string(r.Venue.Setup)))
}

// pass puts a step behind us and leads to the next.
func (h handler) pass(c echo.Context, r room, step feedback.SetupStep) error {
	if err := h.desk.PassSetup(c.Request().Context(), r.by, r.Venue.ID, step); err != nil {
		return err
	}
	if step.Next() == feedback.SetupOver {
		return c.Redirect(http.StatusSeeOther, "/board/"+r.Venue.ID)
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/start/"+string(step.Next())))
}

// passes skips what may be skipped, and ends it all after printing.
func (h handler) passes(step feedback.SetupStep) func(echo.Context, room) error {
	return func(c echo.Context, r room) error { return h.pass(c, r, step) }
}

// drawStart draws a step with what all of them have.
func (h handler) drawStart(c echo.Context, p startPage) error {
	p.Dots = dots(p.Venue, p.Step)
	return draw(c, "start.html", p.Problems, p)
}

func (h handler) startTables(c echo.Context, r room) error {
	tables, err := r.view.Tables(c.Request().Context())
	if err != nil {
		return err
	}
	p := startPage{room: r, Promise: r.Venue.PromiseMinutes}
	if len(tables) == 0 {
		p.Tables, p.Example = "1-12", true
	}
	return h.drawStartTables(c, p, len(tables))
}

func (h handler) drawStartTables(c echo.Context, p startPage, have int) error {
	p.Step, p.Have, p.Promises = feedback.SetupTables, have, promises
	if !slices.Contains(promises, p.Venue.PromiseMinutes) {
		p.Promises = slices.Sorted(slices.Values(append([]int{p.Venue.PromiseMinutes}, promises...)))
	}
	var err error
	// The symbol of a card that is not there yet leads to the site itself.
	p.Sample, err = h.newCard(p.Venue, feedback.Code{TableName: "12"}, p.Venue.Languages[:1])
	if err != nil {
		return err
	}
	return h.drawStart(c, p)
}

// saveStartTables adds the tables that are not there yet, so that going back and
// tapping twice do no harm, and keeps the promise.
func (h handler) saveStartTables(c echo.Context, r room) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	have, err := r.view.Tables(ctx)
	if err != nil {
		return err
	}
	p := startPage{room: r, Tables: form.Get("tables"), Problems: feedback.Problems{}}
	p.Promise, _ = strconv.Atoi(form.Get("promise_minutes")) // what is no number is out of range
	tables, problem := readTables(p.Tables, "")
	if problem == "" && len(tables)+len(have) == 0 {
		problem = "start.problem.tables"
	}
	if problem == "" {
		problem = checkTables(tables)
	}
	if problem != "" {
		p.Problems["tables"] = problem
		return h.drawStartTables(c, p, len(have))
	}
	ps, err := problemsOf(h.desk.ChangeVenue(ctx, r.by, r.Venue.ID, func(v *feedback.Venue) { v.PromiseMinutes = p.Promise }))
	if err == nil && len(ps) == 0 {
		ps, err = problemsOf(h.addMissing(c, r, have, tables))
	}
	switch {
	case err != nil:
		return err
	case len(ps) > 0:
		if p.Problems = foldTables(ps); p.Problems["name"] != "" {
			p.Problems["tables"] = p.Problems["name"]
			delete(p.Problems, "name")
		}
		return h.drawStartTables(c, p, len(have))
	}
	return h.pass(c, r, feedback.SetupTables)
}

func (h handler) addMissing(c echo.Context, r room, have []feedback.Table, tables []desk.NewTable) error {
	tables = slices.DeleteFunc(tables, func(t desk.NewTable) bool {
		return slices.ContainsFunc(have, func(there feedback.Table) bool { return there.Name == t.Name })
	})
	if len(tables) == 0 {
		return nil
	}
	_, err := h.desk.AddTables(c.Request().Context(), r.by, r.Venue.ID, tables)
	return err
}

// checkTables says what is wrong with a list of tables, before any is added.
func checkTables(tables []desk.NewTable) string {
	seen := map[string]bool{}
	for _, t := range tables {
		if ps, _ := problemsOf(feedback.Table{Name: t.Name, AreaName: t.Area}.Check()); len(ps) > 0 {
			return or(ps["name"], ps["area"])
		}
		if seen[t.Name] {
			return "problem.table.taken"
		}
		seen[t.Name] = true
	}
	return ""
}

// startLinks begins with the names of two sites that most venues have a page on;
// a row without an address is no link.
func (h handler) startLinks(c echo.Context, r room) error {
	in := settingsOf(r.Venue)
	if len(in.Links) == 0 {
		in.Links = []feedback.ReviewLink{{Label: "Google"}, {Label: "Tripadvisor"}}
	}
	return h.drawStart(c, startPage{room: r, Step: feedback.SetupLinks, Links: in})
}

func (h handler) saveStartLinks(c echo.Context, r room) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := settingsInput{Links: readLinks(form)}
	links := slices.DeleteFunc(slices.Clone(in.Links), func(l feedback.ReviewLink) bool { return l.URL == "" })
	err = h.desk.ChangeVenue(c.Request().Context(), r.by, r.Venue.ID, func(v *feedback.Venue) {
		if len(links)+len(v.ReviewLinks) > 0 {
			v.ReviewLinks = links
		}
	})
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawStart(c, startPage{room: r, Step: feedback.SetupLinks, Links: in, Problems: ps})
	}
	return h.pass(c, r, feedback.SetupLinks)
}

func (h handler) startPeople(c echo.Context, r room) error {
	return h.drawStartPeople(c, startPage{room: r})
}

func (h handler) drawStartPeople(c echo.Context, p startPage) error {
	p.Step, p.Roles = feedback.SetupPeople, p.giveable()
	for len(p.People) < peopleRows {
		p.People = append(p.People, startPerson{personInput: personInput{Role: feedback.Staff}})
	}
	for i := range p.People {
		p.People[i].N = i + 1
	}
	return h.drawStart(c, p)
}

// readPeople are the rows with anything in them, numbered as they come.
func readPeople(form url.Values) (people []startPerson) {
	for n := range peopleRows {
		field := func(name string) string { return form.Get(name + strconv.Itoa(n+1)) }
		in := personInput{feedback.CleanLine(field("name")), feedback.CleanLine(field("email")), feedback.Role(field("role"))}
		if in.Name+in.Email != "" {
			people = append(people, startPerson{N: len(people) + 1, personInput: in})
		}
	}
	return people
}

// checkPeople says what is wrong with the rows, each at its own field.
func checkPeople(people []startPerson) feedback.Problems {
	all, seen := feedback.Problems{}, map[string]bool{}
	for _, p := range people {
		ps, _ := problemsOf(feedback.Person{Name: p.Name, Email: p.Email}.Check())
		for field, key := range ps {
			all[fmt.Sprint(field, p.N)] = key
		}
		at, email := fmt.Sprint("email", p.N), strings.ToLower(p.Email)
		switch {
		case email == "":
			all[at] = "problem.email.missing"
		case seen[email]:
			all[at] = "problem.email.taken"
		}
		seen[email] = true
	}
	return all
}

// saveStartPeople adds who was named and shows their links; nobody named is
// nobody for the time being.
func (h handler) saveStartPeople(c echo.Context, r room) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	people := readPeople(form)
	if len(people) == 0 {
		return h.pass(c, r, feedback.SetupPeople)
	}
	p := startPage{room: r, Problems: checkPeople(people)}
	for len(people) > 0 && len(p.Problems) == 0 {
		one := people[0]
		link, err := h.invite(c, r, one.personInput, "")
		ps, err := problemsOf(err)
		if err != nil {
			return err
		}
		for field, key := range ps {
			p.Problems[field+"1"] = key // the rows that are left move up
		}
		if len(ps) == 0 {
			p.Added = append(p.Added, invited{len(p.Added) + 1, one.Name, link})
			people = people[1:]
		}
	}
	p.People = people
	return h.drawStartPeople(c, p)
}

func (h handler) startPrint(c echo.Context, r room) error {
	rows, err := h.codeRows(c, r)
	if err != nil {
		return err
	}
	p := startPage{room: r, Step: feedback.SetupPrint, Local: isLocal(h.base), Formats: formats(r.Venue.Country)}
	for _, row := range rows {
		if !row.Works() {
			continue
		}
		p.Scanned = p.Scanned || row.Code.Scans > 0
		if p.Have++; p.Have == 1 {
			if p.Sample, err = h.newCard(r.Venue, row.Code, r.Venue.Languages[:1]); err != nil {
				return err
			}
		}
	}
	each := paper.Order{Layout: qr.LayoutTent}.PerPage()
	p.Sheets = (p.Have + each - 1) / each
	return h.drawStart(c, p)
}

// formats are the sizes of paper, with the one first that a country prints on.
func formats(country string) [2]string {
	if slices.Contains([]string{"US", "CA", "MX"}, country) {
		return [2]string{"letter", "a4"}
	}
	return [2]string{"a4", "letter"}
}
