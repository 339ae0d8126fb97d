// The values of the matrix: the weights of one head, or the mean or the largest of all heads.

export const MEAN = -1;
export const LARGEST = -2;

/** @type {WeakMap<object, Float32Array>} */
const largest = new WeakMap();

/**
 * Returns a function that reads the weights of a head, or the mean or the largest of all heads.
 * @param {object} weights The weights of a layer.
 * @param {number} head A head, MEAN or LARGEST.
 * @returns {(from: number, to: number) => number}
 */
export function valuesOf(weights, head) {
  if (head >= 0) return (from, to) => weights.at(head, from, to);
  const { columns } = weights;
  const matrix = head === MEAN ? weights.meanMatrix(null) : largestMatrix(weights);
  return (from, to) => matrix[from * columns + to];
}

/** Returns, for each cell, the weight furthest from zero among all heads. */
function largestMatrix(weights) {
  if (largest.has(weights)) return largest.get(weights);
  const { heads, rows, columns } = weights;
  const matrix = new Float32Array(rows * columns);
  for (let head = 0; head < heads; head++) {
    for (let from = 0, place = 0; from < rows; from++) {
      for (let to = 0; to < columns; to++, place++) {
        const value = weights.at(head, from, to);
        if (Math.abs(value) > Math.abs(matrix[place])) matrix[place] = value;
      }
    }
  }
  largest.set(weights, matrix);
  return matrix;
}

/**
 * Returns the head with the weight furthest from zero in a cell.
 * @param {object} weights
 * @param {number} from
 * @param {number} to
 * @returns {number}
 */
export function strongestHead(weights, from, to) {
  let best = 0;
  for (let head = 1; head < weights.heads; head++) {
    if (Math.abs(weights.at(head, from, to)) > Math.abs(weights.at(best, from, to))) best = head;
  }
  return best;
}

/** @type {WeakMap<object, {choice: string, most: number}>} */
const ends = new WeakMap();

/**
 * Returns the end of the colour scale: the largest absolute weight that the axes show.
 * @param {object} weights
 * @param {number} head
 * @param {{rows: object[], columns: object[], key: string}} axes
 * @returns {number} Above zero.
 */
export function furthest(weights, head, axes) {
  const choice = `${head}/${axes.key}`;
  if (ends.get(weights)?.choice === choice) return ends.get(weights).most;
  const value = valuesOf(weights, head);
  let most = 1e-6;
  for (const from of axes.rows) {
    for (const to of axes.columns) most = Math.max(most, Math.abs(value(from.place, to.place)));
  }
  ends.set(weights, { choice, most });
  return most;
}

/** @type {WeakMap<object, {choice: string, pixels: object}>} */
const last = new WeakMap();

/**
 * Returns the colours of a part of the matrix, one pixel per cell.
 * @param {object} weights
 * @param {number} head
 * @param {{rows: object[], columns: object[], key: string}} axes
 * @param {{firstRow: number, lastRow: number, firstColumn: number, lastColumn: number}} part The last is
 *   one past.
 * @param {object} colours The result of `weightColours`.
 * @returns {{width: number, height: number, data: Uint8ClampedArray}} The same object until something
 *   changes.
 */
export function matrixPixels(weights, head, axes, part, colours) {
  const choice = [head, axes.key, ...Object.values(part), colours.name].join();
  if (last.get(weights)?.choice === choice) return last.get(weights).pixels;
  const value = valuesOf(weights, head);
  const width = part.lastColumn - part.firstColumn;
  const height = part.lastRow - part.firstRow;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = part.firstRow, offset = 0; row < part.lastRow; row++) {
    const from = axes.rows[row].place;
    for (let column = part.firstColumn; column < part.lastColumn; column++, offset += 4) {
      colours.put(data, offset, value(from, axes.columns[column].place));
    }
  }
  const pixels = { width, height, data };
  last.set(weights, { choice, pixels });
  return pixels;
}

/**
 * Ranks the units of a row or a column by their absolute value.
 * @param {object[]} units
 * @param {(unit: object) => number} value
 * @param {number} most The maximum number of units.
 * @returns {{unit: object, value: number}[]} The largest absolute value first.
 */
export function ranked(units, value, most) {
  const pairs = units.map((unit) => ({ unit, value: value(unit) }));
  return pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.unit.place - b.unit.place).slice(0, most);
}
