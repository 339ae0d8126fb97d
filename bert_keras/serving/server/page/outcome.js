// What the server answered to a trial, or an error in words; spoken by screen readers.
import { element } from "./attention/page/elements.js";

export class Outcome {
  #shown;
  #spoken; // the headline alone: an answer can be a whole document

  constructor() {
    this.#shown = element("div", {});
    this.#spoken = element("div", { class: "spoken", "aria-live": "polite" });
    this.root = element("section", { class: "outcome", "aria-label": "Answer" }, this.#spoken, this.#shown);
  }

  /**
   * Shows what `ask` returns, or its error.
   * @param {() => Promise<Node[]>} ask
   */
  async show(ask) {
    this.root.setAttribute("aria-busy", "true");
    const slow = setTimeout(
      () => this.#shown.replaceChildren(element("p", { class: "hint" }, "The model runs …")),
      400,
    );
    try {
      const nodes = await ask();
      this.#shown.replaceChildren(...nodes);
    } catch (error) {
      this.#shown.replaceChildren(problem(error));
    } finally {
      clearTimeout(slow);
      this.#spoken.textContent = this.#shown.querySelector(".headline")?.textContent ?? "";
      this.root.removeAttribute("aria-busy");
    }
  }
}

/** Returns an error as a paragraph. */
export function problem(error) {
  return element("p", { class: "problem", role: "alert" }, error.message || String(error));
}
