/* What never changes about a map's points. It is sent apart from colours and selection, so that
   a rerun does not send it again, and waits here under its digest until a map asks for it. */
const KEPT = 6;

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

/* positions: float32, `dimensions` (2 or 3) numbers a point; `places` is their digest and
   `images` that of the ids, so that maps know when they show the same images elsewhere. */
function decodePoints({ header, arrays }) {
  let ids = null;
  const flat = header.dimensions === 2;
  const grid = flat ? createGrid(arrays.positions) : null;
  return {
    ...header,
    positions: arrays.positions,
    grid,
    extent: flat ? grid.box : boundingCube(arrays.positions),
    fields: header.fields.map((field, i) => ({ ...field, codes: arrays[`field${i}`] })),
    contours: decodeContours(arrays.contours, arrays.contourLevels, arrays.contourLengths),
    idOf(row) {
      ids ??= new TextDecoder().decode(arrays.ids).split("\n");
      return ids[row];
    },
  };
}

/* The square around points in space that holds them however they are turned. */
function boundingCube(positions) {
  let reach = 0;
  for (let i = 0; i < positions.length; i += 3) {
    reach = Math.max(reach, Math.hypot(positions[i], positions[i + 1], positions[i + 2]));
  }
  return { left: -reach || -1, right: reach || 1, bottom: -reach || -1, top: reach || 1 };
}

/* Lines of equal density: float32 corners one after another, and level and length of each. */
function decodeContours(corners, levels, lengths) {
  const lines = [];
  let start = 0;
  lengths.forEach((length, i) => {
    lines.push({ level: levels[i], corners: corners.subarray(2 * start, 2 * (start + length)) });
    start += length;
  });
  return lines;
}
