// Light or dark, as this device was told; else as it is set up. It runs before
// the page is drawn, and decides the questions that the styles ask.
(() => {
  const rules = [];
  const walk = (list) => {
    for (const r of list) {
      if (/prefers-color-scheme/.test(r.media?.mediaText)) rules.push([(to) => { r.media.mediaText = to; }, r.media.mediaText]);
      if (r.cssRules) walk(r.cssRules);
    }
  };
  function apply() {
    let look = '';
    try { look = localStorage.getItem('mr.look') || ''; } catch { /* a browser that keeps nothing */ }
    if (!rules.length) {
      if (!look) return;
      for (const sheet of document.styleSheets) walk(sheet.cssRules);
      for (const m of document.querySelectorAll('meta[name=theme-color]')) rules.push([(to) => { m.media = to; }, m.media]);
    }
    for (const [set, was] of rules) set(was.replace(/\(prefers-color-scheme:\s*(\w+)\)/g, (asks, of) => (!look ? asks : of === look ? '(min-width: 0)' : '(max-width: 0)')));
    document.documentElement.style.colorScheme = look;
  }
  apply();
  addEventListener('look', apply);
})();
