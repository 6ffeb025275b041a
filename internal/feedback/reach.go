package feedback

// Reach is how far the codes and visits of one table, or of several together,
// got in some days.
type Reach struct {
	TableID  string
	Scans    int // forms that were opened, from all codes of the table and its visits
	Visits   int // opened, with a code of their own
	Scanned  int // of those, whose own code was scanned
	Sent     int // of those, from which something was sent that was not dismissed
	Issues   int // of those, with an issue
	Resolved int // of those with an issue, all of whose issues were resolved before the visit was closed
}

// Plus adds up two.
func (r Reach) Plus(other Reach) Reach {
	return Reach{
		Scans: r.Scans + other.Scans, Visits: r.Visits + other.Visits, Scanned: r.Scanned + other.Scanned,
		Sent: r.Sent + other.Sent, Issues: r.Issues + other.Issues, Resolved: r.Resolved + other.Resolved,
	}
}
