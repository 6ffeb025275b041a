package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"makeright/internal/feedback"
)

func TestServe_OneServerForAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "makeright.db")
	release, err := serveAlone(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serveAlone(t.Context(), path, time.Nanosecond); !errors.Is(err, feedback.ErrConflict) {
		t.Errorf("second server: err = %v, want ErrConflict", err)
	}
	other, err := serveAlone(t.Context(), filepath.Join(t.TempDir(), "makeright.db"), time.Nanosecond)
	if err != nil {
		t.Errorf("server of another file: %v", err)
	} else if err := other(); err != nil {
		t.Error(err)
	}

	waiting := make(chan error, 1)
	go func() {
		release, err := serveAlone(t.Context(), path, time.Minute)
		if err == nil {
			err = release()
		}
		waiting <- err
	}()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("server that waited for the first to end: %v", err)
	}
}
