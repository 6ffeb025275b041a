package feedback

import "time"

// FewIssues is below how many issues a share says little, and two periods are
// not compared.
const FewIssues = 10

// Way is how a figure stands to that of the period before.
type Way string

// Whether more is better is up to the figure.
const (
	WayNone Way = ""     // there was nothing before
	WayFew  Way = "few"  // too few on one side to say anything
	WaySame Way = "same" // as it is shown
	WayMore Way = "more"
	WayLess Way = "less"
)

// Versus is a figure beside that of the period before.
type Versus struct {
	Way Way
	By  int64 // how much more or less, in the figure's unit
}

// Time is by how much two times differ.
func (v Versus) Time() time.Duration { return time.Duration(v.By) * time.Second }

// VersusShare compares two shares in whole points, as both are shown.
func VersusShare(n, of, nBefore, ofBefore int) Versus {
	return versus(int64(points(n, of)), int64(points(nBefore, ofBefore)), of, ofBefore)
}

// VersusTime compares two times in whole seconds, as both are shown, each of so
// many issues.
func VersusTime(d, before time.Duration, of, ofBefore int) Versus {
	return versus(int64(d/time.Second), int64(before/time.Second), of, ofBefore)
}

// VersusAmount compares two amounts of money, each of so many issues.
func VersusAmount(amount, before int64, of, ofBefore int) Versus {
	return versus(amount, before, of, ofBefore)
}

func versus(now, before int64, of, ofBefore int) Versus {
	switch {
	case ofBefore == 0:
		return Versus{}
	case min(of, ofBefore) < FewIssues:
		return Versus{Way: WayFew}
	case now > before:
		return Versus{WayMore, now - before}
	case now < before:
		return Versus{WayLess, before - now}
	default:
		return Versus{Way: WaySame}
	}
}

// points is n of all in percent, rounded half to even as percentages are written.
func points(n, all int) int {
	if all == 0 {
		return 0
	}
	whole, rest := 100*n/all, 100*n%all
	if 2*rest > all || 2*rest == all && whole%2 == 1 {
		whole++
	}
	return whole
}
