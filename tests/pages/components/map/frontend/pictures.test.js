import assert from "node:assert/strict";
import { test } from "node:test";

import { createPictures } from "../../../../../pages/components/map/frontend/pictures.js";
import protocol from "../../../../../pages/components/map/frontend/protocol.json" with { type: "json" };

/** A store whose canvases are the pixels they would show. */
const storeOf = () =>
  createPictures((pixels) => /** @type {any} */ ([...pixels]));

/**
 * @param {number[]} rows
 * @param {string} [state]
 */
function answer(rows, state = "now") {
  return {
    header: {
      images: "i", state, rows,
      size: /** @type {[number, number, number]} */ ([1, 2, 1]),
      lines: rows.map((row) => [String(row)]),
    },
    arrays: { pixels: new Uint8Array(rows.flatMap((row) => [row % 256, 7])) },
  };
}

test("what is wanted is asked for together, no more than Python sends at once", async () => {
  const store = storeOf();
  const asked = () =>
    new Promise((/** @type {(rows: number[]) => void} */ resolve) =>
      store.asks.set(/** @type {any} */ (store), resolve),
    );
  const first = asked();
  store.want([...Array(protocol.picturesAtOnce + 50).keys()]);
  store.want([9999]);
  const rows = await first;
  assert.equal(rows.length, protocol.picturesAtOnce);
  assert.equal(rows.at(-1), 9999);
  const second = asked();
  store.take(answer(rows));
  assert.deepEqual(await second, [...Array(51).keys()]);
  store.take(answer(await second));
});

test("each row keeps its own pixels and lines", () => {
  const store = storeOf();
  store.take(answer([4, 2]));
  assert.deepEqual(store.at(2), { canvas: [2, 7], lines: ["2"] });
  assert.deepEqual(store.at(4), { canvas: [4, 7], lines: ["4"] });
  assert.equal(store.at(3), undefined);
});

test("pictures of another state take the place of all", () => {
  const store = storeOf();
  store.take(answer([4, 2]));
  store.take(answer([4], "labelled anew"));
  assert.ok(store.at(4));
  assert.equal(store.at(2), undefined);
});

test("what is of a former state is forgotten at once, and whoever shows it hears of it", () => {
  const store = storeOf();
  store.take(answer([4, 2]));
  /** @type {unknown[]} */
  const seen = [];
  store.news.addEventListener("pictures", () => seen.push(store.at(4)));
  store.enter("now");
  assert.deepEqual(seen, []);
  store.enter("labelled anew");
  assert.deepEqual(seen, [undefined]);
  store.take(answer([], "clustered anew"));
  assert.deepEqual(seen, [undefined, undefined]);
});

test("those not looked at for longest go first", () => {
  const store = storeOf();
  store.take(answer([...Array(4000).keys()]));
  store.at(0);
  store.take(answer([5000, 5001]));
  assert.ok(store.at(0));
  assert.equal(store.at(1), undefined);
  assert.equal(store.at(2), undefined);
  assert.ok(store.at(3));
});
