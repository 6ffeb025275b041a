package owner

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// trials bounds how often somebody may have messages sent to an address.
var trials = web.Rate{Burst: 10, Every: 10 * time.Second}

// mountChannels adds the pages about the venue's own ways out of the house.
func (h handler) mountChannels(g *echo.Group) {
	few := web.Limit("test", trials)
	g.GET("/channels", h.channels)
	g.POST("/channels", h.addChannel)
	g.POST("/channels/:channel/test", h.testChannel, few)
	g.POST("/channels/:channel/remove", h.removeChannel)
}

// channelsPage is all that pages/channels.html may use.
type channelsPage struct {
	room
	Base     string
	Out      web.Out
	List     []feedback.Channel
	Zone     *time.Location
	Email    string
	Kind     feedback.ChannelKind
	In       string
	Problems feedback.Problems
	Outcome  feedback.Outcome // of the test that led here
}

func (h handler) channels(c echo.Context) error {
	return h.drawChannels(c, channelsPage{Outcome: web.Told(c.QueryParam("outcome"))})
}

func (h handler) drawChannels(c echo.Context, p channelsPage) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	if p.List, err = r.view.Channels(c.Request().Context()); err != nil {
		return err
	}
	p.room, p.Base, p.Out, p.Zone = r, r.Path(""), h.out, r.Venue.Zone()
	return draw(c, "channels.html", p.Problems, p)
}

func (h handler) addChannel(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := desk.NewChannel{Venue: c.Param("venue"), Kind: feedback.ChannelKind(form.Get("kind")), Address: form.Get("address")}
	_, err = h.desk.AddChannel(c.Request().Context(), web.Actor(c), in)
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawChannels(c, channelsPage{Kind: in.Kind, In: in.Address, Problems: ps})
	}
	return c.Redirect(http.StatusSeeOther, "/owner/"+url.PathEscape(in.Venue)+"/channels?done=added")
}

func (h handler) testChannel(c echo.Context) error {
	r, err := h.ownChannel(c)
	if err != nil {
		return err
	}
	outcome, err := h.out.Try(c.Request().Context(), r.by, c.Param("channel"), web.Lang(c))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/channels?outcome="+url.QueryEscape(string(outcome))))
}

func (h handler) removeChannel(c echo.Context) error {
	r, err := h.ownChannel(c)
	if err != nil {
		return err
	}
	if err := h.desk.RemoveChannel(c.Request().Context(), r.by, c.Param("channel")); err != nil {
		return err
	}
	return r.back(c, "/channels", "removed")
}

// ownChannel finds the venue, and that the channel in the address is its own.
func (h handler) ownChannel(c echo.Context) (room, error) {
	r, err := h.enter(c, "settings")
	if err != nil {
		return r, err
	}
	ch, err := r.view.Channel(c.Request().Context(), c.Param("channel"))
	if err == nil && (ch.VenueID != r.Venue.ID || ch.PersonID != "") {
		err = feedback.ErrNotFound
	}
	return r, err
}
