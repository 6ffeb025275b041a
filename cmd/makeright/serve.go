package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

type serveCmd struct {
	config.Flags
	Demo bool `help:"On an empty database, begin with the demo venue; print links into it."`
}

// Run serves until it is told to stop.
func (s serveCmd) Run(e *env) error {
	cfg, err := settings(s.Flags)
	if err != nil {
		return err
	}
	l, err := app.Listen(e.ctx, &cfg)
	if err != nil {
		return err
	}
	a, err := app.New(e.ctx, cfg, app.Options{Log: e.log()})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if err = a.Alone(e.ctx); err == nil {
		err = s.greet(e, a, cfg, l.Addr().String())
	}
	if err == nil {
		calmCollector()
		err = a.Run(e.ctx, l)
	} else {
		err = errors.Join(err, l.Close())
	}
	return errors.Join(err, a.Close())
}

// rubbish is how much may lie about before it is collected: enough that a full
// house spends little on it, and little beside what thousands of screens need.
const rubbish = 48 << 20

// calmCollector returns what the start left behind, and lets rubbish gather as
// long as little lives: collecting at twice what lives costs a tenth of the CPU
// of a full house. GOGC, where it is set, decides instead.
func calmCollector() {
	debug.FreeOSMemory()
	if _, set := os.LookupEnv("GOGC"); !set {
		adjust(100)
	}
}

// adjust sets the collector to what lives now, and again after each collection.
func adjust(was int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := int(min(400, max(50, rubbish*100/max(1, live[0].Value.Uint64()))))
	if percent != was { // setting it stops the world
		debug.SetGCPercent(percent)
	}
	type token struct{ _ [32]byte }
	runtime.AddCleanup(&token{}, adjust, percent)
}

// greet prints where we are, what is dangerous, and the way in.
func (s serveCmd) greet(e *env, a *app.App, cfg config.Config, addr string) error {
	fmt.Fprintf(e.stdout, "Makeright %s serves %s (listening on %s)\n", version, cfg.BaseURL, addr)
	if !cfg.Limits {
		fmt.Fprintln(e.stdout, "WARNING: LIMITS=off. Nothing slows down abuse. Only for benchmarks and checks.")
	}
	if cfg.Local() {
		fmt.Fprintf(e.stdout, "BASE_URL is %s: phones cannot follow it, so print no codes with it.\n", cfg.BaseURL)
		for _, address := range cfg.LANAddresses() {
			fmt.Fprintf(e.stdout, "  in this network: BASE_URL=%s\n", address)
		}
	}
	if s.Demo {
		return s.demo(e, a, cfg.BaseURL)
	}
	link, err := a.Desk.SetupLink(e.ctx)
	if errors.Is(err, feedback.ErrConflict) {
		return nil // set up long ago
	}
	if err == nil {
		fmt.Fprintf(e.stdout, "Nothing is set up yet. Begin here, once: %s/setup/%s\n", cfg.BaseURL, link.Token)
	}
	return err
}

// demo prints links into the demo venue, which it makes on an empty database.
// A real venue gets no such links.
func (s serveCmd) demo(e *env, a *app.App, base *url.URL) error {
	d, err := a.Desk.FillDemo(e.ctx)
	if errors.Is(err, feedback.ErrConflict) {
		d, err = a.Desk.DemoLinks(e.ctx)
	}
	if errors.Is(err, feedback.ErrNotFound) {
		fmt.Fprintln(e.stdout, "This database holds a venue of its own, so there are no demo links.")
		return nil
	}
	if err != nil {
		return err
	}
	out, err := describe(e.ctx, a, d, base)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "\n  %s, to try:\n    guest, table %s   %s\n    staff board      %s\n    owner            %s\n\n",
		out.Venue.Name, out.Tables[0].Name, out.Tables[0].URL, out.BoardURL, out.OwnerURL)
	return nil
}

// link is a way in.
func link(base *url.URL, fresh desk.Fresh) string { return base.String() + "/enter/" + fresh.Token }
