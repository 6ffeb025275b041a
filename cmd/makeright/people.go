package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/i18n"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an API key and print it, once."`
}

type keyCreateCmd struct {
	config.Flags
	Name  string `required:"" help:"What the key is for."`
	Scope string `default:"read" help:"What it may do: visits, read or admin."`
}

// Run prints the new key alone.
func (k keyCreateCmd) Run(e *env) (err error) {
	a, _, err := e.open(k.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	by, err := a.Desk.Operator(e.ctx)
	if err != nil {
		return setUpFirst(err)
	}
	_, secret, err := a.Desk.CreateKey(e.ctx, by, k.Name, feedback.Scope(k.Scope), time.Time{})
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(e.stdout, secret)
	return err
}

type personCmd struct {
	Add  personAddCmd  `cmd:"" help:"Add somebody and print the link with which they set a password."`
	Link personLinkCmd `cmd:"" help:"Print a link with which somebody sets a new password."`
}

type personAddCmd struct {
	config.Flags
	Name  string `required:"" help:"Full name; guests see the first word."`
	Email string `required:"" help:"Address to sign in with."`
	Role  string `default:"owner" help:"owner, manager or staff."`
	Venue string `help:"Id or name of the venue, for managers and staff; may be left out where there is only one."`
}

// Run adds somebody. On an empty database that is the first owner.
func (p personAddCmd) Run(e *env) (err error) {
	a, cfg, err := e.open(p.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	in := desk.NewPerson{Name: p.Name, Email: p.Email, Role: feedback.Role(p.Role)}
	id, err := a.Desk.AddFromShell(e.ctx, in, p.Venue)
	if err != nil {
		return explain(err)
	}
	by, err := a.Desk.Operator(e.ctx)
	if err != nil {
		return err
	}
	fresh, err := a.Desk.InvitePerson(e.ctx, by, id, feedback.Invite)
	if err != nil {
		return explain(err)
	}
	return printJoin(e, cfg, fresh)
}

type personLinkCmd struct {
	config.Flags
	Email string `required:"" help:"Their address."`
}

// Run prints a link for a lost password.
func (p personLinkCmd) Run(e *env) (err error) {
	a, cfg, err := e.open(p.Flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	fresh, err := a.Desk.LinkFromShell(e.ctx, p.Email)
	if errors.Is(err, feedback.ErrNotFound) {
		return fmt.Errorf("nobody here has the address %s", p.Email)
	}
	if err != nil {
		return explain(err)
	}
	return printJoin(e, cfg, fresh)
}

func printJoin(e *env, cfg config.Config, fresh desk.Fresh) error {
	_, err := fmt.Fprintf(e.stdout, "%s/join/%s\n", cfg.BaseURL, fresh.Token)
	return err
}

// setUpFirst explains that there is nothing yet.
func setUpFirst(err error) error {
	if errors.Is(err, feedback.ErrNotFound) {
		return errors.New("nothing is set up yet: start makeright and follow the setup link, or run makeright person add")
	}
	return err
}

// explain turns problems with the input into the sentences that people read.
func explain(err error) error {
	ps, ok := errors.AsType[feedback.Problems](err)
	if !ok {
		return setUpFirst(err)
	}
	var lines []string
	for field, key := range ps {
		lines = append(lines, field+": "+i18n.For("en").T(key))
	}
	return errors.Join(errUsage, errors.New(strings.Join(lines, "\n")))
}
