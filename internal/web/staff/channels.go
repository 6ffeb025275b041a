package staff

import (
	"errors"
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

// mountChannels adds the pages where people choose how alerts reach them.
func (h handler) mountChannels(e *echo.Echo, works []echo.MiddlewareFunc) {
	v, works := "/board/:venue/channels", append(works[:len(works):len(works)], h.there)
	e.GET(v, h.channels, works...)
	e.POST(v, h.addChannel, works...)
	e.POST(v+"/:channel/test", h.testChannel, append(works[:len(works):len(works)], web.Limit("test", trials))...)
	e.POST(v+"/:channel/remove", h.removeChannel, works...)
	e.GET("/account/push", h.pushKey, people)
	e.POST("/account/push", h.subscribe, people)
}

// there lets nobody pass to a venue that is not theirs: what follows is about
// the person alone.
func (h handler) there(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := h.at(c).Details(c.Request().Context()); err != nil {
			return err
		}
		return next(c)
	}
}

// channelsPage is all that pages/channels.html may use.
type channelsPage struct {
	Frame    web.StaffFrame
	Base     string
	Out      web.Out
	List     []feedback.Channel
	Zone     *time.Location
	Email    string // of the person
	Kind     feedback.ChannelKind
	In       string
	Problems feedback.Problems
	Outcome  feedback.Outcome // of the test that led here
}

func (h handler) channels(c echo.Context) error {
	return h.drawChannels(c, http.StatusOK, channelsPage{Outcome: web.Told(c.QueryParam("outcome"))})
}

func (h handler) drawChannels(c echo.Context, status int, p channelsPage) error {
	ctx, who := c.Request().Context(), web.Actor(c)
	if who.Shared {
		return feedback.ErrForbidden
	}
	venue, err := h.at(c).Details(ctx)
	if err != nil {
		return err
	}
	person, err := h.Store.Org(who).Person(ctx, who.Person)
	if err != nil {
		return err
	}
	if p.List, err = h.Store.Org(who).ChannelsOf(ctx, who.Person); err != nil {
		return err
	}
	p.Frame, p.Base, p.Out, p.Zone, p.Email = h.frame(c, venue), home(c), h.Out, venue.Zone(), person.Email
	p.Frame.Scripts = []string{"push.js"}
	return web.Draw(c, status, pages, "channels.html", p)
}

func (h handler) addChannel(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	kind, address := feedback.ChannelKind(form.Get("kind")), form.Get("address")
	_, err = h.Desk.AddChannel(c.Request().Context(), web.Actor(c), desk.NewChannel{Kind: kind, Address: address})
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawChannels(c, http.StatusUnprocessableEntity, channelsPage{Kind: kind, In: address, Problems: ps})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/channels")
}

// testChannel sends a message to an address and says what the receiver said.
func (h handler) testChannel(c echo.Context) error {
	outcome, err := h.Out.Try(c.Request().Context(), web.Actor(c), c.Param("channel"), web.Lang(c))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/channels?outcome="+url.QueryEscape(string(outcome)))
}

func (h handler) removeChannel(c echo.Context) error {
	if err := h.Desk.RemoveChannel(c.Request().Context(), web.Actor(c), c.Param("channel")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, home(c)+"/channels")
}

// pushKeyAnswer is what a script needs to subscribe.
type pushKeyAnswer struct {
	Key    string `json:"key"`
	Person string `json:"person"`
}

func (h handler) pushKey(c echo.Context) error {
	who := web.Actor(c)
	if who.Shared {
		return feedback.ErrForbidden
	}
	return c.JSON(http.StatusOK, pushKeyAnswer{h.Out.PushKey, who.Person})
}

// subscribe adds the browser that asks. It answers 410 when the browser needs
// another subscription and 409 when it should want none.
func (h handler) subscribe(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	s := feedback.Subscription{
		Endpoint: form.Get("endpoint"), Keys: feedback.SubscriptionKeys{P256DH: form.Get("p256dh"), Auth: form.Get("auth")},
	}
	_, err = h.Desk.Subscribe(c.Request().Context(), web.Actor(c), s, web.Device(c.Request().UserAgent()), form.Get("renew") != "")
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
