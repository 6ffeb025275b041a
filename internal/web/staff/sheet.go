package staff

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// sheetPage is all that the pages of one report's sheets may use: reply, done,
// hand and dismiss. The board's script shows the form of such a page in a
// dialog.
type sheetPage struct {
	Frame web.StaffFrame
	Base  string
	T     ticket
	Key   string // of the next post, so that sending twice says it once
	Back  string // "issue" when the page of the report leads here
	typed

	Phrases  []phrase
	Currency string
	Manager  bool // may note a complaint about a person
	People   []feedback.Person
}

// typed is what a form that is shown again holds, and what is wrong with it.
type typed struct {
	In       url.Values
	Problems feedback.Problems
}

// Chose says whether a choice was made.
func (t typed) Chose(field, value string) bool { return slices.Contains(t.In[field], value) }

// phrase is one quick phrase as the team reads it.
type phrase struct {
	Number int
	Text   string
	In     string // the language the guest gets it in, when that is not theirs
}

// phrases are the quick phrases of a venue, for somebody who reads lang and a
// guest.
//
// i18n: phrase.*
func phrases(c echo.Context, v feedback.Venue, guest string) []phrase {
	var out []phrase
	for n := 1; n <= feedback.Phrases; n++ {
		if !v.HasPhrase(n) {
			continue
		}
		p := phrase{Number: n}
		if p.Text, _ = v.Phrase(n, web.Lang(c)); p.Text == "" {
			p.Text = web.T(c, feedback.PhraseText(n))
		}
		if _, in := v.Phrase(n, guest); in != guest {
			p.In = in
		}
		out = append(out, p)
	}
	return out
}

// phraseFor is quick phrase n as a message to a guest, in their language or with
// a mark of which it is in.
func phraseFor(v feedback.Venue, n int, guest string) feedback.Message {
	text, in := v.Phrase(n, guest)
	if text == "" {
		key := feedback.PhraseText(n)
		return feedback.Message{Phrase: key, Text: web.In(guest, key)}
	}
	m := feedback.Message{Text: text}
	if in != guest {
		m.Language = in
	}
	return m
}

// Langs is the guest's language.
func (p sheetPage) Langs() []string { return []string{p.T.Language} }

// Actions are what one can have done. Nobody is offered money for what is about
// safety.
func (p sheetPage) Actions() []string { return p.T.Offers() }

// Reasons are why something could not be put right.
func (p sheetPage) Reasons() []string { return feedback.Reasons }

// Dismissals are why something is set aside.
func (p sheetPage) Dismissals() []string { return feedback.DismissReasons }

// drawSheet draws a sheet of the report in the address, with what was typed
// before and what was wrong with it.
func (h handler) drawSheet(c echo.Context, name string, in url.Values, ps feedback.Problems) error {
	ctx, at := c.Request().Context(), h.at(c)
	venue, err := at.Details(ctx)
	if err != nil {
		return err
	}
	r, err := at.Report(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	who := web.Actor(c)
	page := sheetPage{
		Frame: h.frame(c, venue), Base: home(c), T: newTicket(r, home(c), h.Desk.Now(), venue.Zone()), Key: web.NewToken(),
		Back: c.FormValue("back"), typed: typed{in, ps}, Currency: venue.Currency,
		Manager: who.Role(venue.ID).AtLeast(feedback.Manager),
	}
	page.T.Me = who.Person
	page.Phrases = phrases(c, venue, r.Language)
	if name == "hand.html" {
		if page.People, err = h.others(c, r); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(ps) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Draw(c, status, pages, name, page)
}

// others are the people a report can be handed to.
func (h handler) others(c echo.Context, r feedback.Report) ([]feedback.Person, error) {
	at := h.at(c)
	staff, err := at.Staff(c.Request().Context())
	if err != nil {
		return nil, err
	}
	var out []feedback.Person
	for _, p := range staff {
		role, err := at.RoleOf(c.Request().Context(), p)
		if err != nil {
			return nil, err
		}
		if p.ID != r.TakenBy && r.VisibleTo(role) && (p.ID != r.NotFor || role.AtLeast(feedback.Manager)) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (h handler) replyForm(c echo.Context) error { return h.drawSheet(c, "reply.html", nil, nil) }

// reply sends a quick phrase or own words to the guest, or keeps a note for the
// team.
func (h handler) reply(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	m := feedback.Message{Text: form.Get("text"), Internal: form.Get("team") != ""}
	if n, err := strconv.Atoi(form.Get("say")); err == nil {
		if m, err = h.quick(c, n); err != nil {
			return err
		}
	}
	err = h.Desk.Say(c.Request().Context(), web.Once(c, form), c.Param("venue"), c.Param("id"), m)
	did := didSay
	if m.Internal {
		did = didNote
	}
	return h.ended(c, "reply.html", form, did, err)
}

// quick is quick phrase n as a message to the guest of the report in the address;
// it says nothing when there is no such phrase.
func (h handler) quick(c echo.Context, n int) (feedback.Message, error) {
	ctx, at := c.Request().Context(), h.at(c)
	v, err := at.Details(ctx)
	if err != nil {
		return feedback.Message{}, err
	}
	r, err := at.Report(ctx, c.Param("id"))
	if err != nil || !v.HasPhrase(n) {
		return feedback.Message{}, err
	}
	return phraseFor(v, n, r.Language), nil
}

// ended shows a form again that has something wrong, and ends all other acts.
func (h handler) ended(c echo.Context, page string, form url.Values, did string, err error) error {
	if ps, ok := errors.AsType[feedback.Problems](err); ok {
		return h.drawSheet(c, page, form, ps)
	}
	return h.answer(c, did, c.Param("id"), err)
}

func (h handler) doneForm(c echo.Context) error { return h.drawSheet(c, "done.html", nil, nil) }

// done closes a report: as put right, or as something that could not be.
func (h handler) done(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	ctx, who, venue, id := c.Request().Context(), web.Once(c, form), c.Param("venue"), c.Param("id")
	if form.Get("outcome") == "no" {
		err := h.Desk.Unresolved(ctx, who, venue, id, form.Get("reason"), form.Get("note"))
		return h.ended(c, "done.html", form, didGiveUp, err)
	}
	details, err := h.at(c).Details(ctx)
	if err != nil {
		return err
	}
	cost, ok := web.ParseMoney(form.Get("cost"), details.Currency)
	if !ok {
		return h.drawSheet(c, "done.html", form, feedback.Problems{"cost": "staff.cost_wrong"})
	}
	err = h.Desk.Resolve(ctx, who, venue, id, desk.Outcome{
		Recovery: feedback.Recovery{Actions: form["did"], Cost: cost, Note: form.Get("note")}, Tell: form.Get("tell"),
	})
	return h.ended(c, "done.html", form, didResolve, err)
}

func (h handler) handForm(c echo.Context) error { return h.drawSheet(c, "hand.html", nil, nil) }

func (h handler) hand(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	err = h.Desk.HandOver(c.Request().Context(), web.Once(c, form), c.Param("venue"), c.Param("id"), form.Get("person"))
	return h.ended(c, "hand.html", form, didHand, err)
}

func (h handler) dismissForm(c echo.Context) error { return h.drawSheet(c, "dismiss.html", nil, nil) }

func (h handler) dismiss(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	err = h.Desk.Dismiss(c.Request().Context(), web.Once(c, form), c.Param("venue"), c.Param("id"), form.Get("reason"))
	return h.ended(c, "dismiss.html", form, didDismiss, err)
}
