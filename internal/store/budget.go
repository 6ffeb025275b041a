package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"makeright/internal/feedback"
)

// callRow is a call as the rows say.
type callRow struct {
	ReportID  string
	Day       string // of the report
	CreatedAt int64
	Sent      int64
	Step      int64
	Kind      feedback.ChannelKind
	Messages  int64
	Took      *int64
	Told      int64
}

// Calls lists every time that people were called to a report of some service
// days, one for each kind of channel that took a message, the oldest first.
// Reports that were dismissed and tests are left out.
//
// A call is acted on when, before the next one about the same report, a person or
// a program took it or ended it.
func (v View) Calls(ctx context.Context, from, to string) ([]feedback.Call, error) {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil, nil // no day is before it
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return nil, nil
	}
	k, err := v.keptDays(ctx, v.rows(ctx).Select("day, made = marks as made, calls as data"), first.AddDate(0, 0, -1), last.AddDate(0, 0, 3))
	if err != nil {
		return nil, err
	}
	var rows []callRow
	for _, data := range k.made {
		some, err := unpackAll(data, nil, (*callRow).facts)
		if err != nil {
			return nil, known(err, "calls of a day")
		}
		rows = append(rows, some...)
	}
	for _, span := range k.live {
		some, err := v.readCalls(ctx, span)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	slices.SortFunc(rows, byCall)
	past, err := v.PastHours(ctx)
	calls := make([]feedback.Call, 0, len(rows))
	for _, r := range rows {
		if r.Day >= from && r.Day <= to {
			c := r.call()
			c.Shift = feedback.PastShift(past, c.CreatedAt)
			calls = append(calls, c)
		}
	}
	return calls, err
}

// act is that somebody took a report or ended it.
type act struct {
	at int64
	by string
}

// readCalls reads the calls to reports sent between two moments from their rows, in
// the order in which they were made.
func (v View) readCalls(ctx context.Context, span [2]int64) (calls []callRow, err error) {
	// From the venue's reports to their messages and events, and never through those
	// of all venues or of other days: ids are as old as their reports, to the day.
	const sent = ` from reports r cross join `
	const then = ` where r.` + ours + ` and r.id >= ? and r.id < ? and r.created_at >= ? and r.created_at < ? and r.status <> 'dismissed' and not r.test`
	of := []any{v.venue, v.org, firstID(time.UnixMilli(span[0] - utcDay)), firstID(time.UnixMilli(span[1] + utcDay)), span[0], span[1]}
	acts := map[string][]act{}
	err = eachText(v.db(ctx).Raw(`select `+inOne("e.report_id, e.at, e.by_id")+sent+`events e`+then+`
		and e.report_id = r.id and e.report_id <> '' and e.kind in ('report.taken', 'report.resolved', 'report.unresolved') and e.by_kind in ('person', 'key')
		order by e.seq`, of...), func(f *fields) {
		id, at := f.word(), f.num()
		acts[id] = append(acts[id], act{at, f.rest})
	})
	if err != nil {
		return nil, known(err, "what was done about calls")
	}
	messages := v.db(ctx).Raw(`select `+inOne("r.id, r.day, r.created_at, d.created_at, d.step, d.kind, d.person_id")+sent+`deliveries d`+then+`
		and d.report_id = r.id and d.state = 'accepted' and d.kind <> 'webhook' and d.what in ?
		order by r.id, d.created_at desc, d.kind`, append(of, feedback.Calling)...)
	var next int64 // when people were called to the report again
	err = eachText(messages, func(f *fields) {
		r := callRow{ReportID: f.word(), Day: f.word(), CreatedAt: f.num(), Sent: f.num(), Step: f.num(), Kind: feedback.ChannelKind(f.word()), Messages: 1}
		var last *callRow
		if n := len(calls); n > 0 && calls[n-1].ReportID == r.ReportID {
			last = &calls[n-1]
		}
		switch {
		case last == nil:
			next = math.MaxInt64
		case last.Sent != r.Sent:
			next = last.Sent
		}
		all := acts[r.ReportID]
		if i := slices.IndexFunc(all, func(a act) bool { return a.at >= r.Sent && a.at < next }); i >= 0 {
			r.Took = &all[i].at
			if f.rest == "" || f.rest == all[i].by {
				r.Told = 1
			}
		}
		if last != nil && last.Sent == r.Sent && last.Kind == r.Kind {
			last.Step, last.Messages, last.Told = max(last.Step, r.Step), last.Messages+1, max(last.Told, r.Told)
			return
		}
		calls = append(calls, r)
	})
	slices.SortFunc(calls, byCall)
	return calls, known(err, "calls")
}

// byCall orders calls by when they were made.
func byCall(a, b callRow) int {
	return cmp.Or(cmp.Compare(a.Sent, b.Sent), cmp.Compare(a.ReportID, b.ReportID), cmp.Compare(a.Kind, b.Kind))
}

func (r callRow) call() feedback.Call {
	c := feedback.Call{
		ReportID: r.ReportID, CreatedAt: time.UnixMilli(r.CreatedAt).UTC(), Sent: time.UnixMilli(r.Sent).UTC(),
		Step: int(r.Step), Kind: r.Kind, Messages: int(r.Messages),
	}
	if r.Took != nil {
		c.Took, c.Told = time.UnixMilli(*r.Took).UTC(), r.Told == 1
	}
	return c
}
