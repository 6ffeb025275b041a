package feedback

import (
	"fmt"
	"slices"
	"time"
)

// Target is a group of people that a step of escalation can go to.
type Target string

// Targets of a step.
const (
	ToOnDuty    Target = "on_duty"     // on duty in the table's area
	ToAllOnDuty Target = "all_on_duty" // on duty anywhere in the venue
	ToManagers  Target = "managers"
	ToOwner     Target = "owner"
	ToEveryone  Target = "everyone" // who works in the venue
)

// Targets lists all targets.
var Targets = []Target{ToOnDuty, ToAllOnDuty, ToManagers, ToOwner, ToEveryone}

// Step is one step of escalation: who is told, and how long after the report.
type Step struct {
	After   int         `json:"after_seconds"`
	To      []Target    `json:"to"`
	People  []string    `json:"people,omitempty"`
	Channel ChannelKind `json:"channel,omitempty"` // only by these; empty: by all that people have
}

// Calls says whether the step is the alert itself, which goes at once to those
// on duty, and not its escalation.
func (s Step) Calls() bool {
	for _, to := range s.To {
		if to != ToOnDuty && to != ToAllOnDuty {
			return false
		}
	}
	return s.After == 0 && len(s.People) == 0
}

// Policy is who is told of a report until somebody takes it.
type Policy struct {
	Steps  []Step `json:"steps"`
	Repeat int    `json:"repeat_seconds"` // after the last step, again and again
}

// Escalation is how a venue brings reports to people: ordinary ones, and those
// about safety.
type Escalation struct {
	VenueID  string `gorm:"primaryKey"`
	Ordinary Policy `gorm:"serializer:json"`
	Safety   Policy `gorm:"serializer:json"`
}

// Limits of a policy, in seconds.
const (
	MaxSteps      = 8
	MaxAfter      = 4 * 60 * 60
	MinRepeat     = 5
	MaxStepPeople = 50
)

// DefaultEscalation is that of a venue whose owner has set none.
func DefaultEscalation() Escalation {
	return Escalation{
		Ordinary: Policy{Repeat: 180, Steps: []Step{
			{After: 0, To: []Target{ToOnDuty}},
			{After: 180, To: []Target{ToManagers}},
			{After: 360, To: []Target{ToOwner}},
		}},
		Safety: Policy{Repeat: 60, Steps: []Step{
			{After: 0, To: []Target{ToAllOnDuty, ToManagers}},
			{After: 60, To: []Target{ToOwner}},
		}},
	}
}

// For is the policy that a report follows.
func (e Escalation) For(r Report) Policy {
	if r.Safety() {
		return e.Safety
	}
	return e.Ordinary
}

// Check reports every problem with who is told at once: "ordinary.2" is a step,
// "ordinary" what is about all of them.
func (e Escalation) Check() error {
	ps := Problems{}
	e.Ordinary.check(ps, "ordinary")
	e.Safety.check(ps, "safety")
	if len(e.Safety.Steps) > 0 && e.Safety.Steps[0].After != 0 {
		ps["safety"+".0"] = "alerts.problem.at_once"
	}
	return ps.OrNil()
}

func (p Policy) check(ps Problems, name string) {
	n := len(p.Steps)
	switch {
	case n == 0:
		ps[name] = "alerts.problem.no_steps"
		return
	case n > MaxSteps:
		ps[name] = "alerts.problem.many_steps"
		return
	case !p.ends():
		ps[name] = "alerts.problem.last_step"
	}
	if p.Repeat < MinRepeat || p.Repeat > MaxAfter {
		ps[name+".repeat_seconds"] = "alerts.problem.repeat"
	}
	for i, s := range p.Steps {
		if key := s.wrong(); key != "" {
			ps[fmt.Sprintf("%s.%d", name, i)] = key
		} else if i > 0 && s.After < p.Steps[i-1].After {
			ps[fmt.Sprintf("%s.%d", name, i)] = "alerts.problem.order"
		}
	}
}

// ends says whether the last step goes to somebody who is always there.
func (p Policy) ends() bool {
	last := p.Steps[len(p.Steps)-1]
	return slices.ContainsFunc(last.To, func(t Target) bool { return t == ToManagers || t == ToOwner || t == ToEveryone })
}

// wrong is the first problem with a step.
func (s Step) wrong() string {
	if s.After < 0 || s.After > MaxAfter {
		return "alerts.problem.after"
	}
	if len(s.To)+len(s.People) == 0 {
		return "alerts.problem.nobody"
	}
	for _, to := range s.To {
		if !slices.Contains(Targets, to) {
			return "problem.choice"
		}
	}
	if len(s.To) > len(Targets) || len(s.People) > MaxStepPeople {
		return "problem.choice"
	}
	kinds := []ChannelKind{"", ChannelScreen, ChannelPush, ChannelEmail, ChannelChat, ChannelSMS}
	if !slices.Contains(kinds, s.Channel) {
		return "problem.choice"
	}
	return ""
}

// Quiet is the policy without the call, for a venue where nobody could be called
// but by the screens, which know already.
func (p Policy) Quiet() Policy {
	p.Steps = p.levels()
	return p
}

// Call is the step that is the alert itself; false when there is none.
func (p Policy) Call() (call Step, calls bool) {
	for _, s := range p.Steps {
		if s.Calls() {
			call.To, call.Channel, calls = append(call.To, s.To...), s.Channel, true
		}
	}
	return call, calls
}

// levels are the steps of escalation, those that raise a report's level.
func (p Policy) levels() []Step {
	var steps []Step
	for _, s := range p.Steps {
		if !s.Calls() {
			steps = append(steps, s)
		}
	}
	return steps
}

// At is the step that raises a report to a level, from 1 on, and how long after
// the report it is due. Beyond the last one everybody is told again.
func (p Policy) At(level int) (Step, time.Duration) {
	steps := p.levels()
	if level <= len(steps) {
		s := steps[level-1]
		return s, time.Duration(s.After) * time.Second
	}
	again := Step{}
	for _, s := range p.Steps {
		again.To, again.People = append(again.To, s.To...), append(again.People, s.People...)
	}
	last := p.Steps[len(p.Steps)-1].After
	return again, time.Duration(last+(level-len(steps))*p.Repeat) * time.Second
}

// Last says whether no other step comes after a level but the same again.
func (p Policy) Last(level int) bool { return level >= len(p.levels()) }
