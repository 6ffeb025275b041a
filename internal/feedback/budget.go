package feedback

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Calling is what messages say that call people to a report. Those to programs
// and those that only inform are no calls.
var Calling = []string{SayNew, SayWaiting, SayUrgent, SayManager, SaySilent, SayNotYet}

// Call is one time that people were called to a report, over one kind of channel.
type Call struct {
	ReportID  string
	CreatedAt time.Time // of the report
	Shift     string    // of the report, as there
	Sent      time.Time
	Step      int
	Kind      ChannelKind
	Messages  int
	Took      time.Time // when somebody took the report or ended it before the next call; zero when nobody did
	Told      bool      // who did so was told over this kind of channel
}

// Budget is how many calls there were, and how many of them made somebody act.
type Budget struct {
	Key      string
	Calls    int
	Messages int
	Acted    int

	MedianTake, P90Take time.Duration // from the call to the act, of those acted on
}

// MinCalls is how many calls there must be before anything is said about them.
const MinCalls = 30

// Enough says whether there were calls enough to say anything about them.
func (b Budget) Enough() bool { return b.Calls >= MinCalls }

// Ignored says whether most calls made nobody act, of calls enough to say so.
func (b Budget) Ignored() bool { return b.Enough() && 2*b.Acted < b.Calls }

// Budgets are the calls of a period: in all, by shift, by step of escalation and
// by kind of channel.
type Budgets struct {
	Total                   Budget
	Shifts, Steps, Channels []Budget
}

// LastStepKey is the key of all steps from the fourth on, which repeat.
const LastStepKey = "4"

// stepKey is the group of a step: by its number, up to the last.
func stepKey(step int) string {
	if step >= 4 {
		return LastStepKey
	}
	return strconv.Itoa(step)
}

// account adds calls up to a budget.
type account struct {
	b    Budget
	took []time.Duration
}

func (a *account) add(c Call, acted bool) {
	a.b.Calls++
	a.b.Messages += c.Messages
	if acted {
		a.b.Acted++
		a.took = append(a.took, c.Took.Sub(c.Sent))
	}
}

func (a *account) budget() Budget {
	a.b.MedianTake, a.b.P90Take = percentiles(a.took)
	return a.b
}

// ledger is accounts by key.
type ledger map[string]*account

func (l ledger) of(key string) *account {
	if l[key] == nil {
		l[key] = &account{b: Budget{Key: key}}
	}
	return l[key]
}

func (l ledger) budgets() []Budget {
	all := make([]Budget, 0, len(l))
	for _, a := range l {
		all = append(all, a.budget())
	}
	slices.SortFunc(all, func(a, b Budget) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

// AddUp adds up the calls of a venue. A call over several kinds of channels
// counts once in all, for its shift and for its step, and under each kind; there
// it was acted on when who acted had been told that way.
func AddUp(calls []Call, v Venue) Budgets {
	type once struct {
		report string
		sent   time.Time
	}
	whole := map[once]Call{}
	shifts, steps, channels := ledger{}, ledger{}, ledger{}
	for _, c := range calls {
		acted := !c.Took.IsZero()
		channels.of(string(c.Kind)).add(c, acted && c.Told)
		key := once{c.ReportID, c.Sent}
		c.Messages += whole[key].Messages
		whole[key] = c
	}
	var total account
	for _, c := range whole {
		acted := !c.Took.IsZero()
		total.add(c, acted)
		shifts.of(cmp.Or(c.Shift, v.shift(c.CreatedAt))).add(c, acted)
		steps.of(stepKey(c.Step)).add(c, acted)
	}
	return Budgets{total.budget(), shifts.budgets(), steps.budgets(), channels.budgets()}
}
