package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"makeright/internal/feedback"
)

// StatsFilter is what figures are asked for: reports sent at or after From and
// before To, split by one of [feedback.Groupings] or by nothing.
type StatsFilter struct {
	From, To time.Time
	By       string
	Trust    []feedback.Trust // none: of every trust
}

// Figures adds up what became of the reports of a period: in all, and split.
//
// Groups come in the order of their keys. Every report counts whoever asks: a
// figure names nobody.
func (v View) Figures(ctx context.Context, f StatsFilter) (total feedback.Figures, groups []feedback.Group, err error) {
	venue, err := v.Details(ctx)
	if err != nil {
		return total, nil, err
	}
	q := v.rowsOf(ctx, "reports").Table("reports").
		Select(`reports.id, reports.table_id, reports.kind, reports.status, reports.causes, reports.handling, reports.verdict, reports.cost,
			reports.day, reports.hour, reports.created_at, reports.taken_at, reports.answered_at, reports.ended_at, reports.due_at,
			t.name as table_name, coalesce(a.name, '') as area_name`).
		Joins("join tables t on t.id = reports.table_id").Joins("left join areas a on a.id = t.area_id").
		Where("reports.created_at >= ? and reports.created_at < ?", ms(f.From), ms(f.To))
	if len(f.Trust) > 0 {
		q = q.Where("reports.trust in ?", f.Trust)
	}
	var rs []feedback.Report
	if err := q.Find(&rs).Error; err != nil {
		return total, nil, known(err, "figures")
	}
	var all feedback.Tally
	split := map[string]*feedback.Tally{}
	labels := map[string]string{}
	for _, r := range rs {
		all.Add(r)
		if f.By == "" {
			continue
		}
		for _, key := range r.GroupKeys(f.By, venue) {
			if split[key] == nil {
				split[key] = &feedback.Tally{}
			}
			split[key].Add(r)
			labels[key] = key
			if f.By == "table" {
				labels[key] = r.TableName
			}
		}
	}
	for key, t := range split {
		groups = append(groups, feedback.Group{Key: key, Label: labels[key], Figures: t.Figures()})
	}
	slices.SortFunc(groups, func(a, b feedback.Group) int { return strings.Compare(a.Key, b.Key) })
	return all.Figures(), groups, nil
}
