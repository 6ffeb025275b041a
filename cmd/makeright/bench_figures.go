package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

const (
	figuresVenues = 200
	figuresRounds = 200
)

// figures measures what an owner's pages read, with so many reports over 200
// venues: all panels of one venue, and all venues beside each other.
func (b benchCmd) figures(e *env) (err error) {
	folder, err := os.MkdirTemp(b.Dir, "makeright-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "bench.db")
	db, err := store.Open(e.ctx, file, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	owner, venues, err := furnishFigures(e.ctx, db)
	if err != nil {
		return err
	}
	if err := store.Multiply(e.ctx, file, b.Figures); err != nil {
		return err
	}
	start := time.Now()
	if err := db.RebuildAll(e.ctx); err != nil {
		return err
	}
	rebuilt := time.Since(start)
	to := time.Now().UTC()
	day := func(back int) string { return to.AddDate(0, 0, -back).Format(time.DateOnly) }
	one, err := timed(func(n int) error {
		at := db.For(owner, venues[n%len(venues)])
		if _, err := at.Facts(e.ctx, store.StatsFilter{FromDay: day(59), ToDay: day(0)}); err != nil {
			return err
		}
		_, err := at.Tables(e.ctx)
		return err
	})
	if err != nil {
		return err
	}
	all, err := timed(func(int) error {
		_, err := db.Org(owner).Compare(e.ctx, day(29), day(0))
		return err
	})
	if err != nil {
		return err
	}
	(&bench{benchCmd: b, env: e}).say(fmt.Sprintf("Figures of %d reports over %d venues, added up in %s", b.Figures, figuresVenues, rebuilt.Round(time.Second)),
		[]string{"what", "p50 ms", "p95 ms"}, [][]string{
			{"all panels of one venue, 30 days and the 30 before", ms(one.at(.5)), ms(one.at(.95))},
			{"all venues, 30 days", ms(all.at(.5)), ms(all.at(.95))},
		})
	return nil
}

// addUp makes the figures of reports that stand on no timeline.
func addUp(ctx context.Context, file string) error {
	db, err := store.Open(ctx, file, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.RebuildAll(ctx), db.Close())
}

// timed is how long work took, sorted.
func timed(work func(n int) error) (times, error) {
	var took times
	for n := range figuresRounds {
		start := time.Now()
		if err := work(n); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took, nil
}

// furnishFigures adds an organisation with venues of a table each.
func furnishFigures(ctx context.Context, db *store.Store) (feedback.Actor, []string, error) {
	if err := db.Migrate(ctx); err != nil {
		return feedback.Actor{}, nil, err
	}
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	now := time.Now().UTC()
	org := feedback.Organisation{ID: id(), Name: "Bench", CreatedAt: now}
	owner := feedback.Actor{Kind: feedback.ByPerson, Org: org.ID, OrgRole: feedback.Owner}
	var venues []string
	err := db.Tx(ctx, func(tx store.Tx) error {
		venues = nil
		if err := tx.AddOrganisation(ctx, org); err != nil {
			return err
		}
		for n := range figuresVenues {
			v := feedback.Venue{ID: id(), Name: fmt.Sprint("Venue ", n), TimeZone: "Europe/Berlin", Currency: "EUR", Languages: []string{"en"}, PromiseMinutes: 3, CreatedAt: now}
			if err := tx.Org(owner).AddVenue(ctx, v); err != nil {
				return err
			}
			at := tx.At(feedback.System(org.ID, v.ID), v.ID)
			if err := at.AddTable(ctx, feedback.Table{ID: id(), Name: "1", CreatedAt: now}); err != nil {
				return err
			}
			venues = append(venues, v.ID)
		}
		return nil
	})
	return owner, venues, err
}
