package owner

import (
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// accountPage is all that pages/account.html may use.
type accountPage struct {
	room
	Sessions  []signedIn
	Languages []string
	Problems  feedback.Problems
	Zone      *time.Location
}

// signedIn is one browser that the reader is signed in with.
type signedIn struct {
	feedback.Session
	Device string
	This   bool
}

func (h handler) account(c echo.Context) error {
	r, err := h.enter(c, "account")
	if err != nil {
		return err
	}
	return h.drawAccount(c, r, nil)
}

func (h handler) drawAccount(c echo.Context, r room, ps feedback.Problems) error {
	all, err := h.store.Org(r.by).Sessions(c.Request().Context(), r.by.Person)
	if err != nil {
		return err
	}
	p := accountPage{room: r, Languages: web.Languages(), Problems: ps, Zone: r.Venue.Zone()}
	for _, s := range all {
		if !s.Ended(h.desk.Now()) {
			p.Sessions = append(p.Sessions, signedIn{s, web.Device(s.Agent), s.ID == r.by.Session})
		}
	}
	return draw(c, "account.html", ps, p)
}

func (h handler) password(c echo.Context) error {
	r, err := h.enter(c, "account")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	err = h.desk.ChangePassword(c.Request().Context(), r.by, form.Get("old"), form.Get("password"))
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		if ps["old"] != "" {
			ps["old"] = "owner.problem.old_password"
		}
		return h.drawAccount(c, r, ps)
	}
	return r.back(c, "/account", "password")
}

func (h handler) signOutOthers(c echo.Context) error {
	r, err := h.enter(c, "account")
	if err != nil {
		return err
	}
	if err := h.desk.SignOutOthers(c.Request().Context(), r.by); err != nil {
		return err
	}
	return r.back(c, "/account", "sessions")
}
