/* Panes that zoom and move together; window and level are an SVG filter over the pixels. */
import { addElement, element, find, setPressed } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";
import { countText } from "../../kit/frontend/numbers.js";
import protocol from "./protocol.json" with { type: "json" };
import { MOST_ZOOM, UNTOUCHED, bounded, transfer, zoomed } from "./windowing.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Look } from "./windowing.js" */

/** @typedef {{kind: string, image: string, caption: string}} Pane */
/** @typedef {{panes: Pane[], place: [number, number] | null}} Panes */

const { real, synthetic, difference } = protocol.panes;

/** @type {Record<string, (caption: string) => string>} */
const TEXTS = {
  [real]: (caption) => `Image: ${caption}`,
  [synthetic]: (caption) => `Synthetic image: ${caption}`,
  [difference]: (caption) => `Difference of image and reconstruction; ${caption}`,
};
/** @type {Record<string, string>} */
const MARKS = { [synthetic]: "synthetic", [difference]: "synthetic − original" };

/** @type {Record<string, [number, number]>} */
const PANS = { ArrowLeft: [10, 0], ArrowRight: [-10, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] };

/**
 * @param {Pane} pane
 * @param {string} filter
 */
function paneOf({ kind, image, caption }, filter) {
  const figure = element("figure");
  figure.dataset.kind = kind;
  const picture = addElement(addElement(figure, "div", "cae-image-viewer-frame"), "img");
  picture.src = image;
  picture.draggable = false;
  picture.alt = TEXTS[kind](caption);
  if (kind !== difference) picture.style.filter = `url(#${filter})`;
  if (MARKS[kind]) addElement(figure, "div", "cae-image-viewer-mark", MARKS[kind]);
  addElement(figure, "figcaption", "", caption);
  return figure;
}

/**
 * @param {HTMLElement} root
 * @param {string} id
 */
function createFilter(root, id) {
  root.insertAdjacentHTML(
    "beforeend",
    `<svg width="0" height="0" style="position:absolute" aria-hidden="true">
      <filter id="${id}" color-interpolation-filters="sRGB"><feComponentTransfer>
        <feFuncR type="linear"/><feFuncG type="linear"/><feFuncB type="linear"/>
      </feComponentTransfer></filter></svg>`,
  );
  return [...root.querySelectorAll(`#${id} feComponentTransfer > *`)];
}

/** @param {HTMLElement} root */
function createViewer(root) {
  const id = `cae-window-${nextId().replace(":", "-")}`;
  const functions = createFilter(root, id);
  const panes = find(root, ".cae-image-viewer-panes", HTMLElement);
  const windows = find(root, ".cae-image-viewer-window", HTMLInputElement);
  const levels = find(root, ".cae-image-viewer-level", HTMLInputElement);
  const button = (/** @type {string} */ name) =>
    find(root, `[data-do="${name}"]`, HTMLButtonElement);
  /** @type {Look} */
  let look = { ...UNTOUCHED };
  let drags = "pan";
  /** @type {(by: number) => void} */
  let step = () => {};

  /** @param {Look} next */
  function paint(next) {
    look = next;
    for (const picture of panes.querySelectorAll("img")) {
      picture.style.transform = `translate(${look.x}%, ${look.y}%) scale(${look.zoom})`;
    }
    const { slope, intercept } = transfer(look);
    for (const one of functions) {
      one.setAttribute("slope", String(slope));
      one.setAttribute("intercept", String(intercept));
    }
    windows.value = String(look.window);
    levels.value = String(look.level);
    const percent = Math.round(100 * look.zoom);
    find(root, ".cae-image-viewer-zoom", HTMLElement).textContent = `${percent} %`;
    root.dataset.drag = drags;
    Object.assign(root.dataset, { zoom: look.zoom, window: look.window, level: look.level });
    setPressed(button("invert"), look.invert);
    setPressed(button("window"), drags === "window");
    button("out").disabled = look.zoom <= 1;
    button("in").disabled = look.zoom >= MOST_ZOOM;
  }

  /** @param {Partial<Look>} values */
  const change = (values) => paint(bounded({ ...look, ...values }));
  const zoomIn = () => paint(zoomed(look, 1.5));
  const zoomOut = () => paint(zoomed(look, 1 / 1.5));
  const invert = () => change({ invert: !look.invert });
  const reset = () => change(UNTOUCHED);

  button("previous").onclick = () => step(-1);
  button("next").onclick = () => step(1);
  button("in").onclick = zoomIn;
  button("out").onclick = zoomOut;
  button("invert").onclick = invert;
  button("reset").onclick = reset;
  button("window").onclick = () => {
    drags = drags === "window" ? "pan" : "window";
    paint(look);
  };
  button("full").onclick = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen();
  };
  windows.oninput = () => change({ window: windows.valueAsNumber });
  levels.oninput = () => change({ level: levels.valueAsNumber });

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": zoomIn,
    "=": zoomIn,
    "-": zoomOut,
    0: () => change({ zoom: 1 }),
    i: invert,
    r: reset,
  };
  root.onkeydown = (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = event.shiftKey ? PANS[event.key] : undefined;
    if (pan) change({ x: look.x + pan[0], y: look.y + pan[1] });
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  };

  /** @param {Event} event */
  const frameAt = (event) => {
    const { target } = event;
    const frame = target instanceof Element ? target.closest(".cae-image-viewer-frame") : null;
    return frame instanceof HTMLElement ? frame : null;
  };

  panes.addEventListener("wheel", (event) => {
    const frame = frameAt(event);
    if (!frame) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    paint(zoomed(look, event.deltaY < 0 ? 1.2 : 1 / 1.2, x, y));
  }, { passive: false });

  /** @type {{x: number, y: number, width: number} | null} */
  let last = null;
  panes.onpointerdown = (event) => {
    const frame = frameAt(event);
    if (!frame || event.button) return;
    frame.setPointerCapture(event.pointerId);
    last = { x: event.clientX, y: event.clientY, width: frame.clientWidth };
  };
  panes.onpointermove = (event) => {
    if (!last) return;
    const { width } = last;
    const [right, down] = [event.clientX - last.x, event.clientY - last.y];
    last = { x: event.clientX, y: event.clientY, width };
    if (drags === "window") change({ window: look.window + right, level: look.level - down });
    else change({ x: look.x + (100 * right) / width, y: look.y + (100 * down) / width });
  };
  panes.onpointerup = panes.onpointercancel = () => (last = null);

  /**
   * @param {Panes} data
   * @param {(by: number) => void} onStep
   */
  function show(data, onStep) {
    panes.style.setProperty("--panes", String(Math.max(2, data.panes.length)));
    panes.replaceChildren(...data.panes.map((one) => paneOf(one, id)));
    const [place, count] = data.place ?? [0, 0];
    const canGoBack = data.place !== null && place > 0;
    const canGoOn = data.place !== null && place < count - 1;
    find(root, ".cae-image-viewer-place", HTMLElement).textContent = data.place
      ? `${countText(place + 1)} of ${countText(count)}`
      : "in no list";
    button("previous").disabled = !canGoBack;
    button("next").disabled = !canGoOn;
    step = (by) => {
      if (by > 0 ? canGoOn : canGoBack) onStep(by);
    };
    paint(bounded(look));
  }
  return { show };
}

/** @type {WeakMap<Element, ReturnType<typeof createViewer>>} */
const viewers = new WeakMap();

/** @param {Mounted<Panes>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = find(parentElement, ".cae-image-viewer", HTMLElement);
  if (!viewers.has(root)) {
    viewers.set(root, createViewer(root));
    // The tile that was pressed is gone; what is done next concerns the image.
    if (document.body.dataset.caeOpened) root.focus({ preventScroll: true });
  }
  viewers.get(root)?.show(data, (by) => setTriggerValue("step", { id: nextId(), by }));
}
