/* Where points lie on the screen, and how the user moves over them. */
import { clamp } from "../../kit/frontend/numbers.js";
import { FLAT, SLANTED, planeOf, turnedBy } from "./space.js";

/** @import { Camera, LatentMap, Pair, View } from "./types.js" */

export const ZOOM_STEP = 1.3;
const FIT_MARGIN = 0.93;
const BUTTONS_PIXELS = 40; // of the buttons at the right edge
const MOST_ZOOM = 400;
const LEAST_ZOOM = 0.5;
const PAN_STEP = 0.12;
const TURN_STEP = Math.PI / 18;

/**
 * @param {Pick<LatentMap, "settings" | "shown" | "now" | "size" | "moved">} map
 * @returns {Camera}
 */
export function createCamera(map) {
  const kept = map.settings.cameras;
  const isReady = () => map.shown !== null && map.shown.points.places in kept;
  const view = () => kept[map.now().points.places];

  /** @returns {View} */
  function fitted() {
    const { extent, dimensions } = map.now().points;
    const { left, right, bottom, top } = extent;
    const { width, height } = map.size;
    const free = Math.max(width / 2, width - BUTTONS_PIXELS);
    const fits = Math.min(free / (right - left || 1), height / (top - bottom || 1));
    const scale = fits * FIT_MARGIN;
    return {
      x: (left + right) / 2 + (width - free) / 2 / scale,
      y: (bottom + top) / 2,
      scale,
      turn: dimensions === 3 ? SLANTED : FLAT,
      fitted: true,
    };
  }

  /* A map that was never moved keeps showing all points when its window changes. */
  function prepare() {
    if (!isReady() || view().fitted) kept[map.now().points.places] = fitted();
  }

  /** @param {Partial<View>} change */
  function move(change) {
    Object.assign(view(), change, { fitted: false });
    map.moved();
  }

  function reset() {
    kept[map.now().points.places] = fitted();
    map.moved();
  }

  /** @type {Camera["toData"]} */
  const toData = ([x, y]) => [
    view().x + (x - map.size.width / 2) / view().scale,
    view().y - (y - map.size.height / 2) / view().scale,
  ];
  /** @type {Camera["toScreen"]} */
  const toScreen = ([x, y]) => [
    map.size.width / 2 + (x - view().x) * view().scale,
    map.size.height / 2 - (y - view().y) * view().scale,
  ];
  /** @type {Camera["screenOf"]} */
  const screenOf = (row) => toScreen(planeOf(map.now().points, view().turn, row));

  /** @returns {Pair} */
  const middle = () => [map.size.width / 2, map.size.height / 2];

  /** @type {Camera["zoom"]} */
  function zoom(factor, place = middle()) {
    const whole = fitted().scale;
    const scale = clamp(view().scale * factor, whole * LEAST_ZOOM, whole * MOST_ZOOM);
    const [x, y] = toData(place);
    move({
      scale,
      x: x - (place[0] - map.size.width / 2) / scale,
      y: y + (place[1] - map.size.height / 2) / scale,
    });
  }

  /**
   * Follow the pointer from `start`, when the view was `from`: move, or turn what is in space.
   *
   * @type {Camera["drag"]}
   */
  function drag(from, start, place, turns) {
    const [right, down] = [place[0] - start[0], place[1] - start[1]];
    if (turns && map.now().points.dimensions === 3) {
      const half = Math.min(map.size.width, map.size.height) / 2;
      move({ turn: turnedBy(from.turn, right / half, down / half) });
    } else {
      move({ x: from.x - right / from.scale, y: from.y + down / from.scale });
    }
  }

  /** @type {Camera["step"]} */
  function step(right, up, turns) {
    if (turns && map.now().points.dimensions === 3) {
      move({ turn: turnedBy(view().turn, right * TURN_STEP, -up * TURN_STEP) });
    } else {
      const way = (PAN_STEP * map.size.width) / view().scale;
      move({ x: view().x + right * way, y: view().y + up * way });
    }
  }

  /* How much closer than the whole map. */
  const closeness = () => view().scale / fitted().scale;

  /**
   * The corners of what is in view, on the plane of the screen.
   *
   * @type {Camera["corners"]}
   */
  function corners() {
    const [left, top] = toData([0, 0]);
    const [right, bottom] = toData([map.size.width, map.size.height]);
    return [[left, bottom], [right, bottom], [right, top], [left, top]];
  }

  return {
    isReady, view, prepare, reset, zoom, drag, step, toData, toScreen, screenOf, closeness, corners,
  };
}
