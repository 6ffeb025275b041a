// Package paper decides what stands on a printed sheet: of which tables, on
// what, in which languages of the guests. Pages, the API and the shell print the
// same.
package paper

import (
	"errors"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/internal/qr"
)

// Order is what to print.
type Order struct {
	Format    qr.Format
	Layout    qr.Layout
	Labels    qr.Grid // of stickers; the zero grid: to cut
	Skip      int     // labels of the first sheet that are used already
	Languages []string
	Tables    []string // ids or names; none: all
	Area      string   // name of an area; empty: all
}

// Read reads an order from an address. What it leaves out is A4, tents, the
// venue's first language, all tables. Every mistake is named by its parameter.
func Read(q url.Values, v feedback.Venue) (Order, error) {
	ps := feedback.Problems{}
	o := Order{Format: qr.FormatA4, Layout: qr.LayoutTent, Area: feedback.CleanLine(q.Get("area"))}
	o.readLabels(q, ps) // they know their paper
	choose(q, "format", &o.Format, qr.Formats, ps)
	choose(q, "layout", &o.Layout, qr.Layouts, ps)
	if o.Labels.Columns > 0 {
		o.Layout = qr.LayoutSticker
		if o.Labels.Name == "" {
			o.Labels.Format = o.Format
		}
		o.Format = o.Labels.Format
		if key := wrong(o.Labels.Check()); key != "" {
			ps["labels"] = key
		}
	}
	o.Languages = list(q, "language", "languages")
	if len(o.Languages) == 0 {
		o.Languages = v.Languages[:1]
	}
	for _, l := range o.Languages {
		if !slices.ContainsFunc(i18n.Languages(), func(known i18n.Language) bool { return known.Tag == l }) {
			ps["language"] = "problem.language.unknown"
		}
	}
	if len(o.Languages) > qr.MostInvitations {
		ps["language"] = "paper.problem.languages"
	}
	o.Tables = list(q, "table", "tables")
	return o, ps.OrNil()
}

// choose reads one of a few words.
func choose[T ~string](q url.Values, field string, to *T, of []T, ps feedback.Problems) {
	switch word := T(q.Get(field)); {
	case word == "":
	case slices.Contains(of, word):
		*to = word
	default:
		ps[field] = "problem.choice"
	}
}

// list reads names that are repeated, or stand between commas.
func list(q url.Values, fields ...string) (names []string) {
	for _, field := range fields {
		for _, text := range q[field] {
			for name := range strings.SplitSeq(text, ",") {
				if name = feedback.CleanLine(name); name != "" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// readLabels reads the name of a sheet of labels, or measurements of its own in
// millimetres.
func (o *Order) readLabels(q url.Values, ps feedback.Problems) {
	skip, err := number(q, "skip")
	if err != nil || skip < 0 || skip > 99 {
		ps["skip"] = "paper.problem.number"
	}
	o.Skip = int(skip)
	if name := feedback.CleanLine(q.Get("labels")); name != "" && name != "own" {
		known, ok := qr.LabelsNamed(name)
		if !ok {
			ps["labels"] = "paper.problem.labels"
		}
		o.Labels = known
		return
	}
	if q.Get("labels") != "own" && q.Get("columns") == "" {
		return
	}
	var columns, rows float64
	for field, to := range map[string]*float64{
		"columns": &columns, "rows": &rows, "width": &o.Labels.Width, "height": &o.Labels.Height,
		"left": &o.Labels.Left, "top": &o.Labels.Top, "gap_x": &o.Labels.GapX, "gap_y": &o.Labels.GapY,
	} {
		if *to, err = number(q, field); err != nil {
			ps[field] = "paper.problem.number"
		}
	}
	o.Labels.Columns, o.Labels.Rows = int(columns), int(rows)
	if o.Labels.Columns < 1 || o.Labels.Rows < 1 {
		ps["labels"] = "paper.problem.grid"
	}
}

// number reads a length as people write it: 63.5 or 63,5; nothing is 0.
func number(q url.Values, field string) (float64, error) {
	text := strings.ReplaceAll(feedback.CleanLine(q.Get(field)), ",", ".")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && !(n >= 0 && n < 1000) {
		err = feedback.ErrInvalid
	}
	return n, err
}

// wrong is the key of what is wrong with labels, "" for nothing.
func wrong(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, qr.ErrSmall):
		return "paper.problem.small"
	}
	return "paper.problem.grid"
}

// Pick takes the codes of the order's tables. It fails with
// [feedback.ErrNotFound] when one of them is not there, and with a problem when
// there is nothing to print. all are the tables, codes those that are printed.
func (o Order) Pick(all []feedback.Table, codes []feedback.Code) ([]feedback.Code, error) {
	found := map[string]bool{}
	wanted := map[string]bool{}
	for _, t := range all {
		byName := slices.Contains(o.Tables, t.ID) || slices.Contains(o.Tables, t.Name)
		if (len(o.Tables) == 0 || byName) && (o.Area == "" || o.Area == t.AreaName) {
			wanted[t.ID] = true
		}
		found[t.ID], found[t.Name] = true, true
	}
	for _, name := range o.Tables {
		if !found[name] {
			return nil, feedback.ErrNotFound
		}
	}
	picked := slices.DeleteFunc(slices.Clone(codes), func(c feedback.Code) bool { return !wanted[c.TableID] })
	if len(picked) == 0 {
		return nil, feedback.Problems{"table": "paper.problem.nothing"}
	}
	return picked, nil
}

// Sheet is an order with all that it needs.
type Sheet struct {
	Order
	Venue feedback.Venue
	Codes []feedback.Code
	Base  *url.URL
	Logo  []byte
	Made  time.Time
}

// Write prints the sheet as PDF. It fails with [feedback.Problems]; what it has
// no letters for is a problem of "language", which a browser does not have.
func (s Sheet) Write(w io.Writer) error {
	cards := make([]qr.Card, len(s.Codes))
	for i, c := range s.Codes {
		cards[i] = s.card(c)
	}
	err := qr.WriteSheet(w, qr.SheetSpec{
		Format: s.Format, Layout: s.Layout, Labels: s.Labels, Skip: s.Skip, Logo: s.Logo,
		Title: s.Venue.Name, Lang: s.Languages[0], Fold: i18n.For(s.Languages[0]).T("paper.fold"), Made: s.Made,
	}, cards)
	if _, foreign := errors.AsType[qr.ScriptError](err); foreign {
		return feedback.Problems{"language": "paper.problem.script"}
	}
	if errors.Is(err, qr.ErrSmall) || errors.Is(err, qr.ErrGrid) {
		return feedback.Problems{"labels": wrong(err)}
	}
	return err
}

// card writes a table's card: the first language whole, the others under it.
func (s Sheet) card(c feedback.Code) qr.Card {
	host, short := c.Typed(s.Base)
	p := i18n.For(s.Languages[0])
	card := qr.Card{
		Venue: s.Venue.Name, Table: c.TableName, TableWord: p.T("web.table"), Area: c.AreaName,
		Title: p.T("paper.question"), Text: p.T("paper.text"), Address: c.Printed(s.Base), Host: host, Short: short,
	}
	for _, l := range s.Languages[1:] {
		card.Also = append(card.Also, qr.Invitation{Title: i18n.For(l).T("paper.question"), Text: i18n.For(l).T("paper.text")})
	}
	return card
}

// Reachable fails with a problem when codes with this base would lead to this
// machine only: nobody's phone could follow them. try are the addresses of a
// machine that a demo may print, to be read on that machine.
func Reachable(base *url.URL, demo bool) error {
	host := base.Hostname()
	addr, err := netip.ParseAddr(host)
	loop := err == nil && (addr.IsLoopback() || addr.IsUnspecified())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || loop && !demo {
		return feedback.Problems{"base_url": "paper.problem.local"}
	}
	return nil
}

// PerPage is how many cards fit on a page.
func (o Order) PerPage() int {
	if o.Labels.Columns > 0 {
		return o.Labels.Columns * o.Labels.Rows
	}
	return map[qr.Layout]int{qr.LayoutTent: 4, qr.LayoutCard: 8, qr.LayoutSticker: 12, qr.LayoutPoster: 1, qr.LayoutPage: 1}[o.Layout]
}

// Blank is how many places of the first page stay empty.
func (o Order) Blank() int { return min(o.Skip, o.PerPage()-1) }

// Detail is the order for the audit trail.
func (s Sheet) Detail() map[string]string {
	detail := map[string]string{
		"layout": string(s.Layout), "format": string(s.Format), "count": strconv.Itoa(len(s.Codes)), "languages": strings.Join(s.Languages, " "),
	}
	if s.Labels.Name != "" {
		detail["labels"] = s.Labels.Name
	}
	const few = 12 // tables that are named
	if len(s.Codes) <= few {
		var names []string
		for _, c := range s.Codes {
			names = append(names, c.TableName)
		}
		detail["tables"] = strings.Join(names, ", ")
	}
	return detail
}
