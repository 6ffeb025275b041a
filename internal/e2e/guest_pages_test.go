package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"makeright/internal/web"
)

// view is one way to look at a page.
type view struct {
	lang  string
	width int64
	dark  bool
	large bool // text at 200 %
}

// set makes the window look that way.
func (l view) set(w *window) {
	w.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	w.do(emulation.SetDeviceMetricsOverride(l.width, 844, 1, l.width < 600),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}))
}

// views are light, dark, from right to left, enlarged and narrow, each at least
// once; all of them together only in a soak.
func views() []view {
	if !soak() {
		return []view{
			{"ar", 320, true, false},
			{"de", 390, false, true},
		}
	}
	var all []view
	for _, lang := range []string{"en", "de", "ar"} {
		for _, width := range []int64{320, 390, 640, 1024} {
			for _, dark := range []bool{false, true} {
				all = append(all, view{lang, width, dark, false}, view{lang, width, dark, true})
			}
		}
	}
	return all
}

const enlarge = `document.documentElement.style.fontSize = '200%'`

// Nobody is kept out of any page of guests, however they look at it.
func TestGuestPages_KeepNobodyOut(t *testing.T) {
	t.Parallel()
	needAxe(t)
	r := newRooms(t)
	pages := r.pages()
	w := open(t, "guest", 390, 844, true)
	for _, l := range views() {
		l.set(w)
		for _, p := range pages {
			if strings.Contains(p.path, "frame=1") {
				continue // stands only where no script runs, and must load itself anew
			}
			w.shows(r.base, p, l.lang)
			if l.large {
				w.do(chromedp.Evaluate(enlarge, nil))
			}
			w.axe(where(p, l.lang, l.width))
			w.fits(where(p, l.lang, l.width))
		}
	}
}

// No page of guests is wider than the narrowest phone, and nothing on it is too
// small to be hit, in any language.
func TestGuestPages_FitInEveryLanguage(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	pages := r.pages()
	w := open(t, "guest", 320, 640, true)
	for _, lang := range web.Languages() {
		for _, p := range pages {
			w.shows(r.base, p, lang)
			w.fits(where(p, lang, 320))
			w.hittable(where(p, lang, 320))
		}
	}
}

// fits fails when something stands beyond the edge of the page.
func (w *window) fits(where string) {
	w.t.Helper()
	beyond := w.ask(`(() => {
		const wide = innerWidth, out = [];
		if (document.documentElement.scrollWidth > wide) out.push('the page is ' + document.documentElement.scrollWidth + ' wide');
		for (const e of document.querySelectorAll('body *')) {
			if (e.closest('.vh, svg, .skip, noscript, option') || !e.checkVisibility()) continue;
			const r = e.getBoundingClientRect();
			if (r.width && r.height && (r.right > wide + 1 || r.left < -1)) out.push(e.tagName + '.' + e.className + ' from ' + r.left + ' to ' + r.right);
			if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).overflowX !== 'visible') out.push(e.tagName + '.' + e.className + ' cuts its text');
		}
		return out.slice(0, 5).join('\n\t');
	})()`)
	if beyond != "" {
		w.t.Errorf("%s: beyond the edge:\n\t%s\n\tpicture: %s", where, beyond, w.picture(where))
	}
}

// hittable fails when something to tap is smaller than 44 by 44.
func (w *window) hittable(where string) {
	w.t.Helper()
	small := w.ask(`(() => {
		const out = [];
		for (const e of document.querySelectorAll('a, button, summary, select, textarea, input:not([type=hidden])')) {
			if (e.closest('.vh, [aria-hidden=true], .skip') || !e.checkVisibility({ visibilityProperty: true })) continue;
			const r = e.getBoundingClientRect();
			if (r.width < 43.5 || r.height < 43.5) out.push(e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20) + ' ' + r.width + ' x ' + r.height);
		}
		return out.slice(0, 5).join('\n\t');
	})()`)
	if small != "" {
		w.t.Errorf("%s: too small to be hit:\n\t%s\n\tpicture: %s", where, small, w.picture(where))
	}
}
