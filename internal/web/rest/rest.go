// Package rest is the API for other programs: JSON in, JSON out, as published in
// makeright/api. What leaves the house is decided by the functions called wire;
// who may do what is the desk's to say, and for reading the actor's.
package rest

import (
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

// Deps are what the API needs.
type Deps struct {
	Desk    *desk.Desk
	Store   *store.Store
	Hub     *live.Hub
	BaseURL *url.URL
	Out     web.Out
}

type handler struct {
	desk  *desk.Desk
	store *store.Store
	hub   *live.Hub
	base  *url.URL
	out   web.Out
	feed  *web.Feed
	snaps *snapshots
}

var (
	// sending is what comes from one place through one code before it is marked.
	sending = web.Rate{Burst: 20, Every: 10 * time.Second}
	// talking limits what the holder of one status token writes.
	talking = web.Rate{Burst: 20, Every: 3 * time.Second}
	// looking limits how often the holder of one status token looks.
	looking = web.Rate{Burst: 120, Every: time.Second}
	// working limits one key or person.
	working = web.Rate{Burst: 1000, Every: 10 * time.Millisecond}
)

// Mount adds the API to e.
func Mount(e *echo.Echo, d Deps) {
	h := handler{desk: d.Desk, store: d.Store, hub: d.Hub, base: d.BaseURL, out: d.Out, feed: &web.Feed{}, snaps: &snapshots{}}
	e.GET("/api/docs", h.docs)
	e.GET("/api/docs/:file", h.docsFile)
	g := e.Group("/api/v1") // a group with middleware would answer 404 where 405 is meant
	g.GET("/openapi.yaml", h.specYAML)
	g.GET("/openapi.json", h.specJSON)
	h.mountGuests(g)
	h.mountVenues(g)
	h.mountReports(g)
	h.mountOffice(g)
	h.mountWebhooks(g)
}

// mountGuests adds what a code or a status token opens.
func (h handler) mountGuests(g *echo.Group) {
	g.POST("/codes/:code/reports", h.acts(h.submit), web.Mark("submit", sending), stranger)

	look, talk := web.Limit("look", looking), web.Limit("guest", talking)
	g.GET("/r/:token", h.guestReport, look, h.holder)
	g.GET("/r/:token/events", h.guestEvents, look, h.holder)
	g.PATCH("/r/:token", h.acts(h.correct), talk, h.holder)
	g.DELETE("/r/:token", h.acts(h.withdraw), talk, h.holder)
	g.POST("/r/:token/messages", h.acts(h.guestMessage), talk, h.holder)
	g.POST("/r/:token/verdict", h.acts(h.verdict), talk, h.holder)
	g.POST("/r/:token/call", h.acts(h.call), talk, h.holder)
	g.POST("/r/:token/done", h.acts(h.end), talk, h.holder)
	g.DELETE("/r/:token/contact", h.acts(h.forget), talk, h.holder)
	g.DELETE("/r/:token/page", h.acts(h.endPage), talk, h.holder)
}

const venue = "/venues/:venue"

// mountVenues adds venues and what stands in them.
func (h handler) mountVenues(g *echo.Group) {
	reads, manages := h.in(reading(feedback.Staff)), h.in(doing(feedback.Manager))
	readsAll, seats, draws := h.in(reading(feedback.Manager)), h.in(feedback.Actor.NeedsVisits), h.in(drawing)

	g.GET("/venues", h.venues, somebody(readsSomewhere))
	g.POST("/venues", h.acts(h.addVenue), somebody(feedback.Actor.NeedsOrg))
	g.GET(venue, h.venue, reads)
	g.PATCH(venue, h.acts(h.changeVenue), manages)
	g.GET(venue+"/escalation", h.escalation, readsAll)
	g.PUT(venue+"/escalation", h.acts(h.setEscalation), manages)
	owns := h.in(owning)
	g.GET(venue+"/file", h.exportVenue, owns)
	g.POST(venue+"/file", h.acts(h.importVenue), owns, web.BodyLimit(feedback.MaxFile))
	g.GET(venue+"/alerts", h.alerts, readsAll)
	g.GET(venue+"/screens", h.screens, readsAll)
	g.GET(venue+"/tables", h.tables, reads)
	g.POST(venue+"/tables", h.acts(h.addTables), manages)
	g.POST(venue+"/tables/:table/rotate", h.acts(h.rotate), manages)
	g.POST(venue+"/tables/:table/revoke", h.acts(h.revoke), manages)
	g.POST(venue+"/visits", h.acts(h.openVisit, h.refillVisit), seats)
	g.PATCH(venue+"/visits/:visit", h.acts(h.changeVisit), seats)
	g.GET(venue+"/codes", h.codes, readsAll)
	g.GET(venue+"/codes/:file", h.picture, draws)
	g.GET(venue+"/sheet.pdf", h.sheet, readsAll)
	g.GET(venue+"/stats", h.stats, readsAll)
	g.GET(venue+"/alert_budget", h.budget, readsAll)
	g.GET(venue+"/export.csv", h.exportCSV, readsAll)
	g.GET(venue+"/export.xlsx", h.exportXLSX, readsAll)
}

// mountReports adds what guests told a venue, and what is done about it.
func (h handler) mountReports(g *echo.Group) {
	reads := h.in(reading(feedback.Staff))
	works, manages := h.in(doing(feedback.Staff)), h.in(doing(feedback.Manager))

	g.GET(venue+"/events", h.events, reads)
	g.GET(venue+"/reports", h.reports, reads)
	g.POST(venue+"/reports", h.acts(h.writeDown, h.refillReport), works)
	g.GET(venue+"/reports/:report", h.report, reads)
	const report = venue + "/reports/:report"
	g.GET(report+"/incident", h.incident, manages)
	g.PATCH(report+"/incident", h.acts(h.changeIncident), manages)
	g.POST(report+"/take", h.acts(h.take, h.refillReport), works)
	g.POST(report+"/hand_over", h.acts(h.handOver, h.refillReport), works)
	g.POST(report+"/release", h.acts(h.release, h.refillReport), works)
	g.POST(report+"/messages", h.acts(h.say, h.refillMessage), works)
	g.POST(report+"/resolve", h.acts(h.resolve, h.refillReport), works)
	g.POST(report+"/unresolved", h.acts(h.unresolved, h.refillReport), works)
	g.POST(report+"/dismiss", h.acts(h.dismiss, h.refillReport), manages)
	g.POST(report+"/reopen", h.acts(h.reopen, h.refillReport), manages)
	g.POST(report+"/undo", h.acts(h.undo, h.refillReport), works)
}

// mountOffice adds keys, people and the audit, which are the owner's.
func (h handler) mountOffice(g *echo.Group) {
	owns := somebody(feedback.Actor.NeedsOrg)

	g.GET("/keys", h.keys, owns)
	g.POST("/keys", h.acts(h.addKey), owns)
	g.PATCH("/keys/:key", h.acts(h.renameKey), owns)
	g.DELETE("/keys/:key", h.acts(h.revokeKey), owns)
	g.GET("/people", h.people, owns)
	g.POST("/people", h.acts(h.addPerson), owns)
	g.GET("/people/:person", h.person, owns)
	g.PATCH("/people/:person", h.acts(h.changePerson), owns)
	g.POST("/people/:person/reset_password", h.acts(h.resetPassword), owns)
	g.POST("/people/:person/reset_pin", h.acts(h.resetPin), owns)
	g.GET("/audit", h.audit, owns)
}
