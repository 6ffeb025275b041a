package rest

import (
	"time"

	"makeright/api"
	"makeright/internal/feedback"
)

// when is a moment, nil when it has not come.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// given is a text, nil when there is none.
func given[W, T ~string](text T) *W {
	if text == "" {
		return nil
	}
	w := W(text)
	return &w
}

// words turns a list of words into that of another type; it is never nil.
func words[W, T ~string](in []T) []W {
	out := make([]W, len(in))
	for i, w := range in {
		out[i] = W(w)
	}
	return out
}

func money(amount int64, currency string) *api.Money {
	if amount == 0 {
		return nil
	}
	return &api.Money{Amount: amount, Currency: currency}
}

func personRef(id, name string) *api.PersonRef {
	if id == "" {
		return nil
	}
	return &api.PersonRef{ID: id, Name: name}
}

// wireReport decides what of a report leaves the house. Contact details are no
// part of it: see [handler.report].
func wireReport(r feedback.Report, currency string) api.Report {
	out := api.Report{
		ID: r.ID, Status: api.Status(r.Status), Kind: api.Kind(r.Kind), Rating: r.Rating, Urgent: api.Urgent(r.Urgent),
		Causes: words[api.Cause](r.Causes), Words: r.Words, Handling: given[api.Handling](r.Handling),
		Language: r.Language, Trust: api.Trust(r.Trust),
		Table: api.TableRef{ID: r.TableID, Name: r.TableName, Area: r.AreaName},
		Visit: given[string](r.VisitID), Server: given[string](r.Server), TakenBy: personRef(r.TakenBy, r.TakenName),
		FollowUp: r.FollowUp, ToCheck: r.ToCheck, Moment: api.Moment(r.Moment), Test: r.Test, Level: r.Level,
		Verdict: given[api.Verdict](r.Verdict), VerdictWords: r.Said, Reason: given[string](r.Reason),
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(),
		TakenAt: when(r.TakenAt), AnsweredAt: when(r.AnsweredAt), EndedAt: when(r.EndedAt), DoneAt: when(r.DoneAt),
	}
	if r.Kind != feedback.Praise {
		out.DueAt = when(r.DueAt)
	}
	if len(r.Actions) > 0 || r.Note != "" || r.Status == feedback.Resolved {
		out.Recovery = &api.Recovery{Actions: words[api.Action](r.Actions), Cost: money(r.Cost, currency), Note: r.Note}
	}
	return out
}

// wireEvent decides what of a line of the timeline leaves the house. The report
// is nil when it is about none.
func wireEvent(e feedback.Event, r *api.Report, currency string) api.Event {
	return api.Event{
		Seq: e.Seq, Kind: api.EventKind(e.Kind), At: e.At.UTC(), By: wireActor(e.ByKind, e.ByID, e.ByName),
		Subject: subject(e), Data: wireData(e.Data, currency), Report: r,
	}
}

// subject is the visit or table that an event is about; of an event about a
// report it is a part of that.
func subject(e feedback.Event) *string {
	if e.ReportID != "" {
		return nil
	}
	return given[string](e.Subject)
}

// wireStep is wireEvent for the timeline of one report.
func wireStep(e feedback.Event, currency string) api.TimelineStep {
	return api.TimelineStep{
		Seq: e.Seq, Kind: api.EventKind(e.Kind), At: e.At.UTC(),
		By: wireActor(e.ByKind, e.ByID, e.ByName), Data: wireData(e.Data, currency),
	}
}

func wireData(d feedback.EventData, currency string) api.EventData {
	out := api.EventData{
		Status: api.Status(d.Status), Rating: d.Rating, Handling: api.Handling(d.Handling), Cost: money(d.Cost, currency),
		Reason: d.Reason, Verdict: api.Verdict(d.Verdict), Person: d.Person, Level: d.Level, Channel: d.Channel, Table: d.Table, What: d.What,
		Message: d.Message,
	}
	if len(d.To) > 0 {
		out.To = words[api.Target](d.To)
	}
	if len(d.Causes) > 0 {
		out.Causes = words[api.Cause](d.Causes)
	}
	if len(d.Actions) > 0 {
		out.Actions = words[api.Action](d.Actions)
	}
	return out
}

// wireActor is who did something; nil for a timer.
func wireActor(kind feedback.ActorKind, id, name string) *api.Actor {
	if kind == feedback.BySystem {
		return nil
	}
	return &api.Actor{Kind: api.ActorKind(kind), ID: given[string](id), Name: given[string](name)}
}

func wireMessage(m feedback.Message, r feedback.Report) api.Message {
	return api.Message{
		ID: m.ID, From: side(m), By: personRef(m.PersonID, m.PersonName), Text: m.Text, Internal: m.Internal, At: m.At.UTC(), Seen: r.Saw(m),
	}
}

func side(m feedback.Message) api.Side {
	if m.FromGuest {
		return api.SideGuest
	}
	return api.SideStaff
}

func wireVenue(v feedback.Venue) api.Venue {
	return api.Venue{
		ID: v.ID, Name: v.Name, Country: v.Country, Timezone: v.TimeZone, Currency: v.Currency,
		Languages: words[string](v.Languages), PromiseMinutes: v.PromiseMinutes, ContactDays: v.KeepsContact(), TextMonths: v.KeepsText(), ReviewLinks: wires(v.ReviewLinks, wireLink),
		Hours: api.Hours{Week: v.Hours.Week, Holidays: v.Hours.Holidays}, RoleOnly: v.RoleOnly, VisitOnScan: v.VisitOnScan,
		SafetyWords: orEmpty(v.SafetyWords), Protocol: orEmpty(v.Protocol), Emergency: v.Emergency(), CreatedAt: v.CreatedAt.UTC(),
	}
}

// orEmpty is a map, never null.
func orEmpty[T any](m map[string]T) map[string]T {
	if m == nil {
		return map[string]T{}
	}
	return m
}

func wireLink(l feedback.ReviewLink) api.ReviewLink {
	return api.ReviewLink{Label: l.Label, URL: l.URL}
}

// wireTable is a table with its working code; nil when it has none.
func (h handler) wireTable(t feedback.Table, code *feedback.Code) api.Table {
	out := api.Table{ID: t.ID, Name: t.Name, Area: t.AreaName, CreatedAt: t.CreatedAt.UTC()}
	if code != nil {
		wired := h.wireCode(*code)
		out.Code = &wired
	}
	return out
}

func (h handler) wireCode(c feedback.Code) api.Code {
	picture := h.base.String() + "/api/v1/venues/" + c.VenueID + "/codes/" + c.ID
	return api.Code{
		ID: c.ID, Code: c.Code, URL: c.Address(h.base), Short: c.Short,
		SVGURL: picture + ".svg", PNGURL: picture + ".png", ExpiresAt: when(c.ExpiresAt),
	}
}

func (h handler) wireCodeDetail(c feedback.Code) api.CodeDetail {
	return api.CodeDetail{
		Code: h.wireCode(c), Table: api.TableRef{ID: c.TableID, Name: c.TableName, Area: c.AreaName},
		Visit: given[string](c.VisitID), Working: c.Working(h.desk.Now()), CreatedAt: c.CreatedAt.UTC(),
		EndsAt: when(c.EndsAt), RevokedAt: when(c.RevokedAt), Scans: c.Scans, ScannedAt: when(c.ScannedAt),
	}
}

func (h handler) wireVisit(v feedback.Visit, t feedback.Table, code feedback.Code, receipt api.Receipt) api.Visit {
	return api.Visit{
		ID: v.ID, Table: api.TableRef{ID: t.ID, Name: t.Name, Area: t.AreaName}, Check: v.CheckNo, Server: v.Server,
		Covers: v.Covers, OpenedAt: v.OpenedAt.UTC(), ClosedAt: when(v.ClosedAt), ExpiresAt: v.ExpiresAt.UTC(),
		Moment: api.Moment(v.Moment), Test: v.Test, ByScan: v.ByScan, Code: h.wireCode(code), Receipt: receipt,
	}
}

// wireKey never has the secret, which nobody keeps.
func wireKey(k feedback.Key, maker string) api.Key {
	return api.Key{
		ID: k.ID, Name: k.Name, Scope: api.Scope(k.Scope), Prefix: k.Prefix, CreatedBy: personRef(k.CreatedBy, maker),
		CreatedAt: k.CreatedAt.UTC(), ExpiresAt: when(k.ExpiresAt), RevokedAt: when(k.RevokedAt), LastUsedAt: when(k.LastUsedAt),
	}
}

func wirePerson(p feedback.Person, roles []feedback.Membership) api.Person {
	return api.Person{
		ID: p.ID, Name: p.Name, Email: given[string](p.Email), Role: given[api.Role](p.Role), Venues: wires(roles, wireRole),
		Language: given[string](p.Language), HasPassword: p.PasswordHash != "", HasPin: p.PinHash != "",
		CreatedAt: p.CreatedAt.UTC(), DisabledAt: when(p.DisabledAt),
	}
}

func wireRole(m feedback.Membership) api.VenueRole {
	return api.VenueRole{Venue: m.VenueID, Role: api.Role(m.Role)}
}

func wireAudit(a feedback.Audit) api.AuditEntry {
	detail := a.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	return api.AuditEntry{
		ID: a.ID, Venue: given[string](a.VenueID), At: a.At.UTC(), By: wireActor(a.ByKind, a.ByID, a.ByName),
		Action: a.Action, Target: a.Target, Detail: detail,
	}
}

func wireFigures(key, label string, f feedback.Figures, currency string) api.StatsItem {
	return api.StatsItem{
		Key: key, Label: label, Issues: f.Issues, Resolved: f.Resolved, Unresolved: f.Unresolved, Open: f.Open,
		Dismissed: f.Dismissed, Praise: f.Praise, Confirmed: f.Confirmed, Partly: f.Partly, NotYet: f.NotYet, NoAnswer: f.NoAnswer, Asked: f.Asked,
		MedianTakeS: seconds(f.MedianTake, f.Taken), P90TakeS: seconds(f.P90Take, f.Taken),
		MedianAnswerS: seconds(f.MedianAnswer, f.Answered), P90AnswerS: seconds(f.P90Answer, f.Answered),
		MedianResolveS: seconds(f.MedianResolve, f.Resolved), P90ResolveS: seconds(f.P90Resolve, f.Resolved),
		Taken: f.Taken, Answered: f.Answered, InTime: f.InTime,
		InVisit: f.InVisit, BeforeClose: f.BeforeClose, Cost: api.Money{Amount: f.Cost, Currency: currency},
	}
}

// seconds is a time that was measured of so many; nil of none.
func seconds(d time.Duration, of int) *float64 {
	if of == 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}
