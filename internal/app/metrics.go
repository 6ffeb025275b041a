package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"makeright/internal/jobs"
	"makeright/internal/live"
	"makeright/internal/store"
)

// metrics are the figures that a monitoring program reads.
type metrics struct {
	registry *prometheus.Registry
	handler  http.Handler

	submits, acks, failures prometheus.Counter
	batch, wait             prometheus.Histogram
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "makeright_" + name, Help: help})
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		submits:  counter("submits_total", "Reports that guests, staff and programs sent."),
		acks:     counter("acks_total", "Reports that were answered with success: they are on the disk."),
		failures: counter("backup_failures_total", "Daily backups that could not be made or proven."),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "makeright_commit_batch_size", Help: "Writes that shared one COMMIT.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "makeright_commit_seconds", Help: "How long COMMIT waited for the disk.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
	}
	m.registry.MustRegister(m.submits, m.acks, m.failures, m.batch, m.wait,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, Timeout: 10 * time.Second})
	return m
}

// committed is [store.Options.Committed].
func (m *metrics) committed(writes int, wait time.Duration) {
	m.batch.Observe(float64(writes))
	m.wait.Observe(wait.Seconds())
}

// submitPaths are the routes by which reports come in.
var submitPaths = []string{"/T/:code", "/t/:code", "/api/v1/codes/:code/reports", "/api/v1/venues/:venue/reports"}

// count counts reports that come in, and those that were acknowledged.
func (m *metrics) count(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method != http.MethodPost || !slices.Contains(submitPaths, c.Path()) {
			return next(c)
		}
		m.submits.Inc()
		err := next(c)
		if err == nil && c.Response().Status < http.StatusBadRequest {
			m.acks.Inc()
		}
		return err
	}
}

// state reads, whenever somebody looks, what is not counted as it happens.
type state struct {
	store *store.Store
	hub   *live.Hub
	jobs  *jobs.Runner
	now   func() time.Time
}

var (
	queueDepth  = desc("queue_depth", "Writes that wait for the next COMMIT.")
	streamsOpen = desc("streams_open", "Event streams that are open, by who listens.", "to")
	outboxKept  = desc("outbox", "Messages out of the house: queued, or dead (given up).", "state")
	jobsKept    = desc("jobs", "Jobs: waiting for their time, due, or dead (given up); failing, of these, which were tried in vain and are tried again.", "state")
	jobsHung    = desc("jobs_hung", "Runs of jobs that did not end in time and have not come back: a bug.")
	oldestOpen  = desc("oldest_open_issue_seconds", "How long the longest waiting issue waits that nobody took; 0 when none does.")
	lastBackup  = desc("backup_last_success_timestamp_seconds", "When the newest proven daily backup was made; 0 for never.")
	backupsKept = desc("backups", "Daily backups that are kept.")
	fileBytes   = desc("database_bytes", "Size of the SQLite database, and of its log.", "file")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("makeright_"+name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (s state) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDepth, streamsOpen, outboxKept, jobsKept, jobsHung, oldestOpen, lastBackup, backupsKept, fileBytes} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (s state) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(queueDepth, float64(s.store.Queue()))
	for kind, n := range s.hub.Streams() {
		gauge(streamsOpen, float64(n), kind)
	}
	gauge(jobsHung, float64(s.jobs.Hung()))
	ctx := context.Background()
	settings, _ := s.store.Settings(ctx) // fails never
	s.files(gauge, settings["file"])
	s.backups(gauge)
	now := s.now()
	p, err := s.store.Pulse(ctx, now)
	if err != nil {
		to <- prometheus.NewInvalidMetric(jobsKept, err)
		return
	}
	gauge(jobsKept, float64(p.Waiting), "waiting")
	gauge(jobsKept, float64(p.Due), "due")
	gauge(jobsKept, float64(p.Failing), "failing")
	gauge(jobsKept, float64(p.Dead), "dead")
	if queued, dead, err := s.store.Outbox(ctx); err == nil {
		gauge(outboxKept, float64(queued), "queued")
		gauge(outboxKept, float64(dead), "dead")
	}
	age := time.Duration(0)
	if !p.Oldest.IsZero() {
		age = now.Sub(p.Oldest)
	}
	gauge(oldestOpen, age.Seconds())
}

type gaugeFunc func(d *prometheus.Desc, value float64, labels ...string)

// files measures a SQLite database; PostgreSQL has its own metrics.
func (s state) files(gauge gaugeFunc, file string) {
	for label, name := range map[string]string{"database": file, "log": file + "-wal"} {
		if info, err := os.Stat(name); err == nil && file != "" {
			gauge(fileBytes, float64(info.Size()), label)
		}
	}
}

func (s state) backups(gauge gaugeFunc) {
	copies, err := s.store.Copies()
	if err != nil {
		return // a folder that cannot be read is told by doctor
	}
	gauge(backupsKept, float64(len(copies)))
	at := 0.0
	if last, err := s.store.LastBackup(); err == nil {
		at = float64(last.At.Unix())
	}
	gauge(lastBackup, at)
}

// Handler serves every address of the program.
func (a *App) Handler() http.Handler {
	if a.cfg.MetricsToken == "" {
		return a.echo
	}
	want := sha256.Sum256([]byte("Bearer " + a.cfg.MetricsToken))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" && r.URL.Path != "/healthz" {
			a.echo.ServeHTTP(w, r)
			return
		}
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		switch {
		case subtle.ConstantTimeCompare(got[:], want[:]) == 1:
			a.operator().ServeHTTP(w, r)
		case r.URL.Path == "/healthz":
			a.echo.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		}
	})
}

// operator serves what only whoever runs the program may see.
func (a *App) operator() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.handler)
	mux.HandleFunc("GET /healthz", a.health)
	return mux
}

// health says that the program lives, and the settings of the database as they
// were read back.
func (a *App) health(w http.ResponseWriter, r *http.Request) {
	settings, _ := a.store.Settings(r.Context()) // fails never
	w.Header().Set("Content-Type", echo.MIMEApplicationJSON)
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "ok", "settings": settings}) // who hung up needs no answer
}

// serveMetrics serves metrics on a listener of their own, if the settings name
// one, and returns what ends it.
func (a *App) serveMetrics(ctx context.Context) (end func() error, err error) {
	if a.cfg.MetricsListen == "" {
		return func() error { return nil }, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	srv := &http.Server{Handler: a.operator(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	a.log.Info("metrics", "listening", l.Addr().String())
	return func() error {
		err := srv.Close()
		if ended := <-failed; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}
