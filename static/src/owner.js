// Buttons that need a script stay hidden without one.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// On a plain http address browsers hide the clipboard: then the text is only selected.
for (const button of document.querySelectorAll('[data-copy]')) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener('click', () => {
    text.select();
    if (navigator.clipboard) navigator.clipboard.writeText(text.value);
  });
}

// An example that nobody typed gives way at the first touch.
document.querySelector('[data-example]')?.addEventListener('click', (e) => e.target.select(), { once: true });

// What we wait for is looked for again, until it is there.
const look = async () => {
  const waits = document.querySelector('[data-wait]');
  if (!waits) return;
  if (document.hidden) return void setTimeout(look, 4000);
  try {
    const answer = await fetch(location.href);
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(waits.id);
    if (found && !('wait' in found.dataset)) waits.replaceChildren(...found.childNodes), waits.className = found.className, delete waits.dataset.wait;
  } catch { /* the next look may find it */ }
  setTimeout(look, 4000);
};
setTimeout(look, 4000);

// The marks of a chart say what they stand for where the pointer or the focus
// is. The tab key comes to one mark of a chart and arrow keys to the others;
// marks that lead somewhere are all in its way. Without a script the table or
// the text beside each chart stands.
const tip = Object.assign(document.createElement('p'), { id: 'tip', className: 'tip', hidden: true });
tip.setAttribute('role', 'tooltip');
let told; // the mark whose tip is shown
const hush = () => {
  told?.removeAttribute('aria-describedby');
  tip.hidden = true;
  told = null;
};
const tell = (mark) => {
  if (mark !== told) hush();
  told = mark;
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  if (mark.href) mark.setAttribute('aria-describedby', tip.id);
  const at = mark.getBoundingClientRect(), { offsetWidth: wide, offsetHeight: high } = tip;
  tip.style.left = `${Math.max(8, Math.min(at.x + (at.width - wide) / 2, document.documentElement.clientWidth - wide - 8)) + scrollX}px`;
  tip.style.top = `${(at.y > high ? at.y - high : at.bottom) + scrollY}px`; // they touch, so that the pointer can go over to it
};
for (const mark of document.querySelectorAll('[data-tip]')) {
  const title = mark.querySelector('title');
  if (title) mark.setAttribute('aria-label', title.textContent), title.remove();
  mark.dataset.tip ||= mark.getAttribute('aria-label');
  if (!mark.href) mark.setAttribute('tabindex', mark.closest('[data-marks]')?.querySelector('[tabindex="0"]') ? -1 : 0);
}
if (document.querySelector('[data-tip]')) {
  document.body.append(tip);
  const markOf = (e) => e.target.closest?.('[data-tip]');
  document.addEventListener('pointerover', (e) => markOf(e) ? tell(markOf(e)) : e.target !== tip && told !== document.activeElement && hush());
  document.addEventListener('focusin', (e) => markOf(e) ? tell(markOf(e)) : hush());
  document.addEventListener('focusout', hush);
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') return hush();
    const marks = [...e.target.closest?.('[data-marks]')?.querySelectorAll('[data-tip]') ?? []], i = marks.indexOf(e.target);
    const on = document.dir === 'rtl' ? -1 : 1;
    const to = { ArrowRight: i + on, ArrowLeft: i - on, ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: marks.length - 1 }[e.key];
    if (i < 0 || !marks[to]) return;
    e.preventDefault();
    e.target.setAttribute('tabindex', -1);
    marks[to].setAttribute('tabindex', 0);
    marks[to].focus();
  });
}

// What takes longer than a second says so. A page that comes takes this one
// away; a file leaves it, and takes a cookie away instead.
const busy = document.getElementById('busy');
let waits, looks;
const rest = () => {
  clearTimeout(waits);
  clearInterval(looks);
  document.cookie = 'mr_await=; path=/; max-age=0';
  busy.replaceChildren();
  document.querySelector('[aria-busy]')?.removeAttribute('aria-busy');
};
const begin = (what) => {
  rest();
  document.cookie = 'mr_await=1; path=/; max-age=600; samesite=strict';
  looks = setInterval(() => document.cookie.includes('mr_await=') || rest(), 100);
  waits = setTimeout(() => {
    busy.append(Object.assign(document.createElement('p'), { className: 'toast', textContent: busy.dataset.says }));
    what.setAttribute('aria-busy', true);
  }, 1000);
};
if (busy) {
  const others = (e) => e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey;
  document.addEventListener('submit', (e) => others(e) || begin(e.target));
  document.addEventListener('click', (e) => {
    const link = e.target.closest?.('a[href]');
    if (!link || others(e) || link.target || link.origin !== location.origin || link.getAttribute('href').startsWith('#')) return;
    begin(link);
  });
  addEventListener('pagehide', rest); // it may be shown again as it was left
  addEventListener('keydown', (e) => e.key === 'Escape' && rest());
}
