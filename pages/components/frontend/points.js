/* What never changes about a map's points. It is sent apart from colours and selection, so that
   a rerun does not send it again, and waits here under its digest until a map asks for it. */
const KEPT = 4;

function pointsStore() {
  return (window.caeMapPoints ??= new Map());
}

function pointsEntry(digest) {
  const store = pointsStore();
  let entry = store.get(digest);
  if (!entry) {
    entry = {};
    entry.ready = new Promise((resolve) => (entry.resolve = resolve));
  }
  store.delete(digest);
  store.set(digest, entry); // last used, last in order
  while (store.size > KEPT) store.delete(store.keys().next().value);
  return entry;
}

function decodePoints({ header, arrays }) {
  let ids = null;
  return {
    digest: header.digest,
    count: header.count,
    xy: arrays.xy,
    grid: createGrid(arrays.xy),
    fields: header.fields.map((field, i) => ({ ...field, codes: arrays[`field${i}`] })),
    idOf(row) {
      ids ??= new TextDecoder().decode(arrays.ids).split("\n");
      return ids[row];
    },
  };
}
