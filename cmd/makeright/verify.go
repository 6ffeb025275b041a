package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"makeright/internal/config"
	"makeright/internal/store"
)

type verifyCmd struct {
	config.Flags
	Head []string `placeholder:"VENUE:SEQ:HASH" help:"The end of a timeline as verify printed it earlier; shows whether events were cut off since."`
}

// Run walks all timelines, prints where each ends, and fails where one breaks.
func (v verifyCmd) Run(e *env) (err error) {
	cfg, err := settings(v.Flags)
	if err != nil {
		return err
	}
	var known []store.Head
	for _, text := range v.Head {
		h, err := readHead(text)
		if err != nil {
			return errors.Join(errUsage, err)
		}
		known = append(known, h)
	}
	db, err := store.Open(e.ctx, cfg.Database, store.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	heads, breaks, err := db.Verify(e.ctx, known...)
	if err != nil {
		return err
	}
	for _, h := range heads {
		fmt.Fprintf(e.stdout, "%s:%d:%x\n", h.Venue, h.Seq, h.Hash)
	}
	if len(breaks) == 0 {
		return nil
	}
	var lines []string
	for _, b := range breaks {
		lines = append(lines, b.String())
	}
	return fmt.Errorf("timelines that do not hold together:\n%s", strings.Join(lines, "\n"))
}

// readHead reads a head as Run prints it.
func readHead(text string) (store.Head, error) {
	venue, rest, _ := strings.Cut(text, ":")
	number, hash, _ := strings.Cut(rest, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	bytes, bad := hex.DecodeString(hash)
	if venue == "" || err != nil || seq < 0 || bad != nil || seq > 0 && len(bytes) == 0 {
		return store.Head{}, fmt.Errorf("--head is %q; write VENUE:SEQ:HASH as makeright verify prints it", text)
	}
	return store.Head{Venue: venue, Seq: seq, Hash: bytes}, nil
}
