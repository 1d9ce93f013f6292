/* Sheets of many small images, tiled in rows of `side`, and one of them on a canvas. */

/** @typedef {{side: number, pixels: [width: number, height: number]}} Sheet */

/**
 * The image at an address, as soon as it can be drawn.
 *
 * @param {string} source
 */
export async function loaded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/**
 * Where a tile of a sheet begins, from the upper left, in pixels.
 *
 * @param {Sheet} sheet
 * @param {number} number
 * @returns {[left: number, top: number]}
 */
export const tileAt = ({ side, pixels: [width, height] }, number) => [
  (number % side) * width,
  Math.floor(number / side) * height,
];

/**
 * Draw one tile of a sheet, and say what it shows.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} image
 * @param {Sheet} sheet
 * @param {number} number
 * @param {string} words
 */
export function drawTile(canvas, image, sheet, number, words) {
  const [width, height] = sheet.pixels;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context?.drawImage(image, ...tileAt(sheet, number), width, height, 0, 0, width, height);
  canvas.setAttribute("aria-label", words);
}
