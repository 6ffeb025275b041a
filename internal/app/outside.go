package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/notify"
	"makeright/internal/web"
)

// outside is what the ways out of the house share.
type outside struct {
	keys notify.PushKeys
	open *http.Client // for addresses that the operator wrote into a setting
}

// openOutside sets up what the settings allow. Push, chat and webhooks need
// none; push keys are made at the first start and kept.
func (a *App) openOutside(ctx context.Context, now func() time.Time) error {
	keys, err := a.pushKeys(ctx)
	if err != nil {
		return err
	}
	guard := notify.Guard{Allow: a.cfg.Outside.AllowNets}
	client, open := guard.Client(), guard.Open().Client()
	a.outside = outside{keys, open}
	if a.senders != nil {
		return nil
	}
	a.senders = notify.Senders{
		feedback.ChannelPush:    notify.Push{Client: client, Subject: subject(a.cfg.BaseURL), Keys: keys, Guard: guard},
		feedback.ChannelChat:    notify.Chat{Client: client},
		feedback.ChannelWebhook: notify.Webhook{Client: client, Now: now},
	}
	if server := a.cfg.Outside.SMTP; server != nil {
		a.senders[feedback.ChannelEmail] = notify.Mail{Server: server, From: a.cfg.Outside.From, Now: now}
	}
	if template := a.cfg.Outside.SMS; template != nil {
		a.senders[feedback.ChannelSMS] = notify.SMS{Client: open, Template: template}
	}
	return nil
}

// subject is whom a push service turns to. It must be an https address, which
// BASE_URL is wherever phones can subscribe.
func subject(base *url.URL) string { return "https://" + base.Host }

func (a *App) pushKeys(ctx context.Context) (keys notify.PushKeys, err error) {
	if keys, err = notify.NewPushKeys(); err != nil {
		return keys, err
	}
	fresh, err := json.Marshal(keys)
	if err != nil {
		return keys, err
	}
	kept, err := a.store.Secret(ctx, "push", fresh)
	if err != nil {
		return keys, err
	}
	return keys, json.Unmarshal(kept, &keys)
}

// out is what pages know of all that.
func (a *App) out() web.Out {
	return web.Out{Kinds: a.carried(), PushKey: a.outside.keys.Public, Try: a.try}
}

// try sends a message to an address that somebody may change, and notes what
// came of it.
func (a *App) try(ctx context.Context, by feedback.Actor, channel, lang string) (feedback.Outcome, error) {
	to, err := a.Desk.Channel(ctx, by, channel)
	if err != nil {
		return "", err
	}
	p := i18n.For(lang)
	m := notify.Message{
		To: to, Title: p.T("channels.trial.title"), Text: p.T("channels.trial.text"), Lang: lang, Key: "test_" + web.NewToken(),
		Link: a.cfg.BaseURL.String() + "/board", Acts: notify.Acts{Open: p.T("channels.act.open")},
	}
	if to.Kind == feedback.ChannelWebhook {
		if m.Body, err = json.Marshal(api.WebhookTest{Kind: api.WebhookTestKindWebhookTest, At: a.Desk.Now().UTC(), Webhook: to.ID}); err != nil {
			return "", err
		}
	}
	outcome := notify.Outcome(a.senders.Send(ctx, m))
	return outcome, a.Desk.TriedChannel(context.WithoutCancel(ctx), by, channel, outcome)
}
