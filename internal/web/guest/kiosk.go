package guest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// kioskScript clears what somebody left behind.
const kioskScript = "kiosk.js"

// queueing is what the browser of a tablet by the door sends before it is marked.
var queueing = web.Rate(feedback.PerKiosk)

// kioskPage is all that pages/kiosk.html and pages/kiosk_thanks.html may use.
// Neither leads anywhere else: no review links, no status page, no privacy page
// on which the tablet would stay.
type kioskPage struct {
	Frame     web.GuestFrame
	Home      string // where every guest begins, in the venue's first language
	Action    string
	Alone     bool
	Safety    bool // an alarm was told
	Emergency string
	Urgents   []urgent
	Ratings   []int
	Causes    []chip
	Problem   string // key
	Lang      string
}

func (h handler) mountKiosk(e *echo.Echo) {
	headers := web.GuestHeaders(kioskScript)
	for _, path := range []string{"/K/:code", "/k/:code"} {
		e.GET(path, h.kiosk, headers)
		e.POST(path, h.kioskSend, headers, web.Mark("kiosk", queueing))
		e.GET(path+"/thanks", h.kioskThanks, headers)
		e.GET(path+"/urgent", h.kiosk, headers)
		e.POST(path+"/urgent", h.kioskAlarm, headers) // never limited
	}
}

// stand finds the table of a kiosk: a code of one party is no door.
func (h handler) stand(c echo.Context) (place, error) {
	p, err := h.place(c)
	if err == nil && p.code.VisitID != "" {
		err = feedback.ErrNotFound
	}
	if err == nil {
		err = p.code.Opens(h.desk.Now())
	}
	p.asks = "" // guests at the door are not at a table
	return p, err
}

func (p place) kiosk(c echo.Context) kioskPage {
	at := "/K/" + p.code.Code
	page := kioskPage{
		Frame: p.frame(), Home: at + "?lang=" + p.venue.Languages[0], Action: at, Alone: p.alone, Emergency: p.venue.Emergency(),
		Urgents: urgents, Ratings: []int{1, 2, 3, 4, 5}, Causes: chips(web.Lang(c), p.venue), Lang: web.Lang(c),
	}
	page.Frame.Table, page.Frame.Area, page.Frame.Privacy, page.Frame.Script = "", "", "", kioskScript
	return page
}

// wrongs are what the address may say of the form sent before.
//
// i18n: problem.rating.missing, problem.causes.many
var wrongs = map[string]string{"rating": "problem.rating.missing", "causes": "problem.causes.many"}

func (h handler) kiosk(c echo.Context) error {
	p, err := h.stand(c)
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	page := p.kiosk(c)
	page.Problem = wrongs[c.QueryParam("wrong")]
	web.OpenForm(c)
	return web.Draw(c, http.StatusOK, pages, "kiosk.html", page)
}

// kioskSend keeps a report and leads to a page that says so. Nothing that was
// typed is ever sent back: the next one to press "back" is somebody else.
func (h handler) kioskSend(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	p, err := h.stand(c)
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	in := read(form)
	if slices.Contains(p.venue.Languages, in.Lang) {
		web.SetLang(c, in.Lang)
	}
	if in.Handling != feedback.ComeOver {
		in.Handling = ""
	}
	in.Words = cut(in.Words)
	report := in.report(c, p, form)
	over := report.Over
	report.Over = func(key string, n int, q feedback.Quota) bool {
		if q == feedback.PerCode { // the house leaves by one code; anybody may send to this address
			key, n, q = "kiosk "+key, 1, feedback.PerKiosk
		}
		return over(key, n, q)
	}
	_, err = h.desk.Submit(c.Request().Context(), report)
	if problems, ok := errors.AsType[feedback.Problems](err); ok {
		wrong := "causes"
		if problems["rating"] != "" {
			wrong = "rating"
		}
		return c.Redirect(http.StatusSeeOther, "/K/"+p.code.Code+"?wrong="+wrong)
	}
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	web.RenewForm(c)
	return c.Redirect(http.StatusSeeOther, "/K/"+p.code.Code+"/thanks")
}

// cut shortens words where a browser would have stopped taking them.
func cut(words string) string {
	if utf8.RuneCountInString(words) <= feedback.MaxWords {
		return words
	}
	return string([]rune(words)[:feedback.MaxWords])
}

func (h handler) kioskAlarm(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	p, err := h.stand(c)
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	_, _, err = h.desk.Alarm(c.Request().Context(), desk.NewAlarm{
		Code: p.code.Code, Kind: feedback.Urgent(form.Get("urgent")), Language: web.Lang(c), Opened: web.ReadForm(c).Opened,
	})
	if _, ok := errors.AsType[feedback.Problems](err); ok {
		return c.Redirect(http.StatusSeeOther, "/K/"+p.code.Code)
	}
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	return c.Redirect(http.StatusSeeOther, "/K/"+p.code.Code+"/thanks?"+url.Values{"told": {"safety"}}.Encode())
}

func (h handler) kioskThanks(c echo.Context) error {
	p, err := h.stand(c)
	if err != nil {
		return h.kioskClosed(c, p, err)
	}
	page := p.kiosk(c)
	page.Safety = c.QueryParam("told") == "safety"
	page.Frame.Skip = "" // there is nothing to skip
	return web.Draw(c, http.StatusOK, pages, "kiosk_thanks.html", page)
}

// kioskClosed is closed without the review links, which must not be opened on a
// device of the venue.
func (h handler) kioskClosed(c echo.Context, p place, err error) error {
	p.venue.ReviewLinks = nil
	return h.closed(c, p, "", err)
}
