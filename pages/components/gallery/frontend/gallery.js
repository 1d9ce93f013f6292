/* Images as buttons; arrow keys move between them. */
const instance = Math.random().toString(36).slice(2, 10);
let picks = 0;
const RETURN_EVERY_MS = 100;
const RETURN_LOOKS = 50;

function picture(source, text, frame) {
  const holder = document.createElement("span");
  holder.className = frame;
  const image = document.createElement("img");
  image.src = source;
  image.alt = text;
  holder.append(image);
  return holder;
}

function tile({ row, title, caption, image, reconstruction }, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.row = row;
  button.title = `Details of ${title}`;
  const pair = document.createElement("span");
  pair.className = "cae-gallery-pair";
  pair.append(picture(image, `Image ${title}`, ""));
  if (reconstruction) {
    pair.append(picture(reconstruction, `Synthetic reconstruction of ${title}`, "cae-synthetic"));
  }
  const name = document.createElement("strong");
  name.textContent = title;
  const words = document.createElement("small");
  words.textContent = caption;
  button.append(pair, name, words);
  button.onclick = () => pick(row);
  const item = document.createElement("div");
  item.setAttribute("role", "listitem");
  item.append(button);
  return item;
}

function moveFocus(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement);
  const second = buttons.findIndex((one) => one.offsetTop > buttons[0].offsetTop);
  const columns = second < 0 ? buttons.length : second;
  const places = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    ArrowDown: here + columns,
    ArrowUp: here - columns,
    Home: 0,
    End: buttons.length - 1,
  };
  const next = buttons[places[event.key]];
  if (here < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

/* Whoever comes back from an image goes on at the tile it was opened from. The image is still there
   when the gallery comes, and goes when the run of the page ends. */
function returnFocus(list, looks = RETURN_LOOKS) {
  const opened = document.body.dataset.caeOpened;
  const from = opened && list.isConnected && list.querySelector(`button[data-row="${opened}"]`);
  if (!from) return;
  if (document.querySelector(".cae-image-viewer")) {
    if (looks) setTimeout(() => returnFocus(list, looks - 1), RETURN_EVERY_MS);
    return;
  }
  delete document.body.dataset.caeOpened;
  from.focus();
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".cae-gallery");
  const pick = (row) => {
    document.body.dataset.caeOpened = row;
    setTriggerValue("pick", { id: `${instance}:${++picks}`, row });
  };
  list.style.setProperty("--tile", `${data.tile}px`);
  list.classList.toggle("cae-gallery-pairs", data.items.some((item) => item.reconstruction));
  list.replaceChildren(...data.items.map((item) => tile(item, pick)));
  list.onkeydown = moveFocus;
  returnFocus(list);
}
