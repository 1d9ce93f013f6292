import assert from "node:assert/strict";
import { test } from "node:test";

import { tileAfter } from "../../../../../pages/components/gallery/frontend/gallery.js";
import {
  UNTOUCHED,
  bounded,
  transfer,
  zoomed,
} from "../../../../../pages/components/gallery/frontend/windowing.js";

test("untouched, grey values are shown as they are", () => {
  assert.deepEqual(transfer(UNTOUCHED), { slope: 1, intercept: 0 });
});

test("the window is spread over all greys, around the level", () => {
  const { slope, intercept } = transfer({ window: 100, level: 80, invert: false });
  const shown = (/** @type {number} */ grey) => slope * (grey / 255) + intercept;
  assert.ok(Math.abs(shown(30)) < 1e-9);
  assert.ok(Math.abs(shown(80) - 0.5) < 1e-9);
  assert.ok(Math.abs(shown(130) - 1) < 1e-9);
  const inverse = transfer({ window: 100, level: 80, invert: true });
  assert.ok(Math.abs(inverse.slope * (30 / 255) + inverse.intercept - 1) < 1e-9);
});

test("zooming leaves the place under the pointer", () => {
  const before = zoomed(UNTOUCHED, 3, 0.2, 0.7);
  const after = zoomed(before, 2, 0.4, 0.5);
  /* What lies at a share of the pane, in percent of the image. */
  const at = (/** @type {typeof before} */ look, /** @type {number} */ share) =>
    (100 * share - look.x) / look.zoom;
  assert.ok(Math.abs(at(before, 0.4) - at(after, 0.4)) < 1e-9);
});

test("zoom has ends, and an image is never moved off its pane", () => {
  assert.equal(zoomed(UNTOUCHED, 1000).zoom, 16);
  assert.equal(zoomed(UNTOUCHED, 0.1).zoom, 1);
  const moved = bounded({ ...UNTOUCHED, zoom: 2, x: 50, y: -500, window: 0, level: 999 });
  assert.deepEqual([moved.x, moved.y, moved.window, moved.level], [0, -100, 4, 255]);
});

test("keys lead to the tiles beside, above and below", () => {
  const to = (/** @type {string} */ key) => tileAfter(key, 5, 3, 9);
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "x"].map(to),
    [6, 4, 8, 2, 0, 8, -1],
  );
});
