// Notifications of this browser: asked for once by a tap, then kept alive by
// each page that is opened, for browsers and push services lose them.
(() => {
  const box = document.querySelector('[data-push]'), able = 'serviceWorker' in navigator && 'PushManager' in window;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const same = (a, b) => a && new Uint8Array(a).join() === b.join();
  // say shows one of the sentences that stand in the page.
  const say = (state) => box?.querySelectorAll('[data-state]').forEach((p) => { p.hidden = p.dataset.state !== state; });

  // subscribe brings the server and the browser to one mind, and says whether
  // notifications are on.
  async function subscribe(renew) {
    const { key, person } = await (await fetch('/account/push')).json();
    if (renew && localStorage.getItem('mr.push') !== person) return false;
    const worker = await navigator.serviceWorker.ready, wanted = bytes(key);
    for (let tries = 0; tries < 2; tries++) {
      let s = await worker.pushManager.getSubscription();
      if (s && (tries || !same(s.options.applicationServerKey, wanted))) { await s.unsubscribe(); s = null; }
      s ||= await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
      const { endpoint, keys } = s.toJSON();
      const res = await fetch('/account/push', { method: 'POST', body: new URLSearchParams({ endpoint, ...keys, renew: renew ? '1' : '' }) });
      if (res.ok) { localStorage.setItem('mr.push', person); return true; }
      if (res.status === 409) { localStorage.removeItem('mr.push'); await s.unsubscribe(); return false; } // taken back elsewhere
      if (res.status !== 410) throw new Error(res.status);
    }
    throw new Error('gone');
  }

  async function begin() {
    if (!able) return say(isSecureContext ? (/iPad|iPhone|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints ? 'ios' : 'none') : 'https');
    await navigator.serviceWorker.register('/sw.js');
    if (Notification.permission === 'denied') return say('denied');
    const on = Notification.permission === 'granted' && localStorage.getItem('mr.push') && await subscribe(true);
    say(on ? 'on' : 'off');
  }

  box?.querySelector('button')?.addEventListener('click', async () => {
    try {
      if (await Notification.requestPermission() !== 'granted') return say('denied');
      await subscribe(false);
      location.reload();
    } catch { say('failed'); }
  });
  begin().catch(() => say('off'));
})();
