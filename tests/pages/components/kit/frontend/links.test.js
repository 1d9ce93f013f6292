import assert from "node:assert/strict";
import { test } from "node:test";

import { announce, choicesOf, keepChoices, listen } from "../../../../../pages/components/kit/frontend/links.js";

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

test("what is hidden is there again after a reload of the page", async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  globalThis.sessionStorage = /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => kept.set(key, text),
  }));
  choicesOf("kept").off.Label = new Set(["a", "missing"]);
  choicesOf("kept").range.Age = [3, 90];
  keepChoices("kept");
  kept.set("cae choices damaged", "{");
  // The query makes it a module of its own, as a reload does.
  const address = "../../../../../pages/components/kit/frontend/links.js?again";
  const again = await import(address);
  assert.deepEqual(again.choicesOf("kept").off, { Label: new Set(["a", "missing"]) });
  assert.deepEqual(again.choicesOf("kept").range, { Age: [3, 90] });
  assert.deepEqual(again.choicesOf("damaged").off, {});
  assert.deepEqual(again.choicesOf("other").off, {});
});
