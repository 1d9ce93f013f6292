/* Filters by column: bars to press, histograms to brush, text to search. */
import { addElement, element, find, setPressed } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";
import { clamp, countText, withMinus } from "../../kit/frontend/numbers.js";
import { isKept, placesOf, rangeFilter, toggled } from "./filters.js";
import protocol from "./protocol.json" with { type: "json" };

/** @import { Mounted } from "../../kit/frontend/component.js" */
/** @import { Facet } from "./filters.js" */
/** @typedef {(filter: object | null) => void} Send */

const { kinds } = protocol;

/**
 * @param {number} scope
 * @param {number} selected
 * @param {number} most
 */
function bar(scope, selected, most) {
  const holder = element("span", "cae-facet-bar");
  for (const { kind, value } of [
    { kind: "scope", value: scope },
    { kind: "selected", value: selected },
  ]) {
    const part = addElement(holder, "i", `cae-facet-${kind}`);
    part.style.setProperty("--share", String(most ? Math.min(1, value / most) : 0));
    part.hidden = !value;
  }
  return holder;
}

/**
 * @param {number} scope
 * @param {number} selected
 */
function numbersOf(scope, selected) {
  return selected ? `${countText(selected)} of ${countText(scope)}` : countText(scope);
}

/**
 * One category or the missing values: pressed where it is kept.
 *
 * @param {Facet} facet
 * @param {number} place
 * @param {boolean} isKept
 * @param {number} most
 * @param {() => void} toggle
 */
function category(facet, place, isKept, most, toggle) {
  const [scope, selected] = [facet.scope[place], facet.selected[place]];
  const name = facet.names[place];
  const button = element("button", "cae-facet-category");
  button.dataset.focus = `${facet.column}/${place}`;
  button.title = name;
  setPressed(button, facet.filter !== null && isKept);
  button.toggleAttribute("data-out", !isKept);
  button.setAttribute(
    "aria-label",
    `${facet.title} ${name}: ${countText(scope)} in scope, ${countText(selected)} selected`,
  );
  button.append(
    element("span", "cae-facet-name", name),
    bar(scope, selected, most),
    element("span", "cae-facet-count", numbersOf(scope, selected)),
  );
  button.onclick = toggle;
  return button;
}

/**
 * @param {Facet} facet
 * @param {Send} send
 */
function categories(facet, send) {
  const places = placesOf(facet);
  const most = Math.max(...places.map((place) => facet.scope[place]), 0);
  const list = element("div", "cae-facet-categories");
  for (const place of places) {
    const toggle = () => send(toggled(facet, place));
    list.append(category(facet, place, isKept(facet, place), most, toggle));
  }
  return [list];
}

/**
 * @param {Facet} facet
 * @param {Send} send
 */
function histogram(facet, send) {
  const bins = facet.lows.length;
  if (!bins) return [element("div", "cae-facet-quiet", "No image has a value")];
  const [least, largest] = [facet.lows[0], facet.highs[bins - 1]];
  const low = facet.filter?.low ?? least;
  const high = facet.filter?.high ?? largest;
  const keepsMissing = !facet.filter || Boolean(facet.filter.missing);
  /** @type {(from: number | string, to: number | string, missing: boolean) => void} */
  const range = (from, to, missing) => send(rangeFilter(facet, from, to, missing));

  const most = Math.max(...facet.scope.slice(0, bins));
  const plot = element("div", "cae-facet-plot");
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `Histogram of ${facet.title} from ${withMinus(least)} to ${withMinus(largest)}`);
  const bars = facet.lows.map((from, place) => {
    const [scope, selected] = [facet.scope[place], facet.selected[place]];
    const made = bar(scope, selected, most);
    const to = facet.highs[place];
    const span = from === to ? withMinus(from) : `${withMinus(from)} to ${withMinus(to)}`;
    made.title = `${span}: ${countText(scope)} in scope, ${countText(selected)} selected`;
    made.toggleAttribute("data-out", to < low || from > high);
    return made;
  });
  plot.append(...bars);
  brush(plot, bars, (first, last) => range(facet.lows[first], facet.highs[last], false));

  /**
   * @param {string} name
   * @param {number | string} value
   * @param {(given: number | string) => void} apply
   */
  const end = (name, value, apply) => {
    const input = element("input");
    input.type = facet.kind === kinds.dates ? "date" : "number";
    input.step = "any";
    input.value = String(value);
    input.dataset.focus = `${facet.column}/${name}`;
    input.setAttribute("aria-label", `${facet.title} ${name}`);
    input.onchange = () => {
      const given = facet.kind === kinds.dates ? input.value : input.valueAsNumber;
      if (given === "" || Number.isNaN(given)) input.value = String(value);
      else apply(given);
    };
    return input;
  };
  const missing = Boolean(facet.filter?.missing);
  const line = element("div", "cae-facet-ends");
  line.append(
    end("from", low, (given) => range(given, given > high ? given : high, missing)),
    element("span", "", "to"),
    end("to", high, (given) => range(given < low ? given : low, given, missing)),
  );
  /** @type {HTMLElement[]} */
  const parts = [plot, line];
  if (facet.hasMissing) {
    const toggle = () => range(low, high, !keepsMissing);
    const all = facet.scope.reduce((sum, one) => sum + one, 0);
    parts.push(category(facet, bins, keepsMissing, all, toggle));
  }
  return parts;
}

/**
 * Dragging over the bars chooses them; what was chosen is told when the button is let go.
 *
 * @param {HTMLElement} plot
 * @param {HTMLElement[]} bars
 * @param {(first: number, last: number) => void} choose
 */
function brush(plot, bars, choose) {
  /** @type {number | null} */
  let start = null;
  let chosen = { first: 0, last: 0 };
  /** @param {number} x */
  const binAt = (x) => {
    const box = plot.getBoundingClientRect();
    return clamp(Math.floor(((x - box.left) / box.width) * bars.length), 0, bars.length - 1);
  };
  /**
   * @param {number} from
   * @param {number} to
   */
  const mark = (from, to) => {
    chosen = { first: Math.min(from, to), last: Math.max(from, to) };
    bars.forEach((one, place) =>
      one.toggleAttribute("data-out", place < chosen.first || place > chosen.last),
    );
  };
  plot.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    start = binAt(event.clientX);
    mark(start, start);
  };
  plot.onpointermove = (event) => {
    if (start !== null) mark(start, binAt(event.clientX));
  };
  plot.onpointerup = () => {
    if (start === null) return;
    start = null;
    choose(chosen.first, chosen.last);
  };
  plot.onpointercancel = () => (start = null);
}

/**
 * @param {Facet} facet
 * @param {Send} send
 */
function search(facet, send) {
  const input = element("input", "cae-facet-search");
  input.type = "search";
  input.placeholder = "contains…";
  input.value = facet.filter?.contains ?? facet.filter?.values?.join(", ") ?? "";
  input.dataset.focus = `${facet.column}/contains`;
  input.setAttribute("aria-label", `${facet.title} contains`);
  input.onchange = () => send(input.value.trim() ? { contains: input.value.trim() } : null);
  return [input];
}

/**
 * What shows a column of each kind.
 *
 * @type {Record<string, (facet: Facet, send: Send) => HTMLElement[]>}
 */
const BODIES = {
  [kinds.categories]: categories,
  [kinds.numbers]: histogram,
  [kinds.dates]: histogram,
  [kinds.text]: search,
};

/**
 * @param {Facet} facet
 * @param {(column: string, filter: object | null) => void} sendChange
 */
function section(facet, sendChange) {
  /** @type {Send} */
  const send = (filter) => sendChange(facet.column, filter);
  const holder = element("section", "cae-facet");
  holder.setAttribute("aria-label", facet.title);
  const head = element("div", "cae-facet-head");
  head.append(element("strong", "", facet.title));
  if (facet.filter) {
    const clear = addElement(head, "button", "cae-facet-clear", "Clear");
    clear.dataset.focus = `${facet.column}/clear`;
    clear.setAttribute("aria-label", `Clear the filter on ${facet.title}`);
    clear.onclick = () => send(null);
  }
  holder.append(head, ...BODIES[facet.kind](facet, send));
  return holder;
}

function legend() {
  const line = element("div", "cae-facet-legend");
  line.append(
    element("i", "cae-facet-scope"), element("span", "", "in scope"),
    element("i", "cae-facet-selected"), element("span", "", "selected"),
    element("span", "cae-facet-quiet", "Press a bar, drag over a histogram"),
  );
  return line;
}

/** @param {Mounted<{facets: Facet[]}>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const list = find(parentElement, ".cae-facets", HTMLElement);
  /** @type {(column: string, filter: object | null) => void} */
  const send = (column, filter) => setTriggerValue("change", { id: nextId(), column, filter });
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && list.contains(active) && active.dataset.focus;
  const scroll = list.querySelector(".cae-facets-list")?.scrollTop ?? 0;
  const sections = element("div", "cae-facets-list");
  sections.append(...data.facets.map((facet) => section(facet, send)));
  list.replaceChildren(legend(), sections);
  sections.scrollTop = scroll;
  const again = focused ? list.querySelector(`[data-focus="${CSS.escape(focused)}"]`) : null;
  if (again instanceof HTMLElement) again.focus();
}
