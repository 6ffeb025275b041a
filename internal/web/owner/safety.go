package owner

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// safetyPage is all that pages/safety.html may use.
type safetyPage struct {
	room
	Langs    []safetyLang
	Problems feedback.Problems
}

// safetyLang is what a venue says in one language.
type safetyLang struct {
	Tag      string
	Name     string // of the language
	Words    string // a word a line
	Protocol string
}

func (h handler) safety(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	return h.drawSafety(c, r, r.Venue.SafetyWords, r.Venue.Protocol, nil)
}

func (h handler) drawSafety(c echo.Context, r room, words map[string][]string, protocol map[string]string, ps feedback.Problems) error {
	p := safetyPage{room: r, Problems: ps}
	for _, l := range web.LanguageNames() {
		if slices.Contains(r.Venue.Languages, l.Tag) {
			p.Langs = append(p.Langs, safetyLang{l.Tag, l.Name, strings.Join(words[l.Tag], "\n"), protocol[l.Tag]})
		}
	}
	return draw(c, "safety.html", ps, p)
}

func (h handler) saveSafety(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	words, protocol := readSafety(form, r.Venue.Languages)
	err = h.desk.ChangeVenue(c.Request().Context(), r.by, r.Venue.ID, func(v *feedback.Venue) {
		v.SafetyWords, v.Protocol = words, protocol
	})
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		return h.drawSafety(c, r, words, protocol, ps)
	}
	return r.back(c, "/safety", "saved")
}

// readSafety reads the words and the card of each language; what is empty is
// left out.
func readSafety(form url.Values, languages []string) (map[string][]string, map[string]string) {
	words, protocol := map[string][]string{}, map[string]string{}
	for _, tag := range languages {
		for word := range strings.FieldsFuncSeq(form.Get("words_"+tag), func(r rune) bool { return strings.ContainsRune("\n,;،、，", r) }) {
			if word = feedback.CleanLine(word); word != "" {
				words[tag] = append(words[tag], word)
			}
		}
		if text := feedback.Clean(form.Get("protocol_" + tag)); text != "" {
			protocol[tag] = text
		}
	}
	return words, protocol
}
