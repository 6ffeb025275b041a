package owner

import (
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// tasksKept is how long a task that is done stays in the list.
const tasksKept = 90 * 24 * time.Hour

// tasksPage is all that pages/tasks.html may use.
type tasksPage struct {
	room
	Open, Finished []taskCard
}

// taskPage is all that pages/task.html may use.
type taskPage struct {
	room
	Card     taskCard
	In       desk.TaskChange
	People   []feedback.Person
	Problems feedback.Problems
}

// taskCard is a task as it is drawn.
type taskCard struct {
	feedback.Task
	Path    string // of its page
	Issues  string // address of those that named it, until it was done
	Back    string // address of those that came after it was done
	Overdue bool
	Zone    *time.Location
}

// Hours is the hour of the task, as a clock says when it begins and ends.
func (t taskCard) Hours() string {
	hour, err := strconv.Atoi(t.Place)
	if err != nil {
		return ""
	}
	begin := time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC)
	return begin.Format("15:04") + "–" + begin.Add(time.Hour).Format("15:04")
}

// Due is the day it should be done by.
func (t taskCard) Due() time.Time {
	day, _ := time.Parse(time.DateOnly, t.DueOn) // checked when it was written
	return day
}

func (h handler) card(r room, t feedback.Task) taskCard {
	zone := r.Venue.Zone()
	named := url.Values{"status": {"any"}, "kind": {"issue"}, "cause": {t.Cause}, "named": {t.ID}}
	back := url.Values{"status": {"any"}, "kind": {"issue"}, "cause": {t.Cause}, "task": {t.ID}}
	return taskCard{
		Task: t, Zone: zone, Path: r.Path("/tasks/" + t.ID), Issues: r.Path("/issues?" + named.Encode()), Back: r.Path("/issues?" + back.Encode()),
		Overdue: t.Late(r.Venue.Hours.Day(h.desk.Now(), zone)),
	}
}

func (h handler) tasks(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	ctx, now := c.Request().Context(), h.desk.Now()
	all, err := r.view.Tasks(ctx, now.Add(-tasksKept))
	if err != nil {
		return err
	}
	if err := r.view.CountTasks(ctx, all, now); err != nil {
		return err
	}
	p := tasksPage{room: r}
	for _, t := range all {
		if t.Done() {
			p.Finished = append(p.Finished, h.card(r, t))
		} else {
			p.Open = append(p.Open, h.card(r, t))
		}
	}
	return draw(c, "tasks.html", nil, p)
}

func (h handler) task(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	t, err := r.view.Task(c.Request().Context(), c.Param("task"))
	if err != nil {
		return err
	}
	one := []feedback.Task{t}
	if err := r.view.CountTasks(c.Request().Context(), one, h.desk.Now()); err != nil {
		return err
	}
	return h.drawTask(c, taskPage{room: r, Card: h.card(r, one[0]), In: desk.TaskChange{Owner: t.OwnerID, DueOn: t.DueOn, Note: t.Note}})
}

func (h handler) drawTask(c echo.Context, p taskPage) (err error) {
	if p.People, err = p.view.Staff(c.Request().Context()); err != nil {
		return err
	}
	return draw(c, "task.html", p.Problems, p)
}

func (h handler) changeTask(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	t, err := r.view.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := desk.TaskChange{Owner: form.Get("owner"), DueOn: form.Get("due_on"), Note: form.Get("note"), Done: form.Get("done") != ""}
	ps, err := problemsOf(h.desk.ChangeTask(ctx, r.by, r.Venue.ID, t.ID, in))
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawTask(c, taskPage{room: r, Card: h.card(r, t), In: in, Problems: ps})
	}
	return r.back(c, "/tasks", "saved")
}
