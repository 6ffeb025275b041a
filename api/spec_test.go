package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// contract loads the document as other programs would.
func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(Spec())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// operation is one operation with where it was found.
type operation struct {
	*openapi3.Operation
	method, path string
	params       []*openapi3.Parameter
}

func operations(doc *openapi3.T) []operation {
	var ops []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := operation{Operation: op, method: method, path: path}
			for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
				o.params = append(o.params, p.Value)
			}
			ops = append(ops, o)
		}
	}
	return ops
}

func (o operation) open() bool { return o.Security != nil && len(*o.Security) == 0 }

func (o operation) takes(header string) bool {
	return slices.ContainsFunc(o.params, func(p *openapi3.Parameter) bool { return p.In == "header" && p.Name == header })
}

// plain operations of the installation itself have nothing to get wrong.
func (o operation) plain() bool {
	return slices.ContainsFunc(o.Tags, func(t string) bool { return t == "operator" || t == "contract" })
}

func TestSpec_IsValid(t *testing.T) {
	doc := contract(t)
	err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(),
		openapi3.EnableSchemaPatternValidation(), openapi3.EnableSchemaFormatValidation())
	if err != nil {
		t.Error(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi = %s, want 3.1.0", doc.OpenAPI)
	}
}

func TestSpec_JSONSaysTheSame(t *testing.T) {
	text, err := SpecJSON()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := contract(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	got, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, want), tree(t, got)); diff != "" {
		t.Errorf("JSON differs from YAML (-yaml +json):\n%s", diff)
	}
}

func TestSpec_BytesAreTheCallersOwn(t *testing.T) {
	Spec()[0] = '!'
	if Spec()[0] == '!' {
		t.Error("a caller can change the contract")
	}
}

func TestSpec_DescribesEveryOperation(t *testing.T) {
	doc := contract(t)
	ids := map[string]bool{}
	for _, o := range operations(doc) {
		if o.OperationID == "" || ids[o.OperationID] {
			t.Errorf("%s %s: operationId %q is missing or taken", o.method, o.path, o.OperationID)
		}
		ids[o.OperationID] = true
		if o.Summary == "" || o.Description == "" || len(o.Tags) != 1 || doc.Tags.Get(o.Tags[0]) == nil {
			t.Errorf("%s: wants a summary, a description and one tag that is declared", o.OperationID)
		}
		if o.Security == nil {
			t.Errorf("%s: does not say who may", o.OperationID)
		}
		for _, p := range o.params {
			if p.Description == "" {
				t.Errorf("%s: parameter %s is not described", o.OperationID, p.Name)
			}
		}
	}
	if len(ids) == 0 {
		t.Error("no operations")
	}
}

// TestSpec_HoldsTheRules checks that the rules for all operations are written
// down at each.
func TestSpec_HoldsTheRules(t *testing.T) {
	for _, o := range operations(contract(t)) {
		if o.plain() {
			continue
		}
		want := []int{503}
		if o.OperationID != "submitReport" { // a guest's report is never refused for a limit
			want = append(want, 429)
		}
		if !o.open() {
			want = append(want, 401, 403)
		}
		if strings.Contains(o.path, "{") {
			want = append(want, 404)
		}
		if o.RequestBody != nil {
			want = append(want, 400, 413, 415, 422)
		}
		if o.method == http.MethodPost {
			want = append(want, 422)
			if !o.takes("Idempotency-Key") {
				t.Errorf("%s: POST without Idempotency-Key", o.OperationID)
			}
		}
		if o.takes("If-Match") {
			want = append(want, 409)
		}
		for _, status := range want {
			if o.Responses.Status(status) == nil {
				t.Errorf("%s: no answer %d", o.OperationID, status)
			}
		}
		if o.OperationID == "submitReport" && o.Responses.Status(429) != nil {
			t.Error("a guest's report is refused for a limit")
		}
		checkAnswers(t, o)
	}
}

// checkAnswers checks what every answer of an operation must have.
func checkAnswers(t *testing.T, o operation) {
	t.Helper()
	for status, res := range o.Responses.Map() {
		r := res.Value
		if (status == "429" || status == "503") && r.Headers["Retry-After"] == nil {
			t.Errorf("%s: %s without Retry-After", o.OperationID, status)
		}
		switch {
		case status[0] != '2':
			if r.Content["application/problem+json"] == nil {
				t.Errorf("%s: %s is no problem document", o.OperationID, status)
			}
		case o.method == http.MethodPost && r.Headers["Idempotent-Replayed"] == nil:
			t.Errorf("%s: %s without Idempotent-Replayed", o.OperationID, status)
		}
	}
}

func TestSpec_RefusesUnknownFieldsAndNullLists(t *testing.T) {
	doc := contract(t)
	for _, o := range operations(doc) {
		if o.RequestBody == nil {
			continue
		}
		body := o.RequestBody.Value.Content["application/json"]
		if extra := body.Schema.Value.AdditionalProperties.Has; extra == nil || *extra {
			t.Errorf("%s takes unknown fields", o.OperationID)
		}
		if len(body.Examples) == 0 {
			t.Errorf("%s: the body has no example", o.OperationID)
		}
	}
	lists := 0
	for name, s := range doc.Components.Schemas {
		if !strings.HasSuffix(name, "List") {
			continue
		}
		lists++
		if items := s.Value.Properties["items"]; !items.Value.Type.Is("array") ||
			!slices.Contains(s.Value.Required, "items") || !slices.Contains(s.Value.Required, "next") {
			t.Errorf("%s is not a list of items and next", name)
		}
	}
	if lists == 0 {
		t.Error("no lists")
	}
}

// TestTypes_FitTheExamples reads every example of an answer strictly into the
// type of its schema and writes it again: nothing may be lost.
func TestTypes_FitTheExamples(t *testing.T) {
	types := map[string]any{
		"AlertList": AlertList{}, "AuditList": AuditList{}, "CodeList": CodeList{}, "Escalation": Escalation{}, "EventList": EventList{}, "GuestMessage": GuestMessage{},
		"GuestReport": GuestReport{}, "Health": Health{}, "Incident": Incident{}, "Key": Key{}, "KeyCreated": KeyCreated{}, "KeyList": KeyList{},
		"Webhook": Webhook{}, "WebhookCreated": WebhookCreated{}, "WebhookList": WebhookList{}, "WebhookTried": WebhookTried{},
		"WebhookDelivery": WebhookDelivery{}, "AlertBudget": AlertBudget{}, "WebhookDeliveryList": WebhookDeliveryList{},
		"Link": Link{}, "Message": Message{}, "Person": Person{}, "PersonCreated": PersonCreated{},
		"PersonList": PersonList{}, "Pin": Pin{}, "Problem": Problem{}, "Report": Report{}, "ReportDetail": ReportDetail{},
		"ReportList": ReportList{}, "ScreenList": ScreenList{}, "StatsList": StatsList{}, "Submitted": Submitted{}, "Table": Table{},
		"TableList": TableList{}, "Venue": Venue{}, "VenueList": VenueList{}, "Visit": Visit{},
	}
	doc := contract(t)
	for name, res := range doc.Components.Responses {
		for _, media := range res.Value.Content {
			schema := media.Schema.Ref[strings.LastIndexByte(media.Schema.Ref, '/')+1:]
			v, known := types[schema]
			if !known || len(media.Examples) == 0 {
				t.Errorf("answer %s: no type for %s, or no example", name, schema)
				continue
			}
			for _, example := range media.Examples {
				text, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				roundTrip(t, name, text, reflect.New(reflect.TypeOf(v)).Interface())
			}
		}
	}
}

func roundTrip(t *testing.T, name string, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Errorf("answer %s: %v", name, err)
		return
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree(t, text), tree(t, again)); diff != "" {
		t.Errorf("answer %s differs (-example +type):\n%s", name, diff)
	}
}

// TestTypes_HaveEveryField holds the types that are written by hand against
// their schemas.
func TestTypes_HaveEveryField(t *testing.T) {
	doc := contract(t)
	for name, v := range map[string]any{
		"CodeDetail": CodeDetail{}, "ReportDetail": ReportDetail{Report: Report{Test: true, Moment: MomentMains, Urgent: UrgentAllergy, DoneAt: new(time.Time)}}, "KeyCreated": KeyCreated{},
		"PersonCreated": PersonCreated{}, "Problem": Problem{Problems: map[string]string{"a": "b"}, TakenBy: &PersonRef{}},
	} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{}
		schema := doc.Components.Schemas[name].Value
		for _, s := range append(schema.AllOf, doc.Components.Schemas[name]) {
			for field := range s.Value.Properties {
				want[field] = got[field]
			}
		}
		delete(want, "contact") // left out when there is none
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-contract +type):\n%s", name, diff)
		}
	}
}

func TestClient_HasEveryOperation(t *testing.T) {
	client := reflect.TypeFor[*Client]()
	for _, o := range operations(contract(t)) {
		name := strings.ToUpper(o.OperationID[:1]) + o.OperationID[1:]
		if _, ok := client.MethodByName(name); !ok {
			t.Errorf("Client has no method %s", name)
		}
	}
}

// tree is JSON for comparing.
func tree(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
