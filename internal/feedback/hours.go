package feedback

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Hours are a venue's opening hours in its own zone. The zero value is always
// open.
type Hours struct {
	// Week holds, by weekday ("mon" to "sun"), intervals such as
	// "11:30-15:00". An end at or before the start is past midnight.
	Week map[string][]string `json:"week,omitempty"`
	// Holidays replace the week on single days ("2026-12-25"); none is closed.
	Holidays map[string][]string `json:"holidays,omitempty"`
}

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// dayBreak is where a service day ends for venues that never close: late
// parties belong to the evening they began in.
const dayBreak = 5 * time.Hour

// Always says whether the venue never closes.
func (h Hours) Always() bool { return len(h.Week) == 0 && len(h.Holidays) == 0 }

// span is one opening, in minutes after the midnight it starts on.
type span struct{ from, to int }

// on returns the openings that start on t's date.
func (h Hours) on(t time.Time) []span {
	texts, special := h.Holidays[t.Format(time.DateOnly)]
	if !special {
		texts = h.Week[weekdays[t.Weekday()]]
	}
	spans := make([]span, 0, len(texts))
	for _, text := range texts {
		if s, err := parseSpan(text); err == nil {
			spans = append(spans, s)
		}
	}
	return spans
}

// Service returns the opening that holds t, and false when the venue is closed
// then. Start and end are real moments: an opening over a clock change is an
// hour shorter or longer. A venue that never closes is open from day break to
// day break.
func (h Hours) Service(t time.Time, zone *time.Location) (from, to time.Time, open bool) {
	local := t.In(zone)
	if h.Always() {
		from = clock(local, int(dayBreak/time.Minute))
		if t.Before(from) {
			from = clock(local.AddDate(0, 0, -1), int(dayBreak/time.Minute))
		}
		return from, clock(from.In(zone).AddDate(0, 0, 1), int(dayBreak/time.Minute)), true
	}
	for _, day := range []time.Time{local, local.AddDate(0, 0, -1)} {
		for _, s := range h.on(day) {
			from, to = clock(day, s.from), clock(day, s.to)
			if !t.Before(from) && t.Before(to) {
				return from, to, true
			}
		}
	}
	return time.Time{}, time.Time{}, false
}

// EndOfService is when what is still open ends: the end of the opening that
// holds t, or, for a report sent while closed, the end of the next one. The
// search ends after 14 days without an opening; then it is a day after t.
func (h Hours) EndOfService(t time.Time, zone *time.Location) time.Time {
	if _, to, open := h.Service(t, zone); open {
		return to
	}
	day := t.In(zone)
	for range 15 {
		best := time.Time{}
		for _, s := range h.on(day) {
			if from := clock(day, s.from); from.After(t) && (best.IsZero() || clock(day, s.to).Before(best)) {
				best = clock(day, s.to)
			}
		}
		if !best.IsZero() {
			return best
		}
		day = day.AddDate(0, 0, 1)
	}
	return t.Add(24 * time.Hour)
}

// Day is the service day ("2026-11-22") that t belongs to: of an opening past
// midnight, the day it began on.
func (h Hours) Day(t time.Time, zone *time.Location) string {
	if from, _, open := h.Service(t, zone); open {
		return from.In(zone).Format(time.DateOnly)
	}
	return t.In(zone).Format(time.DateOnly)
}

// clock is the moment when the venue's clock shows minutes after midnight on
// day's date; minutes may run past the end of the day.
func clock(day time.Time, minutes int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
}

func parseSpan(text string) (span, error) {
	a, b, ok := strings.Cut(text, "-")
	from, err1 := parseClock(a)
	to, err2 := parseClock(b)
	if !ok || err1 != nil || err2 != nil || from >= 24*60 {
		return span{}, fmt.Errorf("opening %q: %w", text, ErrInvalid)
	}
	if to <= from {
		to += 24 * 60
	}
	return span{from, to}, nil
}

func parseClock(s string) (int, error) {
	var h, m int
	if len(s) != 5 || s[2] != ':' {
		return 0, ErrInvalid
	}
	if n, err := fmt.Sscanf(s, "%02d:%02d", &h, &m); err != nil || n != 2 || h < 0 || h > 24 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, errors.Join(ErrInvalid, err)
	}
	return h*60 + m, nil
}

// check says whether every day and every opening can be understood.
func (h Hours) check() error {
	for day, texts := range h.Week {
		known := false
		for _, w := range weekdays {
			known = known || w == day
		}
		if !known {
			return fmt.Errorf("weekday %q: %w", day, ErrInvalid)
		}
		if err := checkSpans(texts); err != nil {
			return err
		}
	}
	for date, texts := range h.Holidays {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("holiday %q: %w", date, ErrInvalid)
		}
		if err := checkSpans(texts); err != nil {
			return err
		}
	}
	return nil
}

func checkSpans(texts []string) error {
	if len(texts) > 6 {
		return ErrInvalid
	}
	for _, text := range texts {
		if _, err := parseSpan(text); err != nil {
			return err
		}
	}
	return nil
}
