// What a view draws: a record or the difference of two, a state, a theme, and the visible part.

/**
 * @typedef {object} Subject What a pane shows.
 * @property {import("../records/record.js").AttentionRecord} record
 * @property {import("../records/store.js").Address} address
 * @property {import("../records/record.js").AttentionRecord|null} other For a difference: the one subtracted.
 * @property {import("../records/store.js").Address|null} otherAddress
 */

export class Scene {
  #store;
  #subject;

  /**
   * @param {import("../records/store.js").RecordStore} store
   * @param {Subject} subject
   * @param {import("../records/state.js").State} state
   * @param {object} theme
   * @param {object|null} hover The thing under the pointer or the keyboard's cursor.
   * @param {Scene|null} beside The scene of the other pane: both are coloured on one scale.
   */
  constructor(store, subject, state, theme, hover, beside = null) {
    this.#store = store;
    this.#subject = subject;
    this.record = subject.record;
    this.other = subject.other;
    this.signed = subject.other !== null;
    this.state = state;
    this.theme = theme;
    this.hover = hover;
    this.beside = beside;
    this.units = subject.record.units(state);
    this.size = { width: 0, height: 0 };
    this.viewport = { x: 0, y: 0, width: 0, height: 0 };
  }

  /** Returns the attention weights of a layer, by the places of tokens or words; null until they are loaded. */
  weights(layer) {
    const { record, address, otherAddress } = this.#subject;
    const { words } = this.state;
    if (this.signed) return this.#store.differenceOf(address, otherAddress, record, layer, words);
    return this.#store.weights(address, record, layer, words);
  }
}
