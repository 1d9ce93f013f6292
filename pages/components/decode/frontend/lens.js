/* The lens: what the model decodes where the pointer is on a map. All it can show is on two
   sheets, so that it follows the pointer without asking Python. */
import { find } from "../../kit/frontend/elements.js";
import { listen } from "../../kit/frontend/links.js";
import { cellAfter, cellAt, cellNumber, cellWithin, middleCell } from "./cells.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Cell, Cells } from "./cells.js" */

/**
 * @typedef {Cells & {
 *   map: string,
 *   pixels: [number, number],
 *   decoded: string,
 *   originals: string,
 *   nearest: number[],
 *   names: string[],
 *   offData: number[],
 * }} Lens
 */

/**
 * @param {HTMLElement} root
 * @param {Lens} data
 */
function createLens(root, data) {
  const part = (/** @type {string} */ name) => find(root, `.cae-lens-${name}`, HTMLElement);
  const canvas = (/** @type {string} */ name) =>
    find(root, `.cae-lens-${name}`, HTMLCanvasElement);
  /** @type {{decoded: HTMLImageElement, originals: HTMLImageElement} | null} */
  let sheets = null;
  let cell = middleCell(data);
  let loading = "";

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLImageElement} sheet
   * @param {number} number
   * @param {string} words
   */
  function draw(canvas, sheet, number, words) {
    const [width, height] = data.pixels;
    canvas.width = width;
    canvas.height = height;
    const left = (number % data.side) * width;
    const top = Math.floor(number / data.side) * height;
    canvas.getContext("2d")?.drawImage(sheet, left, top, width, height, 0, 0, width, height);
    canvas.setAttribute("aria-label", words);
  }

  /**
   * Show what is in a cell, as soon as the sheets are there.
   *
   * @param {Cell} next
   */
  function look(next) {
    cell = next;
    if (!sheets) return;
    const number = cellNumber(data, cell);
    const nearest = data.nearest[number];
    const name = data.names[nearest];
    draw(canvas("decoded"), sheets.decoded, number, `Synthetic image near ${name}`);
    draw(canvas("original"), sheets.originals, nearest, `Nearest real image: ${name}`);
    part("name").textContent = name;
    part("name").title = name;
    part("off").hidden = !data.offData.includes(number);
    root.dataset.cell = String(number);
  }

  const forget = listen("place", ({ key, x, y }) => {
    if (key === data.map && x !== null && y !== null) look(cellAt(data, x, y));
  });

  root.onkeydown = (event) => {
    const next = cellAfter(data, cell, event.key);
    if (!next) return;
    event.preventDefault();
    look(next);
  };
  // The keyboard comes here only once its keys are heard.
  root.tabIndex = 0;

  return {
    /** @param {Lens} next */
    async update(next) {
      data = next;
      if (loading === next.decoded) return;
      loading = next.decoded;
      sheets = null;
      const [decoded, originals] = await Promise.all([loaded(next.decoded), loaded(next.originals)]);
      if (loading !== next.decoded) return;
      sheets = { decoded, originals };
      look(cellWithin(data, cell));
    },
    destroy: forget,
  };
}

/** @param {string} source */
async function loaded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/** @type {WeakMap<Element, ReturnType<typeof createLens>>} */
const lenses = new WeakMap();

/** @param {Mounted<Lens>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".cae-lens", HTMLElement);
  const lens = lenses.get(root) ?? createLens(root, data);
  lenses.set(root, lens);
  lens.update(data);
  return () => {
    lenses.delete(root);
    lens.destroy();
  };
}
