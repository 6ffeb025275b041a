package feedback_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestDialable(t *testing.T) {
	for typed, want := range map[string]string{
		"030 123456": "030123456", "+49 (0)30 / 12 34-56": "+4930123456", "(0151) 23 45 67": "0151234567", "0049 30 1234": "0049301234",
		"+1 (415) 555-0100 ext 5": "+14155550100", "tel: 030 123456": "030123456", "": "", "call me": "", "12": "",
		"javascript:alert(1)": "", "030123456?body=x": "030123456", "+49+30123456": "+4930123456",
	} {
		if got := feedback.Dialable(typed); got != want {
			t.Errorf("Dialable(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestReport_FollowsUp(t *testing.T) {
	lost := feedback.Report{Kind: feedback.Issue, Status: feedback.Unresolved}
	tests := map[string]struct {
		mod  func(*feedback.Report)
		want bool
	}{
		"ended unresolved":      {func(*feedback.Report) {}, true},
		"tried in vain":         {func(r *feedback.Report) { r.Followed = feedback.NotReached }, true},
		"spoken to":             {func(r *feedback.Report) { r.Followed = feedback.Reached }, true},
		"settled":               {func(r *feedback.Report) { r.Followed = feedback.Settled }, false},
		"put right":             {func(r *feedback.Report) { r.Status = feedback.Resolved }, false},
		"dismissed":             {func(r *feedback.Report) { r.Status = feedback.Dismissed }, false},
		"waits at the table":    {func(r *feedback.Report) { r.Status = feedback.Open }, false},
		"waits to be called":    {func(r *feedback.Report) { r.Status, r.Handling = feedback.Open, feedback.ContactLater }, true},
		"sent after the visit":  {func(r *feedback.Report) { r.Status, r.FollowUp = feedback.Taken, true }, true},
		"about safety, waiting": {func(r *feedback.Report) { r.Status, r.FollowUp, r.Causes = feedback.Open, true, []string{"safety"} }, false},
		"a test":                {func(r *feedback.Report) { r.Test = true }, false},
		"praise":                {func(r *feedback.Report) { r.Kind = feedback.Praise }, false},
	}
	for name, tt := range tests {
		r := lost
		tt.mod(&r)
		if got := r.FollowsUp(); got != tt.want {
			t.Errorf("%s: FollowsUp() = %v, want %v", name, got, tt.want)
		}
	}
}

func TestReport_Lapsed(t *testing.T) {
	at := time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)
	sent := feedback.Report{Kind: feedback.Issue, Status: feedback.Open, CreatedAt: at, Since: at, DueAt: at.Add(3 * time.Minute)}
	tests := map[string]struct {
		mod  func(*feedback.Report)
		want bool
	}{
		"nobody came":    {func(*feedback.Report) {}, true},
		"came in time":   {func(r *feedback.Report) { r.TakenAt = at.Add(time.Minute) }, false},
		"came late":      {func(r *feedback.Report) { r.TakenAt, r.Status = at.Add(4*time.Minute), feedback.Resolved }, true},
		"still has time": {func(r *feedback.Report) { r.DueAt = at.Add(time.Hour) }, false},
		"only said":      {func(r *feedback.Report) { r.Handling = feedback.JustTelling }, false},
		"to be called":   {func(r *feedback.Report) { r.Handling = feedback.ContactLater }, false},
		"in a burst":     {func(r *feedback.Report) { r.ToCheck = true }, false},
		"dismissed":      {func(r *feedback.Report) { r.Status = feedback.Dismissed }, false},
		"in time, reopened": {func(r *feedback.Report) {
			r.TakenAt, r.Since, r.DueAt = at.Add(time.Minute), at.Add(9*time.Minute), at.Add(12*time.Minute)
		}, false},
	}
	for name, tt := range tests {
		r := sent
		tt.mod(&r)
		if got := r.Lapsed(at.Add(10 * time.Minute)); got != tt.want {
			t.Errorf("%s: Lapsed() = %v, want %v", name, got, tt.want)
		}
	}
}

func TestCheckFollowUp(t *testing.T) {
	money := feedback.Money{Amount: 500, Currency: "EUR"}
	for name, tt := range map[string]struct {
		outcome feedback.FollowUp
		rc      feedback.Recovery
		field   string
	}{
		"nothing chosen":      {"", feedback.Recovery{}, "outcome"},
		"nobody answered":     {feedback.NotReached, feedback.Recovery{}, ""},
		"settled by a word":   {feedback.Settled, feedback.Recovery{Note: "Sorry said."}, ""},
		"settled by nothing":  {feedback.Settled, feedback.Recovery{Cost: money}, "actions"},
		"settled, unknown":    {feedback.Settled, feedback.Recovery{Actions: []string{"bribed"}}, "actions"},
		"settled by money":    {feedback.Settled, feedback.Recovery{Actions: []string{"voucher"}, Cost: money}, ""},
		"settled, other coin": {feedback.Settled, feedback.Recovery{Actions: []string{"voucher"}, Cost: feedback.Money{Amount: 1, Currency: "USD"}}, "cost"},
	} {
		err := feedback.CheckFollowUp(tt.outcome, tt.rc, "EUR")
		p, _ := errors.AsType[feedback.Problems](err)
		if (err == nil) != (tt.field == "") || tt.field != "" && p[tt.field] == "" {
			t.Errorf("%s: %v, want a problem with %q", name, err, tt.field)
		}
	}
}
