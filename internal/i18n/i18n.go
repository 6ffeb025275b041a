// Package i18n owns every sentence people read: the catalogues for screens,
// mails and paper, and how numbers, money and times are written in each
// language. It decides nothing about when a sentence is shown.
//
// A catalogue is the folder catalogue/<language> with one JSON file per face
// of the house. A key is dotted; in every file but common.json it starts with
// the name of the file. A text is a string, or an object of plural forms:
//
//	"floor.waiting": {"one": "{{.Count}} table waits", "other": "{{.Count}} tables wait"}
//
// *Asterisks* mark what is emphasised, see [Printer.Parts]. A language is added
// by adding its folder; no code names one but English, the last resort.
package i18n

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// English is the language of last resort: what another one lacks is taken from it.
const English = "en"

//go:embed catalogue/*/*.json
var files embed.FS

// Language is one language people can choose.
type Language struct {
	Tag  string // BCP 47, as in ?lang=
	Name string // in the language itself
	Dir  string // "ltr" or "rtl", for the dir attribute
}

// house is everything read from the catalogues, once.
type house struct {
	languages []Language
	printers  map[string]*Printer
}

// loaded panics on a catalogue that cannot be read: the files are part of the
// program, so that only a mistake in them can cause it.
var loaded = sync.OnceValue(func() house {
	h, err := load(files)
	if err != nil {
		panic(err)
	}
	return h
})

// Languages lists what there is a catalogue for, English first.
func Languages() []Language {
	return slices.Clone(loaded().languages)
}

// load reads all catalogues and makes one Printer for each language.
func load(fsys fs.FS) (house, error) {
	all, err := readAll(fsys)
	if err != nil {
		return house{}, err
	}
	bundle := goi18n.NewBundle(language.English)
	for tag, texts := range all {
		for key, t := range texts {
			if err := bundle.AddMessages(language.Make(tag), t.message(key)); err != nil {
				return house{}, fmt.Errorf("catalogue %s: %w", tag, err)
			}
		}
	}
	h := house{printers: map[string]*Printer{}}
	for tag, texts := range all {
		l := Language{Tag: tag, Name: texts["language.name"].Other, Dir: texts["language.dir"].Other}
		h.languages = append(h.languages, l)
		h.printers[tag] = &Printer{
			lang:    l,
			plain:   plainTexts(texts),
			rich:    goi18n.NewLocalizer(bundle, tag),
			numbers: message.NewPrinter(language.Make(tag + "-u-nu-latn")),
		}
	}
	slices.SortFunc(h.languages, func(a, b Language) int {
		// Cut off, English is the empty string, which sorts first.
		return cmp.Compare(strings.TrimPrefix(a.Tag, English), strings.TrimPrefix(b.Tag, English))
	})
	return h, nil
}

// readAll returns the texts by language and key.
func readAll(fsys fs.FS) (map[string]map[string]text, error) {
	names, err := fs.Glob(fsys, "catalogue/*/*.json")
	if err != nil {
		return nil, fmt.Errorf("catalogues: %w", err)
	}
	all := map[string]map[string]text{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		var part map[string]text
		if err := json.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		tag := path.Base(path.Dir(name))
		if all[tag] == nil {
			all[tag] = map[string]text{}
		}
		for key := range part {
			if _, twice := all[tag][key]; twice {
				return nil, fmt.Errorf("%s: %s stands in two files", name, key)
			}
		}
		maps.Copy(all[tag], part)
	}
	return all, nil
}
