import assert from "node:assert/strict";
import { test } from "node:test";

import { createGrid } from "../../../../../pages/components/map/frontend/grid.js";
import { numbers } from "./fakes.js";

const XY = new Float32Array(numbers(2000));

/** @type {(x: number, y: number, radius: number, accepts: (row: number) => boolean) => number} */
function nearestByLooking(x, y, radius, accepts) {
  let [best, least] = [-1, radius];
  for (let row = 0; row < XY.length / 2; row++) {
    const distance = Math.hypot(XY[2 * row] - x, XY[2 * row + 1] - y);
    if (distance <= least && accepts(row)) [best, least] = [row, distance];
  }
  return best;
}

test("the nearest point is the one found by looking at all", () => {
  const grid = createGrid(XY);
  const places = numbers(200);
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [1.4 * places[i] - 0.2, 1.4 * places[i + 1] - 0.2]; // some lie outside
    for (const radius of [0.01, 0.1, 2]) {
      const all = () => true;
      const even = (/** @type {number} */ row) => row % 2 === 0;
      assert.equal(grid.nearest(x, y, radius, all), nearestByLooking(x, y, radius, all));
      assert.equal(grid.nearest(x, y, radius, even), nearestByLooking(x, y, radius, even));
    }
  }
});

test("those around a place are near it, and not too many", () => {
  const grid = createGrid(XY);
  const found = grid.around(0.5, 0.5, 0.1, 1000);
  const cell = 1 / Math.ceil(Math.sqrt(500));
  for (let row = 0; row < 1000; row++) {
    const way = Math.max(Math.abs(XY[2 * row] - 0.5), Math.abs(XY[2 * row + 1] - 0.5));
    if (way < 0.1) assert.ok(found.includes(row));
    if (way > 0.1 + cell) assert.ok(!found.includes(row));
  }
  assert.equal(grid.around(0.5, 0.5, 1, 7).length, 7);
});

test("no point, one point and points on a line have a grid", () => {
  assert.equal(createGrid(new Float32Array()).nearest(0, 0, 1, () => true), -1);
  assert.equal(createGrid(new Float32Array([2, 3])).nearest(2.1, 3, 1, () => true), 0);
  assert.equal(createGrid(new Float32Array([0, 1, 5, 1, 9, 1])).nearest(6, 1, 2, () => true), 1);
});
