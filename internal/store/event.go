package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Append writes the next line of the venue's timeline, numbers and seals it.
//
// Taking the number locks the venue's row until commit, so numbers are
// committed in order and a reader who asks for what comes after n never misses
// one.
func (e Edit) Append(ctx context.Context, ev *feedback.Event) error {
	ev.VenueID = e.venue
	prev, err := e.next(ctx, ev)
	if err != nil {
		return err
	}
	data, err := ev.Seal(prev)
	if err != nil {
		return err
	}
	const insert = `
		insert into events (venue_id, seq, kind, at, report_id, subject, by_kind, by_id, data, digest, prev, hash)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = e.exec(ctx, insert, ev.VenueID, ev.Seq, string(ev.Kind), ms(ev.At), ev.ReportID, ev.Subject, string(ev.ByKind), ev.ByID,
		data, ev.Digest, ev.Prev, ev.Hash)
	if err == nil {
		e.heads.keep(e.venue, head{ev.Seq, ev.Hash})
		e.news.appended(e.org, *ev)
	}
	return known(err, "append event")
}

// next takes the number of the next event and returns the hash of the one
// before.
func (e Edit) next(ctx context.Context, ev *feedback.Event) (prev []byte, err error) {
	if end, ok := e.heads.of(e.venue); ok {
		ev.Seq = end.seq + 1
		return end.hash, known(e.exec(ctx, "update heads set seq = ? where venue_id = ?", ev.Seq, e.venue), "next event number")
	}
	const next = `update heads set seq = seq + 1 where venue_id = ? returning seq`
	if err := e.one(ctx, []any{&ev.Seq}, next, e.venue); err != nil {
		return nil, known(err, "next event number")
	}
	if ev.Seq > 1 {
		err = e.one(ctx, []any{&prev}, "select hash from events where venue_id = ? and seq = ?", e.venue, ev.Seq-1)
	}
	return prev, known(err, "event before")
}

// Head is the number of the newest event. It fails with [feedback.ErrNotFound]
// for a venue that is out of the actor's reach: a screen that begins with it
// must not wait at a door of somebody else.
func (v View) Head(ctx context.Context) (int64, error) {
	var seq int64
	err := v.one(ctx, []any{&seq}, "select h.seq from heads h join venues v on v.id = h.venue_id where v.id = ? and v.org_id = ?", v.venue, v.org)
	return seq, known(err, "head of timeline")
}

// EventsAfter lists at most limit events after number seq, oldest first.
// Events of reports that the actor may not see are left out, but for the bare
// fact that one was taken from the floor; last is the number
// of the newest event that was looked at, seen or not.
func (v View) EventsAfter(ctx context.Context, seq int64, limit int) (events []feedback.Event, last int64, err error) {
	var all []struct {
		feedback.Event
		Hidden bool
		Urgent feedback.Urgent
	}
	err = v.events(ctx).
		Select("events.*, coalesce(p.name, '') as by_name, "+v.hidden("r")+" as hidden, coalesce(r.urgent, '') as urgent").
		Joins("left join reports r on r.id = events.report_id").
		Where("events.seq > ?", seq).Order("events.seq").Limit(limit).Find(&all).Error
	last = seq
	for _, e := range all {
		last = e.Seq
		if e.Urgent == feedback.Unsafe && v.veils() {
			e.Veil()
		}
		switch {
		case !e.Hidden:
			events = append(events, e.Event)
		case e.Data.What == feedback.OffFloor: // whoever shows it has to know that it is gone
			events = append(events, feedback.Event{VenueID: e.VenueID, Seq: e.Seq, Kind: e.Kind, At: e.At, Data: feedback.EventData{What: e.Data.What}})
		}
	}
	return events, last, known(err, "events")
}

// LastBefore is the number of the newest event before t, 0 for none. It finds it
// by halves: numbers and times of a timeline grow together.
func (v View) LastBefore(ctx context.Context, t time.Time) (int64, error) {
	head, err := v.Head(ctx)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), head+1 // before t; not before t
	for high-low > 1 {
		middle := (low + high) / 2
		var at int64
		if err := v.one(ctx, []any{&at}, "select at from events where venue_id = ? and seq = ?", v.venue, middle); err != nil {
			return 0, known(err, "event")
		}
		if at < t.UnixMilli() {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

// EventsOf lists the events of one report, and of its burst, oldest first.
func (v View) EventsOf(ctx context.Context, report string) ([]feedback.Event, error) {
	r, err := v.Report(ctx, report)
	if err != nil {
		return nil, err
	}
	const named = "events.*, coalesce(p.name, '') as by_name"
	var events, burst []feedback.Event
	err = v.events(ctx).Select(named).Where("events.report_id = ? and events.report_id <> ''", report).Find(&events).Error
	if err == nil && r.BurstID != "" {
		err = v.events(ctx).Select(named).Where("events.subject = ? and events.kind in ('burst.marked', 'burst.cleared')", r.BurstID).Find(&burst).Error
	}
	events = append(events, burst...)
	slices.SortFunc(events, func(a, b feedback.Event) int { return cmp.Compare(a.Seq, b.Seq) }) // in SQL, all that the venue has would be gone through
	for i := range events {
		if r.Veiled {
			events[i].Veil()
		}
	}
	return events, known(err, "events of report")
}

func (v View) events(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "events").Table("events").Joins("left join people p on p.id = events.by_id")
}
