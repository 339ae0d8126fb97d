// The records of texts that are typed into the page, as a run of their own beside those of the log.

export const TYPED = { run: "(typed)", tag: "what you type" };
const KEPT = 20; // versions of what was typed, which the step slider goes through

/** A source that also has the looks at typed texts; everything else it asks of another source. */
export class LiveSource {
  #source;
  #listed = { runs: {}, problems: [] };
  #looks = new Map();
  #step = 0;
  #version = null;

  /** @param {object} source The source of the records of the log. */
  constructor(source) {
    this.#source = source;
  }

  get live() {
    return this.#source.live;
  }

  /** What the model of this TensorBoard takes: "text", "pair" or "question"; null where there is none. */
  get takes() {
    return this.#listed.live ?? null;
  }

  async examples() {
    this.#listed = await this.#source.examples();
    return this.known();
  }

  /** Returns the examples as they were last listed, with what was typed since. */
  known() {
    if (!this.#looks.size) return this.#listed;
    const steps = [...this.#looks].map(([step, { layers }]) => ({ step, wall_time: 0, layers: layers.length }));
    return { ...this.#listed, runs: { ...this.#listed.runs, [TYPED.run]: { [TYPED.tag]: steps } } };
  }

  /**
   * Looks at a typed text.
   * @param {{first: string, second: string|null, without: number[][], what: "quick"|"whole"}} asked
   * @returns {Promise<import("./store.js").Address>} Where the record is.
   */
  async look(asked) {
    const look = await this.#source.look(asked);
    const { first, second, without } = asked;
    const version = JSON.stringify([first, second, without]);
    // All that can be computed takes the place of what was quick.
    if (version === this.#version) this.#looks.delete(this.#step);
    this.#version = version;
    this.#looks.set(++this.#step, look);
    if (this.#looks.size > KEPT) this.#looks.delete(this.#looks.keys().next().value);
    return { ...TYPED, step: this.#step };
  }

  /** Returns what the model predicts for a typed text, in words: sooner than a look. */
  async predict(asked) {
    return (await this.#source.look({ ...asked, what: "label" })).said;
  }

  rows(run) {
    return this.#source.rows(run);
  }

  neighbours(run, key) {
    return this.#source.neighbours(run, key);
  }

  async header(run, tag, step) {
    return run === TYPED.run ? this.#looks.get(step).header : this.#source.header(run, tag, step);
  }

  async layer(run, tag, step, layer) {
    if (run !== TYPED.run) return this.#source.layer(run, tag, step, layer);
    return Uint8Array.from(atob(this.#looks.get(step).layers[layer]), (character) => character.charCodeAt(0));
  }
}
