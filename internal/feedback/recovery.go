package feedback

import (
	"slices"
	"unicode/utf8"
)

// Recovery is what was done to make it right.
type Recovery struct {
	Actions []string
	Cost    Money
	Note    string
}

// Actions a member of staff may name.
var Actions = []string{"visited", "apologised", "remade", "replaced", "moved", "cleaned", "discount", "free_item", "voucher", "refund", "manager", "explained", "other"}

// paying are the actions that give money, or what costs money.
var paying = []string{"discount", "free_item", "voucher", "refund"}

// Offers are the actions to choose from for this report: none that pays where
// it is about safety, for money must not settle that.
func (r Report) Offers() []string {
	if !r.Alarming() {
		return Actions
	}
	return slices.DeleteFunc(slices.Clone(Actions), func(a string) bool { return slices.Contains(paying, a) })
}

// MaxCost bounds what one recovery may cost, in minor units: a slip of the
// finger should not spoil a year's figures.
const MaxCost = 1_000_000_00

// CheckReason says what is wrong with the reason of an end; known are the
// reasons that fit it.
func CheckReason(reason, note string, known []string) error {
	ps := Problems{}
	switch {
	case reason == "":
		ps["reason"] = "problem.reason.missing"
	case !slices.Contains(known, reason):
		ps["reason"] = "problem.reason.unknown"
	}
	if utf8.RuneCountInString(note) > MaxNote {
		ps["note"] = "problem.note.long"
	}
	return ps.OrNil()
}

// Check reports every problem with a recovery in a venue with this currency.
func (rc Recovery) Check(currency string) error {
	ps := Problems{}
	if len(rc.Actions) == 0 && rc.Note == "" {
		ps["actions"] = "problem.actions.missing"
	}
	for _, a := range rc.Actions {
		if !slices.Contains(Actions, a) {
			ps["actions"] = "problem.actions.unknown"
		}
	}
	if rc.Cost.Amount < 0 || rc.Cost.Amount > MaxCost {
		ps["cost"] = "problem.cost.negative"
	}
	if rc.Cost.Currency != "" && rc.Cost.Currency != currency {
		ps["cost"] = "problem.cost.currency"
	}
	if utf8.RuneCountInString(rc.Note) > MaxNote {
		ps["note"] = "problem.note.long"
	}
	return ps.OrNil()
}
