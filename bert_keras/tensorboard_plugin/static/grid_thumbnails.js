// Small pictures of attention matrices for the grid: max-pooled where there are many tokens, made once for each set of weights.

const MOST = 64; // pixels on a side: more than a cell of the grid shows

/** @type {WeakMap<object, Map<object, object[]>>} */
const made = new WeakMap();

/**
 * Gives the picture of one head.
 * @param {object} weights Of a layer.
 * @param {number} head
 * @param {object} theme
 * @param {boolean} signed Whether the weights are differences.
 * @returns {{width: number, height: number, data: Uint8ClampedArray}} From x to; the same object for the same head.
 */
export function thumbnail(weights, head, theme, signed) {
  if (!made.has(weights)) made.set(weights, new Map());
  const byTheme = made.get(weights);
  if (!byTheme.has(theme)) byTheme.set(theme, []);
  const byHead = byTheme.get(theme);
  byHead[head] ??= coloured(pooled(weights, head), theme, signed);
  return byHead[head];
}

/**
 * Makes a matrix small: each pixel takes the weight under it that is furthest from zero, so that a single strong one stays seen.
 * @param {object} weights
 * @param {number} head
 * @param {number} most Pixels on a side.
 * @returns {{side: number, values: Float32Array}} values [side, side].
 */
export function pooled(weights, head, most = MOST) {
  const count = weights.rows;
  const side = Math.min(count, most);
  const values = new Float32Array(side * side);
  const place = Int32Array.from({ length: count }, (_, token) => Math.floor((token * side) / count));
  for (let from = 0; from < count; from++) {
    const row = place[from] * side;
    for (let to = 0; to < count; to++) {
      const value = weights.at(head, from, to);
      if (Math.abs(value) > Math.abs(values[row + place[to]])) values[row + place[to]] = value;
    }
  }
  return { side, values };
}

function coloured({ side, values }, theme, signed) {
  const table = weightColours(theme, signed);
  const data = new Uint8ClampedArray(side * side * 4);
  for (let pixel = 0; pixel < values.length; pixel++) table.put(data, pixel * 4, values[pixel]);
  return { width: side, height: side, data };
}

/** @type {WeakMap<object, {[signed: string]: object}>} */
const tables = new WeakMap();

/**
 * The colours of weights: by the square root, as most weights are small (and as the log stores them).
 * @param {object} theme
 * @param {boolean} signed
 * @returns {{put: (data: Uint8ClampedArray, offset: number, weight: number) => void, of: (weight: number) => number[]}}
 */
export function weightColours(theme, signed) {
  if (!tables.has(theme)) tables.set(theme, {});
  const found = tables.get(theme);
  found[signed] ??= colourTable(signed ? theme.diverging : theme.sequential, signed);
  return found[signed];
}

function colourTable(colour, signed) {
  const steps = 255;
  const lowest = signed ? -steps : 0;
  const colours = [];
  for (let step = lowest; step <= steps; step++) colours.push(colour(step / steps));
  const bytes = Uint8Array.from(colours.flatMap(([red, green, blue]) => [red, green, blue]));
  const placed = (weight) => {
    const size = Math.min(Math.round(Math.sqrt(Math.abs(weight)) * steps), steps);
    return (signed && weight < 0 ? -size : size) - lowest;
  };
  return {
    of: (weight) => colours[placed(weight)],
    put: (data, offset, weight) => {
      const at = placed(weight) * 3;
      data[offset] = bytes[at];
      data[offset + 1] = bytes[at + 1];
      data[offset + 2] = bytes[at + 2];
      data[offset + 3] = 255;
    },
  };
}
