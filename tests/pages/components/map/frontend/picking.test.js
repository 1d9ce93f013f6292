import assert from "node:assert/strict";
import { test } from "node:test";

import { PICK_PIXELS, rowAt, rowsAround } from "../../../../../pages/components/map/frontend/picking.js";
import { depthOf } from "../../../../../pages/components/map/frontend/space.js";
import { mapOf, pointsAt } from "./fakes.js";

const SIZE = { width: 600, height: 400 };

test("a point is picked within reach of the pointer, and only if it may be", () => {
  const points = pointsAt([0, 0, 10, 0, 10, 5, 0, 5]);
  const map = mapOf(points, SIZE);
  const [x, y] = map.camera.screenOf(2);
  assert.equal(rowAt(map, [x + PICK_PIXELS - 1, y]), 2);
  assert.equal(rowAt(map, [x + PICK_PIXELS + 1, y]), -1);
  const without = mapOf(points, SIZE, (row) => row !== 2);
  assert.equal(rowAt(without, [x, y]), -1);
});

test("closer up the same pixels reach less far", () => {
  const map = mapOf(pointsAt([0, 0, 1, 0, 100, 100]), SIZE);
  const place = map.camera.screenOf(0);
  map.camera.zoom(50, place);
  assert.equal(rowAt(map, place), 0);
  assert.equal(rowAt(map, map.camera.screenOf(1)), 1);
});

test("of points behind each other the one in front is picked", () => {
  const start = mapOf(pointsAt([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], 3), SIZE);
  const { turn } = start.camera.view();
  const away = turn.slice(6); // the direction to the viewer
  const points = pointsAt([...away.map((v) => -v), ...away, 0, 0, 0], 3);
  const map = mapOf(points, SIZE);
  assert.ok(depthOf(points, map.camera.view().turn, 1) > depthOf(points, map.camera.view().turn, 0));
  assert.equal(rowAt(map, map.camera.screenOf(2)), 1);
});

test("neighbours are known on a flat map alone", () => {
  assert.ok(rowsAround(mapOf(pointsAt([0, 0, 0.01, 0, 10, 5]), SIZE), 0).includes(1));
  assert.deepEqual(rowsAround(mapOf(pointsAt([0, 0, 0, 1, 1, 1], 3), SIZE), 0), []);
});
