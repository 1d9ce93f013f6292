/* One frame of a film large, beside the real image nearest to it. Playing goes to and fro. */
import { find, setPressed } from "../../kit/frontend/elements.js";
import { frameOf, onFrameShown, showFrame } from "../../kit/frontend/frames.js";
import { FAR } from "./far.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/**
 * @typedef {{
 *   image: string,
 *   caption: string,
 *   nearest: number,
 *   nearestCaption: string,
 *   distance: number,
 *   isOffData: boolean,
 *   difference: string | null,
 * }} Frame
 */
/** @typedef {{film: string, frames: Frame[], nearest: Record<number, string>}} Film */

const MILLISECONDS_PER_FRAME = 300;

/**
 * The frame after `shown` on the way to and fro, and the direction it lies in.
 *
 * @param {number} shown
 * @param {number} count
 * @param {number} direction 1 or −1
 */
export function frameAfter(shown, count, direction) {
  const isInside = shown + direction >= 0 && shown + direction < count;
  const next = isInside ? direction : -direction;
  return { frame: shown + next, direction: next };
}

/**
 * @param {HTMLElement} root
 * @param {Film} data
 */
function createViewer(root, data) {
  const part = (/** @type {string} */ name) => find(root, `.cae-viewer-${name}`, HTMLElement);
  const image = (/** @type {string} */ name) =>
    find(root, `.cae-viewer-${name}`, HTMLImageElement);
  const slider = find(root, "input", HTMLInputElement);
  const play = part("play");
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let direction = 1;

  function show() {
    const count = data.frames.length;
    const shown = frameOf(data.film, count);
    const frame = data.frames[shown];
    const words = `Step ${shown + 1} of ${count}`;
    image("frame").src = frame.image;
    image("frame").alt = `Synthetic image: ${words}`;
    part("step").textContent = words;
    part("way").textContent = frame.caption;
    image("nearest").src = data.nearest[frame.nearest];
    image("nearest").alt = `Nearest real image: ${frame.nearestCaption}`;
    part("near").textContent = frame.nearestCaption;
    part("near").title = frame.nearestCaption;
    part("distance").textContent = `Cosine distance ${frame.distance.toFixed(3)}`;
    part("off").hidden = !frame.isOffData;
    part("off").title = FAR;
    part("change").hidden = !frame.difference;
    if (frame.difference) image("difference").src = frame.difference;
    slider.max = String(count);
    slider.value = String(shown + 1);
    slider.setAttribute("aria-valuetext", words);
    root.dataset.step = String(shown + 1);
  }

  function advance() {
    const count = data.frames.length;
    const next = frameAfter(frameOf(data.film, count), count, direction);
    direction = next.direction;
    showFrame(data.film, next.frame);
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    setPressed(play, false);
  }

  play.onclick = () => {
    if (timer) return stop();
    direction = 1;
    timer = setInterval(advance, MILLISECONDS_PER_FRAME);
    setPressed(play, true);
  };
  slider.oninput = () => {
    stop();
    showFrame(data.film, Number(slider.value) - 1);
  };
  const forget = onFrameShown(show);
  stop();

  return {
    /** @param {Film} next */
    update(next) {
      data = next;
      show();
    },
    destroy() {
      stop();
      forget();
    },
  };
}

/** @type {WeakMap<Element, ReturnType<typeof createViewer>>} */
const viewers = new WeakMap();

/** @param {Mounted<Film>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".cae-viewer", HTMLElement);
  const viewer = viewers.get(root) ?? createViewer(root, data);
  viewers.set(root, viewer);
  viewer.update(data);
  return () => {
    viewers.delete(root);
    viewer.destroy();
  };
}
