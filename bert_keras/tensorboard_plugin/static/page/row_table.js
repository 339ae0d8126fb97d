// The table of all rows that a run has predicted, over the pictures: filtered, sorted, and opened from there.
import { percent } from "../records/numbers.js";
import { shortName, visible } from "../records/record.js";
import { EVERYTHING, chosenRows, countsOf, rowsOf } from "../rows/filter.js";
import { ListWindow } from "../rows/window.js";
import { element, select } from "./elements.js";
import { RowDetail } from "./row_detail.js";
import { RowMap } from "./row_map.js";

const COLUMNS = [
  ["wrong", ""],
  ["text", "Text"],
  ["true", "True"],
  ["predicted", "Predicted"],
  ["probability", "Sure"],
  ["length", "Characters"],
];
const SEVERAL = 500; // labels beyond these are found by the text search alone
const WIDE = 900; // CSS pixels from which the picture stands beside the list without being asked for

export class RowTable {
  #choice = { ...EVERYTHING };
  #rows = [];
  #list;
  #open;
  #logged = () => false;

  /**
   * @param {(row: import("../rows/filter.js").Row) => Promise<string|null>} open Opens a row; returns what to say
   *   where it cannot be opened.
   * @param {() => void} close
   * @param {(key: string) => Promise<any[][]|null>} ask Returns the nearest training rows of a row.
   * @param {() => object} theme Returns the colours.
   */
  constructor(open, close, ask, theme) {
    this.#open = open;
    this.filters = element("div", { class: "bk-row-filters" });
    this.heads = element("div", { class: "bk-line bk-line-heads", role: "row" });
    this.body = element("div", { class: "bk-row-list", role: "grid", tabindex: 0, "aria-label": "Predicted rows" });
    this.told = element("p", { class: "bk-row-told", role: "status" });
    const shut = element("button", { type: "button", class: "bk-button", onclick: close }, "Close");
    const bar = element("div", { class: "bk-row-bar" }, this.filters, shut);
    this.detail = new RowDetail((row) => this.#opened(row), ask);
    this.map = new RowMap({
      lasso: (within) => this.#change({ within }),
      choose: (row) => this.#point(row),
      theme,
      label: (name, key) => this.#toggleLabel(name, key),
    });
    const list = element("div", { class: "bk-row-side" }, this.heads, this.body, this.detail.root);
    const main = element("div", { class: "bk-row-main" }, this.map.root, list);
    this.root = element("section", { class: "bk-rows", hidden: true }, bar, main, this.told);
    this.root.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters are typed here, and open no view
      if (event.key === "Escape") close();
    });
    this.#list = new ListWindow(
      this.body,
      (row, chosen) => this.#line(row, chosen),
      (row) => this.#opened(row),
      (row) => this.#chosen(row),
    );
  }

  /**
   * Shows rows.
   * @param {{rows: any[][], cut: boolean, left_out: number, neighbours: object,
   *   planes: object[]}} sent
   * @param {(row: import("../rows/filter.js").Row) => boolean} logged Whether a row is in the log.
   */
  show(sent, logged) {
    this.#rows = rowsOf(sent.rows);
    this.#logged = logged;
    this.#choice = { ...EVERYTHING };
    const notes = [
      sent.cut ? `Only the first ${sent.rows.length} rows are here.` : "",
      sent.left_out ? `${sent.left_out} lines could not be read.` : "",
    ];
    this.notes = notes.filter(Boolean).join(" ");
    this.detail.begin(sent.neighbours);
    this.map.root.hidden = !sent.planes?.length || window.innerWidth < WIDE;
    this.map.begin(this.#rows, sent.planes);
    this.filters.replaceChildren(...this.#filters());
    this.#renew();
    this.body.focus();
  }

  #renew() {
    const rows = chosenRows(this.#rows, this.#choice);
    this.#list.show(rows);
    this.map.pass(rows);
    this.heads.replaceChildren(...COLUMNS.map(([key, title]) => this.#head(key, title)));
    const wrong = rows.filter((row) => row.wrong).length;
    const within = this.#choice.within ? " in the lasso" : "";
    const count = `${rows.length} of ${this.#rows.length} rows${within}, ${wrong} of them wrong.`;
    this.told.textContent = `${count} ${this.notes} Enter or a double click looks inside; ● marks what is logged.`;
  }

  /** Draws the picture in other colours. */
  setTheme() {
    this.map.recolour();
  }

  /** Shows the row that the cursor of the list has come to. */
  #chosen(row) {
    this.detail.show(row);
    this.map.mark(row);
  }

  /** Shows a row that was clicked in the picture, and goes to it in the list. */
  #point(row) {
    this.#list.go(row);
    this.#chosen(row);
  }

  /** Shows the rows of one label alone, or again those of all. */
  #toggleLabel(name, key) {
    const value = this.#choice[key] === name ? "" : name;
    const list = this.filters.querySelector(`select[data-name=row-${key}]`);
    if (list) list.value = value;
    this.#change({ [key]: value });
  }

  #showMap(button) {
    this.map.root.hidden = !this.map.root.hidden;
    button.setAttribute("aria-pressed", String(!this.map.root.hidden));
    this.map.redraw();
  }

  #change(patch) {
    Object.assign(this.#choice, patch);
    this.#renew();
  }

  #head(key, title) {
    const { sort, down } = this.#choice;
    const by = sort === key;
    const label = key === "wrong" ? "✗" : title;
    const attributes = {
      type: "button",
      role: "columnheader",
      "aria-sort": by ? (down ? "descending" : "ascending") : "none",
      "data-sort": key,
      title: `Sort by ${title || "wrong ones"}`,
      onclick: () => this.#change({ sort: key, down: by ? !down : ["wrong", "probability"].includes(key) }),
    };
    return element("button", attributes, by ? `${label} ${down ? "▾" : "▴"}` : label);
  }

  #filters() {
    const which = ["all", "wrong", "right"].map((value) => ({ value, label: value }));
    return [
      input("text", "Find", { type: "search", placeholder: "in the texts" }, (text) => this.#change({ text })),
      select({
        name: "row-which",
        label: "Show",
        options: which,
        value: "all",
        change: (value) => this.#change({ which: value }),
      }),
      this.#labels("true", "True"),
      this.#labels("predicted", "Predicted"),
      ...this.#range("sure", "Sure from", 100, 1),
      ...this.#range("length", "Characters from", 1, Infinity),
      this.map.has ? this.#mapButton() : null,
    ].filter(Boolean);
  }

  #mapButton() {
    const attributes = { type: "button", class: "bk-button", "data-name": "row-map", title: "The rows as points" };
    const pressed = { "aria-pressed": String(!this.map.root.hidden) };
    const made = element("button", { ...attributes, ...pressed, onclick: () => this.#showMap(made) }, "Picture");
    return made;
  }

  #labels(key, label) {
    const counts = countsOf(this.#rows, key).slice(0, SEVERAL);
    const options = counts.map(([value, count]) => ({ value, label: `${shortName(value)} (${count})`, title: value }));
    const all = { value: "", label: "any" };
    const named = options.filter(({ value }) => value !== "");
    return select({
      name: `row-${key}`,
      label,
      options: [all, ...named],
      value: "",
      change: (value) => this.#change({ [key]: value }),
    });
  }

  #range(key, label, scale, highest) {
    const set = (end, text) => {
      const bounds = [...this.#choice[key]];
      bounds[end] = text === "" || !Number.isFinite(Number(text)) ? [0, highest][end] : Number(text) / scale;
      this.#change({ [key]: bounds });
    };
    const unit = scale === 100 ? { type: "number", min: 0, max: 100 } : { type: "number", min: 0 };
    return [
      input(`${key}-from`, label, unit, (text) => set(0, text)),
      input(`${key}-to`, "to", unit, (text) => set(1, text)),
    ];
  }

  #line(row, chosen) {
    const cell = (name, text, title = text) =>
      element("span", { class: `bk-cell-${name}`, role: "gridcell", title, dir: "auto" }, text);
    const text = visible(row.pair === null ? row.text : `${row.text} │ ${row.pair}`);
    return element(
      "div",
      { class: "bk-line", role: "row", "aria-selected": String(chosen) },
      cell("wrong", row.wrong ? "✗" : "", row.wrong ? "wrong" : ""),
      cell("text", `${this.#logged(row) ? "● " : ""}${text.slice(0, 400)}`, text.slice(0, 1000)),
      cell("true", shortName(row.true, 25), row.true),
      cell("predicted", shortName(row.predicted, 25), row.predicted),
      cell("number", row.probability === null ? "" : percent(row.probability)),
      cell("number", String(row.length)),
    );
  }

  async #opened(row) {
    const problem = await this.#open(row);
    if (problem !== null) this.told.textContent = problem;
  }
}

function input(name, label, attributes, change) {
  const made = element("input", { ...attributes, "data-name": `row-${name}`, oninput: () => change(made.value) });
  return element("label", { class: "bk-field" }, element("span", {}, label), made);
}
