/* Turning points in space. A rotation is 3×3, by rows; its first two rows are right and up. */
/** @import { Pair, Places } from "./types.js" */

export const FLAT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
export const SLANTED = turnedBy(FLAT, 0.55, -0.4);

/**
 * @param {number[]} turn
 * @param {number} right radians about the axis that points up
 * @param {number} up radians about the axis that points right
 */
export function turnedBy(turn, right, up) {
  const [cr, sr, cu, su] = [Math.cos(right), Math.sin(right), Math.cos(up), Math.sin(up)];
  const across = [cr, 0, sr, 0, 1, 0, -sr, 0, cr];
  const upright = [1, 0, 0, 0, cu, -su, 0, su, cu];
  return times(upright, times(across, turn));
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function times(a, b) {
  return a.map((_, i) => {
    const [line, column] = [3 * Math.floor(i / 3), i % 3];
    return a[line] * b[column] + a[line + 1] * b[3 + column] + a[line + 2] * b[6 + column];
  });
}

/**
 * The place of a row on the plane of the screen, in data units.
 *
 * @param {Places} places
 * @param {number[]} turn
 * @param {number} row
 * @returns {Pair}
 */
export function planeOf({ positions, dimensions }, turn, row) {
  if (dimensions === 2) return [positions[2 * row], positions[2 * row + 1]];
  const [x, y, z] = [positions[3 * row], positions[3 * row + 1], positions[3 * row + 2]];
  return [
    turn[0] * x + turn[1] * y + turn[2] * z,
    turn[3] * x + turn[4] * y + turn[5] * z,
  ];
}

/**
 * How near to the viewer a row of points in space is; larger is nearer.
 *
 * @param {Places} places
 * @param {number[]} turn
 * @param {number} row
 */
export function depthOf({ positions }, turn, row) {
  const [x, y, z] = [positions[3 * row], positions[3 * row + 1], positions[3 * row + 2]];
  return turn[6] * x + turn[7] * y + turn[8] * z;
}
