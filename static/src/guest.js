// Everything works without this file. It keeps an unsent note (never the contact
// details), and sends it again by itself until the server has answered: one form
// is one report, however often it is sent. Only the server's page says that a
// note was received.
import shrink from './shrink.mjs';

(() => {
  const f = document.querySelector('[data-keep]');
  if (!f) return;
  const k = f.dataset.keep, b = f.querySelector('.go'), line = f.querySelector('.sendbar small'), box = /radio|checkbox/;
  const say = (text) => { if (line.textContent !== text) line.textContent = text; };
  let tries = 0, text, url, wait, late, stop, left;

  // In about 1, 2, 4, 8, 8 … s, and never all phones at once.
  const again = () => {
    say(text);
    wait = setTimeout(go, 1000 * 2 ** Math.min(tries++, 3) * (.75 + Math.random() / 2));
  };
  const ask = async (to, o) => {
    const r = await fetch(to, { ...o, signal: stop.signal });
    if (/50[234]/.test(r.status)) throw r;
    return r;
  };
  const go = async () => {
    clearTimeout(wait);
    wait = 0;
    const mine = stop = new AbortController(), limit = setTimeout(() => mine.abort(), 2e4);
    try {
      if (!url) {
        const r = await ask(f.action, { method: 'POST', body: f.photo?.value && !tries ? new FormData(f) : new URLSearchParams(new FormData(f)), headers: { Accept: 'text/html', Prefer: 'return=minimal' } });
        if (mine !== stop) return;
        if (r.status !== 201) { // a page for the guest: the classic way shows it, and what was typed
          left = 1;
          return f.submit();
        }
        // Browsers accept a head that was cut on plain http; this line stands behind the address.
        if (!r.headers.get('Preference-Applied')) throw r;
        url = r.headers.get('Location');
        if (f.photo?.value && tries) url += '?photo=slow'; // the report alone came through; the page takes the photo
        clearTimeout(late);
        text = f.dataset.wait;
      }
      if (tries) await ask(url); // the signal was bad: leave only when there is a page to go to
      left = 1;
      location.assign(url);
    } catch {
      if (mine === stop) again();
    } finally {
      clearTimeout(limit);
    }
  };
  const halt = () => {
    clearTimeout(wait);
    clearTimeout(late);
    stop?.abort();
    tries = wait = left = 0;
    stop = url = null;
    b.removeAttribute('aria-disabled');
  };

  shrink(f.photo);
  try {
    const [at, kept] = JSON.parse(localStorage[k] || '[0]');
    // What the server sends back after a mistake is newer than what lies here.
    if (Date.now() - at > 864e5) localStorage.removeItem(k);
    else if (!f.classList.contains('show'))
      for (const [n, v] of kept)
        for (const e of f.elements)
          if (e.name === n) { if (!box.test(e.type)) e.value = v; else if (e.value === v) e.checked = true; }
  } catch {}
  f.addEventListener('input', () => {
    if (stop && !url) halt(); // another note now: the guest says when it is ready
    try { localStorage[k] = JSON.stringify([Date.now(), [...new FormData(f)].filter(([n, v]) => v && !v.size && !/^(photo|name|phone|email|lang)$/.test(n))]); } catch {}
  });
  f.addEventListener('submit', (e) => {
    e.preventDefault();
    if (!stop) {
      b.setAttribute('aria-disabled', 'true');
      try { sessionStorage.sent = k; } catch {}
      text = f.dataset.wait;
      late = setTimeout(() => say(text = f.dataset.late), 15e3);
    } else if (!wait) return; // one is under way
    go();
  });
  addEventListener('online', () => wait && go());
  addEventListener('pageshow', () => left && halt());

  // A venue may let the first scan open a visit. Only a page that somebody sees says so:
  // what looks at links or loads ahead opens none.
  const here = () => {
    if (document.hidden || !f.dataset.scan) return;
    navigator.sendBeacon(f.dataset.scan);
    delete f.dataset.scan;
  };
  here();
  document.addEventListener('visibilitychange', here);
})();
