/* What is known of the image under the pointer, with the image itself. */
const DWELL_MS = 120;
const PICK_PIXELS = 16;
const AROUND_PIXELS = 40;
const MOST_AROUND = 60;
const CARD_GAP = 14;
const CARD_PICTURE = 112;

function createCard(map) {
  const card = map.part("card");
  const canvas = addElement(card, "canvas", "cae-map-card-picture");
  const words = addElement(card, "div", "cae-map-card-words");
  let shown = -1;
  let waiting = -1;
  let timer = 0;

  /* The row that a click at `place` (pixels) would pick, or −1. */
  function rowAt(place) {
    const { points, scene, camera } = map;
    const accepts = (row) => scene.isPickable(row);
    if (!points.grid) return nearestInSpace(place, accepts);
    const [x, y] = camera.toData(place);
    return points.grid.nearest(x, y, PICK_PIXELS / camera.view().scale, accepts);
  }

  /* In space every point is looked at; of those within reach the one nearest the viewer wins. */
  function nearestInSpace([left, top], accepts) {
    const { points, camera } = map;
    const { turn } = camera.view();
    let best = -1;
    let bestRank = Infinity;
    for (let row = 0; row < points.count; row++) {
      const [x, y] = camera.screenOf(row);
      const way = Math.hypot(x - left, y - top);
      if (way > PICK_PIXELS || !accepts(row)) continue;
      const p = points.positions;
      const depth = turn[6] * p[3 * row] + turn[7] * p[3 * row + 1] + turn[8] * p[3 * row + 2];
      const rank = way - (PICK_PIXELS * depth) / (points.extent.right || 1);
      if (rank < bestRank) [best, bestRank] = [row, rank];
    }
    return best;
  }

  /* The pointer is at `row`, −1 is at none. */
  function point(row) {
    if (row < 0) return hide();
    if (row === shown || row === waiting) return;
    waiting = row;
    map.pictures?.want([...neighbours(row), row]);
    clearTimeout(timer);
    // Once a card is open, going on to the next point needs no patience.
    timer = setTimeout(() => show(row), shown < 0 ? DWELL_MS : 0);
  }

  /* Those that the pointer is likely to come to next, so that their pictures are there by then. */
  function neighbours(row) {
    if (!map.points.grid) return [];
    const radius = AROUND_PIXELS / map.camera.view().scale;
    return map.points.grid.around(...planeOf(map.points, FLAT, row), radius, MOST_AROUND);
  }

  function show(row) {
    const { points, scene, header } = map;
    clearTimeout(timer);
    waiting = -1;
    shown = row;
    words.replaceChildren();
    addElement(words, "strong", "", points.idOf(row));
    for (const { title, names, codes } of points.fields) {
      addElement(words, "span", "", `${title}: ${names[codes[row]]}`);
    }
    const told = new Set([...points.fields.map(({ title }) => title), ...header.details]);
    if (!told.has(header.title)) {
      addElement(words, "span", "", `${header.title}: ${valueText(scene, header, row)}`);
    }
    map.pictures?.want([row]);
    fill();
    card.hidden = false;
    put();
    announce("hover", { images: points.images, row, source: map.key });
  }

  /* Picture and further lines come later; their room is kept. */
  function fill() {
    const found = map.pictures?.at(shown);
    card.dataset.row = found ? shown : "";
    canvas.hidden = !map.pictures;
    const context = canvas.getContext("2d");
    canvas.width = canvas.height = CARD_PICTURE * (window.devicePixelRatio || 1);
    if (found) drawInto(context, found.canvas, 0, 0, canvas.width);
    for (const line of words.querySelectorAll(".cae-map-card-more")) line.remove();
    map.header.details.forEach((title, i) => {
      addElement(words, "span", "cae-map-card-more", `${title}: ${found?.lines[i] ?? "…"}`);
    });
  }

  function put() {
    const [x, y] = map.camera.screenOf(shown);
    const { width, height } = map.size;
    const right = x + CARD_GAP + card.offsetWidth <= width;
    const left = right ? x + CARD_GAP : x - CARD_GAP - card.offsetWidth;
    const top = Math.min(Math.max(4, y - 20), height - card.offsetHeight - 4);
    const inside = Math.min(Math.max(4, left), Math.max(4, width - card.offsetWidth - 4));
    card.style.transform = `translate(${inside}px, ${top}px)`;
  }

  function hide() {
    clearTimeout(timer);
    waiting = -1;
    if (shown < 0) return;
    shown = -1;
    card.hidden = true;
    announce("hover", { images: map.points.images, row: -1, source: map.key });
  }

  return { point, show, hide, fill: () => shown >= 0 && fill(), rowAt, row: () => shown };
}

function valueText(scene, header, row) {
  return scene.values ? numberText(scene.values[row]) : header.levels[scene.levels[row]].name;
}

/* Draw a picture into a square, whole, its pixels kept sharp where it is enlarged. */
function drawInto(context, picture, x, y, side) {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(picture, x + (side - width) / 2, y + (side - height) / 2, width, height);
}
