package rest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

const (
	// exportPage is how many rows one read of an export returns: each is a short
	// one, however long the whole takes.
	exportPage = 500
	// exportPatience is how long one page may take on its way.
	exportPatience = 30 * time.Second
)

// exports are what can be taken away.
var exports = []string{"reports", "events", "figures"}

// sheet is a table on its way out. Cells are text, whole numbers, money or
// moments; text never becomes a formula.
type sheet interface {
	row(cells []any) error
	flush() error
	close() error
}

// export is one table that somebody takes away.
type export struct {
	what   string
	by     string // of figures
	period period
	venue  feedback.Venue
	at     store.View
	now    time.Time
}

func (h handler) exportCSV(c echo.Context) error {
	return h.export(c, "csv", "text/csv; charset=utf-8", func(v feedback.Venue) sheet {
		lang := c.QueryParam("language")
		if web.Actor(c).Kind == feedback.ByPerson {
			lang = cmp.Or(lang, web.Lang(c))
		}
		return newCSV(c.Response(), v.Zone(), web.DecimalComma(lang))
	})
}

func (h handler) exportXLSX(c echo.Context) error {
	return h.export(c, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(v feedback.Venue) sheet {
		return newXLSX(c.Response(), v.Zone())
	})
}

// export streams a table, after noting in the audit trail who took it.
func (h handler) export(c echo.Context, ending, kind string, open func(feedback.Venue) sheet) error {
	v, ps := here(c), feedback.Problems{}
	p := readPeriod(c, v, ps)
	x := export{
		what: cmp.Or(choice(c, "what", exports, ps), "reports"), by: cmp.Or(choice(c, "by", feedback.Groupings, ps), "day"),
		venue: v, at: h.store.For(web.Actor(c), v.ID), now: h.desk.Now(),
	}
	if lang := c.QueryParam("language"); lang != "" {
		choice(c, "language", web.Languages(), ps)
	}
	if err := ps.OrNil(); err != nil {
		return err
	}
	x.period = p.bounded(v, x.now)
	ctx := c.Request().Context()
	headings, next := x.pages()
	page, more, err := next(ctx) // what cannot be read is said before the answer begins
	if err == nil {
		err = h.desk.Exported(ctx, web.Actor(c), v.ID, x.what+"."+ending, x.period.String())
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentType, kind)
	web.Attach(c, x.what+"."+ending)
	c.Response().WriteHeader(http.StatusOK)
	if err := x.write(c, open(v), append([][]any{headings}, page...), more, next); err != nil {
		panic(http.ErrAbortHandler) // the table is not whole: cut the line, so that nobody takes it for that
	}
	return nil
}

// String is the period as it stands in the audit trail.
func (p period) String() string {
	return cmp.Or(p.fromDay, stamp(p.from)) + " – " + cmp.Or(p.toDay, stamp(p.to))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// pages hands out a table page by page, and says whether there are more.
type pages func(ctx context.Context) (page [][]any, more bool, err error)

// pages are those of the table, without its headings.
func (x export) pages() (headings []any, next pages) {
	switch x.what {
	case "events":
		return names(eventColumns), x.events()
	case "figures":
		return names(figureColumns), x.figures
	}
	return names(reportColumns), x.reports()
}

// write writes all pages, beginning with one that was read.
func (x export) write(c echo.Context, out sheet, page [][]any, more bool, next pages) error {
	line := http.NewResponseController(c.Response())
	for {
		if err := line.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		for _, cells := range page {
			if err := out.row(cells); err != nil {
				return err
			}
		}
		if !more {
			return out.close()
		}
		if err := out.flush(); err != nil {
			return err
		}
		var err error
		if page, more, err = next(c.Request().Context()); err != nil {
			return err
		}
	}
}

// reports are those of the period, newest first. Contact details are not in it.
func (x export) reports() pages {
	f := store.Filter{FromDay: x.period.fromDay, ToDay: x.period.toDay, From: x.period.from, To: x.period.to, Limit: exportPage}
	return func(ctx context.Context) (page [][]any, more bool, err error) {
		rs, err := x.at.Reports(ctx, f)
		for _, r := range rs {
			page = append(page, cells(reportColumns, reportRow{r, x.venue}))
			f.After = r.ID
		}
		return page, len(rs) == exportPage, err
	}
}

// events are the lines of the timeline in the period, oldest first: of the same
// service days as its reports.
func (x export) events() pages {
	var spans [][2]time.Time
	seq := int64(-1)
	return func(ctx context.Context) (page [][]any, more bool, err error) {
		if seq < 0 {
			if spans, err = x.spans(ctx); err != nil || len(spans) == 0 {
				return nil, false, err
			}
			if seq, err = x.at.LastBefore(ctx, spans[0][0]); err != nil {
				return nil, false, err
			}
		}
		events, last, err := x.at.EventsAfter(ctx, seq, exportPage)
		more = last > seq
		seq = last
		for _, e := range events {
			for len(spans) > 0 && !e.At.Before(spans[0][1]) {
				spans = spans[1:]
			}
			if len(spans) == 0 {
				return page, false, err
			}
			if !e.At.Before(spans[0][0]) {
				page = append(page, cells(eventColumns, e))
			}
		}
		return page, more, err
	}
}

// spans are the times of the period.
func (x export) spans(ctx context.Context) ([][2]time.Time, error) {
	if x.period.from.IsZero() {
		return x.at.Times(ctx, x.period.fromDay, x.period.toDay)
	}
	return [][2]time.Time{{x.period.from, x.period.to}}, nil
}

// figures are one line a group, and the total.
func (x export) figures(ctx context.Context) (page [][]any, more bool, err error) {
	rs, err := x.at.Facts(ctx, x.period.filter(nil))
	if err != nil {
		return nil, false, err
	}
	for _, g := range feedback.Split(rs, x.by, x.venue, x.now) {
		page = append(page, cells(figureColumns, figureRow{x.by, g, x.venue}))
	}
	total := feedback.Group{Figures: feedback.Sum(rs, x.now)}
	return append(page, cells(figureColumns, figureRow{"total", total, x.venue})), false, nil
}

// column is what a line of a table says of T.
type column[T any] struct {
	name string
	cell func(T) any
}

func names[T any](columns []column[T]) []any {
	out := make([]any, len(columns))
	for i, col := range columns {
		out[i] = col.name
	}
	return out
}

func cells[T any](columns []column[T], of T) []any {
	out := make([]any, len(columns))
	for i, col := range columns {
		out[i] = col.cell(of)
	}
	return out
}

type reportRow struct {
	feedback.Report
	venue feedback.Venue
}

var reportColumns = []column[reportRow]{
	{"id", func(r reportRow) any { return r.ID }},
	{"created_at", func(r reportRow) any { return r.CreatedAt }},
	{"day", func(r reportRow) any { return r.Day }},
	{"table", func(r reportRow) any { return r.TableName }},
	{"area", func(r reportRow) any { return r.AreaName }},
	{"kind", func(r reportRow) any { return string(r.Kind) }},
	{"status", func(r reportRow) any { return string(r.Status) }},
	{"rating", func(r reportRow) any { return rated(r.Report) }},
	{"causes", func(r reportRow) any { return strings.Join(r.Causes, " ") }},
	{"words", func(r reportRow) any { return r.Words }},
	{"handling", func(r reportRow) any { return r.Handling }},
	{"language", func(r reportRow) any { return r.Language }},
	{"trust", func(r reportRow) any { return string(r.Trust) }},
	{"visit", func(r reportRow) any { return r.VisitID }},
	{"server", func(r reportRow) any { return r.Server }},
	{"follow_up", func(r reportRow) any { return strconv.FormatBool(r.FollowUp) }},
	{"to_check", func(r reportRow) any { return strconv.FormatBool(r.ToCheck) }},
	{"level", func(r reportRow) any { return r.Level }},
	{"due_at", func(r reportRow) any { return r.DueAt }},
	{"taken_at", func(r reportRow) any { return r.TakenAt }},
	{"taken_by", func(r reportRow) any { return r.TakenName }},
	{"answered_at", func(r reportRow) any { return r.AnsweredAt }},
	{"ended_at", func(r reportRow) any { return r.EndedAt }},
	{"actions", func(r reportRow) any { return strings.Join(r.Actions, " ") }},
	{"cost_minor", func(r reportRow) any { return int(r.Cost) }},
	{"currency", func(r reportRow) any { return r.venue.Currency }},
	{"note", func(r reportRow) any { return r.Note }},
	{"reason", func(r reportRow) any { return r.Reason }},
	{"verdict", func(r reportRow) any { return string(r.Verdict) }},
	{"verdict_words", func(r reportRow) any { return r.Said }},
	{"cost", func(r reportRow) any { return feedback.Money{Amount: r.Cost, Currency: r.venue.Currency} }},
	{"moment", func(r reportRow) any { return r.Moment }},
	{"test", func(r reportRow) any { return strconv.FormatBool(r.Test) }},
}

// rated is the guest's rating, empty when they gave none.
func rated(r feedback.Report) any {
	if !r.Rated() {
		return ""
	}
	return r.Rating
}

var eventColumns = []column[feedback.Event]{
	{"seq", func(e feedback.Event) any { return int(e.Seq) }},
	{"at", func(e feedback.Event) any { return e.At }},
	{"kind", func(e feedback.Event) any { return string(e.Kind) }},
	{"report", func(e feedback.Event) any { return e.ReportID }},
	{"subject", func(e feedback.Event) any { return e.Subject }},
	{"by_kind", func(e feedback.Event) any { return string(e.ByKind) }},
	{"by", func(e feedback.Event) any { return e.ByName }},
	{"status", func(e feedback.Event) any { return string(e.Data.Status) }},
	{"hash", func(e feedback.Event) any { return hexed(e.Hash) }},
}

type figureRow struct {
	by string
	feedback.Group
	venue feedback.Venue
}

// whole is a column of a number.
func whole(name string, n func(feedback.Figures) int) column[figureRow] {
	return column[figureRow]{name, func(r figureRow) any { return n(r.Figures) }}
}

// measured is a column of seconds, empty where nothing was measured.
func measured(name string, d func(feedback.Figures) (time.Duration, int)) column[figureRow] {
	return column[figureRow]{name, func(r figureRow) any {
		took, of := d(r.Figures)
		if of == 0 {
			return ""
		}
		return int(took.Round(time.Second) / time.Second)
	}}
}

var figureColumns = []column[figureRow]{
	{"by", func(r figureRow) any { return r.by }},
	{"key", func(r figureRow) any { return r.Key }},
	{"label", func(r figureRow) any { return r.Label }},
	whole("issues", func(f feedback.Figures) int { return f.Issues }),
	whole("resolved", func(f feedback.Figures) int { return f.Resolved }),
	whole("unresolved", func(f feedback.Figures) int { return f.Unresolved }),
	whole("open", func(f feedback.Figures) int { return f.Open }),
	whole("dismissed", func(f feedback.Figures) int { return f.Dismissed }),
	whole("praise", func(f feedback.Figures) int { return f.Praise }),
	whole("confirmed", func(f feedback.Figures) int { return f.Confirmed }),
	whole("partly", func(f feedback.Figures) int { return f.Partly }),
	whole("not_yet", func(f feedback.Figures) int { return f.NotYet }),
	whole("no_answer", func(f feedback.Figures) int { return f.NoAnswer }),
	whole("asked", func(f feedback.Figures) int { return f.Asked }),
	whole("taken", func(f feedback.Figures) int { return f.Taken }),
	whole("in_time", func(f feedback.Figures) int { return f.InTime }),
	measured("median_take_s", func(f feedback.Figures) (time.Duration, int) { return f.MedianTake, f.Taken }),
	measured("p90_take_s", func(f feedback.Figures) (time.Duration, int) { return f.P90Take, f.Taken }),
	measured("median_answer_s", func(f feedback.Figures) (time.Duration, int) { return f.MedianAnswer, f.Answered }),
	measured("median_resolve_s", func(f feedback.Figures) (time.Duration, int) { return f.MedianResolve, f.Resolved }),
	measured("p90_resolve_s", func(f feedback.Figures) (time.Duration, int) { return f.P90Resolve, f.Resolved }),
	{"cost", func(r figureRow) any { return feedback.Money{Amount: r.Cost, Currency: r.venue.Currency} }},
	{"currency", func(r figureRow) any { return r.venue.Currency }},
	whole("answered", func(f feedback.Figures) int { return f.Answered }),
	measured("p90_answer_s", func(f feedback.Figures) (time.Duration, int) { return f.P90Answer, f.Answered }),
	whole("in_visit", func(f feedback.Figures) int { return f.InVisit }),
	whole("before_close", func(f feedback.Figures) int { return f.BeforeClose }),
}
