// The grid's small pictures of attention matrices: max-pooled for many tokens, and kept for each set of weights.
import { weightColours } from "../../drawing/weight_colours.js";

const MOST = 64; // pixels per side, more than a cell of the grid shows
const MOST_DIFFERENCE = 0.25; // the difference that has the full colour, since most are small

/** @type {WeakMap<object, {choice: string, pictures: object[]}>} */
const made = new WeakMap();

/**
 * Returns the picture of one head.
 * @param {object} weights The weights of a layer.
 * @param {number} head
 * @param {{rows: object[], columns: object[], key: string}} axes
 * @param {object} theme
 * @param {boolean} signed Whether the weights are differences.
 * @param {number} least A weight that the scale of colours reaches at least: the strongest of the picture beside it.
 * @returns {{width: number, height: number, data: Uint8ClampedArray} | null} The same object for the
 *   same choice; null where no token is shown.
 */
export function thumbnail(weights, head, axes, theme, signed, least = 0) {
  if (!axes.rows.length || !axes.columns.length) return null;
  const choice = `${axes.key}/${theme.name}/${signed}`;
  if (made.get(weights)?.choice !== choice) made.set(weights, { choice, pictures: [] });
  const { pictures } = made.get(weights);
  if (pictures[head]?.least !== least)
    pictures[head] = { least, pixels: coloured(poolOf(weights, head, axes), theme, signed, least) };
  return pictures[head].pixels;
}

/**
 * Returns the strongest weight of a head among the rows and columns that are shown.
 * @param {object} weights
 * @param {number} head
 * @param {{rows: object[], columns: object[], key: string}} axes
 * @returns {number}
 */
export function strongestOf(weights, head, axes) {
  return Math.max(0, ...poolOf(weights, head, axes).values);
}

/** @type {WeakMap<object, {key: string, pools: object[]}>} */
const pools = new WeakMap();

function poolOf(weights, head, axes) {
  if (pools.get(weights)?.key !== axes.key) pools.set(weights, { key: axes.key, pools: [] });
  const kept = pools.get(weights).pools;
  return (kept[head] ??= pooled(weights, head, axes));
}

/**
 * Shrinks a matrix: each pixel takes the weight furthest from zero, so that a single strong one stays visible.
 * @param {object} weights
 * @param {number} head
 * @param {{rows: object[], columns: object[]}} axes
 * @returns {{width: number, height: number, values: Float32Array}} `values`: [height, width].
 */
function pooled(weights, head, { rows, columns }) {
  const width = Math.min(columns.length, MOST);
  const height = Math.min(rows.length, MOST);
  const values = new Float32Array(width * height);
  const places = Int32Array.from(columns, (unit) => unit.place);
  const pixels = Int32Array.from(columns, (_, column) => Math.floor((column * width) / columns.length));
  rows.forEach((row, place) => {
    const start = Math.floor((place * height) / rows.length) * width;
    for (let column = 0; column < places.length; column++) {
      const value = weights.at(head, row.place, places[column]);
      const pixel = start + pixels[column];
      if (Math.abs(value) > Math.abs(values[pixel])) values[pixel] = value;
    }
  });
  return { width, height, values };
}

/** Colours the pixels. A head's strongest weight has the full colour, so that small weights are visible, too. */
function coloured({ width, height, values }, theme, signed, least) {
  const table = weightColours(theme, signed, signed ? MOST_DIFFERENCE : Math.max(...values, least, 1e-6));
  const data = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < values.length; pixel++) table.put(data, pixel * 4, values[pixel]);
  return { width, height, data };
}
