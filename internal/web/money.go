package web

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"makeright/internal/feedback"
	"makeright/internal/i18n"
)

// Latin writes the digits of Arabic scripts and of Devanagari, and the wide
// letters and signs of East Asian keyboards, as a Latin keyboard does.
func Latin(s string) string { return latinDigits.Replace(width.Fold.String(s)) }

var latinDigits = strings.NewReplacer(
	"٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
	"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9",
	"०", "0", "१", "1", "२", "2", "३", "3", "४", "4", "५", "5", "६", "6", "७", "7", "८", "8", "९", "9",
)

// groups leaves out what stands between the digits of an amount, but for a point.
var groups = strings.NewReplacer("٫", ".", "٬", "", ",", ".", " ", "", "\u00a0", "", "\u202f", "", "'", "")

// ParseMoney reads an amount that somebody typed: "14.50", "14,50", "1.400,50",
// "14". Nothing typed is nothing. ok is false for what is no amount, or has
// finer parts than the currency.
func ParseMoney(typed, currency string) (m feedback.Money, ok bool) {
	m.Currency = currency
	text := groups.Replace(Latin(strings.TrimSpace(typed)))
	if text == "" {
		return m, true
	}
	digits := i18n.CurrencyDigits(currency)
	whole, part := text, ""
	if dot := strings.LastIndexByte(text, '.'); dot >= 0 && len(text)-dot-1 <= digits {
		whole, part = text[:dot], text[dot+1:]
	}
	if strings.Contains(whole, ".") && !grouped(whole) {
		return m, false
	}
	minor := strings.ReplaceAll(whole, ".", "") + part + strings.Repeat("0", digits-len(part))
	if strings.Trim(minor, "0123456789") != "" {
		return m, false
	}
	n, err := strconv.ParseInt(minor, 10, 64)
	m.Amount = n
	return m, err == nil
}

// Decimal writes an amount as programs read it: "12.50".
func Decimal(m feedback.Money) string {
	digits := i18n.CurrencyDigits(m.Currency)
	return strconv.FormatFloat(float64(m.Amount)/math.Pow10(digits), 'f', digits, 64)
}

// DecimalComma says whether a language writes 12,50.
func DecimalComma(lang string) bool { return strings.Contains(i18n.For(lang).Decimal(1.5, 1), ",") }

// grouped says whether dots stand only between thousands.
func grouped(whole string) bool {
	parts := strings.Split(whole, ".")
	for _, g := range parts[1:] {
		if len(g) != 3 {
			return false
		}
	}
	return len(parts[0]) >= 1 && len(parts[0]) <= 3
}
