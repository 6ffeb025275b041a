package rest

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

func (h handler) stats(c echo.Context) error {
	v, ps := here(c), feedback.Problems{}
	p := readPeriod(c, v, ps)
	by := cmp.Or(choice(c, "by", feedback.Groupings, ps), "day")
	trust := choices(c, "trust", trusts, ps)
	if err := ps.OrNil(); err != nil {
		return err
	}
	p = p.bounded(v, h.desk.Now())
	now := h.desk.Now()
	rs, err := h.store.For(web.Actor(c), v.ID).Facts(c.Request().Context(), p.filter(trust))
	if err != nil {
		return err
	}
	before, err := h.store.For(web.Actor(c), v.ID).Facts(c.Request().Context(), p.before().filter(trust))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, api.StatsList{
		Items:    wires(feedback.Split(rs, by, v, now), func(g feedback.Group) api.StatsItem { return wireFigures(g.Key, g.Label, g.Figures, v.Currency) }),
		Total:    wireFigures("", "", feedback.Sum(rs, now), v.Currency),
		Previous: wireFigures("", "", feedback.Sum(before, now), v.Currency),
	})
}

// filter is the period as the store wants it.
func (p period) filter(trust []feedback.Trust) store.StatsFilter {
	return store.StatsFilter{From: p.from, To: p.to, FromDay: p.fromDay, ToDay: p.toDay, Trust: trust}
}

// before is the period just before, of the same length.
func (p period) before() period {
	if p.from.IsZero() {
		p.fromDay, p.toDay = feedback.Before(p.fromDay, p.toDay)
		return p
	}
	return period{from: p.from.Add(p.from.Sub(p.to)), to: p.from}
}

const (
	// exportPage is how many reports one read of an export returns: each is a
	// short one, however long the whole takes.
	exportPage = 500
	// exportPatience is how long one page may take on its way.
	exportPatience = 30 * time.Second
)

// exportCSV streams the reports of a period.
func (h handler) exportCSV(c echo.Context) error {
	v, ps := here(c), feedback.Problems{}
	p := readPeriod(c, v, ps)
	if err := ps.OrNil(); err != nil {
		return err
	}
	p = p.bounded(v, h.desk.Now())
	f := store.Filter{FromDay: p.fromDay, ToDay: p.toDay, From: p.from, To: p.to, Limit: exportPage}
	at := h.store.For(web.Actor(c), v.ID)
	first, err := at.Reports(c.Request().Context(), f) // what cannot be read is said before the answer begins
	if err != nil {
		return err
	}
	head := c.Response().Header()
	head.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	head.Set("Content-Disposition", `attachment; filename="reports.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	if err := writeReports(c, at, f, first, v); err != nil {
		panic(http.ErrAbortHandler) // the table is not whole: cut the line, so that nobody takes it for that
	}
	return nil
}

// writeReports writes all pages, beginning with one that was read.
func writeReports(c echo.Context, at store.View, f store.Filter, rs []feedback.Report, v feedback.Venue) error {
	out, line := csv.NewWriter(c.Response()), http.NewResponseController(c.Response())
	out.UseCRLF = true
	if err := out.Write(columns()); err != nil {
		return err
	}
	for {
		if err := line.SetWriteDeadline(time.Now().Add(exportPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if err := writePage(out, rs, v); err != nil || len(rs) < exportPage {
			return err
		}
		var err error
		f.After = rs[len(rs)-1].ID
		if rs, err = nextPage(c.Request().Context(), at, f); err != nil {
			return err
		}
	}
}

func nextPage(ctx context.Context, at store.View, f store.Filter) ([]feedback.Report, error) {
	return at.Reports(ctx, f)
}

func writePage(out *csv.Writer, rs []feedback.Report, v feedback.Venue) error {
	for _, r := range rs {
		cells := make([]string, len(table))
		for i, col := range table {
			cells[i] = harmless(col.cell(r, v))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from reading text as a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\x00", rune(text[0])) {
		return "'" + text
	}
	return text
}

func columns() []string {
	names := make([]string, len(table))
	for i, col := range table {
		names[i] = harmless(col.name)
	}
	return names
}

// table is what a line of the export says of a report. Contact details are not
// in it.
var table = []struct {
	name string
	cell func(feedback.Report, feedback.Venue) string
}{
	{"id", func(r feedback.Report, _ feedback.Venue) string { return r.ID }},
	{"created_at", func(r feedback.Report, _ feedback.Venue) string { return moment(r.CreatedAt) }},
	{"day", func(r feedback.Report, _ feedback.Venue) string { return r.Day }},
	{"table", func(r feedback.Report, _ feedback.Venue) string { return r.TableName }},
	{"area", func(r feedback.Report, _ feedback.Venue) string { return r.AreaName }},
	{"kind", func(r feedback.Report, _ feedback.Venue) string { return string(r.Kind) }},
	{"status", func(r feedback.Report, _ feedback.Venue) string { return string(r.Status) }},
	{"rating", func(r feedback.Report, _ feedback.Venue) string { return rated(r) }},
	{"causes", func(r feedback.Report, _ feedback.Venue) string { return strings.Join(r.Causes, " ") }},
	{"words", func(r feedback.Report, _ feedback.Venue) string { return r.Words }},
	{"handling", func(r feedback.Report, _ feedback.Venue) string { return r.Handling }},
	{"language", func(r feedback.Report, _ feedback.Venue) string { return r.Language }},
	{"trust", func(r feedback.Report, _ feedback.Venue) string { return string(r.Trust) }},
	{"visit", func(r feedback.Report, _ feedback.Venue) string { return r.VisitID }},
	{"server", func(r feedback.Report, _ feedback.Venue) string { return r.Server }},
	{"follow_up", func(r feedback.Report, _ feedback.Venue) string { return strconv.FormatBool(r.FollowUp) }},
	{"to_check", func(r feedback.Report, _ feedback.Venue) string { return strconv.FormatBool(r.ToCheck) }},
	{"level", func(r feedback.Report, _ feedback.Venue) string { return strconv.Itoa(r.Level) }},
	{"due_at", func(r feedback.Report, _ feedback.Venue) string { return moment(r.DueAt) }},
	{"taken_at", func(r feedback.Report, _ feedback.Venue) string { return moment(r.TakenAt) }},
	{"taken_by", func(r feedback.Report, _ feedback.Venue) string { return r.TakenName }},
	{"answered_at", func(r feedback.Report, _ feedback.Venue) string { return moment(r.AnsweredAt) }},
	{"ended_at", func(r feedback.Report, _ feedback.Venue) string { return moment(r.EndedAt) }},
	{"actions", func(r feedback.Report, _ feedback.Venue) string { return strings.Join(r.Actions, " ") }},
	{"cost_minor", func(r feedback.Report, _ feedback.Venue) string { return strconv.FormatInt(r.Cost, 10) }},
	{"currency", func(_ feedback.Report, v feedback.Venue) string { return v.Currency }},
	{"note", func(r feedback.Report, _ feedback.Venue) string { return r.Note }},
	{"reason", func(r feedback.Report, _ feedback.Venue) string { return r.Reason }},
	{"verdict", func(r feedback.Report, _ feedback.Venue) string { return string(r.Verdict) }},
	{"verdict_words", func(r feedback.Report, _ feedback.Venue) string { return r.Said }},
}

// rated is the guest's rating, empty when they gave none.
func rated(r feedback.Report) string {
	if !r.Rated() {
		return ""
	}
	return strconv.Itoa(r.Rating)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
