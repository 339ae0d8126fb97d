// What the server answered to a trial, or an error in words; spoken by screen readers.
import { element } from "./attention/page/elements.js";

export class Outcome {
  constructor() {
    this.root = element("section", { class: "outcome", "aria-live": "polite", "aria-label": "Answer" });
  }

  /**
   * Shows what `ask` returns, or its error.
   * @param {() => Promise<Node[]>} ask
   */
  async show(ask) {
    this.root.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => this.root.replaceChildren(element("p", { class: "hint" }, "The model runs …")), 400);
    try {
      const nodes = await ask();
      this.root.replaceChildren(...nodes);
    } catch (error) {
      this.root.replaceChildren(problem(error));
    } finally {
      clearTimeout(slow);
      this.root.removeAttribute("aria-busy");
    }
  }
}

/** Returns an error as a paragraph. */
export function problem(error) {
  return element("p", { class: "problem", role: "alert" }, error.message || String(error));
}
