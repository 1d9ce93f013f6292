import assert from "node:assert/strict";
import { test } from "node:test";

import protocol from "../../../../../pages/components/map/frontend/protocol.json" with { type: "json" };
import { FAINT_ALPHA, canvasRenderer, layerOf } from "../../../../../pages/components/map/frontend/renderer.js";
import { FLAT } from "../../../../../pages/components/map/frontend/space.js";
import { pointsAt } from "./fakes.js";

/** @import { Scene } from "../../../../../pages/components/map/frontend/types.js" */

const { selected, inScope } = protocol.states;

test("layers: hidden, out of scope or faint, not selected, in colour", () => {
  assert.equal(layerOf(inScope, 0, false), -1);
  assert.equal(layerOf(0, 255, false), 0);
  assert.equal(layerOf(inScope | selected, FAINT_ALPHA - 1, true), 0);
  assert.equal(layerOf(inScope, 255, true), 1);
  assert.equal(layerOf(inScope, 255, false), 2);
  assert.equal(layerOf(inScope | selected, 255, true), 2);
});

test("without WebGL points lie where the view says, what is in colour last", () => {
  /** @type {{style: string, x: number, y: number}[]} */
  const drawn = [];
  const context = {
    fillStyle: "",
    setTransform: () => {},
    clearRect: () => {},
    /** @type {(x: number, y: number, width: number, height: number) => void} */
    fillRect(x, y, width, height) {
      drawn.push({ style: this.fillStyle, x: x + width / 2, y: y + height / 2 });
    },
  };
  const scene = /** @type {Scene} */ ({
    points: pointsAt([0, 0, 1, 0, 0, 1]),
    levels: new Uint16Array([0, 1, 0]),
    states: new Uint8Array([inScope | selected, inScope, 0]),
    palette: new Uint8Array([255, 0, 0, 255, 0, 0, 255, 255]),
    hasSelection: true,
    plain: [[1, 1, 1, 255], [2, 2, 2, 255], [0, 0, 0, 0]],
  });
  const view = { x: 0, y: 0, scale: 100, turn: FLAT };
  canvasRenderer(context).draw(scene, view, { width: 400, height: 300 }, 1, 4, null);
  assert.deepEqual(drawn, [
    { style: "rgba(1,1,1,1)", x: 200, y: 50 },
    { style: "rgba(2,2,2,1)", x: 300, y: 150 },
    { style: "rgba(255,0,0,1)", x: 200, y: 150 },
  ]);
});
