package feedback_test

import (
	"bytes"
	"reflect"
	"testing"

	"makeright/internal/feedback"
)

func sealed(t *testing.T, e feedback.Event, prev []byte) []byte {
	t.Helper()
	if _, err := e.Seal(prev); err != nil {
		t.Fatal(err)
	}
	return e.Hash
}

var event = feedback.Event{
	VenueID: "v", Seq: 7, Kind: feedback.ReportCreated, At: noon, ReportID: "r", Subject: "s", ByKind: feedback.ByPerson, ByID: "p",
	Data: feedback.EventData{Status: feedback.Open, Rating: 2, Causes: []string{"cold"}}, Digest: []byte("d"),
}

// Every field counts, also one that is added later; only what is read along
// with an event, or is the hash itself, does not.
func TestEvent_SealCoversEveryField(t *testing.T) {
	base := sealed(t, event, []byte("prev"))
	if !bytes.Equal(base, sealed(t, event, []byte("prev"))) {
		t.Fatal("sealing twice gives two hashes")
	}
	if bytes.Equal(base, sealed(t, event, []byte("prev2"))) {
		t.Error("the event before does not count")
	}
	apart := map[string]bool{"Prev": true, "Hash": true, "ByName": true}
	kind := reflect.TypeFor[feedback.Event]()
	for i := range kind.NumField() {
		if apart[kind.Field(i).Name] || kind.Field(i).Name == "Data" {
			continue
		}
		e := event
		alter(t, reflect.ValueOf(&e).Elem().Field(i))
		if bytes.Equal(base, sealed(t, e, []byte("prev"))) {
			t.Errorf("%s does not count", kind.Field(i).Name)
		}
	}
	for i := range reflect.TypeFor[feedback.EventData]().NumField() {
		e := event
		alter(t, reflect.ValueOf(&e.Data).Elem().Field(i))
		if bytes.Equal(base, sealed(t, e, []byte("prev"))) {
			t.Errorf("Data.%s does not count", reflect.TypeFor[feedback.EventData]().Field(i).Name)
		}
	}
}

// alter gives a field another value.
func alter(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			v.Index(0).SetString("other")
			return
		}
		v.SetBytes([]byte("other"))
	case reflect.Struct:
		v.Set(reflect.ValueOf(noon.AddDate(0, 0, 1)))
	default:
		t.Fatalf("cannot alter a %s", v.Kind())
	}
}

// Moving a letter from one field to the next makes another event.
func TestEvent_FieldsDoNotRunTogether(t *testing.T) {
	a, b := event, event
	a.ReportID, a.Subject = "rs", "u"
	b.ReportID, b.Subject = "r", "su"
	if bytes.Equal(sealed(t, a, nil), sealed(t, b, nil)) {
		t.Error("two events share a hash")
	}
}

func TestDigest_DependsOnSaltAndEveryPart(t *testing.T) {
	base := feedback.Digest([]byte("salt"), "cold", "soup")
	for name, other := range map[string][]byte{
		"another salt":   feedback.Digest([]byte("tlas"), "cold", "soup"),
		"no salt":        feedback.Digest(nil, "cold", "soup"),
		"other words":    feedback.Digest([]byte("salt"), "cold", "soup!"),
		"run together":   feedback.Digest([]byte("salt"), "colds", "oup"),
		"another number": feedback.Digest([]byte("salt"), "cold", "soup", ""),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("%s: the same digest", name)
		}
	}
}
