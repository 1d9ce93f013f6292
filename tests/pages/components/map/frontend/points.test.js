import assert from "node:assert/strict";
import { test } from "node:test";

import { decodePoints } from "../../../../../pages/components/map/frontend/points.js";
import { pointsAt } from "./fakes.js";

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
