package web_test

import (
	"testing"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

func TestParseMoney(t *testing.T) {
	tests := map[string]struct {
		typed, currency string
		want            int64
		ok              bool
	}{
		"nothing":            {"", "EUR", 0, true},
		"a point":            {"14.50", "EUR", 1450, true},
		"a comma":            {"14,50", "EUR", 1450, true},
		"one digit":          {" 14,5 ", "EUR", 1450, true},
		"whole":              {"14", "EUR", 1400, true},
		"thousands":          {"1.400,50", "EUR", 140050, true},
		"thousands, English": {"1,400", "EUR", 140000, true},
		"no whole part":      {".50", "EUR", 50, true},
		"no minor unit":      {"1400", "JPY", 1400, true},
		"three digits":       {"1.250", "KWD", 1250, true},
		"Arabic digits":      {"١٤٫٥٠", "EUR", 1450, true},
		"Hindi digits":       {"१४.५०", "INR", 1450, true},
		"wide digits":        {"１，４００", "JPY", 1400, true},
		"too fine":           {"14.5000", "EUR", 0, false},
		"finer than a yen":   {"14.5", "JPY", 0, false},
		"below zero":         {"-3", "EUR", 0, false},
		"words":              {"a lot", "EUR", 0, false},
		"too large":          {"99999999999999999999", "EUR", 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := web.ParseMoney(tt.typed, tt.currency)
			if ok != tt.ok || ok && got != (feedback.Money{Amount: tt.want, Currency: tt.currency}) {
				t.Errorf("ParseMoney(%q, %s) = %v, %v; want %d, %v", tt.typed, tt.currency, got, ok, tt.want, tt.ok)
			}
		})
	}
}
