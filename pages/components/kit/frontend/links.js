/* What maps and other components of a page tell each other. */

/**
 * "hover": the pointer rests on an image, −1 is none.
 * "place": the pointer is at a place of a map's data, at most once a frame; null places mean that
 * it has left. Anything on the page may listen.
 * "choice": tool, mode, hidden categories or range were changed in one of the maps that show the
 * same images.
 *
 * @typedef {{
 *   hover: {images: string, row: number, source: string},
 *   place: {images: string, key: string, x: number | null, y: number | null, row: number},
 *   choice: {choices: Choices},
 * }} News
 */

/**
 * What the maps of the same images have in common: `off` has the hidden levels of each title,
 * `range` the first and last step of its scale that are in colour.
 *
 * @typedef {{
 *   tool: string,
 *   mode: string,
 *   off: Record<string, Set<string>>,
 *   range: Record<string, number[]>,
 * }} Choices
 */

const KEPT = "cae choices ";
const news = new EventTarget();
/** @type {Map<string, Choices>} */
const choices = new Map();

/**
 * @template {keyof News} Kind
 * @param {Kind} kind
 * @param {News[Kind]} detail
 */
export function announce(kind, detail) {
  news.dispatchEvent(new CustomEvent(kind, { detail }));
}

/**
 * Call `listener` with all that is announced of a kind.
 *
 * @template {keyof News} Kind
 * @param {Kind} kind
 * @param {(detail: News[Kind]) => void} listener
 * @returns {() => void} ends it
 */
export function listen(kind, listener) {
  const hear = (/** @type {Event} */ event) =>
    listener(/** @type {CustomEvent<News[Kind]>} */ (event).detail);
  news.addEventListener(kind, hear);
  return () => news.removeEventListener(kind, hear);
}

/**
 * What was chosen on the maps of some images, also before the page was reloaded.
 *
 * @param {string} images
 * @returns {Choices}
 */
export function choicesOf(images) {
  const known = choices.get(images) ?? { tool: "lasso", mode: "replace", ...recalled(images) };
  choices.set(images, known);
  return known;
}

/**
 * Keep what is hidden and faded on the maps of some images for as long as the tab is open.
 *
 * @param {string} images
 */
export function keepChoices(images) {
  const { off, range } = choicesOf(images);
  const hidden = Object.entries(off).map(([title, names]) => [title, [...names]]);
  try {
    sessionStorage.setItem(KEPT + images, JSON.stringify({ off: hidden, range }));
  } catch {
    // Without room, or where the browser keeps nothing, a reload shows everything again.
  }
}

/**
 * @param {string} images
 * @returns {Pick<Choices, "off" | "range">}
 */
function recalled(images) {
  try {
    const { off, range } = JSON.parse(sessionStorage.getItem(KEPT + images) ?? "");
    /** @type {[string, string[]][]} */
    const hidden = off;
    return {
      off: Object.fromEntries(hidden.map(([title, names]) => [title, new Set(names)])),
      range: { ...range },
    };
  } catch {
    return { off: {}, range: {} };
  }
}
