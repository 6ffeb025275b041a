package feedback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxFileProblems is how many places are named at most, and maxSaid how much of a
// name that somebody else chose is said back.
const (
	maxFileProblems = 20
	maxSaid         = 40
)

// ReadVenueFile reads a file strictly: what it does not know, what comes twice,
// another version or anything out of range is a problem with the place it stands
// at, such as "tables.3.name", or line and column where it is no JSON at all. It
// names the first twenty. languages are those the product speaks.
func ReadVenueFile(text []byte, languages []string) (VenueFile, error) {
	if len(text) > MaxFile {
		return VenueFile{}, Problems{"file": "file.problem.large"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return VenueFile{}, Problems{"file": "file.problem.broken"}
	}
	if err := json.Unmarshal(text, &json.RawMessage{}); err != nil {
		return VenueFile{}, Problems{spot(text, err): "file.problem.broken"}
	}
	var f VenueFile
	r := fileReader{json.NewDecoder(bytes.NewReader(text)), Problems{}}
	r.json.UseNumber()
	if err := r.value("", reflect.ValueOf(&f).Elem()); err != nil {
		return VenueFile{}, Problems{"file": "file.problem.broken"}
	}
	switch { // before what else may be wrong, which another version explains
	case f.Format != FileFormat:
		return VenueFile{}, Problems{"format": "file.problem.format"}
	case f.Version != FileVersion:
		return VenueFile{}, Problems{"version": "file.problem.version"}
	case len(r.wrong) > 0:
		return VenueFile{}, r.wrong
	}
	f.clean()
	return f, few(f.check(languages)).OrNil()
}

// few leaves as many problems as people read.
func few(ps Problems) Problems {
	for i, field := range slices.Sorted(maps.Keys(ps)) {
		if i >= maxFileProblems {
			delete(ps, field)
		}
	}
	return ps
}

// spot is where JSON ends to be JSON, as "line:column".
func spot(text []byte, err error) string {
	at := len(text)
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = min(max(int(wrong.Offset)-1, 0), at)
	}
	line := bytes.Count(text[:at], []byte("\n")) + 1
	column := utf8.RuneCount(text[bytes.LastIndexByte(text[:at], '\n')+1:at]) + 1
	return fmt.Sprintf("%d:%d", line, column)
}

// fileReader reads valid JSON into a value and notes everything that the value has
// no place for. How deep it goes is bounded by what the value is made of.
type fileReader struct {
	json  *json.Decoder
	wrong Problems
}

func (r fileReader) note(path, key string) {
	if len(r.wrong) < maxFileProblems {
		r.wrong[path] = key
	}
}

// misfit notes a value of another kind than ours; the rest of it was not read yet
// when it began with a bracket.
func (r fileReader) misfit(path string, begun json.Token) error {
	r.note(path, "file.problem.kind")
	open, is := begun.(json.Delim)
	for depth := 1; is && (open == '{' || open == '[') && depth > 0; {
		t, err := r.json.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// value reads one value into v.
func (r fileReader) value(path string, v reflect.Value) error {
	t, err := r.json.Token()
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Pointer && t != nil {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch kind := v.Kind(); {
	case kind == reflect.Struct && t == json.Delim('{'):
		return r.object(path, v)
	case kind == reflect.Map && t == json.Delim('{'):
		return r.named(path, v)
	case kind == reflect.Slice && t == json.Delim('['):
		return r.list(path, v)
	}
	switch is := t.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(is)
			return nil
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(is)
			return nil
		}
	case json.Number:
		if n, err := strconv.ParseInt(is.String(), 10, 32); err == nil && v.Kind() == reflect.Int {
			v.SetInt(n)
			return nil
		}
	}
	return r.misfit(path, t)
}

// object reads the fields of a struct, each at most once and none that is not ours.
func (r fileReader) object(path string, v reflect.Value) error {
	seen := map[string]bool{}
	return r.fields(path, func(name, at string) error {
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if tag != name {
				continue
			}
			if seen[name] {
				break
			}
			seen[name] = true
			return r.value(at, v.Field(i))
		}
		return r.unwanted(at, seen[name])
	})
}

// named reads a map.
func (r fileReader) named(path string, v reflect.Value) error {
	v.Set(reflect.MakeMap(v.Type()))
	return r.fields(path, func(name, at string) error {
		key := reflect.ValueOf(name)
		if v.MapIndex(key).IsValid() {
			return r.unwanted(at, true)
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := r.value(at, item); err != nil {
			return err
		}
		v.SetMapIndex(key, item)
		return nil
	})
}

// unwanted notes a field that comes twice or is unknown, and reads past it.
func (r fileReader) unwanted(at string, twice bool) error {
	if twice {
		r.note(at, "file.problem.twice")
	} else {
		r.note(at, "file.problem.field")
	}
	var past json.RawMessage
	return r.json.Decode(&past)
}

// fields calls one for every field up to the end of an object.
func (r fileReader) fields(path string, one func(name, at string) error) error {
	for r.json.More() {
		t, err := r.json.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		at := said(name)
		if path != "" {
			at = path + "." + at
		}
		if err := one(name, at); err != nil {
			return err
		}
	}
	_, err := r.json.Token()
	return err
}

func (r fileReader) list(path string, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; r.json.More(); i++ {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := r.value(place(path, i), item); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	_, err := r.json.Token()
	return err
}

// said is a name as it is said back.
func said(name string) string {
	name = CleanLine(name)
	if runes := []rune(name); len(runes) > maxSaid {
		name = string(runes[:maxSaid]) + "…"
	}
	if name == "" {
		return "?"
	}
	return name
}
