// The attention weights of one layer: decoded as they are read, merged into words, subtracted, ranked.

// A weight is stored as round(255 sqrt(weight)), since most weights of a long text are below 1/255.
const DECODED = Float32Array.from({ length: 256 }, (_, code) => (code / 255) ** 2);

export class Weights {
  #values;
  #table;
  #means = new Map();

  /**
   * @param {number} heads
   * @param {number} units The number of rows and of columns.
   * @param {Uint8Array|Float32Array} values [heads, from, to]
   * @param {Float32Array|null} table The weight of each code in `values`; null where `values` are the weights.
   */
  constructor(heads, units, values, table = null) {
    this.heads = heads;
    this.rows = units;
    this.columns = units;
    this.#values = values;
    this.#table = table;
  }

  /** Returns the weights of a layer as it is in the log: bytes [heads, tokens, tokens]. */
  static decoded(heads, tokens, octets) {
    if (octets.length !== heads * tokens * tokens) {
      throw new Error(
        `A layer of ${heads} heads and ${tokens} tokens holds ${heads * tokens * tokens} octets, ` +
          `and ${octets.length} came. ` +
          "The log is damaged or still being written: reload, or write it again.",
      );
    }
    return new Weights(heads, tokens, octets, DECODED);
  }

  get bytes() {
    return this.#values.byteLength;
  }

  /** Returns how much unit `from` attends to unit `to` in a head; for a difference, how much more. */
  at(head, from, to) {
    const value = this.#values[(head * this.rows + from) * this.columns + to];
    return this.#table === null ? value : this.#table[value];
  }

  /** Returns the mean over some heads (null for all) as a Float32Array [from * to]. */
  meanMatrix(heads = null) {
    const chosen = heads ?? Array.from({ length: this.heads }, (_, head) => head);
    const key = chosen.join();
    if (!this.#means.has(key)) {
      if (this.#means.size > 3) this.#means.clear();
      this.#means.set(key, this.#mean(chosen));
    }
    return this.#means.get(key);
  }

  #mean(heads) {
    const size = this.rows * this.columns;
    const sums = new Float32Array(size);
    for (const head of heads) {
      for (let place = 0, at = head * size; place < size; place++, at++) {
        sums[place] += this.#table === null ? this.#values[at] : this.#table[this.#values[at]];
      }
    }
    for (let place = 0; place < size && heads.length > 1; place++) sums[place] /= heads.length;
    return sums;
  }
}

/** Merges tokens into words: sums the attention to a word's tokens, and takes the mean of the attention from them. */
export function mergeWords(weights, record) {
  const units = record.wordUnits;
  const wordOf = new Int32Array(record.tokens.length);
  for (const unit of units) for (const place of unit.tokens) wordOf[place] = unit.place;
  const merged = new Float32Array(weights.heads * units.length * units.length);
  for (let head = 0; head < weights.heads; head++) {
    for (let from = 0; from < weights.rows; from++) {
      const share = 1 / units[wordOf[from]].tokens.length;
      const row = (head * units.length + wordOf[from]) * units.length;
      for (let to = 0; to < weights.columns; to++) merged[row + wordOf[to]] += share * weights.at(head, from, to);
    }
  }
  return new Weights(weights.heads, units.length, merged);
}

/** Returns `first` minus `second`, which must be for the same tokens. */
export function difference(first, second) {
  const { heads, rows } = first;
  const values = new Float32Array(heads * rows * rows);
  for (let head = 0, at = 0; head < heads; head++) {
    for (let from = 0; from < rows; from++) {
      for (let to = 0; to < rows; to++, at++) values[at] = first.at(head, from, to) - second.at(head, from, to);
    }
  }
  return new Weights(heads, rows, values);
}

/**
 * Returns the strongest links of one row over some heads, strongest first.
 * @param {Weights} weights
 * @param {number[]|null} heads Null for all.
 * @param {number} from The place of the row.
 * @param {number} k The maximum number of links; 0 for no limit.
 * @param {number} threshold The smallest absolute weight.
 * @param {number[]|null} places The places of the targets; null for all.
 * @returns {{head: number, from: number, to: number, weight: number}[]}
 */
export function strongest(weights, heads, from, k, threshold, places = null) {
  const links = [];
  const targets = places ?? Array.from({ length: weights.columns }, (_, place) => place);
  for (const head of heads ?? Array.from({ length: weights.heads }, (_, each) => each)) {
    for (const to of targets) {
      const weight = weights.at(head, from, to);
      if (Math.abs(weight) >= threshold && weight !== 0) links.push({ head, from, to, weight });
    }
  }
  links.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
  return k > 0 ? links.slice(0, k) : links;
}
