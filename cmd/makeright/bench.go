package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"makeright/internal/app"
	"makeright/internal/store"
)

type benchCmd struct {
	Dir    string        `default:"." type:"existingdir" help:"Folder on the disk to measure; a throw-away database is made in it."`
	For    time.Duration `default:"3s" help:"How long each measurement runs."`
	Venue  int           `default:"500" help:"How many venues there are."`
	Guests []int         `default:"1,8,64,256" help:"How many guests send at once, in turn."`
	Most   int           `default:"2000" help:"The most screens that listen at once."`
	Only   []string      `enum:"screens,submits,pages,million" help:"Measure only these: ${enum}."`

	Program string `type:"existingfile" help:"Measure this build instead of the one that runs."`
	Empty   string `hidden:"" help:"Serve nothing at this address, through the router we use, to compare with."`
}

// Run measures a throw-away server over HTTP, beside a yardstick on the same
// disk. Ratios come first: they survive a change of machine.
func (b benchCmd) Run(e *env) (err error) {
	if b.Empty != "" {
		return app.ServeNothing(e.ctx, b.Empty)
	}
	folder, err := os.MkdirTemp(b.Dir, "makeright-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if b.Program == "" {
		if b.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	bench := &bench{benchCmd: b, env: e, folder: folder}
	defer bench.stop()
	return bench.run()
}

// run takes the steps that were asked for, in order; the first three always.
func (b *bench) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"", b.yardstick}, {"", b.start}, {"", b.furnish},
		{"screens", b.screens}, {"submits", b.submits}, {"pages", b.pages}, {"million", b.million},
	} {
		if step.name != "" && len(b.Only) > 0 && !slices.Contains(b.Only, step.name) {
			continue
		}
		if err := step.do(); err != nil {
			return err
		}
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
	}
	return nil
}

// bench is one run.
type bench struct {
	benchCmd
	*env
	folder string
	server *exec.Cmd
	base   string
	key    string
	codes  []string // one of each venue
	venues []string

	rows float64 // the yardstick's
}

// say prints a table.
func (b *bench) say(title string, head []string, rows [][]string) {
	fmt.Fprintln(b.stdout, "\n"+title)
	w := tabwriter.NewWriter(b.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  "+strings.Join(head, "\t"))
	for _, r := range rows {
		fmt.Fprintln(w, "  "+strings.Join(r, "\t"))
	}
	_ = w.Flush()
}

func (b *bench) yardstick() error {
	rows, fsync, err := store.Yardstick(b.ctx, b.folder, b.For)
	if err != nil {
		return err
	}
	b.rows = rows
	b.say("The disk", []string{"what", "figure"}, [][]string{
		{"one fsync of a small append", fsync.Round(time.Microsecond).String()},
		{"yardstick: one INSERT and COMMIT (synchronous=FULL) each", fmt.Sprintf("%.0f/s", rows)},
		{"cores", fmt.Sprint(runtime.NumCPU())},
	})
	return nil
}

// start starts the server, twice: the second start is the one of an existing
// database.
func (b *bench) start() error {
	info, err := os.Stat(b.Program)
	if err != nil {
		return err
	}
	b.base = "http://" + freeAddress()
	settings := append(os.Environ(), "DATABASE="+filepath.Join(b.folder, "bench.db"),
		"LISTEN="+strings.TrimPrefix(b.base, "http://"), "BASE_URL="+b.base, "LIMITS=off", "SHUTDOWN=2s")
	demo := exec.CommandContext(b.ctx, b.Program, "demo")
	demo.Env = settings
	out, err := demo.Output()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	var d demoOutput
	if err := json.Unmarshal(out, &d); err != nil {
		return err
	}
	b.key, b.codes, b.venues = d.Key, []string{d.Tables[0].Code}, []string{d.Venue.ID}
	took, err := b.launch(settings)
	if err != nil {
		return err
	}
	<-time.After(time.Second) // let it settle before its memory is read
	b.say("Small things", []string{"what", "figure"}, [][]string{
		{"start on an existing database, to the first answer", took.Round(time.Millisecond).String()},
		{"memory when idle", fmt.Sprintf("%.1f MiB", float64(b.memory())/(1<<20))},
		{"size of the program", fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20))},
	})
	return nil
}

// launch starts the server and returns how long it took to answer.
func (b *bench) launch(settings []string) (took time.Duration, err error) {
	b.server, took, err = launch(settings, b.base+"/healthz", b.Program, "serve")
	return took, err
}

// launch starts a program and waits until it answers.
func launch(settings []string, url, program string, args ...string) (*exec.Cmd, time.Duration, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = settings
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	for time.Since(start) < 10*time.Second {
		rs, err := http.Get(url)
		if err == nil {
			rs.Body.Close()
			return cmd, time.Since(start), nil
		}
		<-time.After(time.Millisecond)
	}
	quit(cmd)
	return nil, 0, errors.New(url + " does not answer")
}

// quit asks a program to stop, and waits.
func quit(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(os.Interrupt)
	timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
}

func (b *bench) stop() {
	if b.server != nil {
		quit(b.server)
		b.server = nil
	}
}

// furnish adds venues with a table each, through the API.
func (b *bench) furnish() error {
	for n := len(b.venues); n < b.Venue; n++ {
		var venue struct{ ID string }
		if err := b.call("/api/v1/venues", map[string]any{"name": fmt.Sprintf("Venue %d", n), "country": "IT"}, &venue); err != nil {
			return err
		}
		var table struct{ Code struct{ Code string } }
		if err := b.call("/api/v1/venues/"+venue.ID+"/tables", map[string]any{"name": "1"}, &table); err != nil {
			return err
		}
		b.venues, b.codes = append(b.venues, venue.ID), append(b.codes, table.Code.Code)
	}
	return nil
}

// call posts to the API and reads the answer.
func (b *bench) call(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	rq, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	rq.Header.Set("Authorization", "Bearer "+b.key)
	rq.Header.Set("Content-Type", "application/json")
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		return err
	}
	defer rs.Body.Close()
	answer, err := io.ReadAll(rs.Body)
	if err != nil {
		return err
	}
	if rs.StatusCode/100 != 2 {
		return fmt.Errorf("POST %s: %s: %s", path, rs.Status, answer)
	}
	return json.Unmarshal(answer, out)
}

// submits measures durable reports per second.
func (b *bench) submits() error {
	var rows [][]string
	for _, guests := range b.Guests {
		m, err := b.load(guests, b.For, b.report)
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			fmt.Sprint(guests), fmt.Sprintf("%.1fx", m.rate/b.rows), fmt.Sprintf("%.0f", m.rate),
			ms(m.took.at(.5)), ms(m.took.at(.99)), perSubmit(m.cpu, m.done, "us"), perSubmit(m.written, m.done, "KB"),
		})
	}
	b.say("Durable reports over HTTP", []string{"guests", "of the yardstick", "reports/s", "answered p50 ms", "p99 ms", "CPU us each", "KB written each"}, rows)
	return nil
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
func (b *bench) report(buf []byte, n int) []byte {
	body := fmt.Appendf(nil, `{"rating":2,"causes":["cold"],"words":"The soup came cold %s","handling":"come_over","language":"en"}`, mark(n))
	return fmt.Appendf(buf, "POST /api/v1/codes/%s/reports HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		b.codes[n%len(b.codes)], len(body), body)
}

// screens measures the way from a guest's tap to the screens of the venue.
func (b *bench) screens() error {
	var rows [][]string
	for _, n := range []int{1, 100, b.Most} {
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
		rows = append(rows, []string{
			fmt.Sprint(n), ms(seen.at(.5)), ms(seen.at(.99)), fmt.Sprintf("%.0f", m.rate), perSubmit(m.cpu, m.done, "us"), fmt.Sprintf("%.1f", each), fmt.Sprint(len(seen)),
		})
	}
	b.say(fmt.Sprintf("From 8 guests to the screens of %d venues", len(b.venues)),
		[]string{"screens", "p50 ms", "p99 ms", "reports/s", "CPU us each", "KB a screen", "deliveries"}, rows)
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
	empty, err := b.loadAt(address, 64, b.For, func(buf []byte, _ int) []byte {
		return append(buf, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"...)
	})
	if err != nil {
		return err
	}
	form, err := b.load(64, b.For, func(buf []byte, n int) []byte {
		return fmt.Appendf(buf, "GET /T/%s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n", b.codes[n%len(b.codes)])
	})
	if err != nil {
		return err
	}
	b.say("The form page", []string{"what", "of an empty handler", "requests/s", "bytes each"}, [][]string{
		{"empty handler", "1.00", fmt.Sprintf("%.0f", empty.rate), fmt.Sprint(empty.bytes / max(1, empty.done))},
		{"form of a table, compressed", fmt.Sprintf("%.2f", form.rate/empty.rate), fmt.Sprintf("%.0f", form.rate), fmt.Sprint(form.bytes / max(1, form.done))},
	})
	return nil
}

// million measures the owner's figures with a million reports in the database.
func (b *bench) million() error {
	b.stop()
	file := filepath.Join(b.folder, "bench.db")
	if err := store.Multiply(b.ctx, file, 1_000_000); err != nil {
		return err
	}
	settings := append(os.Environ(), "DATABASE="+file, "LISTEN="+strings.TrimPrefix(b.base, "http://"), "BASE_URL="+b.base, "LIMITS=off", "SHUTDOWN=2s")
	if _, err := b.launch(settings); err != nil {
		return err
	}
	m, err := b.load(1, b.For, func(buf []byte, n int) []byte {
		return fmt.Appendf(buf, "GET /api/v1/venues/%s/stats?by=day HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", b.venues[n%len(b.venues)], b.key)
	})
	if err != nil {
		return err
	}
	b.say("The owner's figures of 30 days, with a million reports", []string{"p50 ms", "p99 ms", "requests/s"}, [][]string{
		{ms(m.took.at(.5)), ms(m.took.at(.99)), fmt.Sprintf("%.0f", m.rate)},
	})
	return nil
}
