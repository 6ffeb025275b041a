package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Chat posts into rooms. The address is what the service hands out: the https
// address of a webhook of Slack, Teams, Discord, Mattermost, Rocket.Chat or
// Google Chat, or of a topic of ntfy.sh. Where a service hands out a token it is
// written
//
//	telegram://TOKEN@telegram?chats=CHAT
//	matrix://:TOKEN@HOST?rooms=ROOM
//	gotify://HOST/TOKEN
//	ntfy://HOST/TOPIC            ntfy://:TOKEN@HOST/TOPIC
//	mattermost://HOST/TOKEN
//
// with ?disabletls=yes for one in the own network that speaks http.
type Chat struct{ Client *http.Client }

// Send implements [Sender]. A room's address is never forgotten by itself: a
// service of one's own may be away for a while.
func (c Chat) Send(ctx context.Context, m Message) error {
	u, err := url.Parse(m.To.Address)
	if err != nil || u.Hostname() == "" {
		return errAddress
	}
	p, err := write(u, m)
	if err != nil {
		return err
	}
	body, err := json.Marshal(p.body)
	if err != nil {
		return err
	}
	r, err := post(ctx, p.url, "application/json", body)
	if err != nil {
		return err
	}
	if p.put {
		r.Method = http.MethodPut
	}
	for name, value := range p.header {
		r.Header.Set(name, value)
	}
	return do(c.Client, r)
}

// posting is one message in the form of a service.
type posting struct {
	url    string
	body   any
	header map[string]string
	put    bool
}

// write puts a message into the form of the service that u belongs to.
func write(u *url.URL, m Message) (posting, error) {
	switch u.Scheme {
	case "telegram":
		chat, _, _ := strings.Cut(u.Query().Get("chats"), ",")
		return telegram(strings.TrimSuffix(u.User.String(), ":"), chat, m)
	case "matrix":
		return matrix(u, m)
	case "gotify":
		token := path.Base(u.Path)
		return posting{
			url: within(u, path.Dir(u.Path), "message"), header: map[string]string{"X-Gotify-Key": token},
			body: gotify{m.Title, m.Text, priority(m, 8, 5), gotifyExtras{gotifyNotification{gotifyClick{m.Link}}}},
		}, nil
	case "ntfy":
		return ntfy(u, m)
	case "mattermost":
		return posting{url: within(u, "hooks", path.Base(u.Path)), body: text{plain(m)}}, nil
	case "https", "http":
		return pasted(u, m)
	}
	return posting{}, errAddress
}

// pasted is for the addresses that services hand out as they are.
func pasted(u *url.URL, m Message) (posting, error) {
	host := u.Hostname()
	switch {
	case host == "api.telegram.org":
		token := strings.TrimPrefix(strings.Split(strings.Trim(u.Path, "/"), "/")[0], "bot")
		return telegram(token, u.Query().Get("chat_id"), m)
	case host == "ntfy.sh":
		return ntfy(u, m)
	case host == "discord.com" || host == "discordapp.com" || strings.HasSuffix(host, ".discord.com"):
		return posting{url: u.String(), body: discord{plain(m), discordMentions{[]string{}}}}, nil
	case under(host, "webhook.office.com", "logic.azure.com", "api.powerplatform.com"):
		return posting{url: u.String(), body: card(m)}, nil
	}
	return posting{url: u.String(), body: text{plain(m)}}, nil // Slack, Mattermost, Rocket.Chat, Google Chat
}

func under(host string, domains ...string) bool {
	for _, d := range domains {
		if strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

// within is an address on u's host, over https unless u says otherwise.
func within(u *url.URL, parts ...string) string {
	to := url.URL{Scheme: "https", Host: u.Host, Path: "/" + strings.TrimPrefix(path.Join(parts...), "/")}
	if off := strings.ToLower(u.Query().Get("disabletls")); off == "yes" || off == "true" || off == "1" {
		to.Scheme = "http"
	}
	return to.String()
}

func telegram(token, chat string, m Message) (posting, error) {
	if chat == "" || token == "" || strings.ContainsAny(token, "/?#%") {
		return posting{}, errAddress
	}
	return posting{url: "https://api.telegram.org/bot" + token + "/sendMessage", body: telegramBody{chat, plain(m), true}}, nil
}

// matrix names the message by its key, so that a server drops the second.
func matrix(u *url.URL, m Message) (posting, error) {
	room, _, _ := strings.Cut(u.Query().Get("rooms"), ",")
	token, _ := u.User.Password()
	if room == "" || token == "" {
		return posting{}, errAddress
	}
	to := within(u, "_matrix/client/v3/rooms") + "/" + url.PathEscape(room) + "/send/m.room.message/" + url.PathEscape(m.Key)
	return posting{url: to, put: true, body: matrixBody{"m.text", plain(m)}, header: map[string]string{"Authorization": "Bearer " + token}}, nil
}

func ntfy(u *url.URL, m Message) (posting, error) {
	topic := strings.Trim(u.Path, "/")
	if topic == "" || strings.Contains(topic, "/") {
		return posting{}, errAddress
	}
	p := posting{url: within(u), body: ntfyBody{topic, m.Title, m.Text, m.Link, priority(m, 5, 4)}}
	if token, ok := u.User.Password(); ok && u.User.Username() == "" {
		p.header = map[string]string{"Authorization": "Bearer " + token}
	} else if u.User != nil {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(u.User.Username(), token)
		p.header = map[string]string{"Authorization": r.Header.Get("Authorization")}
	}
	return p, nil
}

func priority(m Message, urgent, usual int) int {
	if m.Urgent {
		return urgent
	}
	return usual
}

// plain is a message as a few lines of text, without any mark-up.
func plain(m Message) string {
	lines := []string{m.Title}
	for _, s := range []string{m.Text, m.Link} {
		if s != "" && s != m.Title {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// What the services want to read.
type (
	text struct {
		Text string `json:"text"`
	}
	discord struct {
		Content  string          `json:"content"`
		Mentions discordMentions `json:"allowed_mentions"`
	}
	discordMentions struct {
		Parse []string `json:"parse"`
	}
	telegramBody struct {
		Chat      string `json:"chat_id"`
		Text      string `json:"text"`
		NoPreview bool   `json:"disable_web_page_preview"`
	}
	matrixBody struct {
		Type string `json:"msgtype"`
		Body string `json:"body"`
	}
	ntfyBody struct {
		Topic    string `json:"topic"`
		Title    string `json:"title"`
		Message  string `json:"message"`
		Click    string `json:"click"`
		Priority int    `json:"priority"`
	}
	gotify struct {
		Title    string       `json:"title"`
		Message  string       `json:"message"`
		Priority int          `json:"priority"`
		Extras   gotifyExtras `json:"extras"`
	}
	gotifyExtras struct {
		Notification gotifyNotification `json:"client::notification"`
	}
	gotifyNotification struct {
		Click gotifyClick `json:"click"`
	}
	gotifyClick struct {
		URL string `json:"url"`
	}
	teams struct {
		Type        string       `json:"type"`
		Attachments []attachment `json:"attachments"`
	}
	attachment struct {
		Type    string       `json:"contentType"`
		Content adaptiveCard `json:"content"`
	}
	adaptiveCard struct {
		Schema  string       `json:"$schema"`
		Type    string       `json:"type"`
		Version string       `json:"version"`
		Body    []cardText   `json:"body"`
		Actions []cardAction `json:"actions"`
	}
	cardText struct {
		Type   string `json:"type"`
		Text   string `json:"text"`
		Weight string `json:"weight,omitempty"`
		Wrap   bool   `json:"wrap"`
	}
	cardAction struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

// card is a message to Teams, which takes no plain text.
func card(m Message) teams {
	open := m.Acts.Open
	if open == "" {
		open = m.Link
	}
	return teams{"message", []attachment{{"application/vnd.microsoft.card.adaptive", adaptiveCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		Body:    []cardText{{"TextBlock", m.Title, "Bolder", true}, {"TextBlock", m.Text, "", true}},
		Actions: []cardAction{{"Action.OpenUrl", open, m.Link}},
	}}}}
}
