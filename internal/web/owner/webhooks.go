package owner

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// mountWebhooks adds the pages about programs that are told what happens, which
// are the owner's alone.
func (h handler) mountWebhooks(g *echo.Group) {
	few := web.Limit("test", trials)
	g.GET("/webhooks", h.webhooks)
	g.POST("/webhooks", h.addWebhook)
	g.GET("/webhooks/:webhook", h.webhook)
	g.POST("/webhooks/:webhook", h.changeWebhook)
	g.POST("/webhooks/:webhook/test", h.testWebhook, few)
	g.POST("/webhooks/:webhook/pause", h.pauseWebhook)
	g.POST("/webhooks/:webhook/rotate", h.rotateWebhook)
	g.GET("/webhooks/:webhook/remove", h.askRemoveWebhook)
	g.POST("/webhooks/:webhook/remove", h.removeWebhook)
	g.POST("/webhooks/:webhook/deliveries/:delivery/again", h.redeliver)
}

// hookInput is the form of a webhook as it was filled in.
type hookInput struct {
	Name, URL string
	Here      bool // of this venue alone
	Some      bool // told only what is chosen
	Events    []string
}

// Has says whether a kind of event is chosen.
func (in hookInput) Has(kind feedback.EventKind) bool {
	return slices.Contains(in.Events, string(kind))
}

func readHook(c echo.Context) (hookInput, error) {
	form, err := web.Form(c)
	return hookInput{form.Get("name"), form.Get("url"), form.Get("of") == "here", form.Get("what") == "some", form["events"]}, err
}

// kinds are what it is told; none for everything. To choose, and then to choose
// nothing, is a mistake.
func (in hookInput) kinds() ([]feedback.EventKind, error) {
	if !in.Some {
		return nil, nil
	}
	var kinds []feedback.EventKind
	for _, e := range in.Events {
		kinds = append(kinds, feedback.EventKind(e))
	}
	if len(kinds) == 0 {
		return nil, feedback.Problems{"events": "hooks.problem.none"}
	}
	return kinds, nil
}

// hooksPage is all that pages/webhooks.html may use.
type hooksPage struct {
	room
	List     []hookRow
	In       hookInput
	Kinds    []feedback.EventKind
	Outcome  feedback.Outcome // of the test that led here
	Zone     *time.Location
	Problems feedback.Problems
}

// hookRow is a webhook, and the venue that it is told of; empty for all.
type hookRow struct {
	feedback.Channel
	Of string
}

// Title is what a webhook is called: by its name, else by its host.
func (r hookRow) Title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Shown()
}

// owned is enter for what is the owner's alone.
func (h handler) owned(c echo.Context) (room, error) {
	r, err := h.enter(c, "settings")
	if err == nil {
		err = r.by.NeedsOrg()
	}
	return r, err
}

func (h handler) webhooks(c echo.Context) error {
	r, err := h.owned(c)
	if err != nil {
		return err
	}
	return h.drawHooks(c, hooksPage{room: r, Outcome: web.Told(c.QueryParam("outcome"))})
}

func (h handler) drawHooks(c echo.Context, p hooksPage) error {
	ctx, org := c.Request().Context(), h.store.Org(p.by)
	hooks, err := org.Webhooks(ctx)
	if err != nil {
		return err
	}
	venues, err := org.Venues(ctx)
	if err != nil {
		return err
	}
	for _, hook := range hooks {
		p.List = append(p.List, hookRow{hook, nameOf(venues, hook.VenueID)})
	}
	p.Kinds, p.Zone = feedback.EventKinds, p.Venue.Zone()
	return draw(c, "webhooks.html", p.Problems, p)
}

func nameOf(venues []feedback.Venue, id string) string {
	for _, v := range venues {
		if v.ID == id {
			return v.Name
		}
	}
	return ""
}

// addWebhook adds a webhook and shows its secret, once.
func (h handler) addWebhook(c echo.Context) error {
	r, err := h.owned(c)
	if err != nil {
		return err
	}
	in, err := readHook(c)
	if err != nil {
		return err
	}
	kinds, err := in.kinds()
	var id, secret string
	if err == nil {
		hook := desk.Webhook{Name: in.Name, URL: in.URL, Events: kinds}
		if in.Here {
			hook.Venue = r.Venue.ID
		}
		id, secret, err = h.desk.AddWebhook(c.Request().Context(), r.by, hook)
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawHooks(c, hooksPage{room: r, In: in, Problems: ps})
	}
	return h.drawHook(c, hookPage{room: r, Secret: secret}, id)
}

func (h handler) webhook(c echo.Context) error {
	r, err := h.owned(c)
	if err != nil {
		return err
	}
	return h.drawHook(c, hookPage{room: r, Outcome: web.Told(c.QueryParam("outcome"))}, c.Param("webhook"))
}

// hook finds the webhook of the address.
func (h handler) hook(c echo.Context) (room, hookRow, error) {
	r, err := h.owned(c)
	if err != nil {
		return r, hookRow{}, err
	}
	return h.hookOf(c, r, c.Param("webhook"))
}

func (h handler) hookOf(c echo.Context, r room, id string) (room, hookRow, error) {
	ctx := c.Request().Context()
	hook, err := h.desk.Channel(ctx, r.by, id)
	if err == nil && hook.Kind != feedback.ChannelWebhook {
		err = feedback.ErrNotFound
	}
	if err != nil {
		return r, hookRow{}, err
	}
	venues, err := h.store.Org(r.by).Venues(ctx)
	return r, hookRow{hook, nameOf(venues, hook.VenueID)}, err
}

func (h handler) changeWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	in, err := readHook(c)
	if err != nil {
		return err
	}
	kinds, err := in.kinds()
	if err == nil {
		err = h.desk.ChangeWebhook(c.Request().Context(), r.by, hook.ID, desk.WebhookChange{Name: &in.Name, URL: &in.URL, Events: &kinds})
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawHook(c, hookPage{room: r, In: in, Problems: ps}, hook.ID)
	}
	return r.back(c, "/webhooks/"+hook.ID, "saved")
}

// pauseWebhook stops telling a webhook, or goes on.
func (h handler) pauseWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	on := form.Get("paused") == "yes"
	if err := h.desk.ChangeWebhook(c.Request().Context(), r.by, hook.ID, desk.WebhookChange{Paused: &on}); err != nil {
		return err
	}
	return r.back(c, "/webhooks/"+hook.ID, "saved")
}

// rotateWebhook makes another secret and shows it, once.
func (h handler) rotateWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	secret, err := h.desk.RotateWebhook(c.Request().Context(), r.by, hook.ID)
	if err != nil {
		return err
	}
	return h.drawHook(c, hookPage{room: r, Secret: secret}, hook.ID)
}

func (h handler) askRemoveWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	return draw(c, "confirm.html", nil, confirmPage{
		room: r, Title: web.T(c, "hooks.remove.title", "Name", hook.Title()), Text: web.T(c, "hooks.remove.text"),
		Yes: "hooks.remove.yes", No: "hooks.remove.no", Action: c.Request().URL.Path, Back: r.Path("/webhooks/" + hook.ID),
	})
}

func (h handler) removeWebhook(c echo.Context) error {
	r, hook, err := h.hook(c)
	if err != nil {
		return err
	}
	if err := h.desk.RemoveChannel(c.Request().Context(), r.by, hook.ID); err != nil {
		return err
	}
	return r.back(c, "/webhooks", "removed")
}
