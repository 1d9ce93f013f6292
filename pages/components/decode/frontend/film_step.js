/* Tells Python which frame of a film is shown, as soon as it stays for a moment. */
const REST_MS = 250;

const stops = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".cae-film-step");
  let timer = 0;
  const tell = () => {
    const step = frameOf(data.film, data.count);
    if (root.dataset.told === String(step)) return;
    root.dataset.told = step;
    setStateValue("step", step);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, REST_MS);
  };
  const stop = () => {
    clearTimeout(timer);
    offFrameShown(wait);
  };
  stops.get(root)?.();
  stops.set(root, stop);
  onFrameShown(wait);
  tell();
  return stop;
}
