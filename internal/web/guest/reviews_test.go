package guest

import (
	"reflect"
	"testing"

	"makeright/internal/feedback"
)

// T39, rule 1: the code that draws the review links cannot know what the guest
// said: nothing it is given leads to a report.
func TestReviews_CannotReachAReport(t *testing.T) {
	draw := reflect.TypeOf(reviews)
	for i := range draw.NumIn() {
		if in := draw.In(i); reaches(in, map[reflect.Type]bool{}) {
			t.Errorf("argument %d, a %v, leads to more than links", i, in)
		}
	}
	if !reaches(reflect.TypeOf(statusPage{}), map[reflect.Type]bool{}) || !reaches(reflect.TypeOf(story{}), map[reflect.Type]bool{}) {
		t.Error("a report is not found where there is one")
	}
}

// reaches says whether something of this type could hold what a guest said or
// what became of it. Only texts and [feedback.ReviewLink] cannot.
func reaches(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.String:
		return t.PkgPath() != "" // a status or verdict is a text of its own kind
	case reflect.Slice, reflect.Array, reflect.Pointer:
		return reaches(t.Elem(), seen)
	case reflect.Struct:
		if t == reflect.TypeOf(feedback.ReviewLink{}) {
			return false
		}
	}
	return true
}

// The kept forms stay bounded, however many codes there are.
func TestForms_AreBounded(t *testing.T) {
	f := newForms()
	for i := range maxForms + 20 {
		p := place{code: feedback.Code{Code: feedback.Crockford([]byte{byte(i >> 8), byte(i)})}, venue: feedback.Venue{Languages: []string{"en"}}}
		if _, err := f.of(p, "en"); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.kept) != maxForms {
		t.Errorf("%d forms are kept, want %d", len(f.kept), maxForms)
	}
}
