package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// sink is a browser that keeps nothing.
type sink struct {
	head http.Header
	n    int
}

func (s *sink) Header() http.Header         { return s.head }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { s.n += len(p); return len(p), nil }

// A table of 100,000 lines goes out page by page: what is kept of it in memory
// does not grow on the way.
func TestExport_KeepsNothingOfALongTable(t *testing.T) {
	const lines, most = 100_000, 2 << 20
	for name, open := range map[string]func(*echo.Response) sheet{
		"csv":  func(w *echo.Response) sheet { return newCSV(w, time.UTC, false) },
		"xlsx": func(w *echo.Response) sheet { return newXLSX(w, time.UTC) },
	} {
		t.Run(name, func(t *testing.T) {
			out := &sink{head: http.Header{}}
			c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), out)
			var first, peak uint64
			sent := 0
			next := func(context.Context) (page [][]any, more bool, err error) {
				if sent%10_000 == 0 {
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					if first == 0 {
						first = m.HeapAlloc
					}
					peak = max(peak, m.HeapAlloc)
				}
				for range exportPage {
					sent++
					page = append(page, []any{strings.Repeat("The soup was cold. ", 10), sent, time.Unix(int64(sent), 0)})
				}
				return page, sent < lines, nil
			}
			if err := (export{}).write(c, open(c.Response()), [][]any{{"words", "n", "at"}}, true, next); err != nil {
				t.Fatal(err)
			}
			if peak > first+most {
				t.Errorf("at the end %d kB are kept, %d kB at first", peak>>10, first>>10)
			}
			t.Logf("%d lines, %d kB sent, at most %d kB more kept", sent, out.n>>10, (peak-first)>>10)
		})
	}
}
