package i18n

import (
	"bytes"
	"encoding/json"
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// text is one entry of a catalogue in its plural forms (CLDR's names); a text
// without plurals has only Other.
type text struct {
	Zero  string `json:"zero"`
	One   string `json:"one"`
	Two   string `json:"two"`
	Few   string `json:"few"`
	Many  string `json:"many"`
	Other string `json:"other"`
}

// UnmarshalJSON accepts a string or an object of plural forms, and no other field.
func (t *text) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &t.Other)
	}
	type forms text // without this method
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode((*forms)(t))
}

// forms lists the forms that are there, by CLDR's name.
func (t text) forms() map[string]string {
	all := map[string]string{"zero": t.Zero, "one": t.One, "two": t.Two, "few": t.Few, "many": t.Many, "other": t.Other}
	for name, s := range all {
		if s == "" {
			delete(all, name)
		}
	}
	return all
}

// plain says that the text is the same whatever it is given.
func (t text) plain() bool {
	return t == text{Other: t.Other} && !strings.Contains(t.Other, "{{")
}

func (t text) message(key string) *goi18n.Message {
	return &goi18n.Message{ID: key, Zero: t.Zero, One: t.One, Two: t.Two, Few: t.Few, Many: t.Many, Other: t.Other}
}

// plainTexts collects what needs no template, so that most sentences cost one
// lookup.
func plainTexts(texts map[string]text) map[string]string {
	out := map[string]string{}
	for key, t := range texts {
		if t.plain() {
			out[key] = t.Other
		}
	}
	return out
}
