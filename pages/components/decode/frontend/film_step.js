/* Tells Python which frame of a film is shown, as soon as it stays for a moment. */
import { find } from "../../kit/frontend/elements.js";
import { frameOf, onFrameShown } from "../../kit/frontend/frames.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

const REST_MS = 250;

/** @type {WeakMap<Element, () => void>} */
const stops = new WeakMap();

/** @param {Mounted<{film: string, count: number}>} component */
export default function ({ data, parentElement, setStateValue }) {
  const root = find(parentElement, ".cae-film-step", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = () => {
    const step = frameOf(data.film, data.count);
    if (root.dataset.told === String(step)) return;
    root.dataset.told = String(step);
    setStateValue("step", step);
  };
  const forget = onFrameShown(() => {
    clearTimeout(timer);
    timer = setTimeout(tell, REST_MS);
  });
  const stop = () => {
    clearTimeout(timer);
    forget();
  };
  stops.get(root)?.();
  stops.set(root, stop);
  tell();
  return stop;
}
