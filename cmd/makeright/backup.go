package main

import (
	"fmt"
	"os"
	"path/filepath"

	"makeright/internal/config"
	"makeright/internal/store"
)

type backupCmd struct {
	config.Flags
	File string `arg:"" help:"The copy to write; it must not be there yet."`
}

// Run copies the database, also while makeright serves from it.
func (b backupCmd) Run(e *env) error {
	cfg, err := settings(b.Flags)
	if err != nil {
		return err
	}
	if err := store.Backup(e.ctx, cfg.Database, b.File); err != nil {
		return err
	}
	info, err := os.Stat(b.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s: %.1f MB, checksum in %s\n", b.File, float64(info.Size())/1e6, filepath.Base(b.File)+store.SumEnd)
	return nil
}
