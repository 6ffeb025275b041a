package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

func (h handler) venues(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	by := web.Actor(c)
	all, err := h.store.Org(by).Venues(c.Request().Context())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(v feedback.Venue) bool { return !by.Reaches(v.ID) })
	items, next, err := part(all, p, func(v feedback.Venue) string { return v.ID })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.VenueList{Items: wires(items, wireVenue), Next: next})
}

func (h handler) venue(c echo.Context) error { return c.JSON(http.StatusOK, wireVenue(here(c))) }

func (h handler) addVenue(c call) (reply, error) {
	var in api.NewVenue
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	id, err := h.desk.AddVenue(c.ctx(), c.by, feedback.Venue{
		Name: in.Name, Country: in.Country, TimeZone: in.Timezone, Currency: in.Currency, Languages: in.Languages,
		PromiseMinutes: in.PromiseMinutes, ReviewLinks: links(in.ReviewLinks), Hours: hours(in.Hours), RoleOnly: in.RoleOnly, VisitOnScan: in.VisitOnScan,
	})
	if err != nil {
		return reply{}, err
	}
	v, err := h.store.For(c.by, id).Details(c.ctx())
	body := wireVenue(v)
	return reply{http.StatusCreated, body, body}, err
}

func links(in []api.ReviewLink) []feedback.ReviewLink {
	return wires(in, func(l api.ReviewLink) feedback.ReviewLink {
		return feedback.ReviewLink{Label: feedback.CleanLine(l.Label), URL: l.URL}
	})
}

func hours(in *api.Hours) feedback.Hours {
	if in == nil {
		return feedback.Hours{}
	}
	return feedback.Hours{Week: in.Week, Holidays: in.Holidays}
}

func (h handler) changeVenue(c call) (reply, error) {
	var in api.ChangeVenue
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	err := h.desk.ChangeVenue(c.ctx(), c.by, c.venue(), func(v *feedback.Venue) {
		set(&v.Name, in.Name)
		set(&v.Country, in.Country)
		set(&v.TimeZone, in.Timezone)
		set(&v.Currency, in.Currency)
		set(&v.Languages, in.Languages)
		set(&v.PromiseMinutes, in.PromiseMinutes)
		set(&v.ContactDays, in.ContactDays)
		set(&v.TextMonths, in.TextMonths)
		set(&v.RoleOnly, in.RoleOnly)
		set(&v.VisitOnScan, in.VisitOnScan)
		if in.ReviewLinks != nil {
			v.ReviewLinks = links(*in.ReviewLinks)
		}
		if in.Hours != nil {
			v.Hours = hours(in.Hours)
		}
		if in.SafetyWords != nil {
			v.SafetyWords = cleanWords(*in.SafetyWords)
		}
		if in.Protocol != nil {
			v.Protocol = cleanTexts(*in.Protocol)
		}
	})
	if err != nil {
		return reply{}, err
	}
	v, err := h.store.For(c.by, c.venue()).Details(c.ctx())
	return reply{status: http.StatusOK, body: wireVenue(v)}, err
}

func cleanWords(in map[string][]string) map[string][]string {
	out := map[string][]string{}
	for lang, words := range in {
		for _, w := range words {
			out[lang] = append(out[lang], feedback.CleanLine(w))
		}
	}
	return out
}

func cleanTexts(in map[string]string) map[string]string {
	out := map[string]string{}
	for lang, text := range in {
		if text = feedback.Clean(text); text != "" {
			out[lang] = text
		}
	}
	return out
}

// set changes what was sent and leaves the rest.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (h handler) tables(c echo.Context) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	ctx, by, v := c.Request().Context(), web.Actor(c), here(c)
	all, err := h.store.For(by, v.ID).Tables(ctx)
	if err != nil {
		return err
	}
	items, next, err := part(all, p, func(t feedback.Table) string { return t.ID })
	if err != nil {
		return err
	}
	codes, err := h.desk.TableCodes(ctx, by, v.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.TableList{Items: wires(items, h.withCode(codes)), Next: next})
}

// withCode draws tables with their codes.
func (h handler) withCode(codes []feedback.Code) func(feedback.Table) api.Table {
	return func(t feedback.Table) api.Table {
		i := slices.IndexFunc(codes, func(c feedback.Code) bool { return c.TableID == t.ID })
		if i < 0 {
			return h.wireTable(t, nil)
		}
		return h.wireTable(t, &codes[i])
	}
}

func (h handler) addTables(c call) (reply, error) {
	var in api.NewTables
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	one := in.Tables == nil
	if !one && (in.Name != "" || in.Area != "") {
		return reply{}, feedback.Problems{"tables": "rest.problem.one_or_many"}
	}
	if one {
		in.Tables = []api.NewTable{{Name: in.Name, Area: in.Area}}
	}
	_, err := h.desk.AddTables(c.ctx(), c.by, c.venue(), wires(in.Tables, func(t api.NewTable) desk.NewTable {
		return desk.NewTable{Name: t.Name, Area: t.Area}
	}))
	if err != nil {
		return reply{}, err
	}
	added, err := h.tablesNamed(c, in.Tables)
	if err != nil {
		return reply{}, err
	}
	if one {
		return reply{http.StatusCreated, added[0], added[0]}, nil
	}
	list := api.TableList{Items: added}
	return reply{http.StatusCreated, list, list}, nil
}

// tablesNamed draws tables by their names, in that order.
func (h handler) tablesNamed(c call, named []api.NewTable) ([]api.Table, error) {
	all, err := h.store.For(c.by, c.venue()).Tables(c.ctx())
	if err != nil {
		return nil, err
	}
	codes, err := h.desk.TableCodes(c.ctx(), c.by, c.venue())
	if err != nil {
		return nil, err
	}
	draw, out := h.withCode(codes), make([]api.Table, 0, len(named))
	for _, t := range named {
		i := slices.IndexFunc(all, func(have feedback.Table) bool { return have.Name == feedback.CleanLine(t.Name) })
		if i < 0 { // renamed or removed since
			return nil, feedback.ErrConflict
		}
		out = append(out, draw(all[i]))
	}
	return out, nil
}

func (h handler) rotate(c call) (reply, error) {
	var in api.RotateCode
	if err := c.readAny(&in); err != nil {
		return reply{}, err
	}
	grace := feedback.RotateGrace
	if in.GraceMinutes != nil {
		m := *in.GraceMinutes
		if m < 0 || m > int(feedback.MaxGrace/time.Minute) {
			return reply{}, feedback.Problems{"grace_minutes": "rest.problem.grace"}
		}
		grace = time.Duration(m) * time.Minute
	}
	if err := h.desk.RotateCodeWithin(c.ctx(), c.by, c.venue(), c.Param("table"), grace); err != nil {
		return reply{}, err
	}
	return h.tableAnswer(c)
}

func (h handler) revoke(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	if err := h.desk.RevokeCode(c.ctx(), c.by, c.venue(), c.Param("table")); err != nil {
		return reply{}, err
	}
	return h.tableAnswer(c)
}

func (h handler) tableAnswer(c call) (reply, error) {
	t, err := h.store.For(c.by, c.venue()).Table(c.ctx(), c.Param("table"))
	if err != nil {
		return reply{}, err
	}
	codes, err := h.desk.TableCodes(c.ctx(), c.by, c.venue())
	body := h.withCode(codes)(t)
	return reply{http.StatusOK, body, body}, err
}

func (h handler) openVisit(c call) (reply, error) {
	var in api.NewVisit
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if most := int(feedback.MaxVisit / time.Minute); in.ExpiresInMinutes < 0 || in.ExpiresInMinutes > most {
		return reply{}, feedback.Problems{"expires_in_minutes": "problem.expires.range"}
	}
	id, made, err := h.desk.OpenVisit(c.ctx(), c.by, c.venue(), desk.NewVisit{
		Table: in.Table, Check: in.Check, Server: in.Server, Covers: in.Covers,
		Expires: time.Duration(in.ExpiresInMinutes) * time.Minute, Test: in.Test,
	})
	if err != nil {
		return reply{}, err
	}
	body, err := h.readVisit(c, id)
	keep := body
	keep.Receipt = api.Receipt{} // thirty kilobytes that can be drawn again
	if made || c.replayed() {
		return reply{http.StatusCreated, body, keep}, err
	}
	return reply{http.StatusOK, body, keep}, err
}

// refillVisit draws the receipt of a visit that is answered again.
func (h handler) refillVisit(c call, kept []byte) (any, error) {
	var out api.Visit
	if err := json.Unmarshal(kept, &out); err != nil {
		return nil, err
	}
	code, err := h.store.For(c.by, c.venue()).Code(c.ctx(), out.Code.ID)
	if err != nil {
		return nil, err
	}
	out.Receipt, err = h.receipt(code)
	return out, err
}

// changeVisit is what may change of a visit.
type changeVisit struct {
	Closed *bool       `json:"closed"`
	Moment *api.Moment `json:"moment"`
}

func (h handler) changeVisit(c call) (reply, error) {
	var in changeVisit
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if in.Closed == nil && in.Moment == nil {
		return reply{}, feedback.Problems{"closed": "rest.problem.missing"}
	}
	id := c.Param("visit")
	if in.Moment != nil {
		if err := h.desk.Mark(c.ctx(), c.by, c.venue(), id, string(*in.Moment)); err != nil {
			return reply{}, err
		}
	}
	if in.Closed != nil && *in.Closed {
		if err := h.desk.CloseVisit(c.ctx(), c.by, c.venue(), id); err != nil {
			return reply{}, err
		}
	}
	body, err := h.readVisit(c, id)
	if err == nil && in.Closed != nil && !*in.Closed && body.ClosedAt != nil {
		err = feedback.ErrConflict // who has left does not come back by this
	}
	return reply{status: http.StatusOK, body: body}, err
}

func (h handler) readVisit(c call, id string) (api.Visit, error) {
	at := h.store.For(c.by, c.venue())
	v, err := at.Visit(c.ctx(), id)
	if err != nil {
		return api.Visit{}, err
	}
	t, err := at.Table(c.ctx(), v.TableID)
	if err != nil {
		return api.Visit{}, err
	}
	codes, err := at.CodesOf(c.ctx(), v.TableID, v.ID, h.desk.Now())
	if err == nil && len(codes) == 0 {
		err = feedback.ErrNotFound
	}
	if err != nil {
		return api.Visit{}, err
	}
	receipt, err := h.receipt(codes[0])
	return h.wireVisit(v, t, codes[0], receipt), err
}
