package feedback_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
)

var (
	languages = []string{"en", "de", "ar"}
	noon      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func TestReport_Check(t *testing.T) {
	long := strings.Repeat("é", feedback.MaxContact+1)
	tests := map[string]struct {
		change  func(*feedback.Report)
		contact feedback.Contact
		want    feedback.Problems
	}{
		"a rating alone is enough":          {},
		"no stars":                          {change: func(r *feedback.Report) { r.Rating = 0 }, want: feedback.Problems{"rating": "problem.rating.missing"}},
		"six stars":                         {change: func(r *feedback.Report) { r.Rating = 6 }, want: feedback.Problems{"rating": "problem.rating.missing"}},
		"three causes":                      {change: func(r *feedback.Report) { r.Causes = feedback.Causes[:3] }},
		"four causes":                       {change: func(r *feedback.Report) { r.Causes = feedback.Causes[:4] }, want: feedback.Problems{"causes": "problem.causes.many"}},
		"a cause of their own":              {change: func(r *feedback.Report) { r.Causes = []string{"ghosts"} }, want: feedback.Problems{"causes": "problem.choice"}},
		"as many words as there may be":     {change: func(r *feedback.Report) { r.Words = strings.Repeat("é", feedback.MaxWords) }},
		"one word too many":                 {change: func(r *feedback.Report) { r.Words = strings.Repeat("é", feedback.MaxWords+1) }, want: feedback.Problems{"words": "problem.words.long"}},
		"a handling nobody offered":         {change: func(r *feedback.Report) { r.Handling = "sue" }, want: feedback.Problems{"handling": "problem.handling.unknown"}},
		"a language we do not speak":        {change: func(r *feedback.Report) { r.Language = "tlh" }, want: feedback.Problems{"language": "problem.language.unknown"}},
		"later, and no way to be reached":   {change: func(r *feedback.Report) { r.Handling = feedback.ContactLater }, contact: feedback.Contact{Name: "Ada"}, want: feedback.Problems{"contact": "problem.contact.missing"}},
		"later, by telephone":               {change: func(r *feedback.Report) { r.Handling = feedback.ContactLater }, contact: feedback.Contact{Phone: "1"}},
		"an address that is none":           {contact: feedback.Contact{Email: "ada@"}, want: feedback.Problems{"contact.email": "problem.contact.email"}},
		"an address with a header in it":    {contact: feedback.Contact{Email: "a@b.c>\nBcc: x@y.z"}, want: feedback.Problems{"contact.email": "problem.contact.email"}},
		"a name and a phone that are books": {contact: feedback.Contact{Name: long, Phone: long}, want: feedback.Problems{"contact.name": "problem.contact.long", "contact.phone": "problem.contact.long"}},
		"everything wrong at once": {
			change: func(r *feedback.Report) { *r = feedback.Report{Words: strings.Repeat("x", 3000), Handling: "x"} },
			want: feedback.Problems{
				"rating": "problem.rating.missing", "words": "problem.words.long",
				"handling": "problem.handling.unknown", "language": "problem.language.unknown",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := feedback.Report{Rating: 3, Language: "en"}
			if tt.change != nil {
				tt.change(&r)
			}
			wantProblems(t, r.Check(tt.contact, languages), tt.want)
		})
	}
}

// wantProblems compares exactly, and nil with none.
func wantProblems(t *testing.T, err error, want feedback.Problems) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("err = %v, want none", err)
		}
		return
	}
	got, ok := errors.AsType[feedback.Problems](err)
	if !ok || !errors.Is(err, feedback.ErrInvalid) || len(got) != len(want) {
		t.Fatalf("err = %v, want %v", err, want)
	}
	for field, key := range want {
		if got[field] != key {
			t.Errorf("%s: %q, want %q", field, got[field], key)
		}
	}
}

func TestReport_Sort(t *testing.T) {
	tests := map[string]struct {
		r    feedback.Report
		want feedback.Kind
	}{
		"happy and silent":              {feedback.Report{Rating: 4}, feedback.Praise},
		"happy and just telling":        {feedback.Report{Rating: 5, Handling: feedback.JustTelling}, feedback.Praise},
		"so-so":                         {feedback.Report{Rating: 3}, feedback.Issue},
		"unhappy, just telling":         {feedback.Report{Rating: 1, Handling: feedback.JustTelling}, feedback.Issue},
		"happy, but come over":          {feedback.Report{Rating: 5, Handling: feedback.ComeOver}, feedback.Issue},
		"happy, but it is about safety": {feedback.Report{Rating: 5, Causes: []string{feedback.CauseSafety}}, feedback.Issue},
		"happy with a cause":            {feedback.Report{Rating: 5, Causes: []string{"slow"}}, feedback.Praise},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.r.Sort()
			status := map[feedback.Kind]feedback.Status{feedback.Praise: feedback.Noted, feedback.Issue: feedback.Open}[tt.want]
			if tt.r.Kind != tt.want || tt.r.Status != status {
				t.Errorf("Sort() = %s, %s; want %s, %s", tt.r.Kind, tt.r.Status, tt.want, status)
			}
		})
	}
}

var statuses = []feedback.Status{feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Dismissed, feedback.Noted}

// Every pair of statuses, so that a move added by mistake shows.
func TestReport_Move(t *testing.T) {
	allowed := map[feedback.Status][]feedback.Status{
		feedback.Open:       {feedback.Taken, feedback.Unresolved, feedback.Dismissed},
		feedback.Taken:      {feedback.Open, feedback.Resolved, feedback.Unresolved, feedback.Dismissed},
		feedback.Resolved:   {feedback.Open, feedback.Unresolved},
		feedback.Unresolved: {feedback.Open},
		feedback.Dismissed:  {feedback.Open, feedback.Noted},
		feedback.Noted:      {feedback.Open, feedback.Dismissed},
	}
	for _, from := range statuses {
		for _, to := range statuses {
			r := feedback.Report{Status: from, Kind: feedback.Praise, UndoTo: feedback.Open}
			err := r.Move(to)
			if !slices.Contains(allowed[from], to) {
				if !errors.Is(err, feedback.ErrConflict) || r.Status != from {
					t.Errorf("%s to %s: err = %v and it is %s, want a conflict", from, to, err, r.Status)
				}
				continue
			}
			if err != nil || r.Status != to || r.UndoTo != "" {
				t.Errorf("%s to %s: err = %v, it is %s, a tap from before goes back to %q", from, to, err, r.Status, r.UndoTo)
			}
			if to == feedback.Open && r.Kind != feedback.Issue {
				t.Errorf("%s to open is %s, want an issue", from, r.Kind)
			}
		}
	}
}

func TestReport_VisibleTo(t *testing.T) {
	tests := map[string]struct {
		r     feedback.Report
		roles []feedback.Role
	}{
		"an ordinary one":          {feedback.Report{Causes: []string{"cold"}}, []feedback.Role{feedback.Staff, feedback.Manager, feedback.Owner}},
		"about a person":           {feedback.Report{Causes: []string{"cold", "staff"}}, []feedback.Role{feedback.Manager, feedback.Owner}},
		"for the manager, quietly": {feedback.Report{Handling: feedback.ManagerOnly}, []feedback.Role{feedback.Manager, feedback.Owner}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, role := range []feedback.Role{feedback.Nobody, feedback.Staff, feedback.Manager, feedback.Owner, "chef"} {
				if got, want := tt.r.VisibleTo(role), slices.Contains(tt.roles, role); got != want {
					t.Errorf("VisibleTo(%q) = %v, want %v", role, got, want)
				}
			}
		})
	}
}

func TestReport_NobodyClosesOneAboutThemselves(t *testing.T) {
	tests := map[string]struct {
		causes []string
		server string
		name   string
		want   bool
	}{
		"about who asks":              {[]string{"staff"}, "Maria", "Maria Rossi", false},
		"the till shouts":             {[]string{"staff"}, "MARIA", "Maria Rossi", false},
		"the till says the full name": {[]string{"staff"}, " maria rossi", "Maria Rossi", false},
		"about somebody else":         {[]string{"staff"}, "Paul", "Maria Rossi", true},
		"nobody knows about whom":     {[]string{"staff"}, "", "Maria Rossi", true},
		"a cold soup on her table":    {[]string{"cold"}, "Maria", "Maria Rossi", true},
		"nobody knows who asks":       {[]string{"staff"}, "", "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := feedback.Report{Causes: tt.causes, Server: tt.server}.ClosableBy(feedback.Actor{Name: tt.name})
			if (err == nil) != tt.want || err != nil && !errors.Is(err, feedback.ErrForbidden) {
				t.Errorf("ClosableBy() = %v, want allowed: %v", err, tt.want)
			}
		})
	}
}

func TestReport_Pages(t *testing.T) {
	tests := map[string]struct {
		r           feedback.Report
		pages, lane bool
	}{
		"an issue":                           {feedback.Report{Kind: feedback.Issue}, true, false},
		"praise":                             {feedback.Report{Kind: feedback.Praise}, false, false},
		"after the visit":                    {feedback.Report{Kind: feedback.Issue, FollowUp: true}, false, true},
		"in a burst":                         {feedback.Report{Kind: feedback.Issue, ToCheck: true}, false, false},
		"a test of the safety button":        {feedback.Report{Kind: feedback.Issue, Test: true, Causes: []string{"safety"}}, false, false},
		"contact me later":                   {feedback.Report{Kind: feedback.Issue, Handling: feedback.ContactLater}, false, true},
		"contact me later, and it is unsafe": {feedback.Report{Kind: feedback.Issue, Handling: feedback.ContactLater, Causes: []string{"safety"}}, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.r.Pages() != tt.pages || tt.r.Later() != tt.lane {
				t.Errorf("pages %v, follow-up lane %v; want %v, %v", tt.r.Pages(), tt.r.Later(), tt.pages, tt.lane)
			}
		})
	}
}

func TestReport_NextStep(t *testing.T) {
	usual := feedback.DefaultEscalation().Ordinary
	if got := (feedback.Report{Kind: feedback.Issue, Status: feedback.Open, Since: noon}).NextStep(usual); !got.Equal(noon) {
		t.Errorf("nobody was called yet: next step at %s, want at once", got)
	}
	issue := feedback.Report{Kind: feedback.Issue, Status: feedback.Open, Since: noon, AlertID: "a"}
	for level, minutes := range []int{3, 6, 9, 12, 15} {
		issue.Level = level
		if got, want := issue.NextStep(usual), noon.Add(time.Duration(minutes)*time.Minute); !got.Equal(want) {
			t.Errorf("at level %d the next step is at %s, want %s", level, got, want)
		}
	}
	taken := feedback.Report{Kind: feedback.Issue, Status: feedback.Taken, Since: noon, ActiveAt: noon.Add(time.Minute)}
	if got := taken.NextStep(usual); !got.Equal(noon.Add(11 * time.Minute)) {
		t.Errorf("taken and silent: next step at %s, want 10 minutes after the take", got)
	}
	for _, status := range statuses[2:] {
		if got := (feedback.Report{Kind: feedback.Issue, Status: status, Since: noon}).NextStep(usual); !got.IsZero() {
			t.Errorf("%s: next step at %s, want none", status, got)
		}
	}
	if got := (feedback.Report{Kind: feedback.Issue, Status: feedback.Open, ToCheck: true, Since: noon}).NextStep(usual); !got.IsZero() {
		t.Errorf("marked: next step at %s, want none", got)
	}
}

func TestReport_Reopen(t *testing.T) {
	r := feedback.Report{
		Kind: feedback.Issue, Status: feedback.Resolved, TakenBy: "maria", Level: 2, Reason: "other",
		EndedAt: noon, Since: noon, DueAt: noon, UndoTo: feedback.Taken,
	}
	later := noon.Add(time.Hour)
	if err := r.Reopen(later, 3*time.Minute); err != nil {
		t.Fatal(err)
	}
	want := feedback.Report{Kind: feedback.Issue, Status: feedback.Open, NotFor: "maria", Since: later, DueAt: later.Add(3 * time.Minute)}
	if r.Status != want.Status || r.NotFor != want.NotFor || r.TakenBy != "" || r.Level != 0 || r.Reason != "" ||
		!r.EndedAt.IsZero() || !r.Since.Equal(want.Since) || !r.DueAt.Equal(want.DueAt) || r.UndoTo != "" {
		t.Errorf("reopened: %+v\nwant %+v", r, want)
	}
	if err := r.Reopen(later, 0); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("reopen an open one: %v, want a conflict", err)
	}
	praise := feedback.Report{Kind: feedback.Praise, Status: feedback.Dismissed, Reason: "spam", EndedAt: noon}
	if err := praise.Reopen(later, time.Minute); err != nil || praise.Status != feedback.Noted || praise.Kind != feedback.Praise || praise.Reason != "" {
		t.Errorf("praise that was dismissed by mistake is %+v, %v; want praise again", praise, err)
	}
}

func TestReport_Undo(t *testing.T) {
	taken := feedback.Report{Status: feedback.Open, Kind: feedback.Issue}
	if err := taken.Move(feedback.Taken); err != nil {
		t.Fatal(err)
	}
	taken.TakenBy, taken.TakenAt = "maria", noon
	taken.Remember(feedback.Open, "maria", noon)

	tests := map[string]struct {
		by    string
		after time.Duration
		want  bool
	}{
		"at once":            {"maria", 0, true},
		"at the last moment": {"maria", feedback.UndoFor, true},
		"a moment too late":  {"maria", feedback.UndoFor + 1, false},
		"by somebody else":   {"paul", 0, false},
		"by nobody we know":  {"", 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := taken
			err := r.Undo(tt.by, noon.Add(tt.after))
			if !tt.want {
				if !errors.Is(err, feedback.ErrConflict) || r.Status != feedback.Taken {
					t.Errorf("err = %v and it is %s, want a conflict", err, r.Status)
				}
				return
			}
			if err != nil || r.Status != feedback.Open || r.TakenBy != "" || !r.TakenAt.IsZero() {
				t.Errorf("err = %v, %+v; want it open and as if never taken", err, r)
			}
			if err := r.Undo(tt.by, noon); !errors.Is(err, feedback.ErrConflict) {
				t.Errorf("undo twice: %v, want a conflict", err)
			}
		})
	}

	t.Run("somebody had it before", func(t *testing.T) {
		r := taken
		r.TakenAt = noon.Add(-time.Minute)
		if err := r.Undo("maria", noon); err != nil || !r.TakenAt.Equal(noon.Add(-time.Minute)) {
			t.Errorf("first taken at %s, %v; want the first time kept", r.TakenAt, err)
		}
	})
	t.Run("of an end", func(t *testing.T) {
		r := taken
		if err := r.Move(feedback.Resolved); err != nil {
			t.Fatal(err)
		}
		r.Actions, r.Cost, r.Note, r.EndedAt = []string{"remade"}, 500, "x", noon
		r.Remember(feedback.Taken, "maria", noon)
		if err := r.Undo("maria", noon); err != nil || r.Status != feedback.Taken || r.TakenBy != "maria" ||
			len(r.Actions) > 0 || r.Cost != 0 || r.Note != "" || !r.EndedAt.IsZero() {
			t.Errorf("%+v, %v; want it taken, without a recovery", r, err)
		}
	})
}

func TestPolicy_At(t *testing.T) {
	for step, want := range map[int]time.Duration{1: 3, 2: 6, 3: 9, 4: 12, 20: 60} {
		if _, got := feedback.DefaultEscalation().Ordinary.At(step); got != want*time.Minute {
			t.Errorf("step %d after %s, want %d minutes", step, got, want)
		}
	}
}

func TestRecovery_Check(t *testing.T) {
	tests := map[string]struct {
		rc   feedback.Recovery
		want feedback.Problems
	}{
		"an action":                 {feedback.Recovery{Actions: []string{"remade"}}, nil},
		"a note alone":              {feedback.Recovery{Note: "talked"}, nil},
		"nothing was done":          {feedback.Recovery{}, feedback.Problems{"actions": "problem.actions.missing"}},
		"an action of their own":    {feedback.Recovery{Actions: []string{"bribed"}}, feedback.Problems{"actions": "problem.actions.unknown"}},
		"all that it may cost":      {feedback.Recovery{Note: "x", Cost: feedback.Money{Amount: feedback.MaxCost, Currency: "EUR"}}, nil},
		"a cent more":               {feedback.Recovery{Note: "x", Cost: feedback.Money{Amount: feedback.MaxCost + 1}}, feedback.Problems{"cost": "problem.cost.negative"}},
		"a cost below nothing":      {feedback.Recovery{Note: "x", Cost: feedback.Money{Amount: -1}}, feedback.Problems{"cost": "problem.cost.negative"}},
		"money from somewhere else": {feedback.Recovery{Note: "x", Cost: feedback.Money{Amount: 1, Currency: "USD"}}, feedback.Problems{"cost": "problem.cost.currency"}},
		"a novel":                   {feedback.Recovery{Note: strings.Repeat("x", feedback.MaxNote+1)}, feedback.Problems{"note": "problem.note.long"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantProblems(t, tt.rc.Check("EUR"), tt.want) })
	}
}

func TestMessage_Check(t *testing.T) {
	tests := map[string]struct {
		m    feedback.Message
		want feedback.Problems
	}{
		"words":      {feedback.Message{Text: "On my way"}, nil},
		"a phrase":   {feedback.Message{Phrase: "phrase.coming"}, nil},
		"nothing":    {feedback.Message{}, feedback.Problems{"text": "problem.message.missing"}},
		"too long":   {feedback.Message{Text: strings.Repeat("é", feedback.MaxMessage+1)}, feedback.Problems{"text": "problem.message.long"}},
		"just right": {feedback.Message{Text: strings.Repeat("é", feedback.MaxMessage)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { wantProblems(t, tt.m.Check(), tt.want) })
	}
}

func TestReport_Promised(t *testing.T) {
	tests := map[string]struct {
		report feedback.Report
		want   bool
	}{
		"waits":              {feedback.Report{Status: feedback.Open, Salt: []byte{1}}, true},
		"taken":              {feedback.Report{Status: feedback.Taken, Salt: []byte{1}}, true},
		"over":               {feedback.Report{Status: feedback.Resolved, Salt: []byte{1}}, false},
		"sent after leaving": {feedback.Report{Status: feedback.Open, Salt: []byte{1}, FollowUp: true}, false},
		"contact later":      {feedback.Report{Status: feedback.Open, Salt: []byte{1}, Handling: feedback.ContactLater}, false},
		"just telling":       {feedback.Report{Status: feedback.Open, Salt: []byte{1}, Handling: feedback.JustTelling}, false},
		"taken back":         {feedback.Report{Status: feedback.Open}, false},
	}
	for name, tt := range tests {
		if got := tt.report.Promised(); got != tt.want {
			t.Errorf("%s: Promised() = %v", name, got)
		}
	}
}
