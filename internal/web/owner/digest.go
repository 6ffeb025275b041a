package owner

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// digestPage is all that pages/digest.html may use.
type digestPage struct {
	stretch
	Out      web.Out
	Everies  []string
	Files    []string
	Chosen   map[string]feedback.Mailing
	To       string // where it goes; empty for nowhere yet
	Ready    bool   // a mail led here: the tables of the period can be taken away
	Problems feedback.Problems
}

// Has says whether an export holds a file.
func (digestPage) Has(m feedback.Mailing, file string) bool { return slices.Contains(m.Files(), file) }

// What names the table of a file, Ending how it is written.
func (digestPage) What(file string) string { what, _, _ := strings.Cut(file, "."); return what }

func (digestPage) Ending(file string) string { _, ending, _ := strings.Cut(file, "."); return ending }

// Wanted are all files that the reader asked for.
func (p digestPage) Wanted() []string {
	var files []string
	for _, f := range feedback.ExportFiles {
		for _, m := range p.Chosen {
			if p.Has(m, f) && !slices.Contains(files, f) {
				files = append(files, f)
			}
		}
	}
	return files
}

// digest shows what the reader asked to be mailed in the morning.
func (h handler) digest(c echo.Context) error { return h.drawDigest(c, nil, nil) }

func (h handler) drawDigest(c echo.Context, in []feedback.Mailing, ps feedback.Problems) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, 7)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p := digestPage{
		stretch: s, Out: h.out, Everies: feedback.Mailings, Files: feedback.ExportFiles, Chosen: map[string]feedback.Mailing{},
		Ready: c.QueryParam("from") != "", Problems: ps,
	}
	if len(ps) == 0 {
		if in, err = r.view.Mailings(ctx); err != nil {
			return err
		}
		in = slices.DeleteFunc(in, func(m feedback.Mailing) bool { return m.PersonID != r.by.Person })
	}
	for _, m := range in {
		p.Chosen[m.What] = m
	}
	mine, err := h.store.Org(r.by).ChannelsOf(ctx, r.by.Person)
	if err != nil {
		return err
	}
	for _, ch := range mine {
		if ch.Kind == feedback.ChannelEmail && p.To == "" {
			p.To = ch.Address
		}
	}
	return draw(c, "digest.html", ps, p)
}

// stopPage is all that pages/stop.html may use.
type stopPage struct {
	Frame web.GateFrame
	desk.Stop
}

// askStop shows the button behind the link in a mail. Nothing ends by looking:
// programs follow the links of mails on their own.
func (h handler) askStop(c echo.Context) error {
	s, err := h.desk.Stoppable(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	return draw(c, "stop.html", nil, stopPage{web.GateFrame{Sub: s.Venue.Name}, s})
}

// stop ends a mail for who holds its link, by that button or by the mail program's
// own (RFC 8058), which signs in nowhere and sends no cookie.
func (h handler) stop(c echo.Context) error {
	s, err := h.desk.StopMailing(c.Request().Context(), c.Param("token"))
	if err != nil {
		return err
	}
	return draw(c, "stop.html", nil, stopPage{web.GateFrame{Sub: s.Venue.Name}, s})
}

func (h handler) saveDigest(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	var wanted []feedback.Mailing
	for _, what := range form["what"] {
		m := feedback.Mailing{What: what}
		if m.Exports() {
			m.Detail = strings.Join(form["files_"+what], " ")
		}
		wanted = append(wanted, m)
	}
	ps, err := problemsOf(h.desk.Want(c.Request().Context(), r.by, r.Venue.ID, wanted))
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawDigest(c, wanted, ps)
	}
	return r.back(c, "/digest", "saved")
}
