package store

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
)

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
