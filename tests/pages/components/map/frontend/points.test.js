import assert from "node:assert/strict";
import { test } from "node:test";

import {
  decodePoints,
  dropPoints,
  pointsOf,
  takePoints,
} from "../../../../../pages/components/map/frontend/points.js";
import { pointsAt } from "./fakes.js";

/** @type {(digest: string) => ReturnType<typeof pointsAt>} */
const named = (digest) => ({ ...pointsAt([0, 0]), digest });

/** @type {(digest: string) => Promise<string>} */
const stateOf = (digest) =>
  Promise.race([
    pointsOf(digest).then(() => "here"),
    new Promise((resolve) => setImmediate(resolve, "waited for")),
  ]);

test("who asks before points come gets them, and so does who asks later", async () => {
  const points = named("early");
  const asked = pointsOf("early");
  takePoints(points);
  assert.equal(await asked, points);
  assert.equal(await pointsOf("early"), points);
});

test("points stay until Python lets them go, however many there are", async () => {
  for (let i = 0; i < 20; i++) takePoints(named(`many ${i}`));
  assert.equal(await stateOf("many 0"), "here");
  dropPoints(["many 0", "never seen"]);
  assert.equal(await stateOf("many 0"), "waited for");
  assert.equal(await stateOf("many 1"), "here");
});

test("what was dropped can come again", async () => {
  takePoints(named("again"));
  dropPoints(["again"]);
  const asked = pointsOf("again");
  const second = named("again");
  takePoints(second);
  assert.equal(await asked, second);
});

test("ids, hover lines and contours are taken out of the message", () => {
  const points = decodePoints({
    header: {
      digest: "d", places: "p", images: "i", count: 2, dimensions: 2,
      fields: [{ title: "Label", names: ["x", "y"] }],
    },
    arrays: /** @type {any} */ ({
      positions: new Float32Array([0, 1, 4, -2]),
      ids: new TextEncoder().encode("first\nzweit\u00e4"),
      field0: new Uint16Array([1, 0]),
      contours: new Float32Array([0, 0, 1, 0, 1, 1, 5, 5, 6, 6]),
      contourLevels: new Uint8Array([2, 0]),
      contourLengths: new Uint16Array([3, 2]),
    }),
  });
  assert.equal(points.idOf(1), "zweitä");
  assert.deepEqual(points.fields[0].codes, new Uint16Array([1, 0]));
  assert.deepEqual(points.extent, { left: 0, right: 4, bottom: -2, top: 1 });
  assert.deepEqual(points.contours.map(({ level }) => level), [2, 0]);
  assert.deepEqual([...points.contours[1].corners], [5, 5, 6, 6]);
});

test("points in space have room to turn", () => {
  const { extent, grid } = pointsAt([3, 0, 4, 0, 1, 0], 3);
  assert.equal(grid, null);
  assert.deepEqual(extent, { left: -5, right: 5, bottom: -5, top: 5 });
});
