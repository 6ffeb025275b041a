package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// mountWebhooks adds the addresses of other programs, which are the owner's.
func (h handler) mountWebhooks(g *echo.Group) {
	owns := somebody(feedback.Actor.NeedsOrg)
	g.GET("/webhooks", h.webhooks, owns)
	g.POST("/webhooks", h.acts(h.addWebhook), owns)
	g.GET("/webhooks/:webhook", h.webhook, owns)
	g.PATCH("/webhooks/:webhook", h.acts(h.changeWebhook), owns)
	g.DELETE("/webhooks/:webhook", h.acts(h.removeWebhook), owns)
	g.POST("/webhooks/:webhook/test", h.acts(h.testWebhook), owns)
	g.POST("/webhooks/:webhook/rotate_secret", h.acts(h.rotateWebhook), owns)
	g.GET("/webhooks/:webhook/deliveries", h.posts, owns)
	g.POST("/webhooks/:webhook/deliveries/:delivery/redeliver", h.acts(h.redeliver), owns)
}

func (h handler) webhooks(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	all, err := h.store.Org(web.Actor(c)).Webhooks(c.Request().Context())
	if err != nil {
		return err
	}
	items, next, err := part(all, p, func(ch feedback.Channel) string { return ch.ID })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.WebhookList{Items: wires(items, h.wireWebhook), Next: next})
}

// findWebhook finds the webhook that the address names.
func (h handler) findWebhook(c echo.Context, by feedback.Actor) (feedback.Channel, error) {
	ch, err := h.desk.Channel(c.Request().Context(), by, c.Param("webhook"))
	if err == nil && ch.Kind != feedback.ChannelWebhook {
		err = fmt.Errorf("webhook: %w", feedback.ErrNotFound)
	}
	return ch, err
}

func (h handler) webhook(c echo.Context) error {
	ch, err := h.findWebhook(c, web.Actor(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.wireWebhook(ch))
}

func (h handler) addWebhook(c call) (reply, error) {
	var in api.NewWebhook
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	id, secret, err := h.desk.AddWebhook(c.ctx(), c.by, desk.Webhook{Venue: in.Venue, Name: in.Name, URL: in.URL, Events: words[feedback.EventKind](in.Events)})
	if err != nil {
		return reply{}, err
	}
	return h.madeWebhook(c, id, secret, http.StatusCreated)
}

// madeWebhook answers with a webhook and its new secret, which is not kept.
func (h handler) madeWebhook(c call, id, secret string, status int) (reply, error) {
	ch, err := h.desk.Channel(c.ctx(), c.by, id)
	wired := h.wireWebhook(ch)
	return reply{
		status: status,
		body:   api.WebhookCreated{Webhook: wired, Secret: given[string](secret)},
		keep:   api.WebhookCreated{Webhook: wired},
	}, err
}

func (h handler) changeWebhook(c call) (reply, error) {
	var in api.ChangeWebhook
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	change := desk.WebhookChange{Name: in.Name, URL: in.URL, Paused: in.Paused}
	if in.Events != nil {
		kinds := words[feedback.EventKind](*in.Events)
		change.Events = &kinds
	}
	if err := h.desk.ChangeWebhook(c.ctx(), c.by, c.Param("webhook"), change); err != nil {
		return reply{}, err
	}
	ch, err := h.findWebhook(c, c.by)
	return reply{status: http.StatusOK, body: h.wireWebhook(ch)}, err
}

func (h handler) removeWebhook(c call) (reply, error) {
	if _, err := h.findWebhook(c, c.by); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, h.desk.RemoveChannel(c.ctx(), c.by, c.Param("webhook"))
}

func (h handler) rotateWebhook(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	secret, err := h.desk.RotateWebhook(c.ctx(), c.by, c.Param("webhook"))
	if err != nil {
		return reply{}, err
	}
	return h.madeWebhook(c, c.Param("webhook"), secret, http.StatusOK)
}

// testWebhook sends a message at once and says what the receiver answered.
func (h handler) testWebhook(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	if _, err := h.findWebhook(c, c.by); err != nil {
		return reply{}, err
	}
	outcome, err := h.out.Try(c.ctx(), c.by, c.Param("webhook"), web.Lang(c))
	if err != nil {
		return reply{}, err
	}
	out := api.WebhookTried{
		Accepted: outcome == feedback.Accepted, Outcome: string(outcome),
		Detail: web.T(c, "channels.outcome."+outcome.Word(), "Number", fmt.Sprint(outcome.Number())),
	}
	if n := outcome.Number(); n > 0 {
		out.Status = &n
	}
	return reply{status: http.StatusOK, body: out, keep: out}, nil
}

// posts lists what was sent to a webhook, and what became of it.
func (h handler) posts(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ps := feedback.Problems{}
	f := store.DeliveryFilter{Event: choice(c, "event", feedback.EventKinds, ps), After: p.after, Limit: p.limit + 1}
	if state := choice(c, "state", feedback.DeliveryStates, ps); state != "" {
		f.States = []feedback.DeliveryState{state}
	}
	if err := ps.OrNil(); err != nil {
		return err
	}
	ch, err := h.findWebhook(c, web.Actor(c))
	if err != nil {
		return err
	}
	ctx, org := c.Request().Context(), h.store.Org(web.Actor(c))
	ds, err := org.Posts(ctx, ch.ID, f)
	if err != nil {
		return err
	}
	ds, next := cut(ds, p, func(d feedback.Delivery) string { return d.ID })
	tries, err := org.AttemptsOf(ctx, ch.ID, wires(ds, func(d feedback.Delivery) string { return d.ID }))
	if err != nil {
		return err
	}
	items := wires(ds, func(d feedback.Delivery) api.WebhookDelivery { return wirePost(d, tries[d.ID]) })
	return c.JSON(http.StatusOK, api.WebhookDeliveryList{Items: items, Next: next})
}

// redeliver sends a message to a webhook again.
func (h handler) redeliver(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	hook, id := c.Param("webhook"), c.Param("delivery")
	if err := h.desk.Redeliver(c.ctx(), c.by, hook, id); err != nil {
		return reply{}, err
	}
	org := h.store.Org(c.by)
	d, err := org.Post(c.ctx(), hook, id)
	if err != nil {
		return reply{}, err
	}
	tries, err := org.AttemptsOf(c.ctx(), hook, []string{id})
	return reply{status: http.StatusOK, body: wirePost(d, tries[id])}, err
}

func wirePost(d feedback.Delivery, tries []feedback.Attempt) api.WebhookDelivery {
	return api.WebhookDelivery{
		ID: d.ID, Event: api.EventKind(d.Event), Seq: d.EventSeq, Venue: d.VenueID, Report: given[string](d.ReportID),
		State: api.AlertMessageState(d.State), Attempts: wires(tries, wireAttempt),
		CreatedAt: d.CreatedAt.UTC(), AgainAt: when(d.AgainAt), NextAt: when(d.NextAt), EndedAt: when(d.EndedAt),
	}
}

// wireWebhook never has the secret.
func (h handler) wireWebhook(c feedback.Channel) api.Webhook {
	out := api.Webhook{
		ID: c.ID, Name: c.Name, URL: c.Address, Venue: given[string](c.VenueID), Events: words[api.EventKind](c.Events),
		PausedAt: when(c.PausedAt), CreatedAt: c.CreatedAt.UTC(), LastAt: when(c.LastAt),
	}
	if len(c.Secrets(h.desk.Now())) > 1 {
		out.OldSecretUntil = when(c.OldUntil)
	}
	if !c.LastAt.IsZero() {
		outcome := c.LastErr
		if outcome == "" {
			outcome = feedback.Accepted
		}
		out.LastOutcome = given[string](outcome)
	}
	return out
}

// WebhookBody is what is posted to webhooks about one event of a venue: the
// event as in the stream, without what anybody wrote, names and details of
// health.
func WebhookBody(ctx context.Context, at store.View, seq int64) ([]byte, error) {
	venue, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	events, reports, _, err := at.News(ctx, seq-1, 1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Seq != seq {
		return nil, fmt.Errorf("event %d: %w", seq, feedback.ErrNotFound)
	}
	wired := withReports(events, reports, venue)
	out := api.WebhookEvent{Event: discreet(wired[0]), Venue: venue.ID}
	if e := events[0]; e.Kind == feedback.DigestDaily || e.Kind == feedback.DigestWeekly {
		if out.Digest, err = digestOf(ctx, at, venue, e); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// digestOf is what became of the period that an event tells of, without a word of
// anybody's.
func digestOf(ctx context.Context, at store.View, v feedback.Venue, e feedback.Event) (*api.Digest, error) {
	from, to, _ := strings.Cut(e.Data.What, "/")
	sum, err := at.Summary(ctx, from, to, e.At)
	if err != nil {
		return nil, err
	}
	end, err := at.End(ctx)
	if err != nil {
		return nil, err
	}
	return &api.Digest{
		From: from, To: to, Total: wireFigures("", "", sum.Total, v.Currency), Previous: wireFigures("", "", sum.Before, v.Currency), NobodyCame: sum.Missed, Waiting: sum.Open,
		Changes: wires(sum.Changes, func(c feedback.Change) api.DigestChange {
			return api.DigestChange{What: api.DigestChangeWhat(c.What), Cause: given[string](c.Cause), Now: c.Now, Before: c.Before}
		}),
		Head: given[string](end.String()),
	}, nil
}

// discreet leaves out what may not leave the house unasked.
func discreet(e api.Event) api.Event {
	if e.By != nil {
		e.By = &api.Actor{Kind: e.By.Kind, ID: e.By.ID}
	}
	if e.Report == nil {
		return e
	}
	r := *e.Report
	r.Words, r.VerdictWords, r.Server, r.Contact, r.Urgent = "", "", nil, nil, ""
	if r.TakenBy != nil {
		r.TakenBy = &api.PersonRef{ID: r.TakenBy.ID}
	}
	if r.Recovery != nil {
		r.Recovery = &api.Recovery{Actions: r.Recovery.Actions, Cost: r.Recovery.Cost}
	}
	e.Report = &r
	return e
}
