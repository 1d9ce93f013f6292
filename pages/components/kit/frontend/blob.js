/* Takes a message of pages/components/kit/blob.py apart. */
import layout from "./blob.json" with { type: "json" };

/** @typedef {Uint8Array | Uint16Array | Float32Array} Numbers */
/** @typedef {{name: string, dtype: keyof typeof layout.dtypes, offset: number, length: number}} Entry */

const KINDS = { Uint8Array, Uint16Array, Float32Array };

/**
 * Header and arrays of a message, which own their memory.
 *
 * @template [Header=Record<string, unknown>]
 * @template [Arrays=Record<string, Numbers>]
 * @param {Uint8Array} message
 * @returns {{header: Header, arrays: Arrays}}
 */
export function unpack(message) {
  const bytes = message.slice(); // a copy starts at offset 0, so that the arrays are aligned
  const start = layout.lengthBytes;
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + length)));
  /** @type {Record<string, Numbers>} */
  const arrays = {};
  for (const { name, dtype, offset, length: count } of /** @type {Entry[]} */ (header.arrays)) {
    const kind = KINDS[/** @type {keyof typeof KINDS} */ (layout.dtypes[dtype])];
    arrays[name] = new kind(bytes.buffer, start + length + offset, count);
  }
  return { header, arrays: /** @type {Arrays} */ (arrays) };
}
