/* How an image is looked at: how close, which part, and which grey values. */
import { clamp } from "../../kit/frontend/numbers.js";

/**
 * `x` and `y` shift the image, in percent of its pane; window and level are grey values.
 *
 * @typedef {{
 *   zoom: number,
 *   x: number,
 *   y: number,
 *   window: number,
 *   level: number,
 *   invert: boolean,
 * }} Look
 */

export const MOST_ZOOM = 16;
/** @type {Readonly<Look>} */
export const UNTOUCHED = { zoom: 1, x: 0, y: 0, window: 255, level: 127.5, invert: false };

/**
 * The look with all values where they may be; an image is never moved off its pane.
 *
 * @param {Look} look
 * @returns {Look}
 */
export function bounded(look) {
  const slack = -(look.zoom - 1) * 100;
  return {
    ...look,
    x: clamp(look.x, slack, 0),
    y: clamp(look.y, slack, 0),
    window: clamp(look.window, 4, 255),
    level: clamp(look.level, 0, 255),
  };
}

/**
 * Zoom so that the place at (x, y), shares of a pane, stays where it is.
 *
 * @param {Look} look
 * @param {number} factor
 * @param {number} [x]
 * @param {number} [y]
 * @returns {Look}
 */
export function zoomed(look, factor, x = 0.5, y = 0.5) {
  const zoom = clamp(look.zoom * factor, 1, MOST_ZOOM);
  const ratio = zoom / look.zoom;
  return bounded({
    ...look,
    zoom,
    x: 100 * x - ratio * (100 * x - look.x),
    y: 100 * y - ratio * (100 * y - look.y),
  });
}

/**
 * The linear function of grey values (0–1) that shows a window around a level.
 *
 * @param {Pick<Look, "window" | "level" | "invert">} look
 */
export function transfer({ window, level, invert }) {
  const slope = 255 / window;
  const intercept = 0.5 - level / window;
  return invert ? { slope: -slope, intercept: 1 - intercept } : { slope, intercept };
}
