/* The pointer on the map: clicking, drawing around points, moving and turning the map. */
const CLICK_PIXELS = 4;

function createSketch(map) {
  const { stage } = map;
  const canvas = map.part("canvas");
  let drag = null;
  let drawn = null;
  let hovering = 0;

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect(); // the stage's would count its border
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const looks = (event) => !map.canPick && event.pointerType === "touch";
  const isMoving = () => map.choices.tool === "pan" || !map.canDraw;

  function onDown(event) {
    if (event.button !== 0 || !map.points || event.target.closest("button")) return;
    const place = placeOf(event);
    if (looks(event)) return look(place);
    stage.setPointerCapture(event.pointerId);
    const turns = !event.shiftKey;
    drag = { start: place, last: place, moved: false, from: { ...map.camera.view() }, turns };
    drag.trail = [map.camera.toData(place)];
    map.card.hide();
  }

  function onMove(event) {
    if (!map.points || !map.camera.view() || map.isMoving()) return;
    const place = placeOf(event);
    if (looks(event)) return look(place);
    if (!drag) return hover(place);
    const step = Math.hypot(place[0] - drag.last[0], place[1] - drag.last[1]);
    const way = Math.hypot(place[0] - drag.start[0], place[1] - drag.start[1]);
    drag.moved ||= way > CLICK_PIXELS;
    if (!drag.moved || step < 1) return;
    drag.last = place;
    if (isMoving()) {
      map.camera.drag(drag.from, drag.start, place, drag.turns);
    } else {
      const here = map.camera.toData(place);
      drag.trail.push(here);
      drawn = map.choices.tool === "box" ? boxBetween(drag.trail[0], here) : drag.trail;
      map.overlay.paint(); // the points stay, and a million of them take long to draw
    }
  }

  /* At most once a frame: a mouse may report a thousand moves a second. */
  function hover(place) {
    cancelAnimationFrame(hovering);
    hovering = requestAnimationFrame(() => {
      if (!map.points || drag) return;
      const row = map.card.rowAt(place);
      map.card.point(row);
      tellPlace(...map.camera.toData(place), row);
    });
  }

  /* A finger only says where it is: it hides what a card would show. */
  function look(place) {
    tellPlace(...map.camera.toData(place), -1);
  }

  function onLeave() {
    cancelAnimationFrame(hovering);
    map.card.hide();
    if (map.points) tellPlace(null, null, -1);
  }

  function tellPlace(x, y, row) {
    announce("place", { images: map.points.images, key: map.key, x, y, row });
  }

  function boxBetween([left, bottom], [right, top]) {
    return [[left, bottom], [right, bottom], [right, top], [left, top]];
  }

  function onUp(event) {
    if (!drag) return;
    const { moved, start } = drag;
    drag = null;
    if (!moved) {
      if (!map.canPick) return;
      const row = map.card.rowAt(start);
      if (row >= 0) map.tell("click", event, { row });
    } else if (!isMoving() && drawn?.length > 2) {
      map.tell(map.choices.tool, event, { polygon: drawn });
    }
  }

  function cancel() {
    const had = Boolean(drag || drawn);
    drag = drawn = null;
    map.overlay.paint();
    return had;
  }

  function onWheel(event) {
    if (!map.points) return;
    event.preventDefault();
    const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016));
    map.camera.zoom(factor, placeOf(event));
  }

  stage.addEventListener("pointerdown", onDown);
  stage.addEventListener("pointermove", onMove);
  stage.addEventListener("pointerup", onUp);
  stage.addEventListener("pointercancel", cancel);
  stage.addEventListener("pointerleave", onLeave);
  stage.addEventListener("wheel", onWheel, { passive: false });

  return {
    cancel,
    corners: () => drawn,
    answered: () => drag || (drawn = null),
  };
}
