package feedback

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Organisation is one owner's account. Rows of one never reach another.
type Organisation struct {
	ID        string `gorm:"primaryKey"`
	Name      string
	CreatedAt time.Time `gorm:"serializer:ms"`
}

// ReviewLink leads to a public review page. Every guest gets the same ones.
type ReviewLink struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Venue is one restaurant.
type Venue struct {
	ID             string `gorm:"primaryKey"`
	OrgID          string
	Name           string
	Country        string   // ISO 3166 alpha-2, upper case
	TimeZone       string   // IANA name
	Currency       string   // ISO 4217
	Languages      []string `gorm:"serializer:json"` // of guests; the first is the fallback
	PromiseMinutes int
	ReviewLinks    []ReviewLink        `gorm:"serializer:json"`
	Hours          Hours               `gorm:"serializer:json"`
	SafetyWords    map[string][]string `gorm:"serializer:json"` // by language: a guest who writes one raises the alarm
	Protocol       map[string]string   `gorm:"serializer:json"` // by language: the card "what to do"; empty: ours
	ContactDays    int                 // how long contact details are kept; 0: [DefaultContactDays]
	TextMonths     int                 // how long words and photos are kept; 0: [DefaultTextMonths]
	RoleOnly       bool                // guests read "a member of staff" instead of a first name
	Causes         []string            `gorm:"serializer:json"` // that the form offers, in their order; none for all
	Wording        Wording             `gorm:"serializer:json"`
	CheckIns       []CheckIn           `gorm:"serializer:json"` // moments of a visit at which guests are asked
	VisitOnScan    bool                // the first scan at a table opens a visit, see [Venue.ScanVisit]
	Setup          SetupStep           // where setting it up stands
	Seq            int64               `gorm:"->"` // number of the newest event, where it was asked for
	CreatedAt      time.Time           `gorm:"serializer:ms"`
}

// Limits and defaults of a venue.
const (
	DefaultPromise = 3 // minutes
	MaxPromise     = 60
	MaxReviewLinks = 6
	MaxLabel       = 40
	MaxURL         = 500
)

// Promise is how soon somebody should be with a guest.
func (v Venue) Promise() time.Duration { return time.Duration(v.PromiseMinutes) * time.Minute }

// ContactLife is how long contact details are kept.
func (v Venue) ContactLife() time.Duration {
	return time.Duration(v.KeepsContact()) * 24 * time.Hour
}

// Zone is the venue's time zone; UTC if the name is not known on this machine.
func (v Venue) Zone() *time.Location {
	if loc, ok := zones.Load(v.TimeZone); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(v.TimeZone, loc)
	return loc
}

// zones remembers what [time.LoadLocation] found, which reads a file each time.
// There are some 600 names.
var zones sync.Map

// Emergency is the telephone number for life at risk in the venue's country.
func (v Venue) Emergency() string { return CountryOf(v.Country).Emergency }

// Check reports every problem with a venue's settings at once. languages are
// those the product speaks.
func (v Venue) Check(languages []string) error {
	ps := Problems{}
	checkName(ps, "name", v.Name)
	if _, err := time.LoadLocation(v.TimeZone); err != nil || v.TimeZone == "" || v.TimeZone == "Local" {
		ps["timezone"] = "problem.time_zone.unknown"
	}
	if len(v.Currency) != 3 || strings.Trim(v.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		ps["currency"] = "problem.currency.unknown"
	}
	if v.Country != "" && CountryOf(v.Country).Code != v.Country {
		ps["country"] = "problem.country.unknown"
	}
	if len(v.Languages) == 0 {
		ps["languages"] = "problem.languages.missing"
	}
	for _, l := range v.Languages {
		if !slices.Contains(languages, l) {
			ps["languages"] = "problem.language.unknown"
		}
	}
	if v.PromiseMinutes < 1 || v.PromiseMinutes > MaxPromise {
		ps["promise_minutes"] = "problem.promise.range"
	}
	if key := checkLinks(v.ReviewLinks); key != "" {
		ps["review_links"] = key
	}
	v.checkSafety(ps, languages)
	v.checkRetention(ps)
	if v.Hours.check() != nil {
		ps["hours"] = "problem.hours.wrong"
	}
	if key := checkCauses(v.Causes); key != "" {
		ps["causes"] = key
	}
	v.Wording.check(ps, languages)
	if key := checkIns(v.CheckIns); key != "" {
		ps["check_ins"] = key
	}
	return ps.OrNil()
}

// checkLinks returns the first problem with review links, or "".
//
// Yelp's guidelines forbid businesses to ask for reviews, so a link to it would
// put the venue in the wrong.
func checkLinks(links []ReviewLink) string {
	if len(links) > MaxReviewLinks {
		return "problem.review_links.many"
	}
	for _, l := range links {
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(l.URL) > MaxURL {
			return "problem.review_links.url"
		}
		host, err := idna.Lookup.ToASCII(u.Hostname()) // as a browser reads it: ｙｅｌｐ is yelp
		if err != nil {
			return "problem.review_links.url"
		}
		if slices.Contains(strings.Split(host, "."), "yelp") {
			return "problem.review_links.yelp"
		}
		if n := utf8.RuneCountInString(l.Label); n == 0 || n > MaxLabel {
			return "problem.review_links.label"
		}
	}
	return ""
}

// Area is where tables stand: "Terrace".
type Area struct {
	ID       string `gorm:"primaryKey"`
	VenueID  string
	Name     string
	Position int
}

// Table is where guests sit.
type Table struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	AreaID    string // empty for tables without an area
	Name      string // "12", "Terrace 3"
	Position  int
	CreatedAt time.Time `gorm:"serializer:ms"`
	RemovedAt time.Time `gorm:"serializer:ms"`

	AreaName string `gorm:"->"` // read with it
}

// Limits of tables.
const (
	MaxTableName = 20
	MaxTables    = 500 // of one venue
)

// Check reports every problem with a table.
func (t Table) Check() error {
	ps := Problems{}
	if n := utf8.RuneCountInString(t.Name); n == 0 || n > MaxTableName {
		ps["name"] = "problem.table.missing"
	}
	if utf8.RuneCountInString(t.AreaName) > MaxName {
		ps["area"] = "problem.area.long"
	}
	return ps.OrNil()
}

// Visit is one party's stay at a table.
type Visit struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	TableID   string
	CheckNo   string // the till's number
	Server    string // first name, as the till sends it
	Covers    int
	OpenedBy  string    // person; empty for timers and scans
	OpenedAt  time.Time `gorm:"serializer:ms"`
	ClosedAt  time.Time `gorm:"serializer:ms"`
	ExpiresAt time.Time `gorm:"serializer:ms"`
	Moment    string    // how far the party is, as staff or the till said: one of [Moments], or empty
	Test      bool      // only tries things out: its reports call nobody and are in no figure
	ByScan    bool      // only a guest's scan opened it, which proves nothing; false again once staff or the till take it over

	TableName string `gorm:"->"`
}

// Limits of a visit. Its code lives until it expires, so that a receipt can be
// scanned at home.
const (
	DefaultVisit = 24 * time.Hour
	MaxVisit     = 14 * 24 * time.Hour
	MaxCovers    = 500
	// MaxScanVisit is how long a visit that only a scan opened lasts: nobody may ever close it,
	// and who sits there afterwards is another party.
	MaxScanVisit = 3 * time.Hour
)

// ScanVisit is the visit that a guest's scan at a table opens at now, where the venue wants that
// and is open: until the end of the opening, and no longer than [MaxScanVisit].
func (v Venue) ScanVisit(id, table string, now time.Time) (Visit, bool) {
	_, end, open := v.Hours.Service(now, v.Zone())
	if most := now.Add(MaxScanVisit); end.After(most) {
		end = most
	}
	return Visit{ID: id, TableID: table, OpenedAt: now, ExpiresAt: end, ByScan: true}, v.VisitOnScan && open
}

// Open says whether the party is still there, as far as anybody told us.
func (v Visit) Open(now time.Time) bool { return v.ClosedAt.IsZero() && now.Before(v.ExpiresAt) }

// Check reports every problem with a new visit.
func (v Visit) Check() error {
	ps := Problems{}
	if utf8.RuneCountInString(v.CheckNo) > MaxName {
		ps["check"] = "problem.check.long"
	}
	if utf8.RuneCountInString(v.Server) > MaxName {
		ps["server"] = "problem.server.long"
	}
	if v.Covers < 0 || v.Covers > MaxCovers {
		ps["covers"] = "problem.covers.range"
	}
	if life := v.ExpiresAt.Sub(v.OpenedAt); life < time.Minute || life > MaxVisit {
		ps["expires_in_minutes"] = "problem.expires.range"
	}
	return ps.OrNil()
}
