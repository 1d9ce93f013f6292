import assert from "node:assert/strict";
import { test } from "node:test";

import { nextId } from "../../../../../pages/components/kit/frontend/events.js";
import {
  clamp, countText, numberText, withMinus,
} from "../../../../../pages/components/kit/frontend/numbers.js";

test("numbers are written with four digits, counts with commas", () => {
  assert.equal(numberText(3.14159), "3.142");
  assert.equal(numberText(120000.4), "120000");
  assert.equal(numberText(NaN), "missing");
  assert.equal(countText(1234567), "1,234,567");
});

test("a minus sign is one, but only of a number", () => {
  assert.equal(numberText(-22.714), "−22.71");
  assert.equal(numberText(-1e-9), "−1e−9");
  assert.equal(numberText(-0), "0");
  assert.equal(withMinus(-3), "−3");
  assert.equal(withMinus("2024-05-31"), "2024-05-31");
});

test("a value is kept within its bounds", () => {
  assert.deepEqual([-1, 0.5, 9].map((value) => clamp(value, 0, 1)), [0, 0.5, 1]);
});

test("no two events have the same id", () => {
  const ids = Array.from({ length: 50 }, nextId);
  assert.equal(new Set(ids).size, 50);
});
