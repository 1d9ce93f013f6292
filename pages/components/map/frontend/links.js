/* What maps and other components of a page tell each other, whose scripts are loaded apart.

   "hover" {images, row, source}: the pointer rests on an image, −1 is none.
   "place" {images, key, x, y, row}: the pointer is at a place of a map's data, at most once a
   frame; null places mean that it has left. Anything on the page may listen.
   "choice" {choices}: tool, mode, hidden categories or range were changed in one of the maps that
   show the same images. */
const links = (globalThis.caeMapLinks ??= { news: new EventTarget(), choices: new Map() });

function announce(kind, detail) {
  links.news.dispatchEvent(new CustomEvent(kind, { detail }));
}

function listen(kind, listener) {
  links.news.addEventListener(kind, listener);
  return () => links.news.removeEventListener(kind, listener);
}

/* What the maps of the same images have in common; `off` is {title: Set of level names} and
   `range` {title: [first step, last step]}. */
function choicesOf(images) {
  if (!links.choices.has(images)) {
    links.choices.set(images, { tool: "lasso", mode: "replace", off: {}, range: {} });
  }
  return links.choices.get(images);
}
