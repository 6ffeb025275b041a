package owner

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// escalationPage is all that pages/escalation.html may use.
type escalationPage struct {
	room
	Policies []policyForm
	Targets  []feedback.Target
	Team     []store.Member
	Kinds    []feedback.ChannelKind
	Problems feedback.Problems
	Tried    bool // shown as typed, and not saved
}

// policyForm is a policy as it was filled in, so that it can be shown again as
// it was.
type policyForm struct {
	Name   string // "ordinary" or "safety"
	Steps  []stepForm
	Repeat string
	Again  string // sentence
}

// RepeatField is what the repetition is called in the form.
func (p policyForm) RepeatField() string { return p.Name + ".repeat_seconds" }

// Open is the place for one more step; false when there is none.
func (p policyForm) Open() *stepForm {
	if len(p.Steps) >= feedback.MaxSteps {
		return nil
	}
	return &stepForm{Field: fmt.Sprintf("%s.%d", p.Name, len(p.Steps)), People: []string{""}}
}

// stepForm is a step as it was filled in.
type stepForm struct {
	Field   string // "ordinary.0"
	N       int    // as people count
	After   string
	To      []feedback.Target
	People  []string // with an empty place for one more
	Channel feedback.ChannelKind
	Says    string // sentence; empty for one that cannot be read
}

// Has says whether the step goes to a target.
func (s stepForm) Has(t feedback.Target) bool { return slices.Contains(s.To, t) }

// kinds are the ways by which a step can be told alone.
var kinds = []feedback.ChannelKind{feedback.ChannelScreen, feedback.ChannelPush, feedback.ChannelEmail, feedback.ChannelChat, feedback.ChannelSMS}

func (h handler) escalation(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	es, err := r.view.Escalation(c.Request().Context())
	if err != nil {
		return err
	}
	return h.drawEscalation(c, escalationPage{room: r, Policies: []policyForm{formOf("ordinary", es.Ordinary), formOf("safety", es.Safety)}}, es)
}

// drawEscalation shows steps as they were filled in, each with what it comes to.
func (h handler) drawEscalation(c echo.Context, p escalationPage, es feedback.Escalation) (err error) {
	if p.Team, err = p.view.Team(c.Request().Context()); err != nil {
		return err
	}
	p.Targets = feedback.Targets
	for _, kind := range kinds {
		if kind == feedback.ChannelScreen || h.out.Has(kind) {
			p.Kinds = append(p.Kinds, kind)
		}
	}
	for i, policy := range []feedback.Policy{es.Ordinary, es.Safety} {
		form := &p.Policies[i]
		for n, s := range policy.Steps {
			if p.Problems[form.Steps[n].Field] == "" {
				form.Steps[n].Says = p.says(c, s)
			}
			if s.Channel != "" && !slices.Contains(p.Kinds, s.Channel) { // set by a program, or while it was set up
				p.Kinds = append(p.Kinds, s.Channel)
			}
		}
		if p.Problems[form.RepeatField()] == "" {
			form.Again = web.T(c, "steps.says.again", "Time", seconds(policy.Repeat))
		}
	}
	return draw(c, "escalation.html", p.Problems, p)
}

// says is what a step comes to, in a sentence.
//
// i18n: steps.to.*, steps.says.*
func (p escalationPage) says(c echo.Context, s feedback.Step) string {
	var who []string
	for _, t := range s.To {
		who = append(who, web.T(c, "steps.to."+string(t)))
	}
	for _, m := range p.Team {
		if slices.Contains(s.People, m.ID) {
			who = append(who, m.Name)
		}
	}
	how := web.T(c, "steps.any")
	switch s.Channel {
	case "":
	case feedback.ChannelScreen:
		how = web.T(c, "owner.nav.board")
	default:
		how = web.T(c, "channels.kind."+string(s.Channel))
	}
	key := "steps.says.later"
	if s.After == 0 {
		key = "steps.says.now"
	}
	return web.T(c, key, "Time", seconds(s.After), "Who", strings.Join(who, ", "), "How", how)
}

func formOf(name string, p feedback.Policy) policyForm {
	form := policyForm{Name: name, Repeat: seconds(p.Repeat)}
	for i, s := range p.Steps {
		form.Steps = append(form.Steps, stepForm{
			Field: fmt.Sprintf("%s.%d", name, i), N: i + 1, After: seconds(s.After), To: s.To, People: append(slices.Clone(s.People), ""), Channel: s.Channel,
		})
	}
	return form
}

// seconds writes a span of time as minutes and seconds: 3:00.
func seconds(n int) string { return fmt.Sprintf("%d:%02d", n/60, n%60) }

// readSeconds reads seconds, or minutes and seconds; what is neither is -1.
func readSeconds(text string) int {
	minutes, rest, colon := strings.Cut(strings.TrimSpace(web.Latin(text)), ":")
	if !colon {
		minutes, rest = "0", minutes
	}
	m, err1 := strconv.ParseUint(minutes, 10, 16)
	s, err2 := strconv.ParseUint(rest, 10, 16)
	if err1 != nil || err2 != nil || colon && (s > 59 || len(rest) != 2) {
		return -1
	}
	return int(m*60 + s)
}

func (h handler) saveEscalation(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	es := feedback.Escalation{Ordinary: readPolicy(form, "ordinary"), Safety: readPolicy(form, "safety")}
	p := escalationPage{room: r, Policies: []policyForm{formOf("ordinary", es.Ordinary), formOf("safety", es.Safety)}, Tried: form.Get("do") == "try"}
	for i := range p.Policies { // what cannot be read is shown as it was typed
		p.Policies[i].Repeat = form.Get(p.Policies[i].RepeatField())
		for n, s := range typedSteps(form, p.Policies[i].Name) {
			p.Policies[i].Steps[n].After = s.text
		}
	}
	if p.Tried {
		err = es.Check()
	} else {
		err = h.desk.SetEscalation(c.Request().Context(), r.by, r.Venue.ID, es)
	}
	if p.Problems, err = problemsOf(err); err != nil {
		return err
	}
	if p.Tried || len(p.Problems) > 0 {
		return h.drawEscalation(c, p, es)
	}
	return r.back(c, "/escalation", "saved")
}

// typedStep is a step and its time as it was typed.
type typedStep struct {
	feedback.Step
	text string
}

// typedSteps reads the steps of a policy by their time; those that are empty or
// to be removed are left out.
func typedSteps(form url.Values, policy string) []typedStep {
	var steps []typedStep
	legible := true
	for i := range feedback.MaxSteps + 1 {
		name := fmt.Sprintf("%s.%d", policy, i)
		s := typedStep{text: strings.TrimSpace(form.Get(name + ".after"))}
		s.Channel = feedback.ChannelKind(form.Get(name + ".channel"))
		for _, to := range form[name+".to"] {
			s.To = append(s.To, feedback.Target(to))
		}
		for _, person := range form[name+".people"] {
			if person = feedback.CleanLine(person); person != "" && !slices.Contains(s.People, person) {
				s.People = append(s.People, person)
			}
		}
		if form.Get(name+".drop") != "" || s.text == "" && len(s.To)+len(s.People) == 0 {
			continue
		}
		s.After = readSeconds(s.text)
		legible = legible && s.After >= 0
		steps = append(steps, s)
	}
	if legible { // a step that is added stands last in the form, whatever its time
		slices.SortStableFunc(steps, func(a, b typedStep) int { return a.After - b.After })
	}
	return steps
}

func readPolicy(form url.Values, name string) feedback.Policy {
	p := feedback.Policy{Repeat: readSeconds(form.Get(name + ".repeat_seconds"))}
	for _, s := range typedSteps(form, name) {
		p.Steps = append(p.Steps, s.Step)
	}
	return p
}
