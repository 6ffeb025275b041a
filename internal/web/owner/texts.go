package owner

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// textsPage is all that pages/texts.html may use: the causes that the form
// offers, and the venue's own words in one language.
type textsPage struct {
	room
	In       string // the language that is written
	Wording  feedback.Wording
	Causes   []causeRow
	Expect   textField
	Follow   textField
	Phrases  []phraseRow
	Places   []int
	Problems feedback.Problems
}

// Count is how many texts there are in a language.
func (p textsPage) Count(lang string) int {
	n := 0
	for _, texts := range p.Wording {
		if texts[lang] != "" {
			n++
		}
	}
	return n
}

// causeRow is one cause: whether and where the form offers it, and its name.
type causeRow struct {
	Cause string
	Shown bool
	Place int
	textField
}

// phraseRow is one quick phrase of the team.
type phraseRow struct {
	Number int
	textField
}

// textField is one text to write.
type textField struct {
	Purpose string
	Value   string
	Usual   string // what stands there without it
	Max     int
}

func (h handler) texts(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	return h.drawTexts(c, r, r.Venue, nil)
}

// drawTexts shows v, which may not be saved yet.
func (h handler) drawTexts(c echo.Context, r room, v feedback.Venue, ps feedback.Problems) error {
	p := textsPage{room: r, In: writing(c, v), Problems: ps, Wording: v.Wording}
	shown := v.OfferedCauses()
	order := slices.Clone(shown)
	for _, cause := range feedback.Causes {
		if cause != feedback.CauseSafety && !slices.Contains(shown, cause) {
			order = append(order, cause)
		}
	}
	for i, cause := range order {
		p.Causes = append(p.Causes, causeRow{
			Cause: cause, Shown: i < len(shown), Place: i + 1,
			textField: p.field(v, feedback.CauseText(cause), "cause."+cause, feedback.MaxCauseText),
		})
		p.Places = append(p.Places, i+1)
	}
	for n := 1; n <= feedback.Phrases; n++ {
		row := phraseRow{n, textField{Purpose: feedback.PhraseText(n), Value: v.Wording.In(feedback.PhraseText(n), p.In), Max: feedback.MaxPhrase}}
		if n <= feedback.UsualPhrases {
			row.Usual = web.In(p.In, row.Purpose)
		}
		p.Phrases = append(p.Phrases, row)
	}
	p.Expect = p.field(v, feedback.ExpectText, "checkin.expect_usual", feedback.MaxExpectText)
	p.Follow = textField{
		feedback.FollowText, v.Wording.In(feedback.FollowText, p.In), web.In(p.In, "follow.text", "Venue", v.Name), feedback.MaxFollowText,
	}
	return draw(c, "texts.html", ps, p)
}

// field is one text of the venue in the language that is written. usual is the
// catalogue key of what guests read without it.
//
// i18n: cause.*
func (p textsPage) field(v feedback.Venue, purpose, usual string, longest int) textField {
	return textField{purpose, v.Wording.In(purpose, p.In), web.In(p.In, usual), longest}
}

// writing is the language to write in: the one asked for, or the venue's first.
func writing(c echo.Context, v feedback.Venue) string {
	if tag := c.FormValue("in"); slices.Contains(v.Languages, tag) {
		return tag
	}
	return v.Languages[0]
}

func (h handler) saveTexts(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := writing(c, r.Venue)
	change := func(v *feedback.Venue) {
		v.Causes = readCauses(form)
		for _, purpose := range feedback.Purposes() {
			if form.Has(purpose) {
				v.Wording = v.Wording.With(purpose, in, form.Get(purpose))
			}
		}
	}
	err = h.desk.ChangeVenue(c.Request().Context(), r.by, r.Venue.ID, change)
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		v := r.Venue
		change(&v)
		return h.drawTexts(c, r, v, ps)
	}
	return c.Redirect(http.StatusSeeOther, r.Path("/texts?in="+in+"&done=saved"))
}

// readCauses are the causes that were ticked, by the places they were given.
// All in their usual order is what a venue without a choice of its own has.
func readCauses(form url.Values) []string {
	causes := slices.Clone(form["show"])
	if len(causes) > len(feedback.Causes) {
		causes = causes[:len(feedback.Causes)]
	}
	place := func(cause string) int {
		n, _ := strconv.Atoi(form.Get("place_" + cause)) // what is no number comes first
		return n
	}
	slices.SortStableFunc(causes, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	if slices.Equal(causes, feedback.Venue{}.OfferedCauses()) {
		return nil
	}
	return causes
}
