package owner

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// country is one entry of a list to choose from.
type country struct{ Code, Name string }

// countries are those we have facts for, by their names in the reader's
// language.
//
// i18n: owner.country.*
func countries(c echo.Context) []country {
	var all []country
	for _, known := range feedback.Countries() {
		all = append(all, country{known.Code, web.T(c, "owner.country."+strings.ToLower(known.Code))})
	}
	slices.SortFunc(all, func(a, b country) int { return cmp.Compare(fold(a.Name), fold(b.Name)) })
	return all
}

// fold brings letters to where readers look for them: Ä beside A.
var fold = strings.NewReplacer("Ä", "A", "Ö", "O", "Ü", "U", "إ", "ا", "أ", "ا", "آ", "ا").Replace

// venueInput is what is asked of a new venue; the rest follows from its
// country, or is asked in the steps after it.
type venueInput struct{ Venue, Country string }

func readVenue(form url.Values) venueInput { return venueInput{form.Get("venue"), form.Get("country")} }

// venue is the new venue: the language of the country comes first, if we speak
// it.
func (in venueInput) venue() feedback.Venue {
	languages := web.Languages()
	if own := feedback.CountryOf(in.Country).Language; slices.Contains(languages, own) {
		languages = slices.DeleteFunc(languages, func(l string) bool { return l == own })
		languages = append([]string{own}, languages...)
	}
	return feedback.Venue{Name: in.Venue, Country: in.Country, Languages: languages, Setup: feedback.SetupTables}
}

// home guesses the country from the browser's languages: "de-AT" is Austria.
func home(c echo.Context) string {
	for tag := range strings.SplitSeq(c.Request().Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		if _, region, ok := strings.Cut(tag, "-"); ok && feedback.CountryOf(strings.ToUpper(region)).Code != "" {
			return strings.ToUpper(region)
		}
	}
	return ""
}

// setupInput is the form of the first setup. The password is not kept: it is
// asked again when something else is wrong.
type setupInput struct {
	venueInput
	Name, Email string
}

// setupPage is all that pages/setup.html may use.
type setupPage struct {
	In        setupInput
	Problems  feedback.Problems
	Countries []country
	Languages []string
	Local     bool
	Dots      []dot
}

// setup shows the form that sets up an empty installation. Once that is done it
// only leads on who did it.
func (h handler) setup(c echo.Context) error {
	link, _, err := h.desk.Link(c.Request().Context(), c.Param("token"))
	if err == nil && link.Kind != feedback.Setup {
		err = feedback.ErrNotFound
	}
	if errors.Is(err, feedback.ErrNotFound) && web.Actor(c).NeedsOrg() == nil {
		return c.Redirect(http.StatusSeeOther, "/owner")
	}
	if err != nil {
		return err
	}
	return h.drawSetup(c, setupInput{venueInput: venueInput{Country: home(c)}}, nil)
}

func (h handler) drawSetup(c echo.Context, in setupInput, ps feedback.Problems) error {
	return draw(c, "setup.html", ps, setupPage{in, ps, countries(c), web.Languages(), isLocal(h.base), dots(feedback.Venue{}, "")})
}

func (h handler) setUp(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := setupInput{readVenue(form), form.Get("name"), form.Get("email")}
	founding := desk.Founding{Name: in.Name, Email: in.Email, Password: form.Get("password"), Venue: in.venue()}
	session, venue, err := h.desk.SetUp(c.Request().Context(), c.Param("token"), founding, c.Request().UserAgent())
	ps, err := problemsOf(err)
	switch {
	case errors.Is(err, feedback.ErrConflict): // set up by another way
		return feedback.ErrNotFound
	case err != nil:
		return err
	case len(ps) > 0:
		return h.drawSetup(c, in, setupProblems(ps))
	}
	if err := h.begin(c, session); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/owner/"+venue+"/start")
}

// begin gives the browser its new session and ends the one it came with, so
// that a token somebody planted or saw before opens nothing afterwards.
func (h handler) begin(c echo.Context, session desk.Fresh) error {
	if who := web.Actor(c); who.Kind == feedback.ByPerson {
		if err := h.desk.SignOut(c.Request().Context(), who); err != nil {
			return err
		}
	}
	web.SetSession(c, session.Token, feedback.SessionMax)
	return nil
}

// setupProblems brings problems to the fields of the form.
func setupProblems(ps feedback.Problems) feedback.Problems {
	out := feedback.Problems{}
	for field, key := range ps {
		switch {
		case field == "venue.country", field == "venue.timezone", field == "venue.currency":
			out["country"] = "problem.country.unknown"
		case strings.HasPrefix(field, "venue."):
			out["venue"] = key
		default:
			out[field] = key
		}
	}
	return out
}

// newVenuePage is all that pages/venue_new.html may use.
type newVenuePage struct {
	In        venueInput
	Problems  feedback.Problems
	Countries []country
	Dots      []dot
}

// newVenue shows the form for one more venue.
func (h handler) newVenue(c echo.Context) error {
	if err := web.Actor(c).NeedsOrg(); err != nil {
		return err
	}
	return drawNewVenue(c, venueInput{Country: home(c)}, nil)
}

func drawNewVenue(c echo.Context, in venueInput, ps feedback.Problems) error {
	return draw(c, "venue_new.html", ps, newVenuePage{in, ps, countries(c), dots(feedback.Venue{}, "")})
}

func (h handler) addVenue(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	in := readVenue(form)
	id, err := h.desk.AddVenue(c.Request().Context(), web.Actor(c), in.venue())
	ps, err := problemsOf(err)
	if err != nil {
		return err
	}
	if len(ps) > 0 {
		renamed := feedback.Problems{}
		for field, key := range ps {
			renamed["venue."+field] = key
		}
		return drawNewVenue(c, in, setupProblems(renamed))
	}
	return c.Redirect(http.StatusSeeOther, "/owner/"+id+"/start")
}

// joinPage is all that pages/join.html may use.
type joinPage struct {
	Frame    web.GateFrame
	Name     string
	Reset    bool
	Problems feedback.Problems
}

// join shows the form behind an invitation or a lost password: a new password.
func (h handler) join(c echo.Context) error { return h.drawJoin(c, nil) }

func (h handler) drawJoin(c echo.Context, ps feedback.Problems) error {
	link, person, err := h.desk.Link(c.Request().Context(), c.Param("token"))
	if err == nil && link.Kind != feedback.Invite && link.Kind != feedback.Reset {
		err = feedback.ErrNotFound
	}
	if errors.Is(err, feedback.ErrNotFound) {
		return joinEnded(c)
	}
	if err != nil {
		return err
	}
	return draw(c, "join.html", ps, joinPage{Frame: web.GateFrame{Sub: person.Email}, Name: person.Name, Reset: link.Kind == feedback.Reset, Problems: ps})
}

// joinEnded says that there is no such link any more, and what to do.
func joinEnded(c echo.Context) error {
	return web.Draw(c, http.StatusNotFound, pages(), "join_ended.html", joinPage{})
}

// joined sets the password, which uses the link up, and signs in.
func (h handler) joined(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	session, err := h.desk.SetPassword(ctx, c.Param("token"), form.Get("password"), c.Request().UserAgent())
	ps, err := problemsOf(err)
	switch {
	case errors.Is(err, feedback.ErrNotFound):
		return joinEnded(c)
	case err != nil:
		return err
	case len(ps) > 0:
		return h.drawJoin(c, ps)
	}
	if err := h.begin(c, session); err != nil {
		return err
	}
	actor, err := h.desk.Session(ctx, web.Hash(session.Token))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, desktop(actor))
}

// desktop is where somebody's work is: in the back office or on the floor.
func desktop(a feedback.Actor) string {
	if a.NeedsOrg() == nil {
		return "/owner"
	}
	for venue := range a.Venues {
		if a.Needs(feedback.Manager, venue) == nil {
			return "/owner"
		}
	}
	return "/board"
}
