// The catalogue: lists the log's runs, texts and steps, and finds the ones that a state names.

/** @typedef {{step: number, wall_time: number, layers: number}} Step */

export class Catalogue {
  /**
   * @param {{runs: Object<string, Object<string, Step[]>>, problems?: string[], runWord?: string,
   *   hasSteps?: boolean}} examples `runWord`: what a run is called. `hasSteps`: whether steps say when in a training.
   */
  constructor({ runs, problems = [], runWord = "Run", hasSteps = true }) {
    this.#runs = runs;
    this.runWord = runWord;
    this.hasSteps = hasSteps;
    this.problems = problems;
    this.runs = Object.keys(runs)
      .filter((run) => Object.values(runs[run]).some((steps) => steps.length))
      .sort(naturally);
  }

  #runs;

  get empty() {
    return this.runs.length === 0;
  }

  tags(run) {
    const tags = this.#runs[run] ?? {};
    return Object.keys(tags)
      .filter((tag) => tags[tag].length)
      .sort(naturally);
  }

  /** Returns the steps of a text in ascending order. */
  steps(run, tag) {
    return (this.#runs[run]?.[tag] ?? []).map(({ step }) => step).sort((one, other) => one - other);
  }

  /** Returns the run, text and step asked for; where one does not exist, the newest run, first text or last step. */
  found({ run, tag, step }) {
    const foundRun = this.runs.includes(run) ? run : this.#newest();
    const foundTag = this.tags(foundRun).includes(tag) ? tag : this.#firstWritten(foundRun);
    const steps = this.steps(foundRun, foundTag);
    return { run: foundRun, tag: foundTag, step: steps.includes(step) ? step : steps.at(-1) };
  }

  /** Returns the run that was written to last; of equal ones the first. */
  #newest() {
    const time = (run) => Math.max(...this.tags(run).map((tag) => this.#lastTime(run, tag)));
    return this.runs.reduce((best, run) => (time(run) > time(best) ? run : best), this.runs[0]);
  }

  /** Returns the text of a run that was written first: `visualize` writes the surest mistake first. */
  #firstWritten(run) {
    const tags = Object.keys(this.#runs[run]).filter((tag) => this.#runs[run][tag].length);
    return tags.reduce((best, tag) => (this.#lastTime(run, tag) < this.#lastTime(run, best) ? tag : best), tags[0]);
  }

  #lastTime(run, tag) {
    return Math.max(...this.#runs[run][tag].map((step) => step.wall_time ?? 0));
  }

  /** Returns something to compare with: the first or last step, the same text of another run, or another text. */
  counterpart({ run, tag, step }) {
    const steps = this.steps(run, tag);
    if (steps.length > 1) return { run, tag, step: step === steps[0] ? steps.at(-1) : steps[0] };
    const other = this.runs.find((each) => each !== run && this.tags(each).includes(tag));
    if (other) return this.found({ run: other, tag, step });
    const another = this.tags(run).find((each) => each !== tag);
    if (another) return this.found({ run, tag: another, step });
    return this.found({ run: this.runs.find((each) => each !== run) ?? run, tag, step });
  }

  /** Returns whether this catalogue differs from an earlier one. */
  differs(before) {
    return (
      JSON.stringify(this.#runs) !== JSON.stringify(before.#runs) || this.problems.join() !== before.problems.join()
    );
  }
}

function naturally(one, other) {
  return one.localeCompare(other, "en", { numeric: true });
}
