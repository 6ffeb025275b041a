package guest

import (
	"time"

	"makeright/internal/feedback"
)

// step is one line of the guest's timeline.
type step struct {
	what  string // for finding it again
	State string // done, now or nothing yet
	Text  string
	Hint  string
	At    time.Time // zero for what is still to come
}

// steps tells what happened and what is still to come. What was taken back is
// not told: a tap by mistake was never on its way.
func (s story) steps() []step {
	var path []step
	for _, e := range s.events {
		path = s.follow(path, e)
	}
	if s.report.Withdrawn() {
		return path
	}
	decide := step{what: "decide", Text: s.say("guest.step.right"), Hint: s.say("guest.step.you_decide")}
	switch s.report.Status {
	case feedback.Open:
		wait := step{what: "wait", State: "now", Text: s.say("guest.step.waiting"), Hint: s.say("guest.step.now")}
		if s.report.Held() {
			wait.Text = s.say("delay.step")
		}
		path = append(path, wait, decide)
	case feedback.Taken:
		if s.report.Done() {
			return path
		}
		if n := last(path, "taken"); n >= 0 {
			path[n].State, path[n].Text = "now", s.head().Title
		}
		path = append(path, decide)
	case feedback.Resolved:
		if s.report.Verdict == feedback.NoVerdict {
			decide.State = "now"
			path = append(path, decide)
		}
	}
	return path
}

// follow adds what an event means to the guest.
//
// i18n: guest.step.verdict.*, guest.step.changed.*
func (s story) follow(path []step, e feedback.Event) []step {
	done := func(what, text string) []step {
		return append(path, step{what: what, State: "done", Text: text, At: e.At})
	}
	switch e.Kind {
	case feedback.ReportCreated:
		return done("sent", s.say("guest.step.sent"))
	case feedback.ReportTaken:
		path = without(path, "taken")
		return done("taken", s.by("took", s.names[e.Data.Person]))
	case feedback.ReportReleased:
		return without(path, "taken")
	case feedback.ReportEscalated:
		if last(path, "manager") < 0 {
			return done("manager", s.say("guest.step.manager"))
		}
	case feedback.ReportResolved:
		return done("ended", s.by("done", s.names[e.ByID]))
	case feedback.ReportUnresolved, feedback.ReportDismissed:
		switch {
		case e.ByKind == feedback.ByGuest: // their own word stands there already
			return path
		case e.Data.Reason == feedback.NobodyCame:
			return done("ended", s.say("guest.step.nobody"))
		}
		return done("ended", s.say("guest.step.ended"))
	case feedback.ReportReopened:
		return s.reopened(path, e)
	case feedback.ReportVerdict:
		settle(path)
		return done("verdict", s.say("guest.step.verdict."+string(e.Data.Verdict)))
	case feedback.ReportChanged:
		switch e.Data.What {
		case feedback.SaidAlarm:
			return done(feedback.SaidAlarm, s.say("thread.step_alarm"))
		case feedback.SaidDone:
			return done(feedback.SaidDone, s.say("thread.step"))
		case feedback.PassedOn:
			return done("manager", s.say("guest.step.manager"))
		case "call", "table", "withdrawn":
			return done(e.Data.What, s.say("guest.step.changed."+e.Data.What))
		}
	}
	return path
}

// reopened takes a mistaken end back, or begins another round: who had it
// before is then no longer on the way.
func (s story) reopened(path []step, e feedback.Event) []step {
	if e.Data.What == "undo" {
		path = without(path, "ended")
		if e.Data.Status == feedback.Open {
			path = without(path, "taken")
		}
		return path
	}
	settle(path)
	return path
}

// settle ends a round: what happened in it is not found again.
func settle(path []step) {
	for i := range path {
		path[i].what = "past"
	}
}

// last is where the newest step of a kind stands in this round, or -1.
func last(path []step, what string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].what == what {
			return i
		}
	}
	return -1
}

// without leaves out the newest step of a kind.
func without(path []step, what string) []step {
	if n := last(path, what); n >= 0 {
		return append(path[:n:n], path[n+1:]...)
	}
	return path
}
