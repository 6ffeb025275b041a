package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// escalation is who is told of reports, and when.
func (h handler) escalation(c echo.Context) error {
	es, err := h.store.For(web.Actor(c), here(c).ID).Escalation(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wireEscalation(es))
}

func (h handler) setEscalation(c call) (reply, error) {
	var in api.Escalation
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	es := feedback.Escalation{Ordinary: policy(in.Ordinary), Safety: policy(in.Safety)}
	if err := h.desk.SetEscalation(c.ctx(), c.by, c.venue(), es); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: wireEscalation(es)}, nil
}

func policy(in api.Policy) feedback.Policy {
	return feedback.Policy{Repeat: in.RepeatSeconds, Steps: wires(in.Steps, func(s api.EscalationStep) feedback.Step {
		return feedback.Step{After: s.AfterSeconds, To: words[feedback.Target](s.To), People: s.People, Channel: feedback.ChannelKind(s.Channel)}
	})}
}

func wireEscalation(es feedback.Escalation) api.Escalation {
	return api.Escalation{Ordinary: wirePolicy(es.Ordinary), Safety: wirePolicy(es.Safety)}
}

func wirePolicy(p feedback.Policy) api.Policy {
	return api.Policy{RepeatSeconds: p.Repeat, Steps: wires(p.Steps, func(s feedback.Step) api.EscalationStep {
		return api.EscalationStep{AfterSeconds: s.After, To: words[api.Target](s.To), People: s.People, Channel: string(s.Channel)}
	})}
}

// alerts lists whom we told, when, and whether it arrived.
func (h handler) alerts(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ctx, at := c.Request().Context(), h.store.For(web.Actor(c), here(c).ID)
	ds, err := at.Deliveries(ctx, store.DeliveryFilter{Report: c.QueryParam("report"), People: true, After: p.after, Limit: p.limit + 1})
	if err != nil {
		return err
	}
	ds, next := cut(ds, p, func(d feedback.Delivery) string { return d.ID })
	tries, err := at.AttemptsOf(ctx, wires(ds, func(d feedback.Delivery) string { return d.ID }))
	if err != nil {
		return err
	}
	items := wires(ds, func(d feedback.Delivery) api.AlertMessage { return wireAlert(d, tries[d.ID]) })
	return c.JSON(http.StatusOK, api.AlertList{Items: items, Next: next})
}

func wireAlert(d feedback.Delivery, tries []feedback.Attempt) api.AlertMessage {
	return api.AlertMessage{
		ID: d.ID, Report: given[string](d.ReportID), Alert: given[string](d.AlertID), Table: d.TableName, Step: d.Step, Says: d.What,
		Channel: string(d.Kind), ChannelName: d.ChannelName, Person: personRef(d.PersonID, d.PersonName), State: api.AlertMessageState(d.State),
		CreatedAt: d.CreatedAt, NextAt: when(d.NextAt), EndedAt: when(d.EndedAt),
		Attempts: wires(tries, wireAttempt),
	}
}

func wireAttempt(a feedback.Attempt) api.AlertAttempt {
	return api.AlertAttempt{At: a.At, Outcome: string(a.Outcome)}
}
