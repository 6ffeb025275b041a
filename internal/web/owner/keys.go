package owner

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// keyInput is what is asked of a new key.
type keyInput struct {
	Name  string
	Scope feedback.Scope
	Life  string
}

// lives are how long a key may open something.
//
// i18n: owner.key.life.*, owner.scope.*
var lives = map[string]time.Duration{"": 0, "30": 30 * 24 * time.Hour, "365": 365 * 24 * time.Hour}

// createKey makes a key for another program and shows its secret, once.
func (h handler) createKey(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := keyInput{form.Get("key_name"), feedback.Scope(form.Get("scope")), form.Get("life")}
	var expires time.Time
	if life := lives[in.Life]; life > 0 {
		expires = h.desk.Now().Add(life)
	}
	_, secret, err := h.desk.CreateKey(c.Request().Context(), r.by, in.Name, in.Scope, expires)
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	p := settingsPage{room: r, In: settingsOf(r.Venue), Secret: secret}
	if len(ps) > 0 {
		p.KeyIn, p.Problems = in, feedback.Problems{}
		for field, key := range ps {
			p.Problems[strings.Replace(field, "name", "key_name", 1)] = key
		}
	}
	return h.drawSettings(c, p)
}

func (h handler) askRevokeKey(c echo.Context) error {
	r, key, err := h.key(c)
	if err != nil {
		return err
	}
	return draw(c, "confirm.html", nil, confirmPage{
		room: r, Title: web.T(c, "owner.revoke_key.title", "Name", key.Name), Text: web.T(c, "owner.revoke_key.text"),
		Yes: "owner.revoke_key.yes", No: "owner.revoke.no", Action: c.Request().URL.Path, Back: r.Path("/settings#programs"),
	})
}

func (h handler) revokeKey(c echo.Context) error {
	r, key, err := h.key(c)
	if err != nil {
		return err
	}
	if err := h.desk.RevokeKey(c.Request().Context(), r.by, key.ID); err != nil {
		return err
	}
	return r.back(c, "/settings", "key")
}

// key finds the key of the address; keys are the owner's business.
func (h handler) key(c echo.Context) (room, feedback.Key, error) {
	r, err := h.enter(c, "settings")
	if err == nil {
		err = r.by.NeedsOrg()
	}
	if err != nil {
		return r, feedback.Key{}, err
	}
	key, err := h.store.Org(r.by).Key(c.Request().Context(), c.Param("key"))
	if err == nil && !key.RevokedAt.IsZero() {
		err = feedback.ErrNotFound
	}
	return r, key, err
}

// auditOnPage is how many lines a page of the audit list has.
const auditOnPage = 100

// auditPage is all that pages/audit.html may use.
type auditPage struct {
	room
	Lines []auditLine
	Next  string
	Zone  *time.Location
}

// auditLine is who changed what.
//
// i18n: owner.audit.*
type auditLine struct {
	feedback.Audit
	What    string   // catalogue key
	Program string   // the key's name, unless it was revoked
	Subject string   // the name of what was changed
	Where   string   // the venue, if it is another than the page's
	Fields  []string // what of it
}

func (h handler) audit(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err == nil {
		err = r.by.NeedsOrg()
	}
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	all, err := h.store.Org(r.by).Audit(ctx, feedback.CleanLine(c.QueryParam("after")), auditOnPage+1)
	if err != nil {
		return err
	}
	p := auditPage{room: r, Zone: r.Venue.Zone()}
	if len(all) > auditOnPage {
		all = all[:auditOnPage]
		p.Next = r.Path("/audit?after=" + all[auditOnPage-1].ID)
	}
	names, err := h.names(c, r)
	if err != nil {
		return err
	}
	for _, a := range all {
		l := auditLine{Audit: a, What: "owner.audit." + a.Action, Program: names[a.ByID], Subject: names[a.Target], Fields: fields(a.Detail)}
		if a.VenueID != r.Venue.ID && a.VenueID != a.Target {
			l.Where = names[a.VenueID]
		}
		p.Lines = append(p.Lines, l)
	}
	return draw(c, "audit.html", nil, p)
}

// names finds what people, venues, keys and webhooks are called.
func (h handler) names(c echo.Context, r room) (map[string]string, error) {
	ctx, org, names := c.Request().Context(), h.store.Org(r.by), map[string]string{}
	people, err := org.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	keys, err := org.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		names[k.ID] = k.Name
	}
	hooks, err := org.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	for _, hook := range hooks {
		names[hook.ID] = hookRow{Channel: hook}.Title()
	}
	venues, err := org.Venues(ctx)
	for _, v := range venues {
		names[v.ID] = v.Name
	}
	return names, err
}

// fields lists what of a noun changed, as programs call it: a role that was
// given, a field's name.
func fields(detail map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(detail)) {
		if value := detail[name]; value != "changed" {
			out = append(out, strings.ToLower(name)+": "+value)
		} else {
			out = append(out, strings.ToLower(name))
		}
	}
	return out
}
