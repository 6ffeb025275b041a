package web

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
	"makeright/static"
)

// funcs are what templates may call, in one language:
//
//	t "key" "Name" value …    a sentence         rich: the same, *emphasis* in bold
//	num, decimal, percent, money, minutes        numbers
//	time, date, datetime .At .Zone; iso .At      moments, in a venue's zone
//	stamp .At .Zone                              datetime where there is little room
//	clock .Duration                              minutes and seconds: 1:05
//	month, weekday, weekdayShort                 names
//	lang, dir, languages .Tags                   for lang, dir and the menu
//	language .Tag                                what a language calls itself
//	icon "walk", face 1, mark                    drawings
//	asset "makeright.css"                        address of a file of ours
//	style "guest.css", script "guest.js"         the file itself, inside the page
//	problem .Problems "words"                    what is wrong with a field, or ""
//	dict "Name" value …                          several values for one partial
func funcs(p *i18n.Printer) template.FuncMap {
	return template.FuncMap{
		"t": p.T, "rich": rich(p),
		"num": p.Number, "decimal": p.Decimal, "percent": p.Percent, "minutes": p.Minutes,
		"money": func(m feedback.Money) string { return p.Money(m.Amount, m.Currency) },
		"time":  p.Time, "date": p.Date, "datetime": p.DateTime, "stamp": p.Stamp, "iso": iso,
		"clock": p.Duration,
		"month": p.Month, "weekday": p.Weekday, "weekdayShort": p.WeekdayShort,
		"lang": p.Lang, "dir": p.Dir, "languages": languages, "language": languageName,
		"icon": icon, "face": face, "mark": func() template.HTML { return mark },
		"asset": asset, "style": inlineStyle, "script": inlineScript,
		"problem": func(ps feedback.Problems, field string) string { return problemOf(p, ps, field) },
		"dict":    dict,
	}
}

// rich is t for a sentence with *emphasis*. Values are escaped like any other.
func rich(p *i18n.Printer) func(string, ...any) template.HTML {
	return func(key string, args ...any) template.HTML {
		var b strings.Builder
		for _, part := range p.Parts(key, args...) {
			text := template.HTMLEscapeString(part.Text)
			if part.Strong {
				text = "<b>" + text + "</b>"
			}
			b.WriteString(text)
		}
		return template.HTML(b.String())
	}
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func problemOf(p *i18n.Printer, ps feedback.Problems, field string) string {
	if ps[field] == "" {
		return ""
	}
	return p.T(ps[field])
}

// languages finds the names of what a venue offers.
func languages(tags []string) []i18n.Language {
	var offered []i18n.Language
	for _, l := range i18n.Languages() {
		for _, tag := range tags {
			if tag == l.Tag {
				offered = append(offered, l)
			}
		}
	}
	return offered
}

// languageName is what a language calls itself; one that we have no catalogue
// for keeps its tag.
func languageName(tag string) string {
	for _, l := range languages([]string{tag}) {
		return l.Name
	}
	return tag
}

func asset(name string) (string, error) {
	if !static.Has(name) {
		return "", fmt.Errorf("no file %q in static", name)
	}
	return static.URL(name), nil
}

// inlineStyle and inlineScript put one of our own files inside a page. The
// policy of guest pages allows it by its hash, so it must stand there
// unchanged.
func inlineStyle(name string) (template.HTML, error) { return inline("style", name) }

func inlineScript(name string) (template.HTML, error) { return inline("script", name) }

func inline(element, name string) (template.HTML, error) {
	text := static.Inline(name)
	if text == "" || strings.Contains(strings.ToLower(text), "</"+element) {
		return "", fmt.Errorf("%q cannot stand inside a page", name)
	}
	return template.HTML("<" + element + ">" + text + "</" + element + ">"), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants names and values in turn")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
