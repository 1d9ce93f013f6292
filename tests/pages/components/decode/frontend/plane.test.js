import assert from "node:assert/strict";
import { test } from "node:test";

import { cellUnder, placeInWords, sharing } from "../../../../../pages/components/decode/frontend/plane.js";
import { tileAt } from "../../../../../pages/components/decode/frontend/sheets.js";

/** @type {[string, string]} */
const AXES = ["older", "wider"];
const PLANE = { side: 5, left: -2, bottom: -2, step: 1, axes: AXES };

test("a place of the square has its cell, one outside the nearest", () => {
  assert.deepEqual(cellUnder(PLANE, 0.5, 0.5), [2, 2]);
  assert.deepEqual(cellUnder(PLANE, 0.01, 0.01), [0, 4]);
  assert.deepEqual(cellUnder(PLANE, 0.39, 0.99), [1, 0]);
  assert.deepEqual(cellUnder(PLANE, 2, -1), [4, 4]);
});

test("words say how far a place is along both directions", () => {
  assert.equal(placeInWords(PLANE, [2, 2]), "older 0.0 σ · wider 0.0 σ");
  assert.equal(placeInWords(PLANE, [4, 1]), "older +2.0 σ · wider −1.0 σ");
});

test("tiles lie row by row", () => {
  assert.deepEqual(tileAt({ side: 5, pixels: [28, 30] }, 7), [56, 30]);
});

test("few enough images are drawn, each of the middle of the places that it stands for", () => {
  assert.deepEqual([9, 11, 15, 33, 35, 37].map(sharing), [1, 1, 3, 3, 5, 1]);
});
