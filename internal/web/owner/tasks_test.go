package owner_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
)

// task opens a root-cause task of the venue, as three guests of one area make
// it, and returns its id.
func (p *place) task() string {
	p.Helper()
	for range feedback.RepeatTimes {
		p.tells(p.tables[0], 2, "Stone cold.", "cold")
	}
	if err := p.desk.OpenTasks(p.Context()); err != nil {
		p.Fatal(err)
	}
	tasks, err := p.store.For(p.owner, p.venue.ID).Tasks(p.Context(), p.clock.t)
	if err != nil || len(tasks) == 0 {
		p.Fatalf("tasks: %+v, %v", tasks, err)
	}
	return tasks[0].ID
}

func TestTasks(t *testing.T) {
	p := newPlace(t)
	if doc := p.lead.page(p.path("/tasks"), http.StatusOK); !strings.Contains(text(doc.Find("main")), "Nothing keeps coming up") {
		t.Errorf("an empty list: %q", text(doc.Find("main")))
	}
	at := p.path("/tasks/" + p.task())
	p.tells(p.tables[1], 2, "Cold as well, elsewhere.", "cold") // is none of its reports
	doc := p.lead.page(p.path("/tasks"), http.StatusOK)
	if got := text(doc.Find(".rows li")); !strings.Contains(got, "Cold · Window") || !strings.Contains(got, "Named by 3 guests") || !strings.Contains(got, "Nobody yet") {
		t.Errorf("the list says %q", got)
	}
	if got := p.lead.page(doc.Find(".rows a.sm").AttrOr("href", ""), http.StatusOK).Find(".todo .plate").Length(); got != feedback.RepeatTimes {
		t.Errorf("the link leads to %d issues, want %d", got, feedback.RepeatTimes)
	}
	p.clock.advance(time.Hour)
	p.tells(p.tables[0], 2, "Still cold.", "cold") // and one more while it is open
	if got := text(p.lead.page(p.path("/tasks"), http.StatusOK).Find(".rows li")); !strings.Contains(got, "Named by 4 guests") {
		t.Errorf("after one more the list says %q", got)
	}
	form := values("owner", p.staff.Person, "due_on", "2026-11-30", "note", "New <lamps>")
	p.lead.goes(p.lead.post(at, form), p.path("/tasks?done=saved"))
	if got := text(p.lead.page(p.path("/tasks"), http.StatusOK).Find(".rows li")); !strings.Contains(got, "Sam Okoro") || !strings.Contains(got, "30 November") || !strings.Contains(got, "New <lamps>") {
		t.Errorf("after a change the list says %q", got)
	}
	p.clock.advance(10 * 24 * time.Hour)
	if got := text(p.lead.page(p.path("/tasks"), http.StatusOK).Find(".rows li")); !strings.Contains(got, "Overdue") {
		t.Errorf("after its day the list says %q", got)
	}
	form.Set("done", "1")
	p.lead.goes(p.lead.post(at, form), p.path("/tasks?done=saved"))
	if got := text(p.lead.page(p.path("/tasks"), http.StatusOK).Find("[aria-labelledby=done]")); !strings.Contains(got, "Hasn’t come back") {
		t.Errorf("once done the list says %q", got)
	}
	p.clock.advance(time.Hour)
	p.tells(p.tables[1], 1, "Cold, elsewhere.", "cold")
	p.tells(p.tables[0], 1, "Slow for once.", "slow")
	again := p.tells(p.tables[0], 1, "Cold again.", "cold")
	if got := text(p.lead.page(p.path("/tasks"), http.StatusOK).Find("[aria-labelledby=done]")); !strings.Contains(got, "Came back once since") {
		t.Errorf("when it came back the list says %q", got)
	}
	back := p.lead.page(p.path("/tasks"), http.StatusOK).Find("[aria-labelledby=done] a.tag").AttrOr("href", "")
	list := p.lead.page(back, http.StatusOK)
	if rows := list.Find(".todo .plate"); rows.Length() != 1 || list.Find(`a[href*="`+again.ID+`"]`).Length() == 0 {
		t.Errorf("what came back leads to %d issues: %q", rows.Length(), text(list.Find("main")))
	}
	if got := text(list.Find("main")); !strings.Contains(got, "Came back once since") {
		t.Errorf("the list of what came back says %q", got)
	}
	named := p.lead.page(p.path("/tasks"), http.StatusOK).Find("[aria-labelledby=done] a.sm")
	list = p.lead.page(named.AttrOr("href", ""), http.StatusOK)
	if rows := list.Find(".todo .plate"); rows.Length() != 4 || text(named) != "Named by 4 guests" || !strings.Contains(text(list.Find("main")), "Named by 4 guests") {
		t.Errorf("%q leads to %d issues: %q", text(named), rows.Length(), text(list.Find("main")))
	}
	bad := p.lead.read(p.lead.post(at, values("owner", "nobody", "note", "Kept")), http.StatusUnprocessableEntity)
	if text(bad.Find("#owner-err")) == "" || text(bad.Find("#note")) != "Kept" {
		t.Error("a wrong owner is not said beside the field, or what was typed is lost")
	}
}
