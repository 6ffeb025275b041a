package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// reports counts the reports of the venue.
func (h *house) reports() int {
	h.t.Helper()
	rs, err := h.store.For(h.owner, h.venue.ID).Reports(h.t.Context(), store.Filter{Limit: 1000})
	must(h.t, err)
	return len(rs)
}

// TestHostileJSON sends what is no JSON, or JSON that parsers stumble over: it
// is refused and nothing is made of it (T42).
func TestHostileJSON(t *testing.T) {
	h := newHouse(t)
	path := "/api/v1/codes/" + h.codes[0].Code + "/reports"
	nested := func(open, inside, close string, n int) string {
		return strings.Repeat(open, n) + inside + strings.Repeat(close, n)
	}
	bodies := []string{
		"", " ", "{", "}", "[", "]", "[]", "[1]", `"rating"`, "1", "-", "null", "true", "nul", "NaN", "Infinity", "-Infinity", "0x1",
		`{"rating"}`, `{"rating":}`, `{"rating":2,}`, `{,"rating":2}`, `{"rating":2,,"words":""}`, `{"rating":2 "words":""}`,
		`{'rating':2}`, `{rating:2}`, `{"rating":02}`, `{"rating":+2}`, `{"rating":2.}`, `{"rating":.2}`, `{"rating":2e}`,
		`{"rating":2}}`, `{"rating":2}{"rating":1}`, `{"rating":2}]`, `{"rating":2} x`, `{"rating":2}` + "\x00", "\xef\xbb\xbf" + `{"rating":2}`,
		`{"rating":2,"rating":2}`, `{"rating":2,"Rating":5}`, `{"rating":2,"\u0072ating":5}`, `{"Rating":2}`, `{"rat` + "\u0131" + `ng":2}`,
		`{"contact":{"name":"a","name":"b"},"rating":2}`, `{"rating":2,"words":"` + "\xff" + `"}`, `{"rating":2,"words":"` + "\xed\xa0\x80" + `"}`,
		`{"rating":2,"words":"` + "\n" + `"}`, `{"rating":2,"words":"` + "\x00" + `"}`, `{"rating":2,"words":"\x"}`, `{"rating":2,"words":"\u12"}`,
		`{"rating":2,"words":"unfinished`, `{"rating":"2"}`, `{"rating":2.5}`, `{"rating":1e400}`, `{"rating":99999999999999999999}`, `{"rating":-1}`,
		`{"rating":[2]}`, `{"rating":{}}`, `{"rating":null}`, `{"rating":true}`, `{"rating":2,"words":7}`, `{"rating":2,"causes":"cold"}`,
		`{"rating":2,"causes":[["cold"]]}`, `{"rating":2,"causes":{"0":"cold"}}`, `{"rating":2,"contact":[]}`, `{"rating":2,"contact":"me"}`,
		`{"rating":2,"__proto__":{}}`, `{"rating":2,"constructor":1}`, `{"rating":2,"":1}`, `{"rating":2,"x":` + nested("[", "", "]", 33) + `}`,
		`{"rating":2,"x":` + nested(`{"a":`, "1", "}", 40) + `}`, nested("[", "", "]", 20000), nested(`{"a":`, "1", "}", 9000),
		`/* */{"rating":2}`, `{"rating":2 // two` + "\n}", `{"rating":2,"words":` + "`a`" + `}`, `<?xml version="1.0"?><rating>2</rating>`, "rating=2",
	}
	for i, body := range bodies {
		got := h.do("POST", path, []byte(body), "Content-Type", "application/json")
		if got.status < 400 || got.status > 499 || got.problem(t).Code == "" {
			t.Errorf("%d %.60q: %d %s", i, body, got.status, got.body)
		}
	}
	if n := h.reports(); n != 0 {
		t.Errorf("%d reports were made of it", n)
	}
	for _, body := range []string{
		`{"rating":2}`, ` {"rating" : 2 } ` + "\r\n", `{"rating":2,"words":null,"contact":null}`, `{"rating":2,"words":"\ud83d\ude00 \ud800 \u0000"}`,
		`{"\u0072ating":2}`, `{"rating":2,"words":"` + strings.Repeat("é", feedback.MaxWords) + `"}`,
	} {
		if got := h.do("POST", path, []byte(body)); got.status != 201 {
			t.Errorf("%.60q: %d %s", body, got.status, got.body)
		}
	}
}

// TestBodies_AreBoundedAndJSON checks what is refused before it is read.
func TestBodies_AreBoundedAndJSON(t *testing.T) {
	h := newHouse(t)
	path := "/api/v1/codes/" + h.codes[0].Code + "/reports"
	large := []byte(fmt.Sprintf(`{"rating":2,"words":"%s"}`, strings.Repeat("a", 64<<10)))
	for name, tt := range map[string]struct {
		body []byte
		kind string
		want int
		code string
	}{
		"over 64 KB":        {large, "application/json", 413, "too_large"},
		"a million [":       {[]byte(strings.Repeat("[", 1<<20)), "application/json", 413, "too_large"},
		"a form":            {[]byte("rating=2"), "application/x-www-form-urlencoded", 415, "unsupported_media_type"},
		"text":              {[]byte(`{"rating":2}`), "text/plain", 415, "unsupported_media_type"},
		"no kind":           {[]byte(`{"rating":2}`), "", 415, "unsupported_media_type"},
		"a kind like ours":  {[]byte(`{"rating":2}`), "application/jsonp", 415, "unsupported_media_type"},
		"ours, with a set":  {[]byte(`{"rating":2}`), "application/json; charset=utf-8", 201, ""},
		"nothing at all":    {nil, "application/json", 400, "bad_request"},
		"broken characters": {[]byte("{\"rating\":2,\"words\":\"\xff\"}"), "application/json", 422, "invalid"},
	} {
		got := h.do("POST", path, tt.body, "Content-Type", tt.kind)
		if got.status != tt.want || tt.code != "" && got.problem(t).Code != tt.code {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	got := h.do("POST", path, []byte("{\"rating\":2,\"words\":\"\xff\"}"))
	if p := got.problem(t); p.Problems["body"] != "The body isn’t valid UTF-8." {
		t.Errorf("broken characters: %+v", p)
	}
	for levels, field := range map[int]string{30: "deep", 32: "body"} {
		body := fmt.Sprintf(`{"rating":2,"deep":%s%s}`, strings.Repeat("[", levels), strings.Repeat("]", levels))
		if p := h.do("POST", path, []byte(body)).problem(t); p.Problems[field] == "" {
			t.Errorf("%d levels: %+v", levels, p)
		}
	}
}

// TestParameters_AreChecked sends wrong values in addresses and headers.
func TestParameters_AreChecked(t *testing.T) {
	h := newHouse(t)
	admin := "Bearer " + h.key(h.owner, feedback.ScopeAdmin)
	v := "/api/v1/venues/" + h.venue.ID
	for path, field := range map[string]string{
		v + "/reports?limit=0": "limit", v + "/reports?limit=201": "limit", v + "/reports?limit=x": "limit", v + "/reports?after=zzz": "after",
		v + "/reports?status=open,shut": "status", v + "/reports?kind=rant": "kind", v + "/reports?cause=rain": "cause",
		v + "/reports?trust=blind": "trust", v + "/reports?from=2026-02-30": "from", v + "/reports?to=tomorrow": "to",
		v + "/reports?follow_up=perhaps": "follow_up", v + "/reports?q=" + strings.Repeat("a", 201): "q",
		v + "/stats?by=waiter": "by", v + "/stats?trust=x": "trust", v + "/export.csv?from=1": "from", v + "/alert_budget?to=soon": "to",
		v + "/tables?after=nothing": "after", v + "/sheet.pdf?format=a5": "format", v + "/sheet.pdf?layout=banner": "layout",
		v + "/sheet.pdf?language=tlh": "language", v + "/sheet.pdf?table=99": "table", v + "/events?after=-1": "after",
		v + "/codes/" + h.codes[0].ID + ".png?size=63": "size", v + "/codes/" + h.codes[0].ID + ".png?size=2049": "size",
		"/api/v1/audit?after=" + strings.Repeat("a", 201): "after",
	} {
		got := h.do("GET", path, nil, "Authorization", admin, "Accept", "application/json")
		if got.status != 422 || got.problem(t).Problems[field] == "" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for header, value := range map[string]string{"If-Match": `"x"`, "Idempotency-Key": strings.Repeat("k", 256)} {
		got := h.do("POST", v+"/tables", []byte(`{"name":"77"}`), "Authorization", admin, header, value)
		if got.status != 422 || got.problem(t).Problems[header] == "" {
			t.Errorf("%s: %d %s", header, got.status, got.body)
		}
	}
}

// TestWords_AreCleaned sends what would spoil screens.
func TestWords_AreCleaned(t *testing.T) {
	h := newHouse(t)
	sent := h.submit("a\u202eb\u0000c\r\nd\u200f <b>e</b>")
	got := first(h.admin.GetReport(t.Context(), h.venue.ID, sent.ID))
	if got.Words != "abc\nd <b>e</b>" {
		t.Errorf("words = %q", got.Words)
	}
}
