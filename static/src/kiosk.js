// A tablet by the door: what somebody left unsent is cleared 20 seconds after
// the last touch, and nothing of it comes back. Without this file the page is
// loaded anew after two minutes.
(() => {
  const f = document.querySelector('[data-home]');
  if (!f) return;
  const fresh = f.dataset.home === location.pathname + location.search || !location.search;
  let timer;
  const clear = () => {
    f.reset();
    scrollTo(0, 0);
    if (!fresh) location.replace(f.dataset.home);
  };
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(clear, 2e4);
  };
  for (const what of ['input', 'pointerdown', 'keydown']) addEventListener(what, touch);
  if (!fresh) touch();
  addEventListener("pagehide", () => f.reset());
  addEventListener('pageshow', (e) => e.persisted && location.replace(f.dataset.home));
  f.addEventListener('submit', (e) => {
    if (f.dataset.sent) e.preventDefault(); // one finger, twice
    f.dataset.sent = 1;
  });
})();
