package paper_test

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"makeright/internal/feedback"
	"makeright/internal/paper"
	"makeright/internal/qr"
)

var venue = feedback.Venue{ID: "v", Name: "Trattoria", Languages: []string{"de", "en"}}

func TestRead(t *testing.T) {
	l7163, _ := qr.LabelsNamed("L7163")
	own := qr.Grid{Format: qr.FormatLetter, Columns: 2, Rows: 5, Width: 90.5, Height: 52, Left: 12, Top: 7}
	tests := map[string]struct {
		query string
		want  paper.Order
	}{
		"nothing said":        {"", paper.Order{Format: qr.FormatA4, Layout: qr.LayoutTent, Languages: []string{"de"}}},
		"all said":            {"format=letter&layout=poster&language=en,ar&area=+Terrace+&skip=3", paper.Order{Format: qr.FormatLetter, Layout: qr.LayoutPoster, Languages: []string{"en", "ar"}, Area: "Terrace", Skip: 3}},
		"tables in all ways":  {"table=1&tables=2,%203,1&tables=T4", paper.Order{Format: qr.FormatA4, Layout: qr.LayoutTent, Languages: []string{"de"}, Tables: []string{"1", "2", "3", "T4"}}},
		"labels by name":      {"labels=Avery+l7163&format=letter&layout=tent", paper.Order{Format: l7163.Format, Layout: qr.LayoutSticker, Labels: l7163, Languages: []string{"de"}}},
		"labels of their own": {"format=letter&columns=2&rows=5&width=90,5&height=52&left=12&top=7", paper.Order{Format: qr.FormatLetter, Layout: qr.LayoutSticker, Labels: own, Languages: []string{"de"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := paper.Read(q, venue)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestRead_NamesEveryMistake(t *testing.T) {
	for query, want := range map[string]feedback.Problems{
		"format=a3&layout=banner&language=xx&skip=-1": {"format": "problem.choice", "layout": "problem.choice", "language": "problem.language.unknown", "skip": "paper.problem.number"},
		"language=en,de,fr,it":                        {"language": "paper.problem.languages"},
		"labels=L9999":                                {"labels": "paper.problem.labels"},
		"labels=5160":                                 {"labels": "paper.problem.small"},
		"labels=own":                                  {"labels": "paper.problem.grid"},
		"labels=own&columns=2&rows=5&width=wide":      {"labels": "paper.problem.grid", "width": "paper.problem.number"},
		"columns=2&rows=5&width=900&height=50":        {"labels": "paper.problem.grid"},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = paper.Read(q, venue)
		got, _ := errors.AsType[feedback.Problems](err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestPick(t *testing.T) {
	tables := []feedback.Table{{ID: "a", Name: "1", AreaName: "Hall"}, {ID: "b", Name: "2", AreaName: "Hall"}, {ID: "c", Name: "3"}}
	codes := []feedback.Code{{ID: "1", TableID: "a"}, {ID: "3", TableID: "c"}} // table 2 has none
	for name, tt := range map[string]struct {
		order paper.Order
		want  string
		fails error
	}{
		"all":            {paper.Order{}, "1 3", nil},
		"by name":        {paper.Order{Tables: []string{"3"}}, "3", nil},
		"by id":          {paper.Order{Tables: []string{"a", "3"}}, "1 3", nil},
		"an area":        {paper.Order{Area: "Hall"}, "1", nil},
		"no such table":  {paper.Order{Tables: []string{"3", "4"}}, "", feedback.ErrNotFound},
		"without a code": {paper.Order{Tables: []string{"2"}}, "", feedback.ErrInvalid},
		"no such area":   {paper.Order{Area: "Roof"}, "", feedback.ErrInvalid},
	} {
		got, err := tt.order.Pick(tables, codes)
		var ids []string
		for _, c := range got {
			ids = append(ids, c.ID)
		}
		if strings.Join(ids, " ") != tt.want || !errors.Is(err, tt.fails) {
			t.Errorf("%s: %q, %v; want %q, %v", name, ids, err, tt.want, tt.fails)
		}
	}
	if len(codes) != 2 || codes[1].ID != "3" {
		t.Error("the caller's codes were changed")
	}
}

func TestWrite(t *testing.T) {
	base, err := url.Parse("https://feedback.example")
	if err != nil {
		t.Fatal(err)
	}
	s := paper.Sheet{
		Order: paper.Order{Format: qr.FormatA4, Layout: qr.LayoutTent, Languages: []string{"de", "en"}},
		Venue: venue, Base: base, Made: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Codes: []feedback.Code{{ID: "1", TableName: "1", Code: "ABCDEFGHJKMNPQRSTVWXYZ0123", Short: "ABCDEFGH"}},
	}
	var pdf bytes.Buffer
	if err := s.Write(&pdf); err != nil || !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) {
		t.Fatalf("%d bytes, %v", pdf.Len(), err)
	}
	if diff := cmp.Diff(map[string]string{"layout": "tent", "format": "a4", "count": "1", "languages": "de en", "tables": "1"}, s.Detail()); diff != "" {
		t.Errorf("written down (-want +got):\n%s", diff)
	}
	s.Languages = []string{"de", "ar"}
	pdf.Reset()
	ps, _ := errors.AsType[feedback.Problems](s.Write(&pdf))
	if ps["language"] != "paper.problem.script" || pdf.Len() > 0 {
		t.Errorf("letters we do not have: %v and %d bytes", ps, pdf.Len())
	}
	s.Codes = make([]feedback.Code, 13)
	if _, named := s.Detail()["tables"]; named {
		t.Error("thirteen tables are named one by one")
	}
}

// What nobody's phone can follow is not printed; a demo may, for its own machine.
func TestReachable(t *testing.T) {
	for address, want := range map[string][2]bool{ // reachable, and of a demo
		"https://feedback.example": {true, true}, "http://192.168.1.20:8080": {true, true}, "http://[2001:db8::1]": {true, true},
		"http://localhost:8080": {false, false}, "http://till.localhost": {false, false},
		"http://127.0.0.1:8080": {false, true}, "http://[::1]": {false, true}, "http://0.0.0.0:80": {false, true},
	} {
		base, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{paper.Reachable(base, false) == nil, paper.Reachable(base, true) == nil}; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestPerPage(t *testing.T) {
	for layout, want := range map[qr.Layout]int{qr.LayoutTent: 4, qr.LayoutCard: 8, qr.LayoutSticker: 12, qr.LayoutPoster: 1, qr.LayoutPage: 1} {
		o := paper.Order{Layout: layout, Skip: 99}
		if got := o.PerPage(); got != want || o.Blank() != want-1 {
			t.Errorf("%s: %d on a page, %d blank; want %d", layout, got, o.Blank(), want)
		}
	}
	o := paper.Order{Layout: qr.LayoutSticker, Labels: qr.Grid{Columns: 2, Rows: 7}, Skip: 13}
	if o.PerPage() != 14 || o.Blank() != 13 {
		t.Errorf("labels: %d on a page, %d blank", o.PerPage(), o.Blank())
	}
}
