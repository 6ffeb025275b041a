package feedback

// Reach is how far the codes of one table got in some days.
type Reach struct {
	TableID string
	Scans   int // forms that were opened, from all codes of the table and its visits
	Visits  int // opened, with a code of their own
	Scanned int // of those, whose own code was scanned
}
