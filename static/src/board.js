// The live board. Every act is a form that works without this file; here it
// becomes quick, audible and live.
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  document.documentElement.classList.add('js');
  addEventListener('click', (e) => { for (const m of $$('details.menu[open]')) if (!m.contains(e.target)) m.open = false; });
  // What the guest wrote is seen when it stands on a screen that can be looked at.
  setInterval(() => {
    for (const it of document.hidden ? [] : $$('[data-unseen]')) {
      const at = it.getBoundingClientRect(), id = it.dataset.unseen;
      if (!at.height || at.bottom < 0 || at.top > innerHeight || $('#main[data-kept]')) continue;
      delete it.dataset.unseen;
      fetch(it.dataset.saw, { method: 'POST', body: new URLSearchParams({ message: id }) }).catch(() => { it.dataset.unseen = id; });
    }
  }, 1000);
  const board = $('#main[data-seq]');
  if (!board) return;
  const d = board.dataset;

  let pressed = false; // a finger is down

  // ── Words ───────────────────────────────────────────────
  const mmss = (s) => Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0');
  const put = (sentence, value) => sentence.replace('%', value);
  const parse = (html) => new DOMParser().parseFromString(html, 'text/html');
  const say = (text) => { $('#said').textContent = text; };
  const nameOf = (tk) => $('h3 bdi', tk).textContent;

  // What an act led to, with a way back while there is one.
  let undo, toastTimer;
  function toast({ say: text, undo: url }) {
    $('.toast')?.remove();
    const box = document.createElement('div'), p = document.createElement('p');
    box.className = 'toast'; box.setAttribute('role', 'status');
    document.body.append(box);
    p.textContent = text; box.append(p);
    undo = url && (() => { box.remove(); undo = 0; send(url); });
    if (undo) {
      const b = document.createElement('button');
      b.textContent = d.undo; b.onclick = undo; box.append(b);
    }
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { box.remove(); undo = 0; }, 9000);
  }

  // ── Acts ────────────────────────────────────────────────
  // send posts an act, and says so when it could not leave the house: nothing
  // here looks done that is not. It answers false then.
  async function send(url, body = new URLSearchParams()) {
    let res;
    try {
      if (d.kept) throw 0;
      res = await fetch(url, { method: 'POST', body, headers: { Accept: 'application/json' }, signal: AbortSignal.timeout?.(10000) });
    } catch {
      lost(); toast({ say: d.unsent });
      return false;
    }
    if (res.status === 401) return location.reload();
    if (!res.headers.get('Content-Type')?.startsWith('application/json')) return res;
    toast(await res.json());
    if (!res.ok) refresh();
    return null;
  }

  // claim moves a ticket at once; the server's own version follows. It returns
  // what puts it back.
  function claim(li) {
    const lane = li && $('[data-lane=on_it] ol'), tk = li && $('.tk', li);
    if (!lane) return;
    const was = li.cloneNode(true);
    tk.dataset.by = d.me; tk.dataset.t = 'mine'; delete tk.dataset.due;
    tk.classList.remove('crit');
    $('progress', tk)?.remove(); $('small', tk)?.remove();
    for (const a of $$('.acts', tk)) a.hidden = true;
    place(li, lane); count();
    return () => {
      if (!li.isConnected) return;
      li.remove();
      place(was, $('[data-lane=waiting] ol')); count(); tick();
    };
  }

  // ── Sheets ──────────────────────────────────────────────
  let from;
  function show(doc) {
    const form = $('.dform', doc);
    if (!form) return false;
    const sheet = $('#sheet') || document.body.appendChild(Object.assign(document.createElement('dialog'), { id: 'sheet' }));
    sheet.replaceChildren(form);
    if (!sheet.open) { from = document.activeElement; sheet.showModal(); }
    (sheet.querySelector('[aria-invalid=true]') || $('h1', sheet))?.focus();
    return true;
  }
  async function openSheet(url) {
    try {
      if (d.kept) throw 0;
      const res = await fetch(url);
      if (!show(parse(await res.text()))) location.assign(url);
    } catch { lost(); toast({ say: d.unsent }); }
  }
  addEventListener('close', (e) => { if (e.target.id === 'sheet') { const tk = from?.closest?.('li[id]')?.id; ($('#' + (tk || 'none') + ' .tk') || from)?.focus(); } }, true);

  addEventListener('submit', async (e) => {
    const form = e.target, body = new URLSearchParams(new FormData(form)), sheet = form.closest('#sheet');
    if (e.submitter?.name) body.append(e.submitter.name, e.submitter.value);
    if (!(sheet || form.dataset.act !== undefined) || form.busy) return form.busy && e.preventDefault();
    e.preventDefault(); form.busy = true; e.submitter?.setAttribute('aria-disabled', 'true');
    const back = form.dataset.act === 'take' && claim(form.closest('li'));
    const res = await send(form.action, body);
    form.busy = false; e.submitter?.removeAttribute('aria-disabled');
    if (res === false) back?.();
    if (!sheet || res === false) return; // what was written stays in the sheet
    if (!res) sheet.close(); else if (!show(parse(await res.text()))) location.assign(res.url);
  });

  addEventListener('click', (e) => {
    const at = (s) => e.target.closest?.(s);
    const plain = !e.metaKey && !e.ctrlKey && !e.shiftKey;
    let a;
    if ((a = at('a[data-sheet]')) && plain) { e.preventDefault(); openSheet(a.href); }
    else if (at('dialog [data-close]') || e.target.nodeName === 'DIALOG') { e.preventDefault(); at('dialog').close(); }
    else if ((a = at('a[href="#keys"],a[href="#screen"]'))) { e.preventDefault(); drawScreen(); $(a.hash).showModal(); }
    else if ((a = at('.tabs a')) && plain) { e.preventDefault(); history.replaceState(null, '', a.href); choose(a); }
    else if (at('button[data-sound]')) toggleSound();
    else if (at('#banner button')) connect();
    else if (at('[data-try]')) { unlock(); setTimeout(at('[data-try]').dataset.try === 'siren' ? siren : bells, 100, [0], 1, true); }
    else if (at('[data-install]')) installer?.prompt();
  });

  // ── The clock: the server's, not the tablet's ───────────
  let base = +d.now - performance.now() + (d.kept ? Date.now() - d.kept : 0);
  const now = () => base + performance.now();
  const tones = new Map();
  function tick() {
    for (const tk of $$('.tk[data-since]')) {
      const due = +tk.dataset.due, age = Math.max(0, Math.floor((now() - tk.dataset.since) / 1000));
      const time = $('time', tk), id = tk.parentNode.id;
      if (time) time.textContent = mmss(age);
      if (!due) { tones.delete(id); continue; }
      const left = Math.floor((due - now()) / 1000), tone = left < 0 ? 'late' : left <= 60 ? 'soon' : 'ok';
      $('progress', tk).value = age;
      $('small', tk).textContent = put(left < 0 ? d.over : d.left, mmss(Math.abs(left)));
      if (!tk.classList.contains('crit')) tk.dataset.t = tone;
      if (tones.has(id) && tones.get(id) !== tone) {
        if (tone === 'soon') bells([0], .4);
        if (tone === 'late') { bells([0, .5]); say(put(d.late, nameOf(tk))); }
      }
      tones.set(id, tone);
    }
    const t = performance.now();
    if (t - heard > deaf && t - tried > 10000) connect();
    drawLine(); alarm();
    if (t - kept > 30000) keep();
  }
  try {
    Object.assign(new Worker(d.pulse), { onmessage: tick, onerror: () => setInterval(tick, 1000) });
  } catch { setInterval(tick, 1000); }

  // ── Lanes ───────────────────────────────────────────────
  let filter = $('.tabs [aria-current]')?.dataset || { f: 'all' };
  function shows(tk) {
    if (filter.f === 'all') return true;
    if (filter.f === 'mine') return tk.dataset.by === d.me;
    if (filter.f === 'urgent') return tk.dataset.urgent !== undefined;
    return tk.dataset.area === filter.area;
  }
  function choose(a) {
    for (const t of $$('.tabs a')) t === a ? t.setAttribute('aria-current', 'page') : t.removeAttribute('aria-current');
    filter = a.dataset; count();
  }
  // dress says whose a ticket is: the server's bytes are the same for all.
  function dress(li) {
    const tk = $('.tk', li);
    if (tk.dataset.by !== d.me || tk.classList.contains('min')) return;
    tk.dataset.t = 'mine';
    const who = $('[data-who]', tk), done = $('[data-key=d]', tk);
    if (who) who.textContent = d.you;
    if (done) done.classList.replace('grow', 'go');
  }
  function place(li, ol) {
    ol.insertBefore(li, [...ol.children].find((o) => o !== li && +o.dataset.sort > +li.dataset.sort) || null);
  }
  function count() {
    const all = $$('.tk');
    for (const tk of all) tk.parentNode.hidden = !shows(tk);
    for (const lane of $$('.lane')) {
      const n = $$('li:not([hidden])', lane).length;
      $('h2 b', lane).textContent = n; lane.hidden = !n;
    }
    $('.quiet').hidden = all.length > 0;
    const keep = filter;
    for (const t of $$('.tabs a')) {
      filter = t.dataset;
      $('small', t).textContent = all.filter((tk) => !tk.classList.contains('min') && shows(tk)).length;
    }
    filter = keep;
    const n = $$('[data-lane=waiting] li').length;
    document.title = (n ? '(' + n + ') ' : '') + document.title.replace(/^\(\d+\) /, '');
    navigator[n ? 'setAppBadge' : 'clearAppBadge']?.(n || undefined)?.catch(() => {});
    alarm();
  }

  // arrive shows a ticket as it now is. Nothing moves under a finger.
  const held = [];
  addEventListener('pointerdown', () => { pressed = true; }, true);
  for (const up of ['pointerup', 'pointercancel']) addEventListener(up, () => setTimeout(() => { pressed = false; for (const t of held.splice(0)) arrive(t); }, 350), true);
  function arrive(t) {
    if (pressed) return held.push(t);
    const old = document.getElementById('t-' + t.id), was = old?.closest('.lane').dataset.lane, before = old && { ...$('.tk', old).dataset };
    const focus = old?.contains(document.activeElement) && (document.activeElement.dataset.key || 'tk');
    if (t.html) {
      const li = $('li', parse(t.html));
      dress(li);
      old?.remove();
      place(li, $('[data-lane="' + t.lane + '"] ol'));
      if (focus) ($('[data-key="' + focus + '"]', li) || $('.tk', li)).focus({ preventScroll: true });
      const tk = $('.tk', li);
      if (t.lane === 'waiting' && was !== 'waiting') { rang = 0; say(put(d.new, nameOf(tk)) + ' ' + $('.want a', tk).firstChild.textContent); }
      else if ((tk.dataset.unread || 0) > (before?.unread || 0) || (tk.dataset.called || 0) > (before?.called || 0)) bells([0], .4);
    } else old?.remove();
    count(); tick(); kept = -1e9; // so that it is kept soon
  }

  // ── The line ────────────────────────────────────────────
  // Both ways: we hear the server's beats, and it says that it heard ours. What
  // is silent for so long in either way is not live, and says so.
  const deaf = 13000;
  let source, seq = +d.seq, heard = performance.now(), known = heard, tried = heard, tries = 0, timer, since = d.kept ? +d.now : 0, cried = 0;
  function alive() {
    heard = performance.now(); since = 0; drawLine();
  }
  // here answers a beat, so that the server knows this screen to be one.
  const here = () => fetch(d.live.replace(/live$/, 'here'), { method: 'POST' })
    .then((res) => { if (res.ok) known = performance.now(); else if (res.status < 500) refresh(); }).catch(() => {});
  function lost() { since ||= now() - performance.now() + heard; drawLine(); }
  function drawLine() {
    const t = performance.now(), first = Math.min(heard, known), dead = d.kept || t - first > deaf, box = $('#banner');
    if (dead) since ||= now() - t + first;
    const at = new Date(since).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', numberingSystem: 'latn' });
    const text = put(d.kept ? d.old : dead ? d.dead : d.off, at);
    if (since && $('span', box).textContent !== text) $('span', box).textContent = text;
    box.classList.toggle('late', !!dead);
    if (!pressed) box.hidden = !since;
    $('.live').hidden = !!since;
    if (!dead) cried = 0;
    else if (!cried || t - cried > 20000) { cried = t; moan(); }
  }
  function connect() {
    source?.close(); clearTimeout(timer); tried = performance.now();
    const line = source = new EventSource(d.live + '?after=' + seq);
    line.addEventListener('now', (e) => { if (d.kept) return location.reload(); base = JSON.parse(e.data).now - performance.now(); tries = 0; known = performance.now(); alive(); tick(); });
    line.addEventListener('beat', () => { alive(); here(); tick(); });
    line.addEventListener('ticket', (e) => { seq = Math.max(seq, +e.lastEventId); alive(); arrive(JSON.parse(e.data)); });
    line.addEventListener('reset', () => { line.close(); refresh(true); });
    line.onerror = () => {
      line.close();
      if (line !== source) return;
      lost();
      if (++tries === 2) refresh(); // a session that ended leads to signing in
      timer = setTimeout(connect, Math.min(8000, 150 * 2 ** tries) * (.5 + Math.random()));
    };
  }
  // refresh loads the lanes anew, as after a restore or a long sleep.
  async function refresh(then) {
    try {
      const res = await fetch(location.href);
      const fresh = res.ok && $('#main[data-seq]', parse(await res.text()));
      if (!fresh || d.kept) { if (res.status < 500) location.reload(); return; }
      seq = +fresh.dataset.seq; base = +fresh.dataset.now - performance.now();
      for (const lane of $$('.lane')) $('ol', lane).replaceWith($('[data-lane="' + lane.dataset.lane + '"] ol', fresh));
      count(); tick();
    } catch { lost(); }
    if (then) connect();
  }
  const wake = () => { if (performance.now() - heard > 6000) connect(); };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { wake(); stayAwake(); } });
  addEventListener('pageshow', (e) => { if (e.persisted) refresh(true); });
  addEventListener('online', connect);
  addEventListener('offline', lost);
  addEventListener('pagehide', () => source?.close());

  // ── Sound: made here ────────────────────────────────────
  let ac, muted = localStorage.getItem('mr.mute') === '1', rang = 0, wasUrgent = false;
  const button = $('button[data-sound]');
  const locked = () => !ac || ac.state !== 'running';
  function drawSound() {
    if (pressed) return setTimeout(drawSound, 100); // a line that goes would move what the finger is on
    button.hidden = false;
    button.setAttribute('aria-pressed', String(!muted && !locked()));
    $('span', button).textContent = !muted && locked() ? d.tap : d.word;
    $('#hush').hidden = muted || !locked();
    $('[data-loud]').checked = !muted;
  }
  function unlock() {
    try {
      if (!ac) { ac = new AudioContext(); ac.onstatechange = drawSound; }
      if (locked()) ac.resume().then(drawSound, drawSound);
    } catch { /* a browser without sound */ }
  }
  for (const tap of ['pointerdown', 'keydown']) addEventListener(tap, () => { unlock(); stayAwake(); }, true);
  function toggleSound() {
    if (locked()) { unlock(); muted = false; } else muted = !muted;
    localStorage.setItem('mr.mute', muted ? '1' : '0'); drawSound();
    if (!muted) setTimeout(bells, 100, [0]);
  }
  // tone plays one sound: when, how high, from how loud, how long, and its shape.
  function tone(at, hz, loud, long, shape = 'sine', to = hz) {
    const o = ac.createOscillator(), g = ac.createGain(), t = ac.currentTime + at;
    o.type = shape; o.frequency.setValueAtTime(hz, t); o.frequency.linearRampToValueAtTime(to, t + long);
    g.gain.setValueAtTime(loud, t); g.gain.exponentialRampToValueAtTime(.0001, t + long);
    o.connect(g).connect(ac.destination); o.start(t); o.stop(t + long + .1);
  }
  const quiet = (test) => !test && muted || locked();
  // bells: a counter bell, for a table that waits.
  function bells(times, loud = 1, test) {
    if (!quiet(test)) for (const at of times) for (const [hz, v] of [[1319, .5], [2637, .22], [3951, .08]]) tone(at, hz, v * .5 * loud, 1.4);
  }
  // siren: two tones in turn, for safety and nothing else.
  function siren(_times, _loud, test) {
    if (!quiet(test)) for (let i = 0; i < 6; i++) tone(i * .28, i % 2 ? 740 : 988, .3, .26, 'square');
  }
  // moan: it falls, and says that this screen has gone deaf.
  function moan() {
    if (!quiet()) for (const at of [0, .6]) tone(at, 440, .4, .5, 'triangle', 165);
  }
  // alarm rings for what waits, again and again until somebody takes it; a
  // screen that shows old news has no business to.
  function alarm() {
    const t = performance.now(), urgent = !!$('.crit'), n = $$('[data-lane=waiting] li').length;
    if (urgent && !wasUrgent) rang = 0;
    wasUrgent = urgent;
    if (d.kept || !(urgent || n) || rang && t - rang < (urgent ? 10000 : 20000)) return;
    rang = t;
    urgent ? siren() : bells($('[data-lane=waiting] .tk[data-t=late]') ? [0, .5] : [0]);
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(urgent ? [200, 100, 200, 100, 200] : [200]);
  }

  // ── This screen ─────────────────────────────────────────
  let lock, asking, installer;
  const awake = () => localStorage.getItem('mr.wake') !== '0';
  async function stayAwake() {
    if (!awake() || lock || asking || document.hidden || !navigator.wakeLock) return drawScreen();
    asking = true;
    try {
      lock = await navigator.wakeLock.request('screen');
      lock.onrelease = () => { lock = null; drawScreen(); };
    } catch { /* not now: low on power, or covered */ }
    asking = false;
    drawScreen();
  }
  function drawScreen() {
    const is = !navigator.wakeLock ? 'none' : lock ? 'on' : 'off';
    for (const hint of $$('[data-awake]')) hint.hidden = hint.dataset.awake !== is;
    $('[data-wake]').checked = is === 'none' ? false : awake();
    $('[data-wake]').disabled = is === 'none';
    for (const r of $$('[name=look]')) r.checked = r.value === (localStorage.getItem('mr.look') || '');
  }
  $('#screen').addEventListener('change', ({ target: t }) => {
    if (t.name === 'look') { localStorage.setItem('mr.look', t.value); dispatchEvent(new Event('look')); }
    if (t.matches('[data-loud]')) { muted = !t.checked; localStorage.setItem('mr.mute', muted ? '1' : '0'); drawSound(); }
    if (t.matches('[data-wake]')) { localStorage.setItem('mr.wake', t.checked ? '1' : '0'); t.checked ? stayAwake() : lock?.release(); }
  });
  addEventListener('beforeinstallprompt', (e) => { e.preventDefault(); installer = e; $('[data-install]').hidden = false; });
  addEventListener('appinstalled', () => { $('[data-install]').hidden = true; });

  // keep hands the list as it stands to the service worker, which shows it,
  // marked as old, when the page is opened without a line.
  let kept = 0;
  function keep() {
    const worker = navigator.serviceWorker?.controller;
    if (!worker || d.kept || since) return;
    kept = performance.now();
    const copy = document.documentElement.cloneNode(true);
    for (const gone of $$('#sheet,.toast', copy)) gone.remove();
    for (const open of $$('[open]', copy)) open.removeAttribute('open');
    Object.assign($('#main', copy).dataset, { kept: Date.now(), seq, now: Math.round(now()) });
    worker.postMessage({ keep: location.pathname, html: '<!doctype html>' + copy.outerHTML });
  }
  navigator.serviceWorker?.register('/sw.js').catch(() => {});

  // ── Keys ────────────────────────────────────────────────
  const keysOn = $('[data-keys]');
  keysOn.checked = localStorage.getItem('mr.keys') !== '0';
  keysOn.onchange = () => localStorage.setItem('mr.keys', keysOn.checked ? '1' : '0');
  const go = (tk) => { tk?.focus(); tk?.scrollIntoView({ block: 'nearest' }); };
  $('#goto form').onsubmit = () => {
    const n = $('#gn'), tk = $$('li:not([hidden]) > .tk').find((t) => nameOf(t).toLowerCase() === n.value.trim().toLowerCase());
    tk ? setTimeout(go, 0, tk) : toast({ say: put(d.none, n.value) });
    n.value = '';
  };
  addEventListener('keydown', (e) => {
    if (e.metaKey || e.ctrlKey || e.altKey || !keysOn.checked) return;
    const k = e.key.toLowerCase(), sheet = $('#sheet[open]');
    if (sheet && /^[1-9]$/.test(k) && !e.target.closest('input,textarea,select')) return $('[name=say][value="' + k + '"]', sheet)?.click();
    if (e.target.closest('input,textarea,select,dialog')) return;
    const all = $$('li:not([hidden]) > .tk'), cur = document.activeElement.closest?.('.tk'), i = all.indexOf(cur);
    const acts = { c: '[data-key=c]', r: '[data-key=r]', d: '[data-key=d]', o: '.tk-b a' };
    if (k === 'j' || k === 'k') go(all[Math.max(0, Math.min(all.length - 1, i + (k === 'j' ? 1 : -1)))]);
    else if (k === '?') $('#keys').showModal();
    else if (k === 'g') $('#goto').showModal();
    else if (k === 's') toggleSound();
    else if (k === 'z') undo?.();
    else if (cur && acts[k]) $(acts[k], cur)?.click();
    else return;
    e.preventDefault();
  });

  for (const li of $$('.lane li')) dress(li);
  drawSound(); drawScreen(); count(); tick(); connect();
  if ($('.toast')) { // of an act that led here without this file
    history.replaceState(null, '', location.pathname);
    setTimeout(() => $('.toast')?.remove(), 9000);
  }
})();
