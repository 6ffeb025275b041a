package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// house is the whole program without a network, with a demo venue.
func house(tb testing.TB) (*app.App, desk.Demo) {
	tb.Helper()
	cfg, err := config.Flags{Database: filepath.Join(tb.TempDir(), "makeright.db"), BaseURL: "http://feedback.example", Limits: "off"}.Config()
	if err != nil {
		tb.Fatal(err)
	}
	a, err := app.New(context.Background(), cfg, app.Options{Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := a.Close(); err != nil {
			tb.Error(err)
		}
	})
	demo, err := a.Desk.FillDemo(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return a, demo
}

// installation is a house, and the code of its first table.
func installation(tb testing.TB) (*app.App, string) {
	tb.Helper()
	a, demo := house(tb)
	codes, err := a.Desk.TableCodes(tb.Context(), feedback.System(demo.Venue.OrgID, demo.Venue.ID), demo.Venue.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return a, codes[0].Code
}

// BenchmarkReport is a report through the router, without the network.
func BenchmarkReport(b *testing.B) {
	a, code := installation(b)
	const body = `{"rating":2,"causes":["cold"],"words":"The soup came cold","handling":"come_over","language":"en"}`
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			rq := httptest.NewRequest(http.MethodPost, "/api/v1/codes/"+code+"/reports", strings.NewReader(body))
			rq.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			a.Handler().ServeHTTP(rec, rq)
			if rec.Code != http.StatusCreated {
				b.Errorf("answered %d: %s", rec.Code, rec.Body)
				return
			}
		}
	})
}

// BenchmarkForm is the form page through the router, without the network.
func BenchmarkForm(b *testing.B) {
	a, code := installation(b)
	b.ReportAllocs()
	for b.Loop() {
		rq := httptest.NewRequest(http.MethodGet, "/T/"+code, nil)
		rq.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		a.Handler().ServeHTTP(rec, rq)
		if rec.Code != http.StatusOK {
			b.Fatalf("answered %d", rec.Code)
		}
	}
}
