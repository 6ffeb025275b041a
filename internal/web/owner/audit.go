package owner

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

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
	What    string // catalogue key
	Program string // the key's name, unless it was revoked
	Subject string // the name of what was changed
	Where   string // the venue, if it is another than the page's
	Details []said // what of it
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
		l := auditLine{Audit: a, What: "owner.audit." + a.Action, Program: names[a.ByID], Subject: names[a.Target], Details: details(c, r.Venue.Zone(), a)}
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

// said is one thing that the audit trail has of a change, in words.
type said struct {
	Label, Value string // one of them may be empty
	Raw          bool   // there are no words for it: as programs say it
}

// details say what of a noun changed.
func details(c echo.Context, zone *time.Location, a feedback.Audit) []said {
	var all []said
	for _, name := range slices.Sorted(maps.Keys(a.Detail)) {
		all = append(all, detail(c, zone, a.Action, name, a.Detail[name]))
	}
	return all
}

// Words for details, by name: what says all by itself, what is one word of a list,
// and what is called by its label.
//
// i18n: role.*, owner.scope.*, channels.kind.*, hooks.event.*, paper.layout.*
var (
	wholeDetails = map[string]string{
		"disabled=yes": "owner.person.gone_title", "disabled=no": "owner.audit_open", "paused=yes": "hooks.paused", "paused=no": "owner.audit_resumed",
		"kind=invite": "owner.person.invite_title", "kind=reset": "owner.person.reset_title", "format=letter": "owner.print.letter",
		"role=": "owner.person.not_here",
	}
	listedDetails = map[string]string{
		"role": "role.", "scope": "owner.scope.", "kind": "channels.kind.", "event": "hooks.event.", "layout": "paper.layout.",
	}
	detailLabels = map[string]string{
		"name": "file.field.name", "email": "owner.team.email", "roles": "owner.person.venues_title", "area": "file.field.area",
		"table": "web.table", "tables": "owner.codes.tables", "tablet": "", "host": "hooks.url", "events": "hooks.what", "secret": "hooks.secret",
		"changes": "owner.audit_changes", "format": "owner.print.paper", "labels": "codes.labels", "languages": "codes.languages", "period": "owner.audit_period",
	}
)

// detail says one of them.
func detail(c echo.Context, zone *time.Location, action, name, value string) said {
	if whole, ok := wholeDetails[name+"="+value]; ok {
		return said{Value: web.T(c, whole)}
	}
	if list, ok := listedDetails[name]; ok {
		return said{Value: web.T(c, list+value)}
	}
	if slices.Contains(feedback.Mailings, name) {
		return mailDetail(c, name, value)
	}
	label, ok := detailLabels[name]
	if action == "venue.changed" {
		label, ok = settingLabel(name)
	}
	n, err := strconv.Atoi(value)
	switch {
	case (name == "number" || name == "count") && err == nil:
		return said{Value: web.T(c, "codes.tables_n", "Count", n)}
	case action == "export.taken" && name == "table":
		return said{Value: exported(c, value)}
	case !ok:
		return said{Label: strings.ToLower(name), Value: value, Raw: true}
	case name == "languages":
		value = languageNames(value)
	case name == "period":
		value = exportedOf(c, zone, value)
	case name == "format":
		value = strings.ToUpper(value)
	case value == "changed":
		value = ""
	}
	if label != "" {
		label = web.T(c, label)
	}
	return said{Label: label, Value: value}
}

// settingLabel is the key of what a field of a venue is called on the pages of settings.
func settingLabel(field string) (key string, ok bool) {
	if field == "Name" {
		return "owner.setup.venue", true
	}
	for name, key := range settingLabels {
		if strings.ReplaceAll(name, "_", "") == strings.ToLower(field) {
			return key, true
		}
	}
	return "", false
}

// mailDetail says that a mailing was chosen, ended or changed.
//
// i18n: digest.every.*
func mailDetail(c echo.Context, what, value string) said {
	s := said{Label: web.T(c, "digest.every."+what)}
	switch value {
	case "on":
		s.Value = web.T(c, "owner.audit_on")
	case "off":
		s.Value = web.T(c, "owner.audit_off")
	}
	return s
}

// exported is what a table that was taken away holds, and how it ends.
//
// i18n: figures.reports, figures.events, figures.figures
func exported(c echo.Context, file string) string {
	what, ending, _ := strings.Cut(file, ".")
	return web.T(c, "figures."+what) + " (" + strings.ToUpper(ending) + ")"
}

// exportedOf says from when to when, each a day or a moment.
func exportedOf(c echo.Context, zone *time.Location, text string) string {
	from, to, _ := strings.Cut(text, " – ")
	when := func(text string) string {
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return web.Printer(c).Date(day, nil)
		}
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return web.Printer(c).DateTime(at, zone)
		}
		return text
	}
	if from == to {
		return when(from)
	}
	return web.T(c, "owner.overview.span", "From", when(from), "To", when(to))
}

// languageNames are what languages call themselves.
func languageNames(tags string) string {
	names := strings.Fields(tags)
	for i, tag := range names {
		for _, l := range web.LanguageNames() {
			if l.Tag == tag {
				names[i] = l.Name
			}
		}
	}
	return strings.Join(names, ", ")
}
