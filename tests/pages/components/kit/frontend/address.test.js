import assert from "node:assert/strict";
import { test } from "node:test";

import { keepEntries } from "../../../../../pages/components/kit/frontend/address.js";

test("settings take the place of an entry, pages make a new one", () => {
  const entries = ["http://x/base/?study=a"];
  const here = () => entries[entries.length - 1];
  const absolute = (/** @type {string | URL | null | undefined} */ url) =>
    new URL(url ?? "", here()).href;
  const history = {
    pushState: (/** @type {any} */ _, /** @type {string} */ __, /** @type {any} */ url) => {
      entries.push(absolute(url));
    },
    replaceState: (/** @type {any} */ _, /** @type {string} */ __, /** @type {any} */ url) => {
      entries[entries.length - 1] = absolute(url);
    },
  };
  keepEntries(history, here);
  history.pushState({}, "", "/base/?study=a&colour=label");
  history.pushState({}, "", "?study=a&colour=age");
  assert.deepEqual(entries, ["http://x/base/?study=a&colour=age"]);
  history.pushState({}, "", "/base/cohorts");
  history.pushState({}, "", "/base/cohorts?study=a");
  assert.deepEqual(entries, [
    "http://x/base/?study=a&colour=age",
    "http://x/base/cohorts?study=a",
  ]);
});
