/* Tools, modes and actions: their buttons, their keys, and the list of all of them under "?". */
import { addElement, find, setPressed } from "../../kit/frontend/elements.js";
import { ZOOM_STEP } from "./camera.js";
import { setIcon } from "./icons.js";
import protocol from "./protocol.json" with { type: "json" };

/** @import { LatentMap, Modifiers } from "./types.js" */
/** @import { Icon } from "./icons.js" */

/**
 * What can be chosen or done; `held` are the keys that choose a mode for as long as they are held.
 *
 * @typedef {{name: string, title: string, hint: string, key: string, held?: string}} Choice
 */

const { tools, modes, actions, events } = protocol;

/** @type {Choice[]} */
const TOOLS = [
  { name: tools.lasso, title: "Lasso", hint: "Draw around points", key: "L" },
  { name: tools.box, title: "Box", hint: "Drag a rectangle over points", key: "B" },
  {
    name: tools.pan,
    title: "Move",
    hint: "Drag the map; the wheel zooms with every tool",
    key: "M",
  },
];
/** @type {Choice[]} */
const MODES = [
  { name: modes.replace, title: "Replace", hint: "What you draw becomes the selection", key: "R" },
  {
    name: modes.add,
    title: "Add",
    hint: "What you draw joins the selection",
    key: "A",
    held: "Shift",
  },
  {
    name: modes.remove,
    title: "Remove",
    hint: "What you draw leaves the selection",
    key: "X",
    held: "Alt",
  },
  {
    name: modes.intersect,
    title: "Intersect",
    hint: "Only what you draw of the selection stays",
    key: "N",
    held: "Shift+Alt",
  },
];
/** @type {(Choice & {name: Icon})[]} */
const ACTIONS = [
  {
    name: "all",
    title: "Select all",
    hint: "Select all images that are not filtered out or hidden",
    key: "Ctrl A",
  },
  { name: "invert", title: "Invert", hint: "Select what is not selected instead", key: "I" },
  { name: "clear", title: "Clear", hint: "Select nothing", key: "Esc" },
  { name: "undo", title: "Undo", hint: "Back to the selection before", key: "Ctrl Z" },
  { name: "redo", title: "Redo", hint: "The selection that was undone", key: "Ctrl Shift Z" },
];
/** @type {{name: Icon, title: string, key: string}[]} */
const VIEWS = [
  { name: "closer", title: "Zoom in", key: "+" },
  { name: "farther", title: "Zoom out", key: "−" },
  { name: "whole", title: "Whole map", key: "0" },
  { name: "pictures", title: "Images on the map", key: "P" },
  { name: "density", title: "Lines of equal density", key: "D" },
  { name: "help", title: "Shortcuts", key: "?" },
];
const FURTHER_KEYS = [
  ["Arrow keys", "Move the map, or turn it in 3-D (with Shift: move)"],
  ["Enter", "Select the image in the middle of the map, marked with a cross"],
  ["V", "Select what is in view"],
  ["H, O, F2", "On a category of the legend: hide it, show only it, rename it"],
  ["Wheel", "Zoom"],
  ["Esc", "Give up what is being drawn; else select nothing"],
];

/**
 * @param {LatentMap} map
 * @param {string[]} toolNames
 * @returns {LatentMap["toolbar"]}
 */
export function createToolbar(map, toolNames) {
  const { root, stage } = map;
  const offeredTools = map.canDraw ? TOOLS.filter(({ name }) => toolNames.includes(name)) : [];
  const offeredModes = map.canDraw ? MODES : [];
  const offeredActions = map.canDraw ? ACTIONS : [];
  const help = map.part("shortcuts", HTMLDialogElement);
  const button = (/** @type {string} */ name) => map.part(name, HTMLButtonElement);
  /** @type {string | null} */
  let held = null;

  /**
   * @param {"tool" | "mode"} what
   * @param {Choice} choice
   */
  function addChoice(what, { name, title, hint, key, held }) {
    const made = addElement(map.part(`${what}s`, HTMLElement), "button", "", title);
    made.title = `${hint} (${key}${held ? `, or hold ${held}` : ""})`;
    made.dataset[what] = name;
    made.onclick = () => choose(what, name);
  }

  for (const tool of offeredTools) addChoice("tool", tool);
  for (const mode of offeredModes) addChoice("mode", mode);
  for (const { name, title, hint, key } of offeredActions) {
    const made = addElement(
      map.part("actions", HTMLElement), "button", `cae-map-icon cae-map-${name}`,
    );
    setIcon(made, name);
    made.title = `${title}: ${hint[0].toLowerCase()}${hint.slice(1)} (${key})`;
    made.setAttribute("aria-label", title);
    made.onclick = () => act(name);
  }
  for (const { name, title, key } of VIEWS) {
    setIcon(button(name), name);
    button(name).title = `${title} (${key})`;
    button(name).setAttribute("aria-label", title);
  }
  button("whole").onclick = () => map.camera.reset();
  button("closer").onclick = () => map.camera.zoom(ZOOM_STEP);
  button("farther").onclick = () => map.camera.zoom(1 / ZOOM_STEP);
  button("help").onclick = () => help.showModal();
  fillHelp();

  function fillHelp() {
    const rows = [
      ...offeredTools.map(({ title, hint, key }) => [key, `${title}: ${hint}`]),
      ...offeredModes.map(({ title, hint, key, held }) => [
        held ? `${key}, or hold ${held}` : key, `${title}: ${hint}`,
      ]),
      ...offeredActions.map(({ hint, key }) => [key.replaceAll(" ", "+"), hint]),
      ...VIEWS.map(({ title, key }) => [key, title]),
      ...FURTHER_KEYS,
    ];
    const table = find(help, "tbody", HTMLElement);
    for (const [key, words] of rows) {
      const line = addElement(table, "tr");
      addElement(addElement(line, "th"), "kbd", "", key);
      addElement(line, "td", "", words);
    }
    find(help, "button", HTMLButtonElement).onclick = () => help.close();
    help.onclick = (event) => event.target === help && help.close(); // a click beside it
  }

  /**
   * @param {"tool" | "mode"} what
   * @param {string} name
   */
  function choose(what, name) {
    map.choices[what] = name;
    map.chose();
  }

  /** @param {string} name */
  function act(name) {
    if (!button(name).disabled) map.tell(name, null, {});
  }

  function show() {
    for (const { name } of offeredTools) {
      setPressed(find(root, `button[data-tool=${name}]`, HTMLElement), name === map.choices.tool);
    }
    const mode = held ?? map.choices.mode;
    for (const { name } of offeredModes) {
      setPressed(find(root, `button[data-mode=${name}]`, HTMLElement), name === mode);
    }
    stage.dataset.tool = map.canDraw ? map.choices.tool : tools.pan;
    if (!map.shown) return;
    const { points, header } = map.shown;
    const pan = root.querySelector(`button[data-tool=${tools.pan}]`);
    if (pan) pan.textContent = points.dimensions === 3 ? "Turn" : "Move";
    for (const { name } of offeredActions) button(name).disabled = !header.possible.includes(name);
  }

  const modeOf = (/** @type {Modifiers} */ event) => heldMode(event) ?? map.choices.mode;

  /** @param {KeyboardEvent} event */
  function onModifier(event) {
    const before = held;
    held = heldMode(event);
    if (held !== before) show();
  }

  /**
   * With Ctrl or Cmd.
   *
   * @param {string} key
   * @param {KeyboardEvent} event
   */
  function onCommand(key, event) {
    if (!map.canDraw) return null;
    if (key === "z") return () => act(event.shiftKey ? actions.redo : actions.undo);
    if (key === "y") return () => act(actions.redo);
    if (key === "a") return () => act(actions.all);
    return null;
  }

  /**
   * @param {string} key
   * @param {KeyboardEvent} event
   */
  function onPlainKey(key, event) {
    const { camera } = map;
    const turns = !event.shiftKey;
    /** @type {Record<string, () => void>} */
    const moves = {
      arrowleft: () => camera.step(-1, 0, turns),
      arrowright: () => camera.step(1, 0, turns),
      arrowup: () => camera.step(0, 1, turns),
      arrowdown: () => camera.step(0, -1, turns),
      "+": () => camera.zoom(ZOOM_STEP),
      "=": () => camera.zoom(ZOOM_STEP),
      "-": () => camera.zoom(1 / ZOOM_STEP),
      0: () => camera.reset(),
      p: () => button("pictures").click(),
      d: () => button("density").click(),
      "?": () => help.showModal(),
    };
    if (event.target === stage) moves.enter = () => map.pickMiddle(event);
    if (map.canDraw) {
      moves.escape = () => map.sketch.cancel() || act(actions.clear);
      moves.i = () => act(actions.invert);
      moves.v = () => map.tell(events.box, event, { polygon: camera.corners() });
    }
    for (const { name, key } of offeredTools) moves[key.toLowerCase()] = () => choose("tool", name);
    for (const { name, key } of offeredModes) moves[key.toLowerCase()] = () => choose("mode", name);
    return moves[key];
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!map.shown || isTyping(event)) return;
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    const move = isCommand ? onCommand(key, event) : onPlainKey(key, event);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  root.addEventListener("keydown", onKey);
  window.addEventListener("keydown", onModifier);
  window.addEventListener("keyup", onModifier);

  function destroy() {
    window.removeEventListener("keydown", onModifier);
    window.removeEventListener("keyup", onModifier);
  }

  return { show, modeOf, destroy };
}

/**
 * The mode that the keys held with an event choose, if any.
 *
 * @param {Modifiers} event
 */
export function heldMode(event) {
  if (event?.altKey && event.shiftKey) return modes.intersect;
  if (event?.altKey) return modes.remove;
  if (event?.shiftKey) return modes.add;
  return null;
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  return event.target instanceof Element && event.target.closest("input, dialog[open]") !== null;
}
