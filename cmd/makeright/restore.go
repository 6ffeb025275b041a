package main

import (
	"fmt"

	"makeright/internal/config"
	"makeright/internal/store"
)

type restoreCmd struct {
	config.Flags
	File   string `arg:"" type:"existingfile" help:"The backup."`
	Erased string `placeholder:"FILE" help:"What was erased since: the file ending in .erased beside the lost database. Without it, the one beside DATABASE, if any."`
}

// Run makes DATABASE from a backup and says what is not as before.
func (r restoreCmd) Run(e *env) error {
	cfg, err := settings(r.Flags)
	if err != nil {
		return err
	}
	done, err := store.Restore(e.ctx, r.File, cfg.Database, r.Erased)
	if err != nil {
		return err
	}
	events := int64(0)
	for _, h := range done.Heads {
		events += h.Seq
	}
	fmt.Fprintf(e.stdout, "%s is restored: %d venues, %d events, all timelines whole.\n", cfg.Database, len(done.Heads), events)
	if !done.Summed {
		fmt.Fprintf(e.stdout, "No checksum lay beside %s, so changes outside of the timelines would not have been noticed.\n", r.File)
	}
	fmt.Fprintf(e.stdout, "Erased again, as guests had asked since the backup: %d.\n", done.Erasures)
	if done.Torn > 0 {
		fmt.Fprintf(e.stdout, "Lines about erasures that could not be read: %d. One is normal after a power cut.\n", done.Torn)
	}
	fmt.Fprintln(e.stdout, "Everybody has to sign in again; tablets stay paired. What was changed since the backup is not known any more:\n"+
		"look through team, keys and codes for those that had been shut out or revoked since.")
	return nil
}
