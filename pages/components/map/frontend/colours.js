/* The levels of a map's points, and the values of a scale. */
import { createKept } from "./kept.js";

/** @import { Colours } from "./types.js" */

/** @type {ReturnType<typeof createKept<Colours>>} */
export const keptColours = createKept();
