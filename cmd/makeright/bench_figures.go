package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

const (
	figuresVenues = 200
	figuresTables = 20
	figuresRounds = 200
	figuresTail   = 5 // reports of each venue that are not yet added up
)

// panel is what one page of the owner reads, or a part of it.
type panel struct {
	name string
	read func(context.Context, store.View) error
}

// figuresPanels are all that the owner's pages about one venue read from the
// database to show figures, with the days that they show first.
func figuresPanels(now time.Time) []panel {
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	var unresolved []string // of the page
	days := func(back int) func(context.Context, store.View) error {
		return func(ctx context.Context, v store.View) error {
			return v.WithFacts(ctx, store.StatsFilter{FromDay: day(back), ToDay: day(0)}, func(facts []feedback.Fact) error {
				unresolved = unresolved[:0]
				for i := range facts {
					if facts[i].Status == feedback.Unresolved {
						unresolved = append(unresolved, facts[i].ID)
					}
				}
				return nil
			})
		}
	}
	return []panel{
		{"overview: 30 days and the 30 before", days(59)},
		{"overview: tables", func(ctx context.Context, v store.View) error { return second(v.Tables(ctx)) }},
		{"overview: latest unresolved", func(ctx context.Context, v store.View) error {
			slices.Sort(unresolved)
			return second(v.Reports(ctx, store.Filter{IDs: append(unresolved[max(0, len(unresolved)-5):], "")}))
		}},
		{"overview: scans", func(ctx context.Context, v store.View) error { return second(v.Reach(ctx, day(29), day(0))) }},
		{"overview: bursts", func(ctx context.Context, v store.View) error { return second(v.Bursts(ctx, now.AddDate(0, 0, -30))) }},
		{"overview: guests to follow up", func(ctx context.Context, v store.View) error { return second(v.ToFollow(ctx)) }},
		{"why, speed, cost: 30 days", days(29)},
		{"cost: covers", func(ctx context.Context, v store.View) error { return second(v.Covers(ctx, day(29), day(0))) }},
		{"funnel: 30 days", days(29)},
		{"funnel: visits and tables scanned", func(ctx context.Context, v store.View) error { return second(v.Reach(ctx, day(29), day(0))) }},
		{"alert budget", func(ctx context.Context, v store.View) error { return second(v.Calls(ctx, day(29), day(0))) }},
		{"repeats", func(ctx context.Context, v store.View) error {
			tasks, err := v.Tasks(ctx, now.AddDate(0, 0, -90))
			return errors.Join(err, v.CountTasks(ctx, tasks, now))
		}},
		{"follow-ups", func(ctx context.Context, v store.View) error { return second(v.FollowUps(ctx)) }},
		{"lapsed promises", func(ctx context.Context, v store.View) error {
			return second(v.Reports(ctx, store.Filter{Lapsed: now, From: now.AddDate(0, 0, -30), Limit: 51}))
		}},
	}
}

// second is the error of what is read for nothing but its time.
func second[T any](_ T, err error) error { return err }

// figures measures what an owner's pages read, with so many reports over 200
// venues: all pages about one venue, and all venues beside each other.
func (b benchCmd) figures(e *env) (err error) {
	folder, err := os.MkdirTemp(b.Dir, "makeright-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "bench.db")
	var spent atomic.Int64
	db, err := store.Open(e.ctx, file, store.Options{Spent: &spent})
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, db.Close())
		}
	}()
	owner, venues, codes, err := furnishFigures(e.ctx, db)
	if err != nil {
		return err
	}
	if err := store.Multiply(e.ctx, file, b.Figures); err != nil {
		return err
	}
	start := time.Now()
	if err := addUp(e.ctx, db); err != nil {
		return err
	}
	rebuilt := time.Since(start)
	if err := figuresSince(e.ctx, db, owner, venues); err != nil {
		return err
	}
	rows, err := readFigures(e.ctx, db, &spent, owner, venues)
	if err != nil {
		return err
	}
	say := (&bench{benchCmd: b, env: e}).say
	say(fmt.Sprintf("Figures of %d reports over %d venues, added up in %s but for the last %d of each", b.Figures, figuresVenues,
		rebuilt.Round(time.Second), figuresTail), []string{"what", "p50 ms", "p95 ms", "p50 ms in the database", "p95"}, rows)
	open = false
	if err := db.Close(); err != nil {
		return err
	}
	beside, err := b.besideSubmits(e, file, codes)
	if err != nil {
		return err
	}
	say("Reports of 64 guests, alone and while their figures follow", []string{"alone/s", "beside/s", "of alone", "CPU us alone", "beside", "of alone", "CPU us of figures, nobody sending"}, beside)
	return nil
}

// spans is how long reading something took, each time: in all, and in the database.
type spans struct{ all, database times }

// readFigures takes the times of each panel, of all, and of all venues.
func readFigures(ctx context.Context, db *store.Store, spent *atomic.Int64, owner feedback.Actor, venues []string) (rows [][]string, err error) {
	now := time.Now().UTC()
	panels := figuresPanels(now)
	read := func(to *spans, read func() error) error {
		before, start := spent.Load(), time.Now()
		err := read()
		to.all, to.database = append(to.all, time.Since(start)), append(to.database, time.Duration(spent.Load()-before))
		return err
	}
	each := make([]spans, len(panels)+1)
	for n := range figuresRounds {
		for i, p := range panels {
			if err := read(&each[i], func() error { return p.read(ctx, db.For(owner, venues[n%len(venues)])) }); err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	for range figuresRounds {
		err := read(&each[len(panels)], func() error {
			return second(db.Org(owner).Compare(ctx, now.AddDate(0, 0, -29).Format(time.DateOnly), now.Format(time.DateOnly)))
		})
		if err != nil {
			return nil, err
		}
	}
	row := func(name string, of ...spans) {
		sum := spans{make(times, figuresRounds), make(times, figuresRounds)}
		for _, c := range of {
			for n := range figuresRounds {
				sum.all[n] += c.all[n]
				sum.database[n] += c.database[n]
			}
		}
		slices.Sort(sum.all)
		slices.Sort(sum.database)
		rows = append(rows, []string{name, ms(sum.all.at(.5)), ms(sum.all.at(.95)), ms(sum.database.at(.5)), ms(sum.database.at(.95))})
	}
	overview := 0
	for i, p := range panels {
		row(p.name, each[i])
		if strings.HasPrefix(p.name, "overview") {
			overview = i + 1
		}
	}
	row("the overview, with all its panels", each[:overview]...)
	row("all pages about one venue, with lists", each[:len(panels)]...)
	row("all venues, 30 days", each[len(panels)])
	return rows, nil
}

// figuresSince lets something happen at each venue that is not added up: new
// reports, a visit that is opened, and an older report that changes.
func figuresSince(ctx context.Context, db *store.Store, owner feedback.Actor, venues []string) error {
	for _, venue := range venues {
		old, err := db.For(owner, venue).Reports(ctx, store.Filter{Limit: 1})
		if err != nil {
			return err
		}
		err = db.Tx(ctx, func(tx store.Tx) error {
			at := tx.At(owner, venue)
			for range figuresTail {
				r := old[0]
				r.ID, r.CreatedAt, r.DueAt, r.Since = uuid.Must(uuid.NewV7()).String(), time.Now().UTC(), time.Now().UTC(), time.Now().UTC()
				r.Day, r.Kind, r.Status, r.Version = r.CreatedAt.Format(time.DateOnly), feedback.Issue, feedback.Open, 1
				if err := at.AddReport(ctx, r); err != nil {
					return err
				}
				if err := at.Append(ctx, &feedback.Event{Kind: feedback.ReportCreated, At: r.CreatedAt, ReportID: r.ID, ByKind: feedback.ByGuest}); err != nil {
					return err
				}
			}
			visit := feedback.Visit{ID: uuid.Must(uuid.NewV7()).String(), TableID: old[0].TableID, OpenedAt: time.Now().UTC(), ExpiresAt: time.Now().UTC().Add(time.Hour)}
			if err := at.AddVisit(ctx, visit); err != nil {
				return err
			}
			if err := at.Append(ctx, &feedback.Event{Kind: feedback.VisitOpened, At: visit.OpenedAt, Subject: visit.ID, ByKind: feedback.BySystem}); err != nil {
				return err
			}
			changed := old[0]
			changed.Verdict = feedback.NotYet
			if err := at.Advance(ctx, &changed); err != nil {
				return err
			}
			return at.Append(ctx, &feedback.Event{Kind: feedback.ReportVerdict, At: time.Now().UTC(), ReportID: changed.ID, ByKind: feedback.ByGuest})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addUp makes the figures of reports that stand on no timeline.
func addUp(ctx context.Context, db *store.Store) error {
	if _, err := db.RebuildAll(ctx); err != nil {
		return err
	}
	return db.KeepDays(ctx, time.Now())
}

const (
	// besideRounds is how often submits are measured without and with figures
	// that follow.
	besideRounds = 7
	// besideTurn is how often the program adds figures up.
	besideTurn = 20 * time.Second
)

// besideSubmits measures what it costs reports that their figures follow: 64
// guests send over HTTP without and then with it, in turn. What was sent in the
// first turn is added up in the second. CPU is of server and guests together.
func (b benchCmd) besideSubmits(e *env, file string, codes []string) (rows [][]string, err error) {
	cfg, err := config.Flags{Database: file, BaseURL: "http://bench", Limits: "off"}.Config()
	if err != nil {
		return nil, err
	}
	a, err := app.New(e.ctx, cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	load := &bench{benchCmd: b, env: e, codes: codes}
	turn := func(follow func(context.Context) error) (rate, cpu float64, n int, err error) {
		var m measured
		start, used := time.Now(), cpuOf("self")
		done := make(chan error, 1)
		go func() { done <- follow(e.ctx) }()
		err = load.drive(server.Listener.Addr().String(), 64, besideTurn, load.report, &m)
		err = errors.Join(err, <-done)
		return float64(m.done) / time.Since(start).Seconds(), (cpuOf("self") - used) / float64(max(1, m.done)) * 1e6, m.done, err
	}
	var rates, cpus []float64
	for range besideRounds {
		alone, cpuAlone, _, err := turn(func(context.Context) error { return nil })
		if err != nil {
			return nil, err
		}
		beside, cpuBeside, n, err := turn(a.AddUp)
		if err != nil {
			return nil, err
		}
		used := cpuOf("self")
		if err := a.AddUp(e.ctx); err != nil {
			return nil, err
		}
		each := (cpuOf("self") - used) / float64(max(1, n)) * 1e6
		rates, cpus = append(rates, beside/alone), append(cpus, cpuBeside/cpuAlone)
		rows = append(rows, []string{
			fmt.Sprintf("%.0f", alone), fmt.Sprintf("%.0f", beside), fmt.Sprintf("%.2fx", beside/alone),
			fmt.Sprintf("%.0f", cpuAlone), fmt.Sprintf("%.0f", cpuBeside), fmt.Sprintf("%.2fx", cpuBeside/cpuAlone), fmt.Sprintf("%.0f", each),
		})
	}
	slices.Sort(rates)
	slices.Sort(cpus)
	middle := besideRounds / 2
	return append(rows, []string{"", "median", fmt.Sprintf("%.2fx", rates[middle]), "", "", fmt.Sprintf("%.2fx", cpus[middle]), ""}), nil
}

// furnishFigures adds an organisation with venues of some tables, and returns
// their codes.
func furnishFigures(ctx context.Context, db *store.Store) (owner feedback.Actor, venues, codes []string, err error) {
	if err := db.Migrate(ctx); err != nil {
		return owner, nil, nil, err
	}
	d, err := desk.New(ctx, db, func(string) {}, func(string) {}, time.Now)
	if err != nil {
		return owner, nil, nil, err
	}
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	now := time.Now().UTC()
	org := feedback.Organisation{ID: id(), Name: "Bench", CreatedAt: now}
	owner = feedback.Actor{Kind: feedback.ByPerson, Org: org.ID, OrgRole: feedback.Owner}
	err = db.Tx(ctx, func(tx store.Tx) error {
		venues = nil
		if err := tx.AddOrganisation(ctx, org); err != nil {
			return err
		}
		for n := range figuresVenues {
			v := feedback.Venue{ID: id(), Name: fmt.Sprint("Venue ", n), TimeZone: "Europe/Berlin", Currency: "EUR", Languages: []string{"en"}, PromiseMinutes: 3, CreatedAt: now}
			if err := tx.Org(owner).AddVenue(ctx, v); err != nil {
				return err
			}
			venues = append(venues, v.ID)
		}
		return nil
	})
	if err != nil {
		return owner, nil, nil, err
	}
	tables := make([]desk.NewTable, figuresTables)
	for n := range tables {
		tables[n].Name = fmt.Sprint(n + 1)
	}
	for _, venue := range venues {
		if _, err := d.AddTables(ctx, owner, venue, tables); err != nil {
			return owner, nil, nil, err
		}
		all, err := d.TableCodes(ctx, owner, venue)
		if err != nil {
			return owner, nil, nil, err
		}
		for _, code := range all {
			codes = append(codes, code.Code)
		}
	}
	return owner, venues, codes, nil
}
