package store

import (
	"context"
	"encoding/json"

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
	const next = `update venues set seq = seq + 1 where id = ? returning seq`
	if err := e.one(ctx, []any{&ev.Seq}, next, e.venue); err != nil {
		return known(err, "next event number")
	}
	var prev []byte
	if ev.Seq > 1 {
		err := e.one(ctx, []any{&prev}, "select hash from events where venue_id = ? and seq = ?", e.venue, ev.Seq-1)
		if err != nil {
			return known(err, "event before")
		}
	}
	if err := ev.Seal(prev); err != nil {
		return err
	}
	data, err := json.Marshal(ev.Data)
	if err != nil {
		return err
	}
	const insert = `
		insert into events (venue_id, seq, kind, at, report_id, subject, by_kind, by_id, data, digest, prev, hash)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return known(e.exec(ctx, insert, ev.VenueID, ev.Seq, string(ev.Kind), ms(ev.At), ev.ReportID, ev.Subject, string(ev.ByKind), ev.ByID,
		string(data), ev.Digest, ev.Prev, ev.Hash), "append event")
}

// Head is the number of the newest event. It fails with [feedback.ErrNotFound]
// for a venue that is out of the actor's reach: a screen that begins with it
// must not wait at a door of somebody else.
func (v View) Head(ctx context.Context) (int64, error) {
	var seq int64
	err := v.one(ctx, []any{&seq}, "select seq from venues where id = ? and org_id = ?", v.venue, v.org)
	return seq, known(err, "head of timeline")
}

// EventsAfter lists at most limit events after number seq, oldest first.
// Events of reports that the actor may not see are left out; last is the number
// of the newest event that was looked at, seen or not.
func (v View) EventsAfter(ctx context.Context, seq int64, limit int) (events []feedback.Event, last int64, err error) {
	var all []struct {
		feedback.Event
		Hidden bool
	}
	err = v.events(ctx).
		Select("events.*, coalesce(p.name, '') as by_name, "+v.hidden("r")+" as hidden").
		Joins("left join reports r on r.id = events.report_id").
		Where("events.seq > ?", seq).Order("events.seq").Limit(limit).Find(&all).Error
	last = seq
	for _, e := range all {
		last = e.Seq
		if !e.Hidden {
			events = append(events, e.Event)
		}
	}
	return events, last, known(err, "events")
}

// EventsOf lists the events of one report, oldest first.
func (v View) EventsOf(ctx context.Context, report string) ([]feedback.Event, error) {
	if _, err := v.Report(ctx, report); err != nil {
		return nil, err
	}
	var events []feedback.Event
	err := v.events(ctx).Select("events.*, coalesce(p.name, '') as by_name").
		Where("events.report_id = ?", report).Order("events.seq").Find(&events).Error
	return events, known(err, "events of report")
}

func (v View) events(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "events").Table("events").Joins("left join people p on p.id = events.by_id")
}
