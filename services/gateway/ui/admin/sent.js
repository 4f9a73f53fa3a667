// Pictures that were sent from this tab, kept for the thumbnails of items that failed.

const MOST = 2000;
const sent = new Map();

export function keepPicture(index, id, file) {
  if (sent.size >= MOST) forget(sent.keys().next().value);
  sent.set(`${index}/${id}`, { file, address: null });
}

export function sentPicture(index, id) {
  const found = sent.get(`${index}/${id}`);
  if (!found) return null;
  found.address ??= URL.createObjectURL(found.file);
  return found.address;
}

function forget(name) {
  const { address } = sent.get(name);
  if (address) URL.revokeObjectURL(address);
  sent.delete(name);
}
