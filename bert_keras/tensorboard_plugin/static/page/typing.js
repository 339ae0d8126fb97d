// The text box: what is typed is looked at at once by the model that this TensorBoard holds.
import { element } from "./elements.js";

const QUICK = 120; // milliseconds without a key until the quick look
const WHOLE = 900; // until the look at all that can be computed
const NAMES = { text: ["Text"], pair: ["A", "B"], question: ["Question", "Context"] };

export class Typing {
  #model;
  #asked = null;
  #timer = 0;
  #running = false;
  #takes = null;

  /** @param {{predict: (asked: object) => Promise<string>, look: (asked: object) => Promise<void>}} model */
  constructor(model) {
    this.#model = model;
    this.root = element("div", { class: "bk-typing", hidden: true });
    this.told = element("span", { class: "bk-word", role: "status" });
    this.root.addEventListener("keydown", (event) => event.stopPropagation()); // letters open no view here
  }

  /**
   * Shows the box for what a model takes, with the text that is shown; what is being typed stays.
   * @param {string|null} takes "text", "pair" or "question"; null where there is no model.
   * @param {object} header The header of the record that is shown.
   */
  update(takes, header) {
    this.root.hidden = takes === null;
    if (takes === null) return;
    if (takes !== this.#takes) this.#make(takes);
    if (this.root.contains(document.activeElement)) return;
    this.boxes.forEach((box, place) => (box.value = (place ? header.second : header.first) ?? ""));
  }

  #make(takes) {
    this.#takes = takes;
    const listeners = { oninput: () => this.#changed() };
    this.boxes = NAMES[takes].map((name, place) =>
      element("textarea", { rows: 1, dir: "auto", "data-name": `typed-${place}`, "aria-label": name, ...listeners }),
    );
    this.without = element("input", {
      type: "text",
      "data-name": "typed-without",
      placeholder: "3.5, 2.1",
      title: "Heads that are switched off, as layer.head, numbered from 0",
      ...listeners,
    });
    const fields = this.boxes.map((box, place) => labelled(NAMES[takes][place], box, "bk-typed"));
    const off = labelled("Heads off", this.without, "bk-off");
    this.root.replaceChildren(element("b", {}, "Type"), ...fields, off, this.told);
  }

  #changed() {
    const [first, second = null] = this.boxes.map((box) => box.value);
    const without = heads(this.without.value);
    if (without === null) {
      this.told.textContent = "heads are layer.head, as in 3.5, 2.1";
      return;
    }
    this.#asked = { first, second, without };
    this.#later(QUICK, false);
  }

  #later(pause, whole) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(whole), pause);
  }

  /** Asks for the label, then for the words; one text is waited for, so that the model has one at a time. */
  async #run(whole) {
    if (this.#running) return this.#later(QUICK, whole);
    const asked = this.#asked;
    const started = performance.now();
    this.#running = true;
    try {
      if (!whole) {
        const said = await this.#model.predict(asked);
        this.told.textContent = `${said} (${Math.round(performance.now() - started)} ms)`;
      }
      if (asked === this.#asked) await this.#model.look({ ...asked, what: whole ? "whole" : "quick" });
      this.root.dataset.looks = Number(this.root.dataset.looks ?? 0) + 1;
    } catch (error) {
      this.told.textContent = error.message;
      whole = true;
    } finally {
      this.#running = false;
    }
    if (!whole && asked === this.#asked) this.#later(WHOLE, true);
  }
}

function labelled(name, control, kind) {
  return element("label", { class: `bk-field ${kind}` }, element("span", {}, name), control);
}

/** Returns heads as [layer, head]; null for what is not written layer.head. */
function heads(text) {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  const found = parts.map((part) => /^(\d{1,4})\.(\d{1,4})$/.exec(part));
  return found.every(Boolean) ? found.map(([, layer, head]) => [Number(layer), Number(head)]) : null;
}
