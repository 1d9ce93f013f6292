import assert from "node:assert/strict";
import { test } from "node:test";

import { hiddenBut } from "../../../../../pages/components/map/frontend/legend.js";
import { countLevels, levelsOff, valueText } from "../../../../../pages/components/map/frontend/levels.js";
import protocol from "../../../../../pages/components/map/frontend/protocol.json" with { type: "json" };
import { FLAT } from "../../../../../pages/components/map/frontend/space.js";
import { numbers } from "./fakes.js";

const { selected, inScope } = protocol.states;

test("hidden names are hidden, steps outside a range are faint", () => {
  const named = ["a", "b"].map((name) => ({ name, listed: true }));
  const steps = ["", "", "", ""].map((name) => ({ name, listed: false }));
  const header = { title: "Age", levels: [...steps, ...named] };
  const off = levelsOff(header, { off: { Age: new Set(["b"]) }, range: { Age: [1, 3] } });
  assert.deepEqual([...off], [1, 0, 0, 1, 0, 2]);
  const narrow = levelsOff(header, { off: {}, range: { Age: [2, 2] } });
  assert.deepEqual([...narrow], [1, 1, 0, 1, 0, 0]);
  const other = levelsOff(header, { off: { Site: new Set(["b"]) }, range: { Site: [1, 3] } });
  assert.deepEqual([...other], [0, 0, 0, 0, 0, 0]);
});

for (const dimensions of [2, 3]) {
  test(`counts are those of looking at each point, in ${dimensions} dimensions`, () => {
    const count = 500;
    const positions = new Float32Array(numbers(dimensions * count));
    const states = new Uint8Array(numbers(count).map((value) => Math.floor(4 * value)));
    const levels = new Uint16Array(numbers(count).map((value) => Math.floor(30 * value) % 3));
    const view = { x: 0.4, y: 0.6, scale: 500, turn: FLAT };
    const size = { width: 300, height: 200 };
    const found = countLevels({ levels, states }, { positions, dimensions }, 3, view, size);
    for (const level of [0, 1, 2]) {
      const rows = [...states.keys()].filter((i) => levels[i] === level && states[i] & inScope);
      const x = (/** @type {number} */ i) => Math.abs(positions[dimensions * i] - 0.4);
      const y = (/** @type {number} */ i) => Math.abs(positions[dimensions * i + 1] - 0.6);
      assert.equal(found.all[level], rows.length);
      assert.equal(found.selected[level], rows.filter((i) => states[i] & selected).length);
      assert.equal(found.inView[level], rows.filter((i) => x(i) <= 0.3 && y(i) <= 0.2).length);
    }
  });
}

test("a row says its value, or its category", () => {
  const header = { levels: [{ name: "left", listed: true }, { name: "right", listed: true }] };
  const levels = new Uint16Array([1, 0]);
  assert.equal(valueText({ levels }, header, 0), "right");
  assert.equal(valueText({ levels, values: new Float32Array([0.5, NaN]) }, header, 1), "missing");
});

test("one category is left alone, and all come back when it is alone already", () => {
  const names = ["a", "b", "c"];
  assert.deepEqual(hiddenBut("a", names, new Set()), new Set(["b", "c"]));
  assert.deepEqual(hiddenBut("b", names, new Set(["b"])), new Set(["a", "c"]));
  assert.deepEqual(hiddenBut("a", names, new Set(["b", "c"])), new Set());
});
