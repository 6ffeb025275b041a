package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// StatsFilter is what figures are asked for: reports sent at or after From and
// before To, split by one of [feedback.Groupings] or by nothing.
type StatsFilter struct {
	From, To       time.Time
	FromDay, ToDay string // instead: of these service days ("2026-11-22"), both included
	By             string
	Trust          []feedback.Trust // none: of every trust
}

// Figures adds up what became of the reports of a period: in all, and split.
//
// Groups come in the order of their keys. Every report counts whoever asks: a
// figure names nobody.
func (v View) Figures(ctx context.Context, f StatsFilter) (total feedback.Figures, groups []feedback.Group, err error) {
	var by []string
	if f.By != "" {
		by = []string{f.By}
	}
	total, split, err := v.Splits(ctx, f, by...)
	return total, split[f.By], err
}

// Splits is Figures split in several ways at once, from one read, so that the
// numbers of a page agree with each other.
func (v View) Splits(ctx context.Context, f StatsFilter, by ...string) (feedback.Figures, map[string][]feedback.Group, error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return feedback.Figures{}, nil, err
	}
	var rs []feedback.Report
	if err := v.counted(ctx, f).Find(&rs).Error; err != nil {
		return feedback.Figures{}, nil, known(err, "figures")
	}
	var all feedback.Tally
	for _, r := range rs {
		all.Add(r)
	}
	groups := make(map[string][]feedback.Group, len(by))
	for _, way := range by {
		groups[way] = split(rs, way, venue)
	}
	return all.Figures(), groups, nil
}

// counted starts a query over the reports that figures are made of.
func (v View) counted(ctx context.Context, f StatsFilter) *gorm.DB {
	q := v.rowsOf(ctx, "reports").Table("reports").Where("not reports.test").
		Select(`reports.id, reports.table_id, reports.kind, reports.status, reports.causes, reports.handling, reports.verdict, reports.cost,
			reports.day, reports.hour, reports.created_at, reports.taken_at, reports.answered_at, reports.ended_at, reports.due_at, reports.since,
			t.name as table_name, coalesce(a.name, '') as area_name`).
		Joins("join tables t on t.id = reports.table_id").Joins("left join areas a on a.id = t.area_id")
	if f.FromDay != "" || f.ToDay != "" {
		q = q.Where("reports.day >= ? and reports.day <= ?", f.FromDay, f.ToDay)
	} else {
		q = q.Where("reports.created_at >= ? and reports.created_at < ?", ms(f.From), ms(f.To))
	}
	if len(f.Trust) > 0 {
		q = q.Where("reports.trust in ?", f.Trust)
	}
	return q
}

// split adds reports up by group, in the order of the keys.
func split(rs []feedback.Report, by string, venue feedback.Venue) []feedback.Group {
	tallies := map[string]*feedback.Tally{}
	labels := map[string]string{}
	for _, r := range rs {
		for _, key := range r.GroupKeys(by, venue) {
			if tallies[key] == nil {
				tallies[key] = &feedback.Tally{}
			}
			tallies[key].Add(r)
			labels[key] = key
			if by == "table" {
				labels[key] = r.TableName
			}
		}
	}
	groups := make([]feedback.Group, 0, len(tallies))
	for key, t := range tallies {
		groups = append(groups, feedback.Group{Key: key, Label: labels[key], Figures: t.Figures()})
	}
	slices.SortFunc(groups, func(a, b feedback.Group) int { return strings.Compare(a.Key, b.Key) })
	return groups
}
