package guest

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// livePart is the part of a status page that changes by itself: all that
// pages/_live.html may use.
type livePart struct {
	Path    string // of the status page
	Version int64  // of the report
	Framed  bool   // the part stands in a frame, which loads itself anew
	Zone    *time.Location

	Head     head
	Calm     *calm
	Promise  *promise
	Ask      int64 // number of the question whether it was put right; 0 when it is not asked
	Steps    []step
	Often    bool   // the guest may call as often as they like
	Held     bool   // who is called is the manager, who knows of nothing yet
	Call     string // key of the button; empty when nobody can be called
	Called   int64  // number of the last call; 0 before the first
	CalledAt time.Time
	Talk     []line
	Unseen   string // id of the newest message of the team, until the guest has seen it
}

// statusPage is all that pages/status.html may use.
type statusPage struct {
	Frame       web.GuestFrame
	Live        livePart
	Notice      string            // what went wrong with what the guest did last
	Problems    feedback.Problems // of that
	Text        string            // the message that was not sent
	Told        told
	Writable    bool
	Address     string // of the page, for guests to keep
	Endable     bool   // the guest may say that they need nothing more
	Mistake     bool   // one tap raised an alarm, which still stands
	Movable     bool
	Photos      []feedback.Photo
	MorePhoto   bool // one more can be added
	Tables      []feedback.Table
	Contact     bool // there are contact details to erase
	ContactDays int  // for which they are kept
	Ends        time.Time
	Emergency   string
	Reviews     template.HTML
}

// told is what the guest told us.
type told struct {
	Rating    int
	Urgent    feedback.Urgent // instead of a rating
	Causes    []chip
	Words     string
	Handling  string
	Withdrawn bool
}

// guest lets the holder of a status address in.
func (h handler) guest(c echo.Context) (feedback.Actor, error) {
	return h.desk.Guest(c.Request().Context(), c.Param("token"))
}

func (h handler) status(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	page, err := h.statusPage(c, guest)
	if err != nil {
		return err
	}
	return web.Draw(c, http.StatusOK, pages, "status.html", page)
}

// story reads what there is to tell, and lets the venue's languages count.
func (h handler) story(c echo.Context, guest feedback.Actor) (story, error) {
	ctx, at := c.Request().Context(), h.store.For(guest, guest.Venue)
	s := story{now: h.desk.Now()}
	var err error
	if s.venue, err = at.Details(ctx); err != nil {
		return s, err
	}
	if s.report, err = at.Report(ctx, guest.ID); err != nil {
		return s, err
	}
	if s.events, err = at.EventsOf(ctx, guest.ID); err != nil {
		return s, err
	}
	if s.messages, err = at.Messages(ctx, guest.ID, false); err != nil {
		return s, err
	}
	if s.names, err = names(ctx, at, s.events); err != nil {
		return s, err
	}
	s.staffed = h.hub.Staffed(guest.Venue, s.report.ManagersOnly(), h.desk.Now())
	web.Offer(c, s.venue.Languages)
	s.say, s.minutes, s.clock = web.Printer(c).T, web.Printer(c).Minutes, web.Printer(c).Time
	return s, nil
}

// names finds out who the people of a timeline are.
func names(ctx context.Context, at store.View, events []feedback.Event) (map[string]string, error) {
	all := map[string]string{}
	for _, e := range events {
		for _, id := range []string{e.ByID, e.Data.Person} {
			if _, known := all[id]; known || id == "" || e.ByKind == feedback.ByKey && id == e.ByID {
				continue
			}
			p, err := at.Person(ctx, id)
			if err != nil {
				return nil, err
			}
			all[id] = p.Name
		}
	}
	return all, nil
}

func (h handler) statusPage(c echo.Context, guest feedback.Actor) (statusPage, error) {
	s, err := h.story(c, guest)
	if err != nil {
		return statusPage{}, err
	}
	h.opened(c, guest, s)
	ctx, at, r := c.Request().Context(), h.store.For(guest, guest.Venue), s.report
	page := statusPage{
		Frame: web.GuestFrame{
			Venue: s.venue.Name, Area: r.AreaName, Table: r.TableName, Languages: s.venue.Languages,
			Script: statusScript, Privacy: path(c) + "/privacy",
		},
		Live:     s.live(path(c)),
		Told:     told{r.Rating, r.Urgent, named(web.Lang(c), s.venue, r.Causes), r.Words, r.Handling, r.Withdrawn()},
		Writable: r.Status != feedback.Dismissed && !r.Withdrawn() && !r.Done(),
		Address:  h.base + path(c),
		Endable:  r.CanBeDone(),
		Mistake:  r.Urgent != "" && !r.Over() && !r.Withdrawn(),
		Movable:  !r.Over() && !r.Withdrawn() && !r.Done(),
		Ends:     r.CreatedAt.Add(feedback.StatusLife), Emergency: s.venue.Emergency(), ContactDays: s.venue.KeepsContact(),
	}
	if page.Photos, err = at.Photos(ctx, r.ID); err != nil {
		return page, err
	}
	page.MorePhoto, page.Notice = page.Writable && len(page.Photos) < feedback.MaxPhotos, photoNotice(c)
	if page.Tables, err = at.Tables(ctx); err != nil {
		return page, err
	}
	contact, err := at.Contact(ctx, r.ID)
	if err != nil {
		return page, err
	}
	page.Contact = contact != feedback.Contact{}
	page.Reviews, err = reviews(web.Lang(c), s.venue.ReviewLinks)
	return page, err
}

// path is the address of the status page that the request is about.
func path(c echo.Context) string {
	return "/R/" + url.PathEscape(strings.ToUpper(c.Param("token")))
}

func (s story) live(path string) livePart {
	r := s.report
	part := livePart{
		Path: path, Version: r.Version, Zone: s.venue.Zone(),
		Head: s.head(), Calm: s.calm(), Promise: s.promise(), Steps: s.steps(), CalledAt: r.CalledAt,
	}
	if r.Status == feedback.Resolved && r.Verdict == feedback.NoVerdict && !r.Withdrawn() {
		part.Ask = r.EndedAt.UnixMilli()
	}
	if !r.CalledAt.IsZero() {
		part.Called = r.CalledAt.UnixMilli()
	}
	switch {
	case r.Over() || r.Withdrawn() || r.Done():
	case r.Held():
		part.Call, part.Held = "delay.now", true
	case r.Status == feedback.Noted:
		part.Call = "guest.call.over"
	case r.Safety():
		part.Call, part.Often = "safety.call.again", true
	default:
		part.Call = "guest.call.again"
	}
	if !r.Withdrawn() {
		part.Talk, part.Unseen = s.talk(), s.unseen()
	}
	return part
}
