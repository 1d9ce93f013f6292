/* Draws the points: with WebGL where the browser has it, else on a plain canvas.

   A scene is {points, levels, states, palette (RGBA bytes; alpha 0 is hidden, below FAINT faint),
   hasSelection, plain, layers}. Three layers lie on each other: points that are out of the filters
   or faint, points not selected, and points in colour; `layers` says which have any. `before` {points, view, share} is a former
   arrangement of the same points on their way to this one. */
const SELECTED = 1;
const IN_SCOPE = 2;
const OPACITY = 209;
const FAINT = 128;

function createRenderer(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
  return gl ? webglRenderer(canvas, gl) : canvasRenderer(canvas, canvas.getContext("2d"));
}

function layerOf(state, alpha, hasSelection) {
  if (!alpha) return -1;
  if (!(state & IN_SCOPE) || alpha < FAINT) return 0;
  return hasSelection && !(state & SELECTED) ? 1 : 2;
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
  bool faint = (state & ${IN_SCOPE}u) == 0u || own.a < ${FAINT / 255};
  bool selected = (state & ${SELECTED}u) != 0u;
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

function webglRenderer(canvas, gl) {
  let parts = null;
  let loaded = null;
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => (parts = loaded = null));

  function build() {
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    const attributes = {};
    for (const name of ["position", "former", "level", "state"]) {
      attributes[name] = { at: gl.getAttribLocation(program, name), buffer: gl.createBuffer() };
      gl.enableVertexAttribArray(attributes[name].at);
    }
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.depthFunc(gl.LEQUAL);
    const uniforms = new Map();
    const at = (name) => {
      if (!uniforms.has(name)) uniforms.set(name, gl.getUniformLocation(program, name));
      return uniforms.get(name);
    };
    return { attributes, at };
  }

  function send(name, values, kind, count) {
    gl.bindBuffer(gl.ARRAY_BUFFER, parts.attributes[name].buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    use(name, name, kind, count);
  }

  /* Let an attribute read the buffer of another one, or its own. */
  function use(name, source, kind, count) {
    const { at } = parts.attributes[name];
    gl.bindBuffer(gl.ARRAY_BUFFER, parts.attributes[source].buffer);
    if (kind === gl.FLOAT) gl.vertexAttribPointer(at, count, kind, false, 0, 0);
    else gl.vertexAttribIPointer(at, count, kind, 0, 0);
  }

  function load(scene, former) {
    if (loaded?.points !== scene.points) {
      send("position", scene.points.positions, gl.FLOAT, scene.points.dimensions);
    }
    if (former === scene.points) use("former", "position", gl.FLOAT, former.dimensions);
    else if (loaded?.former !== former) {
      send("former", former.positions, gl.FLOAT, former.dimensions);
    }
    if (loaded?.levels !== scene.levels) send("level", scene.levels, gl.UNSIGNED_SHORT, 1);
    if (loaded?.states !== scene.states) send("state", scene.states, gl.UNSIGNED_BYTE, 1);
    if (loaded?.palette !== scene.palette) {
      const width = scene.palette.length / 4;
      gl.texImage2D(
        gl.TEXTURE_2D, 0, gl.RGBA, width, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, scene.palette,
      );
    }
    loaded = { ...scene, former };
  }

  function look(names, { points, view }, width, height) {
    const [turn, centre, reach] = names.map(parts.at);
    const columns = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((i) => view.turn[i]);
    gl.uniformMatrix3fv(turn, false, columns);
    gl.uniform3f(centre, view.x, view.y, 0);
    const depth = points.dimensions === 3 ? points.extent.right : 1;
    gl.uniform3f(reach, width / 2 / view.scale, height / 2 / view.scale, depth);
  }

  function draw(scene, view, { width, height }, ratio, diameter, before) {
    if (gl.isContextLost()) return;
    parts ??= build();
    load(scene, (before ?? scene).points);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    look(["turn", "centre", "reach"], { points: scene.points, view }, width, height);
    if (before) look(["formerTurn", "formerCentre", "formerReach"], before, width, height);
    gl.uniform1f(parts.at("share"), before ? before.share : 1);
    gl.uniform1f(parts.at("diameter"), diameter * ratio);
    gl.uniform1i(parts.at("hasSelection"), scene.hasSelection ? 1 : 0);
    const solid = scene.points.dimensions === 3;
    gl.uniform1i(parts.at("solid"), solid ? 1 : 0);
    if (solid) gl.enable(gl.DEPTH_TEST);
    else gl.disable(gl.DEPTH_TEST);
    for (let layer = 0; layer < 3; layer++) {
      if (!scene.layers[layer]) continue;
      gl.clear(gl.DEPTH_BUFFER_BIT); // what is in colour lies over all that is grey
      gl.uniform1i(parts.at("layer"), layer);
      gl.uniform4f(parts.at("plain"), ...scene.plain[layer].map((value) => value / 255));
      gl.drawArrays(gl.POINTS, 0, scene.points.count);
    }
  }

  return { draw, release: () => gl.getExtension("WEBGL_lose_context")?.loseContext() };
}

function canvasRenderer(canvas, context) {
  const css = (rgba, offset = 0) =>
    `rgba(${rgba[offset]},${rgba[offset + 1]},${rgba[offset + 2]},${rgba[offset + 3] / 255})`;

  /* The way from a former arrangement is left out here. */
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
