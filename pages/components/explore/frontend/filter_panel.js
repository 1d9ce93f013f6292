/* Filters by column: bars to press, histograms to brush, text to search. */
const instance = Math.random().toString(36).slice(2, 10);
let changes = 0;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const count = (number) => number.toLocaleString("en");

function bar(scope, selected, most) {
  const holder = element("span", "cae-facet-bar");
  for (const [kind, value] of [["scope", scope], ["selected", selected]]) {
    const part = element("i", `cae-facet-${kind}`);
    part.style.setProperty("--share", most ? Math.min(1, value / most) : 0);
    part.hidden = !value;
    holder.append(part);
  }
  return holder;
}

function numbersOf(scope, selected) {
  return selected ? `${count(selected)} of ${count(scope)}` : count(scope);
}

/* One category or the missing values: pressed where it is kept. */
function category(facet, place, name, isKept, most, toggle) {
  const [scope, selected] = [facet.scope[place], facet.selected[place]];
  const button = element("button", "cae-facet-category");
  button.type = "button";
  button.dataset.focus = `${facet.column}/${place}`;
  button.title = name;
  button.setAttribute("aria-pressed", Boolean(facet.filter) && isKept);
  button.toggleAttribute("data-out", !isKept);
  button.setAttribute(
    "aria-label",
    `${facet.title} ${name}: ${count(scope)} in scope, ${count(selected)} selected`,
  );
  button.append(
    element("span", "cae-facet-name", name),
    bar(scope, selected, most),
    element("span", "cae-facet-count", numbersOf(scope, selected)),
  );
  button.onclick = () => toggle(place);
  return button;
}

function categories(facet, send) {
  const missing = facet.lows.length;
  const all = facet.lows.map((_, place) => place).concat(facet.hasMissing ? [missing] : []);
  const chosen = facet.filter?.values?.map(String);
  const isKept = (place) =>
    !chosen || (place === missing ? Boolean(facet.filter.missing) : chosen.includes(facet.lows[place]));
  const toggle = (place) => {
    // The first press keeps one category alone; later ones add and take away.
    const kept = chosen ? all.filter((other) => isKept(other) !== (other === place)) : [place];
    if (!kept.length || kept.length === all.length) return send(null);
    const values = kept.filter((other) => other !== missing).map((other) => facet.lows[other]);
    send({ values, ...(kept.includes(missing) ? { missing: true } : {}) });
  };
  const most = Math.max(...all.map((place) => facet.scope[place]), 0);
  const list = element("div", "cae-facet-categories");
  for (const place of all) {
    const name = place === missing ? "(missing)" : facet.names[place];
    list.append(category(facet, place, name, isKept(place), most, toggle));
  }
  return [list];
}

function histogram(facet, send) {
  const bins = facet.lows.length;
  if (!bins) return [element("div", "cae-facet-quiet", "No image has a value")];
  const [least, largest] = [facet.lows[0], facet.highs[bins - 1]];
  const low = facet.filter?.low ?? least;
  const high = facet.filter?.high ?? largest;
  const keepsMissing = !facet.filter || Boolean(facet.filter.missing);
  const range = (from, to, missing) => {
    const isAll = from <= least && to >= largest && (missing || !facet.hasMissing);
    send(isAll ? null : { low: from, high: to, ...(missing ? { missing: true } : {}) });
  };

  const most = Math.max(...facet.scope.slice(0, bins));
  const plot = element("div", "cae-facet-plot");
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `Histogram of ${facet.title} from ${least} to ${largest}`);
  const bars = facet.lows.map((from, place) => {
    const made = bar(facet.scope[place], facet.selected[place], most);
    const to = facet.highs[place];
    const span = from === to ? from : `${from} to ${to}`;
    made.title = `${span}: ${count(facet.scope[place])} in scope, ${count(facet.selected[place])} selected`;
    made.toggleAttribute("data-out", to < low || from > high);
    return made;
  });
  plot.append(...bars);
  brush(plot, bars, (first, last) => range(facet.lows[first], facet.highs[last], false));

  const line = element("div", "cae-facet-ends");
  const end = (name, value, apply) => {
    const input = element("input");
    input.type = facet.kind === "dates" ? "date" : "number";
    input.step = "any";
    input.value = value;
    input.dataset.focus = `${facet.column}/${name}`;
    input.setAttribute("aria-label", `${facet.title} ${name}`);
    input.onchange = () => {
      const given = facet.kind === "dates" ? input.value : input.valueAsNumber;
      if (given === "" || Number.isNaN(given)) input.value = value;
      else apply(given);
    };
    return input;
  };
  const missing = Boolean(facet.filter?.missing);
  line.append(
    end("from", low, (given) => range(given, given > high ? given : high, missing)),
    element("span", "", "to"),
    end("to", high, (given) => range(given < low ? given : low, given, missing)),
  );
  const parts = [plot, line];
  if (facet.hasMissing) {
    const toggle = () => range(low, high, !keepsMissing);
    const all = facet.scope.reduce((sum, one) => sum + one, 0);
    parts.push(category(facet, bins, "(missing)", keepsMissing, all, toggle));
  }
  return parts;
}

/* Dragging over the bars chooses them; what was chosen is told when the button is let go. */
function brush(plot, bars, choose) {
  let start = null;
  let chosen = null;
  const binAt = (x) => {
    const box = plot.getBoundingClientRect();
    const place = Math.floor(((x - box.left) / box.width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, place));
  };
  const mark = (x) => {
    const here = binAt(x);
    chosen = [Math.min(start, here), Math.max(start, here)];
    bars.forEach((one, place) =>
      one.toggleAttribute("data-out", place < chosen[0] || place > chosen[1]),
    );
  };
  plot.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    start = binAt(event.clientX);
    mark(event.clientX);
  };
  plot.onpointermove = (event) => start !== null && mark(event.clientX);
  plot.onpointerup = () => {
    if (start === null) return;
    start = null;
    choose(...chosen);
  };
  plot.onpointercancel = () => (start = null);
}

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

function section(facet, sendChange) {
  const send = (filter) => sendChange(facet.column, filter);
  const holder = element("section", "cae-facet");
  holder.setAttribute("aria-label", facet.title);
  const head = element("div", "cae-facet-head");
  head.append(element("strong", "", facet.title));
  if (facet.filter) {
    const clear = element("button", "cae-facet-clear", "Clear");
    clear.type = "button";
    clear.dataset.focus = `${facet.column}/clear`;
    clear.setAttribute("aria-label", `Clear the filter on ${facet.title}`);
    clear.onclick = () => send(null);
    head.append(clear);
  }
  const body = { categories, numbers: histogram, dates: histogram, text: search }[facet.kind];
  holder.append(head, ...body(facet, send));
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

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".cae-facets");
  const send = (column, filter) =>
    setTriggerValue("change", { id: `${instance}:${++changes}`, column, filter });
  const focused = list.contains(document.activeElement) && document.activeElement.dataset.focus;
  const inner = list.querySelector(".cae-facets-list");
  const scroll = inner?.scrollTop ?? 0;
  const sections = element("div", "cae-facets-list");
  sections.append(...data.facets.map((facet) => section(facet, send)));
  list.replaceChildren(legend(), sections);
  sections.scrollTop = scroll;
  if (focused) list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}
