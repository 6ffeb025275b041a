package owner

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// days are the weekdays as opening hours name them, Monday first.
var days = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// allDay is how a venue that never closes is written down when it closes on
// holidays: from the break between two service days to the next.
const allDay = "05:00-05:00"

// opening is one opening as people type it: 11:30-15:00, 11.30–15, 17-1.
var opening = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))?\s*[-–—~〜]\s*(\d{1,2})(?:[:.](\d{2}))?$`)

// readHours reads opening hours: by weekday, Monday first, and holidays, a day
// a line. A weekday without any is closed.
func readHours(always bool, week [7]string, holidays string) (feedback.Hours, feedback.Problems) {
	ps := feedback.Problems{}
	h := feedback.Hours{Week: map[string][]string{}, Holidays: map[string][]string{}}
	for i, day := range days {
		spans, ok := readOpenings(week[i])
		switch {
		case always:
			h.Week[day] = []string{allDay}
		case !ok:
			ps["hours_"+day] = "owner.problem.hours"
		case len(spans) > 0:
			h.Week[day] = spans
		}
	}
	if !always && len(ps) == 0 && len(h.Week) == 0 {
		ps["hours_mon"] = "owner.problem.never_open"
	}
	for line := range strings.Lines(web.Latin(feedback.Clean(holidays))) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		date, rest, _ := strings.Cut(line, " ")
		day, ok := readDate(date)
		spans, fine := readOpenings(rest)
		if !ok || !fine {
			ps["holidays"] = "owner.problem.holidays"
			continue
		}
		h.Holidays[day] = spans
	}
	if len(h.Holidays) == 0 {
		h.Holidays = nil
		if always {
			h.Week = nil
		}
	}
	return h, ps
}

// readOpenings reads the openings of one day, between commas; none is closed.
func readOpenings(text string) (spans []string, ok bool) {
	spans = []string{}
	for part := range strings.FieldsFuncSeq(web.Latin(feedback.CleanLine(text)), isComma) {
		m := opening.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, strings.TrimSpace(part) == ""
		}
		from, fine := clock(m[1], m[2])
		to, good := clock(m[3], m[4])
		if !fine || !good || from == "24:00" {
			return nil, false
		}
		spans = append(spans, from+"-"+to)
	}
	return spans, len(spans) <= 6
}

// clock brings a time of day into its one form.
func clock(hour, minute string) (string, bool) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(or(minute, "0"))
	return fmt.Sprintf("%02d:%02d", h, m), m < 60 && h*60+m <= 24*60
}

// readDate reads 2026-12-25 or 25.12.2026.
func readDate(text string) (string, bool) {
	for _, form := range []string{time.DateOnly, "2.1.2006"} {
		if d, err := time.Parse(form, text); err == nil {
			return d.Format(time.DateOnly), true
		}
	}
	return "", false
}

// writeHours is the way back: hours as the form shows them.
func writeHours(h feedback.Hours) (always bool, week [7]string, holidays string) {
	always = true
	for i, day := range days {
		week[i] = strings.Join(h.Week[day], ", ")
		always = always && week[i] == allDay
	}
	if always || h.Always() {
		always, week = true, [7]string{}
	}
	var lines []string
	for _, date := range slices.Sorted(maps.Keys(h.Holidays)) {
		lines = append(lines, strings.TrimSpace(date+" "+strings.Join(h.Holidays[date], ", ")))
	}
	return always, week, strings.Join(lines, "\n")
}
