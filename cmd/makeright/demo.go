package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

type demoCmd struct {
	config.Flags
}

// demoOutput is what demo prints; other programs read it.
type demoOutput struct {
	Venue    demoVenue   `json:"venue"`
	Key      string      `json:"key"`
	OwnerURL string      `json:"owner_url"`
	BoardURL string      `json:"board_url"`
	Tables   []demoTable `json:"tables"`
}

type demoVenue struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type demoTable struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
	URL  string `json:"url"`
}

// Run fills an empty database and prints how to reach it.
func (d demoCmd) Run(e *env) (err error) {
	a, cfg, err := e.open(d.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	demo, err := a.Desk.FillDemo(e.ctx)
	if errors.Is(err, feedback.ErrConflict) {
		return errors.New("this database has data in it already; a demo needs an empty one (set DATABASE to a new file)")
	}
	if err != nil {
		return err
	}
	out, err := describe(e.ctx, a, demo, cfg.BaseURL)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// describe lists what a demo offers.
func describe(ctx context.Context, a *app.App, d desk.Demo, base *url.URL) (demoOutput, error) {
	out := demoOutput{
		Venue: demoVenue{d.Venue.ID, d.Venue.Name}, Key: d.Key,
		OwnerURL: link(base, d.Owner), BoardURL: link(base, d.Board), Tables: []demoTable{},
	}
	codes, err := a.Desk.TableCodes(ctx, feedback.System(d.Venue.OrgID, d.Venue.ID), d.Venue.ID)
	for _, c := range codes {
		out.Tables = append(out.Tables, demoTable{c.TableID, c.TableName, c.Code, c.Address(base)})
	}
	return out, err
}
