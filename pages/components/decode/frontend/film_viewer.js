/* One frame of a film large, beside the real image nearest to it. Playing goes to and fro. */
const MILLISECONDS_PER_FRAME = 300;

function createViewer(root) {
  const view = (name) => root.querySelector(name);
  const slider = view("input");
  const play = view(".cae-viewer-play");
  let data = null;
  let timer = 0;
  let direction = 1;

  function show() {
    const shown = frameOf(data.film, data.frames.length);
    const frame = data.frames[shown];
    const words = `Step ${shown + 1} of ${data.frames.length}`;
    view(".cae-viewer-frame").src = frame.image;
    view(".cae-viewer-frame").alt = `Synthetic image: ${words}`;
    view(".cae-viewer-step").textContent = words;
    view(".cae-viewer-way").textContent = frame.caption;
    view(".cae-viewer-nearest").src = data.nearest[frame.nearest];
    view(".cae-viewer-nearest").alt = `Nearest real image: ${frame.nearestCaption}`;
    view(".cae-viewer-near").textContent = frame.nearestCaption;
    view(".cae-viewer-near").title = frame.nearestCaption;
    view(".cae-viewer-distance").textContent = `Cosine distance ${frame.distance.toFixed(3)}`;
    view(".cae-viewer-off").hidden = !frame.isOffData;
    view(".cae-viewer-change").hidden = !frame.difference;
    if (frame.difference) view(".cae-viewer-difference").src = frame.difference;
    slider.max = data.frames.length;
    slider.value = shown + 1;
    slider.setAttribute("aria-valuetext", words);
    root.dataset.step = shown + 1;
  }

  function advance() {
    const count = data.frames.length;
    const shown = frameOf(data.film, count);
    if (!data.frames[shown + direction]) direction = -direction;
    showFrame(data.film, shown + direction);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", false);
  }

  play.onclick = () => {
    if (timer) return stop();
    direction = 1;
    timer = setInterval(advance, MILLISECONDS_PER_FRAME);
    play.setAttribute("aria-pressed", true);
  };
  slider.oninput = () => {
    stop();
    showFrame(data.film, Number(slider.value) - 1);
  };
  onFrameShown(show);
  stop();

  return {
    update(next) {
      data = next;
      show();
    },
    destroy() {
      stop();
      offFrameShown(show);
    },
  };
}

const viewers = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cae-viewer");
  const viewer = viewers.get(root) ?? createViewer(root);
  viewers.set(root, viewer);
  viewer.update(data);
  return () => {
    viewers.delete(root);
    viewer.destroy();
  };
}
