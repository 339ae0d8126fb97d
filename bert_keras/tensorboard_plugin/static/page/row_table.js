// The table of all rows that a run has predicted, over the pictures: filtered, sorted, and opened from there.
import { percent } from "../records/numbers.js";
import { shortName, visible } from "../records/record.js";
import { EVERYTHING, chosenRows, countsOf, rowsOf } from "../rows/filter.js";
import { ListWindow } from "../rows/window.js";
import { element, select } from "./elements.js";

const COLUMNS = [
  ["wrong", ""],
  ["text", "Text"],
  ["true", "True"],
  ["predicted", "Predicted"],
  ["probability", "Sure"],
  ["length", "Characters"],
];
const SEVERAL = 500; // labels beyond these are found by the text search alone

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
   */
  constructor(open, close) {
    this.#open = open;
    this.filters = element("div", { class: "bk-row-filters" });
    this.heads = element("div", { class: "bk-line bk-line-heads", role: "row" });
    this.body = element("div", { class: "bk-row-list", role: "grid", tabindex: 0, "aria-label": "Predicted rows" });
    this.told = element("p", { class: "bk-row-told", role: "status" });
    const shut = element("button", { type: "button", class: "bk-button", onclick: close }, "Close");
    const bar = element("div", { class: "bk-row-bar" }, this.filters, shut);
    this.root = element("section", { class: "bk-rows", hidden: true }, bar, this.heads, this.body, this.told);
    this.root.addEventListener("keydown", (event) => {
      event.stopPropagation(); // letters are typed here, and open no view
      if (event.key === "Escape") close();
    });
    this.#list = new ListWindow(
      this.body,
      (row, chosen) => this.#line(row, chosen),
      (row) => this.#opened(row),
    );
  }

  /**
   * Shows rows.
   * @param {{rows: any[][], cut: boolean, left_out: number}} sent
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
    this.filters.replaceChildren(...this.#filters());
    this.#renew();
    this.body.focus();
  }

  #renew() {
    const rows = chosenRows(this.#rows, this.#choice);
    this.#list.show(rows);
    this.heads.replaceChildren(...COLUMNS.map(([key, title]) => this.#head(key, title)));
    const wrong = rows.filter((row) => row.wrong).length;
    const count = `${rows.length} of ${this.#rows.length} rows, ${wrong} of them wrong.`;
    this.told.textContent = `${count} ${this.notes} Enter or a click looks inside; ● marks what is logged.`;
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
    ];
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
