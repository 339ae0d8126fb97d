// Small pictures of attention matrices for the grid: max-pooled where there are many tokens, made once for each set of weights.
import { weightColours } from "../../drawing/weight_colours.js";

const MOST = 64; // pixels on a side: more than a cell of the grid shows
const MOST_DIFFERENCE = 0.25; // from which on a difference has the full colour: most are small

/** @type {WeakMap<object, {choice: string, pictures: object[]}>} */
const made = new WeakMap();

/**
 * Gives the picture of one head.
 * @param {object} weights Of a layer.
 * @param {number} head
 * @param {{rows: object[], columns: object[], key: string}} axes
 * @param {object} theme
 * @param {boolean} signed Whether the weights are differences.
 * @returns {{width: number, height: number, data: Uint8ClampedArray} | null} From x to; the same object for the same choice.
 */
export function thumbnail(weights, head, axes, theme, signed) {
  if (!axes.rows.length || !axes.columns.length) return null;
  const choice = `${axes.key}/${theme.name}/${signed}`;
  if (made.get(weights)?.choice !== choice) made.set(weights, { choice, pictures: [] });
  const { pictures } = made.get(weights);
  pictures[head] ??= coloured(pooled(weights, head, axes), theme, signed);
  return pictures[head];
}

/**
 * Makes a matrix small: each pixel takes the weight under it that is furthest from zero, so that a single strong one stays seen.
 * @param {object} weights
 * @param {number} head
 * @param {{rows: object[], columns: object[]}} axes
 * @param {number} most Pixels on a side.
 * @returns {{width: number, height: number, values: Float32Array}} values [height, width].
 */
function pooled(weights, head, { rows, columns }, most = MOST) {
  const width = Math.min(columns.length, most);
  const height = Math.min(rows.length, most);
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

/** The strongest weight of a head has the full colour, so that broad heads show what they have, too. */
function coloured({ width, height, values }, theme, signed) {
  const table = weightColours(theme, signed, signed ? MOST_DIFFERENCE : Math.max(...values, 1e-6));
  const data = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < values.length; pixel++) table.put(data, pixel * 4, values[pixel]);
  return { width, height, data };
}
