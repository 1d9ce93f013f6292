/* Asks Python for the pictures that the maps of some images want, and takes them in. */
let asks = 0;

export default function ({ data, parentElement, setTriggerValue }) {
  const message = unpack(data);
  const store = picturesOf(message.header.images);
  store.asks.set(parentElement, (rows) => setTriggerValue("rows", { id: ++asks, rows }));
  store.take(message);
  return () => store.asks.delete(parentElement);
}
