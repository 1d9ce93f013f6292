import assert from "node:assert/strict";
import { test } from "node:test";

import { pixelAfter, pixelAt } from "../../../../../pages/components/local/frontend/pixel_board.js";

const BOARD = { width: 20, height: 10 };

test("a press finds the pixel under it, at the edges the outermost", () => {
  const box = { left: 100, top: 50, width: 200, height: 100 };
  assert.deepEqual(pixelAt(BOARD, box, 100, 50), [0, 0]);
  assert.deepEqual(pixelAt(BOARD, box, 159.9, 125), [5, 7]);
  assert.deepEqual(pixelAt(BOARD, box, 300, 150), [19, 9]);
  assert.deepEqual(pixelAt(BOARD, box, 90, 40), [0, 0]);
});

test("keys lead from pixel to pixel, farther with Shift, and not off the image", () => {
  assert.deepEqual(pixelAfter(BOARD, [5, 5], "ArrowUp", false), [5, 4]);
  assert.deepEqual(pixelAfter(BOARD, [5, 5], "ArrowRight", true), [13, 5]);
  assert.deepEqual(pixelAfter(BOARD, [5, 5], "ArrowDown", true), [5, 9]);
  assert.equal(pixelAfter(BOARD, [5, 5], "Enter", false), null);
});
