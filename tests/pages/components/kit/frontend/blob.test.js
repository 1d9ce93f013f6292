import assert from "node:assert/strict";
import { test } from "node:test";

import { unpack } from "../../../../../pages/components/kit/frontend/blob.js";

/* A message by hand: length, text padded to eight bytes, arrays padded likewise. */
function message() {
  const entries = [
    { name: "bytes", dtype: "uint8", offset: 0, length: 3 },
    { name: "codes", dtype: "uint16", offset: 8, length: 2 },
    { name: "places", dtype: "float32", offset: 16, length: 2 },
  ];
  const json = JSON.stringify({ title: "häuser", arrays: entries });
  let text = new TextEncoder().encode(json);
  const padded = Math.ceil((4 + text.length) / 8) * 8 - 4;
  text = new TextEncoder().encode(json + " ".repeat(padded - text.length));
  const bytes = new Uint8Array(4 + padded + 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, padded, true);
  bytes.set(text, 4);
  const start = 4 + padded;
  bytes.set([1, 2, 255], start);
  view.setUint16(start + 8, 513, true);
  view.setUint16(start + 10, 65535, true);
  view.setFloat32(start + 16, -1.5, true);
  view.setFloat32(start + 20, NaN, true);
  return bytes;
}

test("header and arrays come out as they were put in", () => {
  const { header, arrays } = unpack(message());
  assert.equal(header.title, "häuser");
  assert.deepEqual(arrays.bytes, new Uint8Array([1, 2, 255]));
  assert.deepEqual(arrays.codes, new Uint16Array([513, 65535]));
  assert.deepEqual(arrays.places, new Float32Array([-1.5, NaN]));
});

test("a message that begins anywhere in its buffer is read as well", () => {
  const whole = new Uint8Array(3 + message().length);
  whole.set(message(), 3);
  assert.deepEqual(unpack(whole.subarray(3)).arrays.codes, new Uint16Array([513, 65535]));
});
