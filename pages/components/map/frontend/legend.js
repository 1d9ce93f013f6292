/* What the colours mean: categories with their counts, or a scale with a range.

   Pressing a category selects it, or does what else the map is for; its eye hides it, pressed twice
   leaves it alone on the map.
   Categories are kept as elements while they stay the same, so that the focus stays too. */
import { addElement, find, setPressed } from "../../kit/frontend/elements.js";
import { countText, numberText } from "../../kit/frontend/numbers.js";
import { setIcon } from "./icons.js";
import protocol from "./protocol.json" with { type: "json" };

/** @import { Header, LatentMap } from "./types.js" */

/**
 * @typedef {{
 *   name: string,
 *   level: number,
 *   place: HTMLElement,
 *   button: HTMLButtonElement,
 *   numbers: HTMLElement,
 *   eye: HTMLButtonElement,
 * }} Entry
 */

const RANGE_PAUSE_MS = 60;
const LONGEST_NAME = 60;
const { category, rename } = protocol.events;

/**
 * @param {LatentMap} map
 * @returns {LatentMap["legend"]}
 */
export function createLegend(map) {
  const legend = map.part("legend", HTMLElement);
  let built = "";
  /** @type {Entry[]} */
  let entries = [];
  /** @type {{show: () => void} | null} */
  let scale = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const title = () => map.now().header.title;
  const hidden = () => (map.choices.off[title()] ??= new Set());

  function update() {
    const { header, points } = map.now();
    const shape = JSON.stringify([
      header.title, header.levels, header.palette, header.scale, header.categoryAction,
      header.renameable, points.images,
    ]);
    if (shape !== built) build();
    built = shape;
    showOff();
    count();
  }

  function build() {
    const { header } = map.now();
    legend.replaceChildren();
    entries = [];
    scale = null;
    const head = addElement(legend, "span", "cae-map-legend-head");
    addElement(head, "span", "cae-map-legend-title", header.title);
    const hasCounts = header.levels.some(({ listed }) => listed);
    if (hasCounts) addElement(head, "small", "", "selected / in view / all");
    if (header.scale) scale = addScale(header.scale);
    header.levels.forEach(({ name, listed }, level) => listed && addEntry(name, level));
    const everything = addElement(legend, "button", "cae-map-everything", "Show all");
    everything.title = "Show what was hidden or faded";
    everything.onclick = () => {
      hidden().clear();
      delete map.choices.range[title()];
      map.chose();
    };
  }

  /**
   * @param {string} name
   * @param {number} level
   */
  function addEntry(name, level) {
    const { header } = map.now();
    const place = addElement(legend, "span", "cae-map-entry");
    const button = addElement(place, "button", "cae-map-category");
    const rgb = header.palette.slice(4 * level, 4 * level + 3);
    addElement(button, "i").style.background = `rgb(${rgb})`;
    addElement(button, "span", "", name);
    const numbers = addElement(button, "small");
    if (header.categoryAction) {
      button.onclick = (event) => event.detail < 2 && map.tell(category, event, { level });
      button.ondblclick = () => isolate(name);
    } else {
      button.onclick = (event) => event.detail < 2 && isolate(name);
    }
    const eye = addElement(place, "button", "cae-map-small");
    eye.onclick = (event) => event.detail < 3 && toggle(name);
    eye.ondblclick = () => isolate(name);
    const begin = header.renameable.includes(level) ? addRename(place, button, name, level) : null;
    button.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      /** @type {Record<string, (() => void) | null>} */
      const moves = { h: () => toggle(name), o: () => isolate(name), F2: begin };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      move();
    };
    entries.push({ name, level, place, button, numbers, eye });
  }

  /**
   * @param {HTMLElement} place
   * @param {HTMLElement} button
   * @param {string} name
   * @param {number} level
   * @returns {() => void} begins the renaming
   */
  function addRename(place, button, name, level) {
    const pencil = addElement(place, "button", "cae-map-small");
    setIcon(pencil, "rename");
    pencil.title = `Rename ${name} (F2)`;
    pencil.setAttribute("aria-label", `Rename ${name}`);
    const begin = () => {
      const input = addElement(place, "input", "cae-map-rename");
      input.value = name;
      input.maxLength = LONGEST_NAME;
      input.setAttribute("aria-label", `New name of ${name}; empty takes it away`);
      place.dataset.renaming = "";
      let done = false;
      const end = (/** @type {string | null} */ given) => {
        if (done) return;
        done = true;
        delete place.dataset.renaming;
        input.remove();
        button.focus();
        if (given !== null && given !== name) map.tell(rename, null, { level, name: given });
      };
      input.onblur = () => end(null);
      input.onkeydown = (event) => {
        event.stopPropagation();
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault(); // the focus goes on to a button, which Enter would press
        end(event.key === "Enter" ? input.value.trim() : null);
      };
      input.focus();
      input.select();
    };
    pencil.onclick = begin;
    return begin;
  }

  /** @param {NonNullable<Header["scale"]>} scale */
  function addScale({ low, high, colours, steps }) {
    const bar = addElement(legend, "span", "cae-map-scale");
    const start = addElement(bar, "span");
    const slide = addElement(bar, "span", "cae-map-range");
    addElement(slide, "i").style.background = `linear-gradient(90deg, ${colours.join(",")})`;
    const value = (/** @type {number} */ step) => numberText(low + ((high - low) * step) / steps);
    const inputs = ["Least", "Greatest"].map((which, end) => {
      const input = addElement(slide, "input");
      Object.assign(input, { type: "range", min: 0, max: steps, step: 1 });
      input.setAttribute("aria-label", `${which} ${title()} in colour`);
      input.oninput = () => slid(end);
      return input;
    });
    const stop = addElement(bar, "span");

    /** @param {number} end */
    function slid(end) {
      const [first, last] = inputs.map((input) => Number(input.value));
      if (first > last) inputs[end].value = inputs[1 - end].value;
      const range = inputs.map((input) => Number(input.value));
      const whole = range[0] === 0 && range[1] === steps;
      if (whole) delete map.choices.range[title()];
      else map.choices.range[title()] = range;
      show(range);
      clearTimeout(timer);
      timer = setTimeout(map.chose, RANGE_PAUSE_MS);
    }

    /** @param {number[]} range */
    function show(range) {
      range.forEach((step, end) => {
        inputs[end].value = String(step);
        inputs[end].setAttribute("aria-valuetext", value(step));
      });
      start.textContent = value(range[0]);
      stop.textContent = value(range[1]);
      slide.style.setProperty("--from", `${(100 * range[0]) / steps}%`);
      slide.style.setProperty("--to", `${(100 * range[1]) / steps}%`);
    }

    return { show: () => show(map.choices.range[title()] ?? [0, steps]) };
  }

  /** @param {string} name */
  function toggle(name) {
    if (!hidden().delete(name)) hidden().add(name);
    map.chose();
  }

  /** @param {string} name */
  function isolate(name) {
    const names = entries.map((entry) => entry.name);
    map.choices.off[title()] = hiddenBut(name, names, hidden());
    map.chose();
  }

  function showOff() {
    scale?.show();
    for (const { name, place, eye } of entries) {
      const isHidden = hidden().has(name);
      place.dataset.hidden = String(isHidden);
      setIcon(eye, isHidden ? "hidden" : "shown");
      setPressed(eye, isHidden);
      eye.setAttribute("aria-label", `Hide ${name}`);
      eye.title = `${isHidden ? "Show" : "Hide"} ${name} (H); twice: only this one (O)`;
    }
    const isWhole = !hidden().size && !map.choices.range[title()];
    const everything = find(legend, ".cae-map-everything", HTMLElement);
    everything.style.visibility = isWhole ? "hidden" : "";
  }

  /* Counts follow the view; categories without images in scope are left out. */
  function count() {
    const { selected, inView, all } = map.counts();
    const action = map.now().header.categoryAction || "Show only {}, or all again";
    for (const { name, level, place, button, numbers } of entries) {
      place.hidden = !all[level];
      const parts = [selected[level], inView[level], all[level]].map(countText);
      numbers.textContent = parts.join(" / ");
      const told = `${parts[0]} selected, ${parts[1]} in view, ${parts[2]} in all`;
      button.title = `${action.replace("{}", () => name)} (${told})`;
      button.setAttribute("aria-label", `${name}: ${told}`);
    }
  }

  return { update, count, destroy: () => clearTimeout(timer) };
}

/**
 * The names to hide so that one is left alone; none where it is alone already.
 *
 * @param {string} name
 * @param {string[]} names
 * @param {Set<string>} hidden
 */
export function hiddenBut(name, names, hidden) {
  const others = names.filter((other) => other !== name);
  const isAlone = !hidden.has(name) && others.every((other) => hidden.has(other));
  return new Set(isAlone ? [] : others);
}
