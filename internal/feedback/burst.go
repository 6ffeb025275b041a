package feedback

import "time"

// Burst is reports that came to one table faster than its guests can send. They
// are kept and wait to be looked at; none of them calls anybody by itself.
type Burst struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	TableID   string
	StartedAt time.Time `gorm:"serializer:ms"`
	LastAt    time.Time `gorm:"serializer:ms"` // of the newest report
	Size      int       // reports in it
	ToldAt    time.Time `gorm:"serializer:ms"` // managers were told of it
	AlarmedAt time.Time `gorm:"serializer:ms"` // and that some of it is about safety

	TableName string `gorm:"->"`
	Left      int    `gorm:"->"` // that nobody has acted on
	Abuse     int    `gorm:"->"` // set aside together as abuse
	Lead      string `gorm:"->"` // the oldest of what is left; stands for all on the board
}

// Limits of bursts.
const (
	// BurstGap is the silence that ends a burst.
	BurstGap = 10 * time.Minute
	// BurstTold is how many reports a burst has before managers are told.
	BurstTold = 5
	// BurstPages is how many bursts of a venue managers are told of within a
	// [BurstGap]. What is about safety is told all the same.
	BurstPages = 3
	// Hasty is how fast nobody fills in a form by hand.
	Hasty = time.Second
)

// Quota is how many reports may come at once, and how often one more.
type Quota struct {
	Burst int
	Every time.Duration
}

// Quotas of reports. What is over them is marked, never refused.
var (
	PerCode  = Quota{20, 10 * time.Second}        // a big party, and then some
	PerKiosk = Quota{30, 15 * time.Second}        // a house that leaves at once, one finger after the other
	PerVenue = Quota{600, 200 * time.Millisecond} // a full house, without those who hold a visit's code
)

// Doubt is how much of a table's quota a report uses up: more when its form was filled
// in faster than a hand can, and more while the venue is closed. A visit's code
// is proof enough. opened is when the form was, if somebody vouches for it.
func (r Report) Doubt(v Venue, opened time.Time) int {
	if r.Trust == TrustVisit {
		return 1
	}
	doubt := 1
	if !opened.IsZero() && r.CreatedAt.Sub(opened) < Hasty {
		doubt += 2
	}
	if !v.OpenAt(r.CreatedAt) {
		doubt += 4
	}
	return doubt
}

// OpenAt says whether the venue is open at a moment, by its own clock.
func (v Venue) OpenAt(t time.Time) bool {
	_, _, open := v.Hours.Service(t, v.Zone())
	return open
}

// Take adds a report to the burst and returns what managers are to be told of
// it: a burst is told once, and once more when some of it is about safety. told
// is how many others of the venue were told of lately.
func (b *Burst) Take(r *Report, told int) (say string) {
	r.BurstID = b.ID
	b.Size++
	if r.CreatedAt.After(b.LastAt) { // else it was kept back, and others came since
		b.LastAt = r.CreatedAt
	}
	switch {
	case r.Safety() && r.Kind == Issue && b.AlarmedAt.IsZero():
		b.AlarmedAt = r.CreatedAt
		return SayUrgent
	case b.Size >= BurstTold && b.ToldAt.IsZero() && told < BurstPages:
		b.ToldAt = r.CreatedAt
		return SayBurst
	}
	return ""
}

// SetAside says whether a report of a burst is set aside when the burst is
// marked as abuse: one that nobody has acted on.
func (r Report) SetAside() bool {
	return r.Status == Open || r.Status == Noted || r.Status == Unresolved && r.Reason == NobodyCame
}

// What an event says of a report that a manager took from the floor, or gave back.
const (
	OffFloor = "off_floor"
	OnFloor  = "on_floor"
)
