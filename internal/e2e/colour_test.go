package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// colourAlone lists what a page tells by colour alone: a mark in a colour of
// state that has neither words nor a drawing, two marks of one kind that differ
// by such a colour only, and keys of a chart that are the same in grey.
const colourAlone = `(() => {
	const probe = document.body.appendChild(document.createElement('i')), state = new Set();
	for (const name of ['right', 'right-soft', 'soon', 'soon-soft', 'late', 'late-soft', 'c-bad', 'h1', 'h2', 'h3', 'h4']) {
		probe.style.background = 'var(--' + name + ')';
		const at = getComputedStyle(probe).backgroundColor;
		if (at !== 'rgba(0, 0, 0, 0)') state.add(at);
	}
	probe.remove();
	const wrong = [], kinds = {};
	const words = (e) => (e.textContent + ' ' + (e.ariaLabel || '') + ' ' + (e.title || '')).trim().replace(/\s+/g, ' ');
	const drawn = (e) => [...e.querySelectorAll('path')].map((p) => p.getAttribute('d')).join();
	for (const e of document.querySelectorAll('body *')) {
		if (!e.checkVisibility() || e.closest('svg') || e.matches('progress, .vh, .vh *, .switch')) continue;
		const colour = getComputedStyle(e).backgroundColor;
		if (!state.has(colour)) continue;
		const says = words(e), shape = drawn(e), where = e.tagName + '.' + e.className;
		if (!says && !shape && !e.closest('label')) wrong.push(where + ' has no words');
		const kind = e.tagName + '.' + (e.classList[0] || '').replace(/^h\d$/, 'h') + ' ' + says + shape;
		if (says && kinds[kind] && kinds[kind] !== colour && e.matches('.tag, .note, .heat td, .banner')) wrong.push(where + ' "' + says + '" has two colours');
		kinds[kind] = colour;
	}
	const grey = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map((n) => (n / 255) ** 2.2); return .2126 * r + .7152 * g + .0722 * b + .05; };
	for (const keys of document.querySelectorAll('.keys')) {
		const looks = [...keys.querySelectorAll('svg')].map((s) => {
			const part = s.querySelector('rect, circle'), css = getComputedStyle(part), r = part.getBBox();
			return { form: part.tagName + (r.width / r.height > .5) + (css.fill.startsWith('url') ? 'hatched' : css.stroke === 'none' ? 'full' : 'outlined'), fill: css.fill };
		});
		looks.forEach((a, i) => looks.slice(0, i).forEach((b) => {
			const [dark, light] = a.form === b.form && !a.fill.startsWith('url') ? [grey(a.fill), grey(b.fill)].sort((x, y) => x - y) : [1, 9];
			if (a.form === b.form && light / dark < 1.5) wrong.push('keys that are the same in grey: ' + keys.textContent.trim());
		}));
		if (keys.querySelectorAll('li').length !== [...keys.querySelectorAll('li')].filter((li) => li.textContent.trim()).length) wrong.push('a key without words');
	}
	return [...new Set(wrong)].join('; ');
})()`

// plain counts the parts of charts that stand for what is unresolved, without the
// pattern that tells them from the others in grey.
const plain = `[...document.querySelectorAll('.ch .u')].filter((e) => !getComputedStyle(e).fill.startsWith('url')).length`

func (w *window) tellsInWords(where string) {
	w.t.Helper()
	if wrong := w.ask(colourAlone); wrong != "" {
		w.t.Errorf("%s: %s (picture: %s)", where, wrong, w.picture(where))
	}
	if n := w.ask(`String(` + plain + `)`); n != "0" {
		w.t.Errorf("%s: %s parts of a chart are not hatched", where, n)
	}
}

// Nobody needs to see colours: each state on the pages of owners and of the team
// has words or a drawing, and the parts of a chart differ in grey, too.
func TestOwnerPages_TellNothingByColourAlone(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "owner", 1024, 844, true)
	r.signsIn(w, r.owner)
	for i, p := range r.office() {
		view{"en", 1024, i%2 == 1, false}.set(w)
		w.do(network.SetCookie("mr_lang", "en").WithURL(r.base), chromedp.Navigate(r.base+p))
		w.tellsInWords(p)
	}
}

// The same holds for guests.
func TestGuestPages_TellNothingByColourAlone(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	w := open(t, "guest", 390, 844, true)
	for i, p := range r.pages() {
		view{"en", 390, i%2 == 1, false}.set(w)
		w.shows(r.base, p, "en")
		w.tellsInWords(p.name)
	}
}
