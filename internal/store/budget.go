package store

import (
	"context"
	"time"

	"makeright/internal/feedback"
)

// callRow is a row of calls.
type callRow struct {
	ReportID  string
	CreatedAt int64
	Sent      int64
	Step      int
	Kind      feedback.ChannelKind
	Messages  int
	Took      *int64
	Told      int
}

// Calls lists every time that people were called to a report of some service
// days, one for each kind of channel that took a message, the oldest first.
// Reports that were dismissed and tests are left out.
//
// A call is acted on when, before the next one about the same report, a person or
// a program took it or ended it.
func (v View) Calls(ctx context.Context, from, to string) ([]feedback.Call, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return nil, err
	}
	first := firstID(venue.Hours.Begin(from, venue.Zone())) // or every older message would be looked at
	var rows []callRow
	err = v.db(ctx).Raw(`
		with told as (
			select d.report_id, d.created_at as sent, d.step, d.kind, d.person_id, r.created_at
			from deliveries d join reports r on r.venue_id = d.venue_id and r.id = d.report_id
			where d.`+ours+` and d.id >= ? and d.state = 'accepted' and d.kind <> 'webhook' and d.what in ?
				and r.day >= ? and r.day <= ? and r.status <> 'dismissed' and not r.test
		), calls as (
			select report_id, sent, lead(sent) over (partition by report_id order by sent) as next
			from (select distinct report_id, sent from told) as moments
		), acts as (
			select report_id, sent, (
				select min(e.seq) from events e where e.venue_id = ? and e.report_id = calls.report_id
					and e.kind in ('report.taken', 'report.resolved', 'report.unresolved') and e.by_kind in ('person', 'key')
					and e.at >= calls.sent and (calls.next is null or e.at < calls.next)) as seq
			from calls
		)
		select told.report_id, told.created_at, told.sent, max(told.step) as step, told.kind, count(*) as messages, e.at as took,
			max(case when told.person_id = '' or told.person_id = e.by_id then 1 else 0 end) as told
		from told
		join acts on acts.report_id = told.report_id and acts.sent = told.sent
		left join events e on e.venue_id = ? and e.seq = acts.seq
		group by told.report_id, told.created_at, told.sent, told.kind, e.at
		order by told.sent, told.report_id, told.kind`,
		v.venue, v.org, first, feedback.Calling, from, to, v.venue, v.venue).Scan(&rows).Error
	calls := make([]feedback.Call, len(rows))
	for i, r := range rows {
		calls[i] = r.call()
	}
	return calls, known(err, "calls")
}

func (r callRow) call() feedback.Call {
	c := feedback.Call{
		ReportID: r.ReportID, CreatedAt: time.UnixMilli(r.CreatedAt).UTC(), Sent: time.UnixMilli(r.Sent).UTC(),
		Step: r.Step, Kind: r.Kind, Messages: r.Messages,
	}
	if r.Took != nil {
		c.Took, c.Told = time.UnixMilli(*r.Took).UTC(), r.Told == 1
	}
	return c
}
