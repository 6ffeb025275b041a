package feedback

import (
	"cmp"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Task is a root cause to be removed: guests named the same cause again and
// again in one area, or in one hour of the day.
type Task struct {
	ID       string `gorm:"primaryKey"`
	VenueID  string
	Cause    string
	Scope    TaskScope
	Place    string    // id of the area, empty for tables without one; or the hour, "00" to "23"
	Reports  int       // that it was opened for
	OpenedAt time.Time `gorm:"serializer:ms"`
	OwnerID  string    // person who sees to it; empty for nobody yet
	DueOn    string    // day, "2026-11-29", or empty
	Note     string
	DoneAt   time.Time `gorm:"serializer:ms"`

	AreaName  string `gorm:"->"`
	OwnerName string `gorm:"->"`
	Named     int    `gorm:"-"` // reports of the same until it was done, once they were counted
	Since     int    `gorm:"-"` // and since then
}

// TaskScope is what the reports of a task have in common beside their cause.
type TaskScope string

// Scopes of tasks.
const (
	TaskArea TaskScope = "area"
	TaskHour TaskScope = "hour"
)

// A cause that guests named so often within so long opens a task.
const (
	RepeatTimes  = 3
	RepeatWithin = 7 * 24 * time.Hour
)

// Done says whether somebody saw to it.
func (t Task) Done() bool { return !t.DoneAt.IsZero() }

// Late says whether it should have been seen to before today ("2026-11-29").
func (t Task) Late(today string) bool { return !t.Done() && t.DueOn != "" && t.DueOn < today }

func (t Task) repeat() Repeat { return Repeat{t.Cause, t.Scope, t.Place} }

// Begin is when the first reports may have come that it is about.
func (t Task) Begin() time.Time { return t.OpenedAt.Add(-RepeatWithin) }

// NamedBy says whether a report is of the same, and came before the task was done.
func (t Task) NamedBy(r *Fact) bool {
	return !r.CreatedAt.Before(t.Begin()) && (!t.Done() || !r.CreatedAt.After(t.DoneAt)) && t.same(r)
}

// CameBackIn says whether a report is of the same, and came after the task was done.
func (t Task) CameBackIn(r *Fact) bool {
	return t.Done() && r.CreatedAt.After(t.DoneAt) && t.same(r)
}

func (t Task) same(r *Fact) bool {
	return slices.Contains(r.Causes, t.Cause) && slices.Contains(repeatsOf(r), t.repeat())
}

// Count adds reports to those that are of the same.
func (t *Task) Count(facts []Fact) {
	for i := range facts {
		if t.NamedBy(&facts[i]) {
			t.Named++
		}
		if t.CameBackIn(&facts[i]) {
			t.Since++
		}
	}
}

// Check reports every problem with what people say of a task.
func (t Task) Check() error {
	ps := Problems{}
	if _, err := time.Parse(time.DateOnly, t.DueOn); t.DueOn != "" && err != nil {
		ps["due_on"] = "problem.date"
	}
	if utf8.RuneCountInString(t.Note) > MaxNote {
		ps["note"] = "tasks.problem.note"
	}
	return ps.OrNil()
}

// Repeat is a cause that keeps coming up in one area, or in one hour of the day.
type Repeat struct {
	Cause string
	Scope TaskScope
	Place string // as of a [Task]
}

// Repeats finds what the reports of the last [RepeatWithin] repeat, with how
// often: at least [RepeatTimes]. A cause whose task is open is seen to already,
// and what came before a task was done does not count again. What an hour
// repeats only because one area does is left to the area.
func Repeats(facts []Fact, tasks []Task) map[Repeat]int {
	last := map[Repeat]Task{}
	for _, t := range tasks {
		if k := t.repeat(); last[k].ID < t.ID {
			last[k] = t
		}
	}
	counts, areas := map[Repeat]int{}, map[Repeat]map[string]bool{}
	for i := range facts {
		r := &facts[i]
		for _, k := range repeatsOf(r) {
			if t, known := last[k]; known && (!t.Done() || !r.CreatedAt.After(t.DoneAt)) {
				continue
			}
			counts[k]++
			if areas[k] == nil {
				areas[k] = map[string]bool{}
			}
			areas[k][r.AreaID] = true
		}
	}
	maps.DeleteFunc(counts, func(_ Repeat, n int) bool { return n < RepeatTimes })
	maps.DeleteFunc(counts, func(k Repeat, _ int) bool {
		if k.Scope != TaskHour || len(areas[k]) != 1 {
			return false
		}
		for area := range areas[k] {
			k = Repeat{k.Cause, TaskArea, area}
		}
		return counts[k] > 0 || last[k].ID != "" && !last[k].Done()
	})
	return counts
}

// repeatsOf is what a report counts for: an issue that was not set aside, for
// each of its causes.
func repeatsOf(r *Fact) []Repeat {
	if r.Kind != Issue || r.Status == Dismissed {
		return nil
	}
	var keys []Repeat
	for _, cause := range r.Causes {
		keys = append(keys, Repeat{cause, TaskArea, r.AreaID}, Repeat{cause, TaskHour, twoDigits(r.Hour)})
	}
	return keys
}

// Compare puts repeats in an order.
func (k Repeat) Compare(o Repeat) int {
	return cmp.Or(cmp.Compare(k.Cause, o.Cause), cmp.Compare(k.Scope, o.Scope), cmp.Compare(k.Place, o.Place))
}
