/* Tools, modes and actions: their buttons, their keys, and the list of all of them under "?". */
const TOOLS = [
  ["lasso", "Lasso", "Draw around points", "L"],
  ["box", "Box", "Drag a rectangle over points", "B"],
  ["pan", "Move", "Drag the map; the wheel zooms with every tool", "M"],
];
const MODES = [
  ["replace", "Replace", "What you draw becomes the selection", "R"],
  ["add", "Add", "What you draw joins the selection", "A", "Shift"],
  ["remove", "Remove", "What you draw leaves the selection", "X", "Alt"],
  ["intersect", "Intersect", "Only what you draw of the selection stays", "N", "Shift Alt"],
];
const ACTIONS = [
  ["all", "Select all", "Select all images that are not filtered out or hidden", "Ctrl A"],
  ["invert", "Invert", "Select what is not selected instead", "I"],
  ["clear", "Clear", "Select nothing", "Esc"],
  ["undo", "Undo", "Back to the selection before", "Ctrl Z"],
  ["redo", "Redo", "The selection that was undone", "Ctrl Shift Z"],
];
const VIEWS = [
  ["closer", "Zoom in", "+"],
  ["farther", "Zoom out", "−"],
  ["whole", "Whole map", "0"],
  ["pictures", "Images on the map", "P"],
  ["density", "Lines of equal density", "D"],
  ["help", "Shortcuts", "?"],
];
const FURTHER_KEYS = [
  ["Arrow keys", "Move the map, or turn it in 3-D (with Shift: move)"],
  ["Enter", "Select the image in the middle of the map, marked with a cross"],
  ["V", "Select what is in view"],
  ["H, O, F2", "On a category of the legend: hide it, show only it, rename it"],
  ["Wheel", "Zoom"],
  ["Esc", "Give up what is being drawn; else select nothing"],
];

function createToolbar(map, toolNames) {
  const { root, stage } = map;
  const tools = map.canDraw ? TOOLS.filter(([name]) => toolNames.includes(name)) : [];
  const modes = map.canDraw ? MODES : [];
  const help = map.part("shortcuts");
  let held = null;

  function addChoice(group, what, [value, label, hint, key, modifier]) {
    const button = addElement(map.part(group), "button", "", label);
    button.title = `${hint} (${key}${modifier ? `, or hold ${modifier.replace(" ", "+")}` : ""})`;
    button.dataset[what] = value;
    button.onclick = () => choose(what, value);
  }

  for (const tool of tools) addChoice("tools", "tool", tool);
  for (const mode of modes) addChoice("modes", "mode", mode);
  for (const [name, label, hint, key] of map.canDraw ? ACTIONS : []) {
    const button = addElement(map.part("actions"), "button", `cae-map-icon cae-map-${name}`);
    setIcon(button, name);
    button.title = `${label}: ${hint[0].toLowerCase()}${hint.slice(1)} (${key})`;
    button.setAttribute("aria-label", label);
    button.onclick = () => act(name);
  }
  for (const [name, label, key] of VIEWS) {
    const button = map.part(name);
    setIcon(button, name);
    button.title = `${label} (${key})`;
    button.setAttribute("aria-label", label);
  }
  map.part("whole").onclick = () => map.camera.reset();
  map.part("closer").onclick = () => map.camera.zoom(ZOOM_STEP);
  map.part("farther").onclick = () => map.camera.zoom(1 / ZOOM_STEP);
  map.part("help").onclick = () => help.showModal();
  fillHelp();

  function fillHelp() {
    const rows = [
      ...tools.map(([, label, hint, key]) => [key, `${label}: ${hint}`]),
      ...modes.map(([, label, hint, key, held]) => [
        held ? `${key}, or hold ${held.replace(" ", "+")}` : key, `${label}: ${hint}`,
      ]),
      ...(map.canDraw ? ACTIONS : []).map(([, , hint, key]) => [key.replaceAll(" ", "+"), hint]),
      ...VIEWS.map(([, label, key]) => [key, label]),
      ...FURTHER_KEYS,
    ];
    const table = help.querySelector("tbody");
    for (const [key, words] of rows) {
      const line = addElement(table, "tr");
      addElement(addElement(line, "th"), "kbd", "", key);
      addElement(line, "td", "", words);
    }
    help.querySelector("button").onclick = () => help.close();
    help.onclick = (event) => event.target === help && help.close(); // a click beside it
  }

  function choose(what, value) {
    map.choices[what] = value;
    map.chose();
  }

  function act(name) {
    const button = map.part(name);
    if (button && !button.disabled) map.tell(name, null, {});
  }

  function show() {
    for (const button of root.querySelectorAll("button[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === map.choices.tool);
    }
    for (const button of root.querySelectorAll("button[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === (held ?? map.choices.mode));
    }
    stage.dataset.tool = map.canDraw ? map.choices.tool : "pan";
    if (!map.header) return;
    const pan = root.querySelector('button[data-tool="pan"]');
    if (pan) pan.textContent = map.points.dimensions === 3 ? "Turn" : "Move";
    if (!map.canDraw) return;
    for (const [name] of ACTIONS) map.part(name).disabled = !map.header.possible.includes(name);
  }

  function modeOf(event) {
    if (event?.altKey && event?.shiftKey) return "intersect";
    if (event?.altKey) return "remove";
    if (event?.shiftKey) return "add";
    return map.choices.mode;
  }

  function onModifier(event) {
    const before = held;
    const none = !event.altKey && !event.shiftKey;
    held = none ? null : modeOf(event);
    if (held !== before) show();
  }

  const isTyping = (event) => event.target.closest("input, dialog[open]");

  /* With Ctrl or Cmd. */
  function onCommand(key, event) {
    if (!map.canDraw) return null;
    if (key === "z") return () => act(event.shiftKey ? "redo" : "undo");
    return { y: () => act("redo"), a: () => act("all") }[key];
  }

  function onPlainKey(key, event) {
    const { camera } = map;
    const turns = !event.shiftKey;
    const moves = {
      arrowleft: () => camera.step(-1, 0, turns),
      arrowright: () => camera.step(1, 0, turns),
      arrowup: () => camera.step(0, 1, turns),
      arrowdown: () => camera.step(0, -1, turns),
      "+": () => camera.zoom(ZOOM_STEP),
      "=": () => camera.zoom(ZOOM_STEP),
      "-": () => camera.zoom(1 / ZOOM_STEP),
      0: camera.reset,
      p: () => map.part("pictures").click(),
      d: () => map.part("density").click(),
      "?": () => help.showModal(),
    };
    if (event.target === stage) moves.enter = () => map.pickMiddle(event);
    if (map.canDraw) {
      moves.escape = () => map.sketch.cancel() || act("clear");
      moves.i = () => act("invert");
      moves.v = () => map.tell("box", event, { polygon: camera.corners() });
    }
    for (const [value, , , key] of tools) moves[key.toLowerCase()] = () => choose("tool", value);
    for (const [value, , , key] of modes) moves[key.toLowerCase()] = () => choose("mode", value);
    return moves[key];
  }

  function onKey(event) {
    if (!map.points || isTyping(event)) return;
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
