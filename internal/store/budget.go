package store

import (
	"cmp"
	"context"
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
		some, err := unpackAll(data, (*callRow).facts)
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
	slices.SortFunc(rows, func(a, b callRow) int {
		if sooner := cmp.Compare(a.Sent, b.Sent); sooner != 0 {
			return sooner
		}
		return cmp.Compare(a.ReportID+string(a.Kind), b.ReportID+string(b.Kind)) // ids are of one length
	})
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

// readCalls reads the calls to reports sent between two moments from their rows.
func (v View) readCalls(ctx context.Context, span [2]int64) (rows []callRow, err error) {
	// From the venue's reports to their messages and events, and never through those
	// of all venues or of other days: ids are as old as their reports, to the day.
	oldest, newest := firstID(time.UnixMilli(span[0]-utcDay)), firstID(time.UnixMilli(span[1]+utcDay))
	err = v.db(ctx).Raw(`
		with told as (
			select d.report_id, d.created_at as sent, d.step, d.kind, d.person_id, r.created_at, r.day
			from reports r cross join deliveries d
			where r.`+ours+` and r.id >= ? and r.id < ? and d.report_id = r.id and d.state = 'accepted' and d.kind <> 'webhook' and d.what in ?
				and r.created_at >= ? and r.created_at < ? and r.status <> 'dismissed' and not r.test
		), calls as (
			select report_id, sent, lead(sent) over (partition by report_id order by sent) as next
			from (select distinct report_id, sent from told) as moments
		), acts as (
			select report_id, sent, (
				select min(e.seq) from events e where e.report_id = calls.report_id and e.report_id <> ''
					and e.kind in ('report.taken', 'report.resolved', 'report.unresolved') and e.by_kind in ('person', 'key')
					and e.at >= calls.sent and (calls.next is null or e.at < calls.next)) as seq
			from calls
		)
		select told.report_id, told.day, told.created_at, told.sent, max(told.step) as step, told.kind, count(*) as messages, e.at as took,
			max(case when told.person_id = '' or told.person_id = e.by_id then 1 else 0 end) as told
		from told
		join acts on acts.report_id = told.report_id and acts.sent = told.sent
		left join events e on e.venue_id = ? and e.seq = acts.seq
		group by told.report_id, told.day, told.created_at, told.sent, told.kind, e.at
		order by told.sent, told.report_id, told.kind`,
		v.venue, v.org, oldest, newest, feedback.Calling, span[0], span[1], v.venue).Scan(&rows).Error
	return rows, known(err, "calls")
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
