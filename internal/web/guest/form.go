package guest

import (
	"bytes"
	"compress/gzip"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/web"
)

// place is where a code leads.
type place struct {
	seat  *store.Seat
	code  feedback.Code
	venue feedback.Venue
	left  bool   // the visit is closed: the party is not at the table any more
	asks  string // the moment of the visit that the venue asks about, or empty
	alone bool   // no screen of the venue listens: nobody may be promised
}

// place finds where the code of the address leads, and lets the venue's
// languages count. Whether the code still opens is the caller's question.
func (h handler) place(c echo.Context) (place, error) {
	ctx, text := c.Request().Context(), feedback.ReadCode(c.Param("code"))
	if text == "" {
		return place{}, feedback.ErrNotFound
	}
	if len(text) == shortCode {
		if err := web.Allow(c, "short\x00"+c.RealIP(), typing); err != nil {
			return place{}, err
		}
	}
	seat, err := h.store.Seat(ctx, text, h.desk.Now())
	if err != nil {
		return place{}, err
	}
	p := place{seat: seat, code: seat.Code, venue: seat.Venue, alone: !h.hub.Staffed(seat.Venue.ID, false, h.desk.Now())}
	if p.code.VisitID != "" {
		p.left = !seat.Visits[0].Open(h.desk.Now())
	}
	if len(seat.Visits) == 1 {
		p.asks = p.venue.Asks(seat.Visits[0], h.desk.Now())
	}
	web.Offer(c, p.venue.Languages)
	return p, nil
}

// formPage is all that pages/form.html may use.
type formPage struct {
	Frame       web.GuestFrame
	Action      string
	Question    string // key
	Moment      string // of the visit that is asked about
	Expect      string // what the venue says of what guests may expect
	Nudge       bool   // one kind question before it is sent
	Left        bool
	Scan        bool // the browser says that somebody sees the form, which opens a visit
	Alone       bool
	Promise     int // minutes
	Emergency   string
	ContactDays int // for which contact details are kept
	Urgents     []urgent
	Ratings     []int
	Causes      []chip
	Handlings   []handling
	In          input
	Problems    feedback.Problems
	Summary     []wrong
	Reviews     template.HTML
}

// handling is one way to handle it, with its drawing.
type handling struct{ Value, Icon string }

var handlings = []handling{
	{feedback.ComeOver, "walk"},
	{feedback.ManagerOnly, "mask"},
	{feedback.ManagerLater, "clock"},
	{"just_fix", "remake"},
	{feedback.ContactLater, "phone"},
	{feedback.JustTelling, "note"},
}

func (h handler) form(c echo.Context) error {
	if back := web.Walk(c, c.Param("code")); back != "" {
		return c.Redirect(http.StatusSeeOther, back)
	}
	p, err := h.place(c)
	if err == nil {
		err = p.code.Opens(h.desk.Now())
	}
	if err != nil {
		return h.closed(c, p, "", err)
	}
	page, err := h.forms.of(p, web.Lang(c))
	if err != nil {
		return err
	}
	web.OpenForm(c)
	if opened(c.Request()) {
		h.desk.Scanned(p.code.ID, p.venue)
	}
	return page.answer(c)
}

// previews are what programs call themselves that draw the preview of a link
// which somebody sent, or look for pages. "bot" alone would find phones by Cubot.
var previews = []string{
	"facebookexternalhit", "Facebot", "WhatsApp/", "TelegramBot", "Twitterbot", "Slackbot", "Discordbot", "LinkedInBot",
	"SkypeUriPreview", "Viber", "redditbot", "Pinterestbot", "vkShare", "Googlebot", "GoogleOther", "bingbot", "Applebot", "YandexBot",
}

// opened tells a guest who opens the form from a browser that looks ahead, and
// from a program that says that it is one.
func opened(r *http.Request) bool {
	ahead := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose") + r.Header.Get("X-Moz")
	return r.Method == http.MethodGet && !strings.Contains(ahead, "prefetch") &&
		!slices.ContainsFunc(previews, func(name string) bool { return strings.Contains(r.UserAgent(), name) })
}

// page is the form as it stands on p's table.
//
// i18n: checkin.question.*
func (p place) page(lang string, in input, problems feedback.Problems) (formPage, error) {
	links, err := reviews(lang, p.venue.ReviewLinks)
	page := formPage{
		Frame: p.frame(), Action: "/T/" + p.code.Code, Question: "guest.form.question",
		Left: p.left, Scan: p.arrives(), Alone: p.alone, Promise: p.venue.PromiseMinutes, Emergency: p.venue.Emergency(), ContactDays: p.venue.KeepsContact(),
		Urgents: urgents, Ratings: []int{1, 2, 3, 4, 5}, Causes: chips(lang, p.venue), Handlings: p.handlings(),
		In: in, Problems: problems, Summary: summary(problems), Reviews: links,
		Expect: p.venue.Wording.In(feedback.ExpectText, append([]string{lang}, p.venue.Languages...)...),
	}
	page.In.Lang = lang
	if page.Moment = p.asks; page.Moment != "" {
		page.Question = "checkin.question." + page.Moment
	}
	if p.left {
		page.Question = "guest.form.question_left"
	}
	return page, err
}

// arrives says whether whoever opens the form may open a visit by it.
func (p place) arrives() bool { return p.venue.VisitOnScan && p.code.VisitID == "" }

// scan is told by the browser of a guest who sees the form. Looking at an address opens
// nothing, nor does whoever did not open the form, somebody of the team or a walk of theirs.
func (h handler) scan(c echo.Context) error {
	if web.ReadForm(c).Opened.IsZero() || web.Actor(c).Kind != "" || web.Walk(c, c.Param("code")) != "" {
		return c.NoContent(http.StatusNoContent)
	}
	if err := h.desk.Arrive(c.Request().Context(), c.Param("code")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// handlings are those that mean something here: nobody can come over to somebody
// who has left, and to wait for that is for complaints about a person.
func (p place) handlings() []handling {
	return slices.DeleteFunc(slices.Clone(handlings), func(h handling) bool {
		switch h.Value {
		case feedback.ComeOver:
			return p.left
		case feedback.ManagerLater:
			return p.left || !slices.Contains(p.venue.OfferedCauses(), feedback.CauseStaff)
		}
		return false
	})
}

func (p place) frame() web.GuestFrame {
	return web.GuestFrame{
		Venue: p.venue.Name, Area: p.code.AreaName, Table: p.code.TableName, Languages: p.venue.Languages,
		Script: formScript, Privacy: "/T/" + p.code.Code + "/privacy", Skip: "q",
	}
}

// chip is one cause to choose from; Label is empty where the product's own name
// for it is good enough.
type chip struct{ Value, Label string }

// chips are the causes that the venue offers; safety has a row of its own.
func chips(lang string, v feedback.Venue) []chip {
	return named(lang, v, v.OfferedCauses())
}

// named gives causes the names that the venue has for them.
func named(lang string, v feedback.Venue, causes []string) []chip {
	all := make([]chip, len(causes))
	for i, cause := range causes {
		all[i] = chip{cause, v.Wording.In(feedback.CauseText(cause), lang)}
	}
	return all
}

// forms keeps forms as they are sent: compressed. A form is found by everything
// that it shows, so that a change of the venue needs nobody to forget the old
// one. What it shows is not looked at again while the seat is the same.
type forms struct {
	mu    sync.Mutex
	kept  map[string]*kept
	quick map[quick]*kept
}

// quick is all that a form of one seat depends on.
type quick struct {
	seat        *store.Seat
	lang, asks  string
	left, alone bool
}

// kept is a form as it is sent, and the headers that all who are sent it share.
type kept struct {
	small            []byte
	length, language []string
}

// maxForms bounds what is kept: about 20 MB.
const maxForms = 2048

func newForms() *forms { return &forms{kept: map[string]*kept{}, quick: map[quick]*kept{}} }

// of returns a form, compressed.
func (f *forms) of(p place, lang string) (*kept, error) {
	short := quick{p.seat, lang, p.asks, p.left, p.alone}
	f.mu.Lock()
	page := f.quick[short]
	f.mu.Unlock()
	if page != nil {
		return page, nil
	}
	page, err := f.find(p, lang)
	if err != nil || p.seat == nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.quick) >= maxForms {
		clear(f.quick) // seats are read anew each minute: most are old
	}
	f.quick[short] = page
	return page, nil
}

// find looks for a form by what it shows, and draws one that is not there.
func (f *forms) find(p place, lang string) (*kept, error) {
	key := p.key(lang)
	f.mu.Lock()
	page := f.kept[key]
	f.mu.Unlock()
	if page != nil {
		return page, nil
	}
	small, err := p.draw(lang)
	if err != nil {
		return nil, err
	}
	page = &kept{small, []string{strconv.Itoa(len(small))}, []string{lang}}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= maxForms {
		for some := range f.kept {
			delete(f.kept, some)
			break
		}
	}
	f.kept[key] = page
	return page, nil
}

// key is everything that the form shows.
func (p place) key(lang string) string {
	v := p.venue
	all := []string{
		lang, p.asks, p.venue.Wording.In(feedback.ExpectText, append([]string{lang}, p.venue.Languages...)...), p.code.Code, p.code.TableName, p.code.AreaName, strconv.FormatBool(p.left), strconv.FormatBool(p.arrives()), strconv.FormatBool(p.alone),
		v.Name, v.Emergency(), strconv.Itoa(v.PromiseMinutes), strconv.Itoa(v.KeepsContact()), strings.Join(v.Languages, ","),
	}
	for _, c := range chips(lang, v) {
		all = append(all, c.Value, c.Label)
	}
	for _, l := range v.ReviewLinks {
		all = append(all, l.Label, l.URL)
	}
	return strings.Join(all, "\x00")
}

func (p place) draw(lang string) ([]byte, error) {
	page, err := p.page(lang, input{}, nil)
	if err != nil {
		return nil, err
	}
	plain, err := pages.Render(lang, "form.html", page)
	if err != nil {
		return nil, err
	}
	return web.Gzip(plain)
}

// Headers that all forms have. Their lists are shared: Set puts another in
// their place.
var (
	guarded = []string{"private, no-cache"}
	varies  = []string{"Accept-Language", "Accept-Encoding"}
	zipped  = []string{"gzip"}
)

// answer sends a form; the rare browser that cannot read it compressed gets it
// plain.
func (k *kept) answer(c echo.Context) error {
	h, body := c.Response().Header(), k.small
	h["Cache-Control"], h["Content-Language"], h["Vary"] = guarded, k.language, varies
	if web.AcceptsGzip(c.Request()) {
		h["Content-Encoding"], h["Content-Length"] = zipped, k.length
	} else {
		z, err := gzip.NewReader(bytes.NewReader(k.small))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(z); err != nil {
			return err
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return web.Whole(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, body)
}
