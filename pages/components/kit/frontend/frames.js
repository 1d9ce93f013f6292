/* Which frame of each film is shown; its strip, its viewer, the map and what tells Python share
   this. */

/** @type {Map<string, number>} */
const shown = new Map();
const news = new EventTarget();

/**
 * The frame that is shown of the `count` of a film: the middle one until another was.
 *
 * @param {string} film
 * @param {number} count
 */
export function frameOf(film, count) {
  return Math.min(shown.get(film) ?? Math.floor((count - 1) / 2), count - 1);
}

/**
 * @param {string} film
 * @param {number} frame
 */
export function showFrame(film, frame) {
  shown.set(film, frame);
  news.dispatchEvent(new CustomEvent("frame", { detail: film }));
}

/**
 * Call `listener` with the name of a film whenever another of its frames is shown.
 *
 * @param {(film: string) => void} listener
 * @returns {() => void} ends it
 */
export function onFrameShown(listener) {
  const hear = (/** @type {Event} */ event) =>
    listener(/** @type {CustomEvent<string>} */ (event).detail);
  news.addEventListener("frame", hear);
  return () => news.removeEventListener("frame", hear);
}
