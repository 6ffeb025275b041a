package i18n

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// maxHeader bounds how much of a browser's wishes is read; real ones are far shorter.
const maxHeader = 1000

// Match chooses the language to show. The first of wanted (an address's ?lang=,
// then a cookie, say) that is offered wins; else what Accept-Language likes
// best; else the first offered. Languages without a catalogue are never
// offered; when nothing is, it is English. The result is one of offered as it
// stands there, or English.
func Match(acceptLanguage string, offered []string, wanted ...string) string {
	if len(acceptLanguage) > maxHeader {
		acceptLanguage = ""
	}
	key := acceptLanguage + "\n" + strings.Join(offered, ",") + "\n" + strings.Join(wanted, ",")
	if len(key) > maxKey {
		return match(acceptLanguage, offered, wanted)
	}
	matches.Lock()
	tag, ok := matches.kept[key]
	matches.Unlock()
	if ok {
		return tag
	}
	tag = match(acceptLanguage, offered, wanted)
	matches.Lock()
	defer matches.Unlock()
	if matches.kept == nil || len(matches.kept) >= maxKept {
		matches.kept = map[string]string{}
	}
	matches.kept[key] = tag
	return tag
}

// matches remembers answers: browsers send a few headers again and again, and
// reading one takes as long as the rest of a request. It holds 1 MB at most.
var matches struct {
	sync.Mutex
	kept map[string]string
}

const (
	maxKept = 2000
	maxKey  = 400
)

func match(acceptLanguage string, offered, wanted []string) string {
	offered = slices.DeleteFunc(slices.Clone(offered), func(tag string) bool {
		return For(tag).Lang() != base(tag) && For(tag).Lang() != tag
	})
	if len(offered) == 0 {
		return English
	}
	for _, w := range wanted {
		if i := index(offered, w); i >= 0 {
			return offered[i]
		}
	}
	if len(offered) == 1 || acceptLanguage == "" {
		return offered[0]
	}
	likes, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return offered[0]
	}
	tags := make([]language.Tag, len(offered))
	for i, o := range offered {
		tags[i] = language.Make(o)
	}
	_, i, _ := language.NewMatcher(tags).Match(likes...) // without a match, the first
	return offered[i]
}

// index finds a wish among the offered: itself, or its base language.
func index(offered []string, wish string) int {
	if wish == "" {
		return -1
	}
	if i := slices.Index(offered, wish); i >= 0 {
		return i
	}
	return slices.Index(offered, base(wish))
}

// base is the language without script and region: "de" for "de-AT"; empty for
// what is no language.
func base(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	b, _ := t.Base()
	return b.String()
}
