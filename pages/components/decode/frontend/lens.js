/* The lens: what the model decodes where the pointer is on a map. All it can show is on two
   sheets, so that it follows the pointer without asking Python. */
import { find } from "../../kit/frontend/elements.js";
import { showFrame } from "../../kit/frontend/frames.js";
import { listen } from "../../kit/frontend/links.js";
import { cellAfter, cellAt, cellNumber, cellWithin, middleCell } from "./cells.js";
import { FAR } from "./far.js";
import { drawTile, loaded } from "./sheets.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Cell, Cells } from "./cells.js" */

/**
 * @typedef {Cells & {
 *   film: string,
 *   map: string,
 *   pixels: [number, number],
 *   decoded: string,
 *   originals: string,
 *   nearest: number[],
 *   names: string[],
 *   offData: number[],
 * }} Lens
 */

// A pointer that stays so long is not on its way elsewhere.
const REST_MS = 250;

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
    drawTile(canvas("decoded"), sheets.decoded, data, number, `Synthetic image near ${name}`);
    drawTile(canvas("original"), sheets.originals, data, nearest, `Nearest real image: ${name}`);
    part("name").textContent = name;
    part("name").title = name;
    part("off").hidden = !data.offData.includes(number);
    part("off").title = `On the map, or in the latent space: ${FAR}`;
    root.dataset.cell = String(number);
    showFrame(data.film, number);
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  let rested = cell;
  const forget = listen("place", ({ key, x, y }) => {
    if (key !== data.map) return;
    clearTimeout(resting);
    if (x === null || y === null) {
      // What lies between a place and the buttons beside the map was not meant.
      look(rested);
      return;
    }
    look(cellAt(data, x, y));
    resting = setTimeout(() => (rested = cell), REST_MS);
  });

  root.onkeydown = (event) => {
    const next = cellAfter(data, cell, event.key);
    if (!next) return;
    event.preventDefault();
    rested = next;
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
    destroy() {
      clearTimeout(resting);
      forget();
    },
  };
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
