package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// flood sends n reports to a table that are over its quota; they have one id of
// a burst.
func (h *house) flood(t *testing.T, n int) (ids []string, burst string) {
	t.Helper()
	codes, err := h.desk.TableCodes(t.Context(), h.owner, h.venue.ID)
	must(t, err)
	if len(codes) == 0 {
		tables, err := h.store.For(h.owner, h.venue.ID).Tables(t.Context())
		must(t, err)
		must(t, h.desk.RotateCode(t.Context(), h.owner, h.venue.ID, tables[0].ID))
		codes, err = h.desk.TableCodes(t.Context(), h.owner, h.venue.ID)
		must(t, err)
	}
	for range n {
		r, err := h.desk.Submit(t.Context(), desk.NewReport{Code: codes[0].Code, Rating: 1, Words: "Forged.", Language: "en", Marked: true})
		must(t, err)
		ids = append(ids, r.ID)
	}
	return ids, h.now(t, ids[0]).BurstID
}

// Of a burst one ticket stands for all, and grows; when somebody acts on it, or
// a manager judges the burst, screens look again.
func TestBoard_OneTicketForABurst(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	screen := h.watch(t, base, h.as(t, h.maria), h.head(t))
	screen.next(t, "now")
	ids, burst := h.flood(t, 3)
	var last shown
	for last.Sort == 0 || !strings.Contains(last.HTML, "and 2 more at once") {
		if last = screen.next(t, "ticket").ticket(t); last.ID != ids[0] || last.Lane != "check" {
			t.Fatalf("on the board: %+v, want the first alone", last)
		}
	}
	maria := h.as(t, h.maria)
	cards := func(want string) {
		t.Helper()
		doc := maria.get(t, h.board()).wants(t, http.StatusOK).page(t)
		var got []string
		for _, id := range ids {
			if doc.Find("[data-lane=check] #t-"+id).Length() > 0 {
				got = append(got, id)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("the lane shows %q, want %q", got, want)
		}
	}
	cards(ids[0])
	must(t, h.desk.Take(t.Context(), h.maria, h.venue.ID, ids[0], ""))
	screen.next(t, "reset")
	cards(ids[1])
	must(t, h.desk.MarkBurst(t.Context(), h.boss, h.venue.ID, burst))
	screen.next(t, "reset")
	cards("")
	must(t, h.desk.ClearBurst(t.Context(), h.boss, h.venue.ID, burst))
	screen.next(t, "reset")
	cards(ids[1])
	h.as(t, h.boss).get(t, h.about(ids[1])).wants(t, http.StatusOK).says(t, "marked this burst as abuse")
}

// T18: what a manager takes from the floor leaves the screens of staff at once,
// and its page is not there for them.
func TestOffFloor_LeavesTheScreens(t *testing.T) {
	h := open(t)
	base := h.serve(t)
	id := h.report(t, "12", "Terrible words.")
	screen := h.watch(t, base, h.as(t, h.maria), h.head(t))
	screen.next(t, "now")
	boss, maria := h.as(t, h.boss), h.as(t, h.maria)
	maria.post(t, h.about(id)+"/off").wants(t, http.StatusForbidden)
	boss.post(t, h.about(id)+"/off", "back", "issue").leadsTo(t, h.about(id)+"?did=off_floor&r="+id)
	if e := screen.next(t, "reset"); strings.Contains(e.data, id) {
		t.Errorf("staff are sent %q", e.data)
	}
	maria.get(t, h.about(id)).wants(t, http.StatusNotFound)
	boss.get(t, h.about(id)).wants(t, http.StatusOK).says(t, "hid this from the floor")
	boss.post(t, h.about(id)+"/on", "back", "issue")
	if got := screen.next(t, "ticket").ticket(t); got.ID != id || got.Lane != "waiting" {
		t.Errorf("given back to the floor: %+v", got)
	}
	maria.get(t, h.about(id)).wants(t, http.StatusOK)
	if got := h.now(t, id); got.OffFloor || got.Status != feedback.Open {
		t.Errorf("given back: %+v", got)
	}
}
