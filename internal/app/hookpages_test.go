package app_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"makeright/api"
	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// letter is what a receiver got.
type letter struct {
	header http.Header
	body   []byte
}

// visitor is a browser at the program's pages.
type visitor struct {
	*testing.T
	base   string
	client *http.Client
}

// shows posts a form, or with none asks for a page, and returns what is shown in
// the end.
func (v visitor) shows(path string, form url.Values) string {
	v.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(v.Context(), method, v.base+path, strings.NewReader(body))
	must(v.T, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.client.Do(r)
	must(v.T, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	must(v.T, err)
	if res.StatusCode != http.StatusOK {
		v.Fatalf("%s %s: %d", method, path, res.StatusCode)
	}
	return string(page)
}

// TestWebhookPages_ReachAReceiver takes the owner's way: add a webhook to a
// receiver in an allowed network, try it while it refuses and while it takes, make
// another secret, and send again what was taken already.
func TestWebhookPages_ReachAReceiver(t *testing.T) {
	got := make(chan letter, 10)
	var status atomic.Int32
	status.Store(http.StatusInternalServerError)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- letter{r.Header, body}
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(receiver.Close)
	a, err := app.New(t.Context(), config.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: filepath.Join(t.TempDir(), "m.db"), Shutdown: time.Second,
		Outside: config.Outside{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}, app.Options{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	demo, err := a.Desk.FillDemo(t.Context())
	must(t, err)
	pages := httptest.NewServer(a.Handler())
	t.Cleanup(pages.Close)
	jar, err := cookiejar.New(nil)
	must(t, err)
	boss := visitor{t, pages.URL, &http.Client{Jar: jar}}
	boss.shows("/enter/"+demo.Owner.Token, nil)

	list := "/owner/" + demo.Venue.ID + "/webhooks"
	shown := regexp.MustCompile(`value="(whsec_[^"]+)"`)
	secretOn := func(page string) string {
		t.Helper()
		found := shown.FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("the page shows %d secrets", len(found))
		}
		return strings.ReplaceAll(found[0][1], "&#43;", "+")
	}
	verified := func(l letter, secret string) string {
		t.Helper()
		hook, err := standardwebhooks.NewWebhook(secret)
		must(t, err)
		must(t, hook.Verify(l.body, l.header))
		return l.header.Get("webhook-id")
	}
	first := secretOn(boss.shows(list, url.Values{"url": {receiver.URL}, "name": {"Kitchen"}, "what": {"some"}, "events": {"report.created"}}))
	owner := feedback.System(demo.Venue.OrgID, demo.Venue.ID)
	hook := regexp.MustCompile(list + `/([0-9a-f-]{36})"`).FindStringSubmatch(boss.shows(list, nil))[1]
	page := list + "/" + hook

	if said := boss.shows(page+"/test", url.Values{}); !strings.Contains(said, "The receiver answered 500") {
		t.Error("a receiver that refuses is not told of in words")
	}
	tried := <-got
	verified(tried, first)
	var said any
	must(t, json.Unmarshal(tried.body, &said))
	contract, err := openapi3.NewLoader().LoadFromData(api.Spec())
	must(t, err)
	trial := contract.Webhooks["test"].Post.RequestBody.Value.Content.Get("application/json").Schema.Value
	if err := trial.VisitJSON(said, openapi3.EnableFormatValidation()); err != nil {
		t.Errorf("the trial breaks the contract: %v\n%s", err, tried.body)
	}
	status.Store(http.StatusOK)
	if said := boss.shows(page+"/test", url.Values{}); !strings.Contains(said, "The receiver accepted it") {
		t.Error("a receiver that takes it is not told of in words")
	}
	verified(<-got, first)

	second := secretOn(boss.shows(page+"/rotate", url.Values{}))
	codes, err := a.Desk.TableCodes(t.Context(), owner, demo.Venue.ID)
	must(t, err)
	_, err = a.Desk.WriteDown(t.Context(), owner, demo.Venue.ID, codes[0].TableID, desk.NewReport{Rating: 2, Language: "en", Words: "canary soup"})
	must(t, err)
	must(t, a.Drain(t.Context()))
	told := <-got
	id := verified(told, first)
	verified(told, second)
	if log := boss.shows(page, nil); !strings.Contains(log, `id="d-`+id+`"`) || !strings.Contains(log, "1 attempt") || strings.Contains(log, "canary") {
		t.Error("the log lacks the message, or says what a guest wrote")
	}
	boss.shows(page+"/deliveries/"+id+"/again", url.Values{})
	must(t, a.Drain(t.Context()))
	if again := verified(<-got, second); again != id {
		t.Errorf("sent again as %s, want %s", again, id)
	}
	if log := boss.shows(page, nil); !strings.Contains(log, "2 attempts") {
		t.Error("the log lacks the second attempt")
	}
	boss.shows(page+"/remove", url.Values{})
	_, err = a.Desk.WriteDown(t.Context(), owner, demo.Venue.ID, codes[0].TableID, desk.NewReport{Rating: 2, Language: "en"})
	must(t, err)
	must(t, a.Drain(t.Context()))
	if len(got) > 0 {
		t.Error("a webhook that was removed is still told")
	}
}
