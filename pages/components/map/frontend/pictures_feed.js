/* Asks Python for the pictures that the maps of some images want, and takes them in. */
import { unpack } from "../../kit/frontend/blob.js";
import { nextId } from "../../kit/frontend/events.js";
import { picturesOf } from "./pictures.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { PicturesHeader } from "./types.js" */

/** @param {Mounted<Uint8Array>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  /** @type {{header: PicturesHeader, arrays: {pixels: Uint8Array}}} */
  const message = unpack(data);
  const store = picturesOf(message.header.images, message.header.state);
  store.asks.set(parentElement, (rows) => setTriggerValue("rows", { id: nextId(), rows }));
  store.take(message);
  return () => store.asks.delete(parentElement);
}
