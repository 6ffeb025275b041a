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
