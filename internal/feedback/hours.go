package feedback

import (
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

// dayBreak is where a service day ends for venues that never close, in minutes
// after midnight: late parties belong to the evening they began in.
const dayBreak = 5 * 60

// Always says whether the venue never closes.
func (h Hours) Always() bool { return len(h.Week) == 0 && len(h.Holidays) == 0 }

// span is one opening, in minutes after the midnight it starts on.
type span struct{ from, to int }

// on returns the openings that start on a day.
func (h Hours) on(day date) []span {
	texts, special := h.Holidays[day.String()]
	if !special {
		texts = h.Week[weekdays[time.Time(day).Weekday()]]
	}
	return readSpans(nil, texts)
}

// always is the opening of a venue that never closes, on every day.
var always = span{dayBreak, dayBreak + 24*60}

// spans are all openings there are, whatever the day.
func (h Hours) spans() (all []span) {
	if h.Always() {
		return []span{always}
	}
	for _, days := range []map[string][]string{h.Week, h.Holidays} {
		for _, texts := range days {
			all = readSpans(all, texts)
		}
	}
	return all
}

// readSpans adds openings to spans; what is none is left out.
func readSpans(spans []span, texts []string) []span {
	for _, text := range texts {
		if s, err := parseSpan(text); err == nil {
			spans = append(spans, s)
		}
	}
	return spans
}

// name is when it begins.
func (s span) name() string { return fmt.Sprintf("%02d:%02d", s.from/60, s.from%60) }

// Service returns the opening that holds t, and false when the venue is closed
// then. Start and end are real moments: an opening over a clock change is an
// hour shorter or longer. A venue that never closes is open from day break to
// day break.
func (h Hours) Service(t time.Time, zone *time.Location) (from, to time.Time, open bool) {
	_, from, to, open = h.service(t, zone)
	return from, to, open
}

// service is Service with the day that the opening began on.
func (h Hours) service(t time.Time, zone *time.Location) (day date, from, to time.Time, open bool) {
	today := dateOf(t, zone)
	for _, day := range []date{today, today.plus(-1)} {
		spans := h.on(day)
		if h.Always() {
			spans = []span{always}
		}
		for _, s := range spans {
			from, to = day.begins(s, zone), day.ends(s, zone)
			if !t.Before(from) && t.Before(to) {
				return day, from, to, true
			}
		}
	}
	return today, time.Time{}, time.Time{}, false
}

// EndOfService is when what is still open ends: the end of the opening that
// holds t, or, for a report sent while closed, the end of the next one. Without
// one in 14 days it is a day after t.
func (h Hours) EndOfService(t time.Time, zone *time.Location) time.Time {
	if _, to, open := h.Service(t, zone); open {
		return to
	}
	if _, to, soon := h.next(t, zone); soon {
		return to
	}
	return t.Add(24 * time.Hour)
}

// OpenFrom is the first moment from t on at which the venue is open: t itself,
// or the start of the next opening. Without one in 14 days it is t.
func (h Hours) OpenFrom(t time.Time, zone *time.Location) time.Time {
	if _, _, open := h.Service(t, zone); open {
		return t
	}
	if from, _, soon := h.next(t, zone); soon {
		return from
	}
	return t
}

// next is the first opening after t within 14 days.
func (h Hours) next(t time.Time, zone *time.Location) (from, to time.Time, soon bool) {
	day := dateOf(t, zone)
	for range 15 {
		for _, s := range h.on(day) {
			a, b := day.begins(s, zone), day.ends(s, zone)
			if a.After(t) && b.After(a) && (!soon || b.Before(to)) {
				from, to, soon = a, b, true
			}
		}
		if soon {
			return from, to, true
		}
		day = day.plus(1)
	}
	return time.Time{}, time.Time{}, false
}

// Day is the service day ("2026-11-22") that t belongs to: of an opening past
// midnight, the day it began on.
func (h Hours) Day(t time.Time, zone *time.Location) string {
	day, _, _, _ := h.service(t, zone)
	return day.String()
}

// Begin is the first moment of a service day ("2026-11-22"): its midnight, or
// the end of an opening that ran past it. It is zero for what is no day.
func (h Hours) Begin(day string, zone *time.Location) time.Time {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	at, _ := date(d).clock(0, zone)
	for range 6 { // as many as openings may be linked up
		_, to, open := h.Service(at, zone)
		if !open || h.Day(at, zone) >= day {
			break
		}
		at = to
	}
	for _, s := range h.on(date(d)) { // it may begin before another ends
		if from := date(d).begins(s, zone); from.Before(at) && from.Before(date(d).ends(s, zone)) {
			at = from
		}
	}
	return at
}

// date is a day of the calendar: its midnight in UTC, where every day has one.
type date time.Time

func dateOf(t time.Time, zone *time.Location) date {
	y, m, d := t.In(zone).Date()
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func (d date) plus(days int) date { return date(time.Time(d).AddDate(0, 0, days)) }

func (d date) String() string { return time.Time(d).Format(time.DateOnly) }

// clock is when the clocks of a zone first and last show minutes after midnight of
// the day, which is twice where they are put back; minutes may run past its end. A
// time that they skip is the moment when they skip it, so that later times never come
// first.
func (d date) clock(minutes int, zone *time.Location) (first, last time.Time) {
	shown := time.Time(d).Add(time.Duration(minutes) * time.Minute)
	y, m, day := shown.Date()
	t := time.Date(y, m, day, shown.Hour(), shown.Minute(), 0, 0, zone)
	begin, end := t.ZoneBounds()
	switch wall := wallOf(t); {
	case wall.After(shown):
		return begin, begin
	case wall.Before(shown):
		return end, end
	}
	first, last = t, t
	if before := t.Add(offsetOf(t) - offsetOf(begin.Add(-1))); !begin.IsZero() && before.Before(begin) && wallOf(before).Equal(shown) {
		first = before
	}
	if after := t.Add(offsetOf(t) - offsetOf(end)); !end.IsZero() && !after.Before(end) && wallOf(after).Equal(shown) {
		last = after
	}
	return first, last
}

// begins is when an opening that begins on the day does, ends when it ends: at an hour
// that the clocks show twice it is open both times.
func (d date) begins(s span, zone *time.Location) time.Time {
	first, _ := d.clock(s.from, zone)
	return first
}

func (d date) ends(s span, zone *time.Location) time.Time {
	_, last := d.clock(s.to, zone)
	return last
}

// wallOf is what the clocks show at t, as if it were UTC.
func wallOf(t time.Time) time.Time { return t.Add(offsetOf(t)).UTC() }

func offsetOf(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
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
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") { // it also reads 9:30
		return 0, ErrInvalid
	}
	return t.Hour()*60 + t.Minute(), nil
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
