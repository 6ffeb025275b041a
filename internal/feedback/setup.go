package feedback

import "slices"

// SetupStep is a step of setting a venue up, after it has been added.
type SetupStep string

// The steps, as they follow each other. Links and people may be skipped.
const (
	SetupTables SetupStep = "tables"
	SetupLinks  SetupStep = "links"
	SetupPeople SetupStep = "people"
	SetupPrint  SetupStep = "print"
	SetupOver   SetupStep = "" // also of every venue that was added in another way
)

// SetupSteps are all of them in their order.
var SetupSteps = []SetupStep{SetupTables, SetupLinks, SetupPeople, SetupPrint}

// Known says whether there is such a step.
func (s SetupStep) Known() bool { return slices.Contains(SetupSteps, s) }

// Place is how many steps stand before it; after the last it is their number.
func (s SetupStep) Place() int {
	if at := slices.Index(SetupSteps, s); at >= 0 {
		return at
	}
	return len(SetupSteps)
}

// Next is the step that follows.
func (s SetupStep) Next() SetupStep {
	if at := s.Place() + 1; at < len(SetupSteps) {
		return SetupSteps[at]
	}
	return SetupOver
}

// Passed is where setting up stands once a step is behind it. Going back to look
// at an earlier one takes nothing away.
func (s SetupStep) Passed(step SetupStep) SetupStep {
	if step.Next().Place() > s.Place() {
		return step.Next()
	}
	return s
}
