/* The levels of a map's colours: which are off, and how many images each has. */
import { numberText } from "../../kit/frontend/numbers.js";
import protocol from "./protocol.json" with { type: "json" };
import { planeOf } from "./space.js";

/** @import { Choices } from "../../kit/frontend/links.js" */
/** @import { Counts, Header, Places, Scene, Size, View } from "./types.js" */

export const SHOWN = 0;
export const FAINT = 1; // outside the range of a scale
export const HIDDEN = 2;

/**
 * What each level is: shown, faint or hidden.
 *
 * @param {Pick<Header, "title" | "levels">} header
 * @param {Pick<Choices, "off" | "range">} choices
 */
export function levelsOff(header, choices) {
  const off = new Uint8Array(header.levels.length);
  const hidden = choices.off[header.title];
  const range = choices.range[header.title];
  header.levels.forEach(({ name, listed }, level) => {
    if (listed && hidden?.has(name)) off[level] = HIDDEN;
    if (!listed && range && (level < range[0] || level >= Math.max(range[1], range[0] + 1))) {
      off[level] = FAINT;
    }
  });
  return off;
}

/**
 * @param {Pick<Scene, "levels" | "states">} scene
 * @param {Places} points
 * @param {number} levels
 * @param {View} view
 * @param {Size} size
 * @returns {Counts}
 */
export function countLevels(scene, points, levels, view, size) {
  const counts = {
    selected: new Uint32Array(levels),
    inView: new Uint32Array(levels),
    all: new Uint32Array(levels),
  };
  const { x, y, scale, turn } = view;
  const [reachX, reachY] = [size.width / 2 / scale, size.height / 2 / scale];
  const { positions, dimensions } = points;
  const { selected, inScope } = protocol.states;
  for (let i = 0; i < scene.states.length; i++) {
    if (!(scene.states[i] & inScope)) continue;
    const level = scene.levels[i];
    counts.all[level]++;
    if (scene.states[i] & selected) counts.selected[level]++;
    let [across, up] = [positions[dimensions * i], positions[dimensions * i + 1]];
    if (dimensions === 3) [across, up] = planeOf(points, turn, i);
    if (Math.abs(across - x) <= reachX && Math.abs(up - y) <= reachY) counts.inView[level]++;
  }
  return counts;
}

/**
 * What the colours say of a row, in words.
 *
 * @param {Pick<Scene, "levels" | "values">} scene
 * @param {Pick<Header, "levels">} header
 * @param {number} row
 */
export function valueText(scene, header, row) {
  return scene.values ? numberText(scene.values[row]) : header.levels[scene.levels[row]].name;
}
