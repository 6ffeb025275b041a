package api

import "context"

// ListKeys lists API keys, newest first.
func (c *Client) ListKeys(ctx context.Context, params *ListKeysParams, opts ...Option) (KeyList, error) {
	return read[KeyList](opts)(c.wire.ListKeys(ctx, params, edit(opts)))
}

// CreateKey makes an API key; its secret is in this answer only.
func (c *Client) CreateKey(ctx context.Context, in NewKey, opts ...Option) (KeyCreated, error) {
	return read[KeyCreated](opts)(c.wire.CreateKey(ctx, nil, in, edit(opts)))
}

// ChangeKey renames an API key.
func (c *Client) ChangeKey(ctx context.Context, key string, in ChangeKey, opts ...Option) (Key, error) {
	return read[Key](opts)(c.wire.ChangeKey(ctx, key, in, edit(opts)))
}

// RevokeKey ends an API key.
func (c *Client) RevokeKey(ctx context.Context, key string, opts ...Option) error {
	return done(opts)(c.wire.RevokeKey(ctx, key, edit(opts)))
}

// ListWebhooks lists webhooks, newest first.
func (c *Client) ListWebhooks(ctx context.Context, params *ListWebhooksParams, opts ...Option) (WebhookList, error) {
	return read[WebhookList](opts)(c.wire.ListWebhooks(ctx, params, edit(opts)))
}

// CreateWebhook adds a webhook; its secret is in this answer only.
func (c *Client) CreateWebhook(ctx context.Context, in NewWebhook, opts ...Option) (WebhookCreated, error) {
	return read[WebhookCreated](opts)(c.wire.CreateWebhook(ctx, nil, in, edit(opts)))
}

// GetWebhook reads a webhook.
func (c *Client) GetWebhook(ctx context.Context, webhook string, opts ...Option) (Webhook, error) {
	return read[Webhook](opts)(c.wire.GetWebhook(ctx, webhook, edit(opts)))
}

// ChangeWebhook changes what is set in the input.
func (c *Client) ChangeWebhook(ctx context.Context, webhook string, in ChangeWebhook, opts ...Option) (Webhook, error) {
	return read[Webhook](opts)(c.wire.ChangeWebhook(ctx, webhook, in, edit(opts)))
}

// RemoveWebhook ends a webhook.
func (c *Client) RemoveWebhook(ctx context.Context, webhook string, opts ...Option) error {
	return done(opts)(c.wire.RemoveWebhook(ctx, webhook, edit(opts)))
}

// TestWebhook sends a message at once and says what the receiver answered.
func (c *Client) TestWebhook(ctx context.Context, webhook string, opts ...Option) (WebhookTried, error) {
	return read[WebhookTried](opts)(c.wire.TestWebhook(ctx, webhook, nil, edit(opts)))
}

// ListWebhookDeliveries lists what was sent to a webhook, and what became of it.
func (c *Client) ListWebhookDeliveries(ctx context.Context, webhook string, params *ListWebhookDeliveriesParams, opts ...Option) (WebhookDeliveryList, error) {
	return read[WebhookDeliveryList](opts)(c.wire.ListWebhookDeliveries(ctx, webhook, params, edit(opts)))
}

// RedeliverWebhook sends a message to a webhook again, under the same id.
func (c *Client) RedeliverWebhook(ctx context.Context, webhook, delivery string, opts ...Option) (WebhookDelivery, error) {
	return read[WebhookDelivery](opts)(c.wire.RedeliverWebhook(ctx, webhook, delivery, nil, edit(opts)))
}

// RotateWebhookSecret makes another secret; the old one signs beside it for a day.
func (c *Client) RotateWebhookSecret(ctx context.Context, webhook string, opts ...Option) (WebhookCreated, error) {
	return read[WebhookCreated](opts)(c.wire.RotateWebhookSecret(ctx, webhook, nil, edit(opts)))
}

// ListPeople lists everybody who works here.
func (c *Client) ListPeople(ctx context.Context, params *ListPeopleParams, opts ...Option) (PersonList, error) {
	return read[PersonList](opts)(c.wire.ListPeople(ctx, params, edit(opts)))
}

// CreatePerson adds a person.
func (c *Client) CreatePerson(ctx context.Context, in NewPerson, opts ...Option) (PersonCreated, error) {
	return read[PersonCreated](opts)(c.wire.CreatePerson(ctx, nil, in, edit(opts)))
}

// GetPerson reads a person.
func (c *Client) GetPerson(ctx context.Context, person string, opts ...Option) (Person, error) {
	return read[Person](opts)(c.wire.GetPerson(ctx, person, edit(opts)))
}

// ChangePerson changes what is set in the input.
func (c *Client) ChangePerson(ctx context.Context, person string, in ChangePerson, opts ...Option) (Person, error) {
	return read[Person](opts)(c.wire.ChangePerson(ctx, person, in, edit(opts)))
}

// ResetPassword makes a link for a new password.
func (c *Client) ResetPassword(ctx context.Context, person string, opts ...Option) (Link, error) {
	return read[Link](opts)(c.wire.ResetPassword(ctx, person, nil, edit(opts)))
}

// ResetPin sets a new PIN; an empty one is made up.
func (c *Client) ResetPin(ctx context.Context, person string, in ResetPin, opts ...Option) (Pin, error) {
	return read[Pin](opts)(c.wire.ResetPin(ctx, person, nil, in, edit(opts)))
}

// ListAudit lists who changed what, newest first.
func (c *Client) ListAudit(ctx context.Context, params *ListAuditParams, opts ...Option) (AuditList, error) {
	return read[AuditList](opts)(c.wire.ListAudit(ctx, params, edit(opts)))
}

// GetSpecYAML reads the contract the installation serves.
func (c *Client) GetSpecYAML(ctx context.Context, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.GetSpecYAML(ctx, edit(opts)))
}

// GetSpecJSON reads the contract the installation serves as JSON.
func (c *Client) GetSpecJSON(ctx context.Context, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.GetSpecJSON(ctx, edit(opts)))
}

// GetDocs reads the reference page.
func (c *Client) GetDocs(ctx context.Context, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.GetDocs(ctx, edit(opts)))
}

// GetHealth fails unless the installation is alive.
func (c *Client) GetHealth(ctx context.Context, opts ...Option) (Health, error) {
	return read[Health](opts)(c.wire.GetHealth(ctx, edit(opts)))
}

// GetReadiness fails unless the installation may take traffic.
func (c *Client) GetReadiness(ctx context.Context, opts ...Option) (Health, error) {
	return read[Health](opts)(c.wire.GetReadiness(ctx, edit(opts)))
}
