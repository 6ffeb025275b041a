// Everything works without this file. It listens for changes, puts the parts
// that differ in their place, and says so when it hears nothing any more.
import shrink from './shrink.mjs';

(() => {
  const live = document.getElementById('live');
  if (!live) return;
  const deaf = document.getElementById('deaf'), path = live.dataset.path, rest = document.title.slice(document.title.lastIndexOf(' · '));
  let stream, silence, opened = 0, asking = false, again = false;

  try { // the note has arrived: its draft is not needed any more
    localStorage.removeItem(sessionStorage.sent);
    sessionStorage.removeItem('sent');
  } catch {}

  shrink(document.getElementById('ph'));

  const put = (fresh) => {
    for (const part of live.children) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
    }
    document.title = live.querySelector('h1').textContent + rest;
    see();
  };
  // A message is seen when it stands where the guest can see it: browsers do not
  // watch what is scrolled away, or a page that lies behind others.
  const eye = new IntersectionObserver((all) => {
    for (const { isIntersecting, target: li } of all) {
      const id = li.parentNode?.dataset.unseen;
      if (!isIntersecting || !id || document.hidden) continue;
      eye.disconnect();
      fetch(path + '/seen', { method: 'POST', body: new URLSearchParams({ message: id }) }).catch(() => setTimeout(see, 5000));
    }
  });
  const see = () => {
    eye.disconnect();
    const li = [...live.querySelectorAll('[data-unseen] li:not(.me)')].pop();
    if (li) eye.observe(li);
  };
  // An XMLHttpRequest reads the answer as a document: no text of it ever runs.
  const look = (then) => {
    if (asking) { again = true; return; }
    asking = true;
    const r = new XMLHttpRequest();
    r.open('GET', path + '/live');
    r.responseType = 'document';
    r.timeout = 10000;
    r.onload = () => { if (r.status === 200 && r.response) { put(r.response); then?.(); } };
    r.onloadend = () => { asking = false; if (again) { again = false; look(); } };
    r.send();
  };
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => { deaf.hidden = false; open(); }, 15000);
    if (deaf.hidden) return;
    deaf.hidden = true;
    look();
  };
  const open = () => {
    stream?.close();
    stream = new EventSource(path + '/events?after=' + live.dataset.version);
    stream.addEventListener('change', (e) => { live.dataset.version = e.lastEventId; heard(); look(); });
    stream.addEventListener('beat', heard);
    stream.onopen = () => { if (opened++) look(); }; // the line was away, and much may have happened
    // Refused, as when too many are held: then the page asks every now and then instead.
    stream.onerror = ({ target }) => { if (target.readyState === 2) setTimeout(() => { if (target === stream) look(() => { heard(); open(); }); }, 5000); };
    clearTimeout(silence);
    silence = setTimeout(() => { deaf.hidden = false; open(); }, 15000);
  };
  open(); see();
  document.addEventListener('visibilitychange', see);
  addEventListener('pageshow', (e) => { if (e.persisted) { open(); look(); } });
  // The phone says itself when it has lost the net, and when it has found another.
  addEventListener('offline', () => { deaf.hidden = false; });
  addEventListener('online', () => look(() => { heard(); open(); }));
  addEventListener('pagehide', () => { stream.close(); clearTimeout(silence); });

  // The page is kept as the phone keeps things, else as a copied address; without
  // either the link writes a mail.
  const keep = document.getElementById('keep'), url = location.origin + path;
  keep?.addEventListener('click', (e) => {
    const { share, clipboard } = navigator;
    if (share || clipboard) e.preventDefault();
    if (share) navigator.share({ title: document.title, url }).catch(() => {});
    else clipboard?.writeText(url).then(() => { keep.parentNode.nextElementSibling.textContent = keep.dataset.done; }, () => { location.href = keep.href; });
  });

  // One tap is one act, however often the finger comes down.
  document.addEventListener('submit', (e) => {
    if (e.target.dataset.sent) return e.preventDefault();
    if (!navigator.onLine) { // a page of the browser's would take the place of what was typed
      e.preventDefault();
      deaf.hidden = false;
      deaf.scrollIntoView();
      return;
    }
    e.target.dataset.sent = 1;
    setTimeout(() => delete e.target.dataset.sent, 3000);
  });
})();
