package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"makeright/internal/feedback"
)

// packed is the first byte of a pack: how the rest is written.
const packed = 2

var errPack = errors.New("a day of figures cannot be read")

// codec writes the fields of a report into a pack, or reads them from it, so
// that both go over the same list of fields.
type codec interface {
	id(*string)
	word(*string) // one of few
	words(*[]string)
	num(*int64)
	small(*int)
	moment(at *time.Time, after time.Time)
}

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

// unpackDays reads the facts of days' packs into room, if that is enough, and leaves
// some for more, so that none is copied.
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
	clear(rs)
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

// unpackAll reads what packAll wrote.
func unpackAll[T any](data []byte, facts func(*T, codec)) ([]T, error) {
	r, n, err := readPack(data)
	if err != nil {
		return nil, err
	}
	all := make([]T, n)
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

// writing is the codec that writes.
type writing struct {
	out    []byte
	list   []string
	places map[string]uint64
}

// whole is the pack of n things that were written.
func (w *writing) whole(n int) []byte {
	out := binary.AppendUvarint([]byte{packed}, uint64(len(w.list)))
	for _, word := range w.list {
		out = binary.AppendUvarint(out, uint64(len(word)))
		out = append(out, word...)
	}
	return append(binary.AppendUvarint(out, uint64(n)), w.out...)
}

func (w *writing) put(n uint64) { w.out = binary.AppendUvarint(w.out, n) }

func (w *writing) id(id *string) {
	if u, err := uuid.Parse(*id); err == nil && u.String() == *id {
		w.out = append(append(w.out, 1), u[:]...)
		return
	}
	w.put(0)
	w.word(id)
}

func (w *writing) word(s *string) {
	place, known := w.places[*s]
	if !known {
		place = uint64(len(w.list))
		w.places[*s], w.list = place, append(w.list, *s)
	}
	w.put(place)
}

func (w *writing) words(list *[]string) {
	w.put(uint64(len(*list)))
	for i := range *list {
		w.word(&(*list)[i])
	}
}

func (w *writing) num(n *int64) { w.out = binary.AppendVarint(w.out, *n) }

func (w *writing) small(n *int) { w.out = binary.AppendVarint(w.out, int64(*n)) }

func (w *writing) moment(at *time.Time, after time.Time) {
	if at.IsZero() {
		w.put(0)
		return
	}
	w.put(1)
	w.out = binary.AppendVarint(w.out, at.UnixMilli()-after.UnixMilli())
}

// reading is the codec that reads. What is cut short makes it bad.
type reading struct {
	in   []byte
	list []string
	bad  bool

	count int // of what is in the pack
	// What is read piece by piece would be thousands of small ones.
	ids   strings.Builder // the texts of ids
	named []*string       // which end gives them to
	room  []string        // for lists of words
}

// roomAtOnce is for how many words of lists room is made.
const roomAtOnce = 64

// idLength is that of the text of a UUID.
const idLength = 36

// end gives ids to whom they belong, and fails when what was read is not whole.
func (r *reading) end() error {
	if r.bad || len(r.in) > 0 {
		return errPack
	}
	ids := r.ids.String()
	for i, id := range r.named {
		*id = ids[i*idLength : (i+1)*idLength]
	}
	return nil
}

func (r *reading) next() uint64 {
	n, size := binary.Uvarint(r.in)
	if size <= 0 {
		r.bad, r.in = true, nil
		return 0
	}
	r.in = r.in[size:]
	return n
}

// many is next for how many things follow, each of a byte at least.
func (r *reading) many() int {
	n := r.next()
	if n > uint64(len(r.in)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reading) bytes(n uint64) []byte {
	if n > uint64(len(r.in)) {
		r.bad = true
		return nil
	}
	out := r.in[:n]
	r.in = r.in[n:]
	return out
}

func (r *reading) id(id *string) {
	if r.next() == 0 {
		r.word(id)
		return
	}
	u := r.bytes(16)
	if u == nil {
		return
	}
	if r.named == nil {
		r.ids.Grow(r.count * idLength)
		r.named = make([]*string, 0, r.count)
	}
	var text [idLength]byte
	for i, begin := range [...]int{0, 4, 6, 8, 10} {
		hex.Encode(text[2*begin+i:], u[begin:[...]int{4, 6, 8, 10, 16}[i]])
		if i > 0 {
			text[2*begin+i-1] = '-'
		}
	}
	r.ids.Write(text[:])
	r.named = append(r.named, id)
}

func (r *reading) word(s *string) {
	place := r.next()
	if place >= uint64(len(r.list)) {
		r.bad = true
		return
	}
	*s = r.list[place]
}

func (r *reading) words(list *[]string) {
	n := r.many()
	if n == 0 {
		return
	}
	if len(r.room) < n {
		r.room = make([]string, max(n, roomAtOnce))
	}
	*list, r.room = r.room[:n:n], r.room[n:]
	for i := range n {
		r.word(&(*list)[i])
	}
}

func (r *reading) num(n *int64) {
	v, size := binary.Varint(r.in)
	if size <= 0 {
		r.bad, r.in = true, nil
		return
	}
	*n, r.in = v, r.in[size:]
}

func (r *reading) small(n *int) {
	var wide int64
	r.num(&wide)
	*n = int(wide)
}

func (r *reading) moment(at *time.Time, after time.Time) {
	if r.next() == 0 {
		return
	}
	var ms int64
	r.num(&ms)
	*at = time.UnixMilli(after.UnixMilli() + ms).UTC()
}
