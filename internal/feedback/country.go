package feedback

// Country gives a venue its defaults.
type Country struct {
	Code      string // ISO 3166 alpha-2
	TimeZone  string
	Currency  string
	Language  string
	Emergency string // the number to call when life is at risk
}

// countries we have facts for. Emergency numbers: 112 is in force in all of
// the EU (Directive (EU) 2018/1972, article 109) and its neighbours; the
// others are the national numbers published by each government.
var countries = []Country{
	{"AE", "Asia/Dubai", "AED", "ar", "999"},
	{"AT", "Europe/Vienna", "EUR", "de", "112"},
	{"AU", "Australia/Sydney", "AUD", "en", "000"},
	{"BE", "Europe/Brussels", "EUR", "nl", "112"},
	{"BR", "America/Sao_Paulo", "BRL", "pt", "192"},
	{"CA", "America/Toronto", "CAD", "en", "911"},
	{"CH", "Europe/Zurich", "CHF", "de", "112"},
	{"CN", "Asia/Shanghai", "CNY", "zh", "120"},
	{"CZ", "Europe/Prague", "CZK", "en", "112"},
	{"DE", "Europe/Berlin", "EUR", "de", "112"},
	{"DK", "Europe/Copenhagen", "DKK", "en", "112"},
	{"EG", "Africa/Cairo", "EGP", "ar", "123"},
	{"ES", "Europe/Madrid", "EUR", "es", "112"},
	{"FI", "Europe/Helsinki", "EUR", "en", "112"},
	{"FR", "Europe/Paris", "EUR", "fr", "112"},
	{"GB", "Europe/London", "GBP", "en", "999"},
	{"GR", "Europe/Athens", "EUR", "en", "112"},
	{"HU", "Europe/Budapest", "HUF", "en", "112"},
	{"IE", "Europe/Dublin", "EUR", "en", "112"},
	{"IL", "Asia/Jerusalem", "ILS", "he", "101"},
	{"IN", "Asia/Kolkata", "INR", "hi", "112"},
	{"IT", "Europe/Rome", "EUR", "it", "112"},
	{"JP", "Asia/Tokyo", "JPY", "ja", "119"},
	{"KR", "Asia/Seoul", "KRW", "ko", "119"},
	{"LU", "Europe/Luxembourg", "EUR", "fr", "112"},
	{"MX", "America/Mexico_City", "MXN", "es", "911"},
	{"NL", "Europe/Amsterdam", "EUR", "nl", "112"},
	{"NO", "Europe/Oslo", "NOK", "en", "113"},
	{"NZ", "Pacific/Auckland", "NZD", "en", "111"},
	{"PL", "Europe/Warsaw", "PLN", "pl", "112"},
	{"PT", "Europe/Lisbon", "EUR", "pt", "112"},
	{"SA", "Asia/Riyadh", "SAR", "ar", "997"},
	{"SE", "Europe/Stockholm", "SEK", "en", "112"},
	{"SG", "Asia/Singapore", "SGD", "en", "995"},
	{"TR", "Europe/Istanbul", "TRY", "tr", "112"},
	{"US", "America/New_York", "USD", "en", "911"},
	{"ZA", "Africa/Johannesburg", "ZAR", "en", "112"},
}

// Countries lists the countries we have facts for, by code.
func Countries() []Country { return countries }

// CountryOf returns the facts of a country. For one we do not know the code is
// empty and the emergency number is 112, which GSM phones connect anywhere
// (3GPP TS 22.101, section 10).
func CountryOf(code string) Country {
	for _, c := range countries {
		if c.Code == code {
			return c
		}
	}
	return Country{Emergency: "112"}
}
