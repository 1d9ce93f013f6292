/* The map: points that can be looked at, zoomed and drawn around.

   It reports what the user drew and never decides what is selected: Python answers with new
   states for the points. View, tool, mode and what is hidden belong to the map and outlive its
   data. The parts share `map`: what is shown now, and what they ask of each other. */
import { unpack } from "../../kit/frontend/blob.js";
import { find } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";
import { onFrameShown } from "../../kit/frontend/frames.js";
import { announce, choicesOf, keepChoices, listen } from "../../kit/frontend/links.js";
import { clamp } from "../../kit/frontend/numbers.js";
import { createCamera } from "./camera.js";
import { createCard } from "./card.js";
import { keptColours } from "./colours.js";
import { createLegend } from "./legend.js";
import { FAINT, countLevels, levelsOff } from "./levels.js";
import { createMosaic } from "./mosaic.js";
import { createOverlay } from "./overlay.js";
import { rowAt } from "./picking.js";
import { picturesOf } from "./pictures.js";
import { keptPoints } from "./points.js";
import protocol from "./protocol.json" with { type: "json" };
import { FAINT_ALPHA, OPACITY, createRenderer } from "./renderer.js";
import { createSketch } from "./sketch.js";
import { FLAT } from "./space.js";
import { createToolbar } from "./toolbar.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Colours, Former, Header, LatentMap, PictureStore, Points, Scene, Settings, View } from "./types.js" */

/** @typedef {{header: Header, arrays: {states: Uint8Array}}} Message */

const MISSING_AFTER_MS = 3000;
const COUNT_PAUSE_MS = 120;
const TRAVEL_MS = 700;

// Of points outside the filters, and of points not selected; opaque, so that crowds stay quiet.
const LIGHT_GREYS = [[236, 238, 241, 255], [199, 203, 211, 255], [0, 0, 0, 0]];
const DARK_GREYS = [[31, 36, 43, 255], [66, 73, 86, 255], [0, 0, 0, 0]];

const { states, tools: TOOLS, events: EVENTS } = protocol;

/** @type {Map<string, Settings>} */
const keptSettings = new Map();

/**
 * @param {HTMLElement} root
 * @param {Pick<Header, "key" | "tools" | "images">} header
 */
function createMap(root, { key, tools, images }) {
  /** @type {LatentMap["part"]} */
  const part = (name, kind) => find(root, `.cae-map-${name}`, kind);
  const stage = part("stage", HTMLElement);
  const canvas = part("canvas", HTMLCanvasElement);
  const renderer = createRenderer(canvas);
  const settings = keptSettings.get(key) ?? { mosaic: null, density: false, cameras: {} };
  keptSettings.set(key, settings);

  /** @type {(event: Record<string, unknown>) => void} */
  let emit = () => {};
  let frame = 0;
  /** @type {{points: Points, view: View, start: number | null} | null} */
  let travel = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let counting;
  /** @type {number | null} */
  let inView = null;
  let isGone = false;
  let updates = 0;

  const map = /** @type {LatentMap} */ ({
    key, root, stage, part, settings,
    choices: choicesOf(images),
    canDraw: tools.some((name) => name !== TOOLS.pan && name !== TOOLS.look),
    canPick: !tools.includes(TOOLS.look),
    shown: null,
    now,
    size: { width: 0, height: 0 },
    isMoving: () => travel !== null,
    tell, moved, chose, counts, pickMiddle,
    inView: () => (inView ??= rowsInView()),
  });
  map.camera = createCamera(map);
  map.card = createCard(map);
  map.sketch = createSketch(map);
  map.overlay = createOverlay(map);
  map.mosaic = createMosaic(map);
  map.legend = createLegend(map);
  map.toolbar = createToolbar(map, tools);

  function now() {
    if (!map.shown) throw new Error("The map has no points yet");
    return map.shown;
  }

  /* ---- telling Python ---- */

  /** @type {LatentMap["tell"]} */
  function tell(kind, event, detail) {
    const levels = map.shown?.scene.off ?? new Uint8Array();
    const off = [...levels.keys()].filter((level) => levels[level]);
    const isSolid = map.shown?.points.dimensions === 3;
    const plane = isSolid ? map.camera.view().turn.slice(0, 6) : null;
    const shown = map.shown && {
      images: map.shown.points.images,
      places: map.shown.points.places,
      colours: map.shown.header.colours,
    };
    emit({ id: nextId(), kind, combine: map.toolbar.modeOf(event), off, plane, shown, ...detail });
  }

  const rowInTheMiddle = () => rowAt(map, [map.size.width / 2, map.size.height / 2]);

  /** @type {LatentMap["pickMiddle"]} */
  function pickMiddle(event) {
    if (!map.canPick) return;
    const row = rowInTheMiddle();
    if (row >= 0) tell(EVENTS.click, event, { row });
  }

  /* ---- drawing ---- */
  function redraw() {
    frame ||= requestAnimationFrame(paint);
  }

  /* The view has changed. */
  function moved() {
    inView = null;
    map.card.hide();
    redraw();
    clearTimeout(counting);
    counting = setTimeout(() => {
      map.legend.count();
      if (stage.matches(":focus-visible")) showMiddle();
    }, COUNT_PAUSE_MS);
  }

  /* Who moves the map by keys sees what Enter would pick. */
  function showMiddle() {
    const row = rowInTheMiddle();
    if (row >= 0) map.card.show(row);
  }

  /* Tool, mode or what is hidden was changed; other maps of these images follow. */
  function chose() {
    keepChoices(map.now().points.images);
    announce("choice", { choices: map.choices });
  }

  function follow() {
    map.toolbar.show();
    if (!map.shown) return;
    colour(map.shown.scene, map.shown.header);
    map.card.hide();
    map.legend.update();
    redraw();
  }

  /** @param {number} count of points */
  function pointDiameter(count) {
    const area = Math.min(map.size.width, map.size.height) ** 2;
    const base = clamp(0.42 * Math.sqrt(area / count), 1.6, 7);
    return Math.min(14, base * Math.max(1, map.camera.closeness()) ** 0.4);
  }

  /** @param {number} time */
  function paint(time) {
    frame = 0;
    if (!map.shown || !map.size.width) return;
    const { points, header, scene } = map.shown;
    map.camera.prepare();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(map.size.width * ratio);
    const height = Math.round(map.size.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const before = travelled(time);
    const view = map.camera.view();
    renderer.draw(scene, view, map.size, ratio, pointDiameter(points.count), before);
    if (before) redraw();
    map.overlay.paint();
    map.mosaic.paint();
    const { x, y, scale } = view;
    stage.dataset.view = JSON.stringify({ x, y, scale, ...map.size });
    root.dataset.points = points.digest;
    root.dataset.places = points.places;
    root.dataset.colours = header.colours;
    root.dataset.moving = String(map.isMoving());
    root.dataset.drawn = header.stamp;
    root.dataset.selected = String(header.selected);
  }

  /**
   * Where the points come from while they travel to where they are now, else null.
   *
   * @param {number} time
   * @returns {Former | null}
   */
  function travelled(time) {
    if (!travel) return null;
    travel.start ??= time;
    const share = Math.min(1, (time - travel.start) / TRAVEL_MS);
    if (share === 1) travel = null;
    return travel && { ...travel, share: share * share * (3 - 2 * share) };
  }

  /**
   * @param {Points | undefined} from
   * @param {Points} to
   */
  function beginTravel(from, to) {
    const wishesNone = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!from || from.images !== to.images || from.count !== to.count) return;
    if (from.places === to.places || wishesNone) return;
    const view = settings.cameras[from.places];
    if (view && map.size.width) travel = { points: from, view: { ...view }, start: null };
  }

  /* ---- what is to be seen ---- */

  /**
   * Give the levels that are hidden or faint their place in the palette.
   *
   * @param {Scene} scene
   * @param {Header} header
   */
  function colour(scene, header) {
    scene.off = levelsOff(header, map.choices);
    scene.palette = new Uint8Array(header.palette);
    const alphas = [OPACITY, FAINT_ALPHA - 1, 0];
    scene.off.forEach((off, level) => (scene.palette[4 * level + 3] = alphas[off]));
    const isOut = (/** @type {number} */ state) => !(state & states.inScope);
    const isFaint = scene.off.includes(FAINT) || scene.states.some(isOut);
    scene.layers = [isFaint, scene.hasSelection, true];
  }

  function counts() {
    const { points, scene, header } = now();
    const nowhere = { x: 0, y: 0, scale: 1, turn: FLAT };
    const view = map.camera.isReady() ? map.camera.view() : nowhere;
    return countLevels(scene, points, header.levels.length, view, map.size);
  }

  function rowsInView() {
    const { off } = now().scene;
    return counts().inView.reduce((sum, count, level) => sum + (off[level] ? 0 : count), 0);
  }

  /**
   * @param {Message} message
   * @param {Points} points
   * @param {Colours} colours
   * @param {boolean} isDark
   * @returns {Scene}
   */
  function sceneOf({ header, arrays }, points, { levels, values }, isDark) {
    const own = arrays.states;
    /** @type {Scene} */
    const scene = {
      points, levels, states: own, values,
      palette: new Uint8Array(),
      off: new Uint8Array(),
      layers: [],
      plain: isDark ? DARK_GREYS : LIGHT_GREYS,
      hasSelection: header.selected > 0,
      isPickable: (row) => (own[row] & states.inScope) !== 0 && !scene.off[levels[row]],
      colourOf: (row) => `rgb(${scene.palette.subarray(4 * levels[row], 4 * levels[row] + 3)})`,
    };
    colour(scene, header);
    return scene;
  }

  /**
   * @param {Message} message
   * @param {typeof emit} tellPython
   */
  async function update(message, tellPython) {
    emit = tellPython;
    const own = ++updates;
    const { header } = message;
    keptPoints.drop(header.dropped.points);
    keptColours.drop(header.dropped.colours);
    const asking = setTimeout(() => tell(EVENTS.missing, null, {}), MISSING_AFTER_MS);
    const [points, colours] = await Promise.all([
      keptPoints.get(header.points), keptColours.get(header.colours),
    ]);
    clearTimeout(asking);
    if (isGone || own !== updates) return; // they may come after those of a later update
    const former = map.shown?.points;
    map.choices = choicesOf(points.images);
    const isDark = isDarkHere(root);
    root.dataset.theme = isDark ? "dark" : "light";
    const pictures = header.pictures ? picturesOf(points.images, header.pictures) : null;
    map.shown = { points, header, scene: sceneOf(message, points, colours, isDark), pictures };
    listenTo(pictures);
    if (former !== points) {
      map.card.hide();
      beginTravel(former, points);
    }
    if (map.size.width) map.camera.prepare();
    if (former && former.places !== points.places) map.sketch.cancel(); // its corners are of those
    inView = null;
    map.sketch.answered();
    root.dataset.pair = header.pair;
    if (header.pair) {
      root.setAttribute("aria-label", `The ${header.pair} of two maps: ${header.hint}`);
    }
    stage.style.setProperty("--height", header.height ? `${header.height}px` : "");
    canvas.setAttribute("aria-label", header.description);
    part("hint", HTMLElement).textContent = header.hint;
    map.toolbar.show();
    map.legend.update();
    redraw();
  }

  /** @type {PictureStore | null} */
  let heard = null;
  const onPictures = () => {
    map.card.fill();
    map.mosaic.paint(); // the points stay, and a million of them take long to draw
  };
  /** @param {PictureStore | null} pictures */
  function listenTo(pictures) {
    if (heard === pictures) return;
    heard?.news.removeEventListener("pictures", onPictures);
    heard = pictures;
    heard?.news.addEventListener("pictures", onPictures);
  }

  /* ---- life ---- */
  const observer = new ResizeObserver(() => {
    map.size = { width: stage.clientWidth, height: stage.clientHeight };
    if (map.shown && map.size.width) {
      map.camera.prepare();
      moved();
    }
  });
  observer.observe(stage);
  const forgetFrames = onFrameShown((film) => {
    if (map.shown?.header.path?.film === film) map.overlay.paint();
  });
  const forgetChoices = listen("choice", ({ choices }) => {
    if (choices === map.choices) follow();
  });
  canvas.addEventListener("webglcontextrestored", redraw);
  root.classList.toggle("cae-map-still", !map.canDraw);
  map.toolbar.show();

  function destroy() {
    isGone = true;
    observer.disconnect();
    forgetFrames();
    forgetChoices();
    listenTo(null);
    cancelAnimationFrame(frame);
    clearTimeout(counting);
    map.overlay.destroy();
    map.toolbar.destroy();
    map.legend.destroy();
    renderer.release();
  }

  return { update, destroy };
}

/**
 * Whether the page is dark where an element lies.
 *
 * @param {Element} element
 */
function isDarkHere(element) {
  const probe = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const [red, green, blue] = /^#/.test(probe)
    ? [1, 3, 5].map((at) => parseInt(probe.slice(at, at + 2), 16))
    : (probe.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * red + 0.6 * green + 0.1 * blue < 128;
}

/** @type {WeakMap<HTMLElement, ReturnType<typeof createMap>>} */
const maps = new WeakMap();

/** @param {Mounted<Uint8Array>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = find(parentElement, ".cae-map", HTMLElement);
  /** @type {Message} */
  const message = unpack(data);
  const map = maps.get(root) ?? createMap(root, message.header);
  maps.set(root, map);
  map.update(message, (event) => setTriggerValue("event", event));
  return () => {
    maps.delete(root);
    map.destroy();
  };
}
