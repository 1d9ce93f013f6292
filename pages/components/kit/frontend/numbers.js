/* Numbers as they are written on the page, and kept within bounds. */

/**
 * A number with at most four digits and a real minus sign; Python's are in cae/number_text.py.
 *
 * @param {number} value
 */
export function numberText(value) {
  return Number.isNaN(value) ? "missing" : withMinus(Number(value.toPrecision(4)));
}

/**
 * What is written of a value: of a number its minus sign is one, all else stays.
 *
 * @param {number | string} value
 */
export const withMinus = (value) =>
  typeof value === "number" ? String(value).replaceAll("-", "−") : value;

/** @param {number} count */
export const countText = (count) => count.toLocaleString("en");

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
