package owner_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"makeright/internal/feedback"
)

const fileHead = `{"format": "makeright venue", "version": 1, `

// agreement is what the page would send on a yes.
func agreement(doc *goquery.Document) url.Values {
	form := url.Values{}
	doc.Find(`form[action$="/file/confirm"] input[type=hidden]`).Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return form
}

// sends posts a file as the page does, after a field that comes with it.
func (b *browser) sends(path string, file []byte) answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("step", "look")
	part, err := w.CreateFormFile("file", "venue.json")
	if err != nil {
		b.Fatal(err)
	}
	_, _ = part.Write(file)
	w.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

// names are what the venue's tables are called.
func (p *place) names() (names []string) {
	p.Helper()
	tables, err := p.store.For(p.owner, p.venue.ID).Tables(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	for _, t := range tables {
		names = append(names, t.Name)
	}
	return names
}

// An owner takes the venue away, changes a line, sees what that would do, and
// only then it is done; who is new gets a link on the page of the team.
func TestFile(t *testing.T) {
	p := newPlace(t)
	away := p.boss.get(p.path("/venue.json"))
	if away.StatusCode != http.StatusOK || away.Header.Get("Content-Disposition") != "attachment; filename=venue.json" ||
		!strings.HasPrefix(away.Header.Get("Content-Type"), "application/json") || !json.Valid([]byte(away.text)) {
		t.Fatalf("taken away: %d %q %.300s", away.StatusCode, away.Header, away.text)
	}
	same := p.boss.read(p.boss.sends(p.path("/file"), []byte(away.text)), http.StatusOK)
	if len(agreement(same)) != 0 || !strings.Contains(same.Find("main").Text(), "is so already") {
		t.Errorf("the same again: %s", text(same.Find("main")))
	}

	file := strings.Replace(away.text, `"promise_minutes": 3`, `"promise_minutes": 9`, 1)
	file = strings.Replace(file, `"people": [`, `"people": [{"name": "Nina <b>New</b>", "email": "nina@example.com", "role": "manager"}, {"name": "Pin Only", "role": "staff"},`, 1)
	file = strings.Replace(file, `"tables": [`, `"tables": [{"name": "=1+1", "area": "Cellar"},`, 1)
	before := p.names()
	doc := p.boss.read(p.boss.sends(p.path("/file"), []byte(file)), http.StatusOK)
	said := text(doc.Find("main"))
	for _, want := range []string{"Before: 3After: 9", "=1+1 New Cellar", "Nina <b>New</b> New Manager", "Pin Only New Team", "gives nobody a password"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q: %s", want, said)
		}
	}
	if !slices.Equal(p.names(), before) {
		t.Fatal("looking changed something")
	}
	p.boss.goes(p.boss.post(p.path("/file/confirm"), agreement(doc)), p.path("/team?done=joined"))
	if got := p.names(); !slices.Contains(got, "=1+1") || len(got) != len(before)+1 || p.details().PromiseMinutes != 9 {
		t.Errorf("after a yes: tables %q, promise %d", got, p.details().PromiseMinutes)
	}
	var nina string
	people, err := p.store.Org(p.owner).People(p.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range people {
		if one.Email == "nina@example.com" {
			nina = one.ID
		}
	}
	link := p.boss.read(p.boss.post(p.path("/team/"+nina+"/link"), url.Values{}), http.StatusOK).Find("#once").AttrOr("value", "")
	if !strings.Contains(link, "/join/") {
		t.Errorf("who is new gets no link: %q", link)
	}
	log := text(p.boss.page(p.path("/audit"), http.StatusOK).Find("main"))
	for _, want := range []string{"Exported settings, tables and people to a file", "Imported a file of settings, tables and people", "Added a person: Nina <b>New</b>"} {
		if !strings.Contains(log, want) {
			t.Errorf("the list of changes lacks %q", want)
		}
	}
}

// What was agreed to is done, or nothing.
func TestFile_OnlyWhatWasSeen(t *testing.T) {
	p := newPlace(t)
	doc := p.boss.read(p.boss.sends(p.path("/file"), []byte(fileHead+`"tables": [{"name": "88"}, {"name": "89"}]}`)), http.StatusOK)
	p.boss.goes(p.boss.post(p.path("/tables"), values("tables", "88", "area", "")), p.path("/codes"))
	again := p.boss.read(p.boss.post(p.path("/file/confirm"), agreement(doc)), http.StatusOK)
	if said := text(again.Find("main")); !strings.Contains(said, "in the meantime") || strings.Contains(said, "88 New") || !strings.Contains(said, "89 New") {
		t.Errorf("after somebody else's change: %s", said)
	}
	if slices.Contains(p.names(), "89") {
		t.Error("something was done that nobody saw")
	}
	p.boss.goes(p.boss.post(p.path("/file/confirm"), agreement(again)), p.path("/file?done=imported"))
	if form := agreement(doc); !slices.Contains(p.names(), "89") || form.Get("seal") == "" {
		t.Error("what was seen was not done")
	}
	unseen := url.Values{"text": {fileHead + `"tables": [{"name": "90"}]}`}}
	p.boss.read(p.boss.post(p.path("/file/confirm"), unseen), http.StatusOK)
	if slices.Contains(p.names(), "90") {
		t.Error("a file was read in without a look")
	}
}

// Whatever is wrong with a file is said with its place, as text.
func TestFile_SaysWhatIsWrong(t *testing.T) {
	p := newPlace(t)
	before := p.names()
	for name, tt := range map[string]struct{ file, says string }{
		"no file":        {"", "Please choose a file."},
		"ten megabytes":  {strings.Repeat(" ", 10<<20), "larger than 1 MB"},
		"a little more":  {strings.Repeat(" ", feedback.MaxFile+1), "larger than 1 MB"},
		"no JSON":        {"\x89PNG", "file This is not a JSON file"},
		"a table twice":  {fileHead + `"tables": [{"name": "1"}, {"name": "1"}]}`, "tables.1.name This is in the file twice."},
		"unknown fields": {fileHead + `"<script>alert(1)</script>": {}}`, "<script>alert(1)</script> We do not know this field."},
		"a later one":    {`{"format": "makeright venue", "version": 2}`, "version We do not know this version"},
		"yelp":           {fileHead + `"venue": {"review_links": [{"label": "Yelp", "url": "https://yelp.com/x"}]}}`, "venue.review_links"},
	} {
		doc := p.boss.read(p.boss.sends(p.path("/file"), []byte(tt.file)), http.StatusUnprocessableEntity)
		if said := text(doc.Find("main")); !strings.Contains(said, tt.says) || len(agreement(doc)) > 0 || doc.Find("main script").Length() > 0 {
			t.Errorf("%s: %.600s", name, said)
		}
	}
	if !slices.Equal(before, p.names()) {
		t.Error("something was changed")
	}
}

// The settings lead there, for owners.
func TestFile_IsLedTo(t *testing.T) {
	p := newPlace(t)
	to := `nav.more a[href="` + p.path("/file") + `"]`
	if p.boss.page(p.path("/settings"), http.StatusOK).Find(to).Length() != 1 || p.lead.page(p.path("/settings"), http.StatusOK).Find(to).Length() != 0 {
		t.Error("the way there is not for owners alone")
	}
}
