package owner

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// settingsInput is the form as it was filled in, so that it can be shown again
// as it was.
type settingsInput struct {
	Name, Country, Zone, Currency, Promise string
	Languages                              []string
	Fallback                               string
	Always                                 bool
	Hours                                  [7]string // Monday first
	Holidays                               string
	Links                                  []feedback.ReviewLink
	RoleOnly, VisitOnScan                  bool
	ContactDays, TextMonths                string
}

// Has says whether a language is offered.
func (in settingsInput) Has(lang string) bool { return slices.Contains(in.Languages, lang) }

// linkRow numbers the review links as people count.
type linkRow struct {
	feedback.ReviewLink
	N int
}

// Rows are the review links, with room for one more.
func (in settingsInput) Rows() []linkRow {
	var rows []linkRow
	for i := range min(max(len(in.Links)+1, 3), feedback.MaxReviewLinks) {
		row := linkRow{N: i + 1}
		if i < len(in.Links) {
			row.ReviewLink = in.Links[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// settingsPage is all that pages/settings.html may use.
type settingsPage struct {
	room
	In         settingsInput
	Problems   feedback.Problems
	Countries  []country
	Zones      []string
	Currencies []string
	Languages  []string
	Weekdays   []time.Weekday
	DayFields  []string // the names of their fields
	Keys       []feedback.Key
	Scopes     []feedback.Scope
	KeyIn      keyInput
	Secret     string // of a new key; shown once
	Zone       *time.Location
	Backups    bool      // this program makes them
	BackupAt   time.Time // of the newest that was proven; zero for none
}

// moreGroup is a heading over pages of settings that stand by themselves.
type moreGroup struct {
	Title string
	Pages []morePage
}

// morePage leads to one of them, and says in a line what it is for.
type morePage struct{ Href, Icon, Label, Text string }

// More are the pages of settings beside the form.
func (r room) More() []moreGroup {
	records := []morePage{{r.Path("/digest"), "mail", "digest.title", "digest.more"}}
	if r.Owner() {
		records = append(records, morePage{r.Path("/audit"), "list", "owner.audit_title", "owner.more.audit_text"},
			morePage{r.Path("/file"), "dl", "file.title", "file.more"})
	}
	told := []morePage{
		{r.Path("/escalation"), "clock", "steps.title", "owner.more.steps_text"},
		{r.Path("/duty"), "users", "shifts.title", "owner.more.duty_text"},
		{r.Path("/screens"), "live", "boards.title", "owner.more.screens_text"},
		{r.Path("/alerts"), "bell", "alerts.title", "owner.more.alerts_text"},
		{r.Path("/budget"), "chart", "budget.title", "owner.more.budget_text"},
		{r.Path("/channels"), "send", "channels.venue.title", "owner.more.channels_text"},
	}
	if r.Owner() {
		told = append(told, morePage{r.Path("/webhooks"), "out", "hooks.title", "owner.more.webhooks_text"})
	}
	return []moreGroup{
		{"owner.more.guests", []morePage{
			{r.Path("/texts"), "chat", "guest_pages.texts.title", "owner.more.texts_text"},
			{r.Path("/checkins"), "ding", "checkin.title", "owner.more.checkins_text"},
			{r.Path("/safety"), "shield", "safety.settings.title", "owner.more.safety_text"},
		}},
		{"owner.more.alerts", told},
		{"owner.more.records", records},
	}
}

func (h handler) settings(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	return h.drawSettings(c, settingsPage{room: r, In: settingsOf(r.Venue)})
}

func (h handler) drawSettings(c echo.Context, p settingsPage) error {
	p.Countries, p.Languages, p.Scopes, p.Zone = countries(c), web.Languages(), feedback.Scopes, p.Venue.Zone()
	for _, known := range feedback.Countries() {
		p.Zones, p.Currencies = append(p.Zones, known.TimeZone), append(p.Currencies, known.Currency)
	}
	slices.Sort(p.Zones)
	slices.Sort(p.Currencies)
	p.Currencies = slices.Compact(p.Currencies)
	p.Weekdays = []time.Weekday{1, 2, 3, 4, 5, 6, 0}
	for _, day := range days {
		p.DayFields = append(p.DayFields, "hours_"+day)
	}
	if p.Owner() {
		keys, err := h.store.Org(p.by).Keys(c.Request().Context())
		if err != nil {
			return err
		}
		p.Keys, p.Backups = keys, !h.store.Postgres()
		last, err := h.store.LastBackup()
		if err != nil && !errors.Is(err, feedback.ErrNotFound) {
			return err
		}
		p.BackupAt = last.At
	}
	return draw(c, "settings.html", p.Problems, p)
}

func settingsOf(v feedback.Venue) settingsInput {
	in := settingsInput{
		Name: v.Name, Country: v.Country, Zone: v.TimeZone, Currency: v.Currency, Promise: strconv.Itoa(v.PromiseMinutes),
		Languages: v.Languages, Fallback: v.Languages[0], Links: slices.Clone(v.ReviewLinks), RoleOnly: v.RoleOnly, VisitOnScan: v.VisitOnScan,
		ContactDays: strconv.Itoa(v.KeepsContact()), TextMonths: strconv.Itoa(v.KeepsText()),
	}
	in.Always, in.Hours, in.Holidays = writeHours(v.Hours)
	return in
}

func readSettings(form url.Values) settingsInput {
	in := settingsInput{
		Name: form.Get("name"), Country: form.Get("country"), Zone: strings.TrimSpace(form.Get("timezone")),
		Currency: strings.ToUpper(strings.TrimSpace(form.Get("currency"))), Promise: strings.TrimSpace(form.Get("promise_minutes")),
		Languages: form["languages"], Fallback: form.Get("fallback"), Always: form.Get("open") != "hours",
		Holidays: form.Get("holidays"), RoleOnly: form.Get("names") == "role", VisitOnScan: form.Get("visits") == "scan",
		ContactDays: strings.TrimSpace(form.Get("contact_days")), TextMonths: strings.TrimSpace(form.Get("text_months")),
	}
	for i := range in.Hours {
		in.Hours[i] = form.Get("hours_" + days[i])
	}
	in.Links = readLinks(form)
	return in
}

// readLinks are the review links as filled in, without empty rows.
func readLinks(form url.Values) (links []feedback.ReviewLink) {
	labels, urls := form["link_label"], form["link_url"]
	for i := range min(len(labels), len(urls), 2*feedback.MaxReviewLinks) {
		link := feedback.ReviewLink{Label: feedback.CleanLine(labels[i]), URL: strings.TrimSpace(urls[i])}
		if link != (feedback.ReviewLink{}) {
			links = append(links, link)
		}
	}
	return links
}

// apply writes what was filled in into a venue; a venue checks itself.
func (in settingsInput) apply(v *feedback.Venue, hours feedback.Hours) {
	v.Name, v.Country, v.TimeZone, v.Currency = in.Name, in.Country, in.Zone, in.Currency
	v.PromiseMinutes, _ = strconv.Atoi(in.Promise) // what is no number is out of range
	v.Languages = nil
	if in.Has(in.Fallback) {
		v.Languages = []string{in.Fallback}
	}
	for _, l := range in.Languages {
		if !slices.Contains(v.Languages, l) {
			v.Languages = append(v.Languages, l)
		}
	}
	if len(in.Links)+len(v.ReviewLinks) > 0 { // none stays none
		v.ReviewLinks = in.Links
	}
	v.RoleOnly, v.VisitOnScan, v.Hours = in.RoleOnly, in.VisitOnScan, hours
	v.ContactDays = kept(in.ContactDays, feedback.DefaultContactDays)
	v.TextMonths = kept(in.TextMonths, feedback.DefaultTextMonths)
}

// kept is how long something is kept, as a venue has it: 0 for what is usual, and
// out of range for what is no such number.
func kept(typed string, usual int) int {
	n, err := strconv.Atoi(typed)
	switch {
	case err != nil || n < 1:
		return -1
	case n == usual:
		return 0
	}
	return n
}

func (h handler) saveSettings(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := readSettings(form)
	hours, wrong := readHours(in.Always, in.Hours, in.Holidays)
	if len(wrong) > 0 { // say the other problems too
		v := r.Venue
		in.apply(&v, feedback.Hours{})
		ps, _ := problemsOf(v.Check(web.Languages()))
		maps.Copy(wrong, ps)
		return h.drawSettings(c, settingsPage{room: r, In: in, Problems: wrong})
	}
	err = h.desk.ChangeVenue(c.Request().Context(), r.by, r.Venue.ID, func(v *feedback.Venue) { in.apply(v, hours) })
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawSettings(c, settingsPage{room: r, In: in, Problems: ps})
	}
	return r.back(c, "/settings", "saved")
}
