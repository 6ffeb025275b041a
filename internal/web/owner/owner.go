// Package owner is the back office: figures, lists, tables and codes, team,
// settings and printing, for owners and managers, and the first setup of an
// installation.
package owner

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/store"
	"makeright/internal/web"
)

//go:embed pages/*.html parts/*.html
var files embed.FS

var pages = sync.OnceValue(func() *web.Pages {
	return web.MustPages(files, "pages/*.html", "parts/*.html")
})

// Deps are what the pages stand on.
type Deps struct {
	Desk    *desk.Desk
	Store   *store.Store
	BaseURL *url.URL // in codes and links; a request's own host is never believed
	Out     web.Out
	Screens func(venue string) []feedback.Screen // that were heard of late
	Deaf    time.Duration                        // after which a silent one is lost
}

type handler struct {
	desk  *desk.Desk
	store *store.Store
	base  *url.URL
	out   web.Out

	screensOf func(venue string) []feedback.Screen
	deaf      time.Duration
}

// Mount adds the addresses of owners and managers.
func Mount(e *echo.Echo, d Deps) {
	h := handler{d.Desk, d.Store, d.BaseURL, d.Out, d.Screens, d.Deaf}

	gate := e.Group("", web.AppHeaders)
	gate.GET("/setup/:token", h.setup)
	gate.POST("/setup/:token", h.setUp)
	gate.GET("/join/:token", h.join)
	gate.POST("/join/:token", h.joined)
	gate.GET("/stop/:token", h.askStop)
	gate.POST("/stop/:token", h.stop)

	in := e.Group("/owner", web.AppHeaders, people)
	in.GET("", h.first)
	in.GET("/new", h.newVenue)
	in.POST("/new", h.addVenue)

	g := in.Group("/:venue", web.Require(feedback.Manager))
	g.GET("", h.overview)
	g.GET("/issues", h.issues)
	g.GET("/bursts", h.bursts)
	g.POST("/bursts/:burst/abuse", h.judgeBurst(h.desk.MarkBurst))
	g.POST("/bursts/:burst/clear", h.judgeBurst(h.desk.ClearBurst))
	g.GET("/why", h.why)
	g.GET("/reach", h.reach)
	g.GET("/compare", h.compare)
	g.GET("/tasks", h.tasks)
	g.GET("/tasks/:task", h.task)
	g.POST("/tasks/:task", h.changeTask)
	g.GET("/follow", h.follows)
	g.GET("/follow/:report", h.follow)
	g.POST("/follow/:report", h.followUp)

	g.GET("/start", h.starting(h.start))
	g.GET("/start/tables", h.starting(h.startTables))
	g.POST("/start/tables", h.starting(h.saveStartTables))
	g.GET("/start/links", h.starting(h.startLinks))
	g.POST("/start/links", h.starting(h.saveStartLinks))
	g.GET("/start/people", h.starting(h.startPeople))
	g.POST("/start/people", h.starting(h.saveStartPeople))
	g.GET("/start/print", h.starting(h.startPrint))
	for _, step := range []feedback.SetupStep{feedback.SetupLinks, feedback.SetupPeople, feedback.SetupPrint} {
		g.POST("/start/"+string(step)+"/pass", h.starting(h.passes(step)))
	}

	g.GET("/codes", h.codes)
	g.GET("/codes/:file", h.picture)
	g.GET("/sheet.pdf", h.sheet)
	g.GET("/print", h.print)
	g.GET("/labels.css", h.labelStyle)
	g.GET("/life", h.life)
	g.POST("/life/rotate", h.rotateMany)
	g.GET("/logo.png", h.logoPicture)
	g.POST("/logo", h.setLogo, web.BodyLimit(qr.MaxLogo+web.DefaultBody))
	g.POST("/tables", h.addTables)
	g.GET("/tables/:table", h.table)
	g.POST("/tables/:table", h.changeTable)
	g.POST("/tables/:table/rotate", h.rotate)
	g.GET("/tables/:table/revoke", h.askRevoke)
	g.POST("/tables/:table/revoke", h.revoke)
	g.GET("/tables/:table/remove", h.askRemove)
	g.POST("/tables/:table/remove", h.remove)

	g.GET("/team", h.team)
	g.POST("/team", h.addPerson)
	g.GET("/team/:person", h.person)
	g.POST("/team/:person", h.changePerson)
	g.POST("/team/:person/venues", h.movePerson)
	g.POST("/team/:person/link", h.link)
	g.POST("/team/:person/pin", h.pin)
	g.GET("/team/:person/disable", h.askDisable)
	g.POST("/team/:person/disable", h.disable)
	g.POST("/team/:person/enable", h.enable)
	g.POST("/tablets/:tablet/unpair", h.unpair)
	g.GET("/account", h.account)
	g.POST("/account/password", h.password)
	g.POST("/account/sessions", h.signOutOthers)

	g.GET("/alerts", h.alerts)
	g.POST("/alerts/seen", h.seeFailures)
	g.GET("/budget", h.budget)
	g.GET("/escalation", h.escalation)
	g.POST("/escalation", h.saveEscalation)
	g.GET("/screens", h.screens)
	g.GET("/duty", h.duty)
	g.GET("/duty/:person", h.shifts)
	g.POST("/duty/:person", h.saveShifts)
	g.GET("/settings", h.settings)
	g.POST("/settings", h.saveSettings)
	g.GET("/digest", h.digest)
	g.POST("/digest", h.saveDigest)
	g.GET("/checkins", h.checkIns)
	g.POST("/checkins", h.saveCheckIns)
	g.GET("/texts", h.texts)
	g.POST("/texts", h.saveTexts)
	g.GET("/safety", h.safety)
	g.POST("/safety", h.saveSafety)
	g.POST("/keys", h.createKey)
	g.GET("/keys/:key/revoke", h.askRevokeKey)
	g.POST("/keys/:key/revoke", h.revokeKey)
	g.GET("/audit", h.audit)
	g.GET("/file", h.file)
	g.POST("/file", h.lookAtFile, web.BodyLimit(fileBody))
	g.POST("/file/confirm", h.readFile, web.BodyLimit(fileBody))
	g.GET("/venue.json", h.takeFile)
	h.mountChannels(g)
	h.mountWebhooks(g)
}

// people lets only people pass who signed in themselves: not programs, and
// nobody on a tablet that everybody holds.
func people(next echo.HandlerFunc) echo.HandlerFunc {
	return web.SignedIn(func(c echo.Context) error {
		if a := web.Actor(c); a.Kind != feedback.ByPerson || a.Shared {
			return feedback.ErrForbidden
		}
		return next(c)
	})
}

// first leads to the first venue that the person manages.
func (h handler) first(c echo.Context) error {
	venues, err := h.managed(c)
	if err != nil {
		return err
	}
	if len(venues) > 0 {
		return c.Redirect(http.StatusSeeOther, "/owner/"+venues[0].ID)
	}
	if err := web.Actor(c).NeedsOrg(); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/new")
}

// managed lists the venues that the person manages.
func (h handler) managed(c echo.Context) ([]feedback.Venue, error) {
	by := web.Actor(c)
	all, err := h.store.Org(by).Venues(c.Request().Context())
	var venues []feedback.Venue
	for _, v := range all {
		if by.Needs(feedback.Manager, v.ID) == nil {
			venues = append(venues, v)
		}
	}
	return venues, err
}

// room is what every page of a venue begins with.
type room struct {
	Frame web.OwnerFrame
	Venue feedback.Venue
	Done  string // catalogue key of what was just done; often empty

	by   feedback.Actor
	view store.View
	past []feedback.PastHours // where shifts are named
}

// Path is an address inside the venue.
func (r room) Path(rest string) string { return "/owner/" + r.Venue.ID + rest }

// AllDay says whether a shift is a whole day.
func (r room) AllDay(shift string) bool { return r.Venue.AllDay(shift, r.past) }

// Owner says whether the reader owns the whole organisation.
func (r room) Owner() bool { return r.by.NeedsOrg() == nil }

// done are the small messages after a change, by what stands in the address.
//
// i18n: owner.done.*
var done = map[string]bool{
	"saved": true, "added": true, "rotated": true, "revoked": true, "removed": true, "pin": true,
	"disabled": true, "enabled": true, "unpaired": true, "password": true, "sessions": true, "key": true, "again": true,
	"imported": true, "joined": true,
}

// enter reads what every page of a venue shows around its contents.
func (h handler) enter(c echo.Context, section string) (room, error) {
	ctx, by, id := c.Request().Context(), web.Actor(c), c.Param("venue")
	r := room{by: by, view: h.store.For(by, id)}
	for _, v := range c.ParamValues() {
		if feedback.CleanLine(v) != v { // no id of ours, and a database may choke on it
			return r, feedback.ErrNotFound
		}
	}
	venues, err := h.managed(c)
	if err != nil {
		return r, err
	}
	for _, v := range venues {
		if v.ID == id {
			r.Venue = v
		}
	}
	if r.Venue.ID == "" {
		return r, feedback.ErrNotFound
	}
	waiting, err := r.view.Waiting(ctx)
	if err != nil {
		return r, err
	}
	if what := c.QueryParam("done"); done[what] {
		r.Done = "owner.done." + what
	}
	r.Frame = web.OwnerFrame{
		Venue: r.Venue.Name, Venues: r.menu(venues), Nav: r.nav(section, waiting), Person: by.Name,
		Role: "role." + string(by.Role(id)), SignOut: "/sign-out", Scripts: []string{"owner.js"},
	}
	lost, err := r.view.Screens(ctx)
	if lost.Lost() {
		r.Frame.Warning = web.T(c, "boards.banner", "Time", web.Printer(c).DateTime(lost.LostAt, r.Venue.Zone()))
		r.Frame.About = web.Link{Href: r.Path("/screens"), Label: web.T(c, "boards.title")}
	}
	return r, err
}

// menu is what stands under the venue's name: the other venues, and what
// belongs to the person.
func (r room) menu(venues []feedback.Venue) []web.Link {
	var links []web.Link
	for _, v := range venues {
		links = append(links, web.Link{Href: "/owner/" + v.ID, Label: v.Name, Name: true, Icon: "home", Current: v.ID == r.Venue.ID})
	}
	if len(venues) > 1 {
		links = append(links, web.Link{Href: r.Path("/compare"), Label: "figures.venues", Icon: "chart"})
	}
	if r.Owner() {
		links = append(links, web.Link{Href: "/owner/new", Label: "owner.nav.new", Icon: "plus"})
	}
	return append(links,
		web.Link{Href: "/board/" + r.Venue.ID + "/channels", Label: "channels.title", Icon: "bell"},
		web.Link{Href: r.Path("/account"), Label: "owner.nav.account", Icon: "lock"},
		web.Link{Href: "/sign-out", Label: "web.sign_out", Icon: "out", Post: true})
}

func (r room) nav(section string, waiting int) []web.Link {
	links := []web.Link{
		{Href: r.Path(""), Label: "owner.nav.overview", Icon: "chart", Current: section == "overview"},
		{Href: "/board/" + r.Venue.ID, Label: "owner.nav.board", Icon: "live", Count: waiting},
		{Href: r.Path("/codes"), Label: "owner.nav.codes", Icon: "qr", Current: section == "codes"},
		{Href: r.Path("/team"), Label: "owner.nav.team", Icon: "users", Current: section == "team"},
		{Href: r.Path("/settings"), Label: "owner.nav.settings", Icon: "tune", Current: section == "settings"},
	}
	return links
}

// back leads to a page of the venue after a change.
func (r room) back(c echo.Context, rest, what string) error {
	return c.Redirect(http.StatusSeeOther, r.Path(rest)+"?done="+what)
}

// draw answers with a page; one with problems is not what was asked for.
func draw(c echo.Context, name string, problems feedback.Problems, page any) error {
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Draw(c, status, pages(), name, page)
}

// problemsOf takes the problems out of an error; other errors stay.
func problemsOf(err error) (feedback.Problems, error) {
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return ps, nil
	}
	return nil, err
}

// confirmPage is all that pages/confirm.html may use: a question before what
// cannot be taken back.
type confirmPage struct {
	room
	Title, Text string // sentences
	Yes, No     string // catalogue keys
	Action      string // where "yes" posts to
	Back        string // where "no" leads
}
