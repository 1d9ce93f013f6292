/* What never changes about a map's points. It is sent apart from colours and selection, so that
   a rerun does not send it again, and waits here under its digest until a map asks for it. Python
   knows what is here and says what is to go; nothing goes by itself. */
import { createGrid } from "./grid.js";

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

/** @typedef {{promise: Promise<Points>, resolve: (points: Points) => void}} Entry */

/** @type {Map<string, Entry>} */
const kept = new Map();

/** @param {string} digest */
function entryOf(digest) {
  const entry = kept.get(digest) ?? newEntry();
  kept.set(digest, entry);
  return entry;
}

/** @returns {Entry} */
function newEntry() {
  /** @type {Entry["resolve"]} */
  let resolve = () => {};
  const promise = new Promise((/** @type {Entry["resolve"]} */ done) => (resolve = done));
  return { promise, resolve };
}

/**
 * The points with this digest, as soon as they are here.
 *
 * @param {string} digest
 */
export const pointsOf = (digest) => entryOf(digest).promise;

/** @param {Points} points */
export const takePoints = (points) => entryOf(points.digest).resolve(points);

/**
 * Let go of the points with these digests.
 *
 * @param {string[]} digests
 */
export function dropPoints(digests) {
  for (const digest of digests) kept.delete(digest);
}

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
