package notify_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/notify"
)

// wire keeps what would have left the house, and answers for the receiver.
type wire struct {
	method, url, body string
	header            http.Header
	status            int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	w.method, w.url, w.body, w.header = r.Method, r.URL.String(), string(body), r.Header
	if w.status == 0 {
		w.status = 200
	}
	return &http.Response{StatusCode: w.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, err
}

func (w *wire) client() *http.Client { return &http.Client{Transport: w} }

func alert(kind feedback.ChannelKind, address string) notify.Message {
	return notify.Message{
		To: feedback.Channel{Kind: kind, Address: address}, Title: "Table 12: waiting too long", Text: "Open the board.",
		Link: "https://makeright.example/board/v/reports/r", Lang: "en", Key: "delivery-1", Take: "/board/v/reports/r/take",
		Acts: notify.Acts{Take: "Take", Open: "Open", Failed: "That did not work."},
	}
}

func TestChat(t *testing.T) {
	const said = `"Table 12: waiting too long\nOpen the board.\nhttps://makeright.example/board/v/reports/r"`
	tests := map[string]struct{ address, method, url, header, body string }{
		"Slack": {"https://hooks.slack.com/services/T0/B0/x", "POST", "https://hooks.slack.com/services/T0/B0/x", "", `{"text":` + said + `}`},
		"Discord": {
			"https://discord.com/api/webhooks/1/x", "POST", "https://discord.com/api/webhooks/1/x", "",
			`{"content":` + said + `,"allowed_mentions":{"parse":[]}}`,
		},
		"Teams": {
			"https://prod-1.westeurope.logic.azure.com:443/workflows/x?sig=y", "POST", "https://prod-1.westeurope.logic.azure.com:443/workflows/x?sig=y", "",
			`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{` +
				`"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[` +
				`{"type":"TextBlock","text":"Table 12: waiting too long","weight":"Bolder","wrap":true},{"type":"TextBlock","text":"Open the board.","wrap":true}],` +
				`"actions":[{"type":"Action.OpenUrl","title":"Open","url":"https://makeright.example/board/v/reports/r"}]}}]}`,
		},
		"Google Chat":         {"https://chat.googleapis.com/v1/spaces/x/messages?key=y", "POST", "https://chat.googleapis.com/v1/spaces/x/messages?key=y", "", `{"text":` + said + `}`},
		"Mattermost, pasted":  {"https://chat.example/hooks/x", "POST", "https://chat.example/hooks/x", "", `{"text":` + said + `}`},
		"Mattermost":          {"mattermost://chat.example/x", "POST", "https://chat.example/hooks/x", "", `{"text":` + said + `}`},
		"Mattermost, at home": {"mattermost://10.0.0.5:8065/x?disabletls=yes", "POST", "http://10.0.0.5:8065/hooks/x", "", `{"text":` + said + `}`},
		"Telegram": {
			"telegram://1:AA-b@telegram?chats=@room", "POST", "https://api.telegram.org/bot1:AA-b/sendMessage", "",
			`{"chat_id":"@room","text":` + said + `,"disable_web_page_preview":true}`,
		},
		"Telegram, pasted": {
			"https://api.telegram.org/bot1:AA/sendMessage?chat_id=-100", "POST", "https://api.telegram.org/bot1:AA/sendMessage", "",
			`{"chat_id":"-100","text":` + said + `,"disable_web_page_preview":true}`,
		},
		"Matrix": {
			"matrix://:tok@matrix.example?rooms=!a:example", "PUT", "https://matrix.example/_matrix/client/v3/rooms/%21a:example/send/m.room.message/delivery-1",
			"Authorization: Bearer tok", `{"msgtype":"m.text","body":` + said + `}`,
		},
		"ntfy": {
			"ntfy://ntfy.example/kitchen", "POST", "https://ntfy.example/", "",
			`{"topic":"kitchen","title":"Table 12: waiting too long","message":"Open the board.","click":"https://makeright.example/board/v/reports/r","priority":4}`,
		},
		"ntfy, with a token": {
			"ntfy://:tk@ntfy.example/kitchen", "POST", "https://ntfy.example/", "Authorization: Bearer tk",
			`{"topic":"kitchen","title":"Table 12: waiting too long","message":"Open the board.","click":"https://makeright.example/board/v/reports/r","priority":4}`,
		},
		"ntfy, with a password": {
			"ntfy://u:p@ntfy.example/kitchen", "POST", "https://ntfy.example/", "Authorization: Basic dTpw",
			`{"topic":"kitchen","title":"Table 12: waiting too long","message":"Open the board.","click":"https://makeright.example/board/v/reports/r","priority":4}`,
		},
		"Gotify": {
			"gotify://push.example/sub/tok", "POST", "https://push.example/sub/message", "X-Gotify-Key: tok",
			`{"title":"Table 12: waiting too long","message":"Open the board.","priority":5,"extras":{"client::notification":{"click":{"url":"https://makeright.example/board/v/reports/r"}}}}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := (feedback.Channel{Kind: feedback.ChannelChat, Address: tt.address}).Check(); err != nil {
				t.Errorf("Check() = %v", err)
			}
			w := &wire{}
			if err := (notify.Chat{Client: w.client()}).Send(t.Context(), alert(feedback.ChannelChat, tt.address)); err != nil {
				t.Fatal(err)
			}
			if w.method != tt.method || w.url != tt.url || w.body != tt.body {
				t.Errorf("sent %s %s\n%s\nwant %s %s\n%s", w.method, w.url, w.body, tt.method, tt.url, tt.body)
			}
			if field, value, ok := strings.Cut(tt.header, ": "); ok && w.header.Get(field) != value {
				t.Errorf("%s is %q, want %q", field, w.header.Get(field), value)
			}
		})
	}
}

func TestChat_IncompleteAddresses(t *testing.T) {
	for _, address := range []string{"telegram://tok@telegram", "telegram://telegram?chats=1", "matrix://host?rooms=!r", "matrix://:tok@host", "ntfy://host", "ntfy://host/a/b", "irc://host/x", "%"} {
		w := &wire{}
		err := notify.Chat{Client: w.client()}.Send(t.Context(), alert(feedback.ChannelChat, address))
		if got := notify.Outcome(err); got != "address" || w.url != "" {
			t.Errorf("%s: outcome %q, asked %q; want none asked", address, got, w.url)
		}
	}
}

func TestSMS(t *testing.T) {
	const all = "Table+12%3A+waiting+too+long+Open+the+board.+https%3A%2F%2Fmakeright.example%2Fboard%2Fv%2Freports%2Fr"
	tests := map[string]struct{ template, method, url, kind, body string }{
		"asked":   {"https://sms.example/send?key=k&to={to}&text={text}", "GET", "https://sms.example/send?key=k&text=" + all + "&to=%2B491701234567", "", ""},
		"a form":  {"https://sid:tok@sms.example/m?From=1&To={to}&Body={text}#post", "POST", "https://sid:tok@sms.example/m", "application/x-www-form-urlencoded", "Body=" + all + "&From=1&To=%2B491701234567"},
		"as JSON": {"http://10.0.0.9/sms?n={to}&m={text}#json", "POST", "http://10.0.0.9/sms", "application/json", `{"m":"Table 12: waiting too long Open the board. https://makeright.example/board/v/reports/r","n":"+491701234567"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			template, err := url.Parse(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			w := &wire{}
			if err := (notify.SMS{Client: w.client(), Template: template}).Send(t.Context(), alert(feedback.ChannelSMS, "+491701234567")); err != nil {
				t.Fatal(err)
			}
			if w.method != tt.method || w.url != tt.url || w.body != tt.body || w.header.Get("Content-Type") != tt.kind {
				t.Errorf("sent %s %s %s\n%s", w.method, w.url, w.header.Get("Content-Type"), w.body)
			}
		})
	}
}

func TestSenders_Unset(t *testing.T) {
	err := notify.Senders{}.Send(t.Context(), alert(feedback.ChannelSMS, "+491701234567"))
	if !errors.Is(err, notify.ErrUnset) || notify.Outcome(err) != "unset" {
		t.Errorf("Send() = %v, want %v", err, notify.ErrUnset)
	}
}
