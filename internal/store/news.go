package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"makeright/internal/feedback"
)

// maxNews bounds the events that are remembered: about 3 MB.
const maxNews = 2048

// news remembers the newest events that were committed on SQLite, with their
// reports, so that screens are shown a new report without reading it back. It
// holds nothing but reports to which nothing has happened since: when a
// transaction writes anything else, everything is forgotten.
type news struct {
	// The writer's goroutine alone:
	report feedback.Report // that the task added
	batch  []*item         // of the transaction under way

	mu   sync.Mutex
	kept map[string][]*item // of venues, in the order of their numbers, without gaps
	all  []string           // the venues of all that is kept, the oldest first
}

// item is one new report, or, without an event, a write of something else.
type item struct {
	org    string
	event  feedback.Event
	report feedback.Report
}

// added notes a report that a task adds.
func (n *news) added(r feedback.Report) {
	if n != nil {
		r.Causes, r.Actions = append([]string{}, r.Causes...), []string{}
		n.report = r
	}
}

// appended notes an event of a task. All that can be shown without a look at
// other rows is one of a report that came in this moment, and of no person.
func (n *news) appended(org string, e feedback.Event) {
	switch {
	case n == nil:
	case e.ReportID == "" || e.ReportID != n.report.ID || e.ByID != "":
		n.batch = append(n.batch, &item{})
	default:
		n.batch = append(n.batch, &item{org, e, n.report})
	}
}

// end ends a task: one that failed has written nothing, and one that wrote more
// than is noted has changed what is remembered, its own too.
func (n *news) end(from int, failed, more bool) {
	n.report = feedback.Report{}
	if failed || more {
		n.batch = n.batch[:from]
	}
	if more && !failed {
		n.batch = append(n.batch, &item{})
	}
}

// commit lets readers have what the transaction wrote, rollback drops it.
func (n *news) commit() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, it := range n.batch {
		n.keep(it)
	}
	n.rollback()
}

func (n *news) rollback() {
	clear(n.batch)
	n.batch = n.batch[:0]
}

// forget forgets everything.
func (n *news) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keep(&item{})
}

func (n *news) keep(it *item) {
	venue := it.event.VenueID
	if venue == "" {
		clear(n.kept)
		n.all = n.all[:0]
		return
	}
	if len(n.all) >= maxNews {
		n.drop(n.all[0])
		n.all = n.all[1:]
	}
	n.kept[venue] = append(n.kept[venue], it)
	n.all = append(n.all, venue)
}

// drop lets the oldest of a venue go.
func (n *news) drop(venue string) {
	rest := n.kept[venue]
	rest[0] = nil
	if n.kept[venue] = rest[1:]; len(rest) == 1 {
		delete(n.kept, venue)
	}
}

// after returns what came to a venue after number seq; ok is false when the
// database must be asked.
func (n *news) after(org, venue string, seq int64, limit int) (items []*item, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.kept[venue]
	if len(all) == 0 || all[0].org != org {
		return nil, false
	}
	from := seq + 1 - all[0].event.Seq
	if from < 0 || from > int64(len(all)) {
		return nil, false
	}
	return slices.Clone(all[from:min(int64(len(all)), from+int64(limit))]), true
}

// newOnly are how the statements begin that change nothing of what is
// remembered: they read, or write what is new.
var newOnly = []string{"select ", "update heads ", "insert into reports ", "insert into events ", "insert into jobs ", "insert into requests "}

// changes says whether a statement may change what is remembered.
func changes(statement string) bool {
	statement = strings.TrimLeft(statement, " \t\n")
	return !slices.ContainsFunc(newOnly, func(begin string) bool {
		return len(statement) > len(begin) && strings.EqualFold(statement[:len(begin)], begin)
	})
}

// News lists what [View.EventsAfter] does, and with it the reports that the
// events are about, each once and as it is now.
func (v View) News(ctx context.Context, seq int64, limit int) (events []feedback.Event, reports []feedback.Report, last int64, err error) {
	if v.news != nil && v.tx == nil && v.actor.Kind != feedback.ByGuest {
		if items, ok := v.news.after(v.org, v.venue, seq, limit); ok {
			events, reports, last = v.seen(items, seq)
			return events, reports, last, nil
		}
	}
	if events, last, err = v.EventsAfter(ctx, seq, limit); err != nil {
		return nil, nil, seq, err
	}
	var ids []string
	have := map[string]bool{"": true}
	for _, e := range events {
		if !have[e.ReportID] {
			have[e.ReportID] = true
			ids = append(ids, e.ReportID)
		}
	}
	if len(ids) > 0 {
		reports, err = v.Reports(ctx, Filter{IDs: ids, Limit: len(ids)})
	}
	return events, reports, last, err
}

// seen leaves of what is remembered what the actor may see.
func (v View) seen(items []*item, seq int64) (events []feedback.Event, reports []feedback.Report, last int64) {
	last = seq
	for _, it := range items {
		e, r := it.event, it.report
		last = e.Seq
		if !r.VisibleTo(v.actor.Role(v.venue)) {
			continue
		}
		if r.Urgent == feedback.Unsafe && v.veils() {
			e.Veil()
			r.Veil()
		}
		events = append(events, e)
		if n := len(reports); n == 0 || reports[n-1].ID != r.ID {
			reports = append(reports, r)
		}
	}
	return events, reports, last
}
