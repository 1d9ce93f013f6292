/* The cells of a lens: a square of `side` cells over the map, counted from its lower left. */
import { clamp } from "../../kit/frontend/numbers.js";

/** @typedef {[column: number, row: number]} Cell */
/** @typedef {{side: number, left: number, bottom: number, step: number}} Cells */

/** @type {Record<string, Cell>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {Pick<Cells, "side">} cells
 * @param {number} column
 * @param {number} row
 * @returns {Cell}
 */
const inside = ({ side }, column, row) => [
  clamp(Math.round(column), 0, side - 1),
  clamp(Math.round(row), 0, side - 1),
];

/**
 * @param {Pick<Cells, "side">} cells
 */
export const middleCell = (cells) => inside(cells, cells.side / 2, cells.side / 2);

/**
 * The cell at a place of the map's data, or the nearest one.
 *
 * @param {Cells} cells
 * @param {number} x
 * @param {number} y
 */
export const cellAt = (cells, x, y) =>
  inside(cells, (x - cells.left) / cells.step, (y - cells.bottom) / cells.step);

/**
 * The cell that a key leads to, or null where the key leads nowhere.
 *
 * @param {Pick<Cells, "side">} cells
 * @param {Cell} cell
 * @param {string} key
 */
export function cellAfter(cells, [column, row], key) {
  const move = MOVES[key];
  return move ? inside(cells, column + move[0], row + move[1]) : null;
}

/**
 * A cell's number, as the tiles of a sheet are counted.
 *
 * @param {Pick<Cells, "side">} cells
 * @param {Cell} cell
 */
export const cellNumber = ({ side }, [column, row]) => row * side + column;

/**
 * The same cell in another lens, or the nearest one that it has.
 *
 * @param {Pick<Cells, "side">} cells
 * @param {Cell} cell
 */
export const cellWithin = (cells, [column, row]) => inside(cells, column, row);
