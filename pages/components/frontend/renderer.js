/* Draws the points: with WebGL where the browser has it, else on a plain canvas.

   A scene is {xy, levels, states, palette (RGBA bytes), hasSelection, ground}, a view
   {x, y, scale} is the data point in the middle and the pixels per data unit. Three layers lie
   on each other: points outside the filters, points not selected, and points in colour. */
const SELECTED = 1;
const IN_SCOPE = 2;
const OPACITY = 0.82;

function createRenderer(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
  return gl ? webglRenderer(canvas, gl) : canvasRenderer(canvas, canvas.getContext("2d"));
}

function layerOf(state, hasSelection) {
  if (!(state & IN_SCOPE)) return 0;
  return hasSelection && !(state & SELECTED) ? 1 : 2;
}

const VERTEX = `#version 300 es
in vec2 position;
in uint level;
in uint state;
uniform vec2 centre;
uniform vec2 reach;
uniform float diameter;
uniform int layer;
uniform bool hasSelection;
uniform vec4 plain;
uniform sampler2D palette;
out vec4 tint;
void main() {
  bool inScope = (state & ${IN_SCOPE}u) != 0u;
  bool selected = (state & ${SELECTED}u) != 0u;
  int own = !inScope ? 0 : (hasSelection && !selected ? 1 : 2);
  gl_Position = own == layer ? vec4((position - centre) / reach, 0.0, 1.0) : vec4(2.0);
  gl_PointSize = diameter;
  tint = layer == 2 ? texelFetch(palette, ivec2(int(level), 0), 0) : plain;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec4 tint;
uniform float diameter;
out vec4 colour;
void main() {
  float distance = length(gl_PointCoord - 0.5) * diameter;
  float cover = tint.a * clamp(diameter * 0.5 - distance + 0.5, 0.0, 1.0);
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
    const uniform = (name) => gl.getUniformLocation(program, name);
    const buffers = {};
    for (const [name, kind, size] of [
      ["position", gl.FLOAT, 2],
      ["level", gl.UNSIGNED_SHORT, 1],
      ["state", gl.UNSIGNED_BYTE, 1],
    ]) {
      const place = gl.getAttribLocation(program, name);
      buffers[name] = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
      gl.enableVertexAttribArray(place);
      if (kind === gl.FLOAT) gl.vertexAttribPointer(place, size, kind, false, 0, 0);
      else gl.vertexAttribIPointer(place, size, kind, 0, 0);
    }
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const names = ["centre", "reach", "diameter", "layer", "hasSelection", "plain"];
    return { buffers, at: Object.fromEntries(names.map((name) => [name, uniform(name)])) };
  }

  function load(scene) {
    const send = (name, values) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, parts.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    };
    if (loaded?.xy !== scene.xy) send("position", scene.xy);
    if (loaded?.levels !== scene.levels) send("level", scene.levels);
    if (loaded?.states !== scene.states) send("state", scene.states);
    if (loaded?.palette !== scene.palette) {
      const width = scene.palette.length / 4;
      gl.texImage2D(
        gl.TEXTURE_2D, 0, gl.RGBA, width, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, scene.palette,
      );
    }
    loaded = { ...scene };
  }

  function draw(scene, view, width, height, ratio, diameter) {
    if (gl.isContextLost()) return;
    parts ??= build();
    load(scene);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(parts.at.centre, view.x, view.y);
    gl.uniform2f(parts.at.reach, width / 2 / view.scale, height / 2 / view.scale);
    gl.uniform1f(parts.at.diameter, diameter * ratio);
    gl.uniform1i(parts.at.hasSelection, scene.hasSelection ? 1 : 0);
    for (let layer = 0; layer < 3; layer++) {
      gl.uniform1i(parts.at.layer, layer);
      gl.uniform4f(parts.at.plain, ...scene.plain[layer].map((value) => value / 255));
      gl.drawArrays(gl.POINTS, 0, scene.xy.length / 2);
    }
  }

  return { draw, release: () => gl.getExtension("WEBGL_lose_context")?.loseContext() };
}

function canvasRenderer(canvas, context) {
  const css = (rgba, offset = 0) =>
    `rgba(${rgba[offset]},${rgba[offset + 1]},${rgba[offset + 2]},${rgba[offset + 3] / 255})`;

  function draw(scene, view, width, height, ratio, diameter) {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const side = Math.max(1, diameter * 0.9);
    for (let layer = 0; layer < 3; layer++) {
      if (layer < 2) context.fillStyle = css(scene.plain[layer]);
      for (let i = 0; i < scene.states.length; i++) {
        if (layerOf(scene.states[i], scene.hasSelection) !== layer) continue;
        if (layer === 2) context.fillStyle = css(scene.palette, 4 * scene.levels[i]);
        const x = width / 2 + (scene.xy[2 * i] - view.x) * view.scale;
        const y = height / 2 - (scene.xy[2 * i + 1] - view.y) * view.scale;
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    }
  }

  return { draw, release: () => {} };
}
