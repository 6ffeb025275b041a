package guest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// input is the form as a guest filled it in.
type input struct {
	Rating   int
	Causes   []string
	Words    string
	Handling string
	Name     string
	Phone    string
	Email    string
	Lang     string
	Moment   string
	Sure     bool   // was asked once whether to send it so
	Website  string // nobody sees this field: only machines fill it in
}

// Has says whether the guest chose a cause.
func (in input) Has(cause string) bool { return slices.Contains(in.Causes, cause) }

func read(form url.Values) input {
	rating, _ := strconv.Atoi(form.Get("rating")) // what is no number is no face
	return input{
		Rating: rating, Causes: form["causes"], Words: form.Get("words"), Handling: form.Get("handling"),
		Name: form.Get("name"), Phone: form.Get("phone"), Email: form.Get("email"),
		Lang: form.Get("lang"), Moment: form.Get("moment"), Sure: form.Get("sure") != "", Website: form.Get("website"),
	}
}

// send keeps the report as soon as it was read, and only then looks at photos:
// however slowly they come, or if they never do, the team has heard. Browsers read
// no answer before they have sent everything, so it is read in any case.
func (h handler) send(c echo.Context) error {
	form, behind, err := web.FormThenFiles(c, "photo", feedback.MaxPhotos, feedback.MaxPhotoFile)
	if err != nil {
		return err
	}
	token, instead := h.keep(c, form)
	files, whole := behind.Read()
	if instead != nil {
		return instead()
	}
	wrong := h.photosOf(c, token, files)
	if !whole {
		wrong = photoSlow
	}
	return sentTo(c, withPhoto("/R/"+token, wrong))
}

// keep keeps the report of a form and returns the token of its status page, or
// what to answer instead.
func (h handler) keep(c echo.Context, form url.Values) (token string, instead func() error) {
	in := read(form)
	p, err := h.place(c)
	if err != nil {
		return "", func() error { return h.closed(c, p, in.Words, err) }
	}
	if slices.Contains(p.venue.Languages, in.Lang) {
		web.SetLang(c, in.Lang)
	}
	if !in.Sure && feedback.Rude(in.Words) {
		return "", func() error { return p.nudge(c, in) }
	}
	r, err := h.desk.Submit(c.Request().Context(), in.report(c, p, form))
	if problems, ok := errors.AsType[feedback.Problems](err); ok {
		return "", func() error { return p.refuse(c, in, problems) }
	}
	if err != nil {
		return "", func() error { return h.closed(c, p, in.Words, err) }
	}
	web.RenewForm(c)
	return h.desk.StatusToken(r.ID), nil
}

// photosOf adds the photos of a form to its report, which is kept already: what
// becomes of them cannot change the answer, only what it says of them.
func (h handler) photosOf(c echo.Context, token string, files [][]byte) (wrong string) {
	if len(files) == 0 {
		return ""
	}
	guest, err := h.desk.Guest(c.Request().Context(), token)
	if err == nil {
		wrong, err = h.addPhotos(c.Request().Context(), guest, files)
	}
	if err != nil {
		return photoFull
	}
	return wrong
}

// sentTo leads to the status page. A script that sends the form again until it
// is answered asks with Prefer for the address alone: the new key of the form
// and the address then arrive in one answer or not at all, while a redirect can
// be cut between the two, and the next try would be another report.
func sentTo(c echo.Context, path string) error {
	if c.Request().Header.Get("Prefer") != "return=minimal" {
		return c.Redirect(http.StatusSeeOther, path)
	}
	c.Response().Header().Set("Preference-Applied", "return=minimal")
	c.Response().Header().Set("Location", path)
	return c.NoContent(http.StatusCreated)
}

// report is what the desk is asked to keep. The same form sent twice is one
// report; another text in the same form is another.
func (in input) report(c echo.Context, p place, form url.Values) desk.NewReport {
	state, hash := web.ReadForm(c), digest("report", form)
	r := desk.NewReport{
		Code: p.code.Code, Rating: in.Rating, Causes: in.causes(), Words: in.Words, Handling: in.Handling,
		Language: web.Lang(c), Moment: in.Moment, Opened: state.Opened, Marked: web.Marked(c) || in.Website != "", Over: web.Quotas(c),
		Request: feedback.Request{Key: state.Key + "-" + hash, Hash: hash},
	}
	if in.Handling == feedback.ContactLater { // else it was not asked for, and is not kept
		r.Contact = feedback.Contact{Name: in.Name, Phone: in.Phone, Email: in.Email}
	}
	return r
}

// causes puts safety first: it must never be kept out by three others.
func (in input) causes() []string {
	if !in.Has(feedback.CauseSafety) {
		return in.Causes
	}
	others := slices.DeleteFunc(slices.Clone(in.Causes), func(cause string) bool { return cause == feedback.CauseSafety })
	return append([]string{feedback.CauseSafety}, others[:min(len(others), feedback.MaxCauses-1)]...)
}

// digest names what was sent.
func digest(what string, form url.Values) string {
	sum := sha256.Sum256([]byte(what + "\x00" + form.Encode()))
	return hex.EncodeToString(sum[:])
}

// refuse shows the form again with what is wrong, and all that was typed.
func (p place) refuse(c echo.Context, in input, problems feedback.Problems) error {
	page, err := p.page(web.Lang(c), in, problems)
	if err != nil {
		return err
	}
	return web.Draw(c, http.StatusUnprocessableEntity, pages, "form.html", page)
}

// nudge asks once, kindly, before an insult is sent; whoever sends again is not
// asked again.
func (p place) nudge(c echo.Context, in input) error {
	in.Sure = true
	page, err := p.page(web.Lang(c), in, nil)
	if err != nil {
		return err
	}
	page.Nudge = true
	return web.Draw(c, http.StatusUnprocessableEntity, pages, "form.html", page)
}

// wrong is one line of the summary above a form: where to go, and what is wrong.
type wrong struct{ ID, Key string }

// anchors are the fields of the form in their order.
var anchors = []struct{ field, id string }{
	{"rating", "r1"},
	{"causes", "c1"},
	{"words", "w"},
	{"handling", "h1"},
	{"contact", "p"},
	{"contact.name", "n"},
	{"contact.phone", "p"},
	{"contact.email", "m"},
	{"language", "q"},
}

func summary(problems feedback.Problems) []wrong {
	var lines []wrong
	for _, a := range anchors {
		if key := problems[a.field]; key != "" {
			lines = append(lines, wrong{a.id, key})
		}
	}
	return lines
}

// closedPage is all that pages/closed.html may use.
type closedPage struct {
	Frame     web.GuestFrame
	Gone      bool
	Ended     bool   // it is the end of a status page
	Emergency string // empty when the venue is not known
	Words     string // what the guest had written
	Problems  feedback.Problems
	Reviews   template.HTML
}

// closed answers for a code that leads nowhere: it says how to be heard all the
// same, and keeps what was written. Other errors are passed on.
func (h handler) closed(c echo.Context, p place, words string, err error) error {
	page, status := closedPage{Frame: anywhere(), Words: words}, http.StatusNotFound
	switch {
	case errors.Is(err, feedback.ErrGone):
		page.Gone, status = true, http.StatusGone
	case !errors.Is(err, feedback.ErrNotFound):
		return err
	}
	if p.venue.ID != "" {
		if err := page.of(c, p.venue); err != nil {
			return err
		}
	}
	return web.Draw(c, status, pages, "closed.html", page)
}

// of makes it the page of a venue.
func (p *closedPage) of(c echo.Context, v feedback.Venue) (err error) {
	p.Frame.Venue, p.Frame.Languages, p.Emergency = v.Name, v.Languages, v.Emergency()
	p.Reviews, err = reviews(web.Lang(c), v.ReviewLinks)
	return err
}
