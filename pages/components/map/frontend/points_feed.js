/* Takes in the points that maps will ask for. */
import { unpack } from "../../kit/frontend/blob.js";
import { decodePoints, keptPoints } from "./points.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/** @param {Mounted<Uint8Array>} component */
export default function ({ data }) {
  keptPoints.take(decodePoints(unpack(data)));
}
