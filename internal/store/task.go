package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

// Tasks lists the venue's root-cause tasks: all that are open, and those done at
// or after since. The open ones come first, then those done last.
func (v View) Tasks(ctx context.Context, since time.Time) ([]feedback.Task, error) {
	var tasks []feedback.Task
	err := v.tasks(ctx).Where("tasks.done_at is null or tasks.done_at >= ?", ms(since)).
		Order("tasks.done_at is not null, tasks.done_at desc, tasks.id").Find(&tasks).Error
	return tasks, known(err, "tasks")
}

// Task returns one task, or [feedback.ErrNotFound].
func (v View) Task(ctx context.Context, id string) (feedback.Task, error) {
	var t feedback.Task
	err := v.tasks(ctx).Where("tasks.id = ?", id).Take(&t).Error
	return t, known(err, "task")
}

// CountTasks counts for each task the reports of the same that came until it was
// done, and since then up to now.
func (v View) CountTasks(ctx context.Context, tasks []feedback.Task, now time.Time) error {
	if len(tasks) == 0 {
		return nil
	}
	first := now
	for _, t := range tasks {
		if begin := t.Begin(); begin.Before(first) {
			first = begin
		}
	}
	return v.WithFacts(ctx, StatsFilter{From: first, To: now.Add(time.Millisecond)}, func(facts []feedback.Fact) error {
		for i := range tasks {
			tasks[i].Count(facts)
		}
		return nil
	})
}

func (v View) tasks(ctx context.Context) *gorm.DB {
	return v.rowsOf(ctx, "tasks").Table("tasks").Select("tasks.*, coalesce(a.name, '') as area_name, coalesce(p.name, '') as owner_name").
		Joins("left join areas a on a.id = tasks.place and a.venue_id = tasks.venue_id").
		Joins("left join people p on p.id = tasks.owner_id")
}

// Recent reads what [feedback.Repeats] needs of the issues sent since.
func (v View) Recent(ctx context.Context, since time.Time) ([]feedback.Fact, error) {
	var rs []feedback.Report
	err := v.rowsOf(ctx, "reports").Table("reports").
		Select(`reports.id, reports.kind, reports.status, reports.causes, reports.hour, reports.created_at,
			coalesce((select p.area_id from past_areas p where p.venue_id = t.venue_id and p.table_id = t.id and p.until > reports.created_at order by p.until limit 1), t.area_id) as area_id`).
		Joins("join tables t on t.id = reports.table_id").
		Where("reports.id >= ? and reports.kind = 'issue' and reports.status <> 'dismissed' and not reports.test", firstID(since)).Find(&rs).Error
	return feedback.Facts(rs), known(err, "recent issues")
}

// idSlack is how much older or younger than its row an id may be, at most.
const idSlack = 24 * time.Hour

// firstID is not above any id that was made at or after a moment: ids are
// UUIDv7, which begin with their milliseconds.
func firstID(at time.Time) string {
	n := max(at.UnixMilli(), 0)
	return fmt.Sprintf("%08x-%04x-7000-8000-000000000000", n>>16, n&0xffff)
}

// Place is a venue and the organisation it belongs to.
type Place struct{ OrgID, VenueID string }

// Busy lists the venues, of all organisations, to which guests sent something
// since. It is for timers.
func (s *Store) Busy(ctx context.Context, since time.Time) ([]Place, error) {
	var places []Place
	err := s.db(ctx).Table("venues").Select("venues.org_id, venues.id as venue_id").
		Where("exists (select 1 from reports where reports.venue_id = venues.id and reports.id >= ?)", firstID(since)).
		Order("venues.id").Find(&places).Error
	return places, known(err, "busy venues")
}

// AddTask adds a task; [feedback.ErrConflict] when one about the same is open.
func (e Edit) AddTask(ctx context.Context, t feedback.Task) error {
	t.VenueID = e.venue
	return known(e.db(ctx).Create(&t).Error, "add task")
}

// SaveTask writes what people say of a task.
func (e Edit) SaveTask(ctx context.Context, t feedback.Task) error {
	res := e.rows(ctx).Model(&feedback.Task{}).Where("id = ?", t.ID).
		Select("owner_id", "due_on", "note", "done_at").Updates(&t)
	return changed(res, "save task")
}
