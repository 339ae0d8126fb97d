// The store of loaded records and layers, which keeps layers up to a number of bytes.
import { AttentionRecord } from "./record.js";
import { Weights, difference, mergeWords } from "./weights.js";

const LAYER_BYTES = 256 * 2 ** 20;
const DERIVED_BYTES = 128 * 2 ** 20;

/** @typedef {{run: string, tag: string, step: number}} Address */

export class RecordStore {
  #source;
  #records = new Map();
  #layers = new ByteCache(LAYER_BYTES);
  #derived = new ByteCache(DERIVED_BYTES);
  #pending = new Map();

  constructor(source) {
    this.#source = source;
  }

  /** @returns {Promise<AttentionRecord>} */
  record(address) {
    const key = keyOf(address);
    if (!this.#records.has(key)) {
      const { run, tag, step } = address;
      const loading = this.#source.header(run, tag, step).then((header) => new AttentionRecord(header));
      this.#records.set(key, loading);
      loading.catch(() => this.#records.delete(key));
    }
    return this.#records.get(key);
  }

  /** Loads a layer, unless it is loaded. */
  async load(address, record, layer) {
    const key = keyOf(address, layer);
    if (this.#layers.get(key)) return;
    if (!this.#pending.has(key)) {
      const { run, tag, step } = address;
      const loading = this.#source.layer(run, tag, step, layer).then((octets) => {
        this.#layers.set(key, Weights.decoded(record.heads, record.tokens.length, octets));
      });
      this.#pending.set(
        key,
        loading.finally(() => this.#pending.delete(key)),
      );
    }
    await this.#pending.get(key);
  }

  /**
   * Returns the weights of a loaded layer, merged into words if `words`; null for a layer that is not loaded.
   * @returns {Weights|null}
   */
  weights(address, record, layer, words) {
    const whole = this.#layers.get(keyOf(address, layer));
    if (!whole || !words) return whole ?? null;
    return this.#derived.made(`${keyOf(address, layer)}\twords`, () => mergeWords(whole, record));
  }

  /** Returns the weights of one record minus those of another; null until both layers are loaded. */
  differenceOf(first, second, record, layer, words) {
    const minuend = this.weights(first, record, layer, words);
    const subtrahend = this.weights(second, record, layer, words);
    if (!minuend || !subtrahend) return null;
    const key = `${keyOf(first, layer)}\t${keyOf(second, layer)}\t${words}`;
    return this.#derived.made(key, () => difference(minuend, subtrahend));
  }
}

function keyOf({ run, tag, step }, layer = "") {
  return JSON.stringify([run, tag, step, layer]);
}

/** A cache that drops the least recently used entries above a limit of bytes, but never the newest. */
class ByteCache {
  #entries = new Map();
  #bytes = 0;

  constructor(limit) {
    this.limit = limit;
  }

  get(key) {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key, value) {
    this.#entries.set(key, value);
    this.#bytes += value.bytes;
    for (const [oldest, dropped] of this.#entries) {
      if (this.#bytes <= this.limit || oldest === key) break;
      this.#entries.delete(oldest);
      this.#bytes -= dropped.bytes;
    }
  }

  made(key, make) {
    const there = this.get(key);
    if (there !== undefined) return there;
    const value = make();
    this.set(key, value);
    return value;
  }
}
