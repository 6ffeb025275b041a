// Package guest is what guests see: the form behind a code, and the page that
// shows what becomes of what they said. Everything works without a script and
// without a login; who holds a code or a status address is let in by it.
package guest

import (
	"embed"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

// Deps are what the guest's pages need.
type Deps struct {
	Desk    *desk.Desk
	Store   *store.Store
	Hub     *live.Hub
	BaseURL *url.URL
}

type handler struct {
	desk  *desk.Desk
	store *store.Store
	hub   *live.Hub
	forms *forms
	base  string // of addresses that leave the page
}

//go:embed pages/*.html
var files embed.FS

var pages = web.MustPages(files, "pages/[a-z]*.html", "pages/_*.html")

// Scripts that stand inside pages, by their names in static.
const (
	formScript   = "guest.js"
	statusScript = "guest-status.js"
)

var (
	// typing limits short codes, which people type and machines could guess; a
	// scanned code is too long for that.
	typing = web.Rate{Burst: 60, Every: 2 * time.Second}
	// sending is what one browser sends at one table before it is marked.
	sending = web.Rate{Burst: 6, Every: 30 * time.Second}
	// talking limits what the holder of one status page writes.
	talking = web.Rate{Burst: 20, Every: 3 * time.Second}
	// listening limits how often a status page opens its stream.
	listening = web.Rate{Burst: 60, Every: time.Second}
)

// Mount adds the guest's pages to e. Addresses in codes are upper case, so that
// the codes stay small; typed ones may be lower case.
func Mount(e *echo.Echo, deps Deps) {
	h := handler{deps.Desk, deps.Store, deps.Hub, newForms(), deps.BaseURL.String()}
	plain, form := web.GuestHeaders(""), web.GuestHeaders(formScript)
	e.GET("/", h.landing, plain)
	e.POST("/", h.typed, plain, web.Limit("typed", typing))
	e.GET("/privacy", h.privacy, plain)
	e.GET("/:short", h.short, plain)

	for _, path := range []string{"/T/:code", "/t/:code"} {
		e.GET(path, h.form, form)
		e.POST(path, h.send, form, web.BodyLimit(uploads), web.Mark("report", sending))
		e.GET(path+"/privacy", h.privacyOfForm, plain)
		e.GET(path+"/urgent", h.toForm, plain)
		e.POST(path+"/urgent", h.alarm, form) // never limited
		e.POST(path+"/scan", h.scan, plain, web.Limit("scan", talking))
		e.GET(path+"/scan", h.toForm, plain)
	}
	h.mountKiosk(e)
	for _, path := range []string{"/R/:token", "/r/:token"} {
		e.GET(path, h.status, web.GuestHeaders(statusScript))
		e.GET(path+"/privacy", h.privacyOfStatus, plain)
		e.GET(path+"/live", h.live, web.FramedBySelf(""))
		e.GET(path+"/events", h.events, plain, web.Limit("listen", listening))
		e.GET(path+"/photos/:photo", h.photo, plain, web.Limit("listen", listening))
		e.POST(path+"/photos", h.photos, web.GuestHeaders(statusScript), web.BodyLimit(uploads), web.Limit("guest", talking))
		e.GET(path+"/photos", h.back)
		e.POST(path+"/end", h.endPage, plain, web.Limit("guest", talking))
		e.GET(path+"/end", h.back)
		e.POST(path+"/seen", h.seen, plain, web.Limit("seen", listening))
		e.GET(path+"/seen", h.back)
		g := e.Group(path, web.GuestHeaders(statusScript), web.Limit("guest", talking))
		for name, do := range map[string]verb{
			"messages": h.message, "verdict": h.verdict, "call": h.call,
			"table": h.table, "contact": h.forget, "withdraw": h.withdraw, "done": h.done,
		} {
			g.POST("/"+name, h.act(do))
			g.GET("/"+name, h.back)
		}
	}
}
