// Everything works without this file. It keeps an unsent note (never the contact
// details) through a dropped signal, sends once, and says so when offline.
(() => {
  const f = document.querySelector('[data-keep]');
  if (!f) return;
  const k = f.dataset.keep, b = f.querySelector('.go'), box = /radio|checkbox/;
  try {
    // What the server sends back after a mistake is newer than what lies here.
    if (!f.classList.contains('show'))
      for (const [n, v] of JSON.parse(sessionStorage[k] || '[]'))
        for (const e of f.elements)
          if (e.name === n) { if (!box.test(e.type)) e.value = v; else if (e.value === v) e.checked = true; }
  } catch {}
  f.addEventListener('input', () => {
    try { sessionStorage[k] = JSON.stringify([...new FormData(f)].filter(([n, v]) => v && !/^(name|phone|email|lang)$/.test(n))); } catch {}
  });
  f.addEventListener('submit', (e) => {
    if (b.getAttribute('aria-disabled')) return e.preventDefault();
    if (navigator.onLine === false) {
      e.preventDefault();
      f.querySelector('.sendbar small').textContent = f.dataset.off;
      return;
    }
    b.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', () => b.removeAttribute('aria-disabled'));
})();
