import assert from "node:assert/strict";
import { test } from "node:test";

import {
  frameOf,
  onFrameShown,
  showFrame,
} from "../../../../../pages/components/kit/frontend/frames.js";

test("a film begins in its middle", () => {
  assert.equal(frameOf("new", 5), 2);
  assert.equal(frameOf("new", 4), 1);
  assert.equal(frameOf("new", 1), 0);
});

test("what is shown stays, and is the last of a film that became shorter", () => {
  showFrame("one", 7);
  assert.equal(frameOf("one", 9), 7);
  assert.equal(frameOf("one", 3), 2);
  assert.equal(frameOf("other", 9), 4);
});

test("who listens hears which film, until it ends", () => {
  /** @type {string[]} */
  const heard = [];
  const end = onFrameShown((film) => heard.push(film));
  showFrame("a", 1);
  showFrame("b", 1);
  end();
  showFrame("c", 1);
  assert.deepEqual(heard, ["a", "b"]);
});
