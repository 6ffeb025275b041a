package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/i18n"
)

// langCookie remembers the language somebody chose. It names nobody.
const langCookie = "mr_lang"

// language decides the reader's language: what the address asks for with
// ?lang= (which is remembered), what was chosen before, what the browser likes.
func language(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !strings.Contains(c.Request().URL.RawQuery, "lang=") {
			return next(c) // Lang finds out when somebody asks
		}
		all := Languages()
		Offer(c, all)
		wish := c.QueryParam("lang")
		if wish != "" && i18n.Match("", append([]string{""}, all...), wish) == Lang(c) && Lang(c) != remembered(c) {
			c.SetCookie(&http.Cookie{
				Name: langCookie, Value: Lang(c), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
				HttpOnly: true, Secure: of(c).secure, SameSite: http.SameSiteLaxMode,
			})
		}
		return next(c)
	}
}

// Languages lists all the tags there are, for pages that belong to no venue.
func Languages() []string {
	var tags []string
	for _, l := range i18n.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// LanguageNames are the same with their names and directions.
func LanguageNames() []i18n.Language { return i18n.Languages() }

// Offer narrows the choice to what a venue offers its guests and returns the
// language that is left; the first offered is the fallback.
func Offer(c echo.Context, offered []string) string {
	wish := ""
	if c.Request().URL.RawQuery != "" { // reading a query costs something even where there is none
		wish = c.QueryParam("lang")
	}
	lang := i18n.Match(c.Request().Header.Get("Accept-Language"), offered, wish, remembered(c))
	c.Set(keyLang, lang)
	return lang
}

func remembered(c echo.Context) string {
	cookie, err := c.Cookie(langCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Lang is the language of the answer.
func Lang(c echo.Context) string {
	if lang, ok := c.Get(keyLang).(string); ok {
		return lang
	}
	return Offer(c, Languages())
}

// SetLang makes lang the language of the answer, as when somebody who is
// signed in has chosen one.
func SetLang(c echo.Context, lang string) { c.Set(keyLang, i18n.For(lang).Lang()) }

// Printer writes in the language of the answer.
func Printer(c echo.Context) *i18n.Printer { return i18n.For(Lang(c)) }

// T is a sentence in the language of the answer; the args are names and values
// in turn.
func T(c echo.Context, key string, args ...any) string { return Printer(c).T(key, args...) }

// In is a sentence in the language of somebody else than the reader: what a
// guest is sent.
func In(lang, key string, args ...any) string { return i18n.For(lang).T(key, args...) }
