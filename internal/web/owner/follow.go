package owner

import (
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// followViews are what the page of follow-ups can show.
//
// i18n: follow.show.*
var followViews = []string{"due", "settled", "lapsed"}

// lapsedFor is how far back promises that lapsed are listed.
const lapsedFor = 30 * 24 * time.Hour

// followsPage is all that pages/follows.html may use.
type followsPage struct {
	room
	Views []string
	Show  string
	Due   []followCard
	Other []feedback.Report // settled, or lapsed
	Next  string            // address of the next page; empty on the last
	Zone  *time.Location
}

// followCard is a follow-up as it is drawn: never with the details themselves,
// for who looks at those is noted.
type followCard struct {
	store.FollowUp
	Days int // until the contact details are erased
	Path string
}

// followPage is all that pages/follow.html may use.
type followPage struct {
	room
	Report   feedback.Report
	Contact  feedback.Contact
	Number   string // for telephones; empty when there is none
	Days     int
	Subject  string // in the guest's language, as the text
	Text     string
	In       url.Values
	Key      string
	Problems feedback.Problems
	Outcomes []feedback.FollowUp
	Zone     *time.Location
}

// Chose says whether a choice was made in the form.
func (p followPage) Chose(field, value string) bool {
	for _, v := range p.In[field] {
		if v == value {
			return true
		}
	}
	return false
}

// Waits says whether the report is one to follow up.
func (p followPage) Waits() bool { return p.Report.FollowsUp() }

// daysLeft is how many days begin until a moment.
func daysLeft(until, now time.Time) int {
	return max(int(math.Ceil(until.Sub(now).Hours()/24)), 1)
}

func (h handler) follows(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	ctx, now := c.Request().Context(), h.desk.Now()
	p := followsPage{room: r, Views: followViews, Show: "due", Zone: r.Venue.Zone()}
	f := store.Filter{After: feedback.CleanLine(c.QueryParam("after")), Limit: issuesOnPage + 1}
	switch c.QueryParam("show") {
	case "settled":
		p.Show, f.Settled = "settled", true
	case "lapsed":
		p.Show, f.Lapsed, f.From = "lapsed", now, now.Add(-lapsedFor)
	default:
		due, err := r.view.FollowUps(ctx)
		for _, one := range due {
			p.Due = append(p.Due, followCard{one, daysLeft(one.ExpiresAt, now), r.Path("/follow/" + one.ID)})
		}
		if err != nil {
			return err
		}
		return draw(c, "follows.html", nil, p)
	}
	if p.Other, err = r.view.Reports(ctx, f); err != nil {
		return err
	}
	if len(p.Other) > issuesOnPage {
		p.Other = p.Other[:issuesOnPage]
		q := url.Values{"show": {p.Show}, "after": {p.Other[issuesOnPage-1].ID}}
		p.Next = r.Path("/follow?" + q.Encode())
	}
	return draw(c, "follows.html", nil, p)
}

func (h handler) follow(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	return h.drawFollow(c, followPage{room: r, In: url.Values{}})
}

// drawFollow shows one report to follow up, with how to reach the guest.
func (h handler) drawFollow(c echo.Context, p followPage) (err error) {
	ctx, id := c.Request().Context(), c.Param("report")
	if p.Report, err = p.view.Report(ctx, id); err != nil {
		return err
	}
	if p.Contact, err = h.desk.Contact(ctx, p.by, p.Venue.ID, id); err != nil {
		return err
	}
	p.Number = feedback.Dialable(web.Latin(p.Contact.Phone))
	p.Days, p.Zone, p.Key = daysLeft(p.Contact.ExpiresAt, h.desk.Now()), p.Venue.Zone(), web.NewToken()
	p.Outcomes = feedback.FollowUps
	lang := p.Report.Language
	p.Subject = web.In(lang, "follow.subject", "Venue", p.Venue.Name)
	if p.Text = p.Venue.Wording.In(feedback.FollowText, lang); p.Text == "" {
		p.Text = web.In(lang, "follow.text", "Venue", p.Venue.Name)
	}
	return draw(c, "follow.html", p.Problems, p)
}

func (h handler) followUp(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	cost, ok := web.ParseMoney(form.Get("cost"), r.Venue.Currency)
	if !ok {
		return h.drawFollow(c, followPage{room: r, In: form, Problems: feedback.Problems{"cost": "staff.cost_wrong"}})
	}
	err = h.desk.FollowUp(c.Request().Context(), web.Once(c, form), r.Venue.ID, c.Param("report"), desk.Followed{
		Outcome:  feedback.FollowUp(form.Get("outcome")),
		Recovery: feedback.Recovery{Actions: form["did"], Cost: cost, Note: form.Get("note")},
	})
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawFollow(c, followPage{room: r, In: form, Problems: ps})
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/follow?done=saved"))
}
