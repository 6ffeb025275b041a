package store

import (
	"context"
	"encoding/json"
	"time"

	"makeright/internal/feedback"
)

// PastHours are the hours that the venue had, in the order in which they ended.
// Read the venue before: hours that are saved in between are then among them.
func (v View) PastHours(ctx context.Context) ([]feedback.PastHours, error) {
	var past []feedback.PastHours
	err := v.rows(ctx).Order("until").Find(&past).Error
	return past, known(err, "past hours")
}

// pastHours are those of each venue.
func (o OrgView) pastHours(ctx context.Context) (map[string][]feedback.PastHours, error) {
	var rows []feedback.PastHours
	err := o.db(ctx).Where("venue_id in (select id from venues where org_id = ?)", o.org).Order("venue_id, until").Find(&rows).Error
	past := map[string][]feedback.PastHours{}
	for _, row := range rows {
		past[row.VenueID] = append(past[row.VenueID], row)
	}
	return past, known(err, "past hours")
}

// keepHours keeps what the venue's hours and zone were until now, if others are
// about to be saved.
func (e Edit) keepHours(ctx context.Context, venue feedback.Venue, now time.Time) error {
	hours, err := json.Marshal(venue.Hours)
	if err != nil {
		return known(err, "keep hours")
	}
	return known(e.exec(ctx, `insert into past_hours (venue_id, until, time_zone, hours)
		select id, cast(? as bigint), time_zone, hours from venues where id = ? and org_id = ? and (time_zone <> ? or hours <> ?)
		on conflict do nothing`, ms(now), e.venue, e.org, venue.TimeZone, string(hours)), "keep hours")
}

// keepArea keeps in which area a table stood until now, if it is about to be moved.
func (e Edit) keepArea(ctx context.Context, table feedback.Table, now time.Time) error {
	return known(e.exec(ctx, `insert into past_areas (venue_id, table_id, until, area_id)
		select venue_id, id, cast(? as bigint), area_id from tables where id = ? and `+ours+` and area_id <> ?
		on conflict do nothing`, ms(now), table.ID, e.venue, e.org, table.AreaID), "keep area")
}

// place is a table with the areas it stood in, in the order in which it left them.
type place struct {
	feedback.Table
	past []pastArea
}

type pastArea struct {
	until    int64
	id, name string
}

// area is where the table stood at a moment.
func (p place) area(at time.Time) (id, name string) {
	for _, a := range p.past {
		if at.UnixMilli() < a.until {
			return a.id, a.name
		}
	}
	return p.AreaID, p.AreaName
}

// places are all tables of the venue, also those that were removed.
func (v View) places(ctx context.Context) (map[string]place, error) {
	var rows []struct {
		feedback.Table
		PastUntil                int64 // 0: it was never moved
		PastAreaID, PastAreaName string
	}
	err := v.tables(ctx).Select(`tables.*, coalesce(a.name, '') as area_name,
			coalesce(p.until, 0) as past_until, coalesce(p.area_id, '') as past_area_id, coalesce(b.name, '') as past_area_name`).
		Joins("left join past_areas p on p.venue_id = tables.venue_id and p.table_id = tables.id").
		Joins("left join areas b on b.id = p.area_id and b.venue_id = p.venue_id").Order("p.until").Find(&rows).Error
	by := make(map[string]place, len(rows))
	for _, row := range rows {
		p := place{row.Table, by[row.ID].past}
		if row.PastUntil != 0 {
			p.past = append(p.past, pastArea{row.PastUntil, row.PastAreaID, row.PastAreaName})
		}
		by[row.ID] = p
	}
	return by, known(err, "tables of figures")
}

// asThen names the reports' tables, as they are called today, and the areas and
// shifts in which they were sent.
func asThen(rs []feedback.Fact, tables map[string]place, past []feedback.PastHours) {
	for i := range rs {
		r := &rs[i]
		t := tables[r.TableID]
		r.TableName, r.Shift = t.Name, feedback.PastShift(past, r.CreatedAt)
		r.AreaID, r.AreaName = t.area(r.CreatedAt)
	}
}
