/* What is kept of a column, and the filter that keeps it; Python's are in cae/columns/filters.py. */

/**
 * @typedef {{
 *   values?: string[],
 *   low?: number | string,
 *   high?: number | string,
 *   contains?: string,
 *   missing?: boolean,
 * }} Filter
 */

/**
 * A column in bins: of each its ends, its name, and how many images are in scope and selected;
 * one more is named and counted for images without a value.
 *
 * @typedef {{
 *   column: string,
 *   title: string,
 *   kind: string,
 *   lows: (number | string)[],
 *   highs: (number | string)[],
 *   names: string[],
 *   scope: number[],
 *   selected: number[],
 *   hasMissing: boolean,
 *   filter: Filter | null,
 * }} Facet
 */

/** @typedef {Pick<Facet, "lows" | "hasMissing" | "filter">} Categories */

/**
 * The categories that can be kept: their places in `lows`, and one past them for missing values.
 *
 * @param {Categories} facet
 */
export function placesOf({ lows, hasMissing }) {
  return [...lows.keys(), ...(hasMissing ? [lows.length] : [])];
}

/**
 * Whether the filter keeps a category.
 *
 * @param {Categories} facet
 * @param {number} place
 */
export function isKept({ lows, filter }, place) {
  if (!filter?.values) return true;
  if (place === lows.length) return Boolean(filter.missing);
  return filter.values.map(String).includes(String(lows[place]));
}

/**
 * The filter after a category was pressed. The first press keeps one alone; later ones add and take
 * away. Null is none, where all or nothing would be kept.
 *
 * @param {Categories} facet
 * @param {number} pressed
 * @returns {{values: (number | string)[], missing?: true} | null}
 */
export function toggled(facet, pressed) {
  const all = placesOf(facet);
  const kept = facet.filter?.values
    ? all.filter((place) => isKept(facet, place) !== (place === pressed))
    : [pressed];
  if (!kept.length || kept.length === all.length) return null;
  const missing = facet.lows.length;
  return {
    values: kept.filter((place) => place !== missing).map((place) => facet.lows[place]),
    ...(kept.includes(missing) ? { missing: true } : {}),
  };
}

/**
 * The filter that keeps a range, or null where it would keep everything.
 *
 * @param {Pick<Facet, "lows" | "highs" | "hasMissing">} facet
 * @param {number | string} low
 * @param {number | string} high
 * @param {boolean} keepsMissing
 * @returns {Filter | null}
 */
export function rangeFilter({ lows, highs, hasMissing }, low, high, keepsMissing) {
  const isAll =
    low <= lows[0] && high >= highs[highs.length - 1] && (keepsMissing || !hasMissing);
  return isAll ? null : { low, high, ...(keepsMissing ? { missing: true } : {}) };
}
