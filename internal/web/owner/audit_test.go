package owner_test

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// noted puts a line into the audit trail as the desk does.
func (p *place) noted(action string, detail map[string]string) {
	p.Helper()
	storetest.Write(p.T, p.store, func(tx store.Tx) error {
		return tx.Org(p.owner).AddAudit(p.Context(), feedback.Audit{
			ID: storetest.ID(), VenueID: p.venue.ID, At: p.clock.t, ByKind: feedback.ByPerson, ByID: p.owner.Person, Action: action, Target: p.venue.ID, Detail: detail,
		})
	})
}

// tags are what the newest line of the list says of details.
func (b *browser) tags(path string) (all []string) {
	b.Helper()
	b.page(path, http.StatusOK).Find("tbody tr").First().Find(".tag").Each(func(_ int, s *goquery.Selection) { all = append(all, text(s)) })
	return all
}

// What was changed is said in the words of the pages on which it is changed.
func TestAudit_SaysDetailsInWords(t *testing.T) {
	p := newPlace(t)
	for _, tt := range []struct {
		action string
		detail map[string]string
		want   []string
	}{
		{"venue.changed", map[string]string{"TimeZone": "changed", "ContactDays": "30 → 60", "Name": "changed"}, []string{"Contact details, in days: 30 → 60", "Name of the place", "Time zone"}},
		{"person.added", map[string]string{"role": "manager"}, []string{"Manager"}},
		{"person.changed", map[string]string{"role": "", "roles": "changed", "email": "changed", "disabled": "no"}, []string{"Access is open again", "E-mail", "Not here", "Where they work"}},
		{"person.changed", map[string]string{"disabled": "yes"}, []string{"Access is closed"}},
		{"person.link", map[string]string{"kind": "reset"}, []string{"Lost password"}},
		{"key.created", map[string]string{"scope": "read"}, []string{"read, without contact details"}},
		{"channel.added", map[string]string{"kind": "sms"}, []string{"Text message"}},
		{"webhook.redelivered", map[string]string{"event": "report.created"}, []string{"Guest wrote"}},
		{"mail.changed", map[string]string{"day": "on", "week": "off", "export_week": "changed"}, []string{"Yesterday in figures: on", "Last week’s tables", "Last week in figures: off"}},
		{"table.added", map[string]string{"number": "12", "table": "Bar 1"}, []string{"12 tables", "Table: Bar 1"}},
		{"tablet.paired", map[string]string{"tablet": "Pass"}, []string{"Pass"}},
		{"venue.imported", map[string]string{"changes": "7"}, []string{"Changes: 7"}},
		{"export.taken", map[string]string{"table": "reports.xlsx", "period": "2026-11-01 – 2026-11-30"}, []string{"Days: 1 November 2026 to 30 November 2026", "Issues and kind words (XLSX)"}},
		{"export.taken", map[string]string{"table": "events.csv", "period": "2026-11-20T12:00:00Z – 2026-11-20T13:00:00Z"}, []string{"Days: 20 November 2026, 13:00 to 20 November 2026, 14:00", "Timeline (CSV)"}},
		{"code.printed", map[string]string{"count": "1", "layout": "tent", "format": "a4", "languages": "de en", "labels": "L7160", "tables": "1, 2"}, []string{"1 table", "Paper: A4", "On a sheet of labels: L7160", "Languages on the card: Deutsch, English", "Tents to fold", "Tables: 1, 2"}},
		{"code.printed", map[string]string{"format": "letter"}, []string{"US Letter"}},
	} {
		p.noted(tt.action, tt.detail)
		if got := p.boss.tags(p.path("/audit")); !slices.Equal(got, tt.want) {
			t.Errorf("%s %v is said as %q, want %q", tt.action, tt.detail, got, tt.want)
		}
	}
}

// Every detail that the desk writes down, and every setting of a venue, has words
// in every language.
func TestAudit_EveryDetailHasWords(t *testing.T) {
	p := newPlace(t)
	for _, name := range detailNames(t) {
		p.noted("person.changed", map[string]string{name: map[string]string{"role": "staff", "scope": "read", "kind": "email", "event": "report.taken", "layout": "card", "disabled": "no", "paused": "yes", "number": "2", "day": "on"}[name]})
	}
	venue := reflect.TypeFor[feedback.Venue]()
	for i := range venue.NumField() {
		if name := venue.Field(i).Name; !slices.Contains([]string{"ID", "OrgID", "Setup", "Seq", "CreatedAt"}, name) { // these are no settings
			p.noted("venue.changed", map[string]string{name: "changed"})
		}
	}
	for _, l := range i18n.Languages() {
		p.boss.lang = l.Tag
		main := p.boss.page(p.path("/audit"), http.StatusOK).Find("main")
		if raw := main.Find("code"); raw.Length() > 0 {
			t.Errorf("%s has no words for %q", l.Tag, text(raw))
		}
		if strings.Contains(text(main), "⟦") {
			t.Errorf("%s lacks a sentence: %s", l.Tag, text(main))
		}
	}
}

// detailNames are the names under which the desk writes details down.
func detailNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../desk/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:changes|detail)\["([a-z_]+)"\]|"([a-z_]+)": `)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			if strings.HasSuffix(file, "_test.go") || !regexp.MustCompile(`map\[string\]string\{"|(?:changes|detail)\["`).MatchString(line) {
				continue
			}
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				names = append(names, m[1]+m[2])
			}
		}
	}
	if !slices.Contains(names, "role") || !slices.Contains(names, "tablet") {
		t.Fatalf("only %q were found", names)
	}
	return names
}
