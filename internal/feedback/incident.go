package feedback

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Helps are who may have been called.
var Helps = []string{"ambulance", "doctor", "hospital"}

// Limits of an incident record; lengths count characters.
const (
	MaxIncident      = 2000
	MaxIncidentParty = 500
)

// Incident is the record of one report about safety: what an owner, an insurer
// or an authority asks later. It is for managers. Every field may stay empty.
type Incident struct {
	ReportID   string `gorm:"primaryKey"`
	VenueID    string
	OpenedAt   time.Time `gorm:"serializer:ms"`
	Contact    string    // how to reach the guest
	MealAt     time.Time `gorm:"serializer:ms"`
	Eaten      string    // everything eaten and drunk
	Allergen   string    // declared by the guest
	Symptoms   string
	OnsetAt    time.Time `gorm:"serializer:ms"`
	Party      int       // guests at the table; 0: not known
	Ill        int       // of them
	Medication string    // used
	Help       []string  `gorm:"serializer:json"` // of [Helps]
	Kept       string    // leftovers and lot codes
	OnStation  string    // staff
	TakenBy    string    // who took the report down
	Actions    string
	Authority  string    // told
	ToldAt     time.Time `gorm:"serializer:ms"`

	Version   int64
	ChangedAt time.Time `gorm:"serializer:ms"`
	ChangedBy string    // person
	Salt      []byte    // of the digest in the timeline; new with each change

	ChangedName string `gorm:"->"`
}

// NewIncident opens the record of a report: times default to when it was sent.
func NewIncident(r Report, covers int) Incident {
	return Incident{
		ReportID: r.ID, VenueID: r.VenueID, OpenedAt: r.CreatedAt, MealAt: r.CreatedAt, OnsetAt: r.CreatedAt,
		Party: covers, Version: 1,
	}
}

// texts are the fields people write, by their names.
func (i *Incident) texts() map[string]*string {
	return map[string]*string{
		"contact": &i.Contact, "eaten": &i.Eaten, "allergen": &i.Allergen, "symptoms": &i.Symptoms, "medication": &i.Medication,
		"kept": &i.Kept, "on_station": &i.OnStation, "taken_by": &i.TakenBy, "actions": &i.Actions, "authority": &i.Authority,
	}
}

// Clean cleans what was typed.
func (i *Incident) Clean() {
	for _, text := range i.texts() {
		*text = Clean(*text)
	}
}

// Check reports every problem with a record at once.
func (i Incident) Check() error {
	ps := Problems{}
	for name, text := range i.texts() {
		if utf8.RuneCountInString(*text) > MaxIncident {
			ps[name] = "safety.problem.incident.long"
		}
	}
	for name, n := range map[string]int{"party": i.Party, "ill": i.Ill} {
		if n < 0 || n > MaxIncidentParty {
			ps[name] = "safety.problem.incident.number"
		}
	}
	for _, h := range i.Help {
		if !slices.Contains(Helps, h) {
			ps["help"] = "problem.choice"
		}
	}
	return ps.OrNil()
}

// Digest binds the record to the timeline without revealing it.
func (i Incident) Digest() []byte {
	parts := []string{strconv.Itoa(i.Party), strconv.Itoa(i.Ill), strings.Join(i.Help, " ")}
	for _, at := range []time.Time{i.MealAt, i.OnsetAt, i.ToldAt} {
		parts = append(parts, at.UTC().Format(time.RFC3339))
	}
	parts = append(parts, []string{
		i.Contact, i.Eaten, i.Allergen, i.Symptoms, i.Medication, i.Kept, i.OnStation, i.TakenBy, i.Actions, i.Authority,
	}...)
	return Digest(i.Salt, parts...)
}

// Erase removes what is about the guest. What the house did stays.
func (i *Incident) Erase() {
	i.Contact, i.Eaten, i.Allergen, i.Symptoms, i.Medication, i.Salt = "", "", "", "", "", nil
}
