import assert from "node:assert/strict";
import { test } from "node:test";

import { announce, choicesOf, listen } from "../../../../../pages/components/kit/frontend/links.js";

test("news of a kind reach those who listen to it, until they end", () => {
  /** @type {number[]} */
  const rows = [];
  const end = listen("hover", ({ row }) => rows.push(row));
  announce("hover", { images: "x", row: 3, source: "map" });
  announce("place", { images: "x", key: "map", x: 0, y: 0, row: 4 });
  end();
  announce("hover", { images: "x", row: 5, source: "map" });
  assert.deepEqual(rows, [3]);
});

test("maps of the same images share their choices", () => {
  choicesOf("x").tool = "box";
  assert.equal(choicesOf("x"), choicesOf("x"));
  assert.equal(choicesOf("x").tool, "box");
  assert.equal(choicesOf("y").tool, "lasso");
});
