// Reads and writes the state in the address, so that a link shows the same: TensorBoard's address, or the page's own.
import { tensorBoardWindow } from "../host.js";
import { decoded, encoded } from "../records/state.js";

const PLUGIN = "bert_keras_attention";
// TensorBoard's address is "#tab&key=value"; it leaves keys with this prefix to the plugin that they name.
const PREFIX = `p.${PLUGIN}.`;

export class Link {
  #host = tensorBoardWindow() ?? window;
  #inTensorBoard = this.#host !== window;

  /** Returns what the address says, as a patch of the state. */
  read() {
    const entries = {};
    for (const [key, value] of this.#pairs()) {
      if (!this.#inTensorBoard) entries[key] = value;
      else if (key.startsWith(PREFIX)) entries[key.slice(PREFIX.length)] = value;
    }
    return decoded(entries);
  }

  /** Writes the state into the address, without a new entry in the browser's history. */
  write(state) {
    if (this.#inTensorBoard && !this.#isOpen()) return;
    try {
      // The whole address, since TensorBoard sets a base address, to which "#…" alone would be resolved.
      const address = this.#host.location.href.split("#")[0] + this.#hash(state);
      this.#host.history.replaceState(this.#host.history.state, "", address);
    } catch {
      // A page without an address of its own, such as a notebook's frame, works, but cannot be linked to.
    }
  }

  /** Returns the whole address of a state; null where the page has no address. */
  address(state) {
    const { href, protocol } = this.#host.location;
    return protocol === "about:" || protocol === "data:" || protocol === "blob:"
      ? null
      : href.split("#")[0] + this.#hash(state);
  }

  /** Calls `listener(patch)` when the address of this window changes to another state. */
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

  // TensorBoard keeps this page loaded behind its other tabs, where it must not switch back to its own tab.
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
