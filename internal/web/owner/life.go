package owner

import (
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

const (
	// printsShown is how many sheets the list of prints goes back.
	printsShown = 20
	// walksShown is how far back the list of looked-at stickers goes.
	walksShown = 14 * 24 * time.Hour
	// scansSince is how many days of scans a table is compared with.
	scansSince = 50
)

// lifePage is all that pages/life.html may use: how the venue's codes are doing.
type lifePage struct {
	room
	quiet
	Wrong    []feedback.Walk
	Walked   time.Time // when somebody last walked the floor; zero: never
	Seen     int       // tables that were looked at then and were right
	Tables   int
	Prints   []printLine
	Areas    []feedback.Area
	HasLogo  bool
	Problems feedback.Problems
	Zone     *time.Location
}

// life shows how the codes are doing: which fell silent, what was found on the
// tables, who printed what.
func (h handler) life(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	return h.drawLife(c, r, nil)
}

func (h handler) drawLife(c echo.Context, r room, ps feedback.Problems) error {
	ctx := c.Request().Context()
	rows, err := h.codeRows(c, r)
	if err != nil {
		return err
	}
	p := lifePage{room: r, Tables: len(rows), Problems: ps, Zone: r.Venue.Zone()}
	if p.quiet, err = h.quiet(c, r, rows); err != nil {
		return err
	}
	if err := p.walked(c, h.desk.Now()); err != nil {
		return err
	}
	prints, err := r.view.Prints(ctx, printsShown)
	if err != nil {
		return err
	}
	p.Prints = printLines(c, prints)
	if p.Areas, err = r.view.Areas(ctx); err != nil {
		return err
	}
	logo, err := r.view.Logo(ctx)
	if err != nil {
		return err
	}
	p.HasLogo = len(logo) > 0
	return draw(c, "life.html", ps, p)
}

// quiet are the tables whose cards may be gone.
type quiet struct {
	Silent  []codeRow // fell silent against their own past
	Unseen  []codeRow // not scanned for a long time
	Scanned bool      // lately, at any table
}

func (h handler) quiet(c echo.Context, r room, rows []codeRow) (q quiet, err error) {
	now := h.desk.Now()
	days, err := r.view.ScanDays(c.Request().Context(), now.AddDate(0, 0, -scansSince).UTC().Format(time.DateOnly))
	if err != nil {
		return q, err
	}
	venue := map[string]int64{}
	for _, table := range days {
		for day, n := range table {
			venue[day] += n
		}
	}
	q.Scanned = len(venue) > 0
	for _, row := range rows {
		switch {
		case row.Works() && feedback.FellSilent(days[row.Table.ID], venue, now.UTC()):
			q.Silent = append(q.Silent, row)
		case row.Silent > 0:
			q.Unseen = append(q.Unseen, row)
		}
	}
	return q, nil
}

// walked reads what was found on the tables: of each the last look.
func (p *lifePage) walked(c echo.Context, now time.Time) error {
	walks, err := p.view.Walks(c.Request().Context(), now.Add(-walksShown))
	if err != nil {
		return err
	}
	looked := map[string]bool{}
	for _, w := range walks {
		if looked[w.TableID] {
			continue
		}
		looked[w.TableID] = true
		if w.At.After(p.Walked) {
			p.Walked = w.At
		}
		if w.Verdict == feedback.StickerRight {
			p.Seen++
		} else {
			p.Wrong = append(p.Wrong, w)
		}
	}
	return nil
}

// rotateMany gives all tables, or those of an area, new codes.
func (h handler) rotateMany(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	grace := feedback.RotateGrace
	if form.Get("grace") == "none" {
		grace = 0
	}
	if form.Get("sure") == "" {
		return h.drawLife(c, r, feedback.Problems{"sure": "codes.problem.sure"})
	}
	if _, err := h.desk.RotateCodes(c.Request().Context(), r.by, r.Venue.ID, feedback.CleanLine(form.Get("area")), grace); err != nil {
		return err
	}
	return r.back(c, "/codes", "rotated")
}
