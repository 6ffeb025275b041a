package feedback

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// What every file says of itself, and how large one may be: a venue with as much
// of everything as is allowed fits.
const (
	FileFormat    = "makeright venue"
	FileVersion   = 1
	MaxFile       = 1 << 20 // bytes
	MaxFileAreas  = 200
	MaxFilePeople = 1000
)

// VenueFile is a venue as one file: its settings, areas and tables, and who works
// there. What is absent stays as it is where the file is read in. Nothing in it
// opens anything: no code, password, PIN, key or address of a channel.
type VenueFile struct {
	Format     string          `json:"format"`
	Version    int             `json:"version"`
	Venue      *FileVenue      `json:"venue,omitzero"`
	Areas      []string        `json:"areas,omitzero"`
	Tables     []FileTable     `json:"tables,omitzero"`
	People     []FilePerson    `json:"people,omitzero"`
	Escalation *FileEscalation `json:"escalation,omitzero"`
}

// FileVenue are the settings of a venue, as in [Venue].
type FileVenue struct {
	Name           *string             `json:"name,omitzero"`
	Country        *string             `json:"country,omitzero"`
	TimeZone       *string             `json:"timezone,omitzero"`
	Currency       *string             `json:"currency,omitzero"`
	Languages      []string            `json:"languages,omitzero"`
	PromiseMinutes *int                `json:"promise_minutes,omitzero"`
	ReviewLinks    []ReviewLink        `json:"review_links,omitzero"`
	Hours          *Hours              `json:"hours,omitzero"`
	RoleOnly       *bool               `json:"role_only,omitzero"`
	VisitOnScan    *bool               `json:"visit_on_scan,omitzero"`
	ContactDays    *int                `json:"contact_days,omitzero"`
	TextMonths     *int                `json:"text_months,omitzero"`
	Causes         []string            `json:"causes,omitzero"`
	CheckIns       []CheckIn           `json:"check_ins,omitzero"`
	Wording        Wording             `json:"wording,omitzero"`
	SafetyWords    map[string][]string `json:"safety_words,omitzero"`
	Protocol       map[string]string   `json:"protocol,omitzero"`
}

// FileTable is a table; without an area it stays where it is, with an empty one
// it stands in none.
type FileTable struct {
	Name string  `json:"name"`
	Area *string `json:"area,omitzero"`
}

// FilePerson is somebody who works in the venue.
type FilePerson struct {
	Name       string              `json:"name"`
	Email      string              `json:"email,omitempty"`
	Role       Role                `json:"role"`
	Everywhere bool                `json:"everywhere,omitempty"` // the role counts in every venue
	Language   string              `json:"language,omitempty"`
	Areas      []string            `json:"areas,omitzero"`  // by name; none means everywhere in the venue
	Shifts     map[string][]string `json:"shifts,omitzero"` // as [Hours.Week]
}

// ID is what the person is known by in a file: the address, or of one without
// it the name.
func (p FilePerson) ID() string {
	if p.Email != "" {
		return p.Email
	}
	return p.Name
}

// FileEscalation is who is told, and when; people are named by [FilePerson.ID].
type FileEscalation struct {
	Ordinary Policy `json:"ordinary"`
	Safety   Policy `json:"safety"`
}

// Bytes is the file as it is written: lines that people can read and compare.
func (f VenueFile) Bytes() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", "  ")
	return append(text, '\n'), err
}

// FileOf are the settings of a venue, each of them said.
func FileOf(v Venue) *FileVenue {
	contact, text := v.KeepsContact(), v.KeepsText()
	f := &FileVenue{
		Name: &v.Name, Country: &v.Country, TimeZone: &v.TimeZone, Currency: &v.Currency, Languages: stated(v.Languages),
		PromiseMinutes: &v.PromiseMinutes, ReviewLinks: stated(v.ReviewLinks), Hours: &Hours{}, RoleOnly: &v.RoleOnly, VisitOnScan: &v.VisitOnScan,
		ContactDays: &contact, TextMonths: &text, Causes: stated(v.Causes), CheckIns: stated(v.CheckIns),
		Wording: Wording{}, SafetyWords: map[string][]string{}, Protocol: map[string]string{},
	}
	*f.Hours = v.Hours
	if len(v.Hours.Week) == 0 {
		f.Hours.Week = nil
	}
	if len(v.Hours.Holidays) == 0 {
		f.Hours.Holidays = nil
	}
	for purpose, texts := range v.Wording {
		if len(texts) > 0 {
			f.Wording[purpose] = texts
		}
	}
	for lang, words := range v.SafetyWords {
		if len(words) > 0 {
			f.SafetyWords[lang] = words
		}
	}
	for lang, text := range v.Protocol {
		if text != "" {
			f.Protocol[lang] = text
		}
	}
	return f
}

// stated is a list that is said, also when nothing is on it.
func stated[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Apply writes what the file says into a venue, but not its name: a venue is not
// renamed by a file.
func (f *FileVenue) Apply(v *Venue) {
	put(&v.Country, f.Country)
	put(&v.TimeZone, f.TimeZone)
	put(&v.Currency, f.Currency)
	put(&v.PromiseMinutes, f.PromiseMinutes)
	put(&v.Hours, f.Hours)
	put(&v.RoleOnly, f.RoleOnly)
	put(&v.VisitOnScan, f.VisitOnScan)
	if f.ContactDays != nil && *f.ContactDays != v.KeepsContact() {
		v.ContactDays = *f.ContactDays
	}
	if f.TextMonths != nil && *f.TextMonths != v.KeepsText() {
		v.TextMonths = *f.TextMonths
	}
	if f.Languages != nil {
		v.Languages = f.Languages
	}
	if f.ReviewLinks != nil {
		v.ReviewLinks = f.ReviewLinks
	}
	if f.Causes != nil {
		v.Causes = f.Causes
	}
	if f.CheckIns != nil {
		v.CheckIns = f.CheckIns
	}
	if f.Wording != nil {
		v.Wording = f.Wording
	}
	if f.SafetyWords != nil {
		v.SafetyWords = f.SafetyWords
	}
	if f.Protocol != nil {
		v.Protocol = f.Protocol
	}
}

// put changes what was said and leaves the rest.
func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// clean makes every text of the file what it would be if it had been typed.
func (f *VenueFile) clean() {
	for i, name := range f.Areas {
		f.Areas[i] = CleanLine(name)
	}
	for i, t := range f.Tables {
		f.Tables[i].Name = CleanLine(t.Name)
		if t.Area != nil {
			*t.Area = CleanLine(*t.Area)
		}
	}
	for i := range f.People {
		p := &f.People[i]
		p.Name, p.Email = CleanLine(p.Name), strings.ToLower(CleanLine(p.Email))
		for n, area := range p.Areas {
			p.Areas[n] = CleanLine(area)
		}
	}
	if f.Escalation != nil {
		f.Escalation.Ordinary.clean()
		f.Escalation.Safety.clean()
	}
	if f.Venue != nil {
		f.Venue.clean()
	}
}

func (p Policy) clean() {
	for _, s := range p.Steps {
		for i, person := range s.People {
			s.People[i] = CleanLine(person)
			if strings.Contains(person, "@") {
				s.People[i] = strings.ToLower(s.People[i])
			}
		}
	}
}

func (f *FileVenue) clean() {
	if f.Name != nil {
		*f.Name = CleanLine(*f.Name)
	}
	for i, l := range f.ReviewLinks {
		f.ReviewLinks[i] = ReviewLink{Label: CleanLine(l.Label), URL: strings.TrimSpace(l.URL)}
	}
	for _, texts := range f.Wording {
		cleanTexts(texts)
	}
	for purpose, texts := range f.Wording {
		if len(texts) == 0 {
			delete(f.Wording, purpose)
		}
	}
	cleanTexts(f.Protocol)
	for _, words := range f.SafetyWords {
		for i, w := range words {
			words[i] = CleanLine(w)
		}
	}
}

// cleanTexts cleans texts in their place; an empty one is none.
func cleanTexts(texts map[string]string) {
	for lang, text := range texts {
		if texts[lang] = Clean(text); texts[lang] == "" {
			delete(texts, lang)
		}
	}
}

// check reports what is wrong with the file by itself; whether it fits the venue
// that it is read into shows only there. languages are those the product speaks.
func (f VenueFile) check(languages []string) Problems {
	ps := Problems{}
	if len(f.Areas) > MaxFileAreas {
		ps["areas"] = "file.problem.many"
	}
	if len(f.Tables) > MaxTables {
		ps["tables"] = "problem.table.many"
	}
	if len(f.People) > MaxFilePeople {
		ps["people"] = "file.problem.many"
	}
	if len(ps) > 0 {
		return ps
	}
	f.checkTables(ps)
	f.checkPeople(ps, languages)
	f.checkHours(ps)
	return ps
}

func (f VenueFile) checkTables(ps Problems) {
	areas, tables := map[string]bool{}, map[string]bool{}
	for i, name := range f.Areas {
		if key := wrongArea(name); key != "" {
			ps[place("areas", i)] = key
		} else if areas[name] {
			ps[place("areas", i)] = "file.problem.twice"
		}
		areas[name] = true
	}
	for i, t := range f.Tables {
		in := Table{Name: t.Name}
		if t.Area != nil {
			in.AreaName = *t.Area
		}
		gather(ps, place("tables", i)+".", in.Check())
		if tables[t.Name] {
			ps[place("tables", i)+".name"] = "file.problem.twice"
		}
		tables[t.Name] = true
	}
}

func wrongArea(name string) string {
	if name == "" {
		return "file.problem.empty"
	}
	ps, _ := (Table{Name: "1", AreaName: name}).Check().(Problems)
	return ps["area"]
}

func (f VenueFile) checkPeople(ps Problems, languages []string) {
	seen := map[string]bool{}
	for i, p := range f.People {
		at := place("people", i)
		gather(ps, at+".", Person{Name: p.Name, Email: p.Email, Role: p.Role}.Check())
		if p.Role == Nobody {
			ps[at+".role"] = "problem.role.unknown"
		}
		if p.Email != "" && seen[p.Email] {
			ps[at+".email"] = "file.problem.twice"
		}
		seen[p.Email] = true
		if p.Language != "" && !slices.Contains(languages, p.Language) {
			ps[at+".language"] = "problem.language.unknown"
		}
		if (Hours{Week: p.Shifts}).check() != nil {
			ps[at+".shifts"] = "problem.hours.wrong"
		}
	}
}

// checkHours names the day that is wrong, which [Venue.Check] does not.
func (f VenueFile) checkHours(ps Problems) {
	if f.Venue == nil || f.Venue.Hours == nil {
		return
	}
	for day, texts := range f.Venue.Hours.Week {
		if (Hours{Week: map[string][]string{day: texts}}).check() != nil {
			ps["venue.hours.week."+said(day)] = "problem.hours.wrong"
		}
	}
	for day, texts := range f.Venue.Hours.Holidays {
		if (Hours{Holidays: map[string][]string{day: texts}}).check() != nil {
			ps["venue.hours.holidays."+said(day)] = "problem.hours.wrong"
		}
	}
}

// gather adds the problems in err under a prefix.
func gather(ps Problems, prefix string, err error) {
	found, _ := err.(Problems)
	for field, key := range found {
		ps[prefix+field] = key
	}
}

// place is an item of a list, counted from 0 as in [Problems] of other lists.
func place(list string, i int) string { return fmt.Sprintf("%s.%d", list, i) }
