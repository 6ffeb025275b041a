package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"makeright/internal/store"
)

// submits measures durable reports per second.
func (b *bench) submits() error {
	var rows [][]string
	for _, guests := range b.Guests {
		m, err := b.load(guests, b.For, b.report)
		if err != nil {
			return err
		}
		if guests == 64 {
			b.submitGoals(m)
		}
		rows = append(rows, []string{
			fmt.Sprint(guests), fmt.Sprintf("%.1fx", m.rate/b.rows), fmt.Sprintf("%.0f", m.rate),
			ms(m.took.at(.5)), ms(m.took.at(.99)), perSubmit(m.cpu, m.done, "us"), perSubmit(m.written, m.done, "KB"),
		})
	}
	b.say("Durable reports over HTTP", []string{"guests", "of the yardstick", "reports/s", "answered p50 ms", "p99 ms", "CPU us each", "KB written each"}, rows)
	return nil
}

// submitGoals notes what a report costs at 64 guests. How many times as fast as
// the yardstick we can be depends on how long the disk makes the yardstick wait.
func (b *bench) submitGoals(m measured) {
	times := 4.0
	if b.fsync >= 500*time.Microsecond {
		times = 10
	}
	b.goal(fmt.Sprintf("reports/s of the yardstick, one fsync taking %v", b.fsync.Round(10*time.Microsecond)), m.rate/b.rows, "x", ">=", times)
	if m.cpu > 0 && m.done > 0 {
		b.goal("CPU of a report", m.cpu/float64(m.done)*1e6, " us", "<=", 70)
		b.goal("bytes written of a report", m.written/float64(m.done)/1024, " KB", "<=", 8)
	}
}

// perSubmit is a server's cost of one request: CPU time in microseconds, bytes
// in KB; "-" where this system does not tell.
func perSubmit(cost float64, n int, unit string) string {
	if cost == 0 || n == 0 {
		return "-"
	}
	if unit == "KB" {
		return fmt.Sprintf("%.1f", cost/float64(n)/1024)
	}
	return fmt.Sprintf("%.0f", cost/float64(n)*1e6)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }

// report is the request of the n-th report; the mark comes back in the stream.
func (b *bench) report(buf []byte, n int) []byte { return b.reportAt(buf, n, b.codes[n%len(b.codes)]) }

func (b *bench) reportAt(buf []byte, n int, code string) []byte {
	body := fmt.Appendf(nil, `{"rating":2,"causes":["cold"],"words":"The soup came cold %s","handling":"come_over","language":"en"}`, mark(n))
	return fmt.Appendf(buf, "POST /api/v1/codes/%s/reports HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		code, len(body), body)
}

// screens measures the way from a guest's tap to the screens of the venue.
func (b *bench) screens() error {
	var rows [][]string
	counts := slices.DeleteFunc([]int{1, 100, 1000}, func(n int) bool { return n >= b.Most })
	for _, n := range append(counts, b.Most) {
		before := b.memory()
		wall, err := b.listen(n)
		if err != nil {
			return err
		}
		each := float64(b.memory()-before) / float64(n) / 1024
		m, err := b.load(8, b.For, func(buf []byte, i int) []byte { wall.sent(i); return b.report(buf, i) })
		wall.close()
		if err != nil {
			return err
		}
		seen := wall.seen()
		if n == 1000 {
			b.goal("to 1,000 screens, p99", float64(seen.at(.99))/1e6, " ms", "<=", 20)
		}
		rows = append(rows, []string{
			fmt.Sprint(n), ms(seen.at(.5)), ms(seen.at(.99)), fmt.Sprintf("%.0f", m.rate), perSubmit(m.cpu, m.done, "us"), fmt.Sprintf("%.1f", each), fmt.Sprint(len(seen)),
		})
	}
	b.say(fmt.Sprintf("From 8 guests to the screens of %d venues", len(b.venues)),
		[]string{"screens", "p50 ms", "p99 ms", "reports/s", "CPU us each", "KB a screen", "deliveries"}, rows)
	return nil
}

// others measures whether a report costs more when screens of other venues
// listen.
func (b *bench) others() error {
	var rows [][]string
	var first float64
	for _, n := range []int{1, b.Other} {
		before := b.memory()
		wall, err := b.listenAt(n, b.venues[1:])
		if err != nil {
			return err
		}
		beats, _ := cost(b.server) // what the screens cost alone, with their beats
		<-time.After(b.For)
		until, _ := cost(b.server)
		each := float64(b.memory()-before) / float64(n) / 1024
		if n > 1 && each > 0 {
			b.goal("screens that fit in a GiB", 1<<20/each, "", ">=", 30_000)
		}
		m, err := b.load(8, b.For, func(buf []byte, i int) []byte { return b.reportAt(buf, i, b.codes[0]) })
		wall.close()
		if err != nil {
			return err
		}
		m.cpu -= until - beats
		cost := m.cpu / float64(max(1, m.done))
		if n == 1 {
			first = cost
		}
		ratio := cost / first // not a number where the system tells no CPU time
		if n > 1 && first > 0 {
			b.goal(fmt.Sprintf("CPU of a report, %d other screens against one", n), ratio, "x", "<=", 1.1)
		}
		rows = append(rows, []string{
			fmt.Sprint(n), fmt.Sprintf("%.2fx", ratio), perSubmit(m.cpu, m.done, "us"), fmt.Sprintf("%.0f", m.rate),
			ms(m.took.at(.99)), fmt.Sprintf("%.2f", (until-beats)/b.For.Seconds()), fmt.Sprintf("%.1f", each),
		})
	}
	b.say("8 guests of one venue, while screens of others listen",
		[]string{"other screens", "of one", "CPU us each", "reports/s", "p99 ms", "cores for beats", "KB a screen"}, rows)
	return nil
}

// pages measures the form page against an empty handler of the same router.
func (b *bench) pages() error {
	address := freeAddress()
	nothing, _, err := launch(os.Environ(), "http://"+address, b.Program, "bench", "--empty", address)
	if err != nil {
		return err
	}
	defer quit(nothing)
	empty, err := b.loadAt(nothing, address, 64, b.For, func(buf []byte, _ int) []byte {
		return append(buf, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"...)
	})
	if err != nil {
		return err
	}
	for _, code := range b.codes { // each venue's form is drawn once, for whoever comes first
		rs, err := http.Get(b.base + "/T/" + code)
		if err != nil {
			return err
		}
		rs.Body.Close()
	}
	form, err := b.load(64, b.For, func(buf []byte, n int) []byte {
		return fmt.Appendf(buf, "GET /T/%s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n", b.codes[n%len(b.codes)])
	})
	if err != nil {
		return err
	}
	b.goal("form page of an empty handler", form.rate/empty.rate, "x", ">=", 0.7)
	b.say("The form page", []string{"what", "of an empty handler", "requests/s", "CPU us each", "bytes each"}, [][]string{
		{"empty handler", "1.00", fmt.Sprintf("%.0f", empty.rate), perSubmit(empty.cpu, empty.done, "us"), fmt.Sprint(empty.bytes / max(1, empty.done))},
		{"form of a table, compressed", fmt.Sprintf("%.2f", form.rate/empty.rate), fmt.Sprintf("%.0f", form.rate), perSubmit(form.cpu, form.done, "us"), fmt.Sprint(form.bytes / max(1, form.done))},
	})
	return nil
}

// million measures the owner's figures with a million reports in the database, or
// as many as were asked for.
func (b *bench) million() error {
	b.stop()
	file := filepath.Join(b.folder, "bench.db")
	if err := store.Multiply(b.ctx, file, b.Fill); err != nil {
		return err
	}
	db, err := store.Open(b.ctx, file, store.Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(addUp(b.ctx, db), db.Close()); err != nil {
		return err
	}
	settings := append(os.Environ(), "DATABASE="+file, "LISTEN="+strings.TrimPrefix(b.base, "http://"), "BASE_URL="+b.base, "LIMITS=off", "SHUTDOWN=2s")
	took, err := b.launch(settings)
	if err != nil {
		return err
	}
	m, err := b.load(1, b.For, func(buf []byte, n int) []byte {
		return fmt.Appendf(buf, "GET /api/v1/venues/%s/stats?by=day HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", b.venues[n%len(b.venues)], b.key)
	})
	if err != nil {
		return err
	}
	b.say(fmt.Sprintf("The owner's figures of 30 days, with %d reports", b.Fill), []string{"p50 ms", "p99 ms", "requests/s", "start"}, [][]string{
		{ms(m.took.at(.5)), ms(m.took.at(.99)), fmt.Sprintf("%.0f", m.rate), took.Round(time.Millisecond).String()},
	})
	return nil
}
