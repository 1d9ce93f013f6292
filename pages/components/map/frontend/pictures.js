/* The images behind the points, as small pictures with a few lines of text. They come on demand,
   some at a time, from a component whose own small part of the page runs for it: the page stays.

   A store belongs to one set of images and keeps what is of one state of them, as their lines
   change when images are labelled or clustered anew; `asks` holds a way to ask for each such
   component on the page. */
import protocol from "./protocol.json" with { type: "json" };

/** @import { Picture, PictureStore } from "./types.js" */

const MOST_PICTURES = 4000;
const GATHER_MS = 25;
const ASK_AGAIN_MS = 2500;
const LOOK_AGAIN_MS = 300;

/** @type {Map<string, PictureStore>} */
const stores = new Map();

/**
 * @param {string} images
 * @param {string} state
 */
export function picturesOf(images, state) {
  const store = stores.get(images) ?? createPictures(drawn);
  stores.set(images, store);
  store.enter(state);
  return store;
}

/**
 * @param {typeof drawn} draw
 * @returns {PictureStore}
 */
export function createPictures(draw) {
  /** @type {Map<number, Picture>} */
  const kept = new Map(); // last used last
  /** @type {Map<number, number>} */
  const asked = new Map(); // when
  /** @type {Set<number>} */
  const wanted = new Set();
  const news = new EventTarget();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let state = "";
  /** @type {PictureStore} */
  const store = { enter, want, at, take, news, asks: new Map() };

  /** @param {string} present */
  function enter(present) {
    if (state === present) return;
    state = present;
    kept.clear();
    asked.clear();
    news.dispatchEvent(new Event("pictures"));
  }

  /** @param {number} row */
  function at(row) {
    const found = kept.get(row);
    if (found) {
      kept.delete(row);
      kept.set(row, found);
    }
    return found;
  }

  /** @param {number[]} rows */
  function want(rows) {
    for (const row of rows) if (!kept.has(row)) wanted.add(row);
    if (wanted.size && !timer) timer = setTimeout(send, GATHER_MS);
  }

  function send() {
    timer = undefined;
    const now = performance.now();
    for (const row of wanted) {
      if (kept.has(row)) wanted.delete(row);
    }
    const waiting = [...asked.values()].some((when) => now - when < ASK_AGAIN_MS);
    // What was wanted last is still looked at.
    const rows = [...wanted].slice(-protocol.picturesAtOnce);
    const [ask] = store.asks.values();
    if (ask && !waiting && rows.length) {
      asked.clear();
      for (const row of rows) asked.set(row, now);
      ask(rows);
    }
    // Asked again if no answer comes, as when the page ran meanwhile.
    if (rows.length) timer = setTimeout(send, LOOK_AGAIN_MS);
  }

  /** @type {PictureStore["take"]} */
  function take({ header, arrays }) {
    enter(header.state);
    const [height, width, channels] = header.size;
    const bytes = height * width * channels;
    header.rows.forEach((row, i) => {
      const pixels = arrays.pixels.subarray(i * bytes, (i + 1) * bytes);
      kept.delete(row);
      kept.set(row, { canvas: draw(pixels, width, height, channels), lines: header.lines[i] });
      wanted.delete(row);
      asked.delete(row);
    });
    for (const row of kept.keys()) {
      if (kept.size <= MOST_PICTURES) break;
      kept.delete(row);
    }
    if (!header.rows.length) return;
    news.dispatchEvent(new Event("pictures"));
    if (wanted.size) {
      clearTimeout(timer);
      send();
    }
  }

  return store;
}

/**
 * @param {Uint8Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {number} channels
 */
function drawn(pixels, width, height, channels) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[i * channels + (c % channels)];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * What to draw on a canvas with.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw on a canvas");
  return context;
}

/**
 * Draw a picture into a square, whole, its pixels kept sharp where it is enlarged.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} picture
 * @param {number} x
 * @param {number} y
 * @param {number} side
 */
export function drawInto(context, picture, x, y, side) {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(picture, x + (side - width) / 2, y + (side - height) / 2, width, height);
}
