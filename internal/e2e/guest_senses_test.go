package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"makeright/internal/feedback"
)

// tabTo moves on with the tab key until something has the focus, and fails when
// the focus cannot be seen on the way.
func (w *window) tabTo(selector string) {
	w.t.Helper()
	for range 60 {
		w.do(chromedp.KeyEvent(kb.Tab))
		at := w.ask(`(() => {
			const e = document.activeElement, shown = e.closest('.pick') ? e.nextElementSibling : e;
			if (e.matches('` + selector + `')) return 'here';
			return e === document.body || getComputedStyle(shown).outlineStyle !== 'none' ? '' : e.outerHTML;
		})()`)
		switch at {
		case "":
			continue
		case "here":
			return
		}
		w.t.Errorf("the focus is not seen on %s", at)
	}
	w.t.Fatalf("%s is not reached with the keyboard (picture: %s)", selector, w.picture("keyboard"))
}

// A guest who has only a keyboard says what is wrong, writes, and answers
// whether it was put right.
func TestGuestPages_WithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 1024, 768, true)
	w.visit(r.base + "/T/" + r.code)
	w.tabTo("[name=rating]")
	w.do(chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.ArrowRight))
	w.tabTo(".urgent summary")
	w.tabTo("[name=causes][value=cold]")
	w.do(chromedp.KeyEvent(" "))
	w.tabTo("[name=words]")
	w.do(chromedp.KeyEvent("Cold soup"))
	w.tabTo("[name=handling]")
	w.do(chromedp.KeyEvent(" "))
	w.tabTo(".sendbar button")
	w.do(chromedp.KeyEvent(kb.Enter))
	w.seesIn("#l-head", "Your note is saved")
	reports, err := r.store.For(r.owner, r.venue.ID).Reports(t.Context(), everything)
	r.must(err)
	if len(reports) != 1 || reports[0].Rating != 2 || reports[0].Words != "Cold soup" || !slices.Contains(reports[0].Causes, "cold") || reports[0].Handling != feedback.ComeOver {
		t.Fatalf("reports = %+v", reports)
	}
	w.tabTo("#say textarea")
	w.do(chromedp.KeyEvent("Still here"))
	w.tabTo("#say button")
	w.do(chromedp.KeyEvent(kb.Enter))
	w.seesIn("#l-talk", "Still here")
	r.round(reports[0].ID, r.maria)
	w.seesIn("#l-ask", "Not yet")
	w.tabTo("[name=verdict][value=yes]")
	w.do(chromedp.KeyEvent(kb.Enter))
	w.seesIn("#l-head", "Thank you for telling us")
}

// A screen reader hears the five faces as one group of choices, each with its
// word, and everything that can be pressed has a name.
func TestGuestPages_ReadAloud(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 390, 844, true)
	for _, p := range r.pages() {
		if strings.Contains(p.path, "frame=1") {
			continue
		}
		w.shows(r.base, p, "en")
		tree := w.tree()
		for _, n := range tree {
			if role, name := said(n.Role), said(n.Name); name == "" && slices.Contains([]string{"button", "link", "radio", "checkbox", "textbox", "combobox", "radiogroup"}, role) {
				t.Errorf("%s: a %s has no name", p.name, role)
			}
		}
		if p.name != "form" {
			continue
		}
		if got := faces(tree, "How is everything?"); got != "Bad, Poor, Okay, Good, Great" {
			t.Errorf("the faces are heard as %q", got)
		}
	}
}

// tree is the page as a screen reader has it.
func (w *window) tree() (nodes []*accessibility.Node) {
	w.t.Helper()
	w.do(chromedp.ActionFunc(withTree(&nodes)))
	return nodes
}

// faces are the radio buttons of the group of a name.
func faces(tree []*accessibility.Node, group string) string {
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree {
		byID[n.NodeID] = n
	}
	var names []string
	var walk func(*accessibility.Node)
	walk = func(n *accessibility.Node) {
		if said(n.Role) == "radio" {
			names = append(names, said(n.Name))
		}
		for _, id := range n.ChildIDs {
			if child := byID[id]; child != nil {
				walk(child)
			}
		}
	}
	for _, n := range tree {
		if said(n.Role) == "radiogroup" && said(n.Name) == group {
			walk(n)
		}
	}
	return strings.Join(names, ", ")
}

// Whoever asks for less motion gets none; others get some.
func TestGuestPages_StandStillWhenAsked(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 390, 844, true)
	status := "/R/" + r.desk.StatusToken(r.waits())
	for _, p := range []guestPage{{"form", "/T/" + r.code, chooseAll, ".who-f"}, {"sent", status, "", ".now"}} {
		for motion, want := range map[string]string{"reduce": "still", "no-preference": "moves"} {
			w.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: motion}}))
			w.shows(r.base, p, "en")
			if got := w.ask(`document.getAnimations().some((a) => !(a instanceof CSSTransition)) ? 'moves' : 'still'`); got != want {
				t.Errorf("%s with %s: %s", p.name, motion, got)
			}
		}
	}
}
