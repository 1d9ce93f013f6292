/* The map: points that can be looked at, zoomed and drawn around.

   It reports what the user drew and never decides what is selected: Python answers with new
   states for the points. View, tool, mode and what is hidden belong to the map and outlive its
   data. The parts share `map`: what is shown now, and what they ask of each other. */
const MISSING_AFTER_MS = 3000;
const COUNT_PAUSE_MS = 120;
const TRAVEL_MS = 700;

// Of points outside the filters, and of points not selected; opaque, so that crowds stay quiet.
const LIGHT_GREYS = [[236, 238, 241, 255], [199, 203, 211, 255], [0, 0, 0, 0]];
const DARK_GREYS = [[31, 36, 43, 255], [66, 73, 86, 255], [0, 0, 0, 0]];

const keptSettings = new Map();

function createMap(root, { key, tools, images }) {
  const part = (name) => root.querySelector(`.cae-map-${name}`);
  const stage = part("stage");
  const canvas = part("canvas");
  const renderer = createRenderer(canvas);
  const settings = keptSettings.get(key) ?? { mosaic: null, density: false };
  keptSettings.set(key, settings);
  const instance = Math.random().toString(36).slice(2, 10);

  let emit = () => {};
  let events = 0;
  let frame = 0;
  let travel = null;
  let counting = 0;
  let inView = null;
  let isGone = false;
  let updates = 0;

  const map = {
    key, root, stage, part, settings,
    choices: choicesOf(images),
    canDraw: tools.some((name) => name !== "pan" && name !== "look"),
    canPick: !tools.includes("look"),
    points: null, header: null, scene: null, pictures: null,
    size: { width: 0, height: 0 },
    isMoving: () => travel !== null,
    tell, redraw, moved, chose, counts, pickMiddle,
    inView: () => (inView ??= rowsInView()),
  };
  map.camera = createCamera(map);
  map.card = createCard(map);
  map.sketch = createSketch(map);
  map.overlay = createOverlay(map);
  map.mosaic = createMosaic(map);
  map.legend = createLegend(map);
  map.toolbar = createToolbar(map, tools);

  /* ---- telling Python ---- */
  function tell(kind, event, detail) {
    const off = map.scene ? [...map.scene.off.keys()].filter((level) => map.scene.off[level]) : [];
    const plane = map.points?.dimensions === 3 ? map.camera.view().turn.slice(0, 6) : null;
    const combine = map.toolbar.modeOf(event);
    emit({ id: `${instance}:${++events}`, kind, combine, off, plane, ...detail });
  }

  function pickMiddle(event) {
    if (!map.canPick) return;
    const row = map.card.rowAt([map.size.width / 2, map.size.height / 2]);
    if (row >= 0) tell("click", event, { row });
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
    const row = map.card.rowAt([map.size.width / 2, map.size.height / 2]);
    if (row >= 0) map.card.show(row);
  }

  /* Tool, mode or what is hidden was changed; other maps of these images follow. */
  function chose() {
    announce("choice", { choices: map.choices });
  }

  function follow() {
    map.toolbar.show();
    if (!map.points) return;
    colourScene();
    map.card.hide();
    map.legend.update();
    redraw();
  }

  function pointDiameter() {
    const area = Math.min(map.size.width, map.size.height) ** 2;
    const base = Math.min(7, Math.max(1.6, 0.42 * Math.sqrt(area / map.points.count)));
    return Math.min(14, base * Math.max(1, map.camera.closeness()) ** 0.4);
  }

  function paint(now) {
    frame = 0;
    if (!map.points || !map.size.width) return;
    map.camera.prepare();
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(map.size.width * ratio);
    const height = Math.round(map.size.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const before = travelled(now);
    const view = map.camera.view();
    renderer.draw(map.scene, view, map.size, ratio, pointDiameter(), before);
    if (before) redraw();
    map.overlay.paint();
    map.mosaic.paint();
    const { x, y, scale } = view;
    stage.dataset.view = JSON.stringify({ x, y, scale, ...map.size });
    root.dataset.places = map.points.places;
    root.dataset.moving = map.isMoving();
    root.dataset.drawn = map.header.stamp;
    root.dataset.selected = map.header.selected;
  }

  /* Where the points come from while they travel to where they are now, else null. */
  function travelled(now) {
    if (!travel) return null;
    travel.start ??= now;
    const share = Math.min(1, (now - travel.start) / TRAVEL_MS);
    if (share === 1) travel = null;
    return travel && { ...travel, share: share * share * (3 - 2 * share) };
  }

  function beginTravel(from) {
    const wishesNone = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const isSame = from?.images === map.points.images && from.count === map.points.count;
    if (!isSame || from.places === map.points.places || wishesNone) return;
    const view = settings.cameras?.[from.places];
    if (view && map.size.width) travel = { points: from, view: { ...view } };
  }

  /* ---- what is to be seen ---- */
  function isDark() {
    const probe = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
    const [red, green, blue] = /^#/.test(probe)
      ? [1, 3, 5].map((at) => parseInt(probe.slice(at, at + 2), 16))
      : (probe.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    return 0.3 * red + 0.6 * green + 0.1 * blue < 128;
  }

  /* Give the levels that are hidden or faint their place in the palette. */
  function colourScene() {
    const { header, scene } = map;
    scene.off = levelsOff(header, map.choices);
    scene.palette = new Uint8Array(header.palette);
    const alphas = [OPACITY, FAINT - 1, 0];
    scene.off.forEach((off, level) => (scene.palette[4 * level + 3] = alphas[off]));
    const isFaint = scene.off.includes(1) || scene.states.some((state) => !(state & IN_SCOPE));
    scene.layers = [isFaint, scene.hasSelection, true];
  }

  function counts() {
    const { points, scene, header, camera, size } = map;
    const [selected, inside, all] = [0, 0, 0].map(() => new Uint32Array(header.levels.length));
    const { x, y, scale, turn } = camera.view() ?? { x: 0, y: 0, scale: 1, turn: FLAT };
    const [reachX, reachY] = [size.width / 2 / scale, size.height / 2 / scale];
    const { positions, dimensions, count } = points;
    for (let i = 0; i < count; i++) {
      if (!(scene.states[i] & IN_SCOPE)) continue;
      const level = scene.levels[i];
      all[level]++;
      if (scene.states[i] & SELECTED) selected[level]++;
      let [across, up] = [positions[dimensions * i], positions[dimensions * i + 1]];
      if (dimensions === 3) [across, up] = planeOf(points, turn, i);
      if (Math.abs(across - x) <= reachX && Math.abs(up - y) <= reachY) inside[level]++;
    }
    return { selected, inView: inside, all };
  }

  function rowsInView() {
    const inside = counts().inView;
    return inside.reduce((sum, count, level) => sum + (map.scene.off[level] ? 0 : count), 0);
  }

  async function update(message, tellPython) {
    emit = tellPython;
    const own = ++updates;
    const next = unpack(message);
    const asking = setTimeout(() => tell("missing", null, {}), MISSING_AFTER_MS);
    const nextPoints = await pointsEntry(next.header.points).ready;
    clearTimeout(asking);
    if (isGone || own !== updates) return; // points may come after those of a later update
    const former = map.points;
    map.header = next.header;
    map.points = nextPoints;
    map.choices = choicesOf(nextPoints.images);
    map.pictures = map.header.pictures ? picturesOf(nextPoints.images) : null;
    listenToPictures();
    const dark = isDark();
    root.dataset.theme = dark ? "dark" : "light";
    const { levels, states, values } = next.arrays;
    map.scene = {
      points: nextPoints, levels, states, values,
      hasSelection: map.header.selected > 0,
      plain: dark ? DARK_GREYS : LIGHT_GREYS,
      isPickable: (row) => (states[row] & IN_SCOPE) !== 0 && !map.scene.off[levels[row]],
      colourOf: (row) => `rgb(${map.scene.palette.subarray(4 * levels[row], 4 * levels[row] + 3)})`,
    };
    colourScene();
    if (former !== nextPoints) {
      map.card.hide();
      beginTravel(former);
    }
    if (map.size.width) map.camera.prepare();
    inView = null;
    map.sketch.answered();
    root.dataset.pair = map.header.pair;
    if (map.header.pair) {
      root.setAttribute("aria-label", `The ${map.header.pair} of two maps: ${map.header.hint}`);
    }
    stage.style.setProperty("--height", map.header.height ? `${map.header.height}px` : "");
    canvas.setAttribute("aria-label", map.header.description);
    part("hint").textContent = map.header.hint;
    map.toolbar.show();
    map.legend.update();
    redraw();
  }

  let heard = null;
  const onPictures = () => {
    map.card.fill();
    map.mosaic.paint(); // the points stay, and a million of them take long to draw
  };
  function listenToPictures() {
    if (heard === map.pictures) return;
    heard?.news.removeEventListener("pictures", onPictures);
    heard = map.pictures;
    heard?.news.addEventListener("pictures", onPictures);
  }

  /* ---- life ---- */
  const observer = new ResizeObserver(() => {
    map.size = { width: stage.clientWidth, height: stage.clientHeight };
    if (map.points && map.size.width) {
      map.camera.prepare();
      moved();
    }
  });
  observer.observe(stage);
  const onFrame = ({ detail }) => map.header?.path?.film === detail.film && map.overlay.paint();
  onFrameShown(onFrame);
  const forgetChoices = listen("choice", ({ detail }) => {
    if (detail.choices === map.choices) follow();
  });
  canvas.addEventListener("webglcontextrestored", redraw);
  root.classList.toggle("cae-map-still", !map.canDraw);
  map.toolbar.show();

  function destroy() {
    isGone = true;
    observer.disconnect();
    offFrameShown(onFrame);
    forgetChoices();
    heard?.news.removeEventListener("pictures", onPictures);
    cancelAnimationFrame(frame);
    clearTimeout(counting);
    for (const name of ["overlay", "toolbar", "legend"]) map[name].destroy();
    renderer.release();
  }

  return { update, destroy };
}

const maps = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cae-map");
  let map = maps.get(root);
  if (!map) {
    map = createMap(root, unpack(data).header);
    maps.set(root, map);
  }
  map.update(data, (event) => setTriggerValue("event", event));
  return () => {
    maps.delete(root);
    map.destroy();
  };
}
