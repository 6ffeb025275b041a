package feedback

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Mailing is somebody's wish to be mailed something of a venue in the morning:
// what became of its issues, or that tables can be taken away.
type Mailing struct {
	VenueID  string `gorm:"primaryKey"`
	PersonID string `gorm:"primaryKey"`
	What     string `gorm:"primaryKey"` // one of [Mailings]
	Detail   string // of exports: the files, such as "reports.csv figures.xlsx"
	Done     string // the last morning ("2026-11-29") whose mail was sent
}

// Mailings are what somebody can be mailed in the morning, in the order of the page.
var Mailings = []string{SayDay, SayWeek, SayExportWeek, SayExportMonth}

// Morning is the last morning of which programs were told what became of a venue's
// issues.
type Morning struct {
	VenueID string `gorm:"primaryKey"`
	What    string `gorm:"primaryKey"` // [SayDay] or [SayWeek]
	Done    string // that morning ("2026-11-29")
}

// Summary is what became of the issues of a period, beside the period before.
type Summary struct {
	Total, Before Figures
	Changes       []Change
	NobodyCame    []Report // the newest that ended because nobody came, from morning to morning; one more than [MaxNamed] when there are more
	Missed        int      // how many did
	Waiting       []Report // the newest that still wait, whenever they were sent; one more than [MaxNamed] when there are more
	Open          int      // how many do
}

// Limits of a digest.
const (
	MaxChanges = 3  // that it tells of
	MaxNamed   = 10 // reports that it names
)

// ExportFiles are what an export can hold, in the order of the page.
var ExportFiles = []string{"reports.csv", "reports.xlsx", "events.csv", "events.xlsx", "figures.csv", "figures.xlsx"}

// Exports says whether the mail leads to tables that can be taken away.
func (m Mailing) Exports() bool { return m.What == SayExportWeek || m.What == SayExportMonth }

// Files are the files of an export.
func (m Mailing) Files() []string { return strings.Fields(m.Detail) }

// morning is when mailings are sent, in minutes after midnight on the venue's
// clocks: later than any service ends, earlier than anybody prepares the next.
const morning = 7 * 60

// Morning is the newest morning at now whose mail may be sent: of a week its
// Monday, of a month its first day. One that was missed is not made up for when
// the next has come.
func (m Mailing) Morning(now time.Time, zone *time.Location) string {
	day := dateOf(now, zone)
	if at, _ := day.clock(morning, zone); now.Before(at) {
		day = day.plus(-1)
	}
	switch m.What {
	case SayWeek, SayExportWeek:
		day = day.plus(-(int(time.Time(day).Weekday()) + 6) % 7)
	case SayExportMonth:
		day = day.plus(1 - time.Time(day).Day())
	}
	return day.String()
}

// Span are the first and last service day that the mail of a morning is about.
func (m Mailing) Span(morning string) (from, to string) {
	t, _ := time.Parse(time.DateOnly, morning)
	day := date(t)
	switch m.What {
	case SayWeek, SayExportWeek:
		return day.plus(-7).String(), day.plus(-1).String()
	case SayExportMonth:
		return date(t.AddDate(0, -1, 0)).String(), day.plus(-1).String()
	}
	return day.plus(-1).String(), day.plus(-1).String()
}

// Mornings are the morning of a service day and the one after another. A service that
// begins on a day ends before the morning after it, and whatever ends is of one morning.
func (v Venue) Mornings(from, to string) (begin, end time.Time) {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	begin, _ = date(a).clock(morning, v.Zone())
	end, _ = date(b).plus(1).clock(morning, v.Zone())
	return begin, end
}

// Change is one thing that differs between two periods.
type Change struct {
	What        string // "issues", "unresolved", "take", "confirmed" or "cause"
	Cause       string
	Now, Before int // counts; seconds of "take", per cent of "confirmed"

	weight float64
}

// enoughToCompare is how many guests must have answered in both periods before
// their answers are compared.
const enoughToCompare = 5

// Changes are the most notable differences: first what chance explains least. Each is
// weighed by how many standard deviations of chance it is, so that counts, times and
// shares can be put in one order.
func Changes(now, before []Fact, most int, at time.Time) []Change {
	these, those := tallied(now, at), tallied(before, at)
	a, b := these.Figures(), those.Figures() // which sort their times
	all := []Change{counted("issues", "", a.Issues, b.Issues), counted("unresolved", "", a.Unresolved, b.Unresolved)}
	was, is := causes(before), causes(now)
	for _, c := range slices.DeleteFunc(slices.Clone(Causes), func(c string) bool { return c == CauseSafety }) { // no health in a mail
		all = append(all, counted("cause", c, is[c], was[c]))
	}
	if a.Taken > 0 && b.Taken > 0 {
		x, y := a.MedianTake, b.MedianTake
		all = append(all, Change{What: "take", Now: int(x.Seconds()), Before: int(y.Seconds()), weight: ranked(these.take, those.take)})
	}
	if a.Answers() >= enoughToCompare && b.Answers() >= enoughToCompare {
		x, y := 100*a.Confirmed/a.Answers(), 100*b.Confirmed/b.Answers()
		all = append(all, Change{What: "confirmed", Now: x, Before: y, weight: shared(a.Confirmed, a.Answers(), b.Confirmed, b.Answers())})
	}
	all = slices.DeleteFunc(all, func(c Change) bool { return c.Now == c.Before })
	slices.SortStableFunc(all, func(x, y Change) int { return cmp.Compare(y.weight, x.weight) })
	return all[:min(most, len(all))]
}

// ranked weighs the difference of two samples, each in its order, by the test of Mann
// and Whitney: in how many pairs the first is greater, ties counted half.
func ranked(xs, ys []time.Duration) float64 {
	greater := 0.0
	for _, x := range xs {
		below, _ := slices.BinarySearch(ys, x)
		upTo, _ := slices.BinarySearch(ys, x+1)
		greater += float64(below+upTo) / 2
	}
	n, m := float64(len(xs)), float64(len(ys))
	return math.Abs(greater-n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

// shared weighs the difference of two shares that differ, as the test of two
// proportions does.
func shared(x, ofX, y, ofY int) float64 {
	n, m := float64(ofX), float64(ofY)
	both := float64(x+y) / (n + m)
	return math.Abs(float64(x)/n-float64(y)/m) / math.Sqrt(both*(1-both)*(1/n+1/m))
}

// counted weighs a difference of counts as the test of two Poisson counts does.
func counted(what, cause string, now, before int) Change {
	weight := math.Abs(float64(now-before)) / math.Sqrt(math.Max(1, float64(now+before)))
	return Change{What: what, Cause: cause, Now: now, Before: before, weight: weight}
}

func causes(facts []Fact) map[string]int {
	n := map[string]int{}
	for i := range facts {
		r := &facts[i]
		if r.Kind != Issue || r.Status == Dismissed {
			continue
		}
		for _, c := range r.Causes {
			n[c]++
		}
	}
	return n
}
