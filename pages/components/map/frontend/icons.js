/* What buttons do, drawn in the colour of their text. */
import { addShape } from "../../kit/frontend/elements.js";

/** 16×16 @satisfies {Record<string, string>} */
const ICONS = {
  all: "M2 2h12v12H2z M5.2 8.2l2 2 3.6-4.4",
  invert: "M2 2h12v12H2z M8 2v12 M8 5h6 M8 8h6 M8 11h6",
  clear: "M4 4l8 8 M12 4l-8 8",
  undo: "M6 3L2.5 6.5 6 10 M3 6.5h6a4 4 0 0 1 0 8H6",
  redo: "M10 3l3.5 3.5L10 10 M13 6.5H7a4 4 0 0 0 0 8h3",
  whole: "M2 6V2h4 M10 2h4v4 M14 10v4h-4 M6 14H2v-4",
  closer: "M8 3v10 M3 8h10",
  farther: "M3 8h10",
  pictures: "M2 2h5v5H2z M9 2h5v5H9z M2 9h5v5H2z M9 9h5v5H9z",
  density: "M8 2a6 6 0 1 0 .01 0z M8 5a3 3 0 1 0 .01 0z",
  help: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8 M8 12.6v.4",
  shown: "M1.5 8s2.4-4.2 6.5-4.2S14.5 8 14.5 8 12.1 12.2 8 12.2 1.5 8 1.5 8z M8 6.4a1.6 1.6 0 1 0 .01 0z",
  hidden: "M1.5 8s2.4-4.2 6.5-4.2S14.5 8 14.5 8 12.1 12.2 8 12.2 1.5 8 1.5 8z M3 14L13 2",
  rename: "M3 13l.6-3L11 2.6l2.4 2.4L6 12.4z",
};

/** @typedef {keyof typeof ICONS} Icon */

/**
 * @param {HTMLButtonElement} button
 * @param {Icon} name
 */
export function setIcon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.replaceChildren();
  const drawing = addShape(button, "svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  addShape(drawing, "path", { d: ICONS[name] });
}
