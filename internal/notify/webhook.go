package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Webhook posts events to other programs, signed as Standard Webhooks asks.
type Webhook struct {
	Client *http.Client
	Now    func() time.Time
}

// Send implements [Sender]. A receiver that answers 410 is gone for good.
func (w Webhook) Send(ctx context.Context, m Message) error {
	now := w.Now()
	r, err := post(ctx, m.To.Address, "application/json", m.Body)
	if err != nil {
		return err
	}
	var signatures []string
	for _, secret := range m.To.Secrets(now) {
		key, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return fmt.Errorf("secret: %w", err)
		}
		signature, err := key.Sign(m.Key, now, m.Body)
		if err != nil {
			return err
		}
		signatures = append(signatures, signature)
	}
	r.Header.Set("Webhook-Id", m.Key)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return goneFor(do(w.Client, r), http.StatusGone)
}

// post is a request that hands body over. Its errors never hold the address.
func post(ctx context.Context, address, kind string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errAddress
	}
	r.Header.Set("Content-Type", kind)
	return r, nil
}

// goneFor turns an answer with one of these statuses into [ErrGone].
func goneFor(err error, statuses ...int) error {
	answer, ok := errors.AsType[StatusError](err)
	for _, s := range statuses {
		if ok && answer.Status == s {
			return fmt.Errorf("%w: %w", ErrGone, answer)
		}
	}
	return err
}
