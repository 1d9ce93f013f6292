/* The images behind the points, as small pictures with a few lines of text. They come on demand,
   some at a time, from a component whose own small part of the page runs for it: the page stays.

   A store {want, at, news} belongs to one set of images; `asks` holds a way to ask for each such
   component on the page. */
const MOST_PICTURES = 4000;
const BATCH = 200;
const GATHER_MS = 25;
const ASK_AGAIN_MS = 2500;

const pictureStores = (globalThis.caeMapPictures ??= new Map());

function picturesOf(images) {
  if (!pictureStores.has(images)) pictureStores.set(images, createPictures());
  return pictureStores.get(images);
}

function createPictures() {
  const kept = new Map(); // row → {canvas, lines}, last used last
  const asked = new Map(); // row → when
  const wanted = new Set();
  const news = new EventTarget();
  let timer = 0;
  const store = { want, at, take, news, asks: new Map() };
  let titles = "";

  function at(row) {
    const found = kept.get(row);
    if (found) {
      kept.delete(row);
      kept.set(row, found);
    }
    return found;
  }

  function want(rows) {
    for (const row of rows) if (!kept.has(row)) wanted.add(row);
    if (wanted.size && !timer) timer = setTimeout(send, GATHER_MS);
  }

  function send() {
    timer = 0;
    const now = performance.now();
    for (const row of wanted) {
      if (kept.has(row)) wanted.delete(row);
    }
    const waiting = [...asked.values()].some((when) => now - when < ASK_AGAIN_MS);
    const rows = [...wanted].slice(-BATCH); // what was wanted last is still looked at
    const [ask] = store.asks.values();
    if (ask && !waiting && rows.length) {
      asked.clear();
      for (const row of rows) asked.set(row, now);
      ask(rows);
    }
    // Asked again if no answer comes, as when the page ran meanwhile.
    if (rows.length) timer = setTimeout(send, 300);
  }

  function take({ header, arrays }) {
    // Other lines were chosen for the cards: what is kept does not have them.
    if (titles !== (titles = header.titles.join("\n"))) kept.clear();
    const [height, width, channels] = header.size;
    const bytes = height * width * channels;
    header.rows.forEach((row, i) => {
      const pixels = arrays.pixels.subarray(i * bytes, (i + 1) * bytes);
      kept.delete(row);
      kept.set(row, { canvas: drawn(pixels, width, height, channels), lines: header.lines[i] });
      wanted.delete(row);
      asked.delete(row);
    });
    while (kept.size > MOST_PICTURES) kept.delete(kept.keys().next().value);
    if (!header.rows.length) return;
    news.dispatchEvent(new Event("pictures"));
    if (wanted.size) {
      clearTimeout(timer);
      send();
    }
  }

  return store;
}

function drawn(pixels, width, height, channels) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[i * channels + (c % channels)];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
