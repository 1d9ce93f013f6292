/* Lines and words over the points: contours, names of categories, a path, rings, the sketch. */
const NAME_PIXELS = 7; // mean width of a letter
const ANCHOR_PIXELS = 11;

function createOverlay(map) {
  const overlay = map.part("overlay");
  const contours = map.part("contours");
  const button = map.part("density");
  let linked = -1;
  let built = null;
  button.onclick = () => {
    map.settings.density = !map.settings.density;
    paint();
  };
  const forgetHover = listen("hover", ({ detail }) => {
    if (detail.images !== map.points?.images) return;
    linked = detail.row;
    paint();
  });

  function paint() {
    overlay.replaceChildren();
    if (!map.points || !map.camera.view()) return;
    contours.style.display = map.settings.density && !map.isMoving() ? "" : "none";
    button.disabled = !map.points.contours.length;
    button.setAttribute("aria-pressed", Boolean(map.settings.density));
    if (map.isMoving()) return;
    if (map.settings.density) paintContours();
    paintNames();
    if (map.header.path) paintPath(map.header.path);
    if (map.header.focus !== null) ring(map.header.focus, "cae-map-focus");
    if (linked >= 0) ring(linked, "cae-map-linked");
    if (map.sketch.corners()) {
      addShape(overlay, "polygon", {
        points: joined(map.sketch.corners()),
        class: "cae-map-sketch",
      });
    }
  }

  const joined = (places) => places.map((p) => map.camera.toScreen(p).join(",")).join(" ");

  function ring(row, name) {
    const [cx, cy] = map.camera.screenOf(row);
    addShape(overlay, "circle", { cx, cy, r: 9, class: name });
  }

  /* Built once in the map's own coordinates; moving the map only moves the group. */
  function paintContours() {
    if (built !== map.points.digest) {
      built = map.points.digest;
      contours.replaceChildren();
      const group = addShape(contours, "g", {});
      const most = Math.max(...map.points.contours.map(({ level }) => level), 1);
      for (const { level, corners } of map.points.contours) {
        const parts = [];
        for (let i = 0; i < corners.length; i += 2) parts.push(`${corners[i]} ${corners[i + 1]}`);
        const strength = 0.25 + (0.6 * level) / most;
        addShape(group, "path", { d: `M${parts.join("L")}`, "stroke-opacity": strength });
      }
    }
    const { x, y, scale } = map.camera.view();
    const { width, height } = map.size;
    const place = [scale, 0, 0, -scale, width / 2 - x * scale, height / 2 + y * scale];
    contours.firstChild.setAttribute("transform", `matrix(${place.join(" ")})`);
  }

  /* Names come largest first; one that would cover another is left out until zoomed apart. */
  function paintNames() {
    const { view, toScreen } = map.camera;
    const anchors = map.header.path?.anchors ?? [];
    const taken = anchors.map(({ x, y }) => {
      const [left, top] = toScreen([x, y]);
      return { left, top, reach: ANCHOR_PIXELS };
    });
    const off = map.scene.off;
    for (const { name, level, place } of map.header.names) {
      if (off[level]) continue;
      const flat = planeOf({ positions: place, dimensions: place.length }, view().turn, 0);
      const [left, top] = toScreen(flat);
      const reach = NAME_PIXELS * (name.length / 2);
      const covers = (other) =>
        Math.abs(other.left - left) < other.reach + reach && Math.abs(other.top - top) < 17;
      if (taken.some(covers)) continue;
      taken.push({ left, top, reach });
      word([left, top], name, "cae-map-name");
    }
  }

  function paintPath({ line, anchors, film }) {
    const { toScreen } = map.camera;
    addShape(overlay, "polyline", { points: joined(line), class: "cae-map-path-ground" });
    addShape(overlay, "polyline", { points: joined(line), class: "cae-map-path" });
    for (const place of line) {
      const [cx, cy] = toScreen(place);
      addShape(overlay, "circle", { cx, cy, r: 3, class: "cae-map-step" });
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

  function word([x, y], text, name) {
    addShape(overlay, "text", { x, y, class: name }).textContent = text;
  }

  return { paint, destroy: forgetHover };
}
