package api

import "context"

// ListReports lists reports, newest first.
func (c *Client) ListReports(ctx context.Context, venue string, params *ListReportsParams, opts ...Option) (ReportList, error) {
	return read[ReportList](opts)(c.wire.ListReports(ctx, venue, params, edit(opts)))
}

// GetReport reads a report with its timeline and messages.
func (c *Client) GetReport(ctx context.Context, venue, report string, opts ...Option) (ReportDetail, error) {
	return read[ReportDetail](opts)(c.wire.GetReport(ctx, venue, report, edit(opts)))
}

// WriteDownReport writes down a spoken complaint.
func (c *Client) WriteDownReport(ctx context.Context, venue string, in WriteDownReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.WriteDownReport(ctx, venue, nil, in, edit(opts)))
}

// TakeReport takes a report: somebody is on the way.
func (c *Client) TakeReport(ctx context.Context, venue, report string, in TakeReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.TakeReport(ctx, venue, report, nil, in, edit(opts)))
}

// HandOverReport gives a report to a person.
func (c *Client) HandOverReport(ctx context.Context, venue, report string, in HandOverReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.HandOverReport(ctx, venue, report, nil, in, edit(opts)))
}

// ReleaseReport gives a taken report back.
func (c *Client) ReleaseReport(ctx context.Context, venue, report string, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.ReleaseReport(ctx, venue, report, nil, edit(opts)))
}

// SendMessage writes to the guest, or a note for the team.
func (c *Client) SendMessage(ctx context.Context, venue, report string, in MessageInput, opts ...Option) (Message, error) {
	return read[Message](opts)(c.wire.SendMessage(ctx, venue, report, nil, in, edit(opts)))
}

// ResolveReport says what was done to make it right.
func (c *Client) ResolveReport(ctx context.Context, venue, report string, in ResolveReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.ResolveReport(ctx, venue, report, nil, in, edit(opts)))
}

// MarkUnresolved ends a report that could not be put right.
func (c *Client) MarkUnresolved(ctx context.Context, venue, report string, in UnresolvedReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.MarkUnresolved(ctx, venue, report, nil, in, edit(opts)))
}

// DismissReport sets aside what is no report.
func (c *Client) DismissReport(ctx context.Context, venue, report string, in DismissReport, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.DismissReport(ctx, venue, report, nil, in, edit(opts)))
}

// ReopenReport opens again what was ended.
func (c *Client) ReopenReport(ctx context.Context, venue, report string, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.ReopenReport(ctx, venue, report, nil, edit(opts)))
}

// UndoReport takes back the last tap.
func (c *Client) UndoReport(ctx context.Context, venue, report string, opts ...Option) (Report, error) {
	return read[Report](opts)(c.wire.UndoReport(ctx, venue, report, nil, edit(opts)))
}

// GetIncident reads the record of a report about safety.
func (c *Client) GetIncident(ctx context.Context, venue, report string, opts ...Option) (Incident, error) {
	return read[Incident](opts)(c.wire.GetIncident(ctx, venue, report, edit(opts)))
}

// ChangeIncident fills the record of a report about safety in.
func (c *Client) ChangeIncident(ctx context.Context, venue, report string, in ChangeIncident, opts ...Option) (Incident, error) {
	return read[Incident](opts)(c.wire.ChangeIncident(ctx, venue, report, nil, in, edit(opts)))
}
