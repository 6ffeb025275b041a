package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
)

// mailing is what a delivery is of, and whether it is of one.
func mailing(dl feedback.Delivery) (feedback.Mailing, bool) {
	return feedback.Mailing{PersonID: dl.PersonID, What: dl.What}, slices.Contains(feedback.Mailings, dl.What)
}

// Want says what the one who asks wants to be mailed of a venue that they
// manage; what is not among it ends. The first comes next morning.
func (d *Desk) Want(ctx context.Context, by feedback.Actor, venue string, wanted []feedback.Mailing) error {
	if err := mayKeep(by, ""); err != nil {
		return err
	}
	if err := by.Needs(feedback.Manager, venue); err != nil {
		return err
	}
	if err := checkMailings(wanted); err != nil {
		return err
	}
	_, err := d.once(ctx, by, func(tx store.Tx) (string, error) {
		at := tx.At(by, venue)
		v, err := at.Details(ctx)
		if err != nil {
			return "", err
		}
		all, err := at.Mailings(ctx)
		if err != nil {
			return "", err
		}
		changes := map[string]string{}
		for _, what := range feedback.Mailings {
			was := slices.IndexFunc(all, func(m feedback.Mailing) bool { return m.PersonID == by.Person && m.What == what })
			is := slices.IndexFunc(wanted, func(m feedback.Mailing) bool { return m.What == what })
			m := feedback.Mailing{PersonID: by.Person, What: what}
			switch {
			case is < 0 && was < 0:
				continue
			case is < 0:
				changes[what], err = "off", at.RemoveMailing(ctx, m)
			case was < 0:
				m.Detail, m.Done = wanted[is].Detail, m.Morning(d.now(), v.Zone())
				changes[what], err = "on", at.AddMailing(ctx, m)
			case all[was].Detail != wanted[is].Detail:
				m.Detail = wanted[is].Detail
				changes[what], err = "changed", at.ChangeMailing(ctx, m)
			}
			if err != nil {
				return "", err
			}
		}
		if len(changes) == 0 {
			return venue, nil
		}
		return venue, d.audit(ctx, tx.Org(by), by, venue, "mail.changed", by.Person, changes)
	})
	return err
}

func checkMailings(wanted []feedback.Mailing) error {
	for _, m := range wanted {
		if !slices.Contains(feedback.Mailings, m.What) {
			return feedback.Problems{"what": "problem.choice"}
		}
		if m.Exports() && len(m.Files()) == 0 {
			return feedback.Problems{"files": "digest.problem.files"}
		}
		for _, f := range m.Files() {
			if !slices.Contains(feedback.ExportFiles, f) {
				return feedback.Problems{"files": "problem.choice"}
			}
		}
	}
	return nil
}

// SendMailings puts a mail into the outbox for everybody whose morning it is. It
// may run on several nodes, at once or twice, and after a pause: of each morning
// there is one, and of those that were missed the newest.
func (d *Desk) SendMailings(ctx context.Context) error {
	places, err := d.store.Mornings(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range places {
		errs = append(errs, d.sendMailings(ctx, feedback.System(p.OrgID, p.VenueID)))
	}
	return errors.Join(errs...)
}

func (d *Desk) sendMailings(ctx context.Context, timer feedback.Actor) error {
	at := d.store.For(timer, timer.Venue)
	due, err := d.dueMailings(ctx, at)
	if err != nil {
		return err
	}
	told, err := d.dueDigests(ctx, at)
	if err != nil || len(due)+len(told) == 0 {
		return err
	}
	_, err = d.write(ctx, timer, timer.Venue, func(at store.Edit) (string, error) {
		if err := d.tellDigests(ctx, at, timer); err != nil {
			return "", err
		}
		due, err := d.dueMailings(ctx, at.View) // another node may have been here
		if err != nil || len(due) == 0 {
			return "", err
		}
		team, err := at.Team(ctx)
		if err != nil {
			return "", err
		}
		for m, morning := range due {
			if err := at.SentMailing(ctx, m, morning); err != nil {
				return "", err
			}
			if err := d.postMailing(ctx, at, team, m); err != nil {
				return "", err
			}
		}
		return "", nil
	})
	return err
}

// dueMailings are those whose morning has come, each with that morning.
func (d *Desk) dueMailings(ctx context.Context, at store.View) (map[feedback.Mailing]string, error) {
	v, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	all, err := at.Mailings(ctx)
	due := map[feedback.Mailing]string{}
	for _, m := range all {
		if morning := m.Morning(d.now(), v.Zone()); morning > m.Done {
			due[m] = morning
		}
	}
	return due, err
}

// digestKinds are the events by which programs are told of a period.
var digestKinds = map[string]feedback.EventKind{feedback.SayDay: feedback.DigestDaily, feedback.SayWeek: feedback.DigestWeekly}

// dueDigests are the digests whose morning has come, for programs that were there
// by then and want them, each with that morning.
func (d *Desk) dueDigests(ctx context.Context, at store.View) (map[string]string, error) {
	if !d.tells(at.Org()) {
		return nil, nil
	}
	v, err := at.Details(ctx)
	if err != nil {
		return nil, err
	}
	hooks, err := at.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	told, err := at.ToldMornings(ctx)
	due := map[string]string{}
	for what, kind := range digestKinds {
		m := feedback.Mailing{What: what}
		morning := m.Morning(d.now(), v.Zone())
		waits := slices.ContainsFunc(hooks, func(c feedback.Channel) bool {
			return c.Wants(kind) && m.Morning(c.CreatedAt, v.Zone()) < morning
		})
		if waits && !slices.ContainsFunc(told, func(g feedback.Morning) bool { return g.What == what && g.Done >= morning }) {
			due[what] = morning
		}
	}
	return due, err
}

// tellDigests writes an event for each digest that is due, of which programs are
// told as of any other.
func (d *Desk) tellDigests(ctx context.Context, at store.Edit, timer feedback.Actor) error {
	due, err := d.dueDigests(ctx, at.View) // another node may have been here
	if err != nil {
		return err
	}
	for _, what := range slices.Sorted(maps.Keys(due)) {
		if err := at.ToldMorning(ctx, feedback.Morning{What: what, Done: due[what]}); err != nil {
			return err
		}
		from, to := feedback.Mailing{What: what}.Span(due[what])
		e := d.event(timer, digestKinds[what], "")
		e.Data.What = from + "/" + to
		if err := d.append(ctx, at, e); err != nil {
			return err
		}
	}
	return nil
}

// postMailing puts a mail into the outbox for who asked for it, unless they
// manage the venue no more or have no address.
func (d *Desk) postMailing(ctx context.Context, at store.Edit, team []store.Member, m feedback.Mailing) error {
	for _, one := range team {
		if one.ID != m.PersonID || !one.Here.AtLeast(feedback.Manager) {
			continue
		}
		for _, c := range one.Channels {
			if c.Kind == feedback.ChannelEmail && d.carries(c.Kind) {
				return d.enqueueDelivery(ctx, at, c, feedback.Delivery{What: m.What})
			}
		}
	}
	return nil
}

// wanted says whether somebody still wants the mail that waits to be sent; other
// messages need no wish.
func (d *Desk) wanted(ctx context.Context, at store.View, dl feedback.Delivery) (bool, error) {
	m, is := mailing(dl)
	if !is {
		return true, nil
	}
	all, err := at.Mailings(ctx)
	return slices.ContainsFunc(all, func(one feedback.Mailing) bool { return one.PersonID == m.PersonID && one.What == m.What }), err
}

// composeMailing fills in what somebody is mailed in the morning.
//
// i18n: digest.every.*
func (d *Desk) composeMailing(ctx context.Context, at store.View, v feedback.Venue, dl feedback.Delivery, out *Outgoing) error {
	m, _ := mailing(dl)
	if token := d.stopToken(dl.OrgID, v.ID, m); token != "" {
		out.Stop = "/stop/" + token
	}
	from, to := m.Span(m.Morning(dl.CreatedAt, v.Zone()))
	w := &mailWriter{say: i18n.For(out.Lang), venue: v}
	out.Title = v.Name + " · " + w.say.T("digest.every."+m.What)
	w.period(from, to)
	if m.Exports() {
		w.part("digest.export")
		w.part("digest.stop")
		out.Text, out.Path = strings.TrimSpace(w.String()), fmt.Sprintf("/owner/%s/digest?from=%s&to=%s", v.ID, from, to)
		return nil
	}
	if err := d.digest(ctx, at, w, from, to); err != nil {
		return err
	}
	out.Text, out.Path = strings.TrimSpace(w.String()), fmt.Sprintf("/owner/%s?from=%s&to=%s", v.ID, from, to)
	return nil
}

// digest writes what became of a period: numbers, tables and times, and nothing
// that a guest wrote.
func (d *Desk) digest(ctx context.Context, at store.View, w *mailWriter, from, to string) error {
	sum, err := at.Summary(ctx, from, to, d.now())
	if err != nil {
		return err
	}
	end, err := at.End(ctx)
	if err != nil && !errors.Is(err, feedback.ErrNotFound) {
		return err
	}
	w.picture(sum.Total)
	w.nobodyCame(sum.NobodyCame)
	w.waiting(sum.Waiting)
	w.changes(sum.Changes)
	if end.Seq > 0 {
		w.part("digest.head", "Head", end.String())
	}
	w.part("digest.stop")
	return nil
}

// mailWriter writes a mail as plain text.
type mailWriter struct {
	strings.Builder
	say   *i18n.Printer
	venue feedback.Venue
}

// line writes a sentence on a line of its own, part one after an empty line.
func (w *mailWriter) line(key string, args ...any) { fmt.Fprintln(w, w.say.T(key, args...)) }
func (w *mailWriter) part(key string, args ...any) { fmt.Fprintln(w); w.line(key, args...) }

func (w *mailWriter) period(from, to string) {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	if from == to {
		fmt.Fprintln(w, w.say.Date(a, nil))
		return
	}
	w.line("owner.overview.span", "From", w.say.Date(a, nil), "To", w.say.Date(b, nil))
}

// picture tells the two truths apart: what the team says, and the guests.
func (w *mailWriter) picture(f feedback.Figures) {
	if f.Issues == 0 {
		w.part("digest.quiet")
		return
	}
	w.part("digest.resolved", "Number", f.Resolved, "All", f.Issues)
	w.line("digest.unresolved", "Number", f.Unresolved, "All", f.Issues)
	w.line("digest.open", "Number", f.Open, "All", f.Issues)
	w.line("digest.guests", "Yes", f.Confirmed, "Partly", f.Partly, "No", f.NotYet, "None", f.NoAnswer+f.Asked)
}

func (w *mailWriter) nobodyCame(rs []feedback.Report) {
	if len(rs) > 0 {
		w.part("digest.nobody_came")
		w.reports("digest.nobody_came_line", rs)
	}
}

func (w *mailWriter) waiting(rs []feedback.Report) {
	if len(rs) == 0 {
		w.part("digest.none_open")
		return
	}
	w.part("digest.waiting")
	w.reports("digest.waiting_line", rs)
}

// reports names a few, each on a line.
func (w *mailWriter) reports(line string, rs []feedback.Report) {
	for _, r := range rs[:min(feedback.MaxNamed, len(rs))] {
		fmt.Fprintln(w, "-", w.say.T(line, "Table", r.TableName, "Time", w.say.DateTime(r.CreatedAt, w.venue.Zone())))
	}
	if len(rs) > feedback.MaxNamed {
		fmt.Fprintln(w, "- …")
	}
}

// i18n: cause.*
func (w *mailWriter) changes(cs []feedback.Change) {
	if len(cs) == 0 {
		w.part("digest.no_change")
		return
	}
	w.part("digest.changed")
	for _, c := range cs {
		what, value := "owner.issues.title", w.say.Number
		switch c.What {
		case "cause":
			what = "cause." + c.Cause
		case "unresolved":
			what = "status.unresolved"
		case "take":
			what, value = "figures.take", func(n int) string { return w.say.Duration(time.Duration(n) * time.Second) }
		case "confirmed":
			what, value = "owner.overview.confirmed", func(n int) string { return w.say.Percent(n, 100) }
		}
		fmt.Fprintln(w, "-", w.say.T("digest.change", "What", w.say.T(what), "Now", value(c.Now), "Before", value(c.Before)))
	}
}
