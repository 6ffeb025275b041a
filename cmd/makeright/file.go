package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
)

type exportCmd struct {
	config.Flags
	File  string `arg:"" help:"The file to write; it must not be there yet. A single - writes to standard output."`
	Venue string `help:"Id or name of the venue; may be left out where there is only one."`
}

// Run writes a venue's settings, areas, tables and people to one file.
func (x exportCmd) Run(e *env) (err error) {
	a, _, err := e.open(x.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	by, err := a.Desk.Operator(e.ctx)
	if err != nil {
		return setUpFirst(err)
	}
	v, _, err := a.Desk.VenueFromShell(e.ctx, by, x.Venue)
	if err != nil {
		return explain(err)
	}
	f, err := a.Desk.ExportVenue(e.ctx, by, v.ID)
	if err != nil {
		return err
	}
	text, err := f.Bytes()
	if err != nil {
		return err
	}
	return write(e, x.File, text)
}

type importCmd struct {
	config.Flags
	File   string `arg:"" help:"A file that export wrote, or one like it."`
	Venue  string `help:"Id or name of the venue to read it into; else the one that is called as in the file, or a new one."`
	DryRun bool   `help:"Only say what would change."`
}

// Run reads such a file in and prints what changed, and a link for everybody new.
func (m importCmd) Run(e *env) (err error) {
	text, err := m.text()
	if err != nil {
		return err
	}
	a, cfg, err := e.open(m.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	by, err := a.Desk.Operator(e.ctx)
	if err != nil {
		return setUpFirst(err)
	}
	in := desk.Import{Dry: m.DryRun}
	if in.File, err = feedback.ReadVenueFile(text, languages()); err != nil {
		return explain(err)
	}
	if m.Venue != "" {
		v, _, err := a.Desk.VenueFromShell(e.ctx, by, m.Venue)
		if err != nil {
			return explain(err)
		}
		in.Venue = v.ID
	}
	out, err := a.Desk.ImportVenue(e.ctx, by, in)
	if err != nil {
		return explain(err)
	}
	m.print(e, out)
	if m.DryRun {
		return nil
	}
	return invite(e, a, cfg, by, out.Joined)
}

// text is the file; of one that is too large no more than shows it.
func (m importCmd) text() ([]byte, error) {
	f, err := os.Open(m.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, feedback.MaxFile+1))
}

func languages() []string {
	var tags []string
	for _, l := range i18n.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// print lists changes, one a line: + for what is new, ~ for what is another.
func (m importCmd) print(e *env, out desk.Imported) {
	for _, c := range out.Changes {
		sign, line := "~", string(c.Part)
		if c.Added {
			sign = "+"
		}
		for _, word := range []string{c.Name, c.Field} {
			if word != "" {
				line += " " + word
			}
		}
		switch {
		case c.Added && c.Is != "":
			line += ": " + c.Is
		case c.Was+c.Is != "":
			line += fmt.Sprintf(": %q -> %q", c.Was, c.Is)
		}
		fmt.Fprintln(e.stdout, sign, line)
	}
	for _, name := range out.Left {
		fmt.Fprintf(e.stdout, "! person %s has left and stays so\n", name)
	}
	switch {
	case len(out.Changes) == 0:
		fmt.Fprintln(e.stdout, "Nothing changes.")
	case m.DryRun:
		fmt.Fprintln(e.stdout, "Nothing was changed: this was a dry run.")
	}
}

// invite prints, for everybody new, the link with which they set a password.
func invite(e *env, a *app.App, cfg config.Config, by feedback.Actor, joined []feedback.Person) error {
	for _, p := range joined {
		fresh, err := a.Desk.InvitePerson(e.ctx, by, p.ID, feedback.Invite)
		if err != nil {
			return explain(err)
		}
		fmt.Fprintf(e.stdout, "%s ", p.Email)
		if err := printJoin(e, cfg, fresh); err != nil {
			return err
		}
	}
	return nil
}
