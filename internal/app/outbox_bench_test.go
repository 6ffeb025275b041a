package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// BenchmarkOutbox_BesideBadReceivers sends reports to eight good receivers, in one
// program beside three more good ones, in the other beside one that hangs, one
// that answers a byte a second and one that answers garbage. It tells how long the
// good ones wait, and the second program's p99 over the first's (R13: 1.1 at most).
// The programs take turns, who is first too, so that what else the machine does
// meets both; and each p99 is the median of those of ten parts of the run, so that
// one hiccup decides nothing. alone/alone is the same figure of the first program's
// odd turns over its even ones: what this machine can tell apart at all.
func BenchmarkOutbox_BesideBadReceivers(b *testing.B) {
	never := make(chan struct{})
	well := answering(b, func(http.ResponseWriter, *http.Request) {})
	among := []*told{
		telling(b, []string{well, answering(b, func(http.ResponseWriter, *http.Request) {}), answering(b, func(http.ResponseWriter, *http.Request) {})}),
		telling(b, []string{
			answering(b, func(http.ResponseWriter, *http.Request) { <-never }),
			answering(b, func(w http.ResponseWriter, r *http.Request) {
				for {
					if _, err := io.WriteString(w, "o"); err != nil {
						return
					}
					_ = http.NewResponseController(w).Flush()
					select {
					case <-never:
						return
					case <-r.Context().Done():
						return
					case <-time.After(time.Second):
					}
				}
			}),
			garbage(b),
		}),
	}
	b.Cleanup(func() { close(never) }) // before the servers wait for their guests
	n := 0
	for b.Loop() {
		for i := range among {
			among[(i+n)%2].one(b)
		}
		n++
	}
	alone, beside := medianP99(among[0].waits), medianP99(among[1].waits)
	var odd, even []time.Duration
	for turn := range slices.Chunk(among[0].waits, 2*goodReceivers) {
		half := len(turn) / 2
		odd, even = append(odd, turn[:half]...), append(even, turn[half:]...)
	}
	b.ReportMetric(float64(alone.Microseconds())/1000, "ms-p99-alone")
	b.ReportMetric(float64(beside.Microseconds())/1000, "ms-p99-beside")
	b.ReportMetric(float64(beside)/float64(alone), "p99-ratio")
	b.ReportMetric(float64(medianP99(odd))/float64(max(medianP99(even), 1)), "alone/alone")
}

// medianP99 is the median of the p99 of each tenth of a run.
func medianP99(waits []time.Duration) time.Duration {
	var all []time.Duration
	for part := range slices.Chunk(waits, max(len(waits)/10, 1)) {
		part = slices.Sorted(slices.Values(part))
		all = append(all, part[len(part)*99/100])
	}
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}

// told is a program that tells good receivers of reports, and how long each waited.
type told struct {
	app     *app.App
	owner   feedback.Actor
	table   string
	arrived chan time.Time
	waits   []time.Duration
}

const goodReceivers = 8

// one sends a report and waits until all good receivers have heard of it.
func (t *told) one(b *testing.B) {
	b.Helper()
	begin := time.Now()
	if _, err := t.app.Desk.WriteDown(b.Context(), t.owner, t.owner.Venue, t.table, desk.NewReport{Rating: 2, Language: "en"}); err != nil {
		b.Fatal(err)
	}
	for range goodReceivers {
		t.waits = append(t.waits, (<-t.arrived).Sub(begin))
	}
}

// telling starts a program whose webhooks lead to good receivers and to others.
func telling(b *testing.B, others []string) *told {
	b.Helper()
	t := &told{arrived: make(chan time.Time, 100)}
	cfg := config.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Database: filepath.Join(b.TempDir(), "m.db"), Shutdown: time.Second, Listen: "127.0.0.1:0",
		Outside: config.Outside{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	var err error
	t.app, err = app.New(b.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	check(err)
	demo, err := t.app.Desk.FillDemo(b.Context())
	check(err)
	t.owner = feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	for range goodReceivers {
		others = append(others, answering(b, func(http.ResponseWriter, *http.Request) { t.arrived <- time.Now() }))
	}
	for i, to := range others {
		_, _, err := t.app.Desk.AddWebhook(b.Context(), t.owner, desk.Webhook{Name: fmt.Sprint(i), URL: to, Events: []feedback.EventKind{feedback.ReportCreated}})
		check(err)
	}
	codes, err := t.app.Desk.TableCodes(b.Context(), t.owner, demo.Venue.ID)
	check(err)
	t.owner.Venue, t.table = demo.Venue.ID, codes[0].TableID
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	l, err := app.Listen(ctx, &cfg)
	check(err)
	ended := make(chan error, 1)
	go func() { ended <- t.app.Run(ctx, l) }()
	b.Cleanup(func() {
		stop()
		check(<-ended)
		check(t.app.Close())
	})
	return t
}

func answering(b *testing.B, h http.HandlerFunc) string {
	b.Helper()
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL
}
