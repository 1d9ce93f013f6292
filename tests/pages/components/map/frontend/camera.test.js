import assert from "node:assert/strict";
import { test } from "node:test";

import { mapOf, numbers, pointsAt } from "./fakes.js";

const SIZE = { width: 600, height: 400 };
const FLAT = pointsAt([0, 0, 10, 0, 10, 5, 0, 5]);
const SOLID = pointsAt(numbers(300).map((value) => value - 0.5), 3);

/** @type {(actual: number[], expected: number[], most?: number) => void} */
function assertNear(actual, expected, most = 1e-6) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < most, `${actual}`));
}

test("at first all points lie in the window, beside the buttons", () => {
  const { camera } = mapOf(FLAT, SIZE);
  for (let row = 0; row < 4; row++) {
    const [x, y] = camera.screenOf(row);
    assert.ok(x > 0 && x < SIZE.width - 40 && y > 0 && y < SIZE.height);
  }
  assert.equal(camera.closeness(), 1);
});

test("from the screen to the data and back is no way at all", () => {
  const { camera } = mapOf(FLAT, SIZE);
  camera.zoom(3, [100, 50]);
  assertNear(camera.toScreen(camera.toData([123, 321])), [123, 321]);
});

test("zooming leaves the place under the pointer, and has an end", () => {
  const { camera, moves } = mapOf(FLAT, SIZE);
  const place = camera.toData([450, 90]);
  camera.zoom(2.5, [450, 90]);
  assertNear(camera.toData([450, 90]), place);
  assertNear([camera.closeness()], [2.5]);
  camera.zoom(1e9);
  assertNear([camera.closeness()], [400]);
  camera.zoom(1e-9);
  assertNear([camera.closeness()], [0.5]);
  assert.equal(moves(), 3);
});

test("what is dragged stays under the pointer", () => {
  const { camera } = mapOf(FLAT, SIZE);
  const place = camera.toData([200, 200]);
  camera.drag({ ...camera.view() }, [200, 200], [260, 140], true);
  assertNear(camera.toData([260, 140]), place);
});

test("a map that was moved stays, one that was not fits a new window", () => {
  const still = mapOf(FLAT, { ...SIZE });
  const moved = mapOf(FLAT, { ...SIZE });
  moved.camera.step(1, 0, true);
  const scale = moved.camera.view().scale;
  for (const { size, camera } of [still, moved]) {
    size.width = 1200;
    size.height = 800;
    camera.prepare();
  }
  assert.ok(still.camera.view().scale > scale);
  assert.equal(moved.camera.view().scale, scale);
});

test("turning in space keeps lengths, and a turn back ends where it began", () => {
  const { camera } = mapOf(SOLID, SIZE);
  const before = [...camera.view().turn];
  camera.step(1, 0, true);
  const rows = [0, 3, 6].map((at) => camera.view().turn.slice(at, at + 3));
  for (const [i, a] of rows.entries()) {
    for (const [j, b] of rows.entries()) {
      const product = a.reduce((sum, value, k) => sum + value * b[k], 0);
      assertNear([product], [i === j ? 1 : 0]);
    }
  }
  camera.step(-1, 0, true);
  assertNear(camera.view().turn, before);
});

test("with Shift what is in space is moved, not turned", () => {
  const { camera } = mapOf(SOLID, SIZE);
  const { x, turn } = camera.view();
  camera.step(1, 0, false);
  assert.deepEqual(camera.view().turn, turn);
  assert.ok(camera.view().x > x);
});

test("the corners are those of the window", () => {
  const { camera } = mapOf(FLAT, SIZE);
  const [lowerLeft, , upperRight] = camera.corners();
  assertNear(camera.toScreen(lowerLeft), [0, SIZE.height]);
  assertNear(camera.toScreen(upperRight), [SIZE.width, 0]);
});
