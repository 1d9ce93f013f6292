/* Takes a message of pages/components/blob.py apart: {header, arrays: {name: typed array}}. */
function unpack(message) {
  const bytes = message.slice(); // a copy starts at offset 0, so that the arrays are aligned
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const kinds = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
  const arrays = {};
  for (const { name, dtype, offset, length: count } of header.arrays) {
    arrays[name] = new kinds[dtype](bytes.buffer, 4 + length + offset, count);
  }
  return { header, arrays };
}
