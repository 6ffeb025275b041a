package feedback_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"makeright/internal/feedback"
)

func TestCode_Opens(t *testing.T) {
	tests := map[string]struct {
		c    feedback.Code
		want error
	}{
		"printed on the table":       {feedback.Code{}, nil},
		"of a visit that goes on":    {feedback.Code{ExpiresAt: noon.Add(1)}, nil},
		"of a visit that is over":    {feedback.Code{ExpiresAt: noon}, feedback.ErrGone},
		"replaced, in its last hour": {feedback.Code{EndsAt: noon.Add(time.Hour)}, nil},
		"replaced for good":          {feedback.Code{EndsAt: noon}, feedback.ErrNotFound},
		"revoked":                    {feedback.Code{RevokedAt: noon}, feedback.ErrNotFound},
		"revoked and expired":        {feedback.Code{RevokedAt: noon, ExpiresAt: noon}, feedback.ErrNotFound},
		"revoked later":              {feedback.Code{RevokedAt: noon.Add(1)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.c.Opens(noon); !errors.Is(err, tt.want) {
				t.Errorf("Opens() = %v, want %v", err, tt.want)
			}
			if tt.c.Working(noon) != (tt.want == nil) {
				t.Errorf("Working() = %v", tt.c.Working(noon))
			}
		})
	}
}

func TestCode_TakesWhatWasOpenedBefore(t *testing.T) {
	revoked := feedback.Code{RevokedAt: noon}
	tests := map[string]struct {
		c           feedback.Code
		now, opened time.Time
		want        error
	}{
		"opened just before it was revoked":     {revoked, noon.Add(time.Hour), noon.Add(-time.Second), nil},
		"opened when it was revoked":            {revoked, noon.Add(time.Hour), noon, feedback.ErrNotFound},
		"nobody knows when it was opened":       {revoked, noon.Add(time.Hour), time.Time{}, feedback.ErrNotFound},
		"opened in the future":                  {revoked, noon.Add(-time.Hour), noon.Add(time.Hour), nil}, // it still opens
		"opened in the future, revoked":         {revoked, noon.Add(time.Hour), noon.Add(2 * time.Hour), feedback.ErrNotFound},
		"opened long ago":                       {revoked, noon.Add(feedback.FormLife), noon.Add(-time.Second), feedback.ErrNotFound},
		"opened as long ago as may be":          {revoked, noon.Add(feedback.FormLife - time.Second), noon.Add(-time.Second), nil},
		"the visit expired while it was filled": {feedback.Code{ExpiresAt: noon}, noon.Add(time.Minute), noon.Add(-time.Minute), nil},
		"the visit had expired before":          {feedback.Code{ExpiresAt: noon}, noon.Add(2 * time.Minute), noon.Add(time.Minute), feedback.ErrGone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := tt.c.Takes(tt.now, tt.opened); !errors.Is(err, tt.want) {
				t.Errorf("Takes() = %v, want %v", err, tt.want)
			}
		})
	}
}

// However somebody types a code, with the letters that look alike, it is read
// as it was written.
func TestReadCode_ReadsWhatCrockfordWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "bytes")
		text := feedback.Crockford(b)
		if len(text) != (len(b)*8+4)/5 {
			t.Fatalf("%d bytes are %d characters", len(b), len(text))
		}
		var typed strings.Builder
		for _, r := range text {
			switch spellings := map[rune]string{'1': "1iIlL", '0': "0oO"}[r]; {
			case spellings != "":
				typed.WriteByte(spellings[rapid.IntRange(0, len(spellings)-1).Draw(t, "spelling")])
			case rapid.Bool().Draw(t, "small"):
				typed.WriteString(strings.ToLower(string(r)))
			default:
				typed.WriteRune(r)
			}
			if len(text) < 40 && rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
				typed.WriteString(rapid.SampledFrom([]string{"-", " "}).Draw(t, "sign"))
			}
		}
		if typed.Len() <= 64 && feedback.ReadCode(typed.String()) != text {
			t.Fatalf("ReadCode(%q) = %q, want %q", typed.String(), feedback.ReadCode(typed.String()), text)
		}
	})
}

func TestReadCode_ReadsWideLetters(t *testing.T) {
	if got := feedback.ReadCode("７ｋｑ４－Ｍ９ＴＸ"); got != "7KQ4M9TX" {
		t.Errorf("ReadCode of wide letters = %q, want 7KQ4M9TX", got)
	}
}

func TestReadCode_RefusesWhatCannotBeOne(t *testing.T) {
	for _, s := range []string{"", "ABCU", "ABC!", "../ABC", "ABC\x00", "ÄBC", "' or 1=1", strings.Repeat("A", 65), "AB\nC"} {
		if got := feedback.ReadCode(s); got != "" {
			t.Errorf("ReadCode(%q) = %q, want nothing", s, got)
		}
	}
}

// Different bytes never share a code.
func TestCrockford_IsOneToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "b")
		if (string(a) == string(b)) != (feedback.Crockford(a) == feedback.Crockford(b)) {
			t.Fatalf("%x and %x are %s and %s", a, b, feedback.Crockford(a), feedback.Crockford(b))
		}
	})
	if got := feedback.Crockford([]byte{0xff, 0x00, 0xff}); got != "ZW0FY" {
		t.Errorf("Crockford(ff00ff) = %s, want ZW0FY", got)
	}
}

func TestCode_Typed(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "feedback.example"}
	for short, want := range map[string]string{"7KQ4M9TX": "feedback.example/7kq4-m9tx", "": "feedback.example/"} {
		host, got := feedback.Code{Short: short}.Typed(base)
		if got = host + "/" + got; got != want {
			t.Errorf("Typed() of %q = %q, want %q", short, got, want)
		}
	}
}
