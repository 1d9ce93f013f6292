/* The frames of a film in a row; pressing one, or an arrow key, shows it. */
import { element, find, framed, setPressed } from "../../kit/frontend/elements.js";
import { frameOf, onFrameShown, showFrame } from "../../kit/frontend/frames.js";
import { FAR } from "./far.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/**
 * @typedef {{
 *   image: string,
 *   label: string,
 *   caption: string,
 *   isOffData: boolean,
 *   nearest: string | null,
 *   nearestCaption: string,
 *   apart: number | null,
 * }} Frame
 */
/** @typedef {{label: string, image: string}} End */
/**
 * @typedef {{
 *   film: string,
 *   columns: number | null,
 *   rows: string[],
 *   frames: Frame[],
 *   ends: End[],
 * }} Film
 */

/**
 * @template {"div" | "button"} Kind
 * @param {Kind} kind
 * @param {HTMLElement} picture
 * @param {string} text
 */
function tile(kind, picture, text) {
  const item = element(kind);
  item.append(picture, element("small", "", text));
  return item;
}

/** @param {End} end */
function original({ label, image }) {
  return tile("div", framed(image, `Original image ${label}`, "cae-original"), label);
}

/**
 * @param {Film} data
 * @param {number} number
 * @param {string} caption
 */
function step({ film, frames }, number, caption) {
  const { image, isOffData, caption: words, nearest, nearestCaption, apart } = frames[number];
  const text = `Synthetic image: step ${number + 1} of ${frames.length}`;
  const button = tile("button", framed(image, text, "cae-synthetic"), caption);
  button.title = isOffData ? `${words}; far from every image. ${FAR}` : words;
  button.classList.toggle("cae-off-data", isOffData);
  if (apart !== null) button.append(element("small", "cae-film-apart", `Δ ${apart.toFixed(3)}`));
  if (nearest) {
    const near = framed(nearest, `Nearest real image: ${nearestCaption}`, "cae-original");
    near.title = nearestCaption;
    button.append(near, element("small", "", "nearest"));
  }
  button.dataset.step = String(number + 1);
  button.onclick = () => showFrame(film, number);
  return button;
}

/**
 * What is written under each frame: the ends of a path are named by their originals.
 *
 * @param {Pick<Film, "ends"> & {frames: {label: string}[]}} film
 */
export function captionsOf({ frames, ends }) {
  const captions = frames.map(({ label }) => label);
  if (ends.length) {
    captions[0] = `${ends[0].label} decoded`;
    captions[captions.length - 1] = `${ends[1].label} decoded`;
  }
  return captions;
}

/**
 * @param {HTMLElement} strip
 * @param {HTMLElement} shown
 */
function keepVisible(strip, shown) {
  const left = shown.offsetLeft - strip.offsetLeft;
  if (left < strip.scrollLeft || left + shown.offsetWidth > strip.scrollLeft + strip.clientWidth) {
    strip.scrollLeft = left - strip.clientWidth / 2;
  }
}

/**
 * How many frames on a key leads; without rows, up and down lead nowhere.
 *
 * @param {string} key
 * @param {number | null} columns
 */
export function frameMove(key, columns) {
  const row = columns ?? NaN;
  /** @type {Record<string, number>} */
  const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row };
  return moves[key] ?? NaN;
}

/** @type {WeakMap<Element, () => void>} */
const listeners = new WeakMap();

/** @param {Mounted<Film>} component */
export default function ({ data, parentElement }) {
  const strip = find(parentElement, ".cae-film", HTMLElement);
  const count = data.frames.length;
  const steps = captionsOf(data).map((caption, at) => step(data, at, caption));
  const [first, last] = data.ends.map(original);
  strip.replaceChildren(...[first, ...steps, last].filter(Boolean));
  const columns = data.columns ?? count + data.ends.length;
  data.rows.forEach((words, row) =>
    steps[row * columns].before(element("div", "cae-film-row", words)),
  );
  strip.classList.toggle("cae-film-grid", data.columns !== null);
  strip.style.setProperty("--tiles", String(columns));

  const mark = () => {
    const shown = frameOf(data.film, count);
    steps.forEach((button, number) => setPressed(button, number === shown));
    keepVisible(strip, steps[shown]);
  };
  strip.onkeydown = (event) => {
    const next = steps[frameOf(data.film, count) + frameMove(event.key, data.columns)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  };
  listeners.get(strip)?.();
  const forget = onFrameShown(mark);
  listeners.set(strip, forget);
  mark();
  return forget;
}
