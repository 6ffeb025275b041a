package store

import (
	"context"

	"gorm.io/gorm"
)

// What tests of this package look into; they live outside of it, because
// storetest imports it.
var (
	Known          = known
	CheckSettings  = checkSettings
	CheckVersion   = checkVersion
	SQLitePath     = sqlitePath
	RoomFor        = roomFor
	KindOf         = kindOf
	Milliseconds   = ms
	Pack           = pack
	Unpack         = unpack
	Appended       = appended
	WriterSettings = writerSettings
	ReaderSettings = readerSettings
)

const (
	Awaiting     = awaiting
	OldestSQLite = oldestSQLite
	MaxQueue     = maxQueue
	MaxBatch     = maxBatch
	Tries        = tries
	Connections  = connections
	Writers      = writers
)

// DB starts a query of any view, edit, store or transaction.
func DB(ctx context.Context, from interface {
	db(context.Context) *gorm.DB
},
) *gorm.DB {
	return from.db(ctx)
}

// Rows starts a query over a view's rows.
func Rows(ctx context.Context, v View) *gorm.DB { return v.rows(ctx) }

// RowsOf is Rows for joins.
func RowsOf(ctx context.Context, v View, table string) *gorm.DB { return v.rowsOf(ctx, table) }

// Exec runs a statement of the hot path.
func Exec(ctx context.Context, e Edit, statement string, args ...any) error {
	return e.exec(ctx, statement, args...)
}

// One reads one row on the hot path.
func One(ctx context.Context, v View, dest []any, query string, args ...any) error {
	return v.one(ctx, dest, query, args...)
}

// Waiting is how many funcs wait for the writer.
func Waiting(s *Store) int { return len(s.writer.queue) }

// Closing is closed when the writer takes no more.
func Closing(s *Store) <-chan struct{} { return s.writer.quit }

// SQLiteURI is the address of the writer's connection.
func SQLiteURI(path string) string { return sqliteURI(path, writerWord) }

// Remembered is how many events of a venue screens are shown without a read.
func Remembered(s *Store, venue string) int {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	return len(s.news.kept[venue])
}

// MakeDay makes a venue's UTC day, as of a mark.
func MakeDay(ctx context.Context, s *Store, v View, day, mark int64) error {
	return s.makeDays(ctx, v, []dayToMake{{day, mark}})
}

// ForgetNews makes the next look at news a read.
func ForgetNews(s *Store) { s.news.forget() }

// MaxNews is how many events are remembered.
const MaxNews = maxNews

// RollIn is [Store.Roll] with bounds of its own: as many events at a time, of one
// venue and of all; looked is called after each look.
func RollIn(ctx context.Context, s *Store, events, ofVenue, atOnce int, looked func()) error {
	return s.rollIn(ctx, rollBounds{events, ofVenue, atOnce, looked})
}
