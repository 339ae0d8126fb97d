// The words of a text, coloured by what each adds to the answer, while the text is typed.
import { element } from "./attention/page/elements.js";
import { cut } from "./code_points.js";
import { tokenColumns } from "./explain_record.js";
import { answerBytes } from "./explanation.js";
import { predict } from "./server.js";

const PAUSE = 350; // milliseconds at an answer until its words are asked for: they take longer than it
const LARGEST = 2e6; // bytes of an answer with its attention, up to which words come by themselves

export class LiveWords {
  #model;
  #task;
  #row = null;
  #timer = 0;
  #running = false;

  /**
   * @param {{name: string, version: string}} model
   * @param {import("./task.js").Task} task One with the signature `explain`.
   */
  constructor(model, task) {
    this.#model = model;
    this.#task = task;
    this.root = element("div", { class: "words", hidden: true });
  }

  /** Shows the words of texts that were answered, unless others are answered meanwhile. */
  follow(row) {
    this.#row = row;
    clearTimeout(this.#timer);
    if (answerBytes(this.#task.explain, Object.values(row)) > LARGEST) {
      this.root.hidden = true;
      return;
    }
    this.root.setAttribute("aria-busy", "true"); // what is shown is of the text before
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    if (this.#running) return; // the text before is waited for, so that the model has one at a time
    const row = this.#row;
    this.#running = true;
    try {
      const [answer] = await predict(this.#model, "explain", [row]);
      if (row === this.#row) this.#draw(row, answer);
    } catch {
      this.root.hidden = true; // the button says what is wrong
    } finally {
      this.#running = false;
    }
    if (row !== this.#row) await this.#ask();
  }

  #draw(row, answer) {
    const texts = this.#task.inputs.map((name, place) => coloured(row[name], wordsOf(answer, place)));
    const hint = "Blue words speak for the answer, orange ones against it (integrated gradients).";
    this.root.replaceChildren(...texts, element("p", { class: "hint" }, hint));
    this.root.hidden = false;
    this.root.removeAttribute("aria-busy");
  }
}

/**
 * Returns the words of one text with their shares of the greatest contribution, from -1 to 1.
 * @returns {{start: number, end: number, share: number}[]} `start` and `end` in code points.
 */
export function wordsOf(answer, text) {
  const count = answer.tokens.findIndex((token) => token === "");
  const columns = tokenColumns(answer, count < 0 ? answer.tokens.length : count);
  const words = new Map();
  columns.words.forEach((word, token) => {
    if (word < 0) return;
    const { start, value } = words.get(word) ?? { start: columns.starts[token], value: 0 };
    const added = { start, end: columns.ends[token], text: columns.texts[token] };
    words.set(word, { ...added, value: value + answer.attributions[token] });
  });
  const greatest = Math.max(...[...words.values()].map(({ value }) => Math.abs(value)), 1e-12);
  return [...words.values()]
    .filter((word) => word.text === text)
    .map(({ start, end, value }) => ({ start, end, share: value / greatest }));
}

function coloured(text, words) {
  const paragraph = element("p", { class: "coloured", dir: "auto" });
  let done = 0;
  for (const { start, end, share } of words) {
    if (start < done) continue;
    const [, between] = cut(text, done, start);
    const [, word] = cut(text, start, end);
    const span = element("span", { class: share < 0 ? "against" : "for", title: share.toFixed(2) }, word);
    span.style.setProperty("--share", `${Math.round(100 * Math.abs(share))}%`);
    paragraph.append(between, span);
    done = end;
  }
  paragraph.append(cut(text, 0, done)[2]);
  return paragraph;
}
