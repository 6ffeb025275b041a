package desk_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func (c *clock) advance(d time.Duration) { c.set(c.now().Add(d)) }

// house is a venue with people, two tables and their codes.
type house struct {
	*desk.Desk
	s       *store.Store
	clk     *clock
	owner   feedback.Actor
	manager feedback.Actor // Marta
	waiter  feedback.Actor // Wim
	other   feedback.Actor // Olaf, another waiter
	venue   feedback.Venue
	table   feedback.Table
	second  feedback.Table
	code    feedback.Code // of table

	mu    sync.Mutex
	woken []string
	shut  []string
}

func newHouse(t *testing.T, mods ...func(*feedback.Venue)) *house {
	t.Helper()
	return inHouse(t, storetest.New(t), mods...)
}

// inHouse opens one more house in the same database.
func inHouse(t *testing.T, s *store.Store, mods ...func(*feedback.Venue)) *house {
	t.Helper()
	h := &house{s: s, clk: &clock{t: storetest.Epoch}}
	h.owner = storetest.Owner(t, s)
	h.venue = storetest.VenueOf(t, s, h.owner, mods...)
	h.manager = storetest.Person(t, s, h.owner, h.venue.ID, "Marta Manager", feedback.Manager)
	h.waiter = storetest.Person(t, s, h.owner, h.venue.ID, "Wim Waiter", feedback.Staff)
	h.other = storetest.Person(t, s, h.owner, h.venue.ID, "Olaf Other", feedback.Staff)
	var err error
	h.Desk, err = desk.New(t.Context(), s, h.wake, h.shutOut, h.clk.now)
	must(t, err)
	ids, err := h.AddTables(t.Context(), h.owner, h.venue.ID, []desk.NewTable{{Name: "1"}, {Name: "2", Area: "Terrace"}})
	must(t, err)
	at := s.For(h.owner, h.venue.ID)
	h.table, err = at.Table(t.Context(), ids[0])
	must(t, err)
	h.second, err = at.Table(t.Context(), ids[1])
	must(t, err)
	h.code = h.codeOf(t, h.table.ID)
	return h
}

func (h *house) wake(venue string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.woken = append(h.woken, venue)
}

func (h *house) shutOut(org string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shut = append(h.shut, org)
}

// codeOf is the newest code of a table.
func (h *house) codeOf(t *testing.T, table string) feedback.Code {
	t.Helper()
	codes, err := h.s.For(h.owner, h.venue.ID).CodesOf(t.Context(), table, "", h.clk.now())
	must(t, err)
	if len(codes) == 0 {
		t.Fatalf("table %s has no code", table)
	}
	return codes[0]
}

// visitCode is the code of a visit.
func (h *house) visitCode(t *testing.T, visit string) feedback.Code {
	t.Helper()
	v, err := h.s.For(h.owner, h.venue.ID).Visit(t.Context(), visit)
	must(t, err)
	codes, err := h.s.For(h.owner, h.venue.ID).CodesOf(t.Context(), v.TableID, visit, h.clk.now())
	must(t, err)
	return codes[0]
}

// complaint is what an unhappy guest at table 1 sends.
func (h *house) complaint() desk.NewReport {
	return desk.NewReport{Code: h.code.Code, Rating: 2, Causes: []string{"cold"}, Words: "The soup was cold.", Handling: feedback.ComeOver, Language: "en"}
}

// send submits a complaint and returns it as stored, and its guest.
func (h *house) send(t *testing.T, mods ...func(*desk.NewReport)) (feedback.Report, feedback.Actor) {
	t.Helper()
	in := h.complaint()
	for _, mod := range mods {
		mod(&in)
	}
	r, err := h.Submit(t.Context(), in)
	must(t, err)
	guest, err := h.Guest(t.Context(), h.StatusToken(r.ID))
	must(t, err)
	return h.report(t, r.ID), guest
}

// report reads a report as a manager would.
func (h *house) report(t *testing.T, id string) feedback.Report {
	t.Helper()
	r, err := h.s.For(h.manager, h.venue.ID).Report(t.Context(), id)
	must(t, err)
	return r
}

// resolved takes a complaint and puts it right.
func (h *house) resolved(t *testing.T, by feedback.Actor) (feedback.Report, feedback.Actor) {
	t.Helper()
	r, guest := h.send(t)
	must(t, h.Take(t.Context(), by, h.venue.ID, r.ID, ""))
	must(t, h.Resolve(t.Context(), by, h.venue.ID, r.ID, remade))
	return h.report(t, r.ID), guest
}

var remade = desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}, Cost: feedback.Money{Amount: 450, Currency: "EUR"}}}

// kinds are the events of a report, as "report.taken taken".
func (h *house) kinds(t *testing.T, report string) []string {
	t.Helper()
	events, err := h.s.For(h.manager, h.venue.ID).EventsOf(t.Context(), report)
	must(t, err)
	var out []string
	for _, e := range events {
		line := string(e.Kind)[len("report."):]
		if e.Data.What != "" {
			line += " " + e.Data.What
		}
		out = append(out, line)
	}
	return out
}

// wantKinds also walks the timeline.
func (h *house) wantKinds(t *testing.T, report string, want ...string) {
	t.Helper()
	if got := h.kinds(t, report); !slices.Equal(got, want) {
		t.Errorf("timeline %q, want %q", got, want)
	}
	h.walk(t)
}

// walk checks the venue's whole timeline: numbers without gaps, every event
// sealed over the one before. It shares nothing with the store's own check.
func (h *house) walk(t *testing.T) {
	t.Helper()
	at := h.s.For(h.owner, h.venue.ID)
	events, _, err := at.EventsAfter(t.Context(), 0, 10_000)
	must(t, err)
	head, err := at.Head(t.Context())
	must(t, err)
	if int64(len(events)) != head {
		t.Fatalf("%d events, but the venue counted %d", len(events), head)
	}
	var prev []byte
	for i, e := range events {
		again := e
		_, err := again.Seal(prev)
		must(t, err)
		if e.Seq != int64(i+1) || !bytes.Equal(e.Hash, again.Hash) {
			t.Fatalf("event %d (number %d) does not follow from the one before", i+1, e.Seq)
		}
		prev = e.Hash
	}
}

// drain does all jobs that are due.
func (h *house) drain(t *testing.T) {
	t.Helper()
	for {
		jobs, err := h.s.Claim(t.Context(), h.clk.now(), time.Minute, 10)
		must(t, err)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			h.work(t, j)
			must(t, h.s.Done(t.Context(), j))
		}
	}
}

func (h *house) work(t *testing.T, j feedback.Job) {
	t.Helper()
	timer := feedback.System(j.OrgID, j.VenueID)
	switch j.Kind {
	case feedback.JobWatch:
		must(t, h.Watch(t.Context(), timer, j.Subject))
	case feedback.JobOpening:
		must(t, h.CheckOpening(t.Context(), timer))
	case feedback.JobPassOn:
		must(t, h.PassOn(t.Context(), timer, j.Subject))
	case feedback.JobForget:
		must(t, h.Forget(t.Context()))
	default:
		t.Fatalf("nobody does the job %q", j.Kind)
	}
}

// jobs are all that waits, whenever it is due.
func (h *house) jobs(t *testing.T, kind, report string) int {
	t.Helper()
	all, err := h.s.Claim(t.Context(), h.clk.now().AddDate(10, 0, 0), 0, 1000)
	must(t, err)
	n := 0
	for _, j := range all {
		if j.Kind == kind && j.Subject == report {
			n++
		}
	}
	must(t, h.s.FreeLeases(t.Context()))
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: err = %v, want %v", what, err, want)
	}
}

// wantProblem wants a problem with one field.
func wantProblem(t testing.TB, what string, err error, field string) {
	t.Helper()
	if ps, _ := errors.AsType[feedback.Problems](err); ps[field] == "" {
		t.Errorf("%s: err = %v, want a problem with %q", what, err, field)
	}
}

// with returns the actor with an idempotency key.
func with(by feedback.Actor, key, hash string) (feedback.Actor, *bool) {
	replayed := new(bool)
	by.Request = feedback.Request{Key: key, Hash: hash, Replayed: replayed}
	return by, replayed
}

// together runs fn n times at once.
func together(n int, fn func(i int)) {
	var start, all sync.WaitGroup
	start.Add(1)
	for i := range n {
		all.Go(func() {
			start.Wait()
			fn(i)
		})
	}
	start.Done()
	all.Wait()
}
