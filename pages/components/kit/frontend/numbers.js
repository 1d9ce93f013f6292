/* Numbers as they are written on the page, and kept within bounds. */

/** @param {number} value */
export function numberText(value) {
  return Number.isNaN(value) ? "missing" : String(Number(value.toPrecision(4)));
}

/** @param {number} count */
export const countText = (count) => count.toLocaleString("en");

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
