// A picture of the predicted rows as points: coloured by label, wrong ones marked, with a lasso to choose some.
import { shortName, visible } from "../records/record.js";
import { countsOf } from "../rows/filter.js";
import { encloses, fitted, nearestPlace } from "../rows/plane.js";
import { element, select } from "./elements.js";

const MARGIN = 14;
const REACH = 12; // CSS pixels from a point at which the pointer is on it
const COLOURS = { true: "true label", predicted: "predicted label" };
const LEAST = 3; // corners of a lasso; fewer are a click

export class RowMap {
  #planes = [];
  #plane = 0;
  #by = "true";
  #rows = [];
  #passing = new Set();
  #places = [];
  #colours = new Map();
  #lasso = null;
  #at = -1;
  #chosen = null;
  #frame = 0;
  #act;

  /**
   * @param {{lasso: (rows: Set<object>|null) => void, choose: (row: object) => void, theme: () => object,
   *   label: (name: string, key: string) => void}} act
   *   `lasso`: told which rows a lasso encloses, null for all; `label`: told which label of the legend is chosen.
   */
  constructor(act) {
    this.#act = act;
    this.points = element("canvas", { class: "bk-map-points", role: "img" });
    this.over = element("canvas", { class: "bk-map-over" });
    this.tooltip = element("div", { class: "bk-tooltip", hidden: true });
    this.sheet = element("div", { class: "bk-map-sheet" }, this.points, this.over);
    this.bar = element("div", { class: "bk-map-bar" });
    this.legend = element("div", { class: "bk-map-legend", role: "group", "aria-label": "Labels" });
    this.about = element("p", { class: "bk-map-about" });
    this.root = element(
      "div",
      { class: "bk-map", hidden: true },
      this.bar,
      this.sheet,
      this.legend,
      this.about,
      this.tooltip,
    );
    this.#listen();
  }

  /** Whether there are points to show. */
  get has() {
    return this.#planes.length > 0;
  }

  /**
   * Takes other rows.
   * @param {object[]} rows
   * @param {{name: string, about: string, points: (number[]|null)[]}[]} planes
   */
  begin(rows, planes) {
    this.#rows = rows;
    this.#planes = planes ?? [];
    this.#plane = 0;
    this.#by = rows.some((row) => row.true !== "") ? "true" : "predicted";
    this.#chosen = null;
    this.#at = -1;
    if (this.has) this.#renew();
  }

  /** Takes note of the rows that pass the filters: the others are pale. */
  pass(rows) {
    this.#passing = new Set(rows);
    this.redraw();
  }

  /** Marks a row, the one at the cursor of the table. */
  mark(row) {
    this.#chosen = row;
    this.#drawOver();
  }

  /** Draws again in the colours of another theme. */
  recolour() {
    if (this.has) this.#renew();
  }

  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.root.hidden && this.has) this.#draw();
    });
  }

  #renew() {
    const { series } = this.#act.theme();
    const counts = countsOf(this.#rows, this.#by).filter(([name]) => name !== "");
    this.#colours = new Map(counts.slice(0, series.length).map(([name], place) => [name, place]));
    this.bar.replaceChildren(
      select({
        name: "map-plane",
        label: "Places",
        options: this.#planes.map(({ name }, value) => ({ value, label: name })),
        value: this.#plane,
        change: (value) => this.#change(() => (this.#plane = Number(value))),
      }),
      select({
        name: "map-by",
        label: "Colour",
        options: Object.entries(COLOURS).map(([value, label]) => ({ value, label })),
        value: this.#by,
        change: (value) => this.#change(() => (this.#by = value)),
      }),
      element(
        "button",
        { type: "button", class: "bk-button", "data-name": "map-all", onclick: () => this.#act.lasso(null) },
        "No lasso",
      ),
    );
    const shown = counts.slice(0, series.length).map(([name, count]) => this.#entry(name, count));
    const others = counts.slice(series.length).reduce((sum, [, count]) => sum + count, 0);
    const grey = others ? [element("span", { class: "bk-map-entry" }, this.#dot(null), `others (${others})`)] : [];
    this.legend.replaceChildren(...shown, ...grey);
    const placed = this.#planes[this.#plane].points.filter(Boolean).length;
    const some = placed < this.#rows.length ? ` ${placed} of ${this.#rows.length} rows, wrong ones first.` : "";
    const marks = "Rings are wrong. Drag around points to list them.";
    this.about.textContent = `${this.#planes[this.#plane].name}: ${this.#planes[this.#plane].about}${some} ${marks}`;
    this.points.setAttribute("aria-label", `${placed} predicted rows in a plane; the table below lists them.`);
    this.redraw();
  }

  #change(set) {
    set();
    this.#renew();
  }

  #entry(name, count) {
    const attributes = {
      type: "button",
      class: "bk-map-entry",
      title: `${name}: show these alone, or all again`,
      onclick: () => this.#act.label(name, this.#by),
    };
    return element("button", attributes, this.#dot(name), `${shortName(name, 24)} (${count})`);
  }

  #dot(name) {
    return element("span", { class: "bk-map-dot", style: `background: ${this.#colour(name)}` });
  }

  #colour(name) {
    const theme = this.#act.theme();
    const place = this.#colours.get(name);
    return place === undefined ? theme.muted : theme.series[place];
  }

  /** Draws all points: pale ones below, then right ones, then wrong ones with their rings. */
  #draw() {
    const theme = this.#act.theme();
    const { width, height, context } = prepared(this.points);
    const { points } = this.#planes[this.#plane];
    const place = fitted(points, { width, height, margin: MARGIN });
    this.#places = points.map((point) => (point ? place(point) : null));
    const size = Math.max(2, Math.min(4, 90 / Math.sqrt(this.#rows.length || 1)));
    context.clearRect(0, 0, width, height);
    const draw = (row, alpha) => {
      const at = this.#places[row.place];
      if (!at) return;
      context.globalAlpha = alpha;
      context.fillStyle = this.#colour(row[this.#by]);
      context.beginPath();
      context.arc(at[0], at[1], size, 0, 2 * Math.PI);
      context.fill();
      if (!row.wrong || alpha < 0.5) return;
      context.globalAlpha = 1;
      context.strokeStyle = theme.ink;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(at[0], at[1], size + 2, 0, 2 * Math.PI);
      context.stroke();
    };
    for (const row of this.#rows) if (!this.#passing.has(row)) draw(row, 0.12);
    for (const row of this.#rows) if (this.#passing.has(row) && !row.wrong) draw(row, 0.8);
    for (const row of this.#rows) if (this.#passing.has(row) && row.wrong) draw(row, 1);
    this.points.dataset.drawn = Number(this.points.dataset.drawn ?? 0) + 1;
    this.#drawOver();
  }

  #drawOver() {
    if (this.root.hidden || !this.has) return;
    const theme = this.#act.theme();
    const { width, height, context } = prepared(this.over);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = theme.accent;
    context.lineWidth = 3;
    for (const place of [this.#at, this.#chosen?.place ?? -1]) {
      const at = this.#places[place];
      if (!at) continue;
      context.beginPath();
      context.arc(at[0], at[1], 9, 0, 2 * Math.PI);
      context.stroke();
    }
    if (!this.#lasso || this.#lasso.length < LEAST) return;
    context.lineWidth = 1.5;
    context.beginPath();
    this.#lasso.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
    context.stroke();
    context.globalAlpha = 0.12;
    context.fillStyle = theme.accent;
    context.fill();
  }

  #listen() {
    new ResizeObserver(() => this.redraw()).observe(this.sheet);
    const { over } = this;
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      this.#lasso = [this.#place(event)];
    });
    over.addEventListener("pointermove", (event) => this.#move(event));
    over.addEventListener("pointerup", (event) => this.#end(event));
    over.addEventListener("pointercancel", () => (this.#lasso = null));
    over.addEventListener("pointerleave", () => this.#hover(-1, null));
  }

  #place(event) {
    const box = this.over.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #move(event) {
    const at = this.#place(event);
    if (!this.#lasso) return this.#hover(this.#nearest(at), event);
    this.#lasso.push(at);
    this.tooltip.hidden = true;
    this.#drawOver();
  }

  /** Returns the index of the row whose point is nearest, of those that pass the filters. */
  #nearest(at) {
    const passing = this.#places.map((place, index) => (this.#passing.has(this.#rows[index]) ? place : null));
    return nearestPlace(passing, at, REACH);
  }

  #end(event) {
    const lasso = this.#lasso;
    this.#lasso = null;
    if (!lasso) return;
    const [x, y] = this.#place(event);
    const far = Math.max(...lasso.map((at) => Math.hypot(at[0] - x, at[1] - y)));
    if (lasso.length < LEAST || far < REACH / 2) {
      const place = this.#nearest([x, y]);
      if (place >= 0) this.#act.choose(this.#rows[place]);
      return this.#drawOver();
    }
    const inside = this.#rows.filter((row) => this.#places[row.place] && encloses(lasso, this.#places[row.place]));
    if (inside.length) this.#act.lasso(new Set(inside));
    this.#drawOver();
  }

  #hover(place, event) {
    this.#at = place;
    const row = this.#rows[place];
    this.tooltip.hidden = !row;
    if (row) {
      const text = visible(row.pair === null ? row.text : `${row.text} │ ${row.pair}`);
      const truth = row.true === "" ? "" : `true: ${row.true}\n`;
      this.tooltip.textContent = `${text.slice(0, 240)}\n${truth}predicted: ${row.predicted}`;
      const { offsetWidth, offsetHeight } = this.tooltip;
      const left = Math.min(event.clientX + 14, window.innerWidth - offsetWidth - 6);
      const top = Math.min(event.clientY + 16, window.innerHeight - offsetHeight - 6);
      this.tooltip.style.left = `${Math.max(4, left)}px`;
      this.tooltip.style.top = `${Math.max(4, top)}px`;
    }
    this.#drawOver();
  }
}

/** Sizes a canvas to its box, and returns its size in CSS pixels and its context in these. */
function prepared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.globalAlpha = 1;
  return { width, height, context };
}
