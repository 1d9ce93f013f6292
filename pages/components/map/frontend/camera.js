/* Where points lie on the screen, and how the user moves over them.

   A view {x, y, scale, turn} is the place in the middle, the pixels per data unit and, for
   points in space, the rotation (3×3, by rows) whose first two rows are right and up. */
const FIT_MARGIN = 0.93;
const BUTTONS_PIXELS = 40; // of the buttons at the right edge
const ZOOM_STEP = 1.3;
const MOST_ZOOM = 400;
const LEAST_ZOOM = 0.5;
const PAN_STEP = 0.12;
const TURN_STEP = Math.PI / 18;
const FLAT = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const SLANTED = turnedBy(FLAT, 0.55, -0.4);

function turnedBy(turn, right, up) {
  const [cr, sr, cu, su] = [Math.cos(right), Math.sin(right), Math.cos(up), Math.sin(up)];
  const across = [cr, 0, sr, 0, 1, 0, -sr, 0, cr];
  const upright = [1, 0, 0, 0, cu, -su, 0, su, cu];
  return times(upright, times(across, turn));
}

function times(a, b) {
  return a.map((_, i) => {
    const [line, column] = [3 * Math.floor(i / 3), i % 3];
    return a[line] * b[column] + a[line + 1] * b[3 + column] + a[line + 2] * b[6 + column];
  });
}

/* The place of a row on the plane of the screen, in data units. */
function planeOf({ positions, dimensions }, turn, row) {
  if (dimensions === 2) return [positions[2 * row], positions[2 * row + 1]];
  const [x, y, z] = [positions[3 * row], positions[3 * row + 1], positions[3 * row + 2]];
  return [
    turn[0] * x + turn[1] * y + turn[2] * z,
    turn[3] * x + turn[4] * y + turn[5] * z,
  ];
}

function createCamera(map) {
  const kept = (map.settings.cameras ??= {});
  const view = () => kept[map.points.places];

  function fitted() {
    const { left, right, bottom, top } = map.points.extent;
    const { width, height } = map.size;
    const free = Math.max(width / 2, width - BUTTONS_PIXELS);
    const fits = Math.min(free / (right - left || 1), height / (top - bottom || 1));
    const scale = fits * FIT_MARGIN;
    return {
      x: (left + right) / 2 + (width - free) / 2 / scale,
      y: (bottom + top) / 2,
      scale,
      turn: map.points.dimensions === 3 ? SLANTED : FLAT,
      fitted: true,
    };
  }

  /* A map that was never moved keeps showing all points when its window changes. */
  function prepare() {
    if (!view() || view().fitted) kept[map.points.places] = fitted();
  }

  function move(change) {
    Object.assign(view(), change, { fitted: false });
    map.moved();
  }

  function reset() {
    kept[map.points.places] = fitted();
    map.moved();
  }

  const toData = ([x, y]) => [
    view().x + (x - map.size.width / 2) / view().scale,
    view().y - (y - map.size.height / 2) / view().scale,
  ];
  const toScreen = ([x, y]) => [
    map.size.width / 2 + (x - view().x) * view().scale,
    map.size.height / 2 - (y - view().y) * view().scale,
  ];
  const screenOf = (row) => toScreen(planeOf(map.points, view().turn, row));

  function zoom(factor, place = [map.size.width / 2, map.size.height / 2]) {
    const whole = fitted().scale;
    const wanted = view().scale * factor;
    const scale = Math.min(whole * MOST_ZOOM, Math.max(whole * LEAST_ZOOM, wanted));
    const [x, y] = toData(place);
    move({
      scale,
      x: x - (place[0] - map.size.width / 2) / scale,
      y: y + (place[1] - map.size.height / 2) / scale,
    });
  }

  /* Follow the pointer from `start`, when the view was `from`: move, or turn what is in space. */
  function drag(from, start, place, turns) {
    const [right, down] = [place[0] - start[0], place[1] - start[1]];
    if (turns && map.points.dimensions === 3) {
      const half = Math.min(map.size.width, map.size.height) / 2;
      move({ turn: turnedBy(from.turn, right / half, down / half) });
    } else {
      move({ x: from.x - right / from.scale, y: from.y + down / from.scale });
    }
  }

  function step(right, up, turns) {
    if (turns && map.points.dimensions === 3) {
      move({ turn: turnedBy(view().turn, right * TURN_STEP, -up * TURN_STEP) });
    } else {
      const way = (PAN_STEP * map.size.width) / view().scale;
      move({ x: view().x + right * way, y: view().y + up * way });
    }
  }

  /* How much closer than the whole map. */
  const closeness = () => view().scale / fitted().scale;

  /* The corners of what is in view, on the plane of the screen. */
  function corners() {
    const [left, top] = toData([0, 0]);
    const [right, bottom] = toData([map.size.width, map.size.height]);
    return [[left, bottom], [right, bottom], [right, top], [left, top]];
  }

  return {
    view, prepare, reset, zoom, drag, step, toData, toScreen, screenOf, closeness, corners,
  };
}
