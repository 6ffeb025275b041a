// The service worker: what a phone or tablet does while no page of ours is open.

// ── Push ──────────────────────────────────────────────────
// The text is Declarative Web Push, which iOS shows by itself. Browsers take the
// right to push away from whoever shows nothing, so something always appears.
const show = (title, options) => registration.showNotification(title, { icon: '/static/icon-192.png', badge: '/static/icon-192.png', ...options });

addEventListener('push', (e) => {
  let n;
  try { n = e.data.json().notification; } catch { n = { title: 'Makeright', navigate: '/board' }; }
  const { title, navigate, data, actions, ...rest } = n;
  e.waitUntil(show(title, { ...rest, data: { ...data, navigate }, actions: actions?.map(({ action, title }) => ({ action, title })) }));
});

addEventListener('notificationclick', (e) => {
  const n = e.notification;
  n.close();
  e.waitUntil(e.action === 'take' && n.data.take ? take(n) : bring(n.data.navigate));
});

// take posts as the board does, and says what came of it in the server's words.
async function take(n) {
  const { navigate, take: url, failed } = n.data;
  let said;
  try {
    const res = await fetch(url, { method: 'POST', body: new URLSearchParams(), headers: { Accept: 'application/json' } });
    if (res.status === 401) return bring(navigate); // to sign in
    said = (await res.json()).say;
  } catch { /* no line, or no answer of ours */ }
  return show(said || failed, { tag: n.tag, lang: n.lang, data: { navigate } });
}

// bring shows a page of ours, where it is open already.
async function bring(url) {
  const to = new URL(url, location.origin);
  if (to.origin !== location.origin) return;
  const open = await clients.matchAll({ type: 'window' });
  return open.find((c) => c.url === to.href)?.focus() ?? clients.openWindow(to.href);
}

// A push service may give a subscription another address at any time.
addEventListener('pushsubscriptionchange', (e) => e.waitUntil((async () => {
  const key = async () => (await (await fetch('/account/push')).json()).key;
  const fresh = e.newSubscription || await registration.pushManager.subscribe(
    e.oldSubscription?.options || { userVisibleOnly: true, applicationServerKey: await key() });
  const { endpoint, keys } = fresh.toJSON();
  await fetch('/account/push', { method: 'POST', body: new URLSearchParams({ endpoint, ...keys, renew: '1' }) });
})()));

// ── Offline ───────────────────────────────────────────────
// Kept are the list of each board, as its page last showed it, and what that
// page is made of; nothing of guests' pages, and no list that others may see: it
// goes with the person who signs out, and after four hours.
const keepFor = 4 * 3600e3, patience = 6000;
addEventListener('install', () => skipWaiting());
addEventListener('activate', (e) => e.waitUntil(clients.claim()));

addEventListener('fetch', (e) => {
  const { pathname: path, origin } = new URL(e.request.url);
  if (origin !== location.origin) return;
  if (e.request.mode !== 'navigate') {
    if (path.startsWith('/static/')) e.respondWith(part(e.request, path));
  } else if (/^\/(sign-in|sign-out|pin|enter|join)\b/.test(path)) e.waitUntil(caches.delete('lists'));
  else if (e.request.method === 'GET' && /^\/board(\/|$)/.test(path)) e.respondWith(page(e.request, path));
});

// part is a style or script: ours while there is a line, else the kept one. Of
// each, only the newest is kept.
async function part(request, path) {
  const parts = await caches.open('parts'), name = (p) => p.replace(/\.[0-9a-f]{10}\./, '.');
  try {
    const res = await fetch(request);
    if (res.ok && res.status === 200) {
      for (const old of await parts.keys()) {
        const was = new URL(old.url).pathname;
        if (was !== path && name(was) === name(path)) await parts.delete(old);
      }
      await parts.put(path, res.clone());
    }
    return res;
  } catch (err) {
    const old = await parts.match(path);
    if (old) return old;
    throw err;
  }
}

// page is a page of the board; without a line, or an answer in time, the kept
// list, which says itself how old it is.
async function page(request, path) {
  const lists = await caches.open('lists'), [, , venue, more] = path.split('/');
  const home = venue && '/board/' + venue, fresh = fetch(request);
  const old = home ? await young(lists, home) : await newest(lists);
  try {
    const res = await (old ? Promise.race([fresh, new Promise((_, no) => setTimeout(no, patience))]) : fresh);
    if (res.type === 'opaqueredirect' ? venue : res.status === 401 || res.status === 403) await caches.delete('lists');
    return res;
  } catch (err) {
    if (!old) return fresh;
    return !more && home ? old : Response.redirect(home || new URL(old.headers.get('X-Kept'), location.origin));
  }
}

async function young(lists, path) {
  const res = await lists.match(path);
  if (res && Date.now() - Date.parse(res.headers.get('Date')) < keepFor) return res;
  if (res) await lists.delete(path);
}

async function newest(lists) {
  let best;
  for (const key of await lists.keys()) {
    const res = await young(lists, new URL(key.url).pathname);
    if (res && (!best || res.headers.get('Date') > best.headers.get('Date'))) best = res;
  }
  return best;
}

addEventListener('message', (e) => {
  const { keep: path, html } = e.data || {};
  if (path) e.waitUntil(caches.open('lists').then((lists) => lists.put(path, new Response(html, { headers: {
    'Content-Type': 'text/html; charset=utf-8', Date: new Date().toISOString(), 'X-Kept': path,
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'",
  } }))));
});
