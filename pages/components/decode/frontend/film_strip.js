/* The frames of a film in a row; pressing one, or an arrow key, shows it. */
function framed(source, text, frame) {
  const holder = document.createElement("span");
  holder.className = frame;
  const image = document.createElement("img");
  image.src = source;
  image.alt = text;
  holder.append(image);
  return holder;
}

function tile(kind, picture, text) {
  const item = document.createElement(kind);
  const words = document.createElement("small");
  words.textContent = text;
  item.append(picture, words);
  return item;
}

function original({ label, image }) {
  return tile("div", framed(image, `Original image ${label}`, "cae-original"), label);
}

function step({ image, isOffData, caption: words }, number, caption, { film, frames }) {
  const text = `Synthetic image: step ${number + 1} of ${frames.length}`;
  const button = tile("button", framed(image, text, "cae-synthetic"), caption);
  button.type = "button";
  button.title = isOffData ? `${words}; far from every image` : words;
  button.classList.toggle("cae-off-data", isOffData);
  button.dataset.step = number + 1;
  button.onclick = () => showFrame(film, number);
  return button;
}

function rowTitle(words) {
  const title = document.createElement("div");
  title.className = "cae-film-row";
  title.textContent = words;
  return title;
}

function keepVisible(strip, shown) {
  const left = shown.offsetLeft - strip.offsetLeft;
  if (left < strip.scrollLeft || left + shown.offsetWidth > strip.scrollLeft + strip.clientWidth) {
    strip.scrollLeft = left - strip.clientWidth / 2;
  }
}

const listeners = new WeakMap();

export default function ({ data, parentElement }) {
  const strip = parentElement.querySelector(".cae-film");
  const count = data.frames.length;
  const captions = data.frames.map(({ label }) => label);
  if (data.ends.length) {
    captions[0] = `${data.ends[0].label} decoded`;
    captions[count - 1] = `${data.ends[1].label} decoded`;
  }
  const steps = data.frames.map((frame, at) => step(frame, at, captions[at], data));
  const [first, last] = data.ends.map(original);
  strip.replaceChildren(...[first, ...steps, last].filter(Boolean));
  data.rows.forEach((words, row) => steps[row * data.columns].before(rowTitle(words)));
  strip.classList.toggle("cae-film-grid", data.columns !== null);
  strip.style.setProperty("--tiles", data.columns ?? count + data.ends.length);

  const mark = () => {
    const shown = frameOf(data.film, count);
    steps.forEach((button, number) => button.setAttribute("aria-pressed", number === shown));
    keepVisible(strip, steps[shown]);
  };
  strip.onkeydown = (event) => {
    const row = data.columns ?? NaN; // without rows, up and down lead nowhere
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[event.key];
    const next = steps[frameOf(data.film, count) + move];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  };
  offFrameShown(listeners.get(strip));
  listeners.set(strip, mark);
  onFrameShown(mark);
  mark();
  return () => offFrameShown(mark);
}
