package api

import (
	"bytes"
	"context"
)

// ListVenues lists the venues that can be reached.
func (c *Client) ListVenues(ctx context.Context, params *ListVenuesParams, opts ...Option) (VenueList, error) {
	return read[VenueList](opts)(c.wire.ListVenues(ctx, params, edit(opts)))
}

// CreateVenue adds a venue.
func (c *Client) CreateVenue(ctx context.Context, in NewVenue, opts ...Option) (Venue, error) {
	return read[Venue](opts)(c.wire.CreateVenue(ctx, nil, in, edit(opts)))
}

// GetVenue reads a venue.
func (c *Client) GetVenue(ctx context.Context, venue string, opts ...Option) (Venue, error) {
	return read[Venue](opts)(c.wire.GetVenue(ctx, venue, edit(opts)))
}

// ChangeVenue changes the settings that are set in the input.
func (c *Client) ChangeVenue(ctx context.Context, venue string, in ChangeVenue, opts ...Option) (Venue, error) {
	return read[Venue](opts)(c.wire.ChangeVenue(ctx, venue, in, edit(opts)))
}

// GetEscalation reads who is told of reports, and when.
func (c *Client) GetEscalation(ctx context.Context, venue string, opts ...Option) (Escalation, error) {
	return read[Escalation](opts)(c.wire.GetEscalation(ctx, venue, edit(opts)))
}

// SetEscalation replaces who is told of reports, and when.
func (c *Client) SetEscalation(ctx context.Context, venue string, in Escalation, opts ...Option) (Escalation, error) {
	return read[Escalation](opts)(c.wire.SetEscalation(ctx, venue, in, edit(opts)))
}

// ExportVenue returns the venue as one file.
func (c *Client) ExportVenue(ctx context.Context, venue string, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.ExportVenue(ctx, venue, edit(opts)))
}

// ImportVenue reads a file into a venue, all of it or nothing, or only says what
// it would change.
func (c *Client) ImportVenue(ctx context.Context, venue string, file []byte, params *ImportVenueParams, opts ...Option) (VenueImport, error) {
	return read[VenueImport](opts)(c.wire.ImportVenueWithBody(ctx, venue, params, "application/json", bytes.NewReader(file), edit(opts)))
}

// GetAlertBudget reads how alerts are acted on.
func (c *Client) GetAlertBudget(ctx context.Context, venue string, params *GetAlertBudgetParams, opts ...Option) (AlertBudget, error) {
	return read[AlertBudget](opts)(c.wire.GetAlertBudget(ctx, venue, params, edit(opts)))
}

// ListAlerts lists the messages that alerts sent to people.
func (c *Client) ListAlerts(ctx context.Context, venue string, params *ListAlertsParams, opts ...Option) (AlertList, error) {
	return read[AlertList](opts)(c.wire.ListAlerts(ctx, venue, params, edit(opts)))
}

// ListScreens lists the boards that are live, and those that are not.
func (c *Client) ListScreens(ctx context.Context, venue string, opts ...Option) (ScreenList, error) {
	return read[ScreenList](opts)(c.wire.ListScreens(ctx, venue, edit(opts)))
}

// ListTables lists the tables of a venue with their codes.
func (c *Client) ListTables(ctx context.Context, venue string, params *ListTablesParams, opts ...Option) (TableList, error) {
	return read[TableList](opts)(c.wire.ListTables(ctx, venue, params, edit(opts)))
}

// CreateTable adds one table.
func (c *Client) CreateTable(ctx context.Context, venue string, in NewTable, opts ...Option) (Table, error) {
	body := NewTables{Name: in.Name, Area: in.Area}
	return read[Table](opts)(c.wire.CreateTables(ctx, venue, nil, body, edit(opts)))
}

// CreateTables adds many tables, all or none.
func (c *Client) CreateTables(ctx context.Context, venue string, tables []NewTable, opts ...Option) (TableList, error) {
	return read[TableList](opts)(c.wire.CreateTables(ctx, venue, nil, NewTables{Tables: tables}, edit(opts)))
}

// RotateCode replaces the code of a table.
func (c *Client) RotateCode(ctx context.Context, venue, table string, in RotateCode, opts ...Option) (Table, error) {
	return read[Table](opts)(c.wire.RotateCode(ctx, venue, table, nil, in, edit(opts)))
}

// RevokeCode ends every code of a table.
func (c *Client) RevokeCode(ctx context.Context, venue, table string, opts ...Option) (Table, error) {
	return read[Table](opts)(c.wire.RevokeCode(ctx, venue, table, nil, edit(opts)))
}

// OpenVisit opens a visit; a check that is open already answers the same one.
func (c *Client) OpenVisit(ctx context.Context, venue string, in NewVisit, opts ...Option) (Visit, error) {
	return read[Visit](opts)(c.wire.OpenVisit(ctx, venue, nil, in, edit(opts)))
}

// ChangeVisit closes a visit.
func (c *Client) ChangeVisit(ctx context.Context, venue, visit string, in ChangeVisit, opts ...Option) (Visit, error) {
	return read[Visit](opts)(c.wire.ChangeVisit(ctx, venue, visit, in, edit(opts)))
}

// ListCodes lists the codes of tables and visits, newest first.
func (c *Client) ListCodes(ctx context.Context, venue string, params *ListCodesParams, opts ...Option) (CodeList, error) {
	return read[CodeList](opts)(c.wire.ListCodes(ctx, venue, params, edit(opts)))
}

// GetCodeSVG draws a code, by its id, as SVG.
func (c *Client) GetCodeSVG(ctx context.Context, venue, id string, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.GetCodeSVG(ctx, venue, id, edit(opts)))
}

// GetCodePNG draws a code, by its id, as PNG.
func (c *Client) GetCodePNG(ctx context.Context, venue, id string, params *GetCodePNGParams, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.GetCodePNG(ctx, venue, id, params, edit(opts)))
}

// PrintSheet returns a PDF with the codes of the tables.
func (c *Client) PrintSheet(ctx context.Context, venue string, params *PrintSheetParams, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.PrintSheet(ctx, venue, params, edit(opts)))
}

// GetStats reads the figures of a period.
func (c *Client) GetStats(ctx context.Context, venue string, params *GetStatsParams, opts ...Option) (StatsList, error) {
	return read[StatsList](opts)(c.wire.GetStats(ctx, venue, params, edit(opts)))
}

// ExportXLSX returns reports, events or figures of a period as a workbook.
func (c *Client) ExportXLSX(ctx context.Context, venue string, params *ExportXLSXParams, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.ExportXLSX(ctx, venue, params, edit(opts)))
}

// ExportCSV returns reports, events or figures of a period as CSV.
func (c *Client) ExportCSV(ctx context.Context, venue string, params *ExportCSVParams, opts ...Option) ([]byte, error) {
	return raw(opts)(c.wire.ExportCSV(ctx, venue, params, edit(opts)))
}
