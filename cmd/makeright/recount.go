package main

import (
	"errors"
	"fmt"

	"makeright/internal/config"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

type recountCmd struct {
	config.Flags
}

// Run counts the figures of all venues again, also while makeright serves.
func (r recountCmd) Run(e *env) (err error) {
	cfg, err := settings(r.Flags)
	if err != nil {
		return err
	}
	db, err := store.Open(e.ctx, cfg.Database, store.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	venues, err := db.RebuildAll(e.ctx)
	if errors.Is(err, feedback.ErrConflict) {
		return errors.New("another makeright recount began meanwhile, and goes on alone")
	}
	if err != nil {
		return fmt.Errorf("%w\nuntil makeright recount got through, pages of figures are right but slow", err)
	}
	fmt.Fprintf(e.stdout, "The figures of %d venues are counted again.\n", venues)
	return nil
}
