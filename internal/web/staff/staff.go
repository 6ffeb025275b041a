// Package staff is the face for the people on the floor: signing in, the live
// board, and everything one does there to make it right. It works without
// scripts: each act is a form, and each sheet of the board is a page too.
package staff

import (
	"embed"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

// Deps are what the face stands on.
type Deps struct {
	Desk    *desk.Desk
	Store   *store.Store
	Hub     *live.Hub
	BaseURL *url.URL
	// Here notes that a screen of a venue lives, for all who ask the hub.
	Here func(venue string, one feedback.Screen)
	Out  web.Out
}

type handler struct {
	Deps
	feed *web.Feed
}

//go:embed pages/*.html
var files embed.FS

var pages = web.MustPages(files, "pages/[a-z]*.html", "pages/_*.html")

// tries bounds how often one browser may try to sign in; the desk bounds it for
// each account.
var tries = web.Rate{Burst: 30, Every: 2 * time.Second}

// Mount adds the face's routes. Who asks is known already, see
// [web.Authenticate].
func Mount(e *echo.Echo, d Deps) {
	h := handler{Deps: d, feed: &web.Feed{}}
	few := web.Limit("sign-in", tries)
	e.GET(web.SignIn, h.signInForm, web.AppHeaders)
	e.POST(web.SignIn, h.signIn, web.AppHeaders, few)
	e.POST("/sign-out", h.signOut, web.AppHeaders)
	e.GET("/enter/:token", h.enter, web.AppHeaders, few)
	e.GET("/pin", h.pinForm, web.AppHeaders)
	e.POST("/pin", h.pin, web.AppHeaders, few)

	e.GET("/board", h.firstBoard, web.AppHeaders, people)
	v := "/board/:venue"
	works := []echo.MiddlewareFunc{web.AppHeaders, people, web.Require(feedback.Staff)}
	manages := []echo.MiddlewareFunc{web.AppHeaders, people, web.Require(feedback.Manager)}
	e.GET(v, h.board, works...)
	e.GET(v+"/live", h.live, works...)
	e.POST(v+"/here", h.hears, works...)
	e.POST(v+"/duty/on", h.duty(feedback.SaidOn), works...)
	e.POST(v+"/duty/off", h.duty(feedback.SaidOff), works...)
	e.GET(v+"/pair", h.pairForm, manages...)
	e.POST(v+"/pair", h.pair, manages...)
	e.GET(v+"/new", h.newForm, works...)
	e.POST(v+"/new", h.write, works...)
	e.GET(v+"/visits", h.visits, works...)
	e.POST(v+"/visits", h.openVisit, works...)
	e.POST(v+"/visits/:visit/close", h.closeVisit, works...)
	e.POST(v+"/visits/:visit/moment", h.markVisit, works...)
	e.GET(v+"/walk", h.walk, works...)
	e.POST(v+"/walk", h.inspect, works...)

	h.mountChannels(e, works)

	r := v + "/reports/:id"
	e.GET(r, h.issue, works...)
	e.POST(r+"/seen", h.seen, works...)
	e.POST(r+"/take", h.take, works...)
	e.POST(r+"/release", h.release, works...)
	e.POST(r+"/undo", h.undo, works...)
	e.POST(r+"/reopen", h.reopen, manages...)
	e.GET(r+"/reply", h.replyForm, works...)
	e.POST(r+"/reply", h.reply, works...)
	e.GET(r+"/done", h.doneForm, works...)
	e.POST(r+"/done", h.done, works...)
	e.GET(r+"/hand", h.handForm, works...)
	e.POST(r+"/hand", h.hand, works...)
	e.GET(r+"/photos/:photo", h.photo, works...)
	e.GET(r+"/incident", h.incident, manages...)
	e.POST(r+"/incident", h.saveIncident, manages...)
	e.POST(r+"/off", h.offFloor(true), manages...)
	e.POST(r+"/on", h.offFloor(false), manages...)
	e.GET(r+"/dismiss", h.dismissForm, manages...)
	e.POST(r+"/dismiss", h.dismiss, manages...)
}

// people keeps programs out: their way in is the API.
func people(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if web.Actor(c).Kind != feedback.ByPerson {
			return feedback.ErrUnauthorised
		}
		return next(c)
	}
}

// at is what the one who asks may see of the venue in the address.
func (h handler) at(c echo.Context) store.View {
	return h.Store.For(web.Actor(c), c.Param("venue"))
}

// home is the address of the board of the venue in the address.
func home(c echo.Context) string { return "/board/" + url.PathEscape(c.Param("venue")) }

// about is the address of the report in the address.
func about(c echo.Context) string { return home(c) + "/reports/" + url.PathEscape(c.Param("id")) }

// frame is what stands around the pages of a venue.
func (h handler) frame(c echo.Context, venue feedback.Venue) web.StaffFrame {
	who := web.Actor(c)
	return web.StaffFrame{
		Venue: venue.Name, Home: home(c), Person: feedback.FirstName(who.Name), Menu: menu(c, who, venue.ID),
		Scripts: []string{"board.js", "push.js"}, Skip: "main",
	}
}

// menu lists where else to go, and the way out.
func menu(c echo.Context, who feedback.Actor, venue string) []web.Link {
	board := "/board/" + url.PathEscape(venue)
	links := []web.Link{
		{Href: home(c) + "/visits", Label: "staff.visits", Icon: "table"},
		{Href: home(c) + "/walk", Label: "codes.walk", Icon: "walk"},
		{Href: board + "/duty/on", Label: "alerts.duty.on", Icon: "clock", Post: true},
		{Href: board + "/duty/off", Label: "alerts.duty.off", Icon: "moon", Post: true},
	}
	if who.Shared {
		links = append(links, web.Link{Href: "/pin", Label: "staff.switch", Icon: "swap"})
	}
	if who.Needs(feedback.Manager, venue) == nil && !who.Shared {
		links = append(links,
			web.Link{Href: "/owner/" + url.PathEscape(venue), Label: "owner.nav.overview", Icon: "chart"},
			web.Link{Href: home(c) + "/pair", Label: "staff.pair", Icon: "lock"})
	}
	if !who.Shared {
		links = append(links, web.Link{Href: board + "/channels", Label: "channels.title", Icon: "bell"})
	}
	for _, l := range web.LanguageNames() {
		if l.Tag != web.Lang(c) {
			links = append(links, web.Link{Href: "?lang=" + l.Tag, Label: l.Name, Name: true, Icon: "globe"})
		}
	}
	out := web.Link{Href: "/sign-out", Label: "web.sign_out", Icon: "out", Post: true}
	if who.Shared {
		out.Label, out.Icon = "staff.lock", "lock"
	}
	return append(links, out)
}
