/* Points sorted into square cells, so that the one nearest to a place is found at once. */
import { clamp } from "../../kit/frontend/numbers.js";

/** @import { Box, Grid } from "./types.js" */

/**
 * @param {Float32Array} xy x and y of each row
 * @returns {Grid}
 */
export function createGrid(xy) {
  const count = xy.length / 2;
  const box = boundingBox(xy);
  const side = Math.max(1, Math.ceil(Math.sqrt(count / 2)));
  const cellWidth = (box.right - box.left) / side || 1;
  const cellHeight = (box.top - box.bottom) / side || 1;
  const column = (/** @type {number} */ x) =>
    clamp(Math.floor((x - box.left) / cellWidth), 0, side - 1);
  const line = (/** @type {number} */ y) =>
    clamp(Math.floor((y - box.bottom) / cellHeight), 0, side - 1);

  const starts = new Uint32Array(side * side + 1);
  const cells = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    cells[i] = line(xy[2 * i + 1]) * side + column(xy[2 * i]);
    starts[cells[i] + 1]++;
  }
  for (let c = 0; c < side * side; c++) starts[c + 1] += starts[c];
  const next = starts.slice(0, -1);
  const rows = new Uint32Array(count);
  for (let i = 0; i < count; i++) rows[next[cells[i]]++] = i;

  /**
   * The accepted row nearest to (x, y) within `radius`, or −1.
   *
   * @type {Grid["nearest"]}
   */
  function nearest(x, y, radius, accepts) {
    let best = -1;
    let bestDistance = radius * radius;
    for (let r = line(y - radius); r <= line(y + radius); r++) {
      const from = starts[r * side + column(x - radius)];
      const to = starts[r * side + column(x + radius) + 1];
      for (let k = from; k < to; k++) {
        const row = rows[k];
        const distance = (xy[2 * row] - x) ** 2 + (xy[2 * row + 1] - y) ** 2;
        if (distance <= bestDistance && accepts(row)) {
          best = row;
          bestDistance = distance;
        }
      }
    }
    return best;
  }

  /**
   * Up to `most` rows about (x, y): those of the cells around it.
   *
   * @type {Grid["around"]}
   */
  function around(x, y, radius, most) {
    /** @type {number[]} */
    const found = [];
    for (let r = line(y - radius); r <= line(y + radius) && found.length < most; r++) {
      const from = starts[r * side + column(x - radius)];
      const to = starts[r * side + column(x + radius) + 1];
      found.push(...rows.subarray(from, Math.min(to, from + most - found.length)));
    }
    return found;
  }

  return { box, nearest, around };
}

/**
 * @param {Float32Array} xy
 * @returns {Box}
 */
function boundingBox(xy) {
  if (!xy.length) return { left: 0, right: 1, bottom: 0, top: 1 };
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let i = 0; i < xy.length; i += 2) {
    box.left = Math.min(box.left, xy[i]);
    box.right = Math.max(box.right, xy[i]);
    box.bottom = Math.min(box.bottom, xy[i + 1]);
    box.top = Math.max(box.top, xy[i + 1]);
  }
  return box;
}
