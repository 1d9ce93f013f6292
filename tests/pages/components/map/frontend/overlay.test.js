import assert from "node:assert/strict";
import { test } from "node:test";

import { tilesOf } from "../../../../../pages/components/map/frontend/mosaic.js";
import { readable } from "../../../../../pages/components/map/frontend/overlay.js";
import { heldMode } from "../../../../../pages/components/map/frontend/toolbar.js";
import { mapOf, numbers, pointsAt } from "./fakes.js";

/** @import { Pair } from "../../../../../pages/components/map/frontend/types.js" */

test("of names that would cover each other the first stays", () => {
  /** @type {(name: string, place: Pair) => {name: string, place: Pair}} */
  const at = (name, place) => ({ name, place });
  const names = [
    at("first", [100, 100]),
    at("under it", [110, 110]),
    at("below", [110, 130]),
    at("far", [400, 100]),
    at("anchor", [300, 100]),
  ];
  const shown = readable(names, [{ left: 300, top: 100, reach: 11 }]);
  assert.deepEqual(shown.map(({ name }) => name), ["first", "below", "far"]);
});

test("pictures on the map show rows in view and do not cover each other", () => {
  const map = mapOf(pointsAt(numbers(800)), { width: 600, height: 400 });
  map.camera.zoom(3, [150, 150]);
  const tiles = tilesOf(map);
  assert.ok(tiles.length > 20);
  for (const [i, a] of tiles.entries()) {
    assert.deepEqual([a.x, a.y], map.camera.screenOf(a.row));
    assert.ok(a.x > -44 && a.x < 644 && a.y > -44 && a.y < 444);
    for (const b of tiles.slice(i + 1)) {
      assert.ok(Math.abs(a.x - b.x) >= 44 || Math.abs(a.y - b.y) >= 44);
    }
  }
});

test("keys that are held choose a mode", () => {
  const modes = [[false, false], [true, false], [false, true], [true, true]].map(
    ([altKey, shiftKey]) => heldMode({ altKey, shiftKey }),
  );
  assert.deepEqual(modes, [null, "remove", "add", "intersect"]);
  assert.equal(heldMode(null), null);
});
