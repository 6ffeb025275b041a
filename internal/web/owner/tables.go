package owner

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// span is a range of tables: 1-24, T1..T4, B1–B4, B1-4, 1〜24.
var span = regexp.MustCompile(`^(.*?)(\d{1,4})\s*(?:-|–|—|~|〜|\.\.|…)\s*(.*?)(\d{1,4})$`)

// readTables reads a list of tables as people type it: names and ranges
// between commas, and before a colon the area that the rest of the line stands
// in; or as they stand in a spreadsheet. It fails with the key of what is wrong.
func readTables(text, area string) (tables []desk.NewTable, problem string) {
	for part := range strings.FieldsFuncSeq(web.Latin(feedback.Clean(fromCells(text))), isNewline) {
		at, list := area, part
		if name, rest, named := strings.Cut(part, ":"); named {
			at, list = feedback.CleanLine(name), rest
		}
		for item := range strings.FieldsFuncSeq(list, isComma) {
			names, problem := expand(feedback.CleanLine(item))
			if problem != "" {
				return nil, problem
			}
			for _, name := range names {
				tables = append(tables, desk.NewTable{Name: name, Area: at})
			}
			if len(tables) > feedback.MaxTables {
				return nil, "problem.table.many"
			}
		}
	}
	return tables, ""
}

// fromCells turns lines pasted from a spreadsheet, with a table in the first
// cell and its area in the second, into lines as people type them. A first line
// that only says "table", in any language, heads the column.
func fromCells(text string) string {
	lines := strings.FieldsFunc(text, isNewline)
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		if i == 0 && len(lines) > 1 && headsTables(cells[0]) {
			lines[i] = ""
			continue
		}
		if lines[i] = cells[0]; len(cells) > 1 && strings.TrimSpace(cells[1]) != "" {
			lines[i] = strings.ReplaceAll(cells[1], ":", " ") + ":" + cells[0]
		}
	}
	return strings.Join(lines, "\n")
}

// headsTables says whether a cell only names what stands below it.
func headsTables(cell string) bool {
	return slices.ContainsFunc(web.Languages(), func(lang string) bool {
		return strings.EqualFold(feedback.CleanLine(cell), web.In(lang, "web.table"))
	})
}

func isNewline(r rune) bool { return strings.ContainsRune("\n\r\u2028\u2029", r) }

// isComma tells what stands between the items of a list, in any script.
func isComma(r rune) bool { return strings.ContainsRune(",;،؛、", r) }

// expand turns a range into the names in it; any other text is one name.
func expand(item string) (names []string, problem string) {
	m := span.FindStringSubmatch(item)
	if item == "" {
		return nil, ""
	}
	if m == nil || m[3] != "" && m[3] != m[1] {
		return []string{item}, ""
	}
	from, _ := strconv.Atoi(m[2])
	to, _ := strconv.Atoi(m[4])
	switch {
	case to < from:
		return nil, "owner.problem.range"
	case to-from >= feedback.MaxTables:
		return nil, "problem.table.many"
	}
	for n := from; n <= to; n++ {
		names = append(names, m[1]+strconv.Itoa(n))
	}
	return names, ""
}

// foldTables brings problems with single tables of a list to the one field
// that the list was typed into.
func foldTables(ps feedback.Problems) feedback.Problems {
	out := feedback.Problems{}
	for field, key := range ps {
		if strings.HasPrefix(field, "tables.") {
			field = "tables"
		}
		out[field] = key
	}
	return out
}

// newTables is what was typed to add tables.
type newTables struct{ Tables, Area string }

func (h handler) addTables(c echo.Context) error {
	r, err := h.enter(c, "codes")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := newTables{form.Get("tables"), form.Get("area")}
	tables, problem := readTables(in.Tables, feedback.CleanLine(in.Area))
	if problem == "" {
		_, err = h.desk.AddTables(c.Request().Context(), r.by, r.Venue.ID, tables)
	} else {
		err = feedback.Problems{"tables": problem}
	}
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if key := ps["name"]; key != "" {
		ps["tables"] = key
		delete(ps, "name")
	}
	if len(ps) > 0 {
		return h.drawCodes(c, r, in, foldTables(ps))
	}
	return r.back(c, "/codes", "added")
}

// tablePage is all that pages/table.html may use.
type tablePage struct {
	room
	Row      codeRow
	In       tableInput
	Problems feedback.Problems
	Areas    []feedback.Area
	Kiosk    string // address of the page for a tablet by the door
}

// tableInput is what may change of a table.
type tableInput struct{ Name, Area string }

func (h handler) table(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	return h.drawTable(c, r, row, tableInput{row.Table.Name, row.Table.AreaName}, nil)
}

func (h handler) drawTable(c echo.Context, r room, row codeRow, in tableInput, ps feedback.Problems) error {
	areas, err := r.view.Areas(c.Request().Context())
	if err != nil {
		return err
	}
	return draw(c, "table.html", ps, tablePage{r, row, in, ps, areas, h.base.String() + "/K/" + row.Code.Code})
}

func (h handler) changeTable(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := tableInput{form.Get("name"), form.Get("area")}
	err = h.desk.ChangeTable(c.Request().Context(), r.by, r.Venue.ID, row.Table.ID, desk.NewTable{Name: in.Name, Area: in.Area})
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawTable(c, r, row, in, ps)
	}
	return r.back(c, "/codes", "saved")
}

// tableRow finds the table of the address, with its codes. One that was
// removed is not there any more.
func (h handler) tableRow(c echo.Context) (room, codeRow, error) {
	r, err := h.enter(c, "codes")
	if err != nil {
		return r, codeRow{}, err
	}
	rows, err := h.codeRows(c, r)
	if err != nil {
		return r, codeRow{}, err
	}
	for _, row := range rows {
		if row.Table.ID == c.Param("table") {
			return r, row, nil
		}
	}
	return r, codeRow{}, feedback.ErrNotFound
}

func (h handler) rotate(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	if err := h.desk.RotateCode(c.Request().Context(), r.by, r.Venue.ID, row.Table.ID); err != nil {
		return err
	}
	return r.back(c, "/codes", "rotated")
}

func (h handler) askRevoke(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	return draw(c, "confirm.html", nil, confirmPage{
		room: r, Title: web.T(c, "owner.revoke.title", "Table", row.Table.Name), Text: web.T(c, "owner.revoke.text"),
		Yes: "owner.revoke.yes", No: "owner.revoke.no", Action: c.Request().URL.Path, Back: r.Path("/codes"),
	})
}

func (h handler) revoke(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	if err := h.desk.RevokeCode(c.Request().Context(), r.by, r.Venue.ID, row.Table.ID); err != nil {
		return err
	}
	return r.back(c, "/codes", "revoked")
}

func (h handler) askRemove(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	return draw(c, "confirm.html", nil, confirmPage{
		room: r, Title: web.T(c, "owner.remove.title", "Table", row.Table.Name), Text: web.T(c, "owner.remove.text"),
		Yes: "owner.remove.yes", No: "owner.remove.no", Action: c.Request().URL.Path, Back: r.Path("/codes"),
	})
}

func (h handler) remove(c echo.Context) error {
	r, row, err := h.tableRow(c)
	if err != nil {
		return err
	}
	if err := h.desk.RemoveTable(c.Request().Context(), r.by, r.Venue.ID, row.Table.ID); err != nil {
		return err
	}
	return r.back(c, "/codes", "removed")
}
