/* Images as buttons; arrow keys move between them. */
import { element, find, framed } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/**
 * @typedef {{
 *   row: number,
 *   title: string,
 *   caption: string,
 *   heading: string,
 *   image: string,
 *   reconstruction: string | null,
 * }} Item
 */

const RETURN_EVERY_MS = 100;
const RETURN_LOOKS = 50;

/**
 * @param {Item} item
 * @param {(row: number) => void} pick
 */
function tile({ row, title, caption, image, reconstruction }, pick) {
  const button = element("button");
  button.dataset.row = String(row);
  button.title = `Details of ${title}`;
  const pair = element("span", "cae-gallery-pair");
  pair.append(framed(image, `Image ${title}`, ""));
  if (reconstruction) {
    pair.append(framed(reconstruction, `Synthetic reconstruction of ${title}`, "cae-synthetic"));
  }
  button.append(pair, element("strong", "", title), element("small", "", caption));
  button.onclick = () => pick(row);
  const item = element("div");
  item.setAttribute("role", "listitem");
  item.append(button);
  return item;
}

/** @param {Item} item */
function heading({ heading: words }) {
  if (!words) return [];
  const line = element("div", "cae-gallery-heading", words);
  line.setAttribute("role", "heading");
  line.setAttribute("aria-level", "3");
  return [line];
}

/**
 * The tile that a key leads to from `here`, whether or not there is one.
 *
 * @param {string} key
 * @param {number} here
 * @param {number} columns
 * @param {number} count
 */
export function tileAfter(key, here, columns, count) {
  /** @type {Record<string, number>} */
  const places = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    ArrowDown: here + columns,
    ArrowUp: here - columns,
    Home: 0,
    End: count - 1,
  };
  return places[key] ?? -1;
}

/**
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
function moveFocus(list, event) {
  const buttons = [...list.querySelectorAll("button")];
  const here = buttons.findIndex((one) => one === document.activeElement);
  const second = buttons.findIndex((one) => one.offsetTop > buttons[0].offsetTop);
  const columns = second < 0 ? buttons.length : second;
  const next = buttons[tileAfter(event.key, here, columns, buttons.length)];
  if (here < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

/**
 * Whoever comes back from an image goes on at the tile it was opened from. The image is still there
 * when the gallery comes, and goes when the run of the page ends.
 *
 * @param {HTMLElement} list
 */
function returnFocus(list, looks = RETURN_LOOKS) {
  const opened = document.body.dataset.caeOpened;
  if (!opened || !list.isConnected) return;
  const from = list.querySelector(`button[data-row="${opened}"]`);
  if (!(from instanceof HTMLElement)) return;
  if (document.querySelector(".cae-image-viewer")) {
    if (looks) setTimeout(() => returnFocus(list, looks - 1), RETURN_EVERY_MS);
    return;
  }
  delete document.body.dataset.caeOpened;
  from.focus();
}

/** @param {Mounted<{items: Item[], tile: number}>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const list = find(parentElement, ".cae-gallery", HTMLElement);
  const pick = (/** @type {number} */ row) => {
    document.body.dataset.caeOpened = String(row);
    setTriggerValue("pick", { id: nextId(), row });
  };
  list.style.setProperty("--tile", `${data.tile}px`);
  list.classList.toggle("cae-gallery-pairs", data.items.some((item) => item.reconstruction));
  list.replaceChildren(...data.items.flatMap((item) => [...heading(item), tile(item, pick)]));
  list.onkeydown = (event) => moveFocus(list, event);
  returnFocus(list);
}
