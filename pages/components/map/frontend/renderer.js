/* Draws the points: with WebGL where the browser has it, else on a plain canvas.

   Three layers lie on each other: points that are out of the filters or faint, points not selected,
   and points in colour. */
import protocol from "./protocol.json" with { type: "json" };
import { planeOf } from "./space.js";

/** @import { Points, Renderer, Scene, Size, View } from "./types.js" */
/** @typedef {{at: number, buffer: WebGLBuffer}} Attribute */

export const OPACITY = 209;
export const FAINT_ALPHA = 128; // below it a colour is faint
const { states } = protocol;

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Renderer}
 */
export function createRenderer(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
  if (gl) return webglRenderer(canvas, gl);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw the map");
  return canvasRenderer(context);
}

/**
 * The layer a point lies in, −1 for none.
 *
 * @param {number} state
 * @param {number} alpha
 * @param {boolean} hasSelection
 */
export function layerOf(state, alpha, hasSelection) {
  if (!alpha) return -1;
  if (!(state & states.inScope) || alpha < FAINT_ALPHA) return 0;
  return hasSelection && !(state & states.selected) ? 1 : 2;
}

const VERTEX = `#version 300 es
in vec3 position;
in vec3 former;
in uint level;
in uint state;
uniform mat3 turn;
uniform vec3 centre;
uniform vec3 reach;
uniform mat3 formerTurn;
uniform vec3 formerCentre;
uniform vec3 formerReach;
uniform float share;
uniform float diameter;
uniform int layer;
uniform bool hasSelection;
uniform vec4 plain;
uniform sampler2D palette;
out vec4 tint;
out float size;
void main() {
  vec4 own = texelFetch(palette, ivec2(int(level), 0), 0);
  bool faint = (state & ${states.inScope}u) == 0u || own.a < ${FAINT_ALPHA / 255};
  bool selected = (state & ${states.selected}u) != 0u;
  int at = own.a == 0.0 ? -1 : faint ? 0 : (hasSelection && !selected ? 1 : 2);
  if (at != layer) {
    gl_Position = vec4(2.0);
    gl_PointSize = 1.0;
    return;
  }
  vec3 place = (turn * position - centre) / reach;
  if (share < 1.0) {
    place = mix((formerTurn * former - formerCentre) / formerReach, place, share);
  }
  gl_Position = vec4(place.xy, -0.9 * place.z, 1.0);
  size = diameter * (1.0 + 0.35 * place.z);
  gl_PointSize = size;
  tint = layer == 2 ? own : plain;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 tint;
in float size;
uniform bool solid;
out vec4 colour;
void main() {
  float distance = length(gl_PointCoord - 0.5) * size;
  float cover = clamp(size * 0.5 - distance + 0.5, 0.0, 1.0);
  if (solid && cover < 0.5) discard;
  cover *= tint.a;
  colour = vec4(tint.rgb * cover, cover);
}`;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {WebGL2RenderingContext} gl
 * @returns {Renderer}
 */
function webglRenderer(canvas, gl) {
  /** @type {ReturnType<typeof build> | null} */
  let parts = null;
  /** @type {(Scene & {former: Points}) | null} */
  let loaded = null;
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => (parts = loaded = null));

  function build() {
    const program = gl.createProgram();
    for (const { kind, source } of [
      { kind: gl.VERTEX_SHADER, source: VERTEX },
      { kind: gl.FRAGMENT_SHADER, source: FRAGMENT },
    ]) {
      const shader = gl.createShader(kind);
      if (!shader) throw new Error("This browser has lost its way of drawing");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    const attribute = (/** @type {string} */ name) => {
      const at = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(at);
      return { at, buffer: gl.createBuffer() };
    };
    const attributes = {
      position: attribute("position"),
      former: attribute("former"),
      level: attribute("level"),
      state: attribute("state"),
    };
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.depthFunc(gl.LEQUAL);
    /** @type {Map<string, WebGLUniformLocation | null>} */
    const uniforms = new Map();
    const at = (/** @type {string} */ name) => {
      if (!uniforms.has(name)) uniforms.set(name, gl.getUniformLocation(program, name));
      return uniforms.get(name) ?? null;
    };
    return { attributes, at };
  }

  /**
   * @param {Attribute} attribute
   * @param {ArrayBufferView} values
   * @param {GLenum} kind
   * @param {number} count
   */
  function send(attribute, values, kind, count) {
    gl.bindBuffer(gl.ARRAY_BUFFER, attribute.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    use(attribute, attribute, kind, count);
  }

  /**
   * Let an attribute read the buffer of another one, or its own.
   *
   * @param {Attribute} attribute
   * @param {Attribute} source
   * @param {GLenum} kind
   * @param {number} count
   */
  function use({ at }, source, kind, count) {
    gl.bindBuffer(gl.ARRAY_BUFFER, source.buffer);
    if (kind === gl.FLOAT) gl.vertexAttribPointer(at, count, kind, false, 0, 0);
    else gl.vertexAttribIPointer(at, count, kind, 0, 0);
  }

  /**
   * @param {{attributes: Record<"position" | "former" | "level" | "state", Attribute>}} parts
   * @param {Scene} scene
   * @param {Points} former
   */
  function load({ attributes }, scene, former) {
    const { points, levels, states, palette } = scene;
    if (loaded?.points !== points) {
      send(attributes.position, points.positions, gl.FLOAT, points.dimensions);
    }
    if (former === points) {
      use(attributes.former, attributes.position, gl.FLOAT, former.dimensions);
    } else if (loaded?.former !== former) {
      send(attributes.former, former.positions, gl.FLOAT, former.dimensions);
    }
    if (loaded?.levels !== levels) send(attributes.level, levels, gl.UNSIGNED_SHORT, 1);
    if (loaded?.states !== states) send(attributes.state, states, gl.UNSIGNED_BYTE, 1);
    if (loaded?.palette !== palette) {
      const width = palette.length / 4;
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
    }
    loaded = { ...scene, former };
  }

  /**
   * @param {{at: (name: string) => WebGLUniformLocation | null}} parts
   * @param {{turn: string, centre: string, reach: string}} names
   * @param {{points: Points, view: View}} arrangement
   * @param {Size} size
   */
  function look({ at }, names, { points, view }, { width, height }) {
    const columns = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((i) => view.turn[i]);
    gl.uniformMatrix3fv(at(names.turn), false, columns);
    gl.uniform3f(at(names.centre), view.x, view.y, 0);
    const depth = points.dimensions === 3 ? points.extent.right : 1;
    gl.uniform3f(at(names.reach), width / 2 / view.scale, height / 2 / view.scale, depth);
  }

  /** @type {Renderer["draw"]} */
  function draw(scene, view, size, ratio, diameter, before) {
    if (gl.isContextLost()) return;
    parts ??= build();
    const { at } = parts;
    load(parts, scene, (before ?? scene).points);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const own = { turn: "turn", centre: "centre", reach: "reach" };
    look(parts, own, { points: scene.points, view }, size);
    if (before) {
      const former = { turn: "formerTurn", centre: "formerCentre", reach: "formerReach" };
      look(parts, former, before, size);
    }
    gl.uniform1f(at("share"), before ? before.share : 1);
    gl.uniform1f(at("diameter"), diameter * ratio);
    gl.uniform1i(at("hasSelection"), scene.hasSelection ? 1 : 0);
    const solid = scene.points.dimensions === 3;
    gl.uniform1i(at("solid"), solid ? 1 : 0);
    if (solid) gl.enable(gl.DEPTH_TEST);
    else gl.disable(gl.DEPTH_TEST);
    for (let layer = 0; layer < 3; layer++) {
      if (!scene.layers[layer]) continue;
      gl.clear(gl.DEPTH_BUFFER_BIT); // what is in colour lies over all that is grey
      gl.uniform1i(at("layer"), layer);
      const [red, green, blue, alpha] = scene.plain[layer].map((value) => value / 255);
      gl.uniform4f(at("plain"), red, green, blue, alpha);
      gl.drawArrays(gl.POINTS, 0, scene.points.count);
    }
  }

  return { draw, release: () => gl.getExtension("WEBGL_lose_context")?.loseContext() };
}

/**
 * @param {Pick<CanvasRenderingContext2D,
 *   "setTransform" | "clearRect" | "fillRect" | "fillStyle">} context
 * @returns {Renderer}
 */
export function canvasRenderer(context) {
  const css = (/** @type {ArrayLike<number>} */ rgba, offset = 0) =>
    `rgba(${rgba[offset]},${rgba[offset + 1]},${rgba[offset + 2]},${rgba[offset + 3] / 255})`;

  /**
   * The way from a former arrangement is left out here.
   *
   * @type {Renderer["draw"]}
   */
  function draw(scene, view, { width, height }, ratio, diameter) {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const side = Math.max(1, diameter * 0.9);
    const { palette, levels, states, hasSelection } = scene;
    for (let layer = 0; layer < 3; layer++) {
      if (layer < 2) context.fillStyle = css(scene.plain[layer]);
      for (let i = 0; i < states.length; i++) {
        const offset = 4 * levels[i];
        if (layerOf(states[i], palette[offset + 3], hasSelection) !== layer) continue;
        if (layer === 2) context.fillStyle = css(palette, offset);
        const [x, y] = planeOf(scene.points, view.turn, i);
        context.fillRect(
          width / 2 + (x - view.x) * view.scale - side / 2,
          height / 2 - (y - view.y) * view.scale - side / 2,
          side, side,
        );
      }
    }
  }

  return { draw, release: () => {} };
}
