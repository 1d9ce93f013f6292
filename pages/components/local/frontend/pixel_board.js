/* Images whose pixels can be chosen by mouse or by arrow keys, each under an overlay. */
import { element, find } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";
import { clamp } from "../../kit/frontend/numbers.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/** @typedef {[x: number, y: number]} Pixel */
/** @typedef {{width: number, height: number, opacity: number}} Board */
/**
 * @typedef {{
 *   row: number,
 *   title: string,
 *   caption: string,
 *   image: string,
 *   overlay: string | null,
 *   mark: Pixel | null,
 *   chosen: boolean,
 * }} Item
 */

const SETTLE_MILLISECONDS = 250;
const LONG_STEP = 8;

/** @type {Record<string, Pixel>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The pixel of a board at a place in a box on the page, or the nearest one.
 *
 * @param {Pick<Board, "width" | "height">} board
 * @param {Pick<DOMRect, "left" | "top" | "width" | "height">} box
 * @param {number} left
 * @param {number} top
 * @returns {Pixel}
 */
export function pixelAt(board, box, left, top) {
  return [
    clamp(Math.floor(((left - box.left) / box.width) * board.width), 0, board.width - 1),
    clamp(Math.floor(((top - box.top) / box.height) * board.height), 0, board.height - 1),
  ];
}

/**
 * The pixel that a key leads to, or null where the key leads nowhere.
 *
 * @param {Pick<Board, "width" | "height">} board
 * @param {Pixel} pixel
 * @param {string} key
 * @param {boolean} isLong whether it leads farther
 * @returns {Pixel | null}
 */
export function pixelAfter(board, [x, y], key, isLong) {
  const move = MOVES[key];
  if (!move) return null;
  const step = isLong ? LONG_STEP : 1;
  return [
    clamp(x + step * move[0], 0, board.width - 1),
    clamp(y + step * move[1], 0, board.height - 1),
  ];
}

/**
 * @param {string} name
 * @param {string} source
 */
function layer(name, source) {
  const image = element("img", name);
  image.src = source;
  image.alt = "";
  return image;
}

/**
 * @param {Item} item
 * @param {Board} board
 * @param {(row: number, pixel: Pixel) => void} pick
 */
function tile(item, board, pick) {
  const button = element("button");
  button.dataset.row = String(item.row);
  const stage = element("span", "cae-pixels-stage");
  stage.append(layer("cae-pixels-image", item.image));
  if (item.overlay) {
    const overlay = layer("cae-pixels-overlay", item.overlay);
    overlay.style.opacity = String(board.opacity);
    stage.append(overlay);
  }
  const mark = element("span", `cae-pixels-mark${item.chosen ? " cae-pixels-chosen" : ""}`);
  stage.append(mark);
  button.append(stage, element("strong", "", item.title), element("small", "", item.caption));

  /** @type {Pixel} */
  let pixel = item.mark ?? [Math.floor(board.width / 2), Math.floor(board.height / 2)];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  mark.hidden = !item.mark;

  function show() {
    const [x, y] = pixel;
    mark.style.left = `${((x + 0.5) / board.width) * 100}%`;
    mark.style.top = `${((y + 0.5) / board.height) * 100}%`;
    button.setAttribute("aria-label", `${item.title}. ${item.caption}. Column ${x}, row ${y}`);
  }

  function send() {
    clearTimeout(timer);
    pick(item.row, pixel);
  }

  button.onclick = (event) => {
    if (event.detail) {
      // A press of the mouse; Enter and Space come without a place and keep the present one.
      const box = stage.getBoundingClientRect();
      const inside = event.clientY <= box.bottom;
      if (inside) pixel = pixelAt(board, box, event.clientX, event.clientY);
    }
    mark.hidden = false;
    show();
    send();
  };
  button.onkeydown = (event) => {
    const next = pixelAfter(board, pixel, event.key, event.shiftKey);
    if (!next) return;
    event.preventDefault();
    pixel = next;
    mark.hidden = false;
    show();
    clearTimeout(timer);
    timer = setTimeout(send, SETTLE_MILLISECONDS);
  };
  show();
  return button;
}

/** @param {Mounted<{items: Item[], board: Board, tile: string}>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const list = find(parentElement, ".cae-pixels", HTMLElement);
  /** @type {(row: number, pixel: Pixel) => void} */
  const pick = (row, [x, y]) => setTriggerValue("pick", { id: nextId(), row, x, y });
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && list.contains(active) && active.dataset.row;
  list.style.setProperty("--cae-pixels-tile", data.tile);
  list.replaceChildren(...data.items.map((item) => tile(item, data.board, pick)));
  // A new run draws all tiles anew; whoever moves a point by keys stays where they were.
  const again = focused ? list.querySelector(`button[data-row="${focused}"]`) : null;
  if (again instanceof HTMLElement) again.focus();
}
