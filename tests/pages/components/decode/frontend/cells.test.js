import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellAfter,
  cellAt,
  cellNumber,
  cellWithin,
  middleCell,
} from "../../../../../pages/components/decode/frontend/cells.js";
import { captionsOf, frameMove } from "../../../../../pages/components/decode/frontend/film_strip.js";
import { frameAfter } from "../../../../../pages/components/decode/frontend/film_viewer.js";

const CELLS = { side: 5, left: -1, bottom: 2, step: 0.5 };

test("a place of the map has its cell, one outside the nearest", () => {
  assert.deepEqual(cellAt(CELLS, -1, 2), [0, 0]);
  assert.deepEqual(cellAt(CELLS, 0.1, 3.4), [2, 3]);
  assert.deepEqual(cellAt(CELLS, 99, -99), [4, 0]);
  assert.equal(cellNumber(CELLS, [2, 3]), 17);
});

test("keys lead from cell to cell, from the middle on and not out of the lens", () => {
  const middle = middleCell(CELLS);
  assert.deepEqual(middle, [3, 3]);
  assert.deepEqual(cellAfter(CELLS, middle, "ArrowLeft"), [2, 3]);
  assert.deepEqual(cellAfter(CELLS, middle, "ArrowUp"), [3, 4]);
  assert.deepEqual(cellAfter(CELLS, [4, 0], "ArrowRight"), [4, 0]);
  assert.equal(cellAfter(CELLS, middle, "Enter"), null);
});

test("a smaller lens keeps to the cells that it has", () => {
  assert.deepEqual(cellWithin({ side: 3 }, [4, 1]), [2, 1]);
});

test("playing goes to and fro", () => {
  const seen = [];
  let [frame, direction] = [1, 1];
  for (let i = 0; i < 7; i++) {
    ({ frame, direction } = frameAfter(frame, 4, direction));
    seen.push(frame);
  }
  assert.deepEqual(seen, [2, 3, 2, 1, 0, 1, 2]);
});

test("the ends of a path are named by their originals, other films by their frames", () => {
  const frames = ["1", "2", "3"].map((label) => ({ label }));
  const ends = ["A", "B"].map((label) => ({ label, image: "" }));
  assert.deepEqual(captionsOf({ frames, ends }), ["A decoded", "2", "B decoded"]);
  assert.deepEqual(captionsOf({ frames, ends: [] }), ["1", "2", "3"]);
});

test("up and down lead to other rows where there are rows", () => {
  assert.equal(frameMove("ArrowRight", null), 1);
  assert.equal(frameMove("ArrowUp", 4), -4);
  assert.ok(Number.isNaN(frameMove("ArrowDown", null)));
  assert.ok(Number.isNaN(frameMove("x", 4)));
});
