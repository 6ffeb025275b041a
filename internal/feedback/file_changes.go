package feedback

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// FilePart is what a change of an import is about.
type FilePart string

// Parts of a venue's file, in the order in which changes are listed.
const (
	PartVenue      FilePart = "venue" // itself, which is new
	PartSetting    FilePart = "setting"
	PartArea       FilePart = "area"
	PartTable      FilePart = "table"
	PartPerson     FilePart = "person"
	PartEscalation FilePart = "escalation"
)

// FileParts lists them.
var FileParts = []FilePart{PartVenue, PartSetting, PartArea, PartTable, PartPerson, PartEscalation}

// FileChange is one thing that an import changes.
type FileChange struct {
	Part  FilePart
	Name  string // of the venue, area, table or person
	Field string // of a setting, table, person or escalation, as the file calls it; empty when all of it is new
	Added bool
	Was   string // where it can be said in a line
	Is    string
}

// FileChanges lists what differs between two files of one venue. The first is
// empty when the venue was not there.
func FileChanges(was, is VenueFile) []FileChange {
	var all []FileChange
	switch {
	case was.Venue == nil && is.Venue != nil:
		all = append(all, FileChange{Part: PartVenue, Name: *is.Venue.Name, Added: true})
	case is.Venue != nil:
		all = append(all, settingChanges(*was.Venue, *is.Venue)...)
	}
	areas := map[string]bool{}
	for _, name := range was.Areas {
		areas[name] = true
	}
	for _, name := range is.Areas {
		if !areas[name] {
			all = append(all, FileChange{Part: PartArea, Name: name, Added: true})
		}
	}
	all = append(all, tableChanges(was.Tables, is.Tables)...)
	all = append(all, peopleChanges(was.People, is.People)...)
	if was.Escalation == nil || is.Escalation == nil {
		return all
	}
	for _, p := range []struct {
		name    string
		was, is Policy
	}{{"ordinary", was.Escalation.Ordinary, is.Escalation.Ordinary}, {"safety", was.Escalation.Safety, is.Escalation.Safety}} {
		if !reflect.DeepEqual(p.was, p.is) {
			all = append(all, FileChange{Part: PartEscalation, Field: p.name})
		}
	}
	return all
}

func settingChanges(was, is FileVenue) []FileChange {
	var all []FileChange
	a, b := reflect.ValueOf(was), reflect.ValueOf(is)
	for i := range a.NumField() {
		if reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			continue
		}
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		all = append(all, FileChange{Part: PartSetting, Field: name, Was: line(a.Field(i).Interface()), Is: line(b.Field(i).Interface())})
	}
	return all
}

// line is a setting in a line, or empty where that would be too much.
func line(setting any) string {
	switch s := setting.(type) {
	case *string:
		return *s
	case *int:
		return strconv.Itoa(*s)
	case *bool:
		return strconv.FormatBool(*s)
	case []string:
		return strings.Join(s, ", ")
	case []ReviewLink:
		links := make([]string, len(s))
		for i, l := range s {
			links[i] = l.Label + " " + l.URL
		}
		return strings.Join(links, ", ")
	}
	return ""
}

func tableChanges(was, is []FileTable) []FileChange {
	var all []FileChange
	stood := map[string]string{}
	for _, t := range was {
		stood[t.Name] = *t.Area
	}
	for _, t := range is {
		area, there := stood[t.Name]
		switch {
		case !there:
			all = append(all, FileChange{Part: PartTable, Name: t.Name, Added: true, Is: *t.Area})
		case area != *t.Area:
			all = append(all, FileChange{Part: PartTable, Name: t.Name, Field: "area", Was: area, Is: *t.Area})
		}
	}
	return all
}

func peopleChanges(was, is []FilePerson) []FileChange {
	var all []FileChange
	before := numbered(was)
	for id, p := range numberedSeq(is) {
		old, there := before[id]
		if !there {
			all = append(all, FileChange{Part: PartPerson, Name: p.Name, Added: true, Is: string(p.Role)})
			continue
		}
		note := func(field, a, b string, differ bool) {
			if differ {
				all = append(all, FileChange{Part: PartPerson, Name: p.Name, Field: field, Was: a, Is: b})
			}
		}
		note("name", old.Name, p.Name, old.Name != p.Name)
		note("role", string(old.Role), string(p.Role), old.Role != p.Role)
		note("everywhere", "", "", old.Everywhere != p.Everywhere)
		note("areas", strings.Join(old.Areas, ", "), strings.Join(p.Areas, ", "), !reflect.DeepEqual(old.Areas, p.Areas))
		note("shifts", "", "", !reflect.DeepEqual(old.Shifts, p.Shifts))
	}
	return all
}

// numberedSeq yields people with what they are known by; of those who share a
// name and have no address, the first, the second and so on.
func numberedSeq(people []FilePerson) func(func(string, FilePerson) bool) {
	return func(yield func(string, FilePerson) bool) {
		n := map[string]int{}
		for _, p := range people {
			n[p.ID()]++
			if !yield(fmt.Sprintf("%s\x00%d", p.ID(), n[p.ID()]), p) {
				return
			}
		}
	}
}

func numbered(people []FilePerson) map[string]FilePerson {
	all := map[string]FilePerson{}
	for id, p := range numberedSeq(people) {
		all[id] = p
	}
	return all
}
