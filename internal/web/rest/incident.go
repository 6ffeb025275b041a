package rest

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

func (h handler) incident(c echo.Context) error {
	i, err := h.desk.Incident(c.Request().Context(), web.Actor(c), here(c).ID, c.Param("report"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wireIncident(i))
}

func (h handler) changeIncident(c call) (reply, error) {
	var in api.ChangeIncident
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	err := h.desk.ChangeIncident(c.ctx(), c.by, c.venue(), c.Param("report"), c.by.Request.Version, func(i *feedback.Incident) error {
		for to, from := range map[*string]*string{
			&i.Contact: in.Contact, &i.Eaten: in.Eaten, &i.Allergen: in.Allergen, &i.Symptoms: in.Symptoms, &i.Medication: in.Medication,
			&i.Kept: in.Kept, &i.OnStation: in.OnStation, &i.TakenBy: in.TakenBy, &i.Actions: in.Actions, &i.Authority: in.Authority,
		} {
			set(to, from)
		}
		for to, from := range map[*time.Time]*time.Time{&i.MealAt: in.MealAt, &i.OnsetAt: in.OnsetAt, &i.ToldAt: in.ToldAt} {
			set(to, from)
		}
		set(&i.Party, in.Party)
		set(&i.Ill, in.Ill)
		if in.Help != nil {
			i.Help = words[string](*in.Help)
		}
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	i, err := h.desk.Incident(c.ctx(), c.by, c.venue(), c.Param("report"))
	return reply{status: http.StatusOK, body: wireIncident(i)}, err
}

// wireIncident decides what of a record leaves the house, for managers.
func wireIncident(i feedback.Incident) api.Incident {
	return api.Incident{
		Report: i.ReportID, OpenedAt: i.OpenedAt.UTC(), MealAt: when(i.MealAt), OnsetAt: when(i.OnsetAt), ToldAt: when(i.ToldAt),
		Party: i.Party, Ill: i.Ill, Help: words[api.Help](i.Help), Contact: i.Contact, Eaten: i.Eaten, Allergen: i.Allergen,
		Symptoms: i.Symptoms, Medication: i.Medication, Kept: i.Kept, OnStation: i.OnStation, TakenBy: i.TakenBy, Actions: i.Actions,
		Authority: i.Authority, Version: i.Version, ChangedAt: when(i.ChangedAt), ChangedBy: given[string](i.ChangedBy),
	}
}
