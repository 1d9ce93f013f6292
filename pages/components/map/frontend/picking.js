/* Which point the pointer is at. */
import { FLAT, depthOf, planeOf } from "./space.js";

/** @import { LatentMap, Pair } from "./types.js" */
/** @typedef {Pick<LatentMap, "now" | "camera">} Picked */

export const PICK_PIXELS = 16;
const AROUND_PIXELS = 40;
const MOST_AROUND = 60;

/**
 * The row that a click at `place` (pixels) would pick, or −1.
 *
 * @param {Picked} map
 * @param {Pair} place
 */
export function rowAt(map, place) {
  const { points, scene } = map.now();
  if (!points.grid) return nearestInSpace(map, place);
  const [x, y] = map.camera.toData(place);
  return points.grid.nearest(x, y, PICK_PIXELS / map.camera.view().scale, scene.isPickable);
}

/**
 * In space every point is looked at; of those within reach the one nearest the viewer wins.
 *
 * @param {Picked} map
 * @param {Pair} place
 */
function nearestInSpace({ now, camera }, [left, top]) {
  const { points, scene } = now();
  const { turn } = camera.view();
  let best = -1;
  let bestRank = Infinity;
  for (let row = 0; row < points.count; row++) {
    const [x, y] = camera.screenOf(row);
    const way = Math.hypot(x - left, y - top);
    if (way > PICK_PIXELS || !scene.isPickable(row)) continue;
    const depth = depthOf(points, turn, row);
    const rank = way - (PICK_PIXELS * depth) / (points.extent.right || 1);
    if (rank < bestRank) [best, bestRank] = [row, rank];
  }
  return best;
}

/**
 * Rows that the pointer is likely to come to next after `row`; none are known in space.
 *
 * @param {Picked} map
 * @param {number} row
 */
export function rowsAround({ now, camera }, row) {
  const { points } = now();
  if (!points.grid) return [];
  const radius = AROUND_PIXELS / camera.view().scale;
  return points.grid.around(...planeOf(points, FLAT, row), radius, MOST_AROUND);
}
