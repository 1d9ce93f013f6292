/* What the parts of the map share. */
import type { Choices } from "../../kit/frontend/links.js";

export type Pair = [number, number];

/* A view is the place in the middle, the pixels per data unit and, for points in space, the
   rotation (3×3, by rows) whose first two rows are right and up. */
export interface View {
  x: number;
  y: number;
  scale: number;
  turn: number[];
  fitted?: boolean;
}

export interface Size {
  width: number;
  height: number;
}

export interface Box {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

export interface Places {
  positions: ArrayLike<number>;
  dimensions: number;
}

export interface Grid {
  box: Box;
  nearest(x: number, y: number, radius: number, accepts: (row: number) => boolean): number;
  around(x: number, y: number, radius: number, most: number): number[];
}

/* As pages/components/map/map_points.py sends them. */
export interface PointsHeader {
  digest: string;
  places: string;
  images: string;
  count: number;
  dimensions: number;
  fields: { title: string; names: string[] }[];
}

export interface Contour {
  level: number;
  corners: Float32Array;
}

export interface Points extends PointsHeader {
  positions: Float32Array;
  grid: Grid | null;
  extent: Box;
  fields: { title: string; names: string[]; codes: Uint16Array }[];
  contours: Contour[];
  idOf(row: number): string;
}

export interface Path {
  line: Pair[];
  anchors: { label: string; x: number; y: number }[];
  film: string;
  checked: Pair[];
}

/* As pages/components/map/map.py sends them. */
export interface Colours {
  digest: string;
  levels: Uint16Array;
  values?: Float32Array;
}

export interface Header {
  key: string;
  points: string;
  images: string;
  colours: string;
  dropped: { points: string[]; colours: string[] };
  title: string;
  levels: { name: string; listed: boolean }[];
  palette: number[];
  names: { name: string; level: number; place: number[] }[];
  scale: { low: number; high: number; colours: string[]; steps: number } | null;
  selected: number;
  focus: number | null;
  path: Path | null;
  hint: string;
  height: number | null;
  description: string;
  tools: string[];
  categoryAction: string;
  pictures: string;
  details: string[];
  possible: string[];
  renameable: number[];
  pair: string;
  stamp: string;
}

/* What is drawn: a palette of RGBA bytes in which alpha 0 is hidden and little alpha faint, and
   which of the three layers have points. */
export interface Scene {
  points: Points;
  levels: Uint16Array;
  states: Uint8Array;
  values?: Float32Array;
  palette: Uint8Array;
  off: Uint8Array;
  layers: boolean[];
  plain: number[][];
  hasSelection: boolean;
  isPickable(row: number): boolean;
  colourOf(row: number): string;
}

/* A former arrangement of the same points, and how much of the way from there is done. */
export interface Former {
  points: Points;
  view: View;
  share: number;
}

export interface Renderer {
  draw(
    scene: Scene,
    view: View,
    size: Size,
    ratio: number,
    diameter: number,
    before: Former | null,
  ): void;
  release(): void;
}

export interface Picture {
  canvas: HTMLCanvasElement;
  lines: string[];
}

export interface PicturesHeader {
  images: string;
  state: string;
  rows: number[];
  size: [number, number, number];
  lines: string[][];
}

export interface PictureStore {
  enter(state: string): void;
  want(rows: number[]): void;
  at(row: number): Picture | undefined;
  take(message: { header: PicturesHeader; arrays: { pixels: Uint8Array } }): void;
  news: EventTarget;
  asks: Map<Element, (rows: number[]) => void>;
}

export interface Settings {
  mosaic: boolean | null;
  density: boolean;
  cameras: Record<string, View>;
}

export interface Camera {
  isReady(): boolean;
  view(): View;
  prepare(): void;
  reset(): void;
  zoom(factor: number, place?: Pair): void;
  drag(from: View, start: Pair, place: Pair, turns: boolean): void;
  step(right: number, up: number, turns: boolean): void;
  toData(place: Pair): Pair;
  toScreen(place: Pair): Pair;
  screenOf(row: number): Pair;
  closeness(): number;
  corners(): [Pair, Pair, Pair, Pair];
}

export interface Card {
  point(row: number): void;
  show(row: number): void;
  hide(): void;
  fill(): void;
}

export interface Sketch {
  cancel(): boolean;
  corners(): Pair[] | null;
  answered(): void;
}

/* The pointer, or a key with it, as far as it chooses a mode. */
export type Modifiers = { altKey: boolean; shiftKey: boolean } | null;

/* What the map shows once its points are there. */
export interface Shown {
  points: Points;
  header: Header;
  scene: Scene;
  pictures: PictureStore | null;
}

/* The map as its parts know it. `shown` is null until its points are there; `now` is for what
   only happens after that. */
export interface LatentMap {
  key: string;
  root: HTMLElement;
  stage: HTMLElement;
  part<Kind extends Element>(name: string, kind: new () => Kind): Kind;
  settings: Settings;
  choices: Choices;
  canDraw: boolean;
  canPick: boolean;
  shown: Shown | null;
  now(): Shown;
  size: Size;
  camera: Camera;
  card: Card;
  sketch: Sketch;
  overlay: { paint(): void; destroy(): void };
  mosaic: { paint(): void };
  legend: { update(): void; count(): void; destroy(): void };
  toolbar: { show(): void; modeOf(event: Modifiers): string; destroy(): void };
  isMoving(): boolean;
  tell(kind: string, event: Modifiers, detail: Record<string, unknown>): void;
  moved(): void;
  chose(): void;
  counts(): Counts;
  pickMiddle(event: Modifiers): void;
  inView(): number;
}

/* Images of each level: selected, in view and in all, of those in scope. */
export interface Counts {
  selected: Uint32Array;
  inView: Uint32Array;
  all: Uint32Array;
}
