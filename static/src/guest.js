// Everything works without this file. It keeps an unsent note (never the contact
// details) through a dropped signal, sends once, and says so when offline.
(() => {
  document.documentElement.classList.add('js');
  const f = document.querySelector('[data-keep]');
  if (!f) return;
  const k = f.dataset.keep, b = f.querySelector('.go');
  try {
    for (const [n, v] of JSON.parse(sessionStorage[k] || '[]'))
      for (const e of f.elements)
        if (e.name === n) { if (/radio|checkbox/.test(e.type)) { if (e.value === v) e.checked = true; } else e.value = v; }
  } catch {}
  f.addEventListener('input', () => {
    try { sessionStorage[k] = JSON.stringify([...new FormData(f)].filter((x) => typeof x[1] === 'string' && x[1] && !/^(name|phone|email)$/.test(x[0]))); } catch {}
  });
  f.addEventListener('submit', (e) => {
    if (b.getAttribute('aria-disabled')) return e.preventDefault();
    if (navigator.onLine === false) {
      e.preventDefault();
      f.querySelector('.sendbar small').textContent = f.dataset.off;
      return;
    }
    b.setAttribute('aria-disabled', 'true');
    sessionStorage.removeItem(k);
  });
  f.photo?.addEventListener('change', (e) => {
    const l = e.target.closest('label'), n = e.target.files[0];
    l.classList.toggle('got', !!n);
    if (n) l.querySelector('.hint').textContent = n.name;
  });
  addEventListener('pageshow', () => b.removeAttribute('aria-disabled'));
})();
