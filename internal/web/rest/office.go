package rest

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

func (h handler) keys(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ctx, org := c.Request().Context(), h.store.Org(web.Actor(c))
	all, err := org.Keys(ctx)
	if err != nil {
		return err
	}
	items, next, err := part(all, p, func(k feedback.Key) string { return k.ID })
	if err != nil {
		return err
	}
	people, err := org.People(ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	return c.JSON(http.StatusOK, api.KeyList{
		Items: wires(items, func(k feedback.Key) api.Key { return wireKey(k, names[k.CreatedBy]) }), Next: next,
	})
}

// readKey draws one key.
func (h handler) readKey(c call, id string) (api.Key, error) {
	org := h.store.Org(c.by)
	k, err := org.Key(c.ctx(), id)
	if err != nil {
		return api.Key{}, err
	}
	maker := feedback.Person{}
	if k.CreatedBy != "" {
		maker, err = org.Person(c.ctx(), k.CreatedBy)
	}
	return wireKey(k, maker.Name), err
}

func (h handler) addKey(c call) (reply, error) {
	var in api.NewKey
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	k := feedback.Key{Name: in.Name, Scope: feedback.Scope(in.Scope)}
	if in.ExpiresAt != nil {
		if k.ExpiresAt = in.ExpiresAt.UTC(); !k.Valid(h.desk.Now()) {
			return reply{}, feedback.Problems{"expires_at": "rest.problem.past"}
		}
	}
	id, secret, err := h.desk.CreateKey(c.ctx(), c.by, k.Name, k.Scope, k.ExpiresAt)
	if err != nil {
		return reply{}, err
	}
	key, err := h.readKey(c, id)
	return reply{
		status: http.StatusCreated,
		body:   api.KeyCreated{Key: key, Secret: given[string](secret)},
		keep:   api.KeyCreated{Key: key},
	}, err
}

func (h handler) renameKey(c call) (reply, error) {
	var in api.ChangeKey
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if err := h.desk.RenameKey(c.ctx(), c.by, c.Param("key"), in.Name); err != nil {
		return reply{}, err
	}
	key, err := h.readKey(c, c.Param("key"))
	return reply{status: http.StatusOK, body: key}, err
}

func (h handler) revokeKey(c call) (reply, error) {
	return reply{status: http.StatusNoContent}, h.desk.RevokeKey(c.ctx(), c.by, c.Param("key"))
}

func (h handler) people(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ctx, org := c.Request().Context(), h.store.Org(web.Actor(c))
	all, err := org.People(ctx)
	if err != nil {
		return err
	}
	items, next, err := part(all, p, func(p feedback.Person) string { return p.ID })
	if err != nil {
		return err
	}
	members, err := org.Memberships(ctx)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.PersonList{
		Items: wires(items, func(p feedback.Person) api.Person { return wirePerson(p, rolesOf(p.ID, members)) }), Next: next,
	})
}

func rolesOf(person string, members []feedback.Membership) []feedback.Membership {
	var out []feedback.Membership
	for _, m := range members {
		if m.PersonID == person {
			out = append(out, m)
		}
	}
	return out
}

// readPerson draws one person.
func (h handler) readPerson(c echo.Context, by feedback.Actor, id string) (api.Person, error) {
	ctx, org := c.Request().Context(), h.store.Org(by)
	p, err := org.Person(ctx, id)
	if err != nil {
		return api.Person{}, err
	}
	members, err := org.Memberships(ctx)
	return wirePerson(p, rolesOf(id, members)), err
}

func (h handler) person(c echo.Context) error {
	p, err := h.readPerson(c, web.Actor(c), c.Param("person"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, p)
}

func (h handler) addPerson(c call) (reply, error) {
	var in api.NewPerson
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	id, err := h.desk.AddPerson(c.ctx(), c.by, desk.NewPerson{
		Name: in.Name, Email: in.Email, Role: feedback.Role(in.Role), Roles: venueRoles(in.Venues), Language: in.Language,
	})
	if err != nil {
		return reply{}, err
	}
	p, err := h.readPerson(c, c.by, id)
	if err != nil || p.Email == nil || c.replayed() {
		return reply{http.StatusCreated, api.PersonCreated{Person: p}, api.PersonCreated{Person: p}}, err
	}
	inviter := c.by
	inviter.Request = feedback.Request{} // its key is the person's
	link, err := h.desk.InvitePerson(c.ctx(), inviter, id, feedback.Invite)
	return reply{
		status: http.StatusCreated,
		body:   api.PersonCreated{Person: p, Invite: h.wireFresh(link)},
		keep:   api.PersonCreated{Person: p, Invite: &api.Link{ExpiresAt: link.Expires.UTC()}},
	}, err
}

// wireFresh is a link with which somebody chooses a password.
func (h handler) wireFresh(link desk.Fresh) *api.Link {
	out := &api.Link{ExpiresAt: link.Expires.UTC()}
	if link.Token != "" {
		out.URL = given[string](h.base.String() + "/join/" + link.Token)
	}
	return out
}

func venueRoles(in []api.VenueRole) map[string]feedback.Role {
	out := map[string]feedback.Role{}
	for _, r := range in {
		out[r.Venue] = feedback.Role(r.Role)
	}
	return out
}

func (h handler) changePerson(c call) (reply, error) {
	var in api.ChangePerson
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	change := desk.PersonChange{Name: in.Name, Disabled: in.Disabled}
	if in.Role != nil {
		role := feedback.Role(*in.Role)
		if *in.Role == api.NewRoleNone {
			role = feedback.Nobody
		} else if !role.Known() {
			return reply{}, feedback.Problems{"role": "problem.role.unknown"}
		}
		change.Role = &role
	}
	if in.Venues != nil {
		roles := venueRoles(*in.Venues)
		change.Roles = &roles
	}
	if err := h.desk.ChangePerson(c.ctx(), c.by, c.Param("person"), change); err != nil {
		return reply{}, err
	}
	p, err := h.readPerson(c, c.by, c.Param("person"))
	return reply{status: http.StatusOK, body: p}, err
}

func (h handler) resetPassword(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	link, err := h.desk.InvitePerson(c.ctx(), c.by, c.Param("person"), feedback.Reset)
	return reply{
		status: http.StatusCreated, body: h.wireFresh(link), keep: api.Link{ExpiresAt: link.Expires.UTC()},
	}, err
}

func (h handler) resetPin(c call) (reply, error) {
	var in api.ResetPin
	if err := c.readAny(&in); err != nil {
		return reply{}, err
	}
	if in.Pin == "" {
		pin, err := newPin()
		if err != nil {
			return reply{}, err
		}
		in.Pin = pin
	}
	if err := h.desk.SetPin(c.ctx(), c.by, c.Param("person"), in.Pin); err != nil {
		return reply{}, err
	}
	if c.replayed() {
		return reply{status: http.StatusOK, body: api.Pin{}}, nil
	}
	return reply{http.StatusOK, api.Pin{Pin: &in.Pin}, api.Pin{}}, nil
}

// newPin makes up a PIN of six digits.
func newPin() (string, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", err
		}
		if pin := fmt.Sprintf("%06d", n); feedback.CheckPin(pin) == nil {
			return pin, nil
		}
	}
}

func (h handler) audit(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	all, err := h.store.Org(web.Actor(c)).Audit(c.Request().Context(), p.after, p.limit+1)
	if err != nil {
		return err
	}
	items, next := cut(all, p, func(a feedback.Audit) string { return a.ID })
	return c.JSON(http.StatusOK, api.AuditList{Items: wires(items, wireAudit), Next: next})
}
