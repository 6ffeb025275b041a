package feedback_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"makeright/internal/feedback"
)

// file is the text of a file with these parts.
func file(parts string) string {
	if parts != "" {
		parts = ", " + parts
	}
	return `{"format": "makeright venue", "version": 1` + parts + `}`
}

// A file is read whole or not at all, and each problem names its place.
func TestReadVenueFile_NamesThePlace(t *testing.T) {
	many := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	tests := map[string]struct {
		text string
		want feedback.Problems
	}{
		"nothing but the head": {file(""), nil},
		"a byte order mark":    {"\ufeff" + file(""), nil},
		"all parts": {file(`"venue": {"name": "Osteria", "hours": {"week": {"mon": ["11:00-23:00"]}}}, "areas": ["Hall"],
			"tables": [{"name": "1"}, {"name": "2", "area": "Hall"}], "people": [{"name": "Ida", "email": "Ida@Example.com", "role": "staff"}]`), nil},

		"no JSON":                  {"tables: 1-12", feedback.Problems{"1:2": "file.problem.broken"}},
		"cut off":                  {"{\n \"format\": \"makeright venue\",\n \"vers", feedback.Problems{"3:6": "file.problem.broken"}},
		"a comma too many":         {"{\n  \"version\": 1,\n}", feedback.Problems{"3:1": "file.problem.broken"}},
		"two in one":               {file("") + file(""), feedback.Problems{"1:44": "file.problem.broken"}},
		"empty":                    {"", feedback.Problems{"1:1": "file.problem.broken"}},
		"not UTF-8":                {"{\"format\": \"\xff\"}", feedback.Problems{"file": "file.problem.broken"}},
		"a list":                   {"[]", feedback.Problems{"format": "file.problem.format"}},
		"another program's":        {`{"tables": []}`, feedback.Problems{"format": "file.problem.format"}},
		"a later version":          {`{"format": "makeright venue", "version": 2, "rooms": [], "tables": {}}`, feedback.Problems{"version": "file.problem.version"}},
		"a version in words":       {`{"format": "makeright venue", "version": "1"}`, feedback.Problems{"version": "file.problem.version"}},
		"a field of ours, shouted": {file(`"Tables": []`), feedback.Problems{"Tables": "file.problem.field"}},
		"unknown fields": {file(`"rooms": [{"a": 1}], "venue": {"password": "x"}, "people": [{"name": "Ida", "role": "staff", "pin_hash": "x"}]`), feedback.Problems{
			"rooms": "file.problem.field", "venue.password": "file.problem.field", "people.0.pin_hash": "file.problem.field",
		}},
		"a field twice":          {file(`"tables": [{"name": "1", "name": "2"}]`), feedback.Problems{"tables.0.name": "file.problem.twice"}},
		"a language twice":       {file(`"venue": {"protocol": {"en": "a", "en": "b"}}`), feedback.Problems{"venue.protocol.en": "file.problem.twice"}},
		"a number for a name":    {file(`"tables": [{"name": 12}]`), feedback.Problems{"tables.0.name": "file.problem.kind"}},
		"half a minute":          {file(`"venue": {"promise_minutes": 0.5}`), feedback.Problems{"venue.promise_minutes": "file.problem.kind"}},
		"more than a number":     {file(`"venue": {"promise_minutes": 99999999999999999999}`), feedback.Problems{"venue.promise_minutes": "file.problem.kind"}},
		"null":                   {file(`"venue": {"name": null}, "tables": null`), feedback.Problems{"venue.name": "file.problem.kind", "tables": "file.problem.kind"}},
		"one object for a list":  {file(`"tables": {"name": "1", "deep": [[{}]]}, "areas": ["Hall"]`), feedback.Problems{"tables": "file.problem.kind"}},
		"as deep as it may be":   {file(`"venue": ` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000)), feedback.Problems{"venue": "file.problem.kind"}},
		"deeper":                 {file(`"venue": ` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000)), feedback.Problems{"1:10053": "file.problem.broken"}},
		"ten megabytes":          {file(`"areas": ["` + strings.Repeat("x", 10<<20) + `"]`), feedback.Problems{"file": "file.problem.large"}},
		"a long and strange one": {file(`"` + strings.Repeat("<b>", 30) + `\u202e": 1`), feedback.Problems{strings.Repeat("<b>", 13) + "<…": "file.problem.field"}},

		"a table twice":        {file(`"tables": [{"name": "1"}, {"name": " 1 "}]`), feedback.Problems{"tables.1.name": "file.problem.twice"}},
		"an area twice":        {file(`"areas": ["Hall", "Hall"]`), feedback.Problems{"areas.1": "file.problem.twice"}},
		"an area without name": {file(`"areas": ["\u200b"]`), feedback.Problems{"areas.0": "file.problem.empty"}},
		"a table without name": {file(`"tables": [{"area": "Hall"}]`), feedback.Problems{"tables.0.name": "problem.table.missing"}},
		"too many tables":      {file(`"tables": ` + many(501, `{"name":"1"}`)), feedback.Problems{"tables": "problem.table.many"}},
		"too many people":      {file(`"people": ` + many(1001, `{"name":"Ida","role":"staff"}`)), feedback.Problems{"people": "file.problem.many"}},
		"too many areas":       {file(`"areas": ` + many(201, `"Hall"`)), feedback.Problems{"areas": "file.problem.many"}},
		"people": {file(`"people": [{"name": "Ida", "email": "ida@example.com", "role": "staff"}, {"name": "", "email": "IDA@example.com", "role": "king", "language": "xx", "shifts": {"mon": ["late"]}}]`), feedback.Problems{
			"people.1.name": "problem.name.missing", "people.1.email": "file.problem.twice", "people.1.role": "problem.role.unknown",
			"people.1.language": "problem.language.unknown", "people.1.shifts": "problem.hours.wrong",
		}},
		"two of one name":  {file(`"people": [{"name": "Ida", "role": "staff"}, {"name": "Ida", "role": "staff"}]`), nil},
		"nobody's role":    {file(`"people": [{"name": "Ida"}]`), feedback.Problems{"people.0.role": "problem.role.unknown"}},
		"a day that is no": {file(`"venue": {"hours": {"week": {"monday": []}, "holidays": {"2026-13-01": []}}}`), feedback.Problems{"venue.hours.week.monday": "problem.hours.wrong", "venue.hours.holidays.2026-13-01": "problem.hours.wrong"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := feedback.ReadVenueFile([]byte(tt.text), languages)
			wantProblems(t, err, tt.want)
		})
	}
}

// However much is wrong, people are told what they can read.
func TestReadVenueFile_NamesTheFirstTwenty(t *testing.T) {
	for name, item := range map[string]string{"unknown": `{"x%d": 1}`, "empty": `{"name": "", "area": "%d"}`} {
		var items []string
		for i := range 400 {
			items = append(items, fmt.Sprintf(item, i))
		}
		_, err := feedback.ReadVenueFile([]byte(file(`"tables": [`+strings.Join(items, ",")+"]")), languages)
		if ps, _ := err.(feedback.Problems); len(ps) != 20 {
			t.Errorf("%s: %d problems, want 20", name, len(ps))
		}
	}
}

// Text is text, whatever a spreadsheet or a page would make of it.
func TestReadVenueFile_CleansText(t *testing.T) {
	f, err := feedback.ReadVenueFile([]byte(file(`"tables": [{"name": " =1+1\u0007 ", "area": "<b>\u202eHall"}], "people": [{"name": "@SUM(A1)", "email": " IDA@Example.com", "role": "staff"}],
		"venue": {"protocol": {"en": " Call.\r\n", "de": " "}, "wording": {"expect": {"en": "  "}}}`)), languages)
	if err != nil {
		t.Fatal(err)
	}
	hall := "<b>Hall"
	want := feedback.VenueFile{
		Format: feedback.FileFormat, Version: 1, Tables: []feedback.FileTable{{Name: "=1+1", Area: &hall}},
		People: []feedback.FilePerson{{Name: "@SUM(A1)", Email: "ida@example.com", Role: feedback.Staff}},
		Venue:  &feedback.FileVenue{Protocol: map[string]string{"en": "Call."}, Wording: feedback.Wording{}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is written is read as the same, and a file differs from itself in nothing.
func TestVenueFile_ReadsWhatItWrites(t *testing.T) {
	text := rapid.Map(rapid.StringMatching(`[A-Za-zäß漢ع=@"<&\\]{1,12}`), feedback.CleanLine)
	word := rapid.StringMatching(`[A-Za-z0-9]{1,10}`)
	rapid.Check(t, func(t *rapid.T) {
		v := goodVenue()
		v.PromiseMinutes = rapid.IntRange(1, 60).Draw(t, "promise")
		v.ContactDays = rapid.IntRange(0, 365).Draw(t, "days")
		v.RoleOnly, v.VisitOnScan = rapid.Bool().Draw(t, "role"), rapid.Bool().Draw(t, "scan")
		if rapid.Bool().Draw(t, "hours") {
			v.Hours.Week = map[string][]string{"mon": {"11:00-23:00"}, "tue": {}}
			v.Protocol = map[string]string{"en": text.Draw(t, "protocol")}
			v.Wording = feedback.Wording{}.With("expect", "de", text.Draw(t, "expect"))
		}
		f := feedback.VenueFile{Format: feedback.FileFormat, Version: 1, Venue: feedback.FileOf(v)}
		f.Areas = rapid.SliceOfNDistinct(text, 0, 5, rapid.ID[string]).Draw(t, "areas")
		for _, name := range rapid.SliceOfNDistinct(word, 0, 20, rapid.ID[string]).Draw(t, "tables") {
			area := rapid.SampledFrom(append([]string{""}, f.Areas...)).Draw(t, "area")
			f.Tables = append(f.Tables, feedback.FileTable{Name: name, Area: &area})
		}
		for _, name := range rapid.SliceOfN(text, 0, 8).Draw(t, "people") {
			f.People = append(f.People, feedback.FilePerson{
				Name: name, Role: rapid.SampledFrom([]feedback.Role{feedback.Staff, feedback.Manager, feedback.Owner}).Draw(t, "role"),
				Everywhere: rapid.Bool().Draw(t, "everywhere"), Areas: []string{}, Shifts: map[string][]string{},
			})
		}
		es := feedback.DefaultEscalation()
		f.Escalation = &feedback.FileEscalation{Ordinary: es.Ordinary, Safety: es.Safety}
		bytes, err := f.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := feedback.ReadVenueFile(bytes, languages)
		if err != nil {
			t.Fatalf("%v in\n%s", err, bytes)
		}
		if changes := feedback.FileChanges(f, again); len(changes) > 0 {
			t.Fatalf("it differs from itself: %+v", changes)
		}
		if twice, _ := again.Bytes(); string(twice) != string(bytes) {
			t.Fatalf("written again it is\n%s\nnot\n%s", twice, bytes)
		}
	})
}

func TestFileChanges(t *testing.T) {
	hall, none := "Hall", ""
	v := goodVenue()
	was := feedback.VenueFile{
		Venue: feedback.FileOf(v), Areas: []string{"Hall"}, Tables: []feedback.FileTable{{Name: "1", Area: &none}},
		People: []feedback.FilePerson{{Name: "Ida", Email: "ida@example.com", Role: feedback.Staff}, {Name: "Max", Role: feedback.Staff}},
	}
	v.PromiseMinutes, v.ReviewLinks, v.Hours = 5, nil, feedback.Hours{Week: map[string][]string{"mon": {"11:00-23:00"}}}
	is := feedback.VenueFile{
		Venue: feedback.FileOf(v), Areas: []string{"Hall", "Terrace"}, Tables: []feedback.FileTable{{Name: "1", Area: &hall}, {Name: "2", Area: &hall}},
		People: []feedback.FilePerson{
			{Name: "Ida B", Email: "ida@example.com", Role: feedback.Manager, Areas: []string{"Hall"}},
			{Name: "Max", Role: feedback.Staff},
			{Name: "Max", Role: feedback.Owner},
		},
	}
	want := []feedback.FileChange{
		{Part: "setting", Field: "promise_minutes", Was: "3", Is: "5"},
		{Part: "setting", Field: "review_links", Was: "Google https://g.page/r/x"},
		{Part: "setting", Field: "hours"},
		{Part: "area", Name: "Terrace", Added: true},
		{Part: "table", Name: "1", Field: "area", Is: "Hall"},
		{Part: "table", Name: "2", Added: true, Is: "Hall"},
		{Part: "person", Name: "Ida B", Field: "name", Was: "Ida", Is: "Ida B"},
		{Part: "person", Name: "Ida B", Field: "role", Was: "staff", Is: "manager"},
		{Part: "person", Name: "Ida B", Field: "areas", Is: "Hall"},
		{Part: "person", Name: "Max", Added: true, Is: "owner"},
	}
	if diff := cmp.Diff(want, feedback.FileChanges(was, is)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := feedback.FileChanges(feedback.VenueFile{}, is); got[0] != (feedback.FileChange{Part: "venue", Name: "Trattoria", Added: true}) || got[1].Part != "area" {
		t.Errorf("of a new venue: %+v", got)
	}
}
