/* Lines and words over the points: contours, names of categories, a path, rings, the sketch. */
import { addShape, setPressed } from "../../kit/frontend/elements.js";
import { frameOf } from "../../kit/frontend/frames.js";
import { listen } from "../../kit/frontend/links.js";
import { planeOf } from "./space.js";

/** @import { LatentMap, Pair, Path } from "./types.js" */
/** @typedef {{left: number, top: number, reach: number}} Taken */

const NAME_PIXELS = 7; // mean width of a letter
const NAME_LINE = 17;
const ANCHOR_PIXELS = 11;
const CHECKED_PIXELS = 4;

/**
 * @param {LatentMap} map
 * @returns {LatentMap["overlay"]}
 */
export function createOverlay(map) {
  const overlay = map.part("overlay", SVGElement);
  const contours = map.part("contours", SVGElement);
  const button = map.part("density", HTMLButtonElement);
  let linked = -1;
  let built = "";
  button.onclick = () => {
    map.settings.density = !map.settings.density;
    paint();
  };
  const forgetHover = listen("hover", ({ images, row }) => {
    if (images !== map.shown?.points.images) return;
    linked = row;
    paint();
  });

  function paint() {
    overlay.replaceChildren();
    if (!map.camera.isReady()) return;
    const { points, header } = map.now();
    contours.style.display = map.settings.density && !map.isMoving() ? "" : "none";
    button.disabled = !points.contours.length;
    setPressed(button, map.settings.density);
    if (map.isMoving()) return;
    if (map.settings.density) paintContours();
    paintNames();
    if (header.path) paintPath(header.path);
    if (header.focus !== null) ring(header.focus, "cae-map-focus");
    if (linked >= 0) ring(linked, "cae-map-linked");
    const drawn = map.sketch.corners();
    if (drawn) addShape(overlay, "polygon", { points: joined(drawn), class: "cae-map-sketch" });
  }

  const joined = (/** @type {Pair[]} */ places) =>
    places.map((place) => map.camera.toScreen(place).join(",")).join(" ");

  /**
   * @param {number} row
   * @param {string} name
   */
  function ring(row, name) {
    const [cx, cy] = map.camera.screenOf(row);
    addShape(overlay, "circle", { cx, cy, r: 9, class: name });
  }

  /* Built once in the map's own coordinates; moving the map only moves the group. */
  function paintContours() {
    const { points } = map.now();
    if (built !== points.digest) {
      built = points.digest;
      contours.replaceChildren();
      const group = addShape(contours, "g", {});
      const most = Math.max(...points.contours.map(({ level }) => level), 1);
      for (const { level, corners } of points.contours) {
        const parts = [];
        for (let i = 0; i < corners.length; i += 2) parts.push(`${corners[i]} ${corners[i + 1]}`);
        const strength = 0.25 + (0.6 * level) / most;
        addShape(group, "path", { d: `M${parts.join("L")}`, "stroke-opacity": strength });
      }
    }
    const { x, y, scale } = map.camera.view();
    const { width, height } = map.size;
    const place = [scale, 0, 0, -scale, width / 2 - x * scale, height / 2 + y * scale];
    contours.firstElementChild?.setAttribute("transform", `matrix(${place.join(" ")})`);
  }

  function paintNames() {
    const { header, scene } = map.now();
    const { view, toScreen } = map.camera;
    const anchors = (header.path?.anchors ?? []).map(({ x, y }) => {
      const [left, top] = toScreen([x, y]);
      return { left, top, reach: ANCHOR_PIXELS };
    });
    const names = header.names
      .filter(({ level }) => !scene.off[level])
      .map(({ name, place }) => {
        const flat = planeOf({ positions: place, dimensions: place.length }, view().turn, 0);
        return { name, place: toScreen(flat) };
      });
    for (const { name, place } of readable(names, anchors)) word(place, name, "cae-map-name");
  }

  /** @param {Path} path */
  function paintPath({ line, anchors, film, checked }) {
    const { toScreen } = map.camera;
    checked.forEach((place, step) => {
      const [x1, y1] = toScreen(line[step]);
      const [x2, y2] = toScreen(place);
      addShape(overlay, "line", { x1, y1, x2, y2, class: "cae-map-apart" });
    });
    addShape(overlay, "polyline", { points: joined(line), class: "cae-map-path-ground" });
    addShape(overlay, "polyline", { points: joined(line), class: "cae-map-path" });
    for (const place of line) {
      const [cx, cy] = toScreen(place);
      addShape(overlay, "circle", { cx, cy, r: 3, class: "cae-map-step" });
    }
    for (const place of checked) {
      const [x, y] = toScreen(place);
      addShape(overlay, "rect", {
        x: x - CHECKED_PIXELS,
        y: y - CHECKED_PIXELS,
        width: 2 * CHECKED_PIXELS,
        height: 2 * CHECKED_PIXELS,
        class: "cae-map-checked",
      });
    }
    if (film) {
      const [cx, cy] = toScreen(line[frameOf(film, line.length)]);
      addShape(overlay, "circle", { cx, cy, r: 7, class: "cae-map-frame" });
    }
    for (const { label, x, y } of anchors) {
      const [cx, cy] = toScreen([x, y]);
      addShape(overlay, "circle", { cx, cy, r: ANCHOR_PIXELS, class: "cae-map-anchor" });
      word([cx, cy], label, "cae-map-anchor-label");
    }
  }

  /**
   * @param {Pair} place
   * @param {string} text
   * @param {string} name
   */
  function word([x, y], text, name) {
    addShape(overlay, "text", { x, y, class: name }).textContent = text;
  }

  return { paint, destroy: forgetHover };
}

/**
 * Those of the names, which come largest first, that cover neither each other nor what is there
 * already; the others come out once zoomed apart.
 *
 * @param {{name: string, place: Pair}[]} names
 * @param {Taken[]} there
 */
export function readable(names, there) {
  const taken = [...there];
  return names.filter(({ name, place: [left, top] }) => {
    const reach = NAME_PIXELS * (name.length / 2);
    const covers = (/** @type {Taken} */ other) =>
      Math.abs(other.left - left) < other.reach + reach && Math.abs(other.top - top) < NAME_LINE;
    if (taken.some(covers)) return false;
    taken.push({ left, top, reach });
    return true;
  });
}
