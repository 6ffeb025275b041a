package store

import (
	"bytes"
	"context"
	"fmt"

	"makeright/internal/feedback"
)

// Head is the end of a venue's timeline. Kept elsewhere, it shows later whether
// events were cut off.
type Head struct {
	Venue string
	Seq   int64
	Hash  []byte
}

// String is the head as `makeright verify --head` takes it.
func (h Head) String() string { return fmt.Sprintf("%s:%d:%x", h.Venue, h.Seq, h.Hash) }

// Break is where a timeline does not hold together.
type Break struct {
	Venue string
	Seq   int64
	What  string
}

func (b Break) String() string { return fmt.Sprintf("venue %s, event %d: %s", b.Venue, b.Seq, b.What) }

// verifyPage is how many events are read at a time.
const verifyPage = 1000

// Verify walks the timelines of all venues. It returns every venue's head, and
// for each that was tampered with the first break. Events cut off at the end
// together with the venue's counter show only against known heads.
func (s *Store) Verify(ctx context.Context, known ...Head) (heads []Head, breaks []Break, err error) {
	var venues []feedback.Venue
	if err := s.db(ctx).Select(withHead).Order("id").Find(&venues).Error; err != nil {
		return nil, nil, fmt.Errorf("venues: %w", err)
	}
	for _, v := range venues {
		head, broken, err := s.verify(ctx, v, known)
		if err != nil {
			return nil, nil, err
		}
		heads = append(heads, head)
		if broken != nil {
			breaks = append(breaks, *broken)
		}
	}
	for _, k := range known {
		if !containsVenue(heads, k.Venue) {
			breaks = append(breaks, Break{k.Venue, k.Seq, "the venue is gone"})
		}
	}
	return heads, breaks, nil
}

func containsVenue(heads []Head, venue string) bool {
	for _, h := range heads {
		if h.Venue == venue {
			return true
		}
	}
	return false
}

// verify walks one timeline to its end or first break.
func (s *Store) verify(ctx context.Context, v feedback.Venue, known []Head) (Head, *Break, error) {
	head := Head{Venue: v.ID}
	for {
		page, err := s.timeline(ctx, v.ID, head.Seq)
		if err != nil {
			return head, nil, err
		}
		for _, e := range page {
			if what := e.wrong(head); what != "" {
				return head, &Break{v.ID, head.Seq + 1, what}, nil
			}
			head.Seq, head.Hash = e.Seq, e.Hash
			for _, k := range known {
				if k.Venue == v.ID && k.Seq == e.Seq && !bytes.Equal(k.Hash, e.Hash) {
					return head, &Break{v.ID, e.Seq, "another event than the one that was noted elsewhere"}, nil
				}
			}
		}
		if len(page) < verifyPage {
			break
		}
	}
	if head.Seq < v.Seq {
		return head, &Break{v.ID, head.Seq + 1, fmt.Sprintf("the timeline ends here, but %d events were written", v.Seq)}, nil
	}
	if head.Seq > v.Seq { // more were written while we walked, or slipped in
		counted, err := s.counted(ctx, v.ID)
		if err != nil || head.Seq > counted {
			return head, &Break{v.ID, counted + 1, fmt.Sprintf("there are events up to %d, but only %d were written", head.Seq, counted)}, err
		}
	}
	for _, k := range known {
		if k.Venue == v.ID && k.Seq > head.Seq {
			return head, &Break{v.ID, head.Seq + 1, fmt.Sprintf("the timeline ends here, but event %d was noted elsewhere", k.Seq)}, nil
		}
	}
	return head, nil, nil
}

// counted is how many events the venue has written.
func (s *Store) counted(ctx context.Context, venue string) (int64, error) {
	var seq int64
	err := s.db(ctx).Raw("select seq from heads where venue_id = ?", venue).Scan(&seq).Error
	return seq, known(err, "counter of events")
}

// sealed is an event with the text that its digest was made of, as far as it
// was not erased.
type sealed struct {
	feedback.Event
	ReportSalt, MessageSalt []byte
	Words, Text             *string // nil: the row itself is gone
}

func (s *Store) timeline(ctx context.Context, venue string, after int64) ([]sealed, error) {
	var page []sealed
	err := s.db(ctx).Raw(`
		select events.*, r.salt as report_salt, r.words, m.salt as message_salt, m.text
		from events
		left join reports r on r.id = events.report_id and events.kind = 'report.created'
		left join messages m on m.report_id = events.report_id and events.kind = 'report.message' and m.id = events.subject
		where events.venue_id = ? and events.seq > ? order by events.seq limit ?`, venue, after, verifyPage).Scan(&page).Error
	return page, known(err, "timeline")
}

// wrong says what is wrong with the event that follows head, or nothing.
func (e sealed) wrong(head Head) string {
	if e.Seq != head.Seq+1 {
		return fmt.Sprintf("missing; the next one there is %d", e.Seq)
	}
	if !bytes.Equal(e.Prev, head.Hash) {
		return "does not follow the event before it"
	}
	again := e.Event
	if _, err := again.Seal(head.Hash); err != nil || !bytes.Equal(again.Hash, e.Hash) {
		return "was changed"
	}
	switch e.Kind {
	case feedback.ReportCreated:
		return differs(e.Digest, e.ReportSalt, e.Words, "the guest's words")
	case feedback.ReportMessage:
		return differs(e.Digest, e.MessageSalt, e.Text, "the message")
	}
	return ""
}

// differs compares a digest with the text it was made of. Without salt the text
// was erased, and nobody can tell.
func differs(digest, salt []byte, text *string, what string) string {
	switch {
	case text == nil:
		return what + " is gone with its row"
	case len(salt) == 0 || bytes.Equal(digest, feedback.Digest(salt, *text)):
		return ""
	}
	return what + " was changed"
}
