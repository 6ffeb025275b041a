package feedback

import "time"

// Figures are what became of the issues of a period. Praise is counted apart;
// dismissed reports are in none of the shares.
type Figures struct {
	Issues     int // resolved + unresolved + open
	Resolved   int // staff say so
	Unresolved int
	Open       int // open or taken
	Dismissed  int
	Praise     int

	// The guest's own word, among the resolved.
	Confirmed int // yes
	Partly    int
	NotYet    int // reopened and not put right: of the unresolved with a "no"
	NoAnswer  int // resolved, and the guest said nothing

	MedianTake, P90Take       time.Duration // from sent to taken; 0 when none was
	MedianResolve, P90Resolve time.Duration
	MedianAnswer, P90Answer   time.Duration
	InTime                    int // taken within the promise
	Taken                     int // the count behind the medians
	Answered                  int
	Cost                      Money
}

// Answers is how many guests gave a verdict.
func (f Figures) Answers() int { return f.Confirmed + f.Partly + f.NotYet }

// Group is one line of figures: of a day, a table, a cause.
type Group struct {
	Key   string
	Label string
	Figures
}

// Grouping is what figures can be split by.
var Groupings = []string{"day", "hour", "weekday_hour", "table", "area", "cause", "shift", "handling"}

// MinGroup is the smallest group that is shown by server or guest language.
const MinGroup = 5
