package api

import "context"

// SubmitReport tells a venue something through a scanned code.
func (c *Client) SubmitReport(ctx context.Context, code string, in SubmitReport, opts ...Option) (Submitted, error) {
	return read[Submitted](opts)(c.wire.SubmitReport(ctx, code, nil, in, edit(opts)))
}

// GetGuestReport reads what the guest may see of a report.
func (c *Client) GetGuestReport(ctx context.Context, token string, opts ...Option) (GuestReport, error) {
	return read[GuestReport](opts)(c.wire.GetGuestReport(ctx, token, edit(opts)))
}

// CorrectTable says at which table, by name or id, the guest really sits.
func (c *Client) CorrectTable(ctx context.Context, token, table string, opts ...Option) (GuestReport, error) {
	return read[GuestReport](opts)(c.wire.CorrectTable(ctx, token, CorrectTable{Table: table}, edit(opts)))
}

// WithdrawReport erases the words and contact details of a report.
func (c *Client) WithdrawReport(ctx context.Context, token string, opts ...Option) error {
	return done(opts)(c.wire.WithdrawReport(ctx, token, edit(opts)))
}

// SendGuestMessage writes to the venue.
func (c *Client) SendGuestMessage(ctx context.Context, token, text string, opts ...Option) (GuestMessage, error) {
	return read[GuestMessage](opts)(c.wire.SendGuestMessage(ctx, token, nil, GuestMessageInput{Text: text}, edit(opts)))
}

// GiveVerdict says whether it was put right.
func (c *Client) GiveVerdict(ctx context.Context, token string, in GiveVerdict, opts ...Option) (GuestReport, error) {
	return read[GuestReport](opts)(c.wire.GiveVerdict(ctx, token, nil, in, edit(opts)))
}

// EndReport ends the conversation of a guest who needs nothing more.
func (c *Client) EndReport(ctx context.Context, token string, opts ...Option) (GuestReport, error) {
	return read[GuestReport](opts)(c.wire.EndReport(ctx, token, nil, edit(opts)))
}

// CallAgain calls the floor once more.
func (c *Client) CallAgain(ctx context.Context, token string, opts ...Option) (GuestReport, error) {
	return read[GuestReport](opts)(c.wire.CallAgain(ctx, token, nil, edit(opts)))
}

// EndStatusPage ends the address of a status page; its token opens nothing any more.
func (c *Client) EndStatusPage(ctx context.Context, token string, opts ...Option) error {
	return done(opts)(c.wire.EndStatusPage(ctx, token, edit(opts)))
}

// EraseContact erases the contact details of a report.
func (c *Client) EraseContact(ctx context.Context, token string, opts ...Option) error {
	return done(opts)(c.wire.EraseContact(ctx, token, edit(opts)))
}
