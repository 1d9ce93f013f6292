/* Which frame of each film is shown; shared by its strip, its viewer, the map and what tells
   Python, whose scripts are loaded apart from each other. */
const films = (globalThis.caeFilms ??= { shown: new Map(), news: new EventTarget() });

function frameOf(film, count) {
  return Math.min(films.shown.get(film) ?? Math.floor((count - 1) / 2), count - 1);
}

function showFrame(film, frame) {
  films.shown.set(film, frame);
  films.news.dispatchEvent(new CustomEvent("frame", { detail: { film } }));
}

const onFrameShown = (listener) => films.news.addEventListener("frame", listener);
const offFrameShown = (listener) => films.news.removeEventListener("frame", listener);
