package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"
)

// serve starts a server that refuses requests which break the contract and
// answers the others with h.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, params := find(t, r)
		if route == nil {
			t.Errorf("%s %s is not in the contract", r.Method, r.URL)
			return
		}
		err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			},
		})
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	c := New(srv.URL, "mr_secret")
	c.Pause = time.Millisecond
	return c
}

// param is a parameter in the path of an operation.
var param = regexp.MustCompile(`\{(\w+)\}`)

// find finds the operation of a request and its parameters.
func find(t *testing.T, r *http.Request) (*routers.Route, map[string]string) {
	t.Helper()
	doc := contract(t)
	for path, item := range doc.Paths.Map() {
		pattern := param.ReplaceAllString(strings.ReplaceAll(path, ".", `\.`), `(?P<$1>[^/]+)`)
		re := regexp.MustCompile("^" + pattern + "$")
		values := re.FindStringSubmatch(r.URL.Path)
		if op := item.GetOperation(r.Method); values != nil && op != nil {
			params := map[string]string{}
			for i, name := range re.SubexpNames() {
				params[name] = values[i]
			}
			return &routers.Route{Spec: doc, Path: path, PathItem: item, Method: r.Method, Operation: op}, params
		}
	}
	return nil, nil
}

// refuse answers with a problem document.
func refuse(w http.ResponseWriter, status int, document string) {
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, document)
}

// answer answers with v as JSON.
func answer(t *testing.T, w http.ResponseWriter, status int, v any) {
	t.Helper()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func TestClient_ReadsProblems(t *testing.T) {
	tests := map[string]struct {
		answer http.HandlerFunc
		want   Problem
	}{
		"fields": {
			func(w http.ResponseWriter, _ *http.Request) {
				refuse(w, 422, `{"type":"about:blank","title":"Please check","status":422,"detail":"One field is wrong.","code":"invalid","problems":{"rating":"From 1 to 5."}}`)
			},
			Problem{
				Type: "about:blank", Title: "Please check", Status: 422, Detail: "One field is wrong.", Code: "invalid",
				Problems: map[string]string{"rating": "From 1 to 5."},
			},
		},
		"who has it": {
			func(w http.ResponseWriter, _ *http.Request) {
				refuse(w, 409, `{"status":409,"code":"conflict","taken_by":{"id":"p1","name":"Maria"}}`)
			},
			Problem{Status: 409, Code: "conflict", TakenBy: &PersonRef{ID: "p1", Name: "Maria"}},
		},
		"wait": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				refuse(w, 503, `{"status":503,"code":"busy"}`)
			},
			Problem{Status: 503, Code: "busy", RetryAfter: 7 * time.Second},
		},
		"a proxy's page": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(502)
				_, _ = io.WriteString(w, "<h1>Bad Gateway</h1>")
			},
			Problem{Status: 502, Title: "Bad Gateway", Detail: "no problem document"},
		},
		"a lying body": {
			func(w http.ResponseWriter, _ *http.Request) { refuse(w, 404, `{"status":200,"code":"not_found"}`) },
			Problem{Status: 404, Code: "not_found"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := serve(t, tt.answer)
			_, err := c.SubmitReport(t.Context(), "CODE", SubmitReport{Rating: 1})
			got, ok := errors.AsType[Problem](err)
			if !ok {
				t.Fatalf("err = %v, want a Problem", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClient_SaysWhoAndHow(t *testing.T) {
	var got http.Header
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		if r.Header.Get("Idempotency-Key") == "used" {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		answer(t, w, http.StatusOK, Report{ID: "r1", Version: 4})
	})
	replayed := true
	_, err := c.TakeReport(t.Context(), "v1", "r1", TakeReport{}, Idempotent("fresh"), AtVersion(3), Replayed(&replayed))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Authorization": "Bearer mr_secret", "Idempotency-Key": "fresh", "If-Match": `"3"`, "Content-Type": "application/json"}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s = %q, want %q", name, got.Get(name), value)
		}
	}
	if replayed {
		t.Error("a first answer counts as repeated")
	}
	r, err := c.TakeReport(t.Context(), "v1", "r1", TakeReport{}, Idempotent("used"), Replayed(&replayed))
	if err != nil {
		t.Fatal(err)
	}
	if !replayed || r.ID != "r1" {
		t.Errorf("replayed = %t, report %q; want a repeated answer with r1", replayed, r.ID)
	}
}

func TestClient_GuestsSendNoKey(t *testing.T) {
	var got http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	guest := New(srv.URL, "")
	if err := guest.EraseContact(t.Context(), "TOKEN"); err != nil {
		t.Fatal(err)
	}
	if got.Get("Authorization") != "" {
		t.Errorf("Authorization = %q, want none", got.Get("Authorization"))
	}
}

func TestClient_SendsFiltersAndPages(t *testing.T) {
	queries := make(chan string, 2)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		queries <- r.URL.Query().Encode()
		answer(t, w, http.StatusOK, ReportList{Items: []Report{{ID: "r1"}}, Next: new("r1")})
	})
	list, err := c.ListReports(t.Context(), "v1", &ListReportsParams{
		Status: []Status{StatusOpen, StatusTaken}, Kind: new(KindIssue), Q: new("kalt & nass"), Limit: new(10),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := <-queries, "kind=issue&limit=10&q=kalt+%26+nass&status=open%2Ctaken"; got != want {
		t.Errorf("query = %s, want %s", got, want)
	}
	if _, err := c.ListReports(t.Context(), "v1", &ListReportsParams{After: list.Next}); err != nil {
		t.Fatal(err)
	}
	if got, want := <-queries, "after=r1"; got != want {
		t.Errorf("query = %s, want %s", got, want)
	}
}

func TestClient_AddsOneTableOrMany(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var in NewTables
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		if in.Name != "" {
			answer(t, w, http.StatusCreated, Table{ID: "t1", Name: in.Name})
			return
		}
		list := TableList{}
		for _, table := range in.Tables {
			list.Items = append(list.Items, Table{Name: table.Name, Area: table.Area})
		}
		answer(t, w, http.StatusCreated, list)
	})
	one, err := c.CreateTable(t.Context(), "v1", NewTable{Name: "12"})
	if err != nil || one.Name != "12" {
		t.Errorf("one table: %+v, %v", one, err)
	}
	many, err := c.CreateTables(t.Context(), "v1", []NewTable{{Name: "1"}, {Name: "2", Area: "Terrace"}})
	if err != nil || len(many.Items) != 2 || many.Items[1].Area != "Terrace" {
		t.Errorf("many tables: %+v, %v", many, err)
	}
}

func TestClient_GetsPictures(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "picture of "+r.URL.String())
	})
	got, err := c.GetCodePNG(t.Context(), "v1", "c1", &GetCodePNGParams{Size: new(256)})
	if err != nil {
		t.Fatal(err)
	}
	if want := "picture of /api/v1/venues/v1/codes/c1.png?size=256"; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
