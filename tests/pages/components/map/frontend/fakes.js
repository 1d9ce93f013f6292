/* Maps without a page, for what can be known of one without drawing it. */
import { createCamera } from "../../../../../pages/components/map/frontend/camera.js";
import { decodePoints } from "../../../../../pages/components/map/frontend/points.js";
import protocol from "../../../../../pages/components/map/frontend/protocol.json" with { type: "json" };

/** @import { LatentMap, Scene, Shown, Size } from "../../../../../pages/components/map/frontend/types.js" */

/**
 * Points as they come from a message.
 *
 * @param {number[]} positions
 * @param {number} [dimensions]
 */
export function pointsAt(positions, dimensions = 2) {
  const count = positions.length / dimensions;
  const header = { digest: "d", places: "p", images: "i", count, dimensions, fields: [] };
  const arrays = {
    positions: new Float32Array(positions),
    ids: new TextEncoder().encode([...Array(count).keys()].join("\n")),
    contours: new Float32Array(),
    contourLevels: new Uint8Array(),
    contourLengths: new Uint16Array(),
  };
  return decodePoints({ header, arrays: /** @type {any} */ (arrays) });
}

/**
 * A map that shows points, all in scope, in a window of a size.
 *
 * @param {ReturnType<typeof pointsAt>} points
 * @param {Size} size
 * @param {(row: number) => boolean} [isPickable]
 */
export function mapOf(points, size, isPickable = () => true) {
  const states = new Uint8Array(points.count).fill(protocol.states.inScope);
  const levels = new Uint16Array(points.count);
  const scene = /** @type {Scene} */ (
    /** @type {unknown} */ ({ points, states, levels, isPickable })
  );
  const shown = /** @type {Shown} */ (/** @type {unknown} */ ({ points, scene, pictures: null }));
  let moves = 0;
  const map = {
    settings: { mosaic: null, density: false, cameras: {} },
    shown,
    now: () => shown,
    size,
    moved: () => moves++,
    moves: () => moves,
  };
  const camera = createCamera(/** @type {LatentMap} */ (/** @type {unknown} */ (map)));
  camera.prepare();
  return { ...map, camera };
}

/**
 * Numbers between 0 and 1 that are the same in every run (Lehmer's generator).
 *
 * @param {number} count
 */
export function numbers(count) {
  let state = 42;
  return Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) / 2147483647);
}
