/* The lens: what the model decodes where the pointer is on a map. All it can show is on two
   sheets, so that it follows the pointer without asking Python. */
function createLens(root) {
  const view = (name) => root.querySelector(`.cae-lens-${name}`);
  let data = null;
  let sheets = null;
  let cell = null;
  let loading = 0;

  const clamp = (value) => Math.min(Math.max(Math.round(value), 0), data.side - 1);

  function draw(canvas, sheet, number, words) {
    const [width, height] = data.pixels;
    canvas.width = width;
    canvas.height = height;
    const left = (number % data.side) * width;
    const top = Math.floor(number / data.side) * height;
    canvas.getContext("2d").drawImage(sheet, left, top, width, height, 0, 0, width, height);
    canvas.setAttribute("aria-label", words);
  }

  function show() {
    const number = cell[1] * data.side + cell[0];
    const name = data.names[data.nearest[number]];
    draw(view("decoded"), sheets[0], number, `Synthetic image near ${name}`);
    draw(view("original"), sheets[1], data.nearest[number], `Nearest real image: ${name}`);
    view("name").textContent = name;
    view("name").title = name;
    view("off").hidden = !data.offData.includes(number);
    root.dataset.cell = number;
  }

  function look(next) {
    cell = next.map(clamp);
    if (sheets) show();
  }

  const forget = listen("place", ({ detail }) => {
    if (!data || detail.key !== data.map || detail.x === null) return;
    look([(detail.x - data.left) / data.step, (detail.y - data.bottom) / data.step]);
  });

  root.onkeydown = (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move || !data) return;
    event.preventDefault();
    look([cell[0] + move[0], cell[1] + move[1]]);
  };

  async function loaded(source) {
    const image = new Image();
    image.src = source;
    await image.decode();
    return image;
  }

  return {
    async update(next) {
      if (data?.decoded === next.decoded) {
        data = next;
        return;
      }
      data = next;
      sheets = null;
      const turn = ++loading;
      const found = await Promise.all([loaded(next.decoded), loaded(next.originals)]);
      if (turn !== loading) return;
      sheets = found;
      look(cell ?? [data.side / 2, data.side / 2]);
    },
    destroy: forget,
  };
}

const lenses = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cae-lens");
  const lens = lenses.get(root) ?? createLens(root);
  lenses.set(root, lens);
  lens.update(data);
  return () => {
    lenses.delete(root);
    lens.destroy();
  };
}
