/* The tour: a card that names one thing after the other and a frame around it, above all else, as
   the browser shows popovers. It covers nothing that it talks about, and this browser remembers
   that it was seen. */
import { find } from "../../kit/frontend/elements.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/** @typedef {{target: string, title: string, text: string}} Step */
/** @typedef {{steps: Step[], asked: number}} Tour */

const SEEN = "cae tour seen";
const LOOK_EVERY_MS = 250;
const FRAME_MARGIN = 5;

/**
 * @param {HTMLElement} root
 * @param {Step[]} steps
 */
function createTour(root, steps) {
  const part = (/** @type {string} */ name) => find(root, `.cae-tour-${name}`, HTMLElement);
  const back = find(root, ".cae-tour-back", HTMLButtonElement);
  let shown = 0;
  let asked = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  /** @type {Element | null} */
  let before = null;

  function frame() {
    const box = document.querySelector(steps[shown].target)?.getBoundingClientRect();
    const isSeen = box && box.width > 0 && box.bottom > 0 && box.top < window.innerHeight;
    part("frame").hidden = !isSeen;
    if (!isSeen) return;
    Object.assign(part("frame").style, {
      left: `${box.left - FRAME_MARGIN}px`,
      top: `${box.top - FRAME_MARGIN}px`,
      width: `${box.width + 2 * FRAME_MARGIN}px`,
      height: `${box.height + 2 * FRAME_MARGIN}px`,
    });
  }

  /** @param {number} number */
  function show(number) {
    shown = number;
    const { title, text } = steps[shown];
    document.querySelector(steps[shown].target)?.scrollIntoView({ block: "center" });
    part("step").textContent = `${shown + 1} of ${steps.length}`;
    part("title").textContent = title;
    part("text").textContent = text;
    back.disabled = shown === 0;
    part("next").textContent = shown === steps.length - 1 ? "Done" : "Next";
    part("card").setAttribute("aria-label", `Tour, step ${shown + 1}: ${title}. ${text}`);
    frame();
  }

  function open() {
    if (root.matches(":popover-open")) return;
    before = document.activeElement;
    root.showPopover();
    show(0);
    part("card").focus({ preventScroll: true });
    timer = setInterval(frame, LOOK_EVERY_MS);
  }

  function close() {
    clearInterval(timer);
    root.hidePopover();
    localStorage.setItem(SEEN, "yes");
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }

  /** @param {number} by */
  function step(by) {
    if (!steps[shown + by]) return close();
    show(shown + by);
  }

  part("skip").onclick = close;
  back.onclick = () => step(-1);
  part("next").onclick = () => step(1);
  part("card").onkeydown = (event) => {
    /** @type {Record<string, () => void>} */
    const moves = {
      Escape: close,
      ArrowRight: () => step(1),
      ArrowLeft: () => shown > 0 && step(-1),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  return {
    /** @param {Tour} data */
    update(data) {
      steps = data.steps;
      const isAsked = data.asked > asked;
      asked = data.asked;
      if (isAsked || !localStorage.getItem(SEEN)) open();
    },
    destroy() {
      clearInterval(timer);
    },
  };
}

/** @type {WeakMap<Element, ReturnType<typeof createTour>>} */
const tours = new WeakMap();

/** @param {Mounted<Tour>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".cae-tour", HTMLElement);
  const tour = tours.get(root) ?? createTour(root, data.steps);
  tours.set(root, tour);
  tour.update(data);
  return () => {
    tours.delete(root);
    tour.destroy();
  };
}
