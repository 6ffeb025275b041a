package crash

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
)

// sector is what a disk writes as a whole.
const sector = 512

// disk is a directory as a power cut would leave it: what was synced is there,
// and of everything after that any part may be.
type disk struct {
	names map[string]*node // names that were synced
	seen  map[string]*node // names as the program sees them
	loose []loose          // in the order in which it happened
}

// node is a file without its name: what was synced of it.
type node struct{ data []byte }

// loose is an op that was not synced, with the file it is about.
type loose struct {
	op
	node *node
}

// newDisk is a disk on which files lie safely.
func newDisk(files map[string][]byte) *disk {
	d := &disk{names: map[string]*node{}, seen: map[string]*node{}}
	for name, data := range files {
		d.names[name] = &node{bytes.Clone(data)}
	}
	maps.Copy(d.seen, d.names)
	return d
}

// do takes one op. What is told is no business of the disk.
func (d *disk) do(o op) {
	n := d.seen[o.file]
	switch o.kind {
	case create:
		if n != nil {
			return // it was there
		}
		n = &node{}
		d.seen[o.file] = n
	case remove:
		delete(d.seen, o.file)
	case fsync:
		d.settle(func(l loose) bool { return l.node == n && (l.kind == write || l.kind == truncate) && l.at < o.from })
		return
	case fsyncDir:
		d.settle(func(l loose) bool { return (l.kind == create || l.kind == remove) && l.at < o.from })
		return
	case answer, show:
		return
	case write, truncate:
		if n == nil {
			return // removed, but still open: nobody will find it
		}
	}
	d.loose = append(d.loose, loose{o, n})
}

// settle makes loose ops safe.
func (d *disk) settle(which func(loose) bool) {
	d.loose = slices.DeleteFunc(d.loose, func(l loose) bool {
		if !which(l) {
			return false
		}
		switch l.kind {
		case create:
			d.names[l.file] = l.node
		case remove:
			delete(d.names, l.file)
		default:
			l.node.data = l.apply(l.node.data)
		}
		return true
	})
}

// apply changes the content of a file.
func (o op) apply(data []byte) []byte {
	end := o.offset
	if o.kind == write {
		end += int64(len(o.data))
	}
	if missing := end - int64(len(data)); missing > 0 {
		data = append(data, make([]byte, missing)...)
	}
	if o.kind == truncate {
		return data[:o.offset]
	}
	copy(data[o.offset:], o.data)
	return data
}

// way is how a power cut treats an op that was not synced: it returns the parts
// that reached the disk.
type way func(loose) []op

// nothing loses all that was not synced.
func nothing(loose) []op { return nil }

// everything loses nothing: the program ended, but not the power.
func everything(l loose) []op { return []op{l.op} }

// some keeps half of it by chance.
func some(r *rand.Rand) way {
	return func(l loose) []op {
		if r.IntN(2) == 0 {
			return nil
		}
		return []op{l.op}
	}
}

// torn keeps half of the sectors of each write by chance.
func torn(r *rand.Rand) way {
	return func(l loose) (parts []op) {
		if l.kind != write {
			return some(r)(l)
		}
		for _, s := range sectors(l.op) {
			if r.IntN(2) == 0 {
				parts = append(parts, s)
			}
		}
		return parts
	}
}

// sectors divides a write where the disk may tear it.
func sectors(o op) (parts []op) {
	for len(o.data) > 0 {
		n := min(sector-o.offset%sector, int64(len(o.data)))
		part := o
		part.data = o.data[:n]
		parts = append(parts, part)
		o.offset, o.data = o.offset+n, o.data[n:]
	}
	return parts
}

// cut returns the files that a power cut leaves now. The disk itself goes on.
func (d *disk) cut(w way) map[string][]byte {
	names, changed := maps.Clone(d.names), map[*node][]byte{}
	for _, l := range d.loose {
		for _, part := range w(l) {
			switch l.kind {
			case create:
				names[l.file] = l.node
			case remove:
				delete(names, l.file)
			default:
				data, ok := changed[l.node]
				if !ok {
					data = bytes.Clone(l.node.data)
				}
				changed[l.node] = part.apply(data)
			}
		}
	}
	files := map[string][]byte{}
	for name, n := range names {
		data, ok := changed[n]
		if !ok {
			data = bytes.Clone(n.data)
		}
		files[name] = data
	}
	return files
}
