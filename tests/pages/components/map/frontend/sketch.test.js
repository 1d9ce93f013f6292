import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { listen } from "../../../../../pages/components/kit/frontend/links.js";
import protocol from "../../../../../pages/components/map/frontend/protocol.json" with { type: "json" };
import { boxBetween, createSketch } from "../../../../../pages/components/map/frontend/sketch.js";
import { mapOf, pointsAt } from "./fakes.js";

/** @import { LatentMap, Pair } from "../../../../../pages/components/map/frontend/types.js" */

/* As much of a browser as a pointer on a map needs; each test has its own. */
class Canvas {
  getBoundingClientRect() {
    return { left: 100, top: 50 };
  }
}
const page = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis));
beforeEach(() => {
  Object.assign(page, {
    HTMLCanvasElement: Canvas,
    Element: class {},
    requestAnimationFrame: (/** @type {() => void} */ paint) => paint(),
    cancelAnimationFrame: () => {},
  });
});
afterEach(() => {
  for (const name of ["HTMLCanvasElement", "Element"]) delete page[name];
  for (const name of ["requestAnimationFrame", "cancelAnimationFrame"]) delete page[name];
});

/** @param {{tool?: string, canPick?: boolean, canDraw?: boolean}} how */
function drawingOn({ tool = protocol.tools.lasso, canPick = true, canDraw = true } = {}) {
  const stage = Object.assign(new EventTarget(), { setPointerCapture: () => {} });
  /** @type {{kind: string, polygon?: Pair[], row?: number}[]} */
  const told = [];
  const map = {
    ...mapOf(pointsAt([0, 0, 10, 0, 10, 5, 0, 5]), { width: 600, height: 400 }),
    key: "map",
    stage,
    part: () => new Canvas(),
    choices: { tool, mode: "replace", off: {}, range: {} },
    canPick,
    canDraw,
    isMoving: () => false,
    card: { hide: () => {}, point: () => {} },
    overlay: { paint: () => {} },
    tell: (/** @type {string} */ kind, /** @type {unknown} */ _, /** @type {object} */ detail) =>
      told.push({ kind, ...detail }),
  };
  const sketch = createSketch(/** @type {LatentMap} */ (/** @type {unknown} */ (map)));
  /** @type {(kind: string, place: Pair, more?: object) => void} */
  const point = (kind, [x, y], more = {}) => {
    const place = { button: 0, clientX: 100 + x, clientY: 50 + y, pointerId: 1 };
    stage.dispatchEvent(Object.assign(new Event(kind, { cancelable: true }), place, more));
  };
  return { map, sketch, told, point };
}

test("a box has its corners in order around it", () => {
  assert.deepEqual(boxBetween([0, 1], [2, 3]), [[0, 1], [2, 1], [2, 3], [0, 3]]);
});

test("a press without a way is a click on the point there", () => {
  const { map, told, point } = drawingOn();
  const place = map.camera.screenOf(2);
  point("pointerdown", place);
  point("pointermove", [place[0] + 2, place[1]]);
  point("pointerup", place);
  assert.deepEqual(told, [{ kind: protocol.events.click, row: 2 }]);
});

test("a click beside all points, or where nothing can be picked, says nothing", () => {
  const beside = drawingOn();
  beside.point("pointerdown", [300, 200]);
  beside.point("pointerup", [300, 200]);
  assert.deepEqual(beside.told, []);
  const looking = drawingOn({ canPick: false });
  const place = looking.map.camera.screenOf(2);
  looking.point("pointerdown", place);
  looking.point("pointerup", place);
  assert.deepEqual(looking.told, []);
});

test("a lasso tells the places it went through, in the map's data", () => {
  const { map, sketch, told, point } = drawingOn();
  /** @type {Pair[]} */
  const trail = [[100, 100], [300, 100], [300, 300], [100, 300]];
  point("pointerdown", trail[0]);
  for (const place of trail.slice(1)) point("pointermove", place);
  assert.deepEqual(sketch.corners(), trail.map(map.camera.toData));
  point("pointerup", trail[3]);
  assert.deepEqual(told, [
    { kind: protocol.events.lasso, polygon: trail.map(map.camera.toData) },
  ]);
  sketch.answered();
  assert.equal(sketch.corners(), null);
});

test("a box tells its four corners only", () => {
  const { map, told, point } = drawingOn({ tool: protocol.tools.box });
  point("pointerdown", [100, 100]);
  point("pointermove", [200, 150]);
  point("pointermove", [300, 300]);
  point("pointerup", [300, 300]);
  const { toData } = map.camera;
  assert.deepEqual(told, [
    { kind: protocol.events.box, polygon: boxBetween(toData([100, 100]), toData([300, 300])) },
  ]);
});

test("the tool that moves draws nothing and takes the map along", () => {
  const { map, sketch, told, point } = drawingOn({ tool: protocol.tools.pan });
  const place = map.camera.toData([100, 100]);
  point("pointerdown", [100, 100]);
  point("pointermove", [150, 130]);
  point("pointerup", [150, 130]);
  map.camera.toData([150, 130]).forEach((value, i) => assert.ok(Math.abs(value - place[i]) < 1e-9));
  assert.equal(sketch.corners(), null);
  assert.deepEqual(told, []);
});

test("giving up leaves no outline and tells nothing", () => {
  const { sketch, told, point } = drawingOn();
  point("pointerdown", [100, 100]);
  point("pointermove", [300, 100]);
  assert.equal(sketch.cancel(), true);
  assert.equal(sketch.cancel(), false);
  point("pointerup", [300, 100]);
  assert.equal(sketch.corners(), null);
  assert.deepEqual(told, []);
});

test("the place of a pointer is announced, with the row it is at", () => {
  const { map, point } = drawingOn();
  /** @type {(number | null)[][]} */
  const heard = [];
  const end = listen("place", ({ x, y, row }) => heard.push([x, y, row]));
  point("pointermove", map.camera.screenOf(1));
  point("pointerleave", [0, 0]);
  end();
  assert.equal(heard[0][2], 1);
  assert.ok(Math.abs((heard[0][0] ?? NaN) - 10) < 1e-9);
  assert.deepEqual(heard[1], [null, null, -1]);
});
