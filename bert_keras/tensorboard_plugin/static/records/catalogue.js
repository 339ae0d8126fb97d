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

  /** Returns the run, text and step asked for; where one does not exist, the first run, first text or last step. */
  found({ run, tag, step }) {
    const foundRun = this.runs.includes(run) ? run : this.runs[0];
    const tags = this.tags(foundRun);
    const foundTag = tags.includes(tag) ? tag : tags[0];
    const steps = this.steps(foundRun, foundTag);
    return { run: foundRun, tag: foundTag, step: steps.includes(step) ? step : steps.at(-1) };
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
