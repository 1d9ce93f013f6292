/* Takes in the colours that maps will ask for. */
import { unpack } from "../../kit/frontend/blob.js";
import { keptColours } from "./colours.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Colours } from "./types.js" */

/** @param {Mounted<Uint8Array>} component */
export default function ({ data }) {
  /** @type {{header: {digest: string}, arrays: Omit<Colours, "digest">}} */
  const { header, arrays } = unpack(data);
  keptColours.take({ digest: header.digest, ...arrays });
}
