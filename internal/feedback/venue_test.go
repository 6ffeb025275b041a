package feedback_test

import (
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
)

func goodVenue() feedback.Venue {
	return feedback.Venue{
		Name: "Trattoria", Country: "DE", TimeZone: "Europe/Berlin", Currency: "EUR", Languages: []string{"de", "en"},
		PromiseMinutes: 3, ReviewLinks: []feedback.ReviewLink{{Label: "Google", URL: "https://g.page/r/x"}},
	}
}

func TestVenue_Check(t *testing.T) {
	tests := map[string]struct {
		change func(*feedback.Venue)
		want   feedback.Problems
	}{
		"all is well":               {func(*feedback.Venue) {}, nil},
		"a country without facts":   {func(v *feedback.Venue) { v.Country = "XX" }, feedback.Problems{"country": "problem.country.unknown"}},
		"no country":                {func(v *feedback.Venue) { v.Country = "" }, nil},
		"no name":                   {func(v *feedback.Venue) { v.Name = "" }, feedback.Problems{"name": "problem.name.missing"}},
		"a name without end":        {func(v *feedback.Venue) { v.Name = strings.Repeat("ü", 81) }, feedback.Problems{"name": "problem.name.long"}},
		"no zone":                   {func(v *feedback.Venue) { v.TimeZone = "" }, feedback.Problems{"timezone": "problem.time_zone.unknown"}},
		"the server's own zone":     {func(v *feedback.Venue) { v.TimeZone = "Local" }, feedback.Problems{"timezone": "problem.time_zone.unknown"}},
		"a zone from the disk":      {func(v *feedback.Venue) { v.TimeZone = "../../etc/passwd" }, feedback.Problems{"timezone": "problem.time_zone.unknown"}},
		"small money":               {func(v *feedback.Venue) { v.Currency = "eur" }, feedback.Problems{"currency": "problem.currency.unknown"}},
		"no language":               {func(v *feedback.Venue) { v.Languages = nil }, feedback.Problems{"languages": "problem.languages.missing"}},
		"a language we do not have": {func(v *feedback.Venue) { v.Languages = []string{"de", "xx"} }, feedback.Problems{"languages": "problem.language.unknown"}},
		"no promise":                {func(v *feedback.Venue) { v.PromiseMinutes = 0 }, feedback.Problems{"promise_minutes": "problem.promise.range"}},
		"a promise of an hour":      {func(v *feedback.Venue) { v.PromiseMinutes = 60 }, nil},
		"more than an hour":         {func(v *feedback.Venue) { v.PromiseMinutes = 61 }, feedback.Problems{"promise_minutes": "problem.promise.range"}},
		"no links":                  {func(v *feedback.Venue) { v.ReviewLinks = nil }, nil},
		"too many links":            {func(v *feedback.Venue) { v.ReviewLinks = make([]feedback.ReviewLink, 7) }, feedback.Problems{"review_links": "problem.review_links.many"}},
		"a link without a name":     {func(v *feedback.Venue) { v.ReviewLinks[0].Label = "" }, feedback.Problems{"review_links": "problem.review_links.label"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := goodVenue()
			tt.change(&v)
			wantProblems(t, v.Check(languages), tt.want)
		})
	}
}

// Yelp forbids to ask for reviews, so a link to it is refused however it is
// spelt; a house that is only called alike is not.
func TestVenue_ReviewLinks(t *testing.T) {
	const yelp, url = "problem.review_links.yelp", "problem.review_links.url"
	tests := map[string]string{
		"https://www.google.com/maps":                        "",
		"https://www.tripadvisor.de/x?y=z#a":                 "",
		"https://bewertungen-bücher.example/":                "",
		"https://yelping.example/":                           "",
		"https://notyelp.example/yelp":                       "",
		"https://yelp.com/biz/x":                             yelp,
		"https://www.yelp.com":                               yelp,
		"https://de.yelp.com/biz":                            yelp,
		"https://yelp.co.uk/":                                yelp,
		"https://m.YELP.ie":                                  yelp,
		"https://YeLp.to/x":                                  yelp,
		"https://yelp.com.:443/":                             yelp,
		"https://ｙｅｌｐ.com/":                                  yelp,
		"https://yelp。com/":                                  yelp,
		"https://%EF%BD%99elp.com/":                          yelp,
		"https://ye\u00adlp.com/":                            yelp,
		"http://www.google.com/":                             url,
		"javascript:alert(1)":                                url,
		"https://":                                           url,
		"https://user:pass@www.google.com/":                  url,
		"https://www.google.com\\@yelp.com/":                 url,
		"//www.google.com":                                   url,
		"www.google.com":                                     url,
		"https://www.google.com/" + strings.Repeat("x", 500): url,
	}
	for link, want := range tests {
		t.Run(link, func(t *testing.T) {
			v := goodVenue()
			v.ReviewLinks = []feedback.ReviewLink{{Label: "Reviews", URL: link}}
			var problems feedback.Problems
			if want != "" {
				problems = feedback.Problems{"review_links": want}
			}
			wantProblems(t, v.Check(languages), problems)
		})
	}
}

func TestCountries_AreWholeAndRight(t *testing.T) {
	for _, c := range feedback.Countries() {
		v := goodVenue()
		v.Country, v.TimeZone, v.Currency = c.Code, c.TimeZone, c.Currency
		if err := v.Check(languages); err != nil || c.Emergency == "" || v.Emergency() != c.Emergency {
			t.Errorf("%s: %v, emergency %q", c.Code, err, v.Emergency())
		}
	}
	if got := feedback.CountryOf("XX").Emergency; got != "112" {
		t.Errorf("an unknown country's emergency number is %q, want 112", got)
	}
}

func TestVisit_Check(t *testing.T) {
	good := feedback.Visit{CheckNo: "A-1", Covers: 4, OpenedAt: noon, ExpiresAt: noon.Add(feedback.DefaultVisit)}
	tests := map[string]struct {
		change func(*feedback.Visit)
		want   feedback.Problems
	}{
		"all is well":    {func(*feedback.Visit) {}, nil},
		"one minute":     {func(v *feedback.Visit) { v.ExpiresAt = noon.Add(time.Minute) }, nil},
		"it ends before": {func(v *feedback.Visit) { v.ExpiresAt = noon.Add(-time.Hour) }, feedback.Problems{"expires_in_minutes": "problem.expires.range"}},
		"three weeks":    {func(v *feedback.Visit) { v.ExpiresAt = noon.Add(21 * 24 * time.Hour) }, feedback.Problems{"expires_in_minutes": "problem.expires.range"}},
		"minus one":      {func(v *feedback.Visit) { v.Covers = -1 }, feedback.Problems{"covers": "problem.covers.range"}},
		"a wedding":      {func(v *feedback.Visit) { v.Covers = feedback.MaxCovers + 1 }, feedback.Problems{"covers": "problem.covers.range"}},
		"long names": {
			func(v *feedback.Visit) { v.CheckNo, v.Server = strings.Repeat("x", 81), strings.Repeat("x", 81) },
			feedback.Problems{"check": "problem.check.long", "server": "problem.server.long"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := good
			tt.change(&v)
			wantProblems(t, v.Check(), tt.want)
		})
	}
	if !good.Open(noon) || good.Open(good.ExpiresAt) {
		t.Error("a visit is open until it expires")
	}
	good.ClosedAt = noon
	if good.Open(noon) {
		t.Error("a visit that was closed is still open")
	}
}
