package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"

	"makeright/internal/config"
	"makeright/internal/feedback"
	"makeright/internal/paper"
)

type sheetCmd struct {
	config.Flags
	File     string   `arg:"" help:"The PDF to write; it must not be there yet. A single - writes to standard output."`
	Venue    string   `help:"Id or name of the venue; may be left out where there is only one."`
	Layout   string   `default:"tent" help:"tent, card, sticker, poster or page."`
	Format   string   `default:"a4" help:"a4 or letter."`
	Labels   string   `help:"Name of a sheet of labels, such as L7163."`
	Language []string `help:"Up to three, such as de,en; else the venue's first."`
	Table    []string `help:"Names of tables; else all."`
	Area     string   `help:"Name of an area; else all."`
}

// Run prints the codes of tables, as the page of codes does.
func (s sheetCmd) Run(e *env) (err error) {
	a, cfg, err := e.open(s.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	by, err := a.Desk.Operator(e.ctx)
	if err != nil {
		return setUpFirst(err)
	}
	v, at, err := a.Desk.VenueFromShell(e.ctx, by, s.Venue)
	if err != nil {
		return explain(err)
	}
	demo, err := a.Desk.IsDemo(e.ctx, by)
	if err != nil {
		return err
	}
	if err := paper.Reachable(cfg.BaseURL, demo); err != nil {
		return explain(err)
	}
	sheet := paper.Sheet{Venue: v, Base: cfg.BaseURL, Made: a.Desk.Now()}
	if sheet.Order, err = paper.Read(s.order(), v); err != nil {
		return explain(err)
	}
	tables, err := at.Tables(e.ctx)
	if err != nil {
		return err
	}
	codes, err := a.Desk.TableCodes(e.ctx, by, v.ID)
	if err != nil {
		return err
	}
	if sheet.Codes, err = sheet.Pick(tables, codes); errors.Is(err, feedback.ErrNotFound) {
		err = feedback.Problems{"table": "problem.table.unknown"}
	}
	if err != nil {
		return explain(err)
	}
	if sheet.Logo, err = at.Logo(e.ctx); err != nil {
		return err
	}
	var pdf bytes.Buffer
	if err := sheet.Write(&pdf); err != nil {
		return explain(err)
	}
	if err := write(e, s.File, pdf.Bytes()); err != nil {
		return err
	}
	return a.Desk.Printed(e.ctx, by, v.ID, sheet.Detail())
}

// order is what was asked for, as addresses say it.
func (s sheetCmd) order() url.Values {
	return url.Values{
		"layout": {s.Layout}, "format": {s.Format}, "labels": {s.Labels}, "area": {s.Area},
		"languages": s.Language, "tables": s.Table,
	}
}

// write writes a file that is not there yet and prints its name, or writes to
// standard output.
func write(e *env, file string, text []byte) error {
	if file == "-" {
		_, err := e.stdout.Write(text)
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, file)
	return err
}
