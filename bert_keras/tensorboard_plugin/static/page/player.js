// Plays the steps of a training one after another.

const PAUSE = 700;

export class Player {
  #timer = null;
  #advance;
  #changed;

  /**
   * @param {(first: boolean) => Promise<boolean>} advance Shows the next step and returns true; at the last step
   *   returns false, or shows the first step if `first`.
   * @param {() => void} changed Called when playing starts and ends.
   */
  constructor(advance, changed) {
    this.#advance = advance;
    this.#changed = changed;
  }

  get playing() {
    return this.#timer !== null;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.#play(true);
  }

  stop() {
    if (!this.playing) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#changed();
  }

  // The pause begins when a step is drawn, so that a slow log plays slowly instead of skipping steps.
  #play(first) {
    const started = setTimeout(
      async () => {
        const more = await this.#advance(first);
        if (this.#timer !== started) return;
        if (more) this.#play(false);
        else this.stop();
      },
      first ? 0 : PAUSE,
    );
    this.#timer = started;
    if (first) this.#changed();
  }
}
