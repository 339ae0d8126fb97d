// Why a classifier answers so: asks the signature `explain`, and has the views of the Attention tab draw it.
import { element } from "./attention/page/elements.js";
import { pointCount } from "./code_points.js";
import { recordOf } from "./explain_record.js";
import { Outcome } from "./outcome.js";
import { predict } from "./server.js";

const LARGE = 30e6; // bytes of an answer, from which on the button says how large it is
const BYTES = 11; // of a weight in JSON
const CODE_POINTS = 4; // of a token, about
const MOST_TOKENS = 512;
const KEPT = 8; // explanations that can be compared

/** The records of this visit, the newest last, so that one text can be compared with another. */
const records = [];

export class Explanation {
  /**
   * @param {{name: string, version: string}} model
   * @param {import("./task.js").Task} task
   * @param {object} row The texts by input.
   */
  constructor(model, task, row) {
    this.#model = model;
    this.#task = task;
    this.#row = row;
    this.#outcome = new Outcome();
    this.button = element("button", { type: "button", onclick: () => this.#explain() }, "Explain");
    const size = answerBytes(task.explain, Object.values(row));
    const warning = size > LARGE ? ` About ${Math.round(size / 1e6)} MB of weights: this takes a while.` : "";
    const about = `Which words made this answer, and where the model looks.${warning}`;
    this.root = element(
      "div",
      {},
      element("div", { class: "actions" }, this.button, element("span", { class: "hint" }, about)),
      this.#outcome.root,
    );
  }

  #model;
  #task;
  #row;
  #outcome;

  async #explain() {
    if (this.#outcome.root.hasAttribute("aria-busy")) return;
    await this.#outcome.show(async () => {
      const [answer] = await predict(this.#model, "explain", [this.#row]);
      const record = recordOf(this.#model, this.#task, this.#row, answer);
      records.push(record);
      records.splice(0, records.length - KEPT);
      return [frameOf(record)];
    });
  }
}

/** Returns the frame in which the views draw a record; `explained.js` finds the records on the element. */
function frameOf(record) {
  const frame = element("iframe", { class: "explained", title: "The explanation", src: "ui/explained.html" });
  frame.explained = { records: [...records], shown: record };
  return frame;
}

/** Returns about how many bytes an explanation has. */
export function answerBytes({ layers, heads }, texts) {
  const points = texts.reduce((sum, text) => sum + pointCount(text), 0);
  return layers * heads * Math.min(MOST_TOKENS, points / CODE_POINTS) ** 2 * BYTES;
}

/** Returns how to get the signature that an export lacks. */
export function howToExport(name) {
  const command = `bert-keras export --model MODEL --name ${name} --signatures strings,token_ids,explain`;
  return element(
    "div",
    { class: "hint" },
    element("p", {}, "This export has no signature that explains its answers. Export the model again with it:"),
    element("pre", { tabindex: 0 }, command),
  );
}
