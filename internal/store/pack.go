package store

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"makeright/internal/feedback"
)

// packed is the first byte of a pack: how the rest is written.
const packed = 2

var errPack = errors.New("a day of figures cannot be read: makeright recount makes them again")

// packFacts goes over what figures need to know of a report: nothing that a guest
// wrote. To add a field, give the pack another first byte and rebuild.
func packFacts(c codec, r *feedback.Fact) {
	c.id(&r.ID)
	c.word(&r.TableID)
	c.word((*string)(&r.Kind))
	c.word((*string)(&r.Status))
	c.words(&r.Causes)
	c.word(&r.Handling)
	c.word(&r.Language)
	c.word((*string)(&r.Trust))
	c.word(&r.Server)
	c.words(&r.Actions)
	c.word(&r.Reason)
	c.word((*string)(&r.Verdict))
	c.word(&r.Closing)
	c.word(&r.Moment)
	c.small(&r.Hour)
	c.num(&r.Cost)
	c.moment(&r.CreatedAt, time.UnixMilli(0))
	for _, at := range []*time.Time{&r.TakenAt, &r.AnsweredAt, &r.EndedAt, &r.DueAt, &r.Since} {
		c.moment(at, r.CreatedAt)
	}
}

// pack writes the facts of a day's reports, in the order of their ids.
func pack(rs []feedback.Fact) []byte {
	byID(rs)
	w := writing{places: map[string]uint64{}}
	for i := range rs {
		packFacts(&w, &rs[i])
	}
	return w.whole(len(rs))
}

// appended is a day's pack with newer reports at its end, when they belong there:
// their ids come after all of its own. It is what pack makes of all of them,
// without reading each.
func appended(data []byte, newer []feedback.Fact) (out []byte, ok bool, err error) {
	old, n, err := readPack(data)
	if err != nil {
		return nil, false, err
	}
	body := old.in
	last, none := passing{reading: old}, feedback.Fact{}
	for range n {
		packFacts(&last, &none)
	}
	if err := old.end(); err != nil {
		return nil, false, err
	}
	byID(newer)
	if first, err := uuid.Parse(newer[0].ID); err != nil || first.String() != newer[0].ID || n > 0 && (!last.plain || bytes.Compare(last.last[:], first[:]) >= 0) {
		return nil, false, nil
	}
	w := writing{out: slices.Clone(body), places: make(map[string]uint64, len(old.list)), list: old.list}
	for place, word := range old.list {
		w.places[word] = uint64(place)
	}
	for i := range newer {
		packFacts(&w, &newer[i])
	}
	return w.whole(n + len(newer)), true, nil
}

// byID sorts reports as packs have them.
func byID(rs []feedback.Fact) {
	slices.SortFunc(rs, func(a, b feedback.Fact) int { return cmp.Compare(a.ID, b.ID) })
}

// passing is the codec that passes over what is written, and keeps only the last
// id.
type passing struct {
	*reading
	last  uuid.UUID
	plain bool // it is one
}

func (p *passing) id(*string) {
	if p.plain = p.next() == 1; p.plain {
		copy(p.last[:], p.bytes(16))
	} else {
		p.next()
	}
}

func (p *passing) word(*string) { p.next() }

func (p *passing) words(*[]string) {
	for range p.many() {
		p.next()
	}
}

func (p *passing) moment(*time.Time, time.Time) {
	if p.next() != 0 {
		p.next()
	}
}

// unpack reads the reports of a day's pack.
func unpack(day string, data []byte) ([]feedback.Fact, error) {
	return unpackDays([]dayPack{{Day: day, Data: data}}, nil, 0)
}

// unpackDays reads the facts of days' packs into room, which is empty and may be too
// small, and leaves some for more, so that none is copied.
func unpackDays(packs []dayPack, room []feedback.Fact, more int) ([]feedback.Fact, error) {
	bodies, counts := make([]*reading, len(packs)), make([]int, len(packs))
	total := 0
	for i, p := range packs {
		var err error
		if bodies[i], counts[i], err = readPack(p.Data); err != nil {
			return nil, known(err, "figures of "+p.Day)
		}
		total += counts[i]
	}
	if cap(room) < total+more {
		room = make([]feedback.Fact, total+more)
	}
	rs := room[:total]
	rest := rs
	for i, p := range packs {
		for n := range counts[i] {
			rest[n].Day = p.Day
			packFacts(bodies[i], &rest[n])
		}
		rest = rest[counts[i]:]
		if err := bodies[i].end(); err != nil {
			return nil, known(err, "figures of "+p.Day)
		}
	}
	return rs, nil
}

// packAll writes facts of any kind.
func packAll[T any](all []T, facts func(*T, codec)) []byte {
	w := writing{places: map[string]uint64{}}
	for i := range all {
		facts(&all[i], &w)
	}
	return w.whole(len(all))
}

// unpackAll reads what packAll wrote, into room if that is enough.
func unpackAll[T any](data []byte, room []T, facts func(*T, codec)) ([]T, error) {
	r, n, err := readPack(data)
	if err != nil {
		return nil, err
	}
	if cap(room) < n {
		room = make([]T, n)
	}
	all := room[:n]
	clear(all)
	for i := range all {
		facts(&all[i], r)
	}
	return all, r.end()
}

// readPack reads the head of a pack, and how many things follow.
func readPack(data []byte) (r *reading, n int, err error) {
	if len(data) == 0 || data[0] != packed {
		return nil, 0, errPack
	}
	r = &reading{in: data[1:]}
	again := reading{}
	r.list = make([]string, r.many())
	again.in = r.in
	for range r.list {
		r.bytes(r.next())
	}
	if r.bad {
		return nil, 0, errPack
	}
	words := string(again.in[:len(again.in)-len(r.in)]) // one piece for all of them
	for i := range r.list {
		size := int(again.next())
		begin := len(words) - (len(again.in) - len(r.in))
		r.list[i] = words[begin : begin+size]
		again.bytes(uint64(size))
	}
	r.count = r.many()
	return r, r.count, nil
}
