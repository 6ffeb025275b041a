package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/number"
)

// Digits are Latin in every language: they must match the sign on the table.

// Number writes a whole number with the language's grouping.
func (p *Printer) Number(n int) string { return p.numbers.Sprint(n) }

// Decimal writes x rounded to the given number of digits.
func (p *Printer) Decimal(x float64, digits int) string {
	return p.numbers.Sprint(number.Decimal(x, number.Scale(digits)))
}

// Percent writes num of den in whole percent, and a dash when den is 0.
func (p *Printer) Percent(num, den int) string {
	if den == 0 {
		return "–"
	}
	return p.numbers.Sprint(number.Percent(float64(num)/float64(den), number.MaxFractionDigits(0)))
}

// Money writes an amount in minor units of an ISO 4217 currency: "€12.50".
func (p *Printer) Money(minor int64, code string) string {
	digits := CurrencyDigits(code)
	amount := float64(minor) / math.Pow10(digits)
	pattern, sign := p.T("format.money"), ""
	if minor < 0 && strings.HasPrefix(pattern, "¤") {
		amount, sign = -amount, "-" // the sign stands before the symbol
	}
	symbol := p.symbol(code)
	if last, _ := utf8.DecodeLastRuneInString(symbol); unicode.IsLetter(last) {
		pattern = strings.Replace(pattern, "¤0", "¤\u00a00", 1) // CHF 5, but €5
	}
	return sign + strings.NewReplacer("¤", symbol, "0", p.Decimal(amount, digits)).Replace(pattern)
}

// symbol is how the language writes a currency; an unknown one is its code.
func (p *Printer) symbol(code string) string {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return code
	}
	return p.numbers.Sprint(currency.Symbol(unit))
}

// otherDigits holds the currencies of ISO 4217 whose minor unit is not a hundredth.
var otherDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// CurrencyDigits is how many digits the minor unit of a currency has by ISO 4217.
func CurrencyDigits(code string) int {
	if n, ok := otherDigits[code]; ok {
		return n
	}
	return 2
}

// Time writes the time of day in loc: "19:42".
func (p *Printer) Time(t time.Time, loc *time.Location) string {
	return in(t, loc).Format(p.T("format.time"))
}

// Date writes the day in loc: "4 March 2026".
func (p *Printer) Date(t time.Time, loc *time.Location) string {
	y, m, d := in(t, loc).Date()
	return p.T("format.date", "Day", strconv.Itoa(d), "Month", p.Month(m), "Year", strconv.Itoa(y))
}

// DateTime writes day and time in loc.
func (p *Printer) DateTime(t time.Time, loc *time.Location) string {
	return p.T("format.date_time", "Date", p.Date(t, loc), "Time", p.Time(t, loc))
}

// Stamp writes day and time in loc where there is little room: "4 Mar 2026, 19:42".
//
// i18n: date.month_short.*
func (p *Printer) Stamp(t time.Time, loc *time.Location) string {
	y, m, d := in(t, loc).Date()
	month := p.T("date.month_short." + strconv.Itoa(int(m)))
	day := p.T("format.date_short", "Day", strconv.Itoa(d), "Month", month, "Year", strconv.Itoa(y))
	return p.T("format.date_time", "Date", day, "Time", p.Time(t, loc))
}

// Month is the name of a month as it stands in a date.
//
// i18n: date.month.*
func (p *Printer) Month(m time.Month) string { return p.T("date.month." + strconv.Itoa(int(m))) }

// Weekday is the name of a day.
//
// i18n: date.weekday.*
func (p *Printer) Weekday(d time.Weekday) string { return p.T("date.weekday." + strconv.Itoa(int(d))) }

// WeekdayShort is the name of a day for narrow columns.
//
// i18n: date.weekday_short.*
func (p *Printer) WeekdayShort(d time.Weekday) string {
	return p.T("date.weekday_short." + strconv.Itoa(int(d)))
}

// Duration writes a clock's reading, minutes and seconds: "1:05". The words
// around it say whether that is left or over; the sign is not shown.
func (p *Printer) Duration(d time.Duration) string {
	s := int(d.Abs() / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Minutes writes "3 minutes".
func (p *Printer) Minutes(n int) string { return p.T("duration.minutes", "Count", n) }

func in(t time.Time, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc)
}
