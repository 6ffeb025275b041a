package desk_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
)

// onScan is a venue that lets the first scan open a visit, open from noon to ten.
func onScan(v *feedback.Venue) {
	v.VisitOnScan = true
	v.Hours.Week = map[string][]string{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		v.Hours.Week[day] = []string{"12:00-22:00"}
	}
}

// evening is a moment of the opening, with as long until its end.
func (h *house) evening(before time.Duration) time.Time {
	day := h.clk.now().In(h.venue.Zone())
	return time.Date(day.Year(), day.Month(), day.Day(), 22, 0, 0, 0, h.venue.Zone()).Add(-before)
}

// here are the visits that are open at the tables.
func (h *house) here(t *testing.T) []feedback.Visit {
	t.Helper()
	visits, err := h.s.For(h.owner, h.venue.ID).OpenVisits(t.Context(), h.clk.now())
	must(t, err)
	return visits
}

// timeline is how often something was written on the venue's timeline.
func (h *house) timeline(t *testing.T, kind feedback.EventKind) (n int) {
	t.Helper()
	events, _, err := h.s.For(h.owner, h.venue.ID).EventsAfter(t.Context(), 0, 1000)
	must(t, err)
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestArrive_ScansAtOneMomentOpenOneVisit(t *testing.T) {
	h := newHouse(t, onScan)
	h.clk.set(h.evening(4 * time.Hour))
	together(30, func(i int) {
		code := h.code.Code
		if i%2 == 1 {
			code = h.code.Short
		}
		if err := h.Arrive(t.Context(), code); err != nil {
			t.Error(err)
		}
	})
	must(t, h.Arrive(t.Context(), h.code.Code))
	here := h.here(t)
	if len(here) != 1 {
		t.Fatalf("%d visits, want one", len(here))
	}
	v, now := here[0], h.clk.now()
	if !v.ByScan || v.TableID != h.table.ID || v.OpenedBy != "" || !v.OpenedAt.Equal(now) || !v.ExpiresAt.Equal(now.Add(feedback.MaxScanVisit)) {
		t.Errorf("visit %+v, want one of table 1 by a scan at %s", v, now)
	}
	if scanned, opened := h.timeline(t, feedback.VisitScanned), h.timeline(t, feedback.VisitOpened); scanned != 1 || opened != 0 {
		t.Errorf("timeline: %d scanned, %d opened; want one and none", scanned, opened)
	}
	must(t, h.Arrive(t.Context(), h.codeOf(t, h.second.ID).Code))
	if n := len(h.here(t)); n != 2 {
		t.Errorf("%d visits after a scan at another table, want 2", n)
	}
	h.walk(t)
}

func TestArrive_OpensNoneWhereItMustNot(t *testing.T) {
	tests := map[string]struct {
		off   bool
		left  time.Duration // until the venue closes
		do    func(t *testing.T, h *house) (code string)
		fails error
		here  int
	}{
		"the venue does not want it": {off: true, left: time.Hour},
		"before it opens":            {left: 11 * time.Hour},
		"after it closed":            {left: 0},
		"the code was revoked": {left: time.Hour, fails: feedback.ErrNotFound, do: func(t *testing.T, h *house) string {
			must(t, h.RevokeCode(t.Context(), h.owner, h.venue.ID, h.table.ID))
			return h.code.Code
		}},
		"the code was replaced a while ago": {left: time.Hour, fails: feedback.ErrNotFound, do: func(t *testing.T, h *house) string {
			must(t, h.RotateCodeWithin(t.Context(), h.owner, h.venue.ID, h.table.ID, time.Minute))
			h.clk.advance(2 * time.Minute)
			return h.code.Code
		}},
		"nobody's code": {left: time.Hour, fails: feedback.ErrNotFound, do: func(*testing.T, *house) string { return absent.code }},
		"the code of a visit that was closed": {left: time.Hour, do: func(t *testing.T, h *house) string {
			visit := h.opened(t, desk.NewVisit{})
			must(t, h.CloseVisit(t.Context(), h.waiter, h.venue.ID, visit))
			return h.visitCode(t, visit).Code
		}},
		"the code of a visit that is over": {left: time.Hour, fails: feedback.ErrGone, do: func(t *testing.T, h *house) string {
			code := h.visitCode(t, h.opened(t, desk.NewVisit{Expires: time.Minute})).Code
			h.clk.advance(time.Minute)
			return code
		}},
		"staff opened one": {left: time.Hour, here: 1, do: func(t *testing.T, h *house) string {
			h.opened(t, desk.NewVisit{})
			return h.code.Code
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, onScan, func(v *feedback.Venue) { v.VisitOnScan = !tt.off })
			h.clk.set(h.evening(tt.left))
			code := h.code.Code
			if tt.do != nil {
				code = tt.do(t, h)
			}
			if err := h.Arrive(t.Context(), code); !errors.Is(err, tt.fails) {
				t.Errorf("err = %v, want %v", err, tt.fails)
			}
			if here := h.here(t); len(here) != tt.here || h.timeline(t, feedback.VisitScanned) != 0 {
				t.Errorf("open: %+v, want %d and none by a scan", here, tt.here)
			}
		})
	}
}

func TestArrive_EndsByItself(t *testing.T) {
	h := newHouse(t, onScan)
	h.clk.set(h.evening(3*time.Hour + 30*time.Minute))
	must(t, h.Arrive(t.Context(), h.code.Code))
	lunch := h.here(t)[0]
	h.clk.advance(feedback.MaxScanVisit)
	if here := h.here(t); len(here) != 0 {
		t.Fatalf("open after three hours: %+v", here)
	}
	must(t, h.Arrive(t.Context(), h.code.Code))
	here := h.here(t)
	if len(here) != 1 || here[0].ID == lunch.ID || !here[0].ExpiresAt.Equal(h.evening(0)) {
		t.Fatalf("open: %+v, want another one until the venue closes at %s", here, h.evening(0))
	}
	must(t, h.CloseVisit(t.Context(), h.waiter, h.venue.ID, here[0].ID))
	if here := h.here(t); len(here) != 0 || h.timeline(t, feedback.VisitClosed) != 1 {
		t.Errorf("open after staff closed it: %+v", here)
	}
}

// T01: whoever has a picture of the code can open a visit with it, and gains nothing.
func TestArrive_ProvesNothing(t *testing.T) {
	h := newHouse(t, onScan)
	h.clk.set(h.evening(2 * time.Hour))
	must(t, h.Arrive(t.Context(), h.code.Code))
	visit := h.here(t)[0].ID
	before, _ := h.send(t)
	written, err := h.WriteDown(t.Context(), h.waiter, h.venue.ID, "1", h.complaint())
	must(t, err)
	for _, r := range []feedback.Report{before, h.report(t, written)} {
		if r.VisitID != visit || r.Trust != feedback.TrustTable || r.Server != "" {
			t.Errorf("visit %q, trust %s; want %s and the trust of the table", r.VisitID, r.Trust, visit)
		}
	}
	must(t, h.Take(t.Context(), h.waiter, h.venue.ID, before.ID, ""))
	must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, before.ID, remade))
	h.wantFigures(t, before.Day, 0, feedback.Reach{})

	h.clk.advance(time.Minute)
	if id := h.opened(t, desk.NewVisit{Test: true}); id == visit {
		t.Error("a test took over a guest's visit")
	}
	id, made, err := h.OpenVisit(t.Context(), h.waiter, h.venue.ID, desk.NewVisit{Table: "1", Check: "A-1", Server: "Maria", Covers: 3})
	must(t, err)
	here, err := h.s.For(h.owner, h.venue.ID).OpenVisitsAt(t.Context(), h.table.ID, h.clk.now())
	must(t, err)
	if id != visit || !made || len(here) != 1 {
		t.Fatalf("staff opened %s (made %v) beside %d others, want %s, the only one", id, made, len(here)-1, visit)
	}
	v, now := here[0], h.clk.now()
	if v.ByScan || v.CheckNo != "A-1" || v.Server != "Maria" || v.Covers != 3 || v.OpenedBy != h.waiter.Person || !v.OpenedAt.Equal(now) || !v.ExpiresAt.Equal(now.Add(feedback.DefaultVisit)) {
		t.Errorf("visit %+v, want what staff typed, opened now", v)
	}
	if again, made, err := h.OpenVisit(t.Context(), till(h, feedback.ScopeVisits), h.venue.ID, desk.NewVisit{Table: "1", Check: "A-1"}); err != nil || made || again != visit {
		t.Errorf("the till's same check: %s, made %v, %v; want %s", again, made, err, visit)
	}
	h.wantFigures(t, before.Day, 0, feedback.Reach{Visits: 1})

	after, _ := h.send(t)
	receipt, _ := h.send(t, func(in *desk.NewReport) { in.Code = h.visitCode(t, visit).Code })
	if after.VisitID != visit || after.Trust != feedback.TrustOpenTable || after.Server != "Maria" || receipt.VisitID != visit || receipt.Trust != feedback.TrustVisit {
		t.Errorf("after staff took it over: %s %s, by the receipt %s %s", after.VisitID, after.Trust, receipt.VisitID, receipt.Trust)
	}
	if got := h.report(t, before.ID); got.Trust != feedback.TrustTable {
		t.Errorf("the report before has become %s", got.Trust)
	}
	for _, r := range []feedback.Report{after, receipt} {
		must(t, h.Take(t.Context(), h.waiter, h.venue.ID, r.ID, ""))
		must(t, h.Resolve(t.Context(), h.waiter, h.venue.ID, r.ID, remade))
	}
	h.wantFigures(t, before.Day, 2, feedback.Reach{Visits: 1, Sent: 1, Issues: 1, Resolved: 1})
	h.walk(t)
}

// wantFigures reads the figures of a day, as they are kept and as they are made again:
// resolved issues of known visits, what became of visits, and how many visits are
// compared.
func (h *house) wantFigures(t *testing.T, day string, inVisit int, visits feedback.Reach) {
	t.Helper()
	must(t, h.s.Roll(t.Context()))
	at := h.s.For(h.owner, h.venue.ID)
	days := store.StatsFilter{FromDay: day, ToDay: day, By: "table"}
	total, _, err := at.Figures(t.Context(), days)
	must(t, err)
	if total.InVisit != inVisit || total.BeforeClose != inVisit {
		t.Errorf("%d issues in a visit, %d before close, want %d", total.InVisit, total.BeforeClose, inVisit)
	}
	if got, err := at.VisitFigures(t.Context(), days); err != nil || got != visits {
		t.Errorf("visits %+v, %v, want %+v", got, err, visits)
	}
	venues, err := h.s.Org(h.owner).Compare(t.Context(), day, day)
	must(t, err)
	if venues[0].Visits != visits.Visits {
		t.Errorf("compared by %d visits, want %d", venues[0].Visits, visits.Visits)
	}
}
