import assert from "node:assert/strict";
import { test } from "node:test";

import { isKept, rangeFilter, toggled } from "../../../../../pages/components/explore/frontend/filters.js";

/** @import { Filter } from "../../../../../pages/components/explore/frontend/filters.js" */

/** @param {Filter | null} filter */
const facet = (filter) => ({ lows: ["a", "b", "c"], hasMissing: true, filter });

test("without a filter all is kept, with one what it names", () => {
  assert.deepEqual([0, 1, 2, 3].map((place) => isKept(facet(null), place)), Array(4).fill(true));
  const filter = { values: ["b"], missing: true };
  assert.deepEqual(
    [0, 1, 2, 3].map((place) => isKept(facet(filter), place)),
    [false, true, false, true],
  );
});

test("the first press keeps one alone, later ones add and take away", () => {
  assert.deepEqual(toggled(facet(null), 1), { values: ["b"] });
  assert.deepEqual(toggled(facet({ values: ["b"] }), 0), { values: ["a", "b"] });
  assert.deepEqual(toggled(facet({ values: ["b"] }), 3), { values: ["b"], missing: true });
  assert.deepEqual(toggled(facet({ values: ["a", "b"] }), 0), { values: ["b"] });
});

test("all or nothing kept is no filter", () => {
  assert.equal(toggled(facet({ values: ["b"] }), 1), null);
  assert.equal(toggled(facet({ values: ["a", "b", "c"] }), 3), null);
});

test("a range is a filter unless it keeps everything", () => {
  const numbers = { lows: [0, 5], highs: [5, 10], hasMissing: true };
  assert.deepEqual(rangeFilter(numbers, 2, 10, false), { low: 2, high: 10 });
  assert.deepEqual(rangeFilter(numbers, 0, 10, false), { low: 0, high: 10 });
  assert.equal(rangeFilter(numbers, 0, 10, true), null);
  assert.equal(rangeFilter({ ...numbers, hasMissing: false }, -1, 11, false), null);
  const dates = { lows: ["2020-01-01"], highs: ["2020-12-31"], hasMissing: false };
  assert.deepEqual(rangeFilter(dates, "2020-02-01", "2020-12-31", false), {
    low: "2020-02-01",
    high: "2020-12-31",
  });
});
