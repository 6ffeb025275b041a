package owner

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// issuesOnPage is how many issues a page lists.
const issuesOnPage = 50

// issueFilter is what the list was asked for, as it stands in the address.
type issueFilter struct {
	Status, Kind, Table, Cause, Trust, Verdict, From, To, Words string
	By, Key                                                     string // of one group of the figures
	Count                                                       string // of one number of the figures
	Task, Named                                                 string // the task whose cause came back, or that guests named
	Tests                                                       string // "no" leaves them out, as figures do
}

// statuses a list can be narrowed to; without one it shows what was not
// resolved.
//
// i18n: owner.status.*
var statuses = []string{"unresolved", "waiting", "resolved", "any", "dismissed"}

var statusesOf = map[string][]feedback.Status{
	"unresolved": {feedback.Unresolved},
	"waiting":    feedback.Waiting,
	"resolved":   {feedback.Resolved},
	"any":        {feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Noted},
	"dismissed":  {feedback.Dismissed},
}

// verdicts a list can be narrowed to.
var verdicts = map[string][]feedback.Verdict{
	"yes": {feedback.Yes}, "partly": {feedback.Partly}, "no": {feedback.NotYet}, "none": {feedback.NoVerdict}, "asked": {feedback.NoVerdict},
	"notyes": {feedback.Partly, feedback.NotYet, feedback.NoVerdict},
}

// trusts a list can be narrowed to.
var trusts = []feedback.Trust{feedback.TrustVisit, feedback.TrustOpenTable, feedback.TrustTable}

// issuesPage is all that pages/issues.html may use.
type issuesPage struct {
	room
	In       issueFilter
	Problems feedback.Problems
	Statuses []string
	Causes   []string
	Trusts   []feedback.Trust
	Verdicts []string
	Tables   []feedback.Table
	Reports  []feedback.Report
	Task     feedback.Task // that it is about, and how many of them there are
	Next     string        // address of the next page; empty on the last
	First    bool
	From, To time.Time // the first and the last day of the list
	Zone     *time.Location
}

// FirstPage is the address of the list's beginning.
func (p issuesPage) FirstPage() string { return p.Of(p.In.Status) }

// All is the address of the same list without the group, the number and the task.
func (p issuesPage) All() string {
	p.In.By, p.In.Key, p.In.Count, p.In.Task, p.In.Named = "", "", "", "", ""
	return p.FirstPage()
}

// Of is the address of the same list for another status.
func (p issuesPage) Of(status string) string {
	q := url.Values{}
	in := p.In
	in.Status = status
	for name, value := range map[string]string{
		"status": in.Status, "kind": in.Kind, "table": in.Table, "cause": in.Cause, "trust": in.Trust,
		"verdict": in.Verdict, "from": in.From, "to": in.To, "words": in.Words,
		"by": in.By, "key": in.Key, "count": in.Count, "task": in.Task, "named": in.Named, "tests": in.Tests,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return p.Path("/issues?" + q.Encode())
}

func (h handler) issues(c echo.Context) error {
	r, err := h.enter(c, "overview")
	if err != nil {
		return err
	}
	q := c.QueryParams()
	p := issuesPage{
		room: r, In: readFilter(q), Statuses: statuses, Causes: feedback.Causes, Trusts: trusts,
		Verdicts: []string{"yes", "partly", "no", "none", "asked", "notyes"}, First: q.Get("after") == "", Zone: r.Venue.Zone(),
	}
	ctx := c.Request().Context()
	if p.Tables, err = r.view.Tables(ctx); err != nil {
		return err
	}
	if gone, err := r.view.Table(ctx, p.In.Table); err == nil && !gone.RemovedAt.IsZero() {
		p.Tables = append(p.Tables, gone)
	}
	if p.In.By == "shift" {
		if p.past, err = r.view.PastHours(ctx); err != nil {
			return err
		}
	}
	f, problems := p.In.filter(h.desk.Now())
	if len(problems) > 0 {
		p.Problems = problems
		return draw(c, "issues.html", problems, p)
	}
	if id := cmp.Or(p.In.Task, p.In.Named); id != "" {
		if p.Task, err = r.view.Task(ctx, id); err != nil {
			return err
		}
	}
	if f.IDs, err = h.groupIDs(c, r, p.In, &p.Task); err != nil {
		return err
	}
	f.After, f.Limit = feedback.CleanLine(q.Get("after")), issuesOnPage+1
	if p.Reports, err = r.view.Reports(ctx, f); err != nil {
		return err
	}
	if len(p.Reports) > issuesOnPage {
		p.Reports = p.Reports[:issuesOnPage]
		q.Set("after", p.Reports[issuesOnPage-1].ID)
		p.Next = r.Path("/issues?" + q.Encode())
	}
	p.From, p.To = p.days()
	return draw(c, "issues.html", nil, p)
}

// days are those that were asked for, or those of the reports, of which the newest
// comes first.
func (p issuesPage) days() (from, to time.Time) {
	if n := len(p.Reports); n > 0 {
		from, to = p.Reports[n-1].CreatedAt.In(p.Zone), p.Reports[0].CreatedAt.In(p.Zone)
	}
	if t, err := time.Parse(time.DateOnly, p.In.From); err == nil {
		from = t
	}
	if t, err := time.Parse(time.DateOnly, p.In.To); err == nil {
		to = t
	}
	return from, to
}

// mostOfGroup bounds how many reports of a group are listed.
const mostOfGroup = 5000

// groupIDs are the reports of the group and of the number of the figures that a
// list is narrowed to, and of those that named a task or came after it was done,
// which it counts; nil when it is not.
//
// i18n: figures.count.*
func (h handler) groupIDs(c echo.Context, r room, in issueFilter, task *feedback.Task) ([]string, error) {
	if in.By == "" && in.Count == "" && in.Task == "" && in.Named == "" {
		return nil, nil
	}
	from := in.From
	switch { // no service day ends later than a day after its date
	case in.Task != "":
		from = max(from, day(task.DoneAt.AddDate(0, 0, -2)))
	case in.Named != "":
		from = max(from, day(task.Begin().AddDate(0, 0, -2)))
	}
	rs, err := r.view.Facts(c.Request().Context(), store.StatsFilter{FromDay: from, ToDay: cmp.Or(in.To, "9999-12-31")})
	if task.ID != "" {
		task.Count(rs)
	}
	ids := []string{""} // of nobody, so that no report is not any report
	for i := range rs {
		one := &rs[i]
		if in.Task != "" && !task.CameBackIn(one) || in.Named != "" && !task.NamedBy(one) {
			continue
		}
		if (in.By == "" || slices.Contains(one.GroupKeys(in.By, r.Venue), in.Key)) && (in.Count == "" || one.CountsAs(in.Count)) {
			ids = append(ids, one.ID)
		}
	}
	slices.Sort(ids)
	return ids[max(0, len(ids)-mostOfGroup):], err
}

func readFilter(q url.Values) issueFilter {
	get := func(name string) string { return feedback.CleanLine(q.Get(name)) }
	f := issueFilter{
		Status: get("status"), Kind: get("kind"), Table: get("table"), Cause: get("cause"), Trust: get("trust"),
		Verdict: get("verdict"), From: get("from"), To: get("to"), Words: get("words"),
		By: get("by"), Key: get("key"), Count: get("count"), Task: get("task"), Named: get("named"), Tests: get("tests"),
	}
	if f.Status == "" {
		f.Status = "unresolved"
		if f.Kind == string(feedback.Praise) {
			f.Status = "any"
		}
	}
	return f
}

// filter turns what was asked for into a filter of the store, or says what is
// wrong with it.
func (f issueFilter) filter(now time.Time) (store.Filter, feedback.Problems) {
	ps := feedback.Problems{}
	out := store.Filter{
		Statuses: statusesOf[f.Status], Kind: feedback.Kind(f.Kind), Table: f.Table, Cause: f.Cause,
		Trust: feedback.Trust(f.Trust), FromDay: f.From, ToDay: f.To, Query: f.Words, Counted: f.Tests == "no",
	}
	known := func(field string, ok bool) {
		if !ok {
			ps[field] = "problem.choice"
		}
	}
	known("by", f.By == "" || slices.Contains(feedback.Groupings, f.By))
	known("count", f.Count == "" || slices.Contains(feedback.Counted, f.Count))
	known("tests", f.Tests == "" || f.Tests == "no")
	known("status", out.Statuses != nil)
	known("kind", f.Kind == "" || out.Kind == feedback.Issue || out.Kind == feedback.Praise)
	known("cause", f.Cause == "" || slices.Contains(feedback.Causes, f.Cause))
	known("trust", f.Trust == "" || slices.Contains(trusts, out.Trust))
	verdict, ok := verdicts[f.Verdict]
	known("verdict", f.Verdict == "" || ok)
	switch {
	case f.Verdict == "none":
		out.Silent = now
	case f.Verdict == "asked":
		out.Asked = now
	case ok:
		out.Verdicts = verdict
	}
	for field, day := range map[string]string{"from": f.From, "to": f.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			ps[field] = "problem.date"
		}
	}
	if len(ps) == 0 && f.From != "" && f.To != "" && f.To < f.From {
		ps["to"] = "owner.problem.order"
	}
	return out, ps
}
