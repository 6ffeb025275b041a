package feedback_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"makeright/internal/feedback"
)

func TestClean(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain words stay":                  {"The soup was cold.", "The soup was cold."},
		"lines stay, however they end":      {"a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"},
		"tabs are spaces":                   {"a\tb", "a b"},
		"no space around":                   {" \n\u00a0a\u3000\n ", "a"},
		"composed":                          {"Cafe\u0301", "Café"},
		"composed across what is taken out": {"e\u202a\u0301", "é"},
		"C0 controls":                       {"a\x00b\x1b[31mc\x07\x7f", "ab[31mc"},
		"C1 controls":                       {"a\u0085b\u009bc", "abc"},
		"not UTF-8":                         {"a\xff\xfeb\xc3(", "ab("},
		"replacement characters":            {"a\ufffdb", "ab"},
		"bidi overrides":                    {"\u202egnp.exe\u202c \u2066x\u2069\u200e\u200f\u061c", "gnp.exe x"},
		"Arabic stays":                      {"الطعام بارد", "الطعام بارد"},
		"Persian keeps its non-joiner":      {"می\u200cخواهم", "می\u200cخواهم"},
		"Sinhala keeps its joiner":          {"ශ්\u200dරී", "ශ්\u200dරී"},
		"a family stays together":           {"👨\u200d👩\u200d👧\u200d👦", "👨\u200d👩\u200d👧\u200d👦"},
		"a red heart stays red":             {"❤\ufe0f", "❤\ufe0f"},
		"Vietnamese stays":                  {"Phở ngon lắm", "Phở ngon lắm"},
		"Hebrew points stay":                {"שָׁלוֹם", norm.NFC.String("שָׁלוֹם")},
		"zalgo is cut down":                 {"Z" + strings.Repeat("\u0335", 30) + "o", "Z" + strings.Repeat("\u0335", feedback.MaxMarks) + "o"},
		"zalgo behind joiners is cut down":  {"Z" + strings.Repeat("\u0335\u200d", 30), "Z" + strings.Repeat("\u0335\u200d", feedback.MaxMarks) + strings.Repeat("\u200d", 26)},
		"enclosing marks are marks":         {"a" + strings.Repeat("\u20dd", 9), "a" + strings.Repeat("\u20dd", feedback.MaxMarks)},
		"byte order marks and soft hyphens": {"\ufeffa\u00adb\u200bc\u2060d", "abcd"},
		"nothing to see is nothing":         {"\u200d\u200c \n\u3164", ""},
		"a mark on nothing is nothing":      {" \u0301 ", ""},
		"markup is just text":               {"<script>alert(1)</script>", "<script>alert(1)</script>"},
		"an empty text is empty":            {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := feedback.Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanLine_IsOneLine(t *testing.T) {
	if got := feedback.CleanLine("  Terrace\n\t 3\u2028x "); got != "Terrace 3 x" {
		t.Errorf("CleanLine() = %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"", "e\u202a\u0301", "\u0301\u0301\u0301\u0301\u0301a", "\u1100\u0301\u0301\u0301\u0301\u0301\u1161", "\u09c7\u0301\u0301\u0301\u0301\u0301\u09be",
		"\xff\u200d \u0300", "a\tb\r\nc", "Z\u0335\u200d\u0335\u0335\u0335\u0335\u0335o", "\u0958", "\u0344", "\ufb1d", "\U0001d15e\u0301", strings.Repeat("\u0316\u0301", 40),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := feedback.Clean(s)
		if again := feedback.Clean(got); again != got {
			t.Errorf("Clean twice: %+q, then %+q", got, again)
		}
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) || got != strings.TrimSpace(got) {
			t.Errorf("%+q is not valid, composed and trimmed", got)
		}
		marks := 0
		for _, r := range got {
			switch {
			case unicode.In(r, unicode.Mn, unicode.Me):
				marks++
			case !unicode.Is(unicode.Cf, r):
				marks = 0
			}
			if marks > feedback.MaxMarks || unicode.IsControl(r) && r != '\n' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%+q holds %U, or a tower of %d marks", got, r, marks)
			}
		}
		line := feedback.CleanLine(s)
		if strings.ContainsAny(line, "\n\t") || feedback.CleanLine(line) != line {
			t.Errorf("CleanLine() = %+q", line)
		}
	})
}
