package feedback

import (
	"cmp"
	"fmt"
	"slices"
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
func Sum(rs []Report, now time.Time) Figures {
	t := Tally{Now: now}
	for _, r := range rs {
		t.Add(r)
	}
	return t.Figures()
}

// Split adds reports of a venue up by group, in the order of the keys. By server
// and language, groups that are too small to show are left out.
func Split(rs []Report, by string, v Venue, now time.Time) []Group {
	tallies, labels := map[string]*Tally{}, map[string]string{}
	for _, r := range rs {
		for _, key := range r.GroupKeys(by, v) {
			if tallies[key] == nil {
				tallies[key] = &Tally{Now: now}
			}
			tallies[key].Add(r)
			labels[key] = key
			if by == "table" {
				labels[key] = r.TableName
			}
		}
	}
	groups := make([]Group, 0, len(tallies))
	for key, t := range tallies {
		g := Group{Key: key, Label: labels[key], Figures: t.Figures()}
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
func (r Report) GroupKeys(by string, v Venue) []string {
	switch by {
	case "hour":
		return []string{fmt.Sprintf("%02d", r.Hour)}
	case "weekday_hour":
		day, err := time.Parse(time.DateOnly, r.Day)
		if err != nil {
			return nil
		}
		return []string{fmt.Sprintf("%s-%02d", weekdays[day.Weekday()], r.Hour)}
	case "table":
		return []string{r.TableID}
	case "area":
		return []string{r.AreaName}
	case "cause":
		return r.Causes
	case "handling":
		return []string{r.Handling}
	case "language":
		return []string{r.Language}
	case "trust":
		return []string{string(r.Trust)}
	case "shift":
		return []string{cmp.Or(r.Shift, v.shift(r.CreatedAt))}
	}
	return r.outcomeKeys(by)
}

// WeekdayKey is a weekday as it stands in the keys of groups and in opening
// hours: "mon".
func WeekdayKey(d time.Weekday) string { return weekdays[d] }

// outcomeKeys are the groups that follow from who served and what was done.
func (r Report) outcomeKeys(by string) []string {
	switch by {
	case "server":
		return some(FirstName(r.Server))
	case "moment":
		return some(r.Moment)
	case "stage":
		return r.stages()
	case "action":
		return r.Actions
	case "reason":
		if r.Status != Unresolved {
			return nil
		}
		return some(r.Reason)
	case "took":
		if r.TakenAt.IsZero() {
			return nil
		}
		minutes := int(r.TakenAt.Sub(r.CreatedAt) / time.Minute)
		i, exact := slices.BinarySearch(tookSteps, minutes)
		if !exact {
			i--
		}
		return []string{fmt.Sprintf("%02d", tookSteps[max(i, 0)])}
	}
	return []string{r.Day}
}

// Stages of a report, each part of the one before.
var Stages = []string{"sent", "issue", "taken", "resolved", "confirmed"}

// stages are those that the report reached.
func (r Report) stages() []string {
	n := 1
	switch {
	case r.Status == Dismissed:
		return nil
	case r.Kind != Issue:
	case r.Status == Resolved && r.Verdict == Yes:
		n = 5
	case r.Status == Resolved:
		n = 4
	case !r.TakenAt.IsZero():
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
func (r Report) CountsAs(number string) bool {
	if r.Kind != Issue || r.Status == Dismissed {
		return false
	}
	switch number {
	case "taken":
		return !r.TakenAt.IsZero()
	case "in_time":
		return r.InTime()
	case "answered":
		return !r.AnsweredAt.IsZero()
	case "said":
		return r.Verdict == NotYet || r.Status == Resolved && (r.Verdict == Yes || r.Verdict == Partly)
	case "in_visit":
		return r.Status == Resolved && r.Closing != ""
	}
	return r.Cost != 0
}

// shift is when the opening began that holds a moment.
func (v Venue) shift(t time.Time) string {
	from, _, open := v.Hours.Service(t, v.Zone())
	if !open {
		return "closed"
	}
	return from.In(v.Zone()).Format("15:04")
}

func some(key string) []string {
	if key == "" {
		return nil
	}
	return []string{key}
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
