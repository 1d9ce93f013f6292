/* The plane: a square to drag in, and what the model decodes at each of its places. All it can
   show is on two sheets, so that it follows the pointer without asking Python. */
import { find } from "../../kit/frontend/elements.js";
import { showFrame } from "../../kit/frontend/frames.js";
import { cellAfter, cellAt, cellNumber, cellWithin } from "./cells.js";
import { FAR } from "./far.js";
import { drawTile, loaded, tileAt } from "./sheets.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Cell, Cells } from "./cells.js" */

/**
 * @typedef {Cells & {
 *   film: string,
 *   axes: [string, string],
 *   pixels: [number, number],
 *   decoded: string,
 *   originals: string,
 *   nearest: number[],
 *   names: string[],
 *   distances: number[],
 *   offData: number[],
 * }} Plane
 */

// Of the pad's background: each place takes so many pixels, and at most so many images a row are
// drawn on it.
const TILE = 24;
const MOST_DRAWN = 11;

/**
 * How far a cell is from the middle in both directions, in words.
 *
 * @param {Cells & {axes: [string, string]}} plane
 * @param {Cell} cell
 */
export function placeInWords({ left, bottom, step, axes }, [column, row]) {
  const sigmas = [left + column * step, bottom + row * step].map((value) => {
    const text = Math.abs(value).toFixed(1);
    return `${text === "0.0" ? "" : value < 0 ? "−" : "+"}${text} σ`;
  });
  return `${axes[0]} ${sigmas[0]} · ${axes[1]} ${sigmas[1]}`;
}

/**
 * How many places along an edge share one drawn image: an odd number, so that it is of the middle.
 *
 * @param {number} side
 */
export const sharing = (side) =>
  [1, 3, 5].find((count) => side % count === 0 && side / count <= MOST_DRAWN) ?? 1;

/**
 * The cell that a place of the pad, in shares of its width and height from the upper left, is in.
 *
 * @param {Cells} cells
 * @param {number} right
 * @param {number} down
 */
export const cellUnder = (cells, right, down) =>
  cellAt(
    cells,
    cells.left + (right * cells.side - 0.5) * cells.step,
    cells.bottom + ((1 - down) * cells.side - 0.5) * cells.step,
  );

/**
 * Draw slanting lines over a place.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} top
 */
function hatch(context, left, top) {
  context.beginPath();
  for (const [from, to] of [[0, 0.5], [0.5, 1]]) {
    context.moveTo(left + from * TILE, top + to * TILE);
    context.lineTo(left + to * TILE, top + from * TILE);
  }
  context.stroke();
}

/**
 * @param {HTMLElement} root
 * @param {Plane} data
 */
function createPlane(root, data) {
  const part = (/** @type {string} */ name) => find(root, `.cae-plane-${name}`, HTMLElement);
  const pad = part("pad");
  const canvas = (/** @type {string} */ name) =>
    find(root, `.cae-plane-${name}`, HTMLCanvasElement);
  const background = find(pad, "canvas", HTMLCanvasElement);
  /** @type {{decoded: HTMLImageElement, originals: HTMLImageElement} | null} */
  let sheets = null;
  let cell = cellAt(data, 0, 0);
  let loading = "";

  /** @param {Cell} next */
  function look(next) {
    cell = next;
    if (!sheets) return;
    const number = cellNumber(data, cell);
    const nearest = data.nearest[number];
    const name = data.names[nearest];
    const place = placeInWords(data, cell);
    drawTile(canvas("decoded"), sheets.decoded, data, number, `Synthetic image, ${place}`);
    drawTile(canvas("original"), sheets.originals, data, nearest, `Nearest real image: ${name}`);
    part("place").textContent = place;
    part("name").textContent = `${name} · cosine distance ${data.distances[number].toFixed(3)}`;
    part("off").hidden = !data.offData.includes(number);
    part("off").title = FAR;
    part("dot").style.left = `${((cell[0] + 0.5) / data.side) * 100}%`;
    part("dot").style.top = `${(1 - (cell[1] + 0.5) / data.side) * 100}%`;
    root.dataset.cell = String(number);
    showFrame(data.film, number);
  }

  /** Show what is decoded, small, with places hatched that are far from every image. */
  function paint() {
    const context = background.getContext("2d");
    if (!sheets || !context) return;
    const [width, height] = data.pixels;
    const { side } = data;
    background.width = background.height = side * TILE;
    const shared = sharing(side);
    for (let down = 0; down < side; down += shared) {
      for (let column = 0; column < side; column += shared) {
        const middle = (shared - 1) / 2;
        const number = cellNumber(data, [column + middle, side - 1 - down - middle]);
        const size = shared * TILE;
        const place = /** @type {const} */ ([column * TILE, down * TILE, size, size]);
        context.drawImage(sheets.decoded, ...tileAt(data, number), width, height, ...place);
      }
    }
    context.strokeStyle = "#ffbf00";
    context.lineWidth = 1.5;
    for (const number of data.offData) {
      hatch(context, (number % side) * TILE, (side - 1 - Math.floor(number / side)) * TILE);
    }
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    const box = pad.getBoundingClientRect();
    const right = (event.clientX - box.left) / box.width;
    const down = (event.clientY - box.top) / box.height;
    look(cellUnder(data, right, down));
  }

  pad.onpointerdown = (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  };
  pad.onpointermove = (event) => {
    if (event.buttons) follow(event);
  };
  pad.ondblclick = () => look(cellAt(data, 0, 0));
  pad.onkeydown = (event) => {
    const next = event.key === "Home" ? cellAt(data, 0, 0) : cellAfter(data, cell, event.key);
    if (!next) return;
    event.preventDefault();
    look(next);
  };

  return {
    /** @param {Plane} next */
    async update(next) {
      const isOther = next.side !== data.side;
      data = next;
      part("right").textContent = `${data.axes[0]} →`;
      part("up").textContent = `${data.axes[1]} →`;
      if (isOther) cell = cellAt(data, 0, 0);
      if (loading === next.decoded) return;
      loading = next.decoded;
      sheets = null;
      const [decoded, originals] = await Promise.all([loaded(next.decoded), loaded(next.originals)]);
      if (loading !== next.decoded) return;
      sheets = { decoded, originals };
      paint();
      look(cellWithin(data, cell));
    },
  };
}

/** @type {WeakMap<Element, ReturnType<typeof createPlane>>} */
const planes = new WeakMap();

/** @param {Mounted<Plane>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".cae-plane", HTMLElement);
  const plane = planes.get(root) ?? createPlane(root, data);
  planes.set(root, plane);
  plane.update(data);
  return () => planes.delete(root);
}
