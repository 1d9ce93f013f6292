/* The map: points that can be looked at, zoomed and drawn around.

   It reports what the user drew and never decides what is selected: Python answers with new
   states for the points. Zoom, tool and mode belong to the map and outlive its data. */
const CLICK_PIXELS = 4;
const PICK_PIXELS = 12;
const FIT_MARGIN = 0.93;
const ZOOM_STEP = 1.3;
const NAME_PIXELS = 7; // mean width of a letter
const MISSING_AFTER_MS = 3000;
const PAN_STEP = 0.12;
const ANCHOR_PIXELS = 11;

// Of points outside the filters, and of points not selected; opaque, so that crowds stay quiet.
const LIGHT_GREYS = [[236, 238, 241, 255], [199, 203, 211, 255], [0, 0, 0, 0]];
const DARK_GREYS = [[31, 36, 43, 255], [66, 73, 86, 255], [0, 0, 0, 0]];

const keptSettings = new Map();

const TOOLS = [
  ["lasso", "Lasso", "Draw around points (L)", "l"],
  ["box", "Box", "Drag a rectangle over points (B)", "b"],
  ["pan", "Move", "Drag the map; the wheel zooms with every tool (M)", "m"],
];
const MODES = [
  ["replace", "Replace", "What you draw becomes the selection (R)", "r"],
  ["add", "Add", "What you draw joins the selection (A, or hold Shift)", "a"],
  ["remove", "Remove", "What you draw leaves the selection (X, or hold Alt)", "x"],
];

function createMap(root, key, toolNames) {
  const view = (name) => root.querySelector(`.cae-map-${name}`);
  const stage = view("stage");
  const canvas = view("canvas");
  const overlay = view("overlay");
  const card = view("card");
  const legend = view("legend");
  const renderer = createRenderer(canvas);
  const tools = TOOLS.filter(([name]) => toolNames.includes(name));
  const canDraw = toolNames.some((name) => name !== "pan");
  const modes = canDraw ? MODES : [];
  const settings = keptSettings.get(key) ?? { tool: tools[0][0], mode: "replace", camera: null };
  keptSettings.set(key, settings);
  const instance = Math.random().toString(36).slice(2, 10);

  let emit = () => {};
  let events = 0;
  let points = null;
  let header = null;
  let scene = null;
  let size = { width: 0, height: 0 };
  let drag = null;
  let held = null;
  let sketch = null;
  let frame = 0;

  /* ---- places ---- */
  const toData = ([x, y]) => [
    settings.camera.x + (x - size.width / 2) / settings.camera.scale,
    settings.camera.y - (y - size.height / 2) / settings.camera.scale,
  ];
  const toScreen = ([x, y]) => [
    size.width / 2 + (x - settings.camera.x) * settings.camera.scale,
    size.height / 2 - (y - settings.camera.y) * settings.camera.scale,
  ];

  function fittedCamera() {
    const { left, right, bottom, top } = points.grid.box;
    const scale = Math.min(size.width / (right - left || 1), size.height / (top - bottom || 1));
    return {
      digest: points.digest,
      x: (left + right) / 2,
      y: (bottom + top) / 2,
      scale: scale * FIT_MARGIN,
      fitted: true,
    };
  }

  function moveCamera(change) {
    Object.assign(settings.camera, change, { fitted: false });
    hideCard();
    redraw();
  }

  function zoom(factor, [x, y]) {
    const fitted = fittedCamera().scale;
    const scale = Math.min(fitted * 400, Math.max(fitted * 0.5, settings.camera.scale * factor));
    const [dataX, dataY] = toData([x, y]);
    moveCamera({
      scale,
      x: dataX - (x - size.width / 2) / scale,
      y: dataY + (y - size.height / 2) / scale,
    });
  }

  function resetView() {
    settings.camera = fittedCamera();
    hideCard();
    redraw();
  }

  /* ---- drawing ---- */
  function redraw() {
    frame ||= requestAnimationFrame(paint);
  }

  function pointDiameter() {
    const area = Math.min(size.width, size.height) ** 2;
    const base = Math.min(7, Math.max(1.6, 0.42 * Math.sqrt(area / points.count)));
    const closer = settings.camera.scale / fittedCamera().scale;
    return Math.min(14, base * Math.max(1, closer) ** 0.4);
  }

  function paint() {
    frame = 0;
    if (!points || !size.width) return;
    if (settings.camera?.digest !== points.digest || settings.camera.fitted) {
      settings.camera = fittedCamera();
    }
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(size.width * ratio);
    const height = Math.round(size.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    renderer.draw(scene, settings.camera, size.width, size.height, ratio, pointDiameter());
    paintOverlay();
    const { x, y, scale } = settings.camera;
    stage.dataset.view = JSON.stringify({ x, y, scale, ...size });
    root.dataset.drawn = header.stamp;
    root.dataset.selected = header.selected;
  }

  function paintOverlay() {
    overlay.replaceChildren();
    if (!points || !settings.camera) return;
    paintNames();
    if (header.path) paintPath(header.path);
    if (header.focus !== null) {
      const [x, y] = toScreen([points.xy[2 * header.focus], points.xy[2 * header.focus + 1]]);
      addShape("circle", { cx: x, cy: y, r: 9, class: "cae-map-focus" });
    }
    if (sketch) {
      const corners = sketch.map(toScreen).map((place) => place.join(","));
      addShape("polygon", { points: corners.join(" "), class: "cae-map-sketch" });
    }
  }

  /* Names come largest first; one that would cover another is left out until zoomed apart. */
  function paintNames() {
    const anchors = header.path?.anchors ?? [];
    const taken = anchors.map(({ x, y }) => {
      const [left, top] = toScreen([x, y]);
      return { left, top, reach: ANCHOR_PIXELS };
    });
    for (const { name, x, y } of header.names) {
      const [left, top] = toScreen([x, y]);
      const reach = NAME_PIXELS * (name.length / 2);
      const covers = (other) =>
        Math.abs(other.left - left) < other.reach + reach && Math.abs(other.top - top) < 17;
      if (taken.some(covers)) continue;
      taken.push({ left, top, reach });
      addText([left, top], name, "cae-map-name");
    }
  }

  function paintPath({ line, anchors, film }) {
    const corners = line.map(toScreen).map((place) => place.join(","));
    addShape("polyline", { points: corners.join(" "), class: "cae-map-path-ground" });
    addShape("polyline", { points: corners.join(" "), class: "cae-map-path" });
    for (const place of line) {
      const [cx, cy] = toScreen(place);
      addShape("circle", { cx, cy, r: 3, class: "cae-map-step" });
    }
    if (film) {
      const [cx, cy] = toScreen(line[frameOf(film, line.length)]);
      addShape("circle", { cx, cy, r: 7, class: "cae-map-frame" });
    }
    for (const { label, x, y } of anchors) {
      const [cx, cy] = toScreen([x, y]);
      addShape("circle", { cx, cy, r: ANCHOR_PIXELS, class: "cae-map-anchor" });
      addText([cx, cy], label, "cae-map-anchor-label");
    }
  }

  function addShape(kind, attributes) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", kind);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    overlay.append(shape);
    return shape;
  }

  function addText([x, y], text, kind) {
    addShape("text", { x, y, class: kind }).textContent = text;
  }

  /* ---- telling Python ---- */
  function tell(kind, event, detail) {
    emit({ id: `${instance}:${++events}`, kind, combine: modeOf(event), ...detail });
  }

  function modeOf(event) {
    if (event?.altKey) return "remove";
    if (event?.shiftKey) return "add";
    return settings.mode;
  }

  /* ---- pointer ---- */
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect(); // the stage's would count its border
    return [event.clientX - box.left, event.clientY - box.top];
  };

  function nearestRow(place) {
    const [x, y] = toData(place);
    const inScope = (row) => (scene.states[row] & IN_SCOPE) !== 0;
    return points.grid.nearest(x, y, PICK_PIXELS / settings.camera.scale, inScope);
  }

  function onDown(event) {
    if (event.button !== 0 || !points) return;
    const place = placeOf(event);
    stage.setPointerCapture(event.pointerId);
    drag = { start: place, last: place, moved: false, camera: { ...settings.camera } };
    drag.trail = [toData(place)];
    hideCard();
  }

  function onMove(event) {
    if (!points || !settings.camera) return;
    const place = placeOf(event);
    if (!drag) return showCard(place);
    const step = Math.hypot(place[0] - drag.last[0], place[1] - drag.last[1]);
    const way = Math.hypot(place[0] - drag.start[0], place[1] - drag.start[1]);
    drag.moved ||= way > CLICK_PIXELS;
    if (!drag.moved || step < 1) return;
    drag.last = place;
    if (settings.tool === "pan") {
      const { x, y, scale } = drag.camera;
      moveCamera({
        x: x - (place[0] - drag.start[0]) / scale,
        y: y + (place[1] - drag.start[1]) / scale,
      });
    } else {
      drag.trail.push(toData(place));
      sketch = settings.tool === "box" ? boxBetween(drag.trail[0], toData(place)) : drag.trail;
      paintOverlay(); // the points stay, and a million of them take long to draw
    }
  }

  function boxBetween([left, bottom], [right, top]) {
    return [[left, bottom], [right, bottom], [right, top], [left, top]];
  }

  function onUp(event) {
    if (!drag) return;
    const { moved, start } = drag;
    drag = null;
    if (!moved) {
      const row = nearestRow(start);
      if (row >= 0) tell("click", event, { row });
    } else if (settings.tool !== "pan" && sketch.length > 2) {
      tell(settings.tool, event, { polygon: sketch });
    }
  }

  function cancelDrag() {
    drag = null;
    sketch = null;
    paintOverlay();
  }

  function onWheel(event) {
    if (!points) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), placeOf(event));
  }

  /* ---- keyboard ---- */
  function onKey(event) {
    if (!points || event.ctrlKey || event.metaKey) return;
    const step = (PAN_STEP * size.width) / settings.camera.scale;
    const { x, y } = settings.camera;
    const middle = [size.width / 2, size.height / 2];
    const moves = {
      ArrowLeft: () => moveCamera({ x: x - step }),
      ArrowRight: () => moveCamera({ x: x + step }),
      ArrowUp: () => moveCamera({ y: y + step }),
      ArrowDown: () => moveCamera({ y: y - step }),
      "+": () => zoom(ZOOM_STEP, middle),
      "=": () => zoom(ZOOM_STEP, middle),
      "-": () => zoom(1 / ZOOM_STEP, middle),
      0: resetView,
      Escape: cancelDrag,
    };
    for (const [value, , , shortcut] of tools) moves[shortcut] = () => choose("tool", value);
    for (const [value, , , shortcut] of modes) moves[shortcut] = () => choose("mode", value);
    const move = moves[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  function onModifier(event) {
    held = event.altKey ? "remove" : event.shiftKey ? "add" : null;
    showChoices();
  }

  /* ---- hover card ---- */
  function showCard(place) {
    const row = nearestRow(place);
    if (row < 0) return hideCard();
    card.replaceChildren();
    addLine(card, "strong", points.idOf(row));
    for (const { title, names, codes } of points.fields) {
      addLine(card, "span", `${title}: ${names[codes[row]]}`);
    }
    if (scene.values) addLine(card, "span", `${header.title}: ${numberText(scene.values[row])}`);
    card.hidden = false;
    const [x, y] = toScreen([points.xy[2 * row], points.xy[2 * row + 1]]);
    const left = x + 14 + card.offsetWidth > size.width ? x - 14 - card.offsetWidth : x + 14;
    const top = Math.min(Math.max(4, y - 10), size.height - card.offsetHeight - 4);
    card.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  }

  function hideCard() {
    card.hidden = true;
  }

  function addLine(parent, kind, text) {
    const line = document.createElement(kind);
    line.textContent = text;
    parent.append(line);
    return line;
  }

  function numberText(value) {
    return Number.isNaN(value) ? "missing" : String(Number(value.toPrecision(4)));
  }

  /* ---- toolbar and legend ---- */
  function choose(what, value) {
    settings[what] = value;
    showChoices();
  }

  function showChoices() {
    for (const button of root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === settings.tool);
    }
    for (const button of root.querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === (held ?? settings.mode));
    }
    stage.dataset.tool = settings.tool;
  }

  function countLevels() {
    const all = new Uint32Array(header.levels.length);
    const selected = new Uint32Array(header.levels.length);
    for (let i = 0; i < points.count; i++) {
      if (!(scene.states[i] & IN_SCOPE)) continue;
      all[scene.levels[i]]++;
      if (scene.states[i] & SELECTED) selected[scene.levels[i]]++;
    }
    return { all, selected };
  }

  function countText(selected, all) {
    const part = scene.hasSelection ? `${selected.toLocaleString("en")} / ` : "";
    return part + all.toLocaleString("en");
  }

  function showLegend() {
    const counts = countLevels();
    legend.replaceChildren();
    addLine(legend, "span", header.title).className = "cae-map-legend-title";
    if (header.scale) showScale(header.scale);
    header.levels.forEach(({ name, listed }, level) => {
      if (!listed || !counts.all[level]) return;
      const button = addLine(legend, "button", "");
      button.type = "button";
      button.className = "cae-map-category";
      const rgba = header.palette.slice(4 * level, 4 * level + 3);
      addLine(button, "i", "").style.background = `rgb(${rgba})`;
      addLine(button, "span", name);
      const text = countText(counts.selected[level], counts.all[level]);
      addLine(button, "small", text);
      button.title = `${header.categoryAction.replace("{}", () => name)} (${text} images)`;
      button.onclick = (event) => tell("category", event, { level });
    });
  }

  function showScale({ low, high, colours }) {
    const bar = addLine(legend, "span", "");
    bar.className = "cae-map-scale";
    addLine(bar, "span", numberText(low));
    addLine(bar, "i", "").style.background = `linear-gradient(90deg, ${colours.join(",")})`;
    addLine(bar, "span", numberText(high));
  }

  /* ---- life ---- */
  const observer = new ResizeObserver(() => {
    size = { width: stage.clientWidth, height: stage.clientHeight };
    redraw();
  });
  observer.observe(stage);
  stage.addEventListener("pointerdown", onDown);
  stage.addEventListener("pointermove", onMove);
  stage.addEventListener("pointerup", onUp);
  stage.addEventListener("pointercancel", cancelDrag);
  stage.addEventListener("pointerleave", hideCard);
  stage.addEventListener("wheel", onWheel, { passive: false });
  stage.addEventListener("keydown", onKey);
  const onFrame = ({ detail }) => header?.path?.film === detail.film && paintOverlay();
  onFrameShown(onFrame);
  window.addEventListener("keydown", onModifier);
  window.addEventListener("keyup", onModifier);
  canvas.addEventListener("webglcontextrestored", redraw);
  for (const [choices, attribute, what] of [
    [canDraw ? tools : [], "tool", "tool"],
    [modes, "mode", "mode"],
  ]) {
    for (const [value, label, hint] of choices) {
      const button = addLine(view(`${what}s`), "button", label);
      button.type = "button";
      button.title = hint;
      button.dataset[attribute] = value;
      button.onclick = () => choose(what, value);
    }
  }
  view("clear").hidden = !canDraw;
  root.classList.toggle("cae-map-still", !canDraw);
  view("clear").onclick = (event) => tell("clear", event, {});
  view("reset").onclick = resetView;
  showChoices();

  function isDark() {
    const probe = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
    const [red, green, blue] = /^#/.test(probe)
      ? [1, 3, 5].map((at) => parseInt(probe.slice(at, at + 2), 16))
      : (probe.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    return 0.3 * red + 0.6 * green + 0.1 * blue < 128;
  }

  async function update(message, tellPython) {
    emit = tellPython;
    const next = unpack(message);
    const asking = setTimeout(() => tell("missing", null, {}), MISSING_AFTER_MS);
    const nextPoints = await pointsEntry(next.header.points).ready;
    clearTimeout(asking);
    header = next.header;
    points = nextPoints;
    const dark = isDark();
    root.dataset.theme = dark ? "dark" : "light";
    scene = {
      xy: points.xy,
      levels: next.arrays.levels,
      states: next.arrays.states,
      values: next.arrays.values,
      palette: new Uint8Array(
        header.palette.map((value, i) => (i % 4 === 3 ? Math.round(value * OPACITY) : value)),
      ),
      hasSelection: header.selected > 0,
      plain: dark ? DARK_GREYS : LIGHT_GREYS,
    };
    sketch = drag ? sketch : null;
    view("clear").disabled = !scene.hasSelection;
    stage.style.setProperty("--height", header.height ? `${header.height}px` : "");
    canvas.setAttribute("aria-label", header.description);
    view("hint").textContent = header.hint;
    showLegend();
    redraw();
  }

  function destroy() {
    observer.disconnect();
    offFrameShown(onFrame);
    cancelAnimationFrame(frame);
    window.removeEventListener("keydown", onModifier);
    window.removeEventListener("keyup", onModifier);
    renderer.release();
  }

  return { update, destroy };
}

const maps = new WeakMap();

export default function ({ data, key, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cae-map");
  let map = maps.get(root);
  if (!map) {
    const { key: name, tools } = unpack(data).header;
    map = createMap(root, name, tools);
    maps.set(root, map);
  }
  map.update(data, (event) => setTriggerValue("event", event));
  return () => {
    maps.delete(root);
    map.destroy();
  };
}
