// The row at the cursor of the table: its whole text, and its nearest training rows.
import { percent } from "../records/numbers.js";
import { shortName, visible } from "../records/record.js";
import { element } from "./elements.js";

const PAUSE = 120; // milliseconds at a row until its neighbours are asked for
const HOW =
  "How alike: the cosine of the angle between the model's mean vectors of the last layer, from the mean of train";

export class RowDetail {
  #look;
  #ask;
  #about = {};
  #row = null;
  #timer = 0;
  #known = new Map();

  /**
   * @param {(row: object) => void} look Looks inside a row.
   * @param {(key: string) => Promise<any[][]|null>} ask Returns the nearest training rows of a row.
   */
  constructor(look, ask) {
    this.#look = look;
    this.#ask = ask;
    this.told = element("p", { class: "bk-near-told", role: "status" });
    this.list = element("ol", { class: "bk-near-list", tabindex: 0, "aria-label": "Nearest training rows" });
    this.text = element("p", { class: "bk-near-text", dir: "auto" });
    this.said = element("span", { class: "bk-near-said" });
    const open = element(
      "button",
      { type: "button", class: "bk-button", "data-name": "look-inside", onclick: () => this.#look(this.#row) },
      "Look inside",
    );
    const head = element("div", { class: "bk-near-head" }, this.said, open);
    this.root = element("aside", { class: "bk-near", hidden: true }, head, this.text, this.told, this.list);
  }

  /** Begins anew: `about` is what the server says of the neighbours that it has. */
  begin(about) {
    this.#about = about ?? {};
    this.#known.clear();
    this.show(null);
  }

  /** Shows a row, at once, and its neighbours, after a pause; null for none. */
  show(row) {
    if (row !== null && row === this.#row) return;
    this.#row = row;
    clearTimeout(this.#timer);
    this.root.hidden = row === null;
    if (row === null) return;
    const sure = row.probability === null ? "" : `, ${percent(row.probability)} sure`;
    this.said.textContent = `${row.true === "" ? "" : `true: ${row.true} · `}predicted: ${row.predicted}${sure}`;
    this.text.textContent = visible(row.pair === null ? row.text : `${row.text} │ ${row.pair}`);
    this.list.replaceChildren();
    this.told.title = "";
    const { compared, problem } = this.#about;
    if (compared === undefined) {
      this.told.textContent = problem ?? "bert-keras visualize --model RUN adds the nearest training rows of each row.";
    } else if (this.#known.has(row.key)) {
      this.#fill(row, this.#known.get(row.key));
    } else {
      this.told.textContent = "…";
      this.#timer = setTimeout(() => this.#fetch(row), PAUSE);
    }
  }

  async #fetch(row) {
    try {
      this.#known.set(row.key, await this.#ask(row.key));
      if (row === this.#row) this.#fill(row, this.#known.get(row.key));
    } catch (error) {
      if (row === this.#row) this.told.textContent = error.message;
    }
  }

  #fill(row, nearest) {
    const { compared, train_rows: all, searched, rows } = this.#about;
    if (nearest === null) {
      this.told.textContent = `Nearest training rows were looked for of ${searched} of ${rows} rows, wrong ones first.`;
      return;
    }
    const among = compared < all ? `${compared} of ${all} training rows (a random sample)` : `${all} training rows`;
    const counts = new Map();
    for (const [, , label] of nearest) counts.set(label, (counts.get(label) ?? 0) + 1);
    const labels = [...counts].sort((one, other) => other[1] - one[1]).map(([label, count]) => `${count} × ${label}`);
    this.told.textContent = `Nearest of ${among}: ${labels.join(", ")}. ≠ marks another label than the row's.`;
    this.told.title = HOW;
    this.list.replaceChildren(...nearest.map((each) => line(each)));
  }
}

function line([similarity, other, label, text, pair, place]) {
  const cell = (name, words, title = words) => element("span", { class: `bk-near-${name}`, title, dir: "auto" }, words);
  const both = pair === null ? text : `${text} │ ${pair}`;
  return element(
    "li",
    { class: other ? "bk-near-line bk-near-other" : "bk-near-line", title: place },
    cell("alike", similarity.toFixed(3), HOW),
    cell("mark", other ? "≠" : "", other ? "another label" : ""),
    cell("label", shortName(label, 30), label),
    cell("words", visible(both), `${both}\n${place}`),
  );
}
