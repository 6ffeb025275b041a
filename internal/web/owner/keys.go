package owner

import (
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
