/* Images whose pixels can be chosen by mouse or by arrow keys, each under an overlay. */
const instance = Math.random().toString(36).slice(2, 10);
const SETTLE_MILLISECONDS = 250;
let picks = 0;

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function layer(name, source) {
  const image = document.createElement("img");
  image.className = name;
  image.src = source;
  image.alt = "";
  return image;
}

function place(mark, x, y, board) {
  mark.style.left = `${((x + 0.5) / board.width) * 100}%`;
  mark.style.top = `${((y + 0.5) / board.height) * 100}%`;
}

function tile(item, board, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.row = item.row;
  const stage = document.createElement("span");
  stage.className = "cae-pixels-stage";
  stage.append(layer("cae-pixels-image", item.image));
  if (item.overlay) {
    const overlay = layer("cae-pixels-overlay", item.overlay);
    overlay.style.opacity = board.opacity;
    stage.append(overlay);
  }
  const mark = document.createElement("span");
  mark.className = `cae-pixels-mark${item.chosen ? " cae-pixels-chosen" : ""}`;
  stage.append(mark);
  const name = document.createElement("strong");
  name.textContent = item.title;
  const words = document.createElement("small");
  words.textContent = item.caption;
  button.append(stage, name, words);

  let [x, y] = item.mark ?? [Math.floor(board.width / 2), Math.floor(board.height / 2)];
  let timer = 0;
  mark.hidden = !item.mark;

  function show() {
    place(mark, x, y, board);
    button.setAttribute("aria-label", `${item.title}. ${item.caption}. Column ${x}, row ${y}`);
  }

  function send() {
    clearTimeout(timer);
    timer = 0;
    pick(item.row, x, y);
  }

  button.onclick = (event) => {
    if (event.detail) {
      // A press of the mouse; Enter and Space come without a place and keep the present one.
      const box = stage.getBoundingClientRect();
      const inside = event.clientY <= box.bottom;
      if (inside) {
        x = Math.floor(((event.clientX - box.left) / box.width) * board.width);
        y = Math.floor(((event.clientY - box.top) / box.height) * board.height);
        x = Math.max(0, Math.min(board.width - 1, x));
        y = Math.max(0, Math.min(board.height - 1, y));
      }
    }
    mark.hidden = false;
    show();
    send();
  };
  button.onkeydown = (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = event.shiftKey ? 8 : 1;
    x = Math.max(0, Math.min(board.width - 1, x + step * move[0]));
    y = Math.max(0, Math.min(board.height - 1, y + step * move[1]));
    mark.hidden = false;
    show();
    clearTimeout(timer);
    timer = setTimeout(send, SETTLE_MILLISECONDS);
  };
  show();
  return button;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".cae-pixels");
  const pick = (row, x, y) =>
    setTriggerValue("pick", { id: `${instance}:${++picks}`, row, x, y });
  const focused = list.contains(document.activeElement) && document.activeElement.dataset.row;
  list.style.setProperty("--cae-pixels-tile", data.tile);
  list.replaceChildren(...data.items.map((item) => tile(item, data.board, pick)));
  // A new run draws all tiles anew; whoever moves a point by keys stays where they were.
  if (focused) list.querySelector(`button[data-row="${focused}"]`)?.focus();
}
