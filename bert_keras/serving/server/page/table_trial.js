// Tries a model on a pasted table: its rows are sent, their answers shown and saved as csv.
import { element } from "./attention/page/elements.js";
import { download } from "./attention/page/picture.js";
import { writeCsv } from "./csv.js";
import { problem } from "./outcome.js";
import { fileRows, shownColumns } from "./table_columns.js";
import { columnOf, inputsOf, looksNamed, readTable } from "./table_rows.js";
import { send } from "./table_sending.js";
import { inputLabel } from "./task.js";

const SHOWN = 1000; // rows of results; the file has all

/** What was pasted: it stays when another model is chosen. */
let draft = "";

export class TableTrial {
  /**
   * @param {{name: string, version: string}} model
   * @param {import("./task.js").Task} task
   */
  constructor(model, task) {
    this.#model = model;
    this.#task = task;
    this.#build();
    this.root = element("div", {}, this.form, this.results);
    this.#pasted();
  }

  #model;
  #task;
  #table = { names: [], rows: [] };
  #ending = null;

  #build() {
    const single = this.#task.inputs.length === 1;
    this.box = element("textarea", { id: "table", rows: 10, dir: "auto", oninput: () => this.#pasted() });
    this.box.value = draft;
    this.box.placeholder = single ? "text\nA charming journey.\n" : `${this.#task.inputs.join(",")}\n`;
    const option = (value, words) => element("option", { value }, words);
    this.kind = element(
      "select",
      { id: "table-form", onchange: () => this.#read() },
      ...(single ? [option("lines", "One text per line")] : []),
      option("csv", "csv (comma, semicolon or tab)"),
    );
    this.named = element("input", { type: "checkbox", id: "table-named", onchange: () => this.#read() });
    this.columns = element("div", { class: "row" });
    this.count = element("span", { class: "hint", role: "status" });
    this.start = element("button", { type: "submit", class: "primary" }, "Predict all");
    this.stop = element("button", { type: "button", hidden: true, onclick: () => this.#ending?.abort() }, "Stop");
    this.named.parts = element("label", { class: "check" }, this.named, "The first row has the names of the columns");
    this.form = element(
      "form",
      { class: "form", onsubmit: (event) => (event.preventDefault(), this.#send()) },
      element("div", { class: "field" }, element("label", { for: "table" }, "Texts, or a table"), this.box),
      element("div", { class: "row" }, element("label", {}, "Read as ", this.kind), this.named.parts),
      this.columns,
      element("div", { class: "actions" }, this.start, this.stop, this.count),
    );
    this.results = element("section", { class: "results", "aria-label": "Results" });
  }

  /** Guesses what was pasted. */
  #pasted() {
    draft = this.box.value;
    const named = looksNamed(this.box.value, this.#task.inputs);
    if (named) this.kind.value = "csv";
    this.named.checked = named;
    this.#read();
  }

  /** Reads the table, and shows how many rows it has and which columns are taken. */
  #read() {
    const csv = this.kind.value === "csv";
    this.named.parts.hidden = !csv;
    this.start.disabled = true;
    try {
      this.#table = readTable(this.box.value, this.kind.value, csv && this.named.checked);
    } catch (error) {
      this.count.textContent = error.message;
      this.columns.replaceChildren();
      return;
    }
    const { names, rows } = this.#table;
    this.columns.replaceChildren(...(csv && names.length ? this.#selects() : []));
    const narrow = csv && rows.length > 0 && names.length < this.#task.inputs.length;
    this.count.textContent = narrow
      ? `The table has ${names.length} column, and the model takes ${this.#task.inputs.join(" and ")}.`
      : `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
    this.start.disabled = !rows.length || narrow;
  }

  #selects() {
    return this.#task.inputs.map((input, place) => {
      const chosen = columnOf(this.#table, input, place);
      const options = this.#table.names.map((name, value) =>
        element("option", { value, selected: value === chosen }, name),
      );
      return element("label", {}, `${inputLabel(input)} from `, element("select", { name: input }, ...options));
    });
  }

  async #send() {
    if (this.#ending || this.start.disabled) return;
    const { inputs } = this.#task;
    const selects = [...this.columns.querySelectorAll("select")];
    const columns = inputs.map((_, place) => (selects.length ? Number(selects[place].value) : place));
    const rows = inputsOf(this.#table, inputs, columns);
    const shown = new ResultTable(this.#model, this.#task, rows);
    this.results.replaceChildren(shown.root);
    this.#ending = new AbortController();
    this.stop.hidden = false;
    this.start.disabled = true;
    try {
      await send(this.#model, rows, (results) => shown.add(results), this.#ending.signal);
      shown.end("");
    } catch (error) {
      shown.end(error.name === "AbortError" ? "Stopped." : error.message);
    } finally {
      this.#ending = null;
      this.stop.hidden = true;
      this.start.disabled = false;
    }
  }
}

/** The results of a table as they arrive. */
class ResultTable {
  constructor(model, task, rows) {
    this.#model = model;
    this.#task = task;
    this.#rows = rows;
    this.#columns = shownColumns(task);
    this.progress = element("progress", { max: rows.length, value: 0, "aria-label": "Rows that were sent" });
    this.told = element("span", { role: "status" });
    this.save = element("button", { type: "button", hidden: true, onclick: () => this.#save() }, "Download csv");
    const names = [...task.inputs.map(inputLabel), ...this.#columns.map(([name]) => name)];
    const head = names.map((name) => element("th", { scope: "col" }, name));
    this.body = element("tbody");
    const table = element(
      "table",
      {},
      element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "number" }, "#"), ...head)),
    );
    table.append(this.body);
    this.root = element(
      "div",
      {},
      element("div", { class: "actions" }, this.progress, this.told, this.save),
      element("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Table of results" }, table),
    );
  }

  #model;
  #task;
  #rows;
  #columns;
  #results = [];

  /** Adds the results of the next rows. */
  add(results) {
    for (const result of results) {
      const place = this.#results.push(result) - 1;
      if (place < SHOWN) this.body.append(this.#line(result, place));
    }
    this.progress.value = this.#results.length;
    this.told.textContent = `${this.#results.length} of ${this.#rows.length} rows`;
  }

  /** Says how it ended, and offers the file. */
  end(why) {
    const failed = this.#results.filter(({ error }) => error).length;
    const parts = [
      `${this.#results.length} of ${this.#rows.length} rows`,
      failed ? `${failed} with an error` : "",
      this.#results.length > SHOWN ? `the first ${SHOWN} are shown, the file has all` : "",
    ];
    this.told.textContent = parts.filter(Boolean).join(", ");
    this.progress.hidden = true;
    this.save.hidden = !this.#results.length;
    if (why) this.told.after(problem(new Error(why)));
  }

  #line({ answer, error }, place) {
    const texts = this.#task.inputs.map((name) => {
      const text = this.#rows[place][name];
      return element("td", { class: "text", dir: "auto", title: text.slice(0, 1000) }, text.slice(0, 300));
    });
    const values = error
      ? [element("td", { class: "problem", colspan: this.#columns.length }, error)]
      : this.#columns.map(([, value]) => element("td", { dir: "auto" }, value(answer)));
    return element("tr", {}, element("td", { class: "number" }, String(place + 1)), ...texts, ...values);
  }

  #save() {
    const written = writeCsv(fileRows(this.#task, this.#rows, this.#results));
    const name = this.#model.name.replace(/[^\p{L}\p{N}._-]+/gu, "_");
    download(new Blob([written], { type: "text/csv;charset=utf-8" }), `${name}-answers.csv`);
  }
}
