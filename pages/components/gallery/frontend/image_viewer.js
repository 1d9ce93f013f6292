/* Panes that zoom and move together; window and level are an SVG filter over the pixels. */
const instance = Math.random().toString(36).slice(2, 10);
let steps = 0;
const MOST_ZOOM = 16;
const UNTOUCHED = { zoom: 1, x: 0, y: 0, window: 255, level: 127.5, invert: false };
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function pane({ kind, image, caption }, filter) {
  const figure = document.createElement("figure");
  figure.dataset.kind = kind;
  const frame = document.createElement("div");
  frame.className = "cae-image-viewer-frame";
  const picture = document.createElement("img");
  picture.src = image;
  picture.draggable = false;
  picture.alt = {
    real: `Image: ${caption}`,
    synthetic: `Synthetic image: ${caption}`,
    difference: `Difference of image and reconstruction; ${caption}`,
  }[kind];
  if (kind !== "difference") picture.style.filter = `url(#${filter})`;
  frame.append(picture);
  figure.append(frame);
  if (kind !== "real") {
    const mark = document.createElement("div");
    mark.className = "cae-image-viewer-mark";
    mark.textContent = kind === "synthetic" ? "synthetic" : "synthetic − original";
    figure.append(mark);
  }
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.append(words);
  return figure;
}

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

function createViewer(root) {
  const id = `cae-window-${instance}-${Math.random().toString(36).slice(2, 8)}`;
  const functions = createFilter(root, id);
  const panes = root.querySelector(".cae-image-viewer-panes");
  const sliders = ["window", "level"].map((name) => root.querySelector(`.cae-image-viewer-${name}`));
  const button = (name) => root.querySelector(`[data-do="${name}"]`);
  let state = { ...UNTOUCHED };
  let drags = "pan";
  let step = () => {};

  function paint() {
    const slack = -(state.zoom - 1) * 100;
    state.x = clamp(state.x, slack, 0);
    state.y = clamp(state.y, slack, 0);
    for (const picture of panes.querySelectorAll("img")) {
      picture.style.transform = `translate(${state.x}%, ${state.y}%) scale(${state.zoom})`;
    }
    const slope = 255 / state.window;
    const intercept = 0.5 - state.level / state.window;
    for (const one of functions) {
      one.setAttribute("slope", state.invert ? -slope : slope);
      one.setAttribute("intercept", state.invert ? 1 - intercept : intercept);
    }
    sliders[0].value = state.window;
    sliders[1].value = state.level;
    root.querySelector(".cae-image-viewer-zoom").textContent = `${Math.round(100 * state.zoom)} %`;
    root.dataset.drag = drags;
    Object.assign(root.dataset, { zoom: state.zoom, window: state.window, level: state.level });
    button("invert").setAttribute("aria-pressed", state.invert);
    button("window").setAttribute("aria-pressed", drags === "window");
    button("out").disabled = state.zoom <= 1;
    button("in").disabled = state.zoom >= MOST_ZOOM;
  }

  /* Zoom so that the place at (x, y), shares of a pane, stays where it is. */
  function zoomBy(factor, x = 0.5, y = 0.5) {
    const zoom = clamp(state.zoom * factor, 1, MOST_ZOOM);
    const ratio = zoom / state.zoom;
    state.x = 100 * x - ratio * (100 * x - state.x);
    state.y = 100 * y - ratio * (100 * y - state.y);
    state.zoom = zoom;
    paint();
  }

  function change(values) {
    Object.assign(state, values);
    state.window = clamp(state.window, 4, 255);
    state.level = clamp(state.level, 0, 255);
    paint();
  }

  const actions = {
    previous: () => step(-1),
    next: () => step(1),
    in: () => zoomBy(1.5),
    out: () => zoomBy(1 / 1.5),
    invert: () => change({ invert: !state.invert }),
    reset: () => change(UNTOUCHED),
    window: () => {
      drags = drags === "window" ? "pan" : "window";
      paint();
    },
    full: () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen();
    },
  };
  for (const name of Object.keys(actions)) button(name).onclick = actions[name];
  sliders[0].oninput = () => change({ window: sliders[0].valueAsNumber });
  sliders[1].oninput = () => change({ level: sliders[1].valueAsNumber });

  root.onkeydown = (event) => {
    if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [10, 0], ArrowRight: [-10, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] };
    const key = event.key;
    if (event.shiftKey && pan[key]) change({ x: state.x + pan[key][0], y: state.y + pan[key][1] });
    else if (key === "ArrowLeft" || key === "ArrowRight") step(key === "ArrowRight" ? 1 : -1);
    else if (key === "+" || key === "=") actions.in();
    else if (key === "-") actions.out();
    else if (key === "0") change({ zoom: 1 });
    else if (key === "i") actions.invert();
    else if (key === "r") actions.reset();
    else return;
    event.preventDefault();
  };

  panes.addEventListener("wheel", (event) => {
    const frame = event.target.closest(".cae-image-viewer-frame");
    if (!frame) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, x, y);
  }, { passive: false });

  let last = null;
  panes.onpointerdown = (event) => {
    const frame = event.target.closest(".cae-image-viewer-frame");
    if (!frame || event.button) return;
    frame.setPointerCapture(event.pointerId);
    last = [event.clientX, event.clientY, frame.clientWidth];
  };
  panes.onpointermove = (event) => {
    if (!last) return;
    const [right, down] = [event.clientX - last[0], event.clientY - last[1]];
    const width = last[2];
    last = [event.clientX, event.clientY, width];
    if (drags === "window") change({ window: state.window + right, level: state.level - down });
    else change({ x: state.x + (100 * right) / width, y: state.y + (100 * down) / width });
  };
  panes.onpointerup = panes.onpointercancel = () => (last = null);

  function show(data, onStep) {
    panes.style.setProperty("--panes", Math.max(2, data.panes.length));
    panes.replaceChildren(...data.panes.map((one) => pane(one, id)));
    const [place, count] = data.place ?? [0, 0];
    const canGo = { previous: data.place && place > 0, next: data.place && place < count - 1 };
    root.querySelector(".cae-image-viewer-place").textContent = data.place
      ? `${(place + 1).toLocaleString("en")} of ${count.toLocaleString("en")}`
      : "in no list";
    for (const name of Object.keys(canGo)) button(name).disabled = !canGo[name];
    step = (by) => canGo[by > 0 ? "next" : "previous"] && onStep(by);
    paint();
  }
  return { show };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".cae-image-viewer");
  if (!root.caeViewer) {
    root.caeViewer = createViewer(root);
    // The tile that was pressed is gone; what is done next concerns the image.
    if (document.body.dataset.caeOpened) root.focus({ preventScroll: true });
  }
  root.caeViewer.show(data, (by) => setTriggerValue("step", { id: `${instance}:${++steps}`, by }));
}
