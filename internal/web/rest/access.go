package rest

import (
	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// keyVenue is where the venue of a request is kept in its context.
const keyVenue = "makeright.venue"

// here is the venue that the address names; see [handler.in].
func here(c echo.Context) feedback.Venue {
	v, _ := c.Get(keyVenue).(feedback.Venue)
	return v
}

// in lets those pass who may do something in the venue that the address names.
// A venue of somebody else is not found, whatever the actor may do elsewhere.
func (h handler) in(may func(feedback.Actor, string) error) echo.MiddlewareFunc {
	return somebody(func(feedback.Actor) error { return nil }, func(c echo.Context) error {
		by := web.Actor(c)
		v, err := h.store.For(by, c.Param("venue")).Details(c.Request().Context())
		if err != nil {
			return err
		}
		c.Set(keyVenue, v)
		return may(by, v.ID)
	})
}

// somebody lets those pass who are signed in and may; more are looked at after
// that.
func somebody(may func(feedback.Actor) error, more ...func(echo.Context) error) echo.MiddlewareFunc {
	limit := web.Limit("api", working)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return web.SignedIn(limit(func(c echo.Context) error {
			if err := look(c, may, more); err != nil {
				return err
			}
			return next(c)
		}))
	}
}

//go:noinline
func look(c echo.Context, may func(feedback.Actor) error, more []func(echo.Context) error) error {
	// A page of another site could not read the answer, but make a browser ask in
	// somebody's name, and some reads leave a line in the audit.
	if from := c.Request().Header.Get("Sec-Fetch-Site"); web.Actor(c).Kind == feedback.ByPerson && from != "" && from != "same-origin" && from != "none" {
		return feedback.ErrForbidden
	}
	if err := may(web.Actor(c)); err != nil {
		return err
	}
	for _, at := range more {
		if err := at(c); err != nil {
			return err
		}
	}
	return nil
}

// reading is for what somebody of this role reads.
func reading(role feedback.Role) func(feedback.Actor, string) error {
	return func(a feedback.Actor, venue string) error { return a.NeedsRead(role, venue) }
}

// doing is for what somebody of this role does.
func doing(role feedback.Role) func(feedback.Actor, string) error {
	return func(a feedback.Actor, venue string) error { return a.Needs(role, venue) }
}

// drawing is for pictures of codes, which a till needs too.
func drawing(a feedback.Actor, venue string) error {
	if a.NeedsVisits(venue) == nil {
		return nil
	}
	return a.NeedsRead(feedback.Staff, venue)
}

// readsSomewhere is for lists that hold only what the actor reaches anyway.
func readsSomewhere(a feedback.Actor) error {
	if a.Kind == feedback.ByKey && a.Scope == feedback.ScopeVisits {
		return feedback.ErrForbidden
	}
	return nil
}

// holder lets in who holds a status token, as the guest of its report.
func (h handler) holder(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		guest, err := h.desk.Guest(c.Request().Context(), c.Param("token"))
		if err != nil {
			return err
		}
		web.SetActor(c, guest)
		return next(c)
	}
}

// stranger makes everybody a guest, also those who are signed in.
func stranger(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		web.SetActor(c, feedback.Actor{Kind: feedback.ByGuest})
		return next(c)
	}
}
