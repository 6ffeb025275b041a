// Package app wires the rooms of the house together. It decides nothing.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/jobs"
	"makeright/internal/live"
	"makeright/internal/live/pgrelay"
	"makeright/internal/notify"
	"makeright/internal/photo"
	"makeright/internal/store"
	"makeright/internal/web"
	"makeright/internal/web/guest"
	"makeright/internal/web/owner"
	"makeright/internal/web/rest"
	"makeright/internal/web/staff"
	"makeright/static"
)

// App is the whole program, ready to serve.
type App struct {
	Desk *desk.Desk

	cfg   config.Config
	log   *slog.Logger
	store *store.Store
	hub   *live.Hub
	relay *pgrelay.Relay // to other nodes; nil on SQLite, where there is one
	jobs  *jobs.Runner
	echo  *echo.Echo

	streams sync.WaitGroup // that have outlived their handlers

	senders notify.Senders
	outbox  *jobs.Outbox

	outside outside
	metrics *metrics
	fault   func(point string)
	release func() error // what Alone took
}

// Options are what tests and the command line decide.
type Options struct {
	Log *slog.Logger
	Now func() time.Time // time.Now when nil
	// Senders stand in for those of the settings, by kind of channel.
	Senders notify.Senders
	// Fault is called at each step between receiving a report and having told of
	// it, where tests let things fail; see [Faults].
	Fault func(point string)
}

// Faults are the points at which Fault is called: a report is stored, its timer
// is claimed, has done its work, a message is claimed, is composed, is with its
// receiver, and is written down as such.
var Faults = [...]string{"stored", "timer", "timed", "claimed", "composed", "sent", "noted"}

// New opens the database, brings it up to date and wires everything. Close it.
func New(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Fault == nil {
		o.Fault = func(string) {}
	}
	m := newMetrics()
	db, err := store.Open(ctx, cfg.Database, store.Options{Log: o.Log, Backups: cfg.Backups, Committed: m.committed})
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: o.Log, store: db, hub: &live.Hub{}, metrics: m, senders: o.Senders, fault: o.Fault}
	if err := a.wire(ctx, o.Now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	m.registry.MustRegister(state{db, a.hub, a.jobs, o.Now})
	return a, nil
}

func (a *App) wire(ctx context.Context, now func() time.Time) error {
	if err := a.store.Migrate(ctx); err != nil {
		return err
	}
	wakeVenue, wakeDoors := a.hub.WakeVenue, a.hub.WakeDoors
	if a.store.Postgres() {
		a.relay = pgrelay.New(a.hub, a.cfg.Database, now, a.log)
		wakeVenue, wakeDoors = a.relay.WakeVenue, a.relay.WakeDoors
	}
	stored := func(venue string) {
		a.fault("stored")
		wakeVenue(venue)
	}
	d, err := desk.New(ctx, a.store, stored, wakeDoors, now)
	if err != nil {
		return err
	}
	a.Desk = d
	d.KeepPhotos(&photo.Shelf{Dir: a.cfg.Photos})
	if err := a.openOutside(ctx, now); err != nil {
		return err
	}
	a.jobs = jobs.New(a.store, map[string]jobs.Handler{
		feedback.JobWatch: func(ctx context.Context, j feedback.Job) error {
			a.fault("timer")
			err := d.Watch(ctx, feedback.System(j.OrgID, j.VenueID), j.Subject)
			a.fault("timed")
			return err
		},
		feedback.JobOpening: func(ctx context.Context, j feedback.Job) error {
			return d.CheckOpening(ctx, feedback.System(j.OrgID, j.VenueID))
		},
		feedback.JobPassOn: func(ctx context.Context, j feedback.Job) error {
			return d.PassOn(ctx, feedback.System(j.OrgID, j.VenueID), j.Subject)
		},
		feedback.JobForget: func(ctx context.Context, _ feedback.Job) error { return d.Forget(ctx) },
		feedback.JobHeartbeat: func(context.Context, feedback.Job) error {
			wakeDoors(heart)
			return nil
		},
	}, now, a.log)
	a.outbox = jobs.NewOutbox(a.store, a.deliver, now, a.log)
	d.Carries(a.carried(), a.outbox.Wake, func(venue string, managersOnly bool) bool { return a.hub.Staffed(venue, managersOnly, now()) })
	d.Hears(a.hub.Watched, live.Deaf)
	a.echo = web.New(web.Options{
		BaseURL: a.cfg.BaseURL, TrustedProxies: a.cfg.TrustedProxies, Key: d.FormKey(),
		Limits: a.cfg.Limits, Dev: a.cfg.Dev, Log: a.log, Now: now, Streams: &a.streams,
	})
	a.mount()
	return nil
}

// mount gives every face its addresses.
func (a *App) mount() {
	e := a.echo
	files := static.Handler()
	if a.cfg.Dev {
		files = static.Dev("static")
	}
	e.GET("/static/*", echo.WrapHandler(files))
	e.GET("/sw.js", echo.WrapHandler(static.File("sw.js")))
	e.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, alive) })
	e.GET("/readyz", a.ready)
	e.Use(a.metrics.count, web.Authenticate(func(ctx context.Context, session, _ string) (feedback.Actor, error) {
		return a.Desk.Session(ctx, session)
	}, a.Desk.Key))
	guest.Mount(e, guest.Deps{Desk: a.Desk, Store: a.store, Hub: a.hub, BaseURL: a.cfg.BaseURL})
	staff.Mount(e, staff.Deps{Desk: a.Desk, Store: a.store, Hub: a.hub, BaseURL: a.cfg.BaseURL, Here: a.here, Out: a.out()})
	owner.Mount(e, owner.Deps{Desk: a.Desk, Store: a.store, BaseURL: a.cfg.BaseURL, Out: a.out(), Screens: a.screens, Deaf: live.Deaf})
	rest.Mount(e, rest.Deps{Desk: a.Desk, Store: a.store, Hub: a.hub, BaseURL: a.cfg.BaseURL, Out: a.out()})
}

// here notes that a screen of a venue lives, here and on other nodes.
func (a *App) here(venue string, s feedback.Screen) {
	one := live.Screen{ID: s.ID, Tablet: s.Tablet, Person: s.Person, Managers: s.Managers}
	a.hub.Here(venue, one, a.Desk.Now())
	if a.relay != nil {
		a.relay.Here(venue, one)
	}
}

// screens lists the screens of a venue that were heard of late.
func (a *App) screens(venue string) (all []feedback.Screen) {
	for _, s := range a.hub.List(venue, a.Desk.Now()) {
		all = append(all, feedback.Screen{ID: s.ID, Tablet: s.Tablet, Person: s.Person, Managers: s.Managers, HeardAt: s.At})
	}
	return all
}

// alive is what /healthz and /readyz answer.
var alive = api.Health{Status: "ok"}

// ready says whether we may take traffic: the database answers.
func (a *App) ready(c echo.Context) error {
	if _, err := a.store.Empty(c.Request().Context()); err != nil {
		return fmt.Errorf("not ready: %w", errors.Join(feedback.ErrBusy, err))
	}
	return c.JSON(http.StatusOK, alive)
}

// Listen opens the address to serve on. Where any free port will do (":0"), the
// base URL of the settings gets the port that was found.
func Listen(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	if _, port, err := net.SplitHostPort(l.Addr().String()); err == nil && cfg.BaseURL.Port() == "0" {
		base := *cfg.BaseURL
		base.Host = net.JoinHostPort(base.Hostname(), port)
		cfg.BaseURL = &base
	}
	return l, nil
}

const (
	// writeScans is how often counted scans are written.
	writeScans = 10 * time.Second
	// tidy is how often what is old is removed.
	tidy = time.Hour
	// lookForRepeats is how often we look for causes that keep coming up.
	lookForRepeats = 10 * time.Minute
	// lookForMornings is how often we look whether it is morning somewhere.
	lookForMornings = time.Minute
	// rollUp is how often figures are added up. Until then they are counted.
	rollUp = 20 * time.Second
	// keepDays is how often figures of visits and alerts are made of days that are
	// over. Until then they are counted.
	keepDays = 5 * time.Minute
	// lookForBackup is how often we look whether today's backup was made.
	lookForBackup = 5 * time.Minute

	// soon is how long a chore may take that people wait for, atLeisure one that
	// may find much to do, overnight one that reads whole files.
	soon      = time.Minute
	atLeisure = 10 * time.Minute
	overnight = 6 * time.Hour
)

// Run serves on l and runs jobs until ctx is done, then lets open requests
// finish for as long as the settings say.
func (a *App) Run(ctx context.Context, l net.Listener) error {
	if !a.store.Postgres() {
		if err := a.store.FreeLeases(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { a.keep(working, "timers", a.jobs.Run) })
	work.Go(func() { a.keep(working, "outbox", a.outbox.Run) })
	work.Go(func() { a.keep(working, "heartbeat", a.keepBeating) })
	if a.relay != nil {
		work.Go(func() { a.keep(working, "relay", a.relay.Run) })
	}
	for _, c := range a.chores() {
		work.Go(func() { a.every(working, c) })
	}
	closeMetrics, err := a.serveMetrics(ctx)
	if err == nil {
		err = errors.Join(a.serve(ctx, l), closeMetrics())
	} else {
		err = errors.Join(err, l.Close())
	}
	stop()
	work.Wait()
	return errors.Join(err, a.Desk.WriteScans(context.WithoutCancel(ctx)))
}

// chore is work that is done again and again beside the requests. What it cannot
// end in time it gives up, so that something which hangs stops it only once.
type chore struct {
	pause     time.Duration
	within    time.Duration
	complaint string
	do        func(context.Context) error
}

func (a *App) chores() []chore {
	return []chore{
		{writeScans, soon, "scans not written", a.Desk.WriteScans},
		{tidy, atLeisure, "not all that is old was removed", a.Tidy},
		{desk.LookAtScreens, soon, "screens not watched", a.Desk.WatchScreens},
		{lookForRepeats, soon, "no tasks opened", a.Desk.OpenTasks},
		{lookForMornings, soon, "no morning mail", a.Desk.SendMailings},
		{rollUp, atLeisure, "figures not added up", a.AddUp},
		{keepDays, atLeisure, "figures of days not added up", func(ctx context.Context) error { return a.store.KeepDays(ctx, a.Desk.Now()) }},
		{rollUp, atLeisure, "words not indexed", a.store.Index},
		{lookForBackup, overnight, "no backup", func(ctx context.Context) error { return errors.Join(a.Scrub(ctx), a.BackUp(ctx)) }},
	}
}

// Tidy removes what is old: idempotency keys, failed tries, sessions that ended,
// what venues kept of guests for as long as they keep it, and files of photos that
// nothing names.
func (a *App) Tidy(ctx context.Context) error {
	now := a.Desk.Now()
	return errors.Join(
		a.store.ForgetRequests(ctx, now.Add(-store.RequestsLife)), a.store.ForgetThrottles(ctx, now.AddDate(0, 0, -1)),
		a.store.ForgetSessions(ctx, now), a.Desk.Forget(ctx), a.Desk.SweepPhotos(ctx),
	)
}

// AddUp folds what is new into what figures are read from.
func (a *App) AddUp(ctx context.Context) error { return a.store.Roll(ctx) }

// Scrub clears the traces of what was erased out of a SQLite database's files,
// once a day.
func (a *App) Scrub(ctx context.Context) error {
	done, err := a.store.ScrubDaily(ctx, a.Desk.Now().Local())
	if done {
		a.log.Info("the files hold nothing any more of what was erased")
	}
	return err
}

// BackUp makes today's backup of a SQLite database, unless there is one.
func (a *App) BackUp(ctx context.Context) error {
	made, err := a.store.BackUpDaily(ctx, a.Desk.Now().Local(), a.cfg.BackupKeep)
	if err != nil {
		a.metrics.failures.Inc()
	} else if made {
		a.log.Info("backed up", "folder", a.cfg.Backups)
	}
	return err
}

// every does a chore again and again until ctx is done.
func (a *App) every(ctx context.Context, c chore) {
	tick := time.NewTicker(c.pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := c.once(ctx); err != nil && ctx.Err() == nil {
				a.log.Error(c.complaint, "err", err)
			}
		}
	}
}

func (c chore) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	return survived(func() error { return c.do(ctx) })
}

// keep runs what must go on as long as the program does: after a panic, which
// would end the program and every alert with it, it begins again.
func (a *App) keep(ctx context.Context, what string, run func(context.Context)) {
	for {
		err := survived(func() error { run(ctx); return nil })
		if err == nil {
			return
		}
		a.log.Error("begins again", "what", what, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second): // so that a bug which comes back at once does not fill the log
		}
	}
}

// survived does work; a panic is a failure like any other.
func survived(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return work()
}

// serve serves until ctx is done. Slow senders and readers are cut off: headers
// within 5 s, a whole request within 30, an answer within 30 (a stream sets its
// own deadline for each write).
func (a *App) serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           a.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	srv.ConnContext = web.WithConn
	srv.RegisterOnShutdown(a.hub.Close) // streams never end by themselves
	end, err := a.secure(ctx, srv, l)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer end()
	failed := make(chan error, 1)
	go func() {
		if srv.TLSConfig != nil {
			failed <- srv.ServeTLS(l, "", "")
			return
		}
		failed <- srv.Serve(web.Together(l))
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Shutdown)
	defer cancel()
	err = srv.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close() // whoever is still talking has had the time the operator allows
	}
	<-failed
	return err
}

// Drain does every job that is due now, for tests that move the clock.
func (a *App) Drain(ctx context.Context) error {
	return errors.Join(a.jobs.Drain(ctx), a.outbox.Drain(ctx))
}

// Alone makes this the only process that serves the database until Close, where
// only one may; see [store.Store.Serve].
func (a *App) Alone(ctx context.Context) (err error) {
	a.release, err = a.store.Serve(ctx, a.cfg.Shutdown+time.Second) // the one before may take so long to stop
	return err
}

// Close ends the streams, and closes the database when they have read from it
// for the last time.
func (a *App) Close() error {
	a.hub.Close()
	a.streams.Wait() // each write of theirs has a deadline
	err := a.store.Close()
	if a.release != nil {
		err = errors.Join(err, a.release())
	}
	return err
}
