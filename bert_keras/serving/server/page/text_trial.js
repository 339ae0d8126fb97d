// Tries a classifier: a text or a pair, the probabilities of all labels, and why.
import { element } from "./attention/page/elements.js";
import { entitiesOf, labelText, labelsOf, percent } from "./answers.js";
import { cut } from "./code_points.js";
import { Explanation, howToExport } from "./explanation.js";
import { LiveWords } from "./live_words.js";
import { Form } from "./form.js";
import { Outcome } from "./outcome.js";
import { predict } from "./server.js";

const EXPLAINED = ["single_label", "multi_label", "regression"];

export class TextTrial {
  /**
   * @param {{name: string, version: string}} model
   * @param {import("./task.js").Task} task
   */
  constructor(model, task) {
    this.#model = model;
    this.#task = task;
    this.#outcome = new Outcome();
    this.#why = element("section", { class: "why", "aria-label": "Explanation" });
    this.#words = EXPLAINED.includes(task.kind) && task.explain ? new LiveWords(model, task) : null;
    const form = new Form(task.inputs, "Predict", (row) => this.#predict(row), true);
    const words = this.#words ? [this.#words.root] : [];
    this.root = element("div", {}, form.root, this.#outcome.root, ...words, this.#why);
  }

  #model;
  #task;
  #outcome;
  #why;
  #words;

  async #predict(row) {
    this.#why.replaceChildren();
    await this.#outcome.show(async () => {
      const [answer] = await predict(this.#model, "serving_default", [row]);
      this.#why.replaceChildren(...this.#explanation(row));
      this.#words?.follow(row);
      return shown(answer, this.#task.kind, row.text);
    });
  }

  #explanation(row) {
    if (!EXPLAINED.includes(this.#task.kind)) return [];
    if (!this.#task.explain) return [howToExport(this.#model.name)];
    return [new Explanation(this.#model, this.#task, row).root];
  }
}

function shown(answer, kind, text) {
  if (kind === "entities") return [headline(String(answer.count), "entities"), marked(answer, text)];
  if (kind === "regression") return [headline(String(answer.score), "score")];
  if (kind === "other") return [element("pre", { tabindex: 0 }, JSON.stringify(answer, null, 1))];
  const labels = labelsOf(answer);
  const only = kind === "single_label" ? percent(answer.probability) : "";
  const none = labels.some(({ chosen }) => chosen) ? "" : "no probability reaches 50 %";
  return [headline(labelText(answer), only || none), bars(labels)];
}

/** Returns a text with its entities marked; they are cut off from the last on, so that places before them stay. */
function marked(answer, text) {
  const parts = [];
  let rest = text;
  for (const { label: type, start, end, score } of entitiesOf(answer).reverse()) {
    const [before, inside, behind] = cut(rest, start, end);
    const label = element("small", {}, ` ${type} ${percent(score)}`);
    parts.unshift(element("mark", {}, inside, label), behind);
    rest = before;
  }
  return element("p", { class: "document", dir: "auto" }, rest, ...parts);
}

function headline(words, beside) {
  return element("p", { class: "headline" }, element("b", { dir: "auto" }, words), " ", element("span", {}, beside));
}

/** Returns the probabilities of labels as bars. */
function bars(labels) {
  return element("ul", { class: "bars", "aria-label": "Probabilities of all labels" }, ...labels.map(bar));
}

function bar({ name, probability, chosen }) {
  const fill = element("span", { class: "fill" });
  fill.style.width = `${100 * Math.max(0, Math.min(1, probability))}%`;
  return element(
    "li",
    { class: chosen ? "chosen" : null },
    element("span", { class: "name", dir: "auto", title: name }, name),
    element("span", { class: "track", "aria-hidden": "true" }, fill),
    element("span", { class: "number" }, percent(probability)),
  );
}
