package feedback_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/feedback"
)

func TestRepeats(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	issue := func(area string, hour int, causes ...string) feedback.Fact {
		return feedback.Fact{Kind: feedback.Issue, Status: feedback.Resolved, AreaID: area, Hour: hour, Causes: causes, CreatedAt: noon}
	}
	but := func(r feedback.Fact, change func(*feedback.Fact)) feedback.Fact { change(&r); return r }
	terrace := feedback.Repeat{Cause: "cold", Scope: feedback.TaskArea, Place: "terrace"}
	evening := feedback.Repeat{Cause: "cold", Scope: feedback.TaskHour, Place: "19"}
	task := func(k feedback.Repeat, done time.Time) feedback.Task {
		return feedback.Task{ID: "1", Cause: k.Cause, Scope: k.Scope, Place: k.Place, DoneAt: done}
	}
	here := []feedback.Fact{issue("terrace", 18, "cold"), issue("terrace", 19, "cold", "slow"), issue("terrace", 20, "cold")}
	tests := map[string]struct {
		reports []feedback.Fact
		tasks   []feedback.Task
		want    map[feedback.Repeat]int
	}{
		"nothing":                 {nil, nil, map[feedback.Repeat]int{}},
		"twice is no habit":       {here[:2], nil, map[feedback.Repeat]int{}},
		"one area":                {here, nil, map[feedback.Repeat]int{terrace: 3}},
		"one hour, several areas": {[]feedback.Fact{issue("terrace", 19, "cold"), issue("bar", 19, "cold"), issue("", 19, "cold")}, nil, map[feedback.Repeat]int{evening: 3}},
		"one hour of one area is the area's": {
			[]feedback.Fact{issue("terrace", 19, "cold"), issue("terrace", 19, "cold"), issue("terrace", 19, "cold")},
			nil,
			map[feedback.Repeat]int{terrace: 3},
		},
		"praise and what was set aside do not count": {[]feedback.Fact{
			here[0], here[1], but(here[2], func(r *feedback.Fact) { r.Kind = feedback.Praise }),
			but(here[2], func(r *feedback.Fact) { r.Status = feedback.Dismissed }),
		}, nil, map[feedback.Repeat]int{}},
		"seen to already":                   {here, []feedback.Task{task(terrace, time.Time{})}, map[feedback.Repeat]int{}},
		"before it was done":                {here, []feedback.Task{task(terrace, noon)}, map[feedback.Repeat]int{}},
		"again after it was done":           {here, []feedback.Task{task(terrace, noon.Add(-time.Hour))}, map[feedback.Repeat]int{terrace: 3}},
		"the hour of an area that is known": {[]feedback.Fact{issue("terrace", 19, "cold"), issue("terrace", 19, "cold"), issue("terrace", 19, "cold")}, []feedback.Task{task(terrace, time.Time{})}, map[feedback.Repeat]int{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, feedback.Repeats(tt.reports, tt.tasks)); diff != "" {
				t.Errorf("Repeats (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTask_Check(t *testing.T) {
	tests := map[string]struct {
		task feedback.Task
		want feedback.Problems
	}{
		"nothing said":      {feedback.Task{}, nil},
		"all said":          {feedback.Task{DueOn: "2026-12-24", Note: strings.Repeat("é", feedback.MaxNote)}, nil},
		"a day there isn't": {feedback.Task{DueOn: "2026-02-30"}, feedback.Problems{"due_on": "problem.date"}},
		"a long note":       {feedback.Task{Note: strings.Repeat("é", feedback.MaxNote+1)}, feedback.Problems{"note": "tasks.problem.note"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wantProblems(t, tt.task.Check(), tt.want)
		})
	}
}

func TestTask_Late(t *testing.T) {
	due := feedback.Task{DueOn: "2026-11-22"}
	if due.Late("2026-11-22") || !due.Late("2026-11-23") || (feedback.Task{}).Late("2026-11-23") {
		t.Error("a task is late from the day after it was due, and one without a day never")
	}
	due.DoneAt = time.Now()
	if due.Late("2026-11-23") {
		t.Error("what is done is not late")
	}
}
