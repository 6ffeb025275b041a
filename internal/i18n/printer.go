package i18n

import (
	"fmt"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/message"
	"golang.org/x/text/unicode/bidi"
)

// Printer writes sentences, numbers and times in one language. It never
// changes; any number of goroutines may share it.
type Printer struct {
	lang    Language
	plain   map[string]string // texts that need no template
	rich    *goi18n.Localizer
	numbers *message.Printer
}

// Part is a stretch of a sentence.
type Part struct {
	Text   string
	Strong bool // to be shown with emphasis
}

// For returns the printer of a language. A regional form ("de-AT") gets its
// base language; what there is no catalogue for gets English.
func For(lang string) *Printer {
	printers := loaded().printers
	if p, ok := printers[lang]; ok {
		return p
	}
	if p, ok := printers[base(lang)]; ok {
		return p
	}
	return printers[English]
}

// Lang is the printer's language, for the lang attribute.
func (p *Printer) Lang() string { return p.lang.Tag }

// Dir is "ltr" or "rtl", for the dir attribute.
func (p *Printer) Dir() string { return p.lang.Dir }

// T returns the sentence of key. The args are names and values in turn, for
// the {{.Name}} in the text; whole numbers are written as [Printer.Number]
// does, and one called "Count" chooses the plural form. A value that runs
// against the language's direction is isolated, so that it cannot turn the
// sentence around it.
//
// A key that does not exist, or a value the text asks for and does not get,
// shows as ⟦key⟧.
func (p *Printer) T(key string, args ...any) string {
	return unmark(strings.ReplaceAll(p.render(key, args), "*", ""))
}

// Parts is T for a sentence with *emphasis*: a template can mark the strong
// parts without any HTML in the catalogue. Asterisks in values stay asterisks.
func (p *Printer) Parts(key string, args ...any) []Part {
	var parts []Part
	for i, s := range strings.Split(p.render(key, args), "*") {
		if s != "" {
			parts = append(parts, Part{Text: unmark(s), Strong: i%2 == 1})
		}
	}
	return parts
}

// strict makes a missing value an error instead of "<no value>".
var strict = &template.TextParser{Option: "missingkey=error"}

// render returns the text with its emphasis marks; asterisks that came in
// with values are hidden until unmark.
func (p *Printer) render(key string, args []any) string {
	if s, ok := p.plain[key]; ok {
		return s
	}
	values, err := p.values(args)
	if err != nil {
		return loud(key)
	}
	c := goi18n.LocalizeConfig{MessageID: key, TemplateData: values, TemplateParser: strict}
	for i := 0; i < len(args); i += 2 {
		if args[i] == "Count" {
			c.PluralCount = args[i+1]
		}
	}
	// A text that comes with an error is English, or lacks a plural form, and
	// is still better than none.
	s, _ := p.rich.Localize(&c)
	if s == "" {
		return loud(key)
	}
	return s
}

func loud(key string) string { return "⟦" + key + "⟧" }

// values turns args into what the templates read.
func (p *Printer) values(args []any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("%d args, want names and values in turn", len(args))
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return nil, fmt.Errorf("arg %d is %T, want a name", i, args[i])
		}
		switch v := args[i+1].(type) {
		case int:
			values[name] = p.Number(v)
		case int64:
			values[name] = p.numbers.Sprint(v)
		default:
			values[name] = p.isolate(mark(fmt.Sprint(v)))
		}
	}
	return values, nil
}

// hidden stands for an asterisk that is not a mark: a private-use character
// nobody types.
const hidden = "\uE02A"

func mark(s string) string   { return strings.ReplaceAll(s, "*", hidden) }
func unmark(s string) string { return strings.ReplaceAll(s, hidden, "*") }

// Unicode's isolates (UAX 9): the text between them finds its own direction.
const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// isolate fences in a value with letters of the other direction. Addresses
// stay bare: programs that make links of them would take the fence along.
func (p *Printer) isolate(s string) string {
	if strings.Contains(s, "://") || !runsAgainst(s, p.lang.Dir) {
		return s
	}
	return firstStrongIsolate + s + popIsolate
}

func runsAgainst(s, dir string) bool {
	for _, r := range s {
		props, _ := bidi.LookupString(string(r))
		switch props.Class() {
		case bidi.L:
			if dir == "rtl" {
				return true
			}
		case bidi.R, bidi.AL:
			if dir == "ltr" {
				return true
			}
		}
	}
	return false
}
