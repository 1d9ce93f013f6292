/* The tour: a card that names one thing after the other and a frame around it, above all else, as
   the browser shows popovers. It covers nothing that it talks about, and this browser remembers
   that it was seen. */
const SEEN = "cae tour seen";
const LOOK_EVERY_MS = 250;
const FRAME_MARGIN = 5;

function createTour(root) {
  const view = (name) => root.querySelector(`.cae-tour-${name}`);
  let steps = [];
  let shown = 0;
  let asked = 0;
  let timer = 0;
  let before = null;

  function frame() {
    const target = document.querySelector(steps[shown].target);
    const box = target?.getBoundingClientRect();
    const seen = box && box.width > 0 && box.bottom > 0 && box.top < window.innerHeight;
    view("frame").hidden = !seen;
    if (!seen) return;
    Object.assign(view("frame").style, {
      left: `${box.left - FRAME_MARGIN}px`,
      top: `${box.top - FRAME_MARGIN}px`,
      width: `${box.width + 2 * FRAME_MARGIN}px`,
      height: `${box.height + 2 * FRAME_MARGIN}px`,
    });
  }

  function show(number) {
    shown = number;
    const { title, text } = steps[shown];
    document.querySelector(steps[shown].target)?.scrollIntoView({ block: "center" });
    view("step").textContent = `${shown + 1} of ${steps.length}`;
    view("title").textContent = title;
    view("text").textContent = text;
    view("back").disabled = shown === 0;
    view("next").textContent = shown === steps.length - 1 ? "Done" : "Next";
    view("card").setAttribute("aria-label", `Tour, step ${shown + 1}: ${title}. ${text}`);
    frame();
  }

  function open() {
    if (root.matches(":popover-open")) return;
    before = document.activeElement;
    root.showPopover();
    show(0);
    view("card").focus({ preventScroll: true });
    timer = setInterval(frame, LOOK_EVERY_MS);
  }

  function close() {
    clearInterval(timer);
    root.hidePopover();
    localStorage.setItem(SEEN, "yes");
    before?.focus?.({ preventScroll: true });
  }

  function step(by) {
    if (!steps[shown + by]) return close();
    show(shown + by);
  }

  view("skip").onclick = close;
  view("back").onclick = () => step(-1);
  view("next").onclick = () => step(1);
  view("card").onkeydown = (event) => {
    const does = { Escape: close, ArrowRight: () => step(1), ArrowLeft: () => shown && step(-1) };
    if (!does[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    does[event.key]();
  };

  return {
    update(data) {
      steps = data.steps;
      const isAsked = data.asked > asked;
      asked = data.asked;
      if (isAsked || !localStorage.getItem(SEEN)) open();
    },
    destroy() {
      clearInterval(timer);
    },
  };
}

const tours = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cae-tour");
  const tour = tours.get(root) ?? createTour(root);
  tours.set(root, tour);
  tour.update(data);
  return () => {
    tours.delete(root);
    tour.destroy();
  };
}
