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
	Other  int           `default:"10000" help:"How many screens of other venues listen while the guests of one send."`
	Only   []string      `enum:"screens,others,submits,pages,million" help:"Measure only these: ${enum}."`
	Fill   int           `default:"1000000" placeholder:"REPORTS" help:"With how many reports the owner's figures are measured."`

	Figures int `placeholder:"REPORTS" help:"Measure only the owner's figures, with so many reports over 200 venues."`

	Program string `type:"existingfile" help:"Measure this build instead of the one that runs."`
	Empty   string `hidden:"" help:"Serve nothing at this address, through the router we use, to compare with."`
}

// Run measures a throw-away server over HTTP, beside a yardstick on the same
// disk. Ratios come first: they survive a change of machine.
func (b benchCmd) Run(e *env) (err error) {
	if b.Empty != "" {
		return app.ServeNothing(e.ctx, b.Empty)
	}
	if b.Figures > 0 {
		return b.figures(e)
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
		{"", b.yardstick},
		{"", b.start},
		{"", b.furnish},
		{"submits", b.submits},
		{"pages", b.pages},
		{"screens", b.screens},
		{"others", b.others},
		{"million", b.million},
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
	b.say("Against what we want on two cores", []string{"what", "measured", "wanted", "reached"}, b.goals)
	return nil
}

// goal notes a figure for the last table.
func (b *bench) goal(what string, measured float64, unit, sign string, wanted float64) {
	reached := measured <= wanted
	if sign == ">=" {
		reached = measured >= wanted
	}
	b.goals = append(b.goals, []string{
		what, fmt.Sprintf("%.4g%s", measured, unit), fmt.Sprintf("%s %.4g%s", sign, wanted, unit), map[bool]string{true: "yes", false: "no"}[reached],
	})
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

	rows  float64       // the yardstick's
	fsync time.Duration // of the disk
	goals [][]string    // what the last table says
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
	b.rows, b.fsync = rows, fsync
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
	b.goal("start on an existing database", took.Seconds()*1000, " ms", "<=", 50)
	b.goal("memory when idle", float64(b.memory())/(1<<20), " MiB", "<=", 32)
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
