package feedback

import "slices"

// FollowUp is what came of getting in touch with a guest after the visit.
type FollowUp string

// Outcomes of a follow-up. Settled ends it; after the others somebody may try
// again.
const (
	Reached    FollowUp = "reached"
	NotReached FollowUp = "not_reached"
	Settled    FollowUp = "settled"
)

// FollowUps lists the outcomes of a follow-up.
var FollowUps = []FollowUp{NotReached, Reached, Settled}

// FollowsUp says whether somebody should still get in touch with the guest: it
// ended unresolved, or was not for the table in the first place.
func (r Report) FollowsUp() bool {
	waits := slices.Contains(Waiting, r.Status) && r.Later()
	return r.Kind == Issue && !r.Test && r.Followed != Settled && (r.Status == Unresolved || waits)
}

// CheckFollowUp reports every problem with the outcome of a follow-up. Only what
// is settled has a recovery.
func CheckFollowUp(outcome FollowUp, rc Recovery, currency string) error {
	if !slices.Contains(FollowUps, outcome) {
		return Problems{"outcome": "follow.problem.outcome"}
	}
	if outcome != Settled {
		rc.Actions, rc.Cost = []string{"other"}, Money{}
	}
	return rc.Check(currency)
}

// Dialable is a telephone number as a telephone wants it, of what a guest typed
// in Latin digits; empty when it is none.
func Dialable(typed string) string {
	var out []byte
	depth := 0
	for i := range len(typed) {
		switch c := typed[i]; {
		case c == '(' && i+2 < len(typed) && typed[i:i+3] == "(0)": // of +44 (0)20: not dialled from abroad
			depth = 3
		case c >= '0' && c <= '9' && depth == 0, c == '+' && len(out) == 0:
			out = append(out, c)
		case (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && len(out) > 0: // an extension, or a remark
			return enoughDigits(out)
		}
		depth = max(depth-1, 0)
	}
	return enoughDigits(out)
}

func enoughDigits(number []byte) string {
	if len(number) < 5 {
		return ""
	}
	return string(number)
}
