package e2e

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// typed finds the address that sheets print for those who cannot scan.
var typed = regexp.MustCompile(`127\.0\.0\.1:\d+/\S*\s*[0-9a-z]{4}-[0-9a-z]{4}`)

// TestPaper_WhatIsTypedOpens types the address printed beside a code.
func TestPaper_WhatIsTypedOpens(t *testing.T) {
	t.Parallel()
	needPaper(t)
	p, d := install(t)
	for _, layout := range []string{"tent", "card", "sticker"} {
		pdf := t.TempDir() + "/sheet.pdf"
		sheet := get(t, p.Base+"/api/v1/venues/"+d.Venue.ID+"/sheet.pdf?table="+d.Tables[0].ID+"&layout="+layout, d.Key)
		if err := os.WriteFile(pdf, sheet, 0o600); err != nil {
			t.Fatal(err)
		}
		text := printed(t, pdf)
		address := regexp.MustCompile(`\s`).ReplaceAllString(typed.FindString(text), "")
		if len(address) == 0 {
			t.Fatalf("%s: no address to type in %q", layout, text)
		}
		get(t, "http://"+address, "")
	}
}

// needPaper skips a test where PDFs cannot be read, and fails it in CI.
func needPaper(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		const hint = "pdftotext is not installed; on Debian: apt-get install poppler-utils"
		if os.Getenv("CI") != "" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
}

// printed is the text of a PDF; options narrow it.
func printed(t *testing.T, pdf string, options ...string) string {
	t.Helper()
	text, err := exec.Command("pdftotext", append(options, pdf, "-")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// get returns what an address answers, which must be well.
func get(t *testing.T, url, key string) []byte {
	t.Helper()
	rq, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		rq.Header.Set("Authorization", "Bearer "+key)
	}
	rs, err := http.DefaultClient.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	body, err := io.ReadAll(rs.Body)
	if err != nil || rs.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d: %v", url, rs.StatusCode, err)
	}
	return body
}
