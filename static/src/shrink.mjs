// Photos chosen in a field are drawn smaller before they are sent, where the
// browser can: less to send over bad Wi-Fi. The server makes its own picture of
// whatever comes, so what fails here is sent as it is.
const side = 1600;

const small = async (file) => {
  try {
    const m = await createImageBitmap(file), s = Math.min(1, side / Math.max(m.width, m.height)), c = document.createElement('canvas');
    c.width = Math.max(1, m.width * s);
    c.height = Math.max(1, m.height * s);
    const x = c.getContext('2d');
    x.fillStyle = '#fff';
    x.fillRect(0, 0, c.width, c.height);
    x.drawImage(m, 0, 0, c.width, c.height);
    const b = await new Promise((ok) => c.toBlob(ok, 'image/jpeg', .8));
    return b && b.size < file.size ? new File([b], 'small.jpg', { type: b.type }) : file;
  } catch {
    return file;
  }
};

export default (field) => field?.addEventListener('change', async () => {
  const all = [...field.files], d = new DataTransfer();
  for (const f of all) d.items.add(await small(f));
  if (all.every((f, i) => f === field.files[i])) field.files = d.files; // unless others were chosen meanwhile
});
