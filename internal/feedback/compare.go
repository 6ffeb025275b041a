package feedback

// VenueFigures are the figures of one venue beside those of others. Times and
// what depends on the moment are not among them.
type VenueFigures struct {
	Venue  Venue
	Visits int // opened in the period
	Figures
}

// PerVisits is how many issues there are for each hundred visits, and false
// where too few visits are known to say.
func (f VenueFigures) PerVisits() (float64, bool) {
	if f.Visits < MinVisits {
		return 0, false
	}
	return 100 * float64(f.Issues) / float64(f.Visits), true
}

// MinVisits is how many visits a figure for each hundred of them needs.
const MinVisits = 30
