package rest

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

// screens lists the boards that were heard of late, and the tablets that were
// not. Who has left the team, or a tablet that was unpaired, is not named.
func (h handler) screens(c echo.Context) error {
	v, ctx, now := here(c), c.Request().Context(), h.desk.Now()
	at := h.store.For(web.Actor(c), v.ID)
	duties, err := at.Duties(ctx)
	if err != nil {
		return err
	}
	team, err := at.Team(ctx)
	if err != nil {
		return err
	}
	tablets, err := at.Devices(ctx)
	if err != nil {
		return err
	}
	out, heard := api.ScreenList{Items: []api.Screen{}, Expected: feedback.Missed(v, duties, now)}, h.hub.List(v.ID, now)
	for _, s := range heard {
		name := nameOf(s, team, tablets)
		if name != "" {
			out.Items = append(out.Items, api.Screen{Name: name, Tablet: s.Tablet, Managers: s.Managers, Live: now.Sub(s.At) <= live.Deaf, HeardAt: when(s.At)})
		}
	}
	for _, t := range tablets {
		if !slices.ContainsFunc(heard, func(s live.Screen) bool { return s.ID == t.ID }) {
			out.Items = append(out.Items, api.Screen{Name: t.Name, Tablet: true})
		}
	}
	return c.JSON(http.StatusOK, out)
}

func nameOf(s live.Screen, team []store.Member, tablets []feedback.Device) string {
	if s.Tablet {
		if i := slices.IndexFunc(tablets, func(t feedback.Device) bool { return t.ID == s.ID }); i >= 0 {
			return tablets[i].Name
		}
		return ""
	}
	if i := slices.IndexFunc(team, func(m store.Member) bool { return m.ID == s.Person }); i >= 0 {
		return team[i].Name
	}
	return ""
}
