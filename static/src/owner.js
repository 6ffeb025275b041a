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
