package e2e

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"makeright/api"
	"makeright/internal/feedback"
)

// forms is what the forms of our pages send, each so that it would be carried
// out for who may. An id is written as the name of a parameter: ":person".
var forms = map[string]string{
	"POST /":                                      "code=ABCD2345",
	"POST /T/:code":                               "rating=2&causes=cold&words=Cold.&handling=contact_later&name=Ada&phone=030123456&email=ada@example.com&lang=en&website=",
	"POST /T/:code/urgent":                        "urgent=allergy",
	"POST /T/:code/scan":                          "",
	"POST /K/:code":                               "rating=2&causes=cold&words=Cold.&lang=en&website=",
	"POST /K/:code/urgent":                        "urgent=allergy",
	"POST /R/:token/photos":                       "",
	"POST /R/:token/messages":                     "no=&text=Hello",
	"POST /R/:token/verdict":                      "no=&verdict=yes&words=Fine",
	"POST /R/:token/call":                         "no=",
	"POST /R/:token/table":                        "no=&table=:table",
	"POST /R/:token/contact":                      "no=",
	"POST /R/:token/withdraw":                     "no=",
	"POST /R/:token/end":                          "",
	"POST /R/:token/seen":                         "message=none",
	"POST /R/:token/done":                         "no=",
	"POST /sign-in":                               "email=nobody@example.com&password=wrong&next=",
	"POST /sign-out":                              "",
	"POST /pin":                                   "who=:person&pin=0000",
	"POST /setup/:token":                          "name=Eve&email=eve@example.com&password=eve+and+the+apple&venue=Eden&country=DE",
	"POST /stop/:token":                           "List-Unsubscribe=One-Click",
	"POST /join/:token":                           "password=eve+and+the+apple&username=",
	"POST /board/:venue/pair":                     "name=Pass",
	"POST /board/:venue/new":                      "key=&table=:table&rating=2&causes=cold&words=Said&handling=contact_later&language=en&name=Ada&phone=030123456&email=ada@example.com",
	"POST /board/:venue/here":                     "",
	"POST /board/:venue/duty/on":                  "",
	"POST /board/:venue/duty/off":                 "",
	"POST /owner/:venue/alerts/seen":              "",
	"POST /board/:venue/visits":                   "key=&table=:table&check=A1&server=Sam&covers=2",
	"POST " + onReport + "/reply":                 "key=&text=Coming&team=&say=&back=",
	"POST " + onReport + "/done":                  "key=&did=remade&cost=1.50&note=Plate&tell=Here&outcome=&reason=&back=",
	"POST " + onReport + "/hand":                  "key=&person=:person&back=",
	"POST " + onReport + "/dismiss":               "key=&reason=test&back=",
	"POST " + onReport + "/incident":              "version=1&symptoms=Hives&party=2&ill=1&help=doctor&meal_at=2026-12-24T19:00",
	"POST " + onReport + "/take":                  "back=",
	"POST " + onReport + "/seen":                  "message=none",
	"POST " + onReport + "/release":               "back=",
	"POST " + onReport + "/undo":                  "back=",
	"POST " + onReport + "/reopen":                "back=",
	"POST " + onReport + "/off":                   "back=",
	"POST " + onReport + "/on":                    "back=",
	"POST /owner/:venue/bursts/:burst/abuse":      "",
	"POST /owner/:venue/bursts/:burst/clear":      "",
	"POST /board/:venue/visits/:visit/close":      "",
	"POST /owner/new":                             "venue=Annex&country=DE",
	"POST /owner/:venue/start/tables":             "tables=78&promise_minutes=3",
	"POST /owner/:venue/start/links":              "link_label=Google&link_url=https://maps.example.com/x",
	"POST /owner/:venue/start/people":             "name1=Nora&email1=nora@example.com&role1=staff",
	"POST /owner/:venue/start/links/pass":         "",
	"POST /owner/:venue/start/people/pass":        "",
	"POST /owner/:venue/start/print/pass":         "",
	"POST /owner/:venue/tables":                   "tables=77&area=Garden",
	"POST /owner/:venue/tables/:table":            "name=Renamed&area=Garden",
	"POST /owner/:venue/tasks/:task":              "owner=&due_on=2026-12-24&note=Lamps",
	"POST /owner/:venue/follow/:report":           "key=&outcome=settled&did=voucher&cost=1.50&note=Called",
	"POST /owner/:venue/tables/:table/rotate":     "grace=",
	"POST /owner/:venue/tables/:table/revoke":     "",
	"POST /owner/:venue/tables/:table/remove":     "",
	"POST /owner/:venue/team":                     "name=Nina&email=&role=staff&pin=4812",
	"POST /owner/:venue/team/:person":             "name=Renamed&email=renamed@example.com&role=staff",
	"POST /owner/:venue/team/:person/link":        "",
	"POST /owner/:venue/team/:person/venues":      "at_:venue=staff",
	"POST /owner/:venue/team/:person/pin":         "pin=4813",
	"POST /owner/:venue/team/:person/disable":     "",
	"POST /owner/:venue/team/:person/enable":      "",
	"POST /owner/:venue/tablets/:tablet/unpair":   "",
	"POST /owner/:venue/account/password":         "old=wrong&password=eve+and+the+apple&username=",
	"POST /owner/:venue/account/sessions":         "",
	"POST /board/:venue/walk":                     "table=:table&code=:code",
	"POST /owner/:venue/life/rotate":              "area=&grace=",
	"POST /owner/:venue/logo":                     "",
	"POST /owner/:venue/safety":                   "words_en=glass&protocol_en=Call",
	"POST /owner/:venue/texts":                    "in=en&show=slow&place_slow=1&cause.slow=Slow",
	"POST /board/:venue/channels":                 "kind=email&address=sam@example.com",
	"POST /board/:venue/channels/:channel/test":   "",
	"POST /board/:venue/channels/:channel/remove": "",
	"POST /account/push":                          "endpoint=https://fcm.googleapis.com/x&p256dh=x&auth=x&renew=",
	"POST /owner/:venue/channels":                 "kind=chat&address=https://chat.invalid/y",
	"POST /owner/:venue/channels/:channel/test":   "",
	"POST /owner/:venue/channels/:channel/remove": "",
	"POST /owner/:venue/webhooks":                 "url=https://hook.invalid/y&name=Kitchen&what=some&events=report.created&of=here",
	"POST /owner/:venue/webhooks/:webhook":        "url=https://hook.invalid/z&name=Kitchen&what=all&events=",
	"POST /owner/:venue/webhooks/:webhook/test":   "",
	"POST /owner/:venue/webhooks/:webhook/pause":  "paused=yes",
	"POST /owner/:venue/webhooks/:webhook/rotate": "",
	"POST /owner/:venue/webhooks/:webhook/remove": "",
	"POST /owner/:venue/digest":                   "what=day&what=export_week&files_export_week=figures.csv",
	"POST /owner/:venue/checkins":                 "on=mains&minutes_mains=45",
	"POST /board/:venue/visits/:visit/moment":     "moment=mains",
	"POST /owner/:venue/escalation": "ordinary.0.after=0&ordinary.0.to=on_duty&ordinary.0.people=:person&ordinary.0.channel=&ordinary.1.after=2:00&ordinary.1.to=owner&ordinary.repeat_seconds=1:00" +
		"&safety.0.after=0&safety.0.to=managers&safety.repeat_seconds=30&do=",
	"POST /owner/:venue/duty/:person": "hours_mon=18-2&hours_tue=&areas=",
	"POST /owner/:venue/settings": "name=Settled&country=DE&timezone=Europe/Berlin&currency=EUR&promise_minutes=4&languages=en&fallback=en&open=always&holidays=&names=first&link_label=&link_url=" +
		"&hours_mon=&hours_tue=&hours_wed=&hours_thu=&hours_fri=&hours_sat=&hours_sun=",
	"POST /owner/:venue/file":             "step=look",
	"POST /owner/:venue/file/confirm":     "seal=x&text=" + `{"format":"makeright venue","version":1,"tables":[{"name":"78"}]}`,
	"POST /owner/:venue/keys":             "key_name=Till&scope=read&life=30",
	"POST /owner/:venue/keys/:key/revoke": "",

	"POST /owner/:venue/webhooks/:webhook/deliveries/:delivery/again": "",
}

const onReport = "/board/:venue/reports/:id"

// body is what a route is sent, with its kind; own fills it with ids.
func (a address) body(t *testing.T, ids map[string]string) (text, kind string) {
	t.Helper()
	if strings.HasPrefix(a.path, "/api/") {
		return a.json(t), "application/json"
	}
	return a.form(t, ids).Encode(), "application/x-www-form-urlencoded"
}

func (a address) form(t *testing.T, ids map[string]string) url.Values {
	t.Helper()
	text, ok := forms[a.method+" "+upper(a.path)]
	if !ok {
		t.Fatalf("%s: nobody said what this form sends", a)
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range form {
		for i, v := range values {
			if name, ok := strings.CutPrefix(v, ":"); ok {
				values[i] = ids[name]
			}
		}
	}
	return form
}

// upper is a path as it stands in codes; typed ones may be lower case.
func upper(path string) string {
	for _, lower := range []string{"/t/", "/k/", "/r/"} {
		if rest, ok := strings.CutPrefix(path, lower); ok {
			return strings.ToUpper(lower) + rest
		}
	}
	return path
}

// json is an example from the contract; the empty object where it shows none.
func (a address) json(t *testing.T) string {
	t.Helper()
	op := a.operation(t)
	if op == nil || op.RequestBody == nil {
		return ""
	}
	examples := op.RequestBody.Value.Content["application/json"].Examples
	if len(examples) == 0 {
		return "{}"
	}
	text, err := json.Marshal(examples[slices.Min(slices.Collect(maps.Keys(examples)))].Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// contract is the published contract.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(api.Spec())
})

// operation finds the route in the contract, whatever its parameters are called
// there.
func (a address) operation(t *testing.T) *openapi3.Operation {
	t.Helper()
	spec, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range spec.Paths.Map() {
		if shape(path, "{") == shape(a.path, ":") {
			return item.GetOperation(a.method)
		}
	}
	return nil
}

// shape is a path without the names of its parameters, and without the endings
// of files.
func shape(path, mark string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, mark) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// columns are the columns of all tables, and some that only wishes know.
func (w *walls) columns() []string {
	all := map[string]bool{"is_admin": true, "admin": true, "organisation_id": true, "VenueID": true, "OrgID": true, "Status": true, "PasswordHash": true}
	for _, table := range w.tables() {
		rows, err := w.db.QueryContext(w.t.Context(), "select * from \""+table+"\" where 1 = 0")
		w.must(err)
		names, err := rows.Columns()
		w.must(err)
		w.must(rows.Close())
		for _, name := range names {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// absent are ids that nobody has, of the right form.
func absent() map[string]string {
	const id = "01890000-0000-7000-8000-0000000000"
	return map[string]string{
		"venue": id + "01", "table": id + "02", "visit": id + "03", "code": "0123456789ABCDEFGHJKMNPQRS", "file": id + "04.svg",
		"report": id + "05", "id": id + "05", "tablet": feedback.Crockford(make([]byte, 40)), "key": id + "06", "person": id + "07", "task": id + "08",
		"token": "0123456789ABCDEFGHJKMNPQRS0123456789ABCDEFGHJKMNPQRS", "channel": id + "09", "webhook": id + "0a", "photo": id + "0b", "burst": id + "0c", "delivery": id + "0d",
	}
}
