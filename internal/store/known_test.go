package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
)

func TestKnown(t *testing.T) {
	other := errors.New("other")
	tests := map[string]struct{ err, want error }{
		"not found":          {gorm.ErrRecordNotFound, feedback.ErrNotFound},
		"unique":             {&pgconn.PgError{Code: "23505"}, feedback.ErrConflict},
		"foreign key":        {&pgconn.PgError{Code: "23503"}, feedback.ErrConflict},
		"deadlock":           {&pgconn.PgError{Code: "40P01"}, feedback.ErrBusy},
		"too many":           {&pgconn.PgError{Code: "53300"}, feedback.ErrBusy},
		"disk full":          {&pgconn.PgError{Code: "53100"}, feedback.ErrBusy},
		"stopping":           {&pgconn.PgError{Code: "57P01"}, feedback.ErrBusy},
		"statement timeout":  {&pgconn.PgError{Code: "57014"}, feedback.ErrBusy},
		"refused connection": {&net.OpError{Op: "dial", Err: errors.New("refused")}, feedback.ErrBusy},
		"cut line":           {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), feedback.ErrBusy},
		"our own bound":      {context.DeadlineExceeded, feedback.ErrBusy},
		"the caller left":    {context.Canceled, context.Canceled},
		"conflict stays":     {feedback.ErrConflict, feedback.ErrConflict},
		"busy stays":         {fmt.Errorf("queue: %w", feedback.ErrBusy), feedback.ErrBusy},
		"anything else":      {other, other},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := store.Known(tt.err, "what"); !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), "what: ") {
				t.Errorf("known(%v) = %v, want %v", tt.err, err, tt.want)
			}
		})
	}
	if err := store.Known(nil, "what"); err != nil {
		t.Errorf("known(nil) = %v", err)
	}
	if err := store.Known(&pgconn.PgError{Code: "42601"}, "what"); errors.Is(err, feedback.ErrBusy) || errors.Is(err, feedback.ErrConflict) {
		t.Errorf("a mistake in our SQL became %v", err)
	}
}

// The real databases' errors for what callers act on.
func TestKnown_FromTheDatabase(t *testing.T) {
	s := storetest.New(t)
	owner, venue := storetest.Venue(t, s)
	table := storetest.Table(t, s, owner, venue.ID, "1")
	tests := map[string]struct {
		do   func(context.Context, store.Edit) error
		want error
	}{
		"same id": {func(ctx context.Context, e store.Edit) error { return e.AddTable(ctx, table) }, feedback.ErrConflict},
		"same unique name": {func(ctx context.Context, e store.Edit) error {
			return e.AddTable(ctx, feedback.Table{ID: "t2", Name: "1", CreatedAt: storetest.Epoch})
		}, feedback.ErrConflict},
		"hangs on nothing": {func(ctx context.Context, e store.Edit) error {
			return e.AddCode(ctx, feedback.Code{ID: "c", TableID: "none", CreatedAt: storetest.Epoch})
		}, feedback.ErrConflict},
		"not there": {func(ctx context.Context, e store.Edit) error { _, err := e.Table(ctx, "none"); return err }, feedback.ErrNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := s.Tx(t.Context(), func(tx store.Tx) error { return tt.do(t.Context(), tx.At(owner, venue.ID)) })
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
		})
	}
}

// What guests write reaches no log, at any level, and no error text, however
// the statement goes wrong.
func TestGuestsWordsStayOutOfLogs(t *testing.T) {
	const words = "canary-words"
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)}))
	s := storetest.Open(t, storetest.DSN(t), store.Options{Log: log})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner, venue := storetest.Venue(t, s)
	statements := []string{
		"update organisations set name = ?",                             // succeeds
		"insert into organisations (id) values (?)",                     // not null
		"insert into organisations (id, nme) values (?, 0)",             // no such column
		"update organisations set created_at = cast(? as integer) / 0",  // refused on PostgreSQL, which quotes it
		"insert into organisations (id, name, created_at) values (?,",   // syntax
		"update reports set rating = 9 where words = ?",                 // fine
		"insert into venues (id, org_id, name) values (?, 'none', 'x')", // not null
	}
	for _, statement := range statements {
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			return store.Known(store.DB(t.Context(), tx).Exec(statement, words).Error, "try")
		})
		if err != nil && strings.Contains(err.Error(), words) {
			t.Errorf("%s: the error quotes the guest: %v", statement, err)
		}
		var n []string
		_ = store.DB(t.Context(), s).Raw("select id from organisations where name = ? and nonsense", words).Scan(&n)
		_, _ = s.For(owner, venue.ID).Table(t.Context(), words)
	}
	if strings.Contains(out.String(), words) {
		t.Error("a log quotes the guest")
	}
	if !strings.Contains(out.String(), "update organisations set name") {
		t.Error("at debug level the log shows no statements at all")
	}
}
