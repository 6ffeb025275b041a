package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// issuePage is all that pages/issue.html may use.
type issuePage struct {
	Frame     web.StaffFrame
	Base      string
	T         ticket
	Log       []line
	Notice    *notice
	Key       string
	Currency  string
	Emergency string
	Protocol  string // the venue's own card; empty for ours
	Photos    []feedback.Photo
	Incident  bool // there is a record, and the reader may read it
	Manager   bool
	Contact   *feedback.Contact // nil for those who may not see it
	Writer    string            // who wrote a spoken complaint down
}

// Bursts is where managers look through bursts.
func (p issuePage) Bursts() string { return "/owner/" + p.T.VenueID + "/bursts" }

// Alerts is where managers read every message about the report, and every try.
func (p issuePage) Alerts() string {
	return "/owner/" + p.T.VenueID + "/alerts?report=" + url.QueryEscape(p.T.ID)
}

// Cost is what it took to make it right.
func (p issuePage) Cost() feedback.Money {
	return feedback.Money{Amount: p.T.Cost, Currency: p.Currency}
}

// Answered is how long it took until somebody had it; 0 when nobody has.
func (p issuePage) Answered() time.Duration { return since(p.T.CreatedAt, p.T.TakenAt) }

// Ended is how long it took until it was closed; 0 while it is open.
func (p issuePage) Ended() time.Duration { return since(p.T.CreatedAt, p.T.EndedAt) }

// InTime says whether somebody had it within what was promised.
func (p issuePage) InTime() bool {
	return p.Answered() <= time.Duration(p.T.Promised())*time.Second || p.T.Reopenings > 0
}

func since(from, to time.Time) time.Duration {
	if to.IsZero() {
		return 0
	}
	return to.Sub(from)
}

// Steps are the numbers of the allergy card's sentences.
//
// i18n: staff.safety.*
func (p issuePage) Steps() []string { return []string{"1", "2", "3", "4", "5", "6", "7"} }

// issue is one report from first word to outcome.
func (h handler) issue(c echo.Context) error {
	ctx, at, who := c.Request().Context(), h.at(c), web.Actor(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	r, err := at.Report(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	page := issuePage{
		Frame: h.frame(c, venue), Base: home(c), T: newTicket(r, home(c), h.Desk.Now(), venue.Zone()), Key: web.NewToken(),
		Currency: venue.Currency, Emergency: venue.Emergency(), Manager: who.Role(venue.ID).AtLeast(feedback.Manager),
	}
	page.T.Me = who.Person
	page.Protocol = venue.Protocol[web.Lang(c)]
	page.Incident = r.Safety() && !r.Test && who.SeesContact(venue.ID)
	if page.Photos, err = at.Photos(ctx, r.ID); err != nil {
		return err
	}
	if id := r.LastUnseen(); id != "" && web.Opened(c) { // shown in any case
		_ = h.Desk.Saw(ctx, who, venue.ID, r.ID, id)
	}
	if page.Log, err = h.log(c, at, r, venue.Currency); err != nil {
		return err
	}
	if who.SeesContact(venue.ID) && c.Request().Method != http.MethodHead {
		contact, err := h.Desk.Contact(ctx, who, venue.ID, r.ID)
		if err != nil {
			return err
		}
		page.Contact = &contact
	}
	if r.WroteBy != "" {
		p, err := at.Person(ctx, r.WroteBy)
		if err != nil {
			return err
		}
		page.Writer = p.FirstName()
	}
	if page.Notice, err = h.noticeOf(c); err != nil {
		return err
	}
	return web.Draw(c, http.StatusOK, pages, "issue.html", page)
}

// line is one line of a report's timeline. Key is the sentence; Name, Other and
// What stand in it.
type line struct {
	At                time.Time
	Icon, Dot         string
	Key               string
	Name, Other, What string
	Gap               time.Duration // after the guest wrote; 0 when not shown
	Words             string        // what somebody wrote
	Phrase            string        // catalogue key, when that was a quick phrase
	Tone              string        // of the words: "", us, int
	Language          string        // of the words, when the guest was written to in another than theirs
	Seen              bool          // by the guest
	Whom              []string      // of an alert: who it went to, and by what; for managers
}

// whom says to whom each message about a report went, by its id: a first name or
// the name of a room, and the kind of channel. It never says an address.
//
// i18n: channels.kind.*
func whom(c echo.Context, at store.View, report string) (map[string][]string, error) {
	ds, err := at.Deliveries(c.Request().Context(), store.DeliveryFilter{Report: report, Limit: 1000})
	to := make(map[string][]string, len(ds))
	for _, d := range ds {
		name := feedback.FirstName(d.PersonName)
		if d.PersonID == "" {
			name = d.ChannelName
		}
		kind := web.T(c, "channels.kind."+string(d.Kind))
		if d.Kind == feedback.ChannelScreen {
			kind = web.T(c, "owner.nav.board")
		}
		to[d.ID] = slices.DeleteFunc([]string{name, kind}, func(s string) bool { return s == "" })
	}
	return to, err
}

// log makes lines of the events of a report, with the words they are about.
func (h handler) log(c echo.Context, at store.View, r feedback.Report, currency string) ([]line, error) {
	ctx := c.Request().Context()
	events, err := at.EventsOf(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	messages, err := at.Messages(ctx, r.ID, true)
	if err != nil {
		return nil, err
	}
	byID := map[string]feedback.Message{}
	for _, m := range messages {
		byID[m.ID] = m
	}
	var told map[string][]string
	if web.Actor(c).Role(r.VenueID).AtLeast(feedback.Manager) {
		if told, err = whom(c, at, r.ID); err != nil {
			return nil, err
		}
	}
	var out []line
	for _, e := range events {
		if e.Data.What == feedback.Seen {
			continue // shown with the message
		}
		l := h.describe(c, e, r, currency)
		l.At, l.Name = e.At, feedback.FirstName(e.ByName)
		if e.Kind == feedback.AlertDelivered || e.Kind == feedback.AlertFailed {
			l.Whom = told[e.Subject]
		}
		if m, ok := byID[e.Data.Message]; ok {
			l.Words, l.Phrase, l.Language, l.Seen = m.Text, m.Phrase, m.Language, !m.FromGuest && r.Saw(m)
		}
		if e.Kind == feedback.ReportTaken && e.Data.Person != e.ByID {
			p, err := at.Person(ctx, e.Data.Person)
			if err != nil {
				return nil, err
			}
			l.Key, l.Other = "staff.log.given", p.FirstName()
		}
		if l.Name == "" {
			l.Name = web.T(c, "staff.log.somebody")
		}
		out = append(out, l)
	}
	return out, nil
}

// describe finds the sentence for an event.
//
// i18n: staff.log.*
func (h handler) describe(c echo.Context, e feedback.Event, r feedback.Report, currency string) line {
	key := func(k, icon, dot string) line { return line{Key: "staff.log." + k, Icon: icon, Dot: dot} }
	switch e.Kind {
	case feedback.ReportCreated:
		l := key("created", "note", "")
		if r.WroteBy != "" {
			l = key("wrote", "note", "")
		}
		l.Words = r.Words
		return l
	case feedback.ReportTaken:
		l := key("taken", "hand", "right")
		l.Gap = e.At.Sub(r.CreatedAt)
		return l
	case feedback.ReportReleased:
		switch e.Data.What {
		case "undo":
			return key("undone", "rotate", "")
		case "silence":
			return key("silent", "clock", "late")
		}
		return key("released", "rotate", "")
	case feedback.ReportMessage:
		return describeMessage(e)
	case feedback.ReportEscalated:
		return line{Key: escalated(e.Data), Icon: "bell", Dot: "late"}
	case feedback.ReportMerged:
		return line{Key: "alerts.log.merged", Icon: "bell"}
	case feedback.BurstMarked:
		return line{Key: "abuse.log.marked", Icon: "ban", Dot: "late"}
	case feedback.BurstCleared:
		return line{Key: "abuse.log.cleared", Icon: "rotate"}
	case feedback.AlertDelivered:
		return line{Key: "alerts.log.delivered", Icon: "checks"}
	case feedback.AlertFailed:
		return line{Key: "alerts.log.failed", Icon: "x", Dot: "late"}
	case feedback.ReportReopened:
		if e.Data.What == "undo" {
			return key("undone", "rotate", "")
		}
		return key("reopened", "remake", "late")
	case feedback.ReportChanged:
		if e.Data.What == feedback.SaidAlarm {
			return line{Key: "thread.log_alarm", Icon: "alert", Dot: "late"}
		}
		if e.Data.What == feedback.SaidDone {
			return line{Key: "thread.log_done", Icon: "check"}
		}
		return key("changed_"+e.Data.What, "note", "")
	}
	return h.describeEnd(c, e, r, currency)
}

// escalated is the sentence for a step of escalation, by who was told.
func escalated(d feedback.EventData) string {
	switch {
	case d.What == "skipped":
		return "alerts.log.skipped"
	case slices.Contains(d.To, feedback.ToOwner) && len(d.To) > 1, slices.Contains(d.To, feedback.ToEveryone):
		return "alerts.log.all"
	case slices.Contains(d.To, feedback.ToOwner):
		return "staff.log.told_owner"
	case len(d.To) == 0 || slices.Contains(d.To, feedback.ToManagers):
		return "staff.log.told_manager"
	}
	return "alerts.log.all"
}

func describeMessage(e feedback.Event) line {
	switch {
	case e.ByKind == feedback.ByGuest:
		return line{Key: "staff.log.guest", Icon: "chat"}
	case e.Data.What == "note":
		return line{Key: "staff.log.note", Icon: "lock", Tone: "int"}
	}
	return line{Key: "staff.log.said", Icon: "chat", Tone: "us"}
}

// describeEnd is describe for what ends a report.
func (h handler) describeEnd(c echo.Context, e feedback.Event, r feedback.Report, currency string) line {
	l := line{Key: "staff.log.other", Icon: "more"}
	switch e.Kind {
	case feedback.ReportResolved:
		l = line{Key: "staff.log.resolved", Icon: "check", Dot: "right", Gap: e.At.Sub(r.CreatedAt), What: actionsOf(c, e.Data.Actions)}
		if e.Data.Cost > 0 {
			l.What += web.T(c, "staff.comma") + " " + web.Printer(c).Money(e.Data.Cost, currency)
		}
	case feedback.ReportUnresolved:
		l = line{Key: "staff.log.unresolved", Icon: "x", Dot: "late", What: web.T(c, "reason."+e.Data.Reason)}
		if e.ByKind != feedback.ByPerson {
			l.Key = "staff.log.ended"
		}
	case feedback.ReportDismissed:
		l = line{Key: "staff.log.dismissed", Icon: "ban", What: web.T(c, "reason."+e.Data.Reason)}
	case feedback.ReportVerdict:
		l = line{Key: "staff.log.verdict", Icon: "checks", Dot: "right", What: web.T(c, "verdict."+string(e.Data.Verdict))}
		if e.Data.Verdict == feedback.NotYet {
			l.Icon, l.Dot = "remake", "late"
		}
		if e.Data.Verdict == r.Verdict {
			l.Words = r.Said
		}
	}
	return l
}

// actionsOf names actions in the reader's language.
//
// i18n: action.*
func actionsOf(c echo.Context, actions []string) string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = web.T(c, "action."+a)
	}
	return strings.Join(names, web.T(c, "staff.comma")+" ")
}

// photo shows a photo of a report to those who may see it.
func (h handler) photo(c echo.Context) error {
	picture, err := h.Desk.Photo(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"), c.Param("photo"))
	if err != nil {
		return err
	}
	return web.Picture(c, picture)
}
