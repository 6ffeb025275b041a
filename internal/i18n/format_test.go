package i18n

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	tests := map[string]struct{ got, want string }{
		"en grouped":              {For("en").Number(1234567), "1,234,567"},
		"de grouped":              {For("de").Number(1234567), "1.234.567"},
		"ar in Latin digits":      {For("ar").Number(1234567), "1,234,567"},
		"en negative":             {For("en").Number(-5), "-5"},
		"de decimal":              {For("de").Decimal(4.25, 1), "4,2"},
		"en decimal":              {For("en").Decimal(4, 1), "4.0"},
		"en percent":              {For("en").Percent(2, 3), "67%"},
		"de percent":              {For("de").Percent(2, 3), "67\u00a0%"},
		"ar percent":              {For("ar").Percent(1, 2), "50\u200e%\u200e"},
		"percent of nothing":      {For("en").Percent(0, 0), "–"},
		"en one minute":           {For("en").Minutes(1), "1 minute"},
		"en minutes":              {For("en").Minutes(3), "3 minutes"},
		"de minutes":              {For("de").Minutes(3), "3 Minuten"},
		"fr no minute":            {For("fr").Minutes(0), "0 minute"},
		"pl about one minute":     {For("pl").Minutes(1), "1 minuty"},
		"pl one day":              {For("pl").T("owner.overview.days", "Count", 1), "1 dzień"},
		"pl two issues":           {For("pl").T("owner.overview.issues", "Count", 2), "2 zgłoszenia"},
		"pl five issues":          {For("pl").T("owner.overview.issues", "Count", 5), "5 zgłoszeń"},
		"pl twenty-two issues":    {For("pl").T("owner.overview.issues", "Count", 22), "22 zgłoszenia"},
		"he two minutes":          {For("he").Minutes(2), "שתי דקות"},
		"he twenty minutes":       {For("he").Minutes(20), "20 דקות"},
		"hi no issue":             {For("hi").T("owner.overview.issues", "Count", 0), "0 समस्या"},
		"hi grouped":              {For("hi").Number(1234567), "12,34,567"},
		"ja one minute":           {For("ja").Minutes(1), "1分"},
		"tr percent":              {For("tr").Percent(2, 3), "%67"},
		"ar one minute":           {For("ar").Minutes(1), "دقيقة واحدة"},
		"ar two minutes":          {For("ar").Minutes(2), "دقيقتين"},
		"ar three minutes":        {For("ar").Minutes(3), "3 دقائق"},
		"ar eleven minutes":       {For("ar").Minutes(11), "11 دقيقة"},
		"clock":                   {For("ar").Duration(65 * time.Second), "1:05"},
		"clock, part of a second": {For("en").Duration(42*time.Second + 999*time.Millisecond), "0:42"},
		"clock, over":             {For("en").Duration(-65 * time.Second), "1:05"},
		"clock, above an hour":    {For("en").Duration(72*time.Minute + 5*time.Second), "72:05"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %+q, want %+q", tt.got, tt.want)
			}
		})
	}
}

func TestPrinter_Money(t *testing.T) {
	tests := map[string]struct {
		lang  string
		minor int64
		code  string
		want  string
	}{
		"en EUR":             {"en", 125050, "EUR", "€1,250.50"},
		"de EUR":             {"de", 125050, "EUR", "1.250,50\u00a0€"},
		"ar EUR":             {"ar", 125050, "EUR", "\u200f1,250.50\u00a0€"},
		"fr EUR":             {"fr", 125050, "EUR", "1\u00a0250,50\u00a0€"},
		"nl EUR":             {"nl", 125050, "EUR", "€\u00a01.250,50"},
		"pl PLN":             {"pl", 125050, "PLN", "1\u00a0250,50\u00a0zł"},
		"tr TRY":             {"tr", 125050, "TRY", "₺1.250,50"},
		"he ILS":             {"he", 125050, "ILS", "\u200f1,250.50\u00a0\u200f₪"},
		"ja JPY":             {"ja", 1250, "JPY", "￥1,250"},
		"ko KRW":             {"ko", 1250, "KRW", "₩1,250"},
		"hi INR":             {"hi", 12505000, "INR", "₹1,25,050.00"},
		"en JPY":             {"en", 1250, "JPY", "¥1,250"},
		"de JPY":             {"de", 1250, "JPY", "1.250\u00a0¥"},
		"en KWD":             {"en", 1250, "KWD", "KWD\u00a01.250"},
		"ar KWD":             {"ar", 1250, "KWD", "\u200f1.250\u00a0د.ك.\u200f"},
		"en CHF":             {"en", 500, "CHF", "CHF\u00a05.00"},
		"nothing":            {"en", 0, "EUR", "€0.00"},
		"one cent":           {"de", 1, "EUR", "0,01\u00a0€"},
		"en owed":            {"en", -500, "EUR", "-€5.00"},
		"de owed":            {"de", -500, "EUR", "-5,00\u00a0€"},
		"ar owed":            {"ar", -500, "EUR", "\u200f\u200e-5.00\u00a0€"},
		"no known currency":  {"en", 500, "ZZZ", "ZZZ\u00a05.00"},
		"as small as can be": {"de", math.MinInt64, "JPY", "-9.223.372.036.854.775.808\u00a0¥"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := For(tt.lang).Money(tt.minor, tt.code); got != tt.want {
				t.Errorf("Money(%d, %s) = %+q, want %+q", tt.minor, tt.code, got, tt.want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, time.March, 4, 22, 42, 0, 0, time.UTC)
	cairo := time.FixedZone("UTC+2", 2*60*60)
	tests := map[string]struct{ got, want string }{
		"en time":            {For("en").Time(at, time.UTC), "22:42"},
		"time in the zone":   {For("ar").Time(at, cairo), "00:42"},
		"en date":            {For("en").Date(at, time.UTC), "4 March 2026"},
		"date in the zone":   {For("en").Date(at, cairo), "5 March 2026"},
		"de date":            {For("de").Date(at, time.UTC), "4. März 2026"},
		"ar date":            {For("ar").Date(at, time.UTC), "4 مارس 2026"},
		"en date and time":   {For("en").DateTime(at, time.UTC), "4 March 2026, 22:42"},
		"en stamp":           {For("en").Stamp(at, time.UTC), "4 Mar 2026, 22:42"},
		"en in the zone":     {For("en").Stamp(at, cairo), "5 Mar 2026, 00:42"},
		"es stamp":           {For("es").Stamp(at, time.UTC), "4 mar 2026, 22:42"},
		"de stamp":           {For("de").Stamp(at, time.UTC), "4. März 2026, 22:42"},
		"he stamp":           {For("he").Stamp(at, time.UTC), "4 במרץ 2026, 22:42"},
		"ja stamp":           {For("ja").Stamp(at, time.UTC), "2026年3月4日 22:42"},
		"ar date and time":   {For("ar").DateTime(at, time.UTC), "4 مارس 2026، 22:42"},
		"es date":            {For("es").Date(at, time.UTC), "4 de marzo de 2026"},
		"pl date":            {For("pl").Date(at, time.UTC), "4 marca 2026"},
		"he date":            {For("he").Date(at, time.UTC), "4 במרץ 2026"},
		"zh date and time":   {For("zh").DateTime(at, time.UTC), "2026年3月4日 22:42"},
		"ja date":            {For("ja").Date(at, time.UTC), "2026年3月4日"},
		"ko date":            {For("ko").Date(at, time.UTC), "2026년 3월 4일"},
		"no zone is UTC":     {For("en").Time(at, nil), "22:42"},
		"de weekday":         {For("de").Weekday(at.Weekday()), "Mittwoch"},
		"de weekday, narrow": {For("de").WeekdayShort(at.Weekday()), "Mi"},
		"ar month":           {For("ar").Month(time.December), "ديسمبر"},
		"en first and last":  {For("en").Weekday(time.Sunday) + For("en").Weekday(time.Saturday), "SundaySaturday"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}
