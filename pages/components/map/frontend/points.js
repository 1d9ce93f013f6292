/* What never changes about a map's points, as Python sends it. */
import { createGrid } from "./grid.js";
import { createKept } from "./kept.js";

/** @import { Box, Contour, Points, PointsHeader } from "./types.js" */

/**
 * @typedef {{
 *   positions: Float32Array,
 *   ids: Uint8Array,
 *   contours: Float32Array,
 *   contourLevels: Uint8Array,
 *   contourLengths: Uint16Array,
 * } & Record<string, Uint16Array>} PointsArrays
 */

/** @type {ReturnType<typeof createKept<Points>>} */
export const keptPoints = createKept();

/**
 * Places, ids and hover lines as Python sends them: `dimensions` (2 or 3) numbers a point;
 * `places` is their digest and `images` that of the ids, so that maps know when they show the
 * same images elsewhere.
 *
 * @param {{header: PointsHeader, arrays: PointsArrays}} message
 * @returns {Points}
 */
export function decodePoints({ header, arrays }) {
  const grid = header.dimensions === 2 ? createGrid(arrays.positions) : null;
  /** @type {string[] | null} */
  let ids = null;
  return {
    ...header,
    positions: arrays.positions,
    grid,
    extent: grid ? grid.box : boundingCube(arrays.positions),
    fields: header.fields.map((field, i) => ({ ...field, codes: arrays[`field${i}`] })),
    contours: decodeContours(arrays.contours, arrays.contourLevels, arrays.contourLengths),
    idOf(row) {
      ids ??= new TextDecoder().decode(arrays.ids).split("\n");
      return ids[row];
    },
  };
}

/**
 * The square around points in space that holds them however they are turned.
 *
 * @param {Float32Array} positions
 * @returns {Box}
 */
function boundingCube(positions) {
  let reach = 0;
  for (let i = 0; i < positions.length; i += 3) {
    reach = Math.max(reach, Math.hypot(positions[i], positions[i + 1], positions[i + 2]));
  }
  return { left: -reach || -1, right: reach || 1, bottom: -reach || -1, top: reach || 1 };
}

/**
 * Lines of equal density: corners one after another, and level and length of each line.
 *
 * @param {Float32Array} corners
 * @param {Uint8Array} levels
 * @param {Uint16Array} lengths
 * @returns {Contour[]}
 */
function decodeContours(corners, levels, lengths) {
  /** @type {Contour[]} */
  const lines = [];
  let start = 0;
  lengths.forEach((length, i) => {
    lines.push({ level: levels[i], corners: corners.subarray(2 * start, 2 * (start + length)) });
    start += length;
  });
  return lines;
}
