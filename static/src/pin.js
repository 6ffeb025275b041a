// Number pad of shared tablets. Without this file the field itself is the pad.
(() => {
  document.documentElement.classList.add('js');
  const pin = document.getElementById('pin');
  for (const key of document.querySelectorAll('[data-d]')) key.addEventListener('click', () => {
    const d = key.dataset.d;
    pin.value = d === 'x' ? '' : d === '<' ? pin.value.slice(0, -1) : (pin.value + d).slice(0, 8);
  });
})();
