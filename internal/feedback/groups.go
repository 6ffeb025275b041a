package feedback

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Groupings are what figures can be split by. "took" is the time until somebody
// took it, "action" what was done, "reason" why it stayed unresolved, "stage" how far it came.
var Groupings = []string{
	"day", "hour", "weekday_hour", "table", "area", "cause", "shift", "handling", "language", "trust", "server", "action", "reason", "took", "moment", "stage",
}

// MinGroup is the smallest group that is shown by server or guest language.
const MinGroup = 5

// steps of the time until somebody took it, in whole minutes: from one to the
// next.
var tookSteps = []int{0, 1, 3, 5, 10, 20}

// Sum adds reports up as they stand at now.
func Sum(facts []Fact, now time.Time) Figures {
	return tallied(facts, now).Figures()
}

func tallied(facts []Fact, now time.Time) *Tally {
	t := &Tally{Now: now}
	for i := range facts {
		t.Add(&facts[i])
	}
	return t
}

// Split adds reports of a venue up by group, in the order of the keys. By server
// and language, groups that are too small to show are left out.
func Split(facts []Fact, by string, v Venue, now time.Time) []Group {
	type part struct {
		Tally
		label string
	}
	parts := map[string]*part{}
	keysOf := grouping(by, v)
	var keys []string
	for i := range facts {
		f := &facts[i]
		keys = keysOf(keys[:0], f)
		for _, key := range keys {
			p := parts[key]
			if p == nil {
				p = &part{Tally: Tally{Now: now}}
				parts[key] = p
			}
			p.Add(f)
			if p.label = key; by == "table" {
				p.label = f.TableName
			}
		}
	}
	groups := make([]Group, 0, len(parts))
	for key, p := range parts {
		g := Group{Key: key, Label: p.label, Figures: p.Figures()}
		if least := leastOf(by); g.Issues+g.Praise >= least {
			groups = append(groups, g)
		}
	}
	slices.SortFunc(groups, func(a, b Group) int { return strings.Compare(a.Key, b.Key) })
	return groups
}

// leastOf is the smallest group that is shown when figures are split by this.
func leastOf(by string) int {
	if by == "server" || by == "language" {
		return MinGroup
	}
	return 0
}

// GroupKeys are the groups a report belongs to when figures are split by this:
// one, but for causes and actions, of which it may have several, and for what
// it may have none of.
func (f *Fact) GroupKeys(by string, v Venue) []string { return grouping(by, v)(nil, f) }

// grouping adds the groups of a report to others.
func grouping(by string, v Venue) func(keys []string, f *Fact) []string {
	one := func(key func(*Fact) string) func([]string, *Fact) []string {
		return func(keys []string, f *Fact) []string { return append(keys, key(f)) }
	}
	switch by {
	case "hour":
		return one(func(f *Fact) string { return twoDigits(f.Hour) })
	case "weekday_hour":
		return weekdayHours()
	case "table":
		return one(func(f *Fact) string { return f.TableID })
	case "area":
		return one(func(f *Fact) string { return f.AreaName })
	case "cause":
		return func(keys []string, f *Fact) []string { return append(keys, f.Causes...) }
	case "handling":
		return one(func(f *Fact) string { return f.Handling })
	case "language":
		return one(func(f *Fact) string { return f.Language })
	case "trust":
		return one(func(f *Fact) string { return string(f.Trust) })
	case "shift":
		return one(func(f *Fact) string {
			if f.Shift != "" {
				return f.Shift
			}
			return v.shift(f.CreatedAt)
		})
	}
	return outcomes(by)
}

// weekdayHours tells the weekday of a day once for all of its reports that follow
// each other.
func weekdayHours() func(keys []string, f *Fact) []string {
	var day, weekday string
	return func(keys []string, f *Fact) []string {
		if f.Day != day || weekday == "" {
			t, err := time.Parse(time.DateOnly, f.Day)
			if err != nil {
				return keys
			}
			day, weekday = f.Day, weekdays[t.Weekday()]
		}
		return append(keys, weekday+"-"+twoDigits(f.Hour))
	}
}

// twoDigits is a small number, such as an hour, in two digits.
func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// WeekdayKey is a weekday as it stands in the keys of groups and in opening
// hours: "mon".
func WeekdayKey(d time.Weekday) string { return weekdays[d] }

// outcomes adds the groups that follow from who served and what was done.
func outcomes(by string) func(keys []string, f *Fact) []string {
	some := func(key func(*Fact) string) func([]string, *Fact) []string {
		return func(keys []string, f *Fact) []string {
			if k := key(f); k != "" {
				return append(keys, k)
			}
			return keys
		}
	}
	switch by {
	case "server":
		return some(func(f *Fact) string { return FirstName(f.Server) })
	case "moment":
		return some(func(f *Fact) string { return f.Moment })
	case "stage":
		return func(keys []string, f *Fact) []string { return append(keys, f.stages()...) }
	case "action":
		return func(keys []string, f *Fact) []string { return append(keys, f.Actions...) }
	case "reason":
		return some(func(f *Fact) string {
			if f.Status != Unresolved {
				return ""
			}
			return f.Reason
		})
	case "took":
		return some((*Fact).took)
	}
	return func(keys []string, f *Fact) []string { return append(keys, f.Day) }
}

// took is the step of the time until somebody took it; empty when nobody did.
func (f *Fact) took() string {
	if f.TakenAt.IsZero() {
		return ""
	}
	minutes := int(f.TakenAt.Sub(f.CreatedAt) / time.Minute)
	i, exact := slices.BinarySearch(tookSteps, minutes)
	if !exact {
		i--
	}
	return twoDigits(tookSteps[max(i, 0)])
}

// Stages of a report, each part of the one before.
var Stages = []string{"sent", "issue", "taken", "resolved", "confirmed"}

// stages are those that the report reached.
func (f *Fact) stages() []string {
	n := 1
	switch {
	case f.Status == Dismissed:
		return nil
	case f.Kind != Issue:
	case f.Status == Resolved && f.Verdict == Yes:
		n = 5
	case f.Status == Resolved:
		n = 4
	case !f.TakenAt.IsZero():
		n = 3
	default:
		n = 2
	}
	return Stages[:n]
}

// Counted are numbers of [Figures] whose reports no grouping and no state tells
// apart: a list can be narrowed to each.
var Counted = []string{"taken", "in_time", "answered", "said", "in_visit", "cost"}

// CountsAs reports whether the report is one of those behind a number.
func (f *Fact) CountsAs(number string) bool {
	if f.Kind != Issue || f.Status == Dismissed {
		return false
	}
	switch number {
	case "taken":
		return !f.TakenAt.IsZero()
	case "in_time":
		return f.InTime()
	case "answered":
		return !f.AnsweredAt.IsZero()
	case "said":
		return f.Verdict == NotYet || f.Status == Resolved && (f.Verdict == Yes || f.Verdict == Partly)
	case "in_visit":
		return f.Status == Resolved && f.Closing != ""
	}
	return f.Cost != 0
}

// shift is when the opening began that holds a moment.
func (v Venue) shift(t time.Time) string {
	from, _, open := v.Hours.Service(t, v.Zone())
	if !open {
		return "closed"
	}
	return from.In(v.Zone()).Format("15:04")
}

// Before is the period of as many days just before one of service days.
func Before(from, to string) (string, string) {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if cmp.Or(errA, errB) != nil || b.Before(a) {
		return from, to
	}
	days := int(b.Sub(a).Hours()/24) + 1
	return a.AddDate(0, 0, -days).Format(time.DateOnly), a.AddDate(0, 0, -1).Format(time.DateOnly)
}
