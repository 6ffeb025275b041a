package store_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain sees that every store that was closed left no goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
