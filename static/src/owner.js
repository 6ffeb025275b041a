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
