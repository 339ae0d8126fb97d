// A link to exactly what is shown: the state in the address, TensorBoard's own where this page stands in its frame.
import { tensorBoardWindow } from "../host.js";
import { decoded, encoded } from "../records/state.js";

const PLUGIN = "bert_keras_attention";
// TensorBoard keeps "#tab&key=value" and leaves keys with this form to the plugin that they name.
const PREFIX = `p.${PLUGIN}.`;

export class Link {
  #host = tensorBoardWindow() ?? window;
  #inTensorBoard = this.#host !== window;

  /** What the address says, as a patch of the state. */
  read() {
    const entries = {};
    for (const [key, value] of this.#pairs()) {
      if (!this.#inTensorBoard) entries[key] = value;
      else if (key.startsWith(PREFIX)) entries[key.slice(PREFIX.length)] = value;
    }
    return decoded(entries);
  }

  /** Puts the state into the address, without a new entry in the history. */
  write(state) {
    if (this.#inTensorBoard && !this.#isOpen()) return;
    try {
      // The whole address: TensorBoard gives the page a base, from which "#…" alone would lead elsewhere.
      const address = this.#host.location.href.split("#")[0] + this.#hash(state);
      this.#host.history.replaceState(this.#host.history.state, "", address);
    } catch {
      // A page without an address of its own (a notebook's frame) shows the same, but cannot be linked to.
    }
  }

  /** The whole address; null where the page has none. */
  address(state) {
    const { href, protocol } = this.#host.location;
    return protocol === "about:" || protocol === "data:" || protocol === "blob:"
      ? null
      : href.split("#")[0] + this.#hash(state);
  }

  /** Calls `listener(patch)` when somebody pastes another link into this window. */
  onChange(listener) {
    this.#host.addEventListener("hashchange", () => {
      const patch = this.read();
      if (Object.keys(patch).length) listener(patch);
    });
  }

  #hash(state) {
    const prefix = this.#inTensorBoard ? PREFIX : "";
    const ours = Object.entries(encoded(state)).map(([key, value]) => `${prefix}${key}=${encodeURIComponent(value)}`);
    if (!this.#inTensorBoard) return `#${ours.join("&")}`;
    const foreign = this.#parts()
      .slice(1)
      .filter((part) => !part.startsWith(PREFIX));
    return `#${[PLUGIN, ...foreign, ...ours].join("&")}`;
  }

  #parts() {
    return this.#host.location.hash.replace(/^#/, "").split("&");
  }

  #pairs() {
    return this.#parts()
      .filter((part) => part.includes("="))
      .map((part) => {
        const [key, ...rest] = part.split("=");
        return [key, unescaped(rest.join("="))];
      });
  }

  // Other tabs of TensorBoard keep this page alive, hidden; it must not bring itself back to the front.
  #isOpen() {
    const tab = this.#parts()[0];
    return tab === PLUGIN || tab === "";
  }
}

function unescaped(string) {
  try {
    return decodeURIComponent(string.replace(/\+/g, " "));
  } catch {
    return string;
  }
}
