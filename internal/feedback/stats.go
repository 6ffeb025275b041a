package feedback

import (
	"slices"
	"time"
)

// Figures are what became of the issues of a period. Praise is counted apart;
// dismissed reports are in none of the shares.
type Figures struct {
	Issues     int // resolved + unresolved + open
	Resolved   int // staff say so
	Unresolved int
	Open       int // open or taken
	Dismissed  int
	Praise     int

	// The guest's own word.
	Confirmed int // resolved, and the guest said yes
	Partly    int // resolved, and the guest said partly
	NotYet    int // the guest's last word was "not yet", wherever it ended
	NoAnswer  int // resolved, and the guest said nothing within [NoAnswerAfter]
	Asked     int // resolved, and the guest may still answer

	MedianTake, P90Take       time.Duration // from sent to first taken
	MedianAnswer, P90Answer   time.Duration // from sent to first message
	MedianResolve, P90Resolve time.Duration // from sent to resolved, of the resolved
	Taken, Answered           int           // the counts behind the times to take and to answer
	InTime                    int           // taken within the promise
	InVisit, BeforeClose      int           // resolved of a known visit, and of those before it was closed
	Cost                      int64         // minor units of the venue's currency
}

// BeforeClosing is a report's Closing when it ended while its visit was open.
const BeforeClosing = "before"

// Answers is how many guests gave a verdict.
func (f Figures) Answers() int { return f.Confirmed + f.Partly + f.NotYet }

// Group is one line of figures: of a day, a table, a cause.
type Group struct {
	Key   string
	Label string // of a table or area: its name
	Figures
}

// Tally adds reports up to figures, as they stand at a moment.
type Tally struct {
	Now time.Time

	f                     Figures
	take, answer, resolve []time.Duration
}

// Add counts one report. It keeps nothing of it.
func (t *Tally) Add(r *Fact) {
	f := &t.f
	switch {
	case r.Status == Dismissed:
		f.Dismissed++
		return
	case r.Kind == Praise:
		f.Praise++
		return
	}
	f.Issues++
	f.Cost += r.Cost
	if !r.TakenAt.IsZero() {
		f.Taken++
		t.take = append(t.take, r.TakenAt.Sub(r.CreatedAt))
		if r.InTime() {
			f.InTime++
		}
	}
	if !r.AnsweredAt.IsZero() {
		t.answer = append(t.answer, r.AnsweredAt.Sub(r.CreatedAt))
	}
	switch r.Status {
	case Unresolved:
		f.Unresolved++
	case Resolved:
		f.Resolved++
		t.resolve = append(t.resolve, r.EndedAt.Sub(r.CreatedAt))
		if r.Closing != "" {
			f.InVisit++
		}
		if r.Closing == BeforeClosing {
			f.BeforeClose++
		}
	default:
		f.Open++
	}
	switch {
	case r.Verdict == NotYet:
		f.NotYet++
	case r.Status == Resolved && r.Verdict == Yes:
		f.Confirmed++
	case r.Status == Resolved && r.Verdict == Partly:
		f.Partly++
	case r.Silent(t.Now):
		f.NoAnswer++
	case r.Status == Resolved:
		f.Asked++
	}
}

// Figures returns what was added up so far.
func (t *Tally) Figures() Figures {
	f := t.f
	f.Answered = len(t.answer)
	f.MedianTake, f.P90Take = percentiles(t.take)
	f.MedianAnswer, f.P90Answer = percentiles(t.answer)
	f.MedianResolve, f.P90Resolve = percentiles(t.resolve)
	return f
}

// percentiles returns the 50th and 90th percentile by the nearest-rank method;
// zero for nothing. It sorts ds.
func percentiles(ds []time.Duration) (p50, p90 time.Duration) {
	n := len(ds)
	if n == 0 {
		return 0, 0
	}
	slices.Sort(ds)
	return ds[(n+1)/2-1], ds[(n*9+9)/10-1]
}
