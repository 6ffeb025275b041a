package desk_test

import (
	"errors"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
)

// New codes for one area leave those of others alone; the old ones work for as long as was
// said.
func TestRotateCodes_OfOneArea(t *testing.T) {
	h := newHouse(t)
	old := h.codeOf(t, h.second.ID)
	n, err := h.RotateCodes(t.Context(), h.manager, h.venue.ID, "Terrace", time.Hour)
	must(t, err)
	fresh := h.codeOf(t, h.second.ID)
	if n != 1 || fresh.Code == old.Code || h.codeOf(t, h.table.ID).Code != h.code.Code {
		t.Errorf("%d tables have new codes, want the one on the terrace alone", n)
	}
	by := func(code string) error {
		in := h.complaint()
		in.Code = code
		_, err := h.Submit(t.Context(), in)
		return err
	}
	must(t, by(old.Code))
	h.clk.advance(time.Hour)
	if err := by(old.Code); !errors.Is(err, feedback.ErrNotFound) {
		t.Errorf("the old code after its hour: %v, want ErrNotFound", err)
	}
	must(t, by(fresh.Code))
}

// What is typed is trusted as what is scanned, on a table and on a receipt, and a receipt
// says for a day what its table's code says.
func TestShortCode_IsTrustedAsTheOneBesideIt(t *testing.T) {
	h := newHouse(t)
	by := func(code feedback.Code, trust feedback.Trust, visit string) {
		t.Helper()
		for _, text := range []string{code.Code, code.Short} {
			if r, _ := h.send(t, func(in *desk.NewReport) { in.Code = text }); r.Trust != trust || r.VisitID != visit || r.CodeID != code.ID {
				t.Errorf("by %s: trust %s, visit %q; want %s, %q", text, r.Trust, r.VisitID, trust, visit)
			}
		}
	}
	by(h.code, feedback.TrustTable, "")
	visit := h.opened(t, desk.NewVisit{})
	receipt := h.visitCode(t, visit)
	by(receipt, feedback.TrustVisit, visit)
	by(h.code, feedback.TrustOpenTable, visit)
	h.clk.advance(24*time.Hour - time.Second)
	by(receipt, feedback.TrustVisit, visit)
	h.clk.advance(time.Second)
	in := h.complaint()
	in.Code = receipt.Short
	if _, err := h.Submit(t.Context(), in); !errors.Is(err, feedback.ErrGone) {
		t.Errorf("a day after opening: %v, want ErrGone", err)
	}
}
