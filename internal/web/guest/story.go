package guest

import (
	"time"

	"makeright/internal/feedback"
)

// story is everything a status page tells, and what it is told from.
type story struct {
	report   feedback.Report
	venue    feedback.Venue
	events   []feedback.Event
	messages []feedback.Message
	names    map[string]string // of people, by id
	staffed  bool              // a screen listens on which the report is seen
	now      time.Time

	say     func(key string, args ...any) string
	minutes func(int) string
	clock   func(time.Time, *time.Location) string
}

// first is how the guest reads somebody's name: empty where the venue shows the
// role only, or nobody is known.
func (s story) first(name string) string {
	if s.venue.RoleOnly {
		return ""
	}
	return feedback.FirstName(name)
}

// by is a sentence about somebody, by name or as a member of staff.
//
// i18n: guest.by.*
func (s story) by(what, name string) string {
	if name = s.first(name); name != "" {
		return s.say("guest.by."+what, "Name", name)
	}
	return s.say("guest.by." + what + "_role")
}

// head is the headline of a status page.
type head struct {
	Icon, Tone  string // of the big sign; no icon, no sign
	Title, Lead string
	TellStaff   bool // nobody is looking at a screen
}

func (s story) head() head {
	r := s.report
	switch {
	case r.Withdrawn():
		return head{Icon: "trash", Title: s.say("guest.head.withdrawn"), Lead: s.say("guest.head.withdrawn_lead")}
	case r.Done() && r.Status != feedback.Resolved:
		return head{Icon: "check", Title: s.say("thread.head"), Lead: s.say("thread.head_lead")}
	case r.Status == feedback.Open && r.Safety():
		return s.alarmed()
	case r.Status == feedback.Open:
		return s.waiting()
	case r.Status == feedback.Taken && r.Later():
		return head{Title: s.by("later", r.TakenName), Lead: s.say("guest.head.keep_link")}
	case r.Status == feedback.Taken:
		return head{Title: s.by("coming", r.TakenName), Lead: s.say("guest.head.coming_lead")}
	case r.Status == feedback.Resolved:
		return s.resolved()
	case r.Status == feedback.Unresolved:
		return s.unresolved()
	case r.Status == feedback.Noted:
		return head{Icon: "check", Title: s.say("guest.head.praise"), Lead: s.say("guest.head.praise_lead")}
	}
	return head{Title: s.say("guest.head.ended"), Lead: s.say("guest.head.ended_lead")}
}

// waiting never says that somebody is coming: nobody has taken it yet.
func (s story) waiting() head {
	r := s.report
	h := head{TellStaff: (!s.staffed || r.Unheard()) && !r.Later(), Title: s.say("guest.head.sent"), Lead: s.say("guest.head.sent_lead")}
	switch {
	case r.Held():
		h.Icon, h.Title, h.Lead = "lock", s.say("delay.head"), s.say("delay.lead", "Time", s.clock(r.HeldUntil, s.venue.Zone()))
	case r.FollowUp:
		h.Lead = s.say("guest.form.lead_left")
	case r.Handling == feedback.ManagerLater:
		h.Title, h.Lead = s.say("guest.step.manager"), s.say("guest.head.keep_link")
	case r.Handling == feedback.ContactLater:
		h.Lead = s.say("guest.head.later")
	case s.late():
		h.Title, h.Lead = s.say("guest.head.late"), s.say("guest.head.late_lead")
		if r.Level > 0 {
			h.Lead = s.say("guest.head.late_manager")
		}
	case r.Verdict == feedback.NotYet:
		h.Title, h.Lead = s.say("guest.head.not_yet"), s.say("guest.head.not_yet_lead")
	case h.TellStaff:
		h.Title = s.say("guest.head.arrived")
	}
	return h
}

func (s story) resolved() head {
	switch s.report.Verdict {
	case feedback.Yes:
		return head{Icon: "check", Title: s.say("guest.head.yes"), Lead: s.say("guest.head.yes_lead")}
	case feedback.Partly:
		return head{Icon: "check", Title: s.say("guest.head.partly"), Lead: s.say("guest.head.partly_lead")}
	}
	return head{Title: s.say("guest.head.right"), Lead: s.by("asks", s.report.TakenName)}
}

func (s story) unresolved() head {
	switch {
	case s.report.Verdict == feedback.NotYet:
		return head{Title: s.say("guest.head.twice"), Lead: s.say("guest.head.twice_lead")}
	case s.report.Reason == feedback.NobodyCame:
		return head{Title: s.say("guest.head.nobody"), Lead: s.say("guest.head.nobody_lead")}
	}
	return head{Title: s.say("guest.head.unresolved"), Lead: s.say("guest.head.unresolved_lead")}
}

func (s story) late() bool { return s.report.Promised() && !s.now.Before(s.report.DueAt) }

// promise is the bar under the headline: seconds used of those promised.
type promise struct {
	Label, Time, Name string
	Used, Max         int
	Tone              string // soon when the last minute runs, or none is left
}

// promise is nil where no minutes are promised, or where a promise would be
// hollow because nobody has heard of the report yet.
func (s story) promise() *promise {
	r := s.report
	if !s.report.Promised() || r.Status == feedback.Open && !s.staffed && !s.late() {
		return nil
	}
	total, left := r.DueAt.Sub(r.Since), r.DueAt.Sub(s.now)
	all := minutes(total)
	p := &promise{
		Max: int(total.Seconds()), Used: int((total - max(left, 0)).Seconds()),
		Name: s.say("guest.promise.bar", "Time", s.minutes(all)), Time: s.minutes(minutes(left)),
	}
	switch {
	case left <= 0:
		p.Label, p.Time, p.Tone = s.say("guest.promise.late"), s.minutes(all), "soon"
	case r.Status == feedback.Taken:
		p.Label = s.say("guest.promise.taken")
	default:
		p.Label = s.say("guest.promise.open")
	}
	if left < time.Minute {
		p.Tone = "soon"
	}
	return p
}

// minutes rounds up: a guest who is told two should not wait three.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// line is one message as the guest reads it.
type line struct {
	Mine bool
	Who  string
	At   time.Time
	Text string
	Lang string // of the text, when it is not the guest's; else empty
	Seen bool   // by the team, and nothing after it
}

// talk are the messages of both sides. A quick phrase is read in the guest's
// language, whatever the staff's is.
//
// i18n: phrase.*
func (s story) talk() []line {
	lines, seen := make([]line, 0, len(s.messages)), -1
	for _, m := range s.messages {
		l := line{Mine: m.FromGuest, At: m.At, Text: m.Text, Lang: m.Language, Who: s.say("guest.talk.you")}
		if !m.FromGuest {
			if l.Who = s.first(m.PersonName); l.Who == "" {
				l.Who = s.say("guest.talk.staff")
			}
		}
		if m.Phrase != "" && m.Text == "" {
			l.Text = s.say(m.Phrase)
		}
		if l.Text == "" {
			continue
		}
		if l.Mine && s.report.Saw(m) {
			seen = len(lines)
		}
		lines = append(lines, l)
	}
	if seen >= 0 {
		lines[seen].Seen = true
	}
	return lines
}
