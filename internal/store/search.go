package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"makeright/internal/feedback"
)

const (
	// indexEvents is how many events are looked through in one transaction, so
	// that reports hardly wait for it.
	indexEvents = 500
	// indexSteps bounds the time one venue keeps the others waiting.
	indexSteps = 200
	// searchTail bounds how many events are searched that the index does not
	// know yet.
	searchTail = 20_000
)

// Index makes what guests wrote since the last time searchable. Nothing of it is
// done when a guest sends. Several nodes may do so at once; of two who index the
// same, one does.
func (s *Store) Index(ctx context.Context) error {
	var behind []struct{ ID, OrgID string }
	err := s.db(ctx).Raw(`select v.id, v.org_id from venues v join heads h on h.venue_id = v.id left join worded w on w.venue_id = v.id
		where h.seq > coalesce(w.seq, 0) order by v.id`).Scan(&behind).Error
	if err != nil {
		return known(err, "venues to index")
	}
	for _, b := range behind {
		for range indexSteps {
			more, err := s.indexVenue(ctx, feedback.System(b.OrgID, b.ID))
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// indexVenue indexes the reports of the next events, and says whether there may
// be more. It reads the words in the transaction that writes them, so that none
// which are erased meanwhile come in.
func (s *Store) indexVenue(ctx context.Context, by feedback.Actor) (more bool, err error) {
	err = s.Tx(ctx, func(tx Tx) error {
		e := tx.At(by, by.Venue)
		was, err := e.worded(ctx)
		if err != nil {
			return err
		}
		events, err := e.createdAfter(ctx, was, indexEvents)
		if err != nil || len(events) == 0 {
			more = false
			return err
		}
		more = len(events) == indexEvents
		const move = `insert into worded (venue_id, seq) values (?, ?) on conflict (venue_id) do update set seq = excluded.seq where worded.seq = ?`
		res := e.db(ctx).Exec(move, e.venue, events[len(events)-1].Seq, was)
		if res.Error != nil || res.RowsAffected == 0 { // another node did it
			return known(res.Error, "index words")
		}
		rs, err := e.wordsOf(ctx, events)
		if err != nil {
			return err
		}
		return e.index(ctx, rs)
	})
	return more, err
}

// worded is the number of the newest event whose words are in the index.
func (v View) worded(ctx context.Context) (int64, error) {
	var seq int64
	err := v.rows(ctx).Table("worded").Select("seq").Scan(&seq).Error
	return seq, known(err, "indexed words")
}

// sent is an event, and the report it sent; empty when it is about another
// matter.
type sent struct {
	Seq      int64
	ReportID string
}

// createdAfter lists the events after one, oldest first.
func (v View) createdAfter(ctx context.Context, seq int64, limit int) ([]sent, error) {
	var out []sent
	err := v.db(ctx).Raw(`select seq, case when kind = 'report.created' then report_id else '' end as report_id
		from events where venue_id = ? and seq > ? order by seq limit ?`, v.venue, seq, limit).Scan(&out).Error
	return out, known(err, "events to search")
}

// wordsOf reads the reports that events sent and that have words. On PostgreSQL
// they stay as they are until the transaction ends.
func (e Edit) wordsOf(ctx context.Context, events []sent) ([]feedback.Report, error) {
	var ids []string
	for _, one := range events {
		if one.ReportID != "" {
			ids = append(ids, one.ReportID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	const read = "select id, words from reports where venue_id = ? and id in ? and words <> '' order by id"
	const hold = read + " for update"
	var rs []feedback.Report
	q := e.db(ctx).Raw(read, e.venue, ids)
	if e.pg {
		q = e.db(ctx).Raw(hold, e.venue, ids)
	}
	return rs, known(q.Scan(&rs).Error, "words to index")
}

// index adds the words of reports.
func (e Edit) index(ctx context.Context, rs []feedback.Report) error {
	terms := make(map[string][]string, len(rs)) // by report
	for _, r := range rs {
		if found := feedback.Terms(r.Words); len(found) > 0 {
			terms[r.ID] = found
		}
	}
	if len(terms) == 0 {
		return nil
	}
	if !e.pg {
		return known(e.indexSQLite(ctx, terms), "index words")
	}
	const add = "insert into words_of (report_id, venue_id, words) values (?, ?, cast(? as tsvector)) on conflict (report_id) do nothing"
	for _, id := range slices.Sorted(maps.Keys(terms)) {
		if err := e.db(ctx).Exec(add, id, e.venue, quoted(append(terms[id], ofVenue+e.venue), " ", "'", "'")).Error; err != nil {
			return known(err, "index words")
		}
	}
	return nil
}

// indexSQLite adds all rows, and only then all words: a statement about another
// table makes the index write what it has gathered as a segment, which would be
// one for each report.
func (e Edit) indexSQLite(ctx context.Context, terms map[string][]string) error {
	var last int64 // of the rows that are there; new ones have higher ids
	if err := e.db(ctx).Raw("select coalesce(max(id), 0) from words_of").Scan(&last).Error; err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(terms)) {
		if err := e.exec(ctx, "insert into words_of (venue_id, report_id) values (?, ?) on conflict (report_id) do nothing", e.venue, id); err != nil {
			return err
		}
	}
	var rows []struct {
		ID       int64
		ReportID string
	}
	if err := e.db(ctx).Raw("select id, report_id from words_of where id > ? order by id", last).Scan(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		words := strings.Join(terms[row.ReportID], " ")
		if err := e.exec(ctx, "insert into words_index (rowid, venue, words) values (?, ?, ?)", row.ID, e.venue, words); err != nil {
			return err
		}
	}
	return nil
}

// ofVenue begins the term that tells whose words they are. No word begins so.
const ofVenue = "@"

// quoted joins terms, which hold letters, numbers and marks alone, each between
// two signs.
func quoted(terms []string, between, before, after string) string {
	out := make([]string, len(terms))
	for i, term := range terms {
		out[i] = before + term + after
	}
	return strings.Join(out, between)
}

// unindex takes the words of a report out of the index.
func (e Edit) unindex(ctx context.Context, report string) error {
	if !e.pg {
		const drop = "delete from words_index where rowid in (select id from words_of where report_id = ? and venue_id = ?)"
		if err := e.db(ctx).Exec(drop, report, e.venue).Error; err != nil {
			return known(err, "erase indexed words")
		}
	}
	return known(e.db(ctx).Exec("delete from words_of where report_id = ? and venue_id = ?", report, e.venue).Error, "erase indexed words")
}

// search narrows a query over reports to those whose words begin with all that
// is asked for. What the index does not know yet is read.
func (v View) search(ctx context.Context, q *gorm.DB, query string) (*gorm.DB, error) {
	asked := feedback.Asked(query)
	if len(asked) == 0 { // a smile, a sign: nothing that has an index
		return q.Where(`lower(reports.words) like lower(?) escape '\'`, "%"+literal(query)+"%"), nil
	}
	seq, err := v.worded(ctx)
	if err != nil {
		return q, err
	}
	newer, err := v.foundAfter(ctx, seq, asked)
	if err != nil {
		return q, err
	}
	if v.pg {
		return q.Where("reports.id in (select report_id from words_of where words @@ cast(? as tsquery)) or reports.id in ?",
			"'"+ofVenue+v.venue+"' & "+quoted(asked, " & ", "'", "':*"), newer), nil
	}
	return q.Where(`reports.id in (select w.report_id from words_index i join words_of w on w.id = i.rowid where words_index match ?
		union all select id from reports where id in ?)`,
		`venue : "`+v.venue+`" AND `+quoted(asked, " AND ", `words : "`, `" *`), newer), nil
}

// foundAfter are the ids of reports sent after an event that have what is asked
// for, and one that is nobody's.
func (v View) foundAfter(ctx context.Context, seq int64, asked []string) ([]string, error) {
	var rs []feedback.Report
	err := v.db(ctx).Raw(`select id, words from reports where venue_id = ? and words <> '' and id in (select report_id from events
		where venue_id = ? and seq > ? and kind = 'report.created' order by seq desc limit ?)`, v.venue, v.venue, seq, searchTail).Scan(&rs).Error
	ids := []string{""}
	for _, r := range rs {
		if feedback.Found(r.Words, asked) {
			ids = append(ids, r.ID)
		}
	}
	return ids, known(err, "newest words")
}
