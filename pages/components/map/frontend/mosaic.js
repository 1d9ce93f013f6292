/* Images drawn on the map: one for each cell of a coarse grid, that of the point nearest to the
   cell's middle. They show by themselves once so few points are in view that there is room. */
import { setPressed } from "../../kit/frontend/elements.js";
import { contextOf, drawInto } from "./pictures.js";

/** @import { LatentMap } from "./types.js" */
/** @typedef {{row: number, x: number, y: number}} Tile */

const TILE = 44;
const CELL = 1.2; // of a tile
const REACH = 0.7; // how far from the middle of its cell a point may lie, in cells
const ROOM = 4; // share of a tile's room that pictures may fill is one in this many

/**
 * @param {LatentMap} map
 * @returns {LatentMap["mosaic"]}
 */
export function createMosaic(map) {
  const canvas = map.part("mosaic", HTMLCanvasElement);
  const button = map.part("pictures", HTMLButtonElement);
  button.onclick = () => {
    map.settings.mosaic = !isOn();
    paint();
  };

  const hasRoom = () => {
    const room = (map.size.width * map.size.height) / TILE ** 2 / ROOM;
    return map.camera.closeness() > 1.5 && map.inView() <= room;
  };
  const isPossible = () => Boolean(map.shown?.pictures && map.shown.points.grid);
  const isOn = () => isPossible() && (map.settings.mosaic ?? hasRoom());

  function paint() {
    if (!map.camera.isReady()) return;
    const { scene, pictures } = map.now();
    button.disabled = !isPossible();
    setPressed(button, isOn());
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(map.size.width * ratio);
    canvas.height = Math.round(map.size.height * ratio);
    canvas.dataset.tiles = canvas.dataset.drawn = "0";
    if (!pictures || !isOn() || map.isMoving()) return;
    const context = contextOf(canvas);
    context.scale(ratio, ratio);
    const shown = tilesOf(map);
    pictures.want(shown.map(({ row }) => row));
    let complete = 0;
    for (const { row, x, y } of shown) {
      const found = pictures.at(row);
      if (!found) continue;
      complete++;
      const [left, top] = [x - TILE / 2, y - TILE / 2];
      context.fillStyle = scene.colourOf(row);
      context.fillRect(left - 2, top - 2, TILE + 4, TILE + 4);
      context.fillStyle = "#000";
      context.fillRect(left, top, TILE, TILE);
      drawInto(context, found.canvas, left, top, TILE);
    }
    canvas.dataset.tiles = String(shown.length);
    canvas.dataset.drawn = String(complete);
  }

  return { paint };
}

/**
 * Rows with a place for their picture; the grid lies still under a map that is moved.
 *
 * @param {Pick<LatentMap, "now" | "camera" | "size">} map
 */
export function tilesOf({ now, camera, size }) {
  const { points, scene } = now();
  /** @type {Tile[]} */
  const found = [];
  if (!points.grid) return found;
  const step = (TILE * CELL) / camera.view().scale;
  const [[left, bottom], , [right, top]] = camera.corners();
  for (let line = Math.floor(bottom / step); line <= Math.ceil(top / step); line++) {
    for (let column = Math.floor(left / step); column <= Math.ceil(right / step); column++) {
      const [across, up] = [(column + 0.5) * step, (line + 0.5) * step];
      const row = points.grid.nearest(across, up, step * REACH, scene.isPickable);
      if (row < 0) continue;
      const [x, y] = camera.screenOf(row);
      const covers = (/** @type {Tile} */ other) =>
        Math.abs(other.x - x) < TILE && Math.abs(other.y - y) < TILE;
      const outside = x < -TILE || y < -TILE || x > size.width + TILE || y > size.height + TILE;
      if (!outside && !found.some(covers)) found.push({ row, x, y });
    }
  }
  return found;
}
