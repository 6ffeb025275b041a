package owner

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// hookPage is all that pages/webhook.html may use: a webhook, and the log of
// what was sent to it.
type hookPage struct {
	room
	Hook     hookRow
	In       hookInput
	Kinds    []feedback.EventKind
	Secret   string           // a new one; shown once
	Until    time.Time        // the old secret signs too; zero when it does not
	Outcome  feedback.Outcome // of the test that led here
	Zone     *time.Location
	Problems feedback.Problems

	States   []feedback.DeliveryState
	State    feedback.DeliveryState // that is asked for; empty for any
	Event    feedback.EventKind     // that is asked for; empty for any
	Messages []alertRow
	After    string // the page goes on from here; empty for the newest
	Next     string // address of the next page
}

// Here is the address of the page's log as it is filtered.
func (p hookPage) Here(after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"state": string(p.State), "event": string(p.Event), "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return p.Path("/webhooks/"+p.Hook.ID) + "?" + q.Encode() + "#log"
}

// drawHook draws a webhook with its log.
func (h handler) drawHook(c echo.Context, p hookPage, id string) (err error) {
	if _, p.Hook, err = h.hookOf(c, p.room, id); err != nil {
		return err
	}
	if p.Problems == nil {
		p.In = hookInput{Name: p.Hook.Name, URL: p.Hook.Address, Some: len(p.Hook.Events) > 0}
		for _, k := range p.Hook.Events {
			p.In.Events = append(p.In.Events, string(k))
		}
	}
	if len(p.Hook.Secrets(h.desk.Now())) > 1 {
		p.Until = p.Hook.OldUntil
	}
	p.Kinds, p.States, p.Zone = feedback.EventKinds, feedback.DeliveryStates, p.Venue.Zone()
	if err := h.readPosts(c, &p); err != nil {
		return err
	}
	return draw(c, "webhook.html", p.Problems, p)
}

// readPosts reads the part of the log that is asked for. What no filter knows is
// not asked for.
func (h handler) readPosts(c echo.Context, p *hookPage) error {
	p.After = feedback.CleanLine(c.QueryParam("after"))
	f := store.DeliveryFilter{After: p.After, Limit: alertsShown + 1}
	if s := feedback.DeliveryState(c.QueryParam("state")); slices.Contains(p.States, s) {
		p.State, f.States = s, []feedback.DeliveryState{s}
	}
	if k := feedback.EventKind(c.QueryParam("event")); slices.Contains(p.Kinds, k) {
		p.Event, f.Event = k, k
	}
	ctx, org := c.Request().Context(), h.store.Org(p.by)
	ds, err := org.Posts(ctx, p.Hook.ID, f)
	if err != nil {
		return err
	}
	if len(ds) > alertsShown {
		ds = ds[:alertsShown]
		p.Next = p.Here(ds[alertsShown-1].ID)
	}
	tries, err := org.AttemptsOf(ctx, p.Hook.ID, idsOf(ds))
	p.Messages = alertRows(ds, tries)
	return err
}

// testWebhook sends a trial and says what the receiver answered. One that it
// ended is not there any more.
func (h handler) testWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	outcome, err := h.out.Try(c.Request().Context(), r.by, hook.ID, web.Lang(c))
	if err != nil {
		return err
	}
	to := "/webhooks/" + hook.ID
	if outcome.Word() == "gone" {
		to = "/webhooks"
	}
	return c.Redirect(http.StatusSeeOther, r.Path(to+"?outcome="+url.QueryEscape(string(outcome))))
}

// redeliver sends a message again.
func (h handler) redeliver(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	if err := h.desk.Redeliver(c.Request().Context(), r.by, hook.ID, c.Param("delivery")); err != nil {
		return err
	}
	return r.back(c, "/webhooks/"+hook.ID, "again")
}
