import assert from "node:assert/strict";
import { test } from "node:test";

import { createKept } from "../../../../../pages/components/map/frontend/kept.js";

const kept = createKept();

/** @type {(digest: string) => Promise<string>} */
const stateOf = (digest) =>
  Promise.race([
    kept.get(digest).then(() => "here"),
    new Promise((resolve) => setImmediate(resolve, "waited for")),
  ]);

test("who asks before a thing comes gets it, and so does who asks later", async () => {
  const thing = { digest: "early" };
  const asked = kept.get("early");
  kept.take(thing);
  assert.equal(await asked, thing);
  assert.equal(await kept.get("early"), thing);
});

test("things stay until Python lets them go, however many there are", async () => {
  for (let i = 0; i < 20; i++) kept.take({ digest: `many ${i}` });
  assert.equal(await stateOf("many 0"), "here");
  kept.drop(["many 0", "never seen"]);
  assert.equal(await stateOf("many 0"), "waited for");
  assert.equal(await stateOf("many 1"), "here");
});

test("what was dropped can come again", async () => {
  kept.take({ digest: "again" });
  kept.drop(["again"]);
  const asked = kept.get("again");
  const second = { digest: "again" };
  kept.take(second);
  assert.equal(await asked, second);
});

test("kinds are kept apart", async () => {
  const others = createKept();
  kept.take({ digest: "same" });
  const other = { digest: "same" };
  others.take(other);
  assert.equal(await others.get("same"), other);
  assert.notEqual(await kept.get("same"), other);
});
