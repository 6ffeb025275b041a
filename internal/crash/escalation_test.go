package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/e2e/program"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

// TestEscalation_KilledAtRandom gives each of many venues its own steps of
// escalation, in seconds, and a report, and kills the program with -9 again and
// again while they come due and while some are taken. Every step fires, never
// before its time and never after a take; a program that listens is told of each
// at least once, and not once more than there were kills (R12; I2, I3, I4, I5).
func TestEscalation_KilledAtRandom(t *testing.T) {
	for round := range size(1, 50) {
		t.Run(fmt.Sprint(round), func(t *testing.T) { newTrial(t, 200).run(16) })
	}
}

// trial is an installation with many policies.
type trial struct {
	t       *testing.T
	p       *program.Program
	path    string
	key     string
	person  string // who takes
	owner   feedback.Actor
	cases   []*policyCase
	ear     *ear
	program *http.Client
	line    chan struct{} // so many come in at once: a server that has just started must get something done
}

// policyCase is a venue with its steps, and the report of its only guest.
type policyCase struct {
	venue, code string
	policy      feedback.Policy
	takes       bool          // somebody takes it
	wait, after time.Duration // until it is sent, and then until it is taken

	report string
	took   bool // the answer to the take was success
}

// ear is a program that is told of every report and every escalation.
type ear struct {
	*httptest.Server
	mu    sync.Mutex
	news  chan struct{}
	told  map[string]int // messages by id
	level map[string]int // of reports
}

func newEar(t *testing.T) *ear {
	e := &ear{news: make(chan struct{}, 1), told: map[string]int{}, level: map[string]int{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

// ServeHTTP notes a message.
func (e *ear) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var body struct {
		Report struct{ ID string }
		Data   struct{ Level int }
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		return // the line broke: it comes again
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told[r.Header.Get("webhook-id")]++
	e.level[body.Report.ID] = max(e.level[body.Report.ID], body.Data.Level)
	e.hear()
}

// hear says that the program did something.
func (e *ear) hear() {
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// until returns when so is so.
func (e *ear) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		e.mu.Lock()
		is := so()
		e.mu.Unlock()
		if is {
			return
		}
		select {
		case <-e.news:
		case <-limit:
			t.Fatalf("%s: %d messages of %d reports came", what, len(e.told), len(e.level))
		}
	}
}

// newTrial writes venues with their policies into a new database.
func newTrial(t *testing.T, policies int) *trial {
	t.Helper()
	tr := &trial{t: t, path: filepath.Join(t.TempDir(), "makeright.db"), ear: newEar(t), program: &http.Client{Timeout: 10 * time.Second}, line: make(chan struct{}, 8)}
	s, err := store.Open(t.Context(), tr.path, store.Options{})
	must(t, err)
	must(t, s.Migrate(t.Context()))
	d, err := desk.New(t.Context(), s, func(string) {}, func(string) {}, time.Now)
	must(t, err)
	demo, err := d.FillDemo(t.Context())
	must(t, err)
	tr.key, tr.owner = demo.Key, feedback.Actor{Kind: feedback.ByKey, Org: demo.Venue.OrgID, ID: "k", Scope: feedback.ScopeAdmin}
	team, err := s.For(tr.owner, demo.Venue.ID).Team(t.Context())
	must(t, err)
	tr.person = team[slices.IndexFunc(team, func(m store.Member) bool { return m.Here == feedback.Owner })].ID
	_, _, err = d.AddWebhook(t.Context(), tr.owner, desk.Webhook{URL: tr.ear.URL, Events: []feedback.EventKind{feedback.ReportCreated, feedback.ReportEscalated}})
	must(t, err)
	storetest.Write(t, s, func(tx store.Tx) error {
		tr.cases = nil
		for range policies {
			c, err := addCase(t.Context(), tx, tr.owner)
			if err != nil {
				return err
			}
			tr.cases = append(tr.cases, c)
		}
		return nil
	})
	must(t, s.Close())
	tr.p = program.New(t, tr.path, "LIMITS=off", "ALLOW_NETS=127.0.0.0/8")
	return tr
}

// addCase adds a venue where it is noon, with a table and steps of its own.
func addCase(ctx context.Context, tx store.Tx, owner feedback.Actor) (*policyCase, error) {
	now := time.Now().UTC()
	v := feedback.Venue{
		ID: storetest.ID(), OrgID: owner.Org, Name: "V", Country: "DE", TimeZone: fmt.Sprintf("Etc/GMT%+d", now.Hour()-12), Currency: "EUR",
		Languages: []string{"en"}, PromiseMinutes: feedback.DefaultPromise, CreatedAt: now,
	}
	table := feedback.Table{ID: storetest.ID(), VenueID: v.ID, Name: "1", CreatedAt: now}
	code := feedback.Code{
		ID: storetest.ID(), TableID: table.ID, CreatedAt: now,
		Code: letters(26), Short: letters(8),
	}
	c := &policyCase{
		venue: v.ID, code: code.Code, policy: somePolicy(), takes: rand.IntN(5) < 2,
		wait: rand.N(4 * time.Second), after: rand.N(7 * time.Second),
	}
	if err := tx.Org(owner).AddVenue(ctx, v); err != nil {
		return nil, err
	}
	at := tx.At(owner, v.ID)
	if err := at.AddTable(ctx, table); err != nil {
		return nil, err
	}
	if err := at.AddCode(ctx, code); err != nil {
		return nil, err
	}
	return c, at.SaveEscalation(ctx, feedback.Escalation{Ordinary: c.policy, Safety: feedback.DefaultEscalation().Safety})
}

// letters makes up those of a code.
func letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rand.IntN(32)]
	}
	return string(b)
}

// somePolicy draws one to four steps, each up to two seconds after the one
// before.
func somePolicy() feedback.Policy {
	p := feedback.Policy{Repeat: feedback.MinRepeat + rand.IntN(2)}
	after := 0
	for range 1 + rand.IntN(4) {
		after += rand.IntN(3)
		to := []feedback.Target{feedback.ToOwner, feedback.ToEveryone}[rand.IntN(2)]
		p.Steps = append(p.Steps, feedback.Step{After: after, To: []feedback.Target{to}})
	}
	return p
}

// due is how long after the report a level fires.
func (c *policyCase) due(level int) time.Duration {
	n := len(c.policy.Steps)
	seconds := c.policy.Steps[min(level, n)-1].After + max(level-n, 0)*c.policy.Repeat
	return time.Duration(seconds) * time.Second
}

func (tr *trial) run(kills int) {
	ctx := tr.t.Context()
	tr.p.Start()
	var last time.Time // that it was killed
	var work sync.WaitGroup
	for i, c := range tr.cases {
		work.Go(func() { tr.live(ctx, c, i) })
	}
	for range kills {
		for len(tr.ear.news) > 0 { // of the life before
			<-tr.ear.news
		}
		<-tr.ear.news
		<-time.After(time.Duration(rand.IntN(400)) * time.Millisecond) // the moment of the crash is what this test draws
		tr.p.Kill()
		last = time.Now()
		tr.p.Start()
	}
	work.Wait()
	tr.ear.until(tr.t, "not all steps fired", func() bool { // once more after the last step
		for _, c := range tr.cases {
			if !c.takes && tr.ear.level[c.report] <= len(c.policy.Steps) {
				return false
			}
		}
		return true
	})
	tr.p.Kill()
	sent, between := tr.check(kills+1, last)
	if between < len(tr.cases)/4 {
		tr.t.Errorf("only %d steps fired between the kills: they prove nothing", between)
	}
	tr.p.Start()
	tr.ear.until(tr.t, "not all messages arrived", func() bool { // whatever was under way
		for _, id := range sent {
			if tr.ear.told[id] == 0 {
				return false
			}
		}
		return true
	})
	tr.p.Stop()
	twice := 0
	for id, n := range tr.ear.told {
		if n > 1+kills+1 {
			tr.t.Errorf("message %s came %d times after %d kills", id, n, kills+1)
		}
		twice += n - 1
	}
	if twice > 4*(kills+1) { // so many are on their way to one receiver at once
		tr.t.Errorf("%d messages came twice after %d kills", twice, kills+1)
	}
	tr.t.Logf("%d policies, %d kills: %d messages, %d of them twice; %d steps between the kills", len(tr.cases), kills+1, len(sent), twice, between)
}

// live is a guest who sends until it is received, and somebody who takes it.
func (tr *trial) live(ctx context.Context, c *policyCase, i int) {
	s := sent{Key: fmt.Sprint("policy ", i), Mark: fmt.Sprint("policy ", i)}
	tr.until(ctx, c.wait, func() bool {
		status, err := send(ctx, tr.program, tr.p.Base, c.code, &s)
		return err == nil && status == http.StatusCreated
	})
	c.report = s.ID
	if !c.takes {
		return
	}
	tr.until(ctx, c.after, func() bool {
		c.took = tr.take(ctx, c)
		return c.took
	})
}

// until tries after a while, and again until it works.
func (tr *trial) until(ctx context.Context, wait time.Duration, works func() bool) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait): // when people come is drawn
		}
		tr.line <- struct{}{}
		worked := works()
		<-tr.line
		if worked {
			tr.ear.hear()
			return
		}
		wait = 50 * time.Millisecond
	}
}

func (tr *trial) take(ctx context.Context, c *policyCase) bool {
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, tr.p.Base+"/api/v1/venues/"+c.venue+"/reports/"+c.report+"/take", strings.NewReader(`{"person":"`+tr.person+`"}`))
	if err != nil {
		return false
	}
	rq.Header.Set("Authorization", "Bearer "+tr.key)
	rq.Header.Set("Content-Type", "application/json")
	rs, err := tr.program.Do(rq)
	if err != nil {
		return false
	}
	defer rs.Body.Close()
	if rs.StatusCode == http.StatusOK {
		return true
	}
	if rs.StatusCode != http.StatusServiceUnavailable {
		tr.t.Errorf("a take was answered with %d", rs.StatusCode)
	}
	return rs.StatusCode != http.StatusServiceUnavailable
}

// check reads what happened, with nobody serving, and returns the ids of all
// messages about it, and how many steps fired before last.
func (tr *trial) check(kills int, last time.Time) (messages []string, before int) {
	s, err := store.Open(tr.t.Context(), tr.path, store.Options{})
	must(tr.t, err)
	defer func() { must(tr.t, s.Close()) }()
	for _, c := range tr.cases {
		at := s.For(feedback.System(tr.owner.Org, c.venue), c.venue)
		r, err := at.Report(tr.t.Context(), c.report)
		must(tr.t, err)
		events, err := at.EventsOf(tr.t.Context(), c.report)
		must(tr.t, err)
		for _, wrong := range c.wrong(r, events) {
			tr.t.Errorf("steps %+v, again each %d s, sent %s: %s", c.policy.Steps, c.policy.Repeat, r.CreatedAt.Format(time.StampMilli), wrong)
		}
		sent, err := at.Deliveries(tr.t.Context(), store.DeliveryFilter{Report: c.report, Limit: 200})
		must(tr.t, err)
		tells := map[int64]int{}
		for _, dl := range sent {
			if dl.EventSeq > 0 {
				tells[dl.EventSeq]++
				messages = append(messages, dl.ID)
			}
			if dl.State == feedback.Dead || dl.Attempts > 1+kills {
				tr.t.Errorf("message %s is %s after %d attempts", dl.ID, dl.State, dl.Attempts)
			}
		}
		for _, e := range events {
			if e.Kind != feedback.ReportCreated && e.Kind != feedback.ReportEscalated {
				continue
			}
			if e.Kind == feedback.ReportEscalated && e.At.Before(last) {
				before++
			}
			if tells[e.Seq] != 1 {
				tr.t.Errorf("%d messages tell of event %d", tells[e.Seq], e.Seq)
			}
		}
	}
	return messages, before
}

// wrong says what the timers of a report did not do as they should.
func (c *policyCase) wrong(r feedback.Report, events []feedback.Event) (out []string) {
	level, taken := 0, false
	for _, e := range events {
		switch e.Kind {
		case feedback.ReportTaken:
			taken = true
		case feedback.ReportEscalated:
			n := e.Data.Level
			if taken {
				out = append(out, fmt.Sprintf("level %d after it was taken", n))
			}
			if n <= level || n > level+1 && level < len(c.policy.Steps) { // later ones are not made up for one by one
				out = append(out, fmt.Sprintf("level %d after level %d", n, level))
			}
			if early := r.CreatedAt.Add(c.due(n)).Sub(e.At); early > 0 {
				out = append(out, fmt.Sprintf("level %d came %v early", n, early))
			}
			level = n
		}
	}
	if c.took && !taken {
		out = append(out, "a take that was answered is lost")
	}
	if !taken && level <= len(c.policy.Steps) {
		out = append(out, fmt.Sprintf("nobody took it, and it stopped at level %d", level))
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
