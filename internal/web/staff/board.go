package staff

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// How long the board keeps showing what is over.
const (
	showAsked = 2 * time.Hour
	showKind  = 4 * time.Hour
	// showSince bounds what is read at all: a report sent before is not shown
	// again when it ends.
	showSince = 24 * time.Hour
)

// boardPage is all that pages/board.html may use.
type boardPage struct {
	Frame  web.StaffFrame
	Base   string
	Me     string
	Seq    int64 // of the newest event the page shows
	Now    time.Time
	Filter string
	Tabs   []tab
	Lanes  []laneView
	Many   map[string]int // by the report that stands for a burst: how many more are left of it
	Count  int            // that wait, whatever is filtered
	Notice *notice
	// Channels is the address of the person's own channels; empty on a shared tablet.
	Channels string
	Failed   bool // a message did not arrive, and no manager has read of it
}

// Calm says whether there is nothing to do.
func (p boardPage) Calm() bool {
	for _, l := range p.Lanes {
		if len(l.Tickets) > 0 {
			return false
		}
	}
	return true
}

// tab is one filter.
type tab struct {
	Filter  string // as in ?f=
	Name    string // of an area; empty for the others
	Count   int
	Current bool
}

// laneView is one lane with its tickets.
type laneView struct {
	Lane    lane
	Tickets []ticketView
	Shown   int
}

// ticketView is a ticket, hidden when the filter leaves it out.
type ticketView struct {
	ticket
	Hidden bool
}

// firstBoard leads to a venue of the one who asks.
func (h handler) firstBoard(c echo.Context) error {
	who := web.Actor(c)
	venues, err := h.Store.Org(who).Venues(c.Request().Context())
	if err != nil {
		return err
	}
	for _, v := range venues {
		if who.Reaches(v.ID) {
			return c.Redirect(http.StatusSeeOther, "/board/"+url.PathEscape(v.ID))
		}
	}
	return feedback.ErrForbidden
}

func (h handler) board(c echo.Context) error {
	ctx, at, now := c.Request().Context(), h.at(c), h.Desk.Now()
	venue, err := at.Details(ctx) // before the reports: what comes in between is sent again
	if err != nil {
		return err
	}
	reports, err := at.Board(ctx, now.Add(-showSince))
	if err != nil {
		return err
	}
	bursts, leads, err := h.bursts(ctx, at, now)
	if err != nil {
		return err
	}
	areas, err := at.Areas(ctx)
	if err != nil {
		return err
	}
	page := boardPage{
		Frame: h.frame(c, venue), Base: home(c), Me: web.Actor(c).Person, Seq: venue.Seq, Now: now,
		Filter: filterOf(c, areas),
	}
	page.Frame.Live = true
	h.lives(web.Actor(c), at.Venue())
	page.Frame.Menu = append([]web.Link{{Href: "#screen", Label: "staff.screen", Icon: "tune"}, {Href: "#keys", Label: "staff.keys", Icon: "keyb"}}, page.Frame.Menu...)
	if !web.Actor(c).Shared {
		page.Channels = home(c) + "/channels"
	}
	page.Many = bursts
	page.fill(append(reports, leads...), areas, venue.Zone())
	failed, err := at.Unseen(ctx)
	if err != nil {
		return err
	}
	page.Failed = failed > 0
	if page.Notice, err = h.noticeOf(c); err != nil {
		return err
	}
	return web.Draw(c, http.StatusOK, pages, "board.html", page)
}

// bursts are the reports that stand on the board for what is left of bursts, and
// how many more there are of each.
func (h handler) bursts(ctx context.Context, at store.View, now time.Time) (more map[string]int, leads []feedback.Report, err error) {
	all, err := at.Bursts(ctx, now.Add(-showSince))
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	more = map[string]int{}
	for _, b := range all {
		if b.Lead != "" {
			more[b.Lead] = b.Left - 1
			ids = append(ids, b.Lead)
		}
	}
	if len(ids) > 0 {
		leads, err = at.Reports(ctx, store.Filter{IDs: ids, Limit: len(ids)})
	}
	return more, leads, err
}

// The filters that are no area.
const (
	everything = "all"
	mine       = "mine"
	urgent     = "urgent"
)

// filterOf is the filter the address asks for; everything for an unknown one.
func filterOf(c echo.Context, areas []feedback.Area) string {
	f := c.QueryParam("f")
	if f == mine || f == urgent {
		return f
	}
	for _, a := range areas {
		if f == a.ID {
			return f
		}
	}
	return everything
}

// passes says whether a ticket is shown under a filter. The script decides the
// same from the attributes of the ticket.
func passes(t ticket, filter string, areas map[string]string) bool {
	switch filter {
	case everything:
		return true
	case mine:
		return t.Mine()
	case urgent:
		return t.Alarming()
	}
	return areas[filter] == t.AreaName
}

// fill sorts the reports into lanes and counts what each tab would show.
func (p *boardPage) fill(reports []feedback.Report, areas []feedback.Area, zone *time.Location) {
	names := map[string]string{}
	p.Tabs = []tab{{Filter: everything}, {Filter: mine}, {Filter: urgent}}
	for _, a := range areas {
		names[a.ID] = a.Name
		p.Tabs = append(p.Tabs, tab{Filter: a.ID, Name: a.Name})
	}
	byLane := map[lane][]ticket{}
	for _, r := range reports {
		t := newTicket(r, p.Base, p.Now, zone)
		if t.Me, t.Many = p.Me, p.Many[r.ID]; t.Lane == nowhere || p.past(r) {
			continue
		}
		byLane[t.Lane] = append(byLane[t.Lane], t)
		for i := range p.Tabs {
			if !t.Small() && passes(t, p.Tabs[i].Filter, names) {
				p.Tabs[i].Count++
			}
		}
	}
	for i := range p.Tabs {
		p.Tabs[i].Current = p.Tabs[i].Filter == p.Filter
	}
	for _, l := range lanes {
		inOrder(byLane[l])
		view := laneView{Lane: l}
		for _, t := range byLane[l] {
			hidden := !passes(t, p.Filter, names)
			if !hidden {
				view.Shown++
			}
			view.Tickets = append(view.Tickets, ticketView{t, hidden})
		}
		p.Lanes = append(p.Lanes, view)
	}
	p.Count = len(byLane[waiting])
}

// past says whether a report has been over for so long that it leaves the board.
func (p *boardPage) past(r feedback.Report) bool {
	switch r.Status {
	case feedback.Resolved:
		return p.Now.Sub(r.EndedAt) > showAsked
	case feedback.Noted:
		return p.Now.Sub(r.CreatedAt) > showKind
	}
	return false
}

// Query is how an address asks for the tab.
func (t tab) Query() string { return "?f=" + url.QueryEscape(t.Filter) }

// Key is the catalogue key of a tab that is no area.
//
// i18n: staff.tab.*
func (t tab) Key() string { return "staff.tab." + t.Filter }

// Key is the catalogue key of the lane's name.
//
// i18n: staff.lane.*
func (l laneView) Key() string { return "staff.lane." + string(l.Lane) }
