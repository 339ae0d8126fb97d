// The form of a model's inputs: a labelled text box for each, and a button.
import { element } from "./attention/page/elements.js";
import { inputLabel } from "./task.js";

const PAUSE = 150; // milliseconds without a key
const LIVE_LENGTH = 1000; // characters up to which an answer comes while they are typed
const ROWS = { text: 3, pair: 3, question: 1, context: 12 };
const EXAMPLES = {
  text: "A charming and often affecting journey.",
  pair: "It was a pleasure to watch.",
  question: "When does the ferry leave?",
  context: "Paste a document. The ferry leaves at noon.",
};

/** The texts that were typed, by input: they stay when another model is chosen. */
const drafts = new Map();

export class Form {
  /**
   * @param {string[]} inputs
   * @param {string} action The words on the button.
   * @param {(row: object) => Promise<void>} submitted Takes the texts by input.
   * @param {boolean} live Whether a short text is submitted as it is typed, without the button.
   */
  constructor(inputs, action, submitted, live = false) {
    this.button = element("button", { type: "submit", class: "primary" }, action);
    this.fields = inputs.map((name) => field(name, () => this.#submit(), () => live && this.#typed()));
    this.root = element(
      "form",
      { class: "form", onsubmit: (event) => (event.preventDefault(), this.#submit()) },
      ...this.fields.map(({ root }) => root),
      element("div", { class: "actions" }, this.button, element("span", { class: "hint" }, "or Ctrl+Enter")),
    );
    this.#submitted = submitted;
  }

  #submitted;
  #running = false;
  #pause = 0;
  #again = false;

  /** Submits what is typed once no key has been pressed for a moment, and the answer before has come. */
  #typed() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      const texts = this.fields.map(({ box }) => box.value);
      const short = texts.every((text) => text.trim()) && texts.join("").length <= LIVE_LENGTH;
      if (this.#running) this.#typed();
      else if (short) this.#submit();
    }, PAUSE);
  }

  async #submit() {
    clearTimeout(this.#pause);
    if (this.#running) {
      this.#again = true;
      return;
    }
    const row = this.#row();
    this.#running = true;
    this.#again = false;
    this.button.setAttribute("aria-busy", "true");
    try {
      await this.#submitted(row);
    } finally {
      this.#running = false;
      this.button.removeAttribute("aria-busy");
    }
    // What was typed and sent while the answer before was awaited.
    if (this.#again && JSON.stringify(row) !== JSON.stringify(this.#row())) await this.#submit();
  }

  #row() {
    return Object.fromEntries(this.fields.map(({ name, box }) => [name, box.value]));
  }
}

function field(name, submit, typed) {
  const box = element("textarea", {
    id: `input-${name}`,
    name,
    rows: ROWS[name] ?? 3,
    dir: "auto",
    placeholder: EXAMPLES[name],
    oninput: () => {
      drafts.set(name, box.value);
      typed();
    },
    onkeydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    },
  });
  box.value = drafts.get(name) ?? "";
  return {
    name,
    box,
    root: element("div", { class: "field" }, element("label", { for: box.id }, inputLabel(name)), box),
  };
}
