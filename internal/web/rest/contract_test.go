package rest_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/qr"
	"makeright/internal/web/rest"
)

func init() {
	for _, kind := range []string{"image/png", "image/svg+xml", "application/pdf", "text/html", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/event-stream", "application/yaml"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
}

var spec = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(api.Spec())
	if err != nil {
		panic(err)
	}
	return doc
})

// operation is one operation of the contract.
type operation struct {
	id, method, path string
	*openapi3.Operation
	item *openapi3.PathItem
}

// operations lists the operations that this package answers, in order.
func operations() []operation {
	var ops []operation
	for path, item := range spec().Paths.Map() {
		for method, op := range item.Operations() {
			if !slices.Contains(op.Tags, "operator") { // those are the program's own
				ops = append(ops, operation{op.OperationID, method, path, op, item})
			}
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return ops
}

// contract is a transport that holds every request and answer against the
// contract, and notes which operations it saw succeed and which answers.
type contract struct {
	t    *testing.T
	mu   sync.Mutex
	seen map[string]map[int]bool
}

func newContract(t *testing.T) *contract {
	return &contract{t: t, seen: map[string]map[int]bool{}}
}

func (k *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	route, params := find(r)
	if route == nil {
		k.t.Errorf("%s %s is not in the contract", r.Method, r.URL.Path)
		return res, nil
	}
	k.note(route.Operation.OperationID, res.StatusCode)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return res, err
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 res.StatusCode, Header: res.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	in.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(r.Context(), in); err != nil {
		k.t.Errorf("%s answered %d against the contract: %v\n%s", route.Operation.OperationID, res.StatusCode, err, body)
	}
	return res, nil
}

func (k *contract) note(id string, status int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen[id] == nil {
		k.seen[id] = map[int]bool{}
	}
	k.seen[id][status] = true
}

// param is a parameter in a path of the contract.
var param = regexp.MustCompile(`\{(\w+)\}`)

// find finds the operation of a request.
func find(r *http.Request) (*routers.Route, map[string]string) {
	for path, item := range spec().Paths.Map() {
		pattern := param.ReplaceAllString(strings.ReplaceAll(path, ".", `\.`), `(?P<$1>[^/]+)`)
		re := regexp.MustCompile("^" + pattern + "$")
		values, op := re.FindStringSubmatch(r.URL.Path), item.GetOperation(r.Method)
		if values == nil || op == nil {
			continue
		}
		params := map[string]string{}
		for i, name := range re.SubexpNames() {
			params[name] = values[i]
		}
		return &routers.Route{Spec: spec(), Path: path, PathItem: item, Method: r.Method, Operation: op}, params
	}
	return nil, nil
}

// TestRoutes_AreTheContract holds the router's routes against the paths of the
// contract, both ways.
func TestRoutes_AreTheContract(t *testing.T) {
	e := echo.New()
	rest.Mount(e, rest.Deps{})
	routes := map[string]bool{}
	for _, r := range e.Routes() {
		switch {
		case r.Method == echo.RouteNotFound, r.Path == "/api/docs/:file": // what the page of the contract loads
		case strings.HasSuffix(r.Path, "/codes/:file"): // a router has no parameter with an ending
			for _, kind := range []string{".svg", ".png"} {
				routes[r.Method+" "+strings.TrimSuffix(r.Path, ":file")+":id"+kind] = true
			}
		default:
			routes[r.Method+" "+r.Path] = true
		}
	}
	want := map[string]bool{}
	for _, op := range operations() {
		want[op.method+" "+param.ReplaceAllString(op.path, ":$1")] = true
	}
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Errorf("routes (-contract +router):\n%s", diff)
	}
}

// TestEnums_AreTheNouns holds the lists of the contract against those of the
// house.
func TestEnums_AreTheNouns(t *testing.T) {
	for name, want := range map[string][]string{
		"Status":        {"open", "taken", "resolved", "unresolved", "dismissed", "noted"},
		"Kind":          {string(feedback.Issue), string(feedback.Praise)},
		"Trust":         {string(feedback.TrustVisit), string(feedback.TrustOpenTable), string(feedback.TrustTable)},
		"Cause":         feedback.Causes,
		"Handling":      feedback.Handlings,
		"Action":        feedback.Actions,
		"Reason":        feedback.Reasons,
		"DismissReason": feedback.DismissReasons,
		"Verdict":       texts(feedback.Verdicts),
		"Scope":         texts(feedback.Scopes),
		"Grouping":      feedback.Groupings,
		"EventKind":     texts(feedback.EventKinds),
		"Target":        texts(feedback.Targets),
		"ActorKind":     texts([]feedback.ActorKind{feedback.ByGuest, feedback.ByPerson, feedback.ByKey, feedback.BySystem}),
		"Role":          texts([]feedback.Role{feedback.Staff, feedback.Manager, feedback.Owner}),
		"SheetFormat":   texts([]qr.Format{qr.FormatA4, qr.FormatLetter}),
		"SheetLayout":   texts([]qr.Layout{qr.LayoutTent, qr.LayoutSticker, qr.LayoutCard, qr.LayoutPoster, qr.LayoutPage}),
	} {
		var got []string
		for _, v := range spec().Components.Schemas[name].Value.Enum {
			got = append(got, fmt.Sprint(v))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-house +contract):\n%s", name, diff)
		}
	}
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, w := range in {
		out[i] = string(w)
	}
	return out
}

// covered fails for every operation that was not seen to succeed.
func (k *contract) covered(t *testing.T) {
	t.Helper()
	for _, op := range operations() {
		ok := false
		for status := range maps.Keys(k.seen[op.id]) {
			ok = ok || status/100 == 2
		}
		if !ok {
			t.Errorf("%s was never answered with success: %v", op.id, k.seen[op.id])
		}
	}
}
