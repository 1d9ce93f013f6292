/* What is known of the image under the pointer, with the image itself. */
import { addElement } from "../../kit/frontend/elements.js";
import { announce } from "../../kit/frontend/links.js";
import { valueText } from "./levels.js";
import { rowsAround } from "./picking.js";
import { contextOf, drawInto } from "./pictures.js";

/** @import { Card, LatentMap } from "./types.js" */

const DWELL_MS = 120;
const CARD_GAP = 14;
const CARD_PICTURE = 112;

/**
 * @param {LatentMap} map
 * @returns {Card}
 */
export function createCard(map) {
  const card = map.part("card", HTMLElement);
  const canvas = addElement(card, "canvas", "cae-map-card-picture");
  const words = addElement(card, "div", "cae-map-card-words");
  let shown = -1;
  let waiting = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /**
   * The pointer is at `row`, −1 is at none.
   *
   * @param {number} row
   */
  function point(row) {
    if (row < 0) return hide();
    if (row === shown || row === waiting) return;
    waiting = row;
    map.now().pictures?.want([...rowsAround(map, row), row]);
    clearTimeout(timer);
    // Once a card is open, going on to the next point needs no patience.
    timer = setTimeout(() => show(row), shown < 0 ? DWELL_MS : 0);
  }

  /** @param {number} row */
  function show(row) {
    const { points, scene, header } = map.now();
    clearTimeout(timer);
    waiting = -1;
    shown = row;
    words.replaceChildren();
    addElement(words, "strong", "", points.idOf(row));
    for (const { title, names, codes } of points.fields) {
      addElement(words, "span", "", `${title}: ${names[codes[row]]}`);
    }
    const told = new Set([...points.fields.map(({ title }) => title), ...header.details]);
    if (!told.has(header.title)) {
      addElement(words, "span", "", `${header.title}: ${valueText(scene, header, row)}`);
    }
    fill();
    card.hidden = false;
    put();
    announce("hover", { images: points.images, row, source: map.key });
  }

  /* Picture and further lines come later; their room is kept. */
  function fill() {
    if (shown < 0) return;
    const { header, pictures } = map.now();
    pictures?.want([shown]); // also one that is forgotten while its card is open
    const found = pictures?.at(shown);
    card.dataset.row = found ? String(shown) : "";
    canvas.hidden = !pictures;
    const context = contextOf(canvas);
    canvas.width = canvas.height = CARD_PICTURE * (window.devicePixelRatio || 1);
    if (found) drawInto(context, found.canvas, 0, 0, canvas.width);
    for (const line of words.querySelectorAll(".cae-map-card-more")) line.remove();
    header.details.forEach((title, i) => {
      addElement(words, "span", "cae-map-card-more", `${title}: ${found?.lines[i] ?? "…"}`);
    });
  }

  function put() {
    const [x, y] = map.camera.screenOf(shown);
    const { width, height } = map.size;
    const right = x + CARD_GAP + card.offsetWidth <= width;
    const left = right ? x + CARD_GAP : x - CARD_GAP - card.offsetWidth;
    const top = Math.min(Math.max(4, y - 20), height - card.offsetHeight - 4);
    const inside = Math.min(Math.max(4, left), Math.max(4, width - card.offsetWidth - 4));
    card.style.transform = `translate(${inside}px, ${top}px)`;
  }

  function hide() {
    clearTimeout(timer);
    waiting = -1;
    if (shown < 0) return;
    shown = -1;
    card.hidden = true;
    announce("hover", { images: map.now().points.images, row: -1, source: map.key });
  }

  return { point, show, hide, fill };
}
