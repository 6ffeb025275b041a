package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// maxQuery is how many characters can be searched for.
const maxQuery = 200

var (
	statuses = []feedback.Status{
		feedback.Open, feedback.Taken, feedback.Resolved, feedback.Unresolved, feedback.Dismissed, feedback.Noted,
	}
	kinds  = []feedback.Kind{feedback.Issue, feedback.Praise}
	trusts = []feedback.Trust{feedback.TrustVisit, feedback.TrustOpenTable, feedback.TrustTable}
)

func (h handler) reports(c echo.Context) error {
	v := here(c)
	p, err := readPage(c)
	if err != nil {
		return err
	}
	f, err := readFilter(c, v)
	if err != nil {
		return err
	}
	f.After, f.Limit = p.after, p.limit+1
	rs, err := h.store.For(web.Actor(c), v.ID).Reports(c.Request().Context(), f)
	if err == nil {
		err = h.desk.ReadReports(c.Request().Context(), web.Actor(c), v)
	}
	if err != nil {
		return err
	}
	rs, next := cut(rs, p, func(r feedback.Report) string { return r.ID })
	return c.JSON(http.StatusOK, api.ReportList{Items: wires(rs, inCurrency(v)), Next: next})
}

// inCurrency is wireReport in a venue's currency.
func inCurrency(v feedback.Venue) func(feedback.Report) api.Report {
	return func(r feedback.Report) api.Report { return wireReport(r, v.Currency) }
}

func readFilter(c echo.Context, v feedback.Venue) (store.Filter, error) {
	ps := feedback.Problems{}
	p := readPeriod(c, v, ps)
	f := store.Filter{
		Statuses: choices(c, "status", statuses, ps), Kind: choice(c, "kind", kinds, ps),
		Table: feedback.CleanLine(c.QueryParam("table")), Cause: choice(c, "cause", feedback.Causes, ps),
		Trust: choice(c, "trust", trusts, ps), Query: feedback.CleanLine(c.QueryParam("q")),
		FromDay: p.fromDay, ToDay: p.toDay, From: p.from, To: p.to,
	}
	if text := c.QueryParam("follow_up"); text != "" {
		yes, err := strconv.ParseBool(text)
		if err != nil {
			ps["follow_up"] = "rest.problem.choice"
		}
		f.FollowUp = yes
	}
	if utf8.RuneCountInString(f.Query) > maxQuery {
		ps["q"] = "rest.problem.query"
	}
	return f, ps.OrNil()
}

// choices reads a parameter that names some of a list, separated by commas.
func choices[T ~string](c echo.Context, name string, known []T, ps feedback.Problems) []T {
	var out []T
	for _, text := range c.QueryParams()[name] {
		for word := range strings.SplitSeq(text, ",") {
			if word == "" {
				continue
			}
			if !slices.Contains(known, T(word)) {
				ps[name] = "rest.problem.choice"
			}
			out = append(out, T(word))
		}
	}
	return out
}

// report is one report with all that is known of it. Contact details are in no
// other answer, and who looks at them is noted.
func (h handler) report(c echo.Context) error {
	ctx, by, v := c.Request().Context(), web.Actor(c), here(c)
	at := h.store.For(by, v.ID)
	r, err := at.Report(ctx, c.Param("report"))
	if err != nil {
		return err
	}
	events, err := at.EventsOf(ctx, r.ID)
	if err != nil {
		return err
	}
	messages, err := at.Messages(ctx, r.ID, true)
	if err != nil {
		return err
	}
	out := api.ReportDetail{
		Report: wireReport(r, v.Currency), Messages: wires(messages, func(m feedback.Message) api.Message { return wireMessage(m, r) }),
		Timeline: wires(events, func(e feedback.Event) api.TimelineStep { return wireStep(e, v.Currency) }),
	}
	if by.SeesContact(v.ID) {
		contact, err := h.desk.Contact(ctx, by, v.ID, r.ID)
		if err != nil {
			return err
		}
		if contact != (feedback.Contact{}) {
			out.Contact = &api.Contact{Name: contact.Name, Phone: contact.Phone, Email: contact.Email}
		}
	}
	return c.JSON(http.StatusOK, out)
}

func (h handler) writeDown(c call) (reply, error) {
	var in api.WriteDownReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if in.Language == "" {
		in.Language = here(c).Languages[0]
	}
	id, err := h.desk.WriteDown(c.ctx(), c.by, c.venue(), in.Table, desk.NewReport{
		Rating: in.Rating, Causes: words[string](in.Causes), Words: in.Words, Handling: string(in.Handling),
		Language: in.Language, Contact: contact(in.Contact),
	})
	if err != nil {
		return reply{}, err
	}
	return h.reportAnswer(c, http.StatusCreated, id)
}

// reportAnswer is the report as it is. What the guest wrote is not kept with
// the answer, for they may erase it.
func (h handler) reportAnswer(c call, status int, id string) (reply, error) {
	r, err := h.store.For(c.by, c.venue()).Report(c.ctx(), id)
	body := wireReport(r, here(c).Currency)
	keep := body
	keep.Words, keep.VerdictWords = "", ""
	return reply{status, body, keep}, err
}

// refillReport puts the guest's words back into an answer that was kept.
func (h handler) refillReport(c call, kept []byte) (any, error) {
	var out api.Report
	if err := json.Unmarshal(kept, &out); err != nil {
		return nil, err
	}
	r, err := h.store.For(c.by, c.venue()).Report(c.ctx(), out.ID)
	out.Words, out.VerdictWords = r.Words, r.Said
	return out, err
}

// done answers a verb about the report that the address names.
func (h handler) done(c call, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return h.reportAnswer(c, http.StatusOK, c.Param("report"))
}

func (h handler) take(c call) (reply, error) {
	var in api.TakeReport
	if err := c.readAny(&in); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Take(c.ctx(), c.by, c.venue(), c.Param("report"), in.Person))
}

func (h handler) handOver(c call) (reply, error) {
	var in api.HandOverReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.HandOver(c.ctx(), c.by, c.venue(), c.Param("report"), in.Person))
}

func (h handler) release(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Release(c.ctx(), c.by, c.venue(), c.Param("report")))
}

func (h handler) resolve(c call) (reply, error) {
	var in api.ResolveReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	out := desk.Outcome{Recovery: feedback.Recovery{Actions: words[string](in.Actions), Note: in.Note}}
	if in.Cost != nil {
		out.Cost = feedback.Money{Amount: in.Cost.Amount, Currency: in.Cost.Currency}
	}
	return h.done(c, h.desk.Resolve(c.ctx(), c.by, c.venue(), c.Param("report"), out))
}

func (h handler) unresolved(c call) (reply, error) {
	var in api.UnresolvedReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Unresolved(c.ctx(), c.by, c.venue(), c.Param("report"), string(in.Reason), in.Note))
}

func (h handler) dismiss(c call) (reply, error) {
	var in api.DismissReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Dismiss(c.ctx(), c.by, c.venue(), c.Param("report"), string(in.Reason)))
}

func (h handler) reopen(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Reopen(c.ctx(), c.by, c.venue(), c.Param("report")))
}

func (h handler) undo(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	return h.done(c, h.desk.Undo(c.ctx(), c.by, c.venue(), c.Param("report")))
}

func (h handler) say(c call) (reply, error) {
	var in api.MessageInput
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	err := h.desk.Say(c.ctx(), c.by, c.venue(), c.Param("report"), feedback.Message{Text: in.Text, Internal: in.Internal})
	if err != nil {
		return reply{}, err
	}
	text := feedback.Clean(in.Text)
	m, err := h.messageOf(c, func(m feedback.Message) bool {
		return !m.FromGuest && m.PersonID == c.by.Person && m.Internal == in.Internal && m.Text == text
	})
	body := wireMessage(m, feedback.Report{})
	keep := body
	keep.Text = ""
	return reply{http.StatusCreated, body, keep}, err
}

// refillMessage puts the text back into an answer that was kept.
func (h handler) refillMessage(c call, kept []byte) (any, error) {
	var out api.Message
	if err := json.Unmarshal(kept, &out); err != nil {
		return nil, err
	}
	m, err := h.messageOf(c, func(m feedback.Message) bool { return m.ID == out.ID })
	out.Text = m.Text
	return out, err
}

// messageOf finds the newest message that fits, in the thread of the report
// that the address names.
func (h handler) messageOf(c call, fits func(feedback.Message) bool) (feedback.Message, error) {
	all, err := h.store.For(c.by, c.venue()).Messages(c.ctx(), c.Param("report"), true)
	if err != nil {
		return feedback.Message{}, err
	}
	return newest(all, fits)
}
