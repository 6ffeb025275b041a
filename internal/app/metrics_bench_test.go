package app

import (
	"testing"
	"time"
)

// BenchmarkCommitted is what the writer pays for its metrics at each COMMIT.
func BenchmarkCommitted(b *testing.B) {
	m := newMetrics()
	for b.Loop() {
		began := time.Now()
		m.committed(64, time.Since(began))
	}
}
