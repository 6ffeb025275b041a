package staff_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// T17: of 50 substituted stickers every one is flagged, and of the right ones
// none, however they are read: scanned, typed, upper or lower case.
func TestThreat_QuishingIsFoundOnAWalk(t *testing.T) {
	h := open(t)
	at := h.store.For(h.owner, h.venue.ID)
	tables, err := at.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base := &url.URL{Scheme: "https", Host: "makeright.example"}
	codes := map[string]feedback.Code{}
	for _, table := range tables {
		codes[table.ID] = newCode(t, h.store, h.owner, h.venue.ID, table.ID)
	}
	here, other := tables[0], tables[1]
	code := codes[here.ID]
	look := func(text string) feedback.Walk {
		t.Helper()
		w, err := h.desk.Inspect(t.Context(), h.maria, h.venue.ID, here.ID, text, base)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, text := range []string{
		code.Printed(base), code.Address(base), strings.ToLower(code.Address(base)), code.Short, strings.ToLower(code.Short),
		"makeright.example/" + strings.ToLower(code.Short), "makeright.example/t/" + code.Short, code.Short[:4] + "-" + code.Short[4:],
	} {
		if w := look(text); w.Verdict != feedback.StickerRight {
			t.Errorf("%s is %s, want right", text, w.Verdict)
		}
	}
	foreign, theirs := storetest.Venue(t, h.store)
	away := newCode(t, h.store, foreign, theirs.ID, storetest.Table(t, h.store, foreign, theirs.ID, "1").ID)
	path := "/T/" + code.Code
	fakes := []string{
		"https://makeright.example.evil.test" + path, "https://evil.test/makeright.example" + path, "http://makeright.example" + path,
		"https://makeright.example@evil.test" + path, "https://makeright.example:8443" + path, "https://makeright.example" + path + "?next=//evil.test",
		"https://makeright.example" + path + "#x", "https://rnakeright.example" + path, "https://mаkeright.example" + path, "javascript:alert(1)",
		"data:text/html,x", "makeright.example/pay/" + code.Short, "https://makeright.example/sign-in", "WIFI:S:Guest;;", "tel:+391234",
		"://", "https://makeright.example", "https://makeright.example/T/", "https://makeright.example/T/" + strings.Repeat("A", 2000),
		away.Address(base), away.Short, "https://makeright.example" + path + "/x", "https://makeright.example/R/" + code.Code,
	}
	for n := len(fakes); n < 46; n++ {
		fakes = append(fakes, fmt.Sprintf("https://makeright.example/T/%026d", n))
	}
	for _, fake := range fakes {
		if w := look(fake); w.Verdict != feedback.StickerForeign {
			t.Errorf("%.60s is %s, want foreign", fake, w.Verdict)
		}
	}
	swapped := codes[other.ID]
	if w := look(swapped.Address(base)); w.Verdict != feedback.StickerOther || w.Saw != other.Name {
		t.Errorf("the sticker of another table is %s, %q", w.Verdict, w.Saw)
	}
	if w := look(swapped.Short); w.Verdict != feedback.StickerOther {
		t.Errorf("the short code of another table is %s", w.Verdict)
	}
	if w := look(""); w.Verdict != feedback.StickerMissing {
		t.Errorf("no sticker is %s", w.Verdict)
	}
	if err := h.desk.RotateCode(t.Context(), h.boss, h.venue.ID, here.ID); err != nil {
		t.Fatal(err)
	}
	if w := look(code.Address(base)); w.Verdict != feedback.StickerOld {
		t.Errorf("a replaced sticker is %s", w.Verdict)
	}
}

// Staff walk from table to table with a phone in the hand.
func TestWalk(t *testing.T) {
	h := open(t)
	at := h.store.For(h.owner, h.venue.ID)
	tables, err := at.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	code := newCode(t, h.store, h.owner, h.venue.ID, tables[0].ID)
	b, walk := h.as(t, h.maria), h.board()+"/walk"
	doc := b.get(t, walk).page(t)
	if got := doc.Find(`input[name="table"]`).AttrOr("value", ""); got != tables[0].ID {
		t.Fatalf("begins at %q, want the first table", got)
	}
	b.post(t, walk, "table", tables[0].ID, "sticker", code.Short).leadsTo(t, walk)
	doc = b.get(t, walk).page(t)
	if doc.Find("main > .note.right").Length() != 1 || doc.Find(`input[name="table"]`).AttrOr("value", "") != tables[1].ID {
		t.Errorf("after the right sticker: %s", doc.Find("main").Text())
	}
	b.post(t, walk, "table", tables[1].ID, "sticker", " ").wants(t, http.StatusUnprocessableEntity)
	b.post(t, walk, "table", tables[1].ID, "found", "elsewhere").leadsTo(t, walk)
	if doc = b.get(t, walk).page(t); doc.Find("main > .note.late[role=alert]").Length() != 1 {
		t.Errorf("after a foreign one: %s", doc.Find("main").Text())
	}
	b.post(t, walk, "table", tables[2].ID, "found", "missing").leadsTo(t, walk)
	if doc = b.get(t, walk).page(t); doc.Find("main form[action$=walk]").Length() != 0 {
		t.Error("all tables were looked at, and it asks for more")
	}
	h.clock.advance(13 * time.Hour)
	if doc = h.as(t, h.jonas).get(t, walk).page(t); doc.Find("main form[action$=walk]").Length() != 1 {
		t.Error("the next walk does not begin")
	}
}

// newCode gives a table a code that is printed.
func newCode(t *testing.T, s *store.Store, owner feedback.Actor, venue, table string) feedback.Code {
	t.Helper()
	text := web.NewToken()
	code := feedback.Code{ID: storetest.ID(), TableID: table, Code: text, Short: text[:8], CreatedAt: storetest.Epoch}
	storetest.Write(t, s, func(tx store.Tx) error { return tx.At(owner, venue).AddCode(t.Context(), code) })
	return code
}
