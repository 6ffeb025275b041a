// Command makeright is the whole product: the server and what an operator does
// from the shell.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // venues' zones, also on machines without them

	"github.com/alecthomas/kong"

	"makeright/internal/app"
	"makeright/internal/config"
)

// version is set when the program is built.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := exitCode(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr), os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks what the operator wrote wrongly.
var errUsage = errors.New("usage")

// exitCode says what went wrong: 0 done, 1 failed, 2 wrong usage.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "makeright:", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

// commands is the command line.
type commands struct {
	Serve  serveCmd  `cmd:"" default:"withargs" help:"Serve guests, staff and owners (the default)."`
	Demo   demoCmd   `cmd:"" help:"Fill an empty database with a venue to try, and print how to reach it as JSON."`
	Key    keyCmd    `cmd:"" help:"API keys for other programs."`
	Person personCmd `cmd:"" help:"People who may sign in."`
	Sheet  sheetCmd  `cmd:"" help:"Print the codes of tables as PDF."`

	Export exportCmd `cmd:"" help:"Write settings, areas, tables and people of a venue to one file."`
	Import importCmd `cmd:"" help:"Read such a file in and say what changed. Deletes nothing."`

	Backup  backupCmd  `cmd:"" help:"Copy the SQLite database to a file, also while it is in use."`
	Restore restoreCmd `cmd:"" help:"Make the database from a backup, after checking it. Replaces nothing."`
	Verify  verifyCmd  `cmd:"" help:"Walk all timelines and say where one was tampered with."`
	Recount recountCmd `cmd:"" help:"Count all figures again from the reports, also while makeright serves."`
	Doctor  doctorCmd  `cmd:"" help:"Check this installation and say what to do."`

	Bench   benchCmd   `cmd:"" help:"Measure this machine: a throw-away server, driven over HTTP, beside a yardstick."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// env is what every command has.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
}

// run carries out one command line.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var c commands
	ended := -1 // --help ends kong's work, not ours
	parser, err := kong.New(&c,
		kong.Name("makeright"),
		kong.Description("Feedback before review: guests say what is wrong while it can still be put right."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { ended = code }),
		kong.UsageOnError(),
		config.Env(getenv),
	)
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	switch {
	case ended >= 0:
		return nil
	case err != nil:
		return errors.Join(errUsage, err)
	}
	return chosen.Run(&env{ctx, stdout, stderr})
}

// settings checks the flags of a command; every mistake is named.
func settings(f config.Flags) (config.Config, error) {
	cfg, err := f.Config()
	if err != nil {
		return cfg, errors.Join(errUsage, err)
	}
	return cfg, nil
}

// open is the program without a server, for commands that do one thing.
func (e *env) open(f config.Flags) (*app.App, config.Config, error) {
	cfg, err := settings(f)
	if err != nil {
		return nil, cfg, err
	}
	a, err := app.New(e.ctx, cfg, app.Options{Log: e.log()})
	return a, cfg, err
}

func (e *env) log() *slog.Logger { return slog.New(slog.NewJSONHandler(e.stderr, nil)) }

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, version)
	return err
}
