package store

// maxHeads bounds the ends of timelines that the writer remembers.
const maxHeads = 10_000

// heads are the ends of timelines as the writer, the only one who appends on
// SQLite, wrote them last, so that an event needs not ask for the one before.
// What did not come to stay must be forgotten: see [writer].
type heads struct {
	kept    map[string]head
	version int64 // of the file, as SQLite counts the changes of others
}

type head struct {
	seq  int64
	hash []byte
}

// of is the end of a venue's timeline, if it is known.
func (h *heads) of(venue string) (head, bool) {
	if h == nil {
		return head{}, false
	}
	end, ok := h.kept[venue]
	return end, ok
}

func (h *heads) keep(venue string, end head) {
	if h == nil {
		return
	}
	if len(h.kept) >= maxHeads {
		clear(h.kept)
	}
	h.kept[venue] = end
}

func (h *heads) forget() { clear(h.kept) }

// seen forgets everything when another program has written to the file, and
// says so.
func (h *heads) seen(version int64) (others bool) {
	if version == h.version {
		return false
	}
	h.version = version
	h.forget()
	return true
}
