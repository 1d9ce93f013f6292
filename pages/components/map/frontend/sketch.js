/* The pointer on the map: clicking, drawing around points, moving and turning the map. */
import { announce } from "../../kit/frontend/links.js";
import { rowAt } from "./picking.js";
import protocol from "./protocol.json" with { type: "json" };

/** @import { LatentMap, Pair, Sketch, View } from "./types.js" */
/** @typedef {{start: Pair, last: Pair, moved: boolean, from: View, turns: boolean, trail: Pair[]}} Drag */

const CLICK_PIXELS = 4;
const { box, pan } = protocol.tools;
const { click } = protocol.events;

/**
 * @param {LatentMap} map
 * @returns {Sketch}
 */
export function createSketch(map) {
  const { stage } = map;
  const canvas = map.part("canvas", HTMLCanvasElement);
  /** @type {Drag | null} */
  let drag = null;
  /** @type {Pair[] | null} */
  let drawn = null;
  let hovering = 0;

  /** @type {(event: MouseEvent) => Pair} */
  const placeOf = (event) => {
    const frame = canvas.getBoundingClientRect(); // the stage's would count its border
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const looks = (/** @type {PointerEvent} */ event) =>
    !map.canPick && event.pointerType === "touch";
  const isMoving = () => map.choices.tool === pan || !map.canDraw;

  /** @param {PointerEvent} event */
  function onDown(event) {
    if (event.button !== 0 || !map.shown || isOnButton(event)) return;
    const place = placeOf(event);
    if (looks(event)) return look(place);
    stage.setPointerCapture(event.pointerId);
    drag = {
      start: place,
      last: place,
      moved: false,
      from: { ...map.camera.view() },
      turns: !event.shiftKey,
      trail: [map.camera.toData(place)],
    };
    map.card.hide();
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    if (!map.camera.isReady() || map.isMoving()) return;
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
      drawn = map.choices.tool === box ? boxBetween(drag.trail[0], here) : drag.trail;
      map.overlay.paint(); // the points stay, and a million of them take long to draw
    }
  }

  /**
   * At most once a frame: a mouse may report a thousand moves a second.
   *
   * @param {Pair} place
   */
  function hover(place) {
    cancelAnimationFrame(hovering);
    hovering = requestAnimationFrame(() => {
      if (!map.shown || drag) return;
      const row = rowAt(map, place);
      map.card.point(row);
      tellPlace(map.camera.toData(place), row);
    });
  }

  /**
   * A finger only says where it is: it hides what a card would show.
   *
   * @param {Pair} place
   */
  function look(place) {
    tellPlace(map.camera.toData(place), -1);
  }

  /** @param {PointerEvent} event */
  function onLeave({ pointerType }) {
    cancelAnimationFrame(hovering);
    map.card.hide();
    // A finger that is lifted leaves what it pointed at in sight.
    if (map.shown && pointerType !== "touch") tellPlace([null, null], -1);
  }

  /**
   * @param {Pair | [null, null]} place
   * @param {number} row
   */
  function tellPlace([x, y], row) {
    announce("place", { images: map.now().points.images, key: map.key, x, y, row });
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    if (!drag) return;
    const { moved, start } = drag;
    drag = null;
    if (!moved) {
      if (!map.canPick) return;
      const row = rowAt(map, start);
      if (row >= 0) map.tell(click, event, { row });
    } else if (!isMoving() && drawn && drawn.length > 2) {
      map.tell(map.choices.tool, event, { polygon: drawn });
    }
  }

  function cancel() {
    const had = Boolean(drag || drawn);
    drag = drawn = null;
    map.overlay.paint();
    return had;
  }

  /** @param {WheelEvent} event */
  function onWheel(event) {
    if (!map.shown) return;
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
    answered() {
      if (!drag) drawn = null;
    },
  };
}

/** @param {Event} event */
function isOnButton(event) {
  return event.target instanceof Element && event.target.closest("button") !== null;
}

/**
 * The corners of a box that has these two opposite each other.
 *
 * @param {Pair} start
 * @param {Pair} end
 * @returns {Pair[]}
 */
export function boxBetween([left, bottom], [right, top]) {
  return [[left, bottom], [right, bottom], [right, top], [left, top]];
}
