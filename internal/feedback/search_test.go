package feedback_test

import (
	"testing"

	"makeright/internal/feedback"
)

func TestFound(t *testing.T) {
	tests := map[string]struct {
		text, query string
		want        bool
	}{
		"a word":                        {"The soup was cold.", "soup", true},
		"in capitals":                   {"The soup was cold.", "SOUP", true},
		"its beginning":                 {"The burgers were cold.", "burger", true},
		"its end":                       {"Tomatensuppe", "suppe", false},
		"all of several, in any order":  {"The soup was cold.", "cold soup", true},
		"only one of several":           {"The soup was cold.", "cold salad", false},
		"without the accents":           {"Crème brûlée trop sucrée", "creme brulee", true},
		"with accents never written":    {"creme brulee", "crème", true},
		"a Chinese word in a sentence":  {"汤是冷的，服务员没有回来", "服务员", true},
		"another Chinese word":          {"汤是冷的，服务员没有回来", "经理", false},
		"one Chinese character":         {"汤是冷的", "的", true},
		"a Japanese word":               {"スープが冷めていました", "スープ", true},
		"a Korean word with a particle": {"수프가 차가웠어요", "수프", true},
		"Thai":                          {"ซุปเย็นมาก", "เย็น", true},
		"Hindi":                         {"सूप ठंडा था", "ठंडा", true},
		"Arabic, pointed":               {"كَانَ الحساء باردًا", "كان باردا", true},
		"a number":                      {"Bill 1204 was wrong", "1204", true},
		"punctuation between":           {"cold,salty;late", "salty", true},
		"an operator":                   {"The soup was cold.", `soup" OR "salad`, false},
	}
	for name, tt := range tests {
		if got := feedback.Found(tt.text, feedback.Asked(tt.query)); got != tt.want {
			t.Errorf("%s: Found(%q, %q) = %v", name, tt.text, feedback.Asked(tt.query), got)
		}
	}
	if got := feedback.Asked(" —?! 🙂 "); len(got) != 0 {
		t.Errorf("of no words %q is asked for", got)
	}
}
