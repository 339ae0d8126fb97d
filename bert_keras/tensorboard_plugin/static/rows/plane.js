// Points in a plane: their places on the screen, which is nearest, and which a lasso encloses.

/** @typedef {[number, number]} Point */

/**
 * Returns a function from points of a plane to places on the screen: the whole of them, with one scale for both axes.
 * @param {(Point|null)[]} points
 * @param {{width: number, height: number, margin: number}} screen
 * @returns {(point: Point) => Point}
 */
export function fitted(points, { width, height, margin }) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const point of points) {
    if (!point) continue;
    left = Math.min(left, point[0]);
    right = Math.max(right, point[0]);
    bottom = Math.min(bottom, point[1]);
    top = Math.max(top, point[1]);
  }
  const across = Math.max(right - left, 1e-9);
  const along = Math.max(top - bottom, 1e-9);
  const scale = Math.max(1e-9, Math.min((width - 2 * margin) / across, (height - 2 * margin) / along));
  return ([x, y]) => [
    width / 2 + (x - (left + right) / 2) * scale,
    height / 2 - (y - (bottom + top) / 2) * scale, // the screen's axis points down
  ];
}

/**
 * Returns the index of the place nearest to a pointer, -1 where none is within reach.
 * @param {(Point|null)[]} places
 */
export function nearestPlace(places, [x, y], reach) {
  let [found, least] = [-1, reach * reach];
  places.forEach((place, index) => {
    if (!place) return;
    const distance = (place[0] - x) ** 2 + (place[1] - y) ** 2;
    if (distance <= least) [found, least] = [index, distance];
  });
  return found;
}

/**
 * Returns whether a polygon encloses a place, by the number of its sides that a ray from there crosses.
 * @param {Point[]} polygon
 * @param {Point} place
 */
export function encloses(polygon, [x, y]) {
  let inside = false;
  polygon.forEach(([x1, y1], index) => {
    const [x2, y2] = polygon[(index + 1) % polygon.length];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
