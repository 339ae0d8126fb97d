// The matrix view: the attention of one head, or the mean or the largest of all heads, as a heat map.
import { UNIT_CONTROLS, axesOf, filterControls, numberOptions } from "../../drawing/axes.js";
import { drawLegend } from "../../drawing/legend.js";
import { inkOn } from "../../drawing/theme.js";
import { weightColours } from "../../drawing/weight_colours.js";
import { zoomOfKey, zoomOfWheel } from "../../drawing/zoom.js";
import { shortNumber, weightText } from "../../records/numbers.js";
import { HEADER, MOST_ZOOM, cellAt, inSight, matrixLayout, neighbour, panelLeft } from "./layout.js";
import { drawPanel } from "./panel.js";
import { LARGEST, MEAN, furthest, matrixPixels, strongestHead, valuesOf } from "./values.js";

const SPACING = 12; // the least distance of two labels in pixels

export const view = {
  id: "matrix",
  title: "Matrix",
  about:
    "How much each token (a row) attends to each token (a column), as a heat map; over all columns, a row sums to one.",
  applies: () => true,
  layers: (state) => [state.layer],
  controls,
  extent: (scene) => {
    const { contentWidth, contentHeight } = matrixLayout(scene);
    return { width: contentWidth, height: contentHeight };
  },
  draw,
  hit,
  describe,
  click: (scene, thing) => (thing ? { token: scene.state.token === thing.from ? null : thing.from } : null),
  key,
  focus,
  anchor,
  wheel: (scene, event) => zoomOfWheel(scene, event, MOST_ZOOM),
};

function controls(state, record) {
  const all = [
    { value: MEAN, label: "mean of all" },
    { value: LARGEST, label: "largest of all" },
  ];
  return [
    { kind: "select", name: "layer", label: "Layer", options: numberOptions(record.layers) },
    { kind: "select", name: "head", label: "Head", options: [...all, ...numberOptions(record.heads)] },
    {
      kind: "range",
      name: "zoom",
      label: "Zoom",
      min: 1,
      max: MOST_ZOOM,
      step: 0.25,
      show: (zoom) => `× ${shortNumber(zoom)}`,
      title: "Also + and −, or Ctrl and the wheel",
    },
    ...filterControls(record),
    ...UNIT_CONTROLS,
  ];
}

function draw(painter, scene) {
  const layout = matrixLayout(scene);
  const weights = scene.weights(scene.state.layer);
  if (!layout.rows.length || !layout.columns.length) return drawNothing(painter, scene);
  const most = weights ? Math.max(furthest(weights, scene.state.head, layout), furthestBeside(scene)) : 1;
  const colours = weightColours(scene.theme, scene.signed, most);
  const part = inSight(layout, scene.viewport);
  if (weights) drawCells(painter, scene, layout, weights, part, colours);
  const focus = focused(scene, layout);
  drawMarks(painter, scene, layout, focus);
  drawLabels(painter, scene, layout, part, focus);
  drawHeader(painter, scene, layout, colours, most);
  if (layout.panel && weights)
    drawPanel(painter, scene, layout, { ...focus, value: valuesOf(weights, scene.state.head), colours });
}

/** Returns the end of the scale of the other pane, 0 for none. */
function furthestBeside({ beside }) {
  const weights = beside?.weights(beside.state.layer);
  return weights ? furthest(weights, beside.state.head, axesOf(beside)) : 0;
}

function drawNothing(painter, { theme, viewport }) {
  const none = "No token is left to show: choose other texts in “From → to”, or show [CLS] and [SEP].";
  painter.text(none, viewport.x + 16, viewport.y + 28, { fill: theme.muted, size: 13 });
}

function drawCells(painter, scene, layout, weights, part, colours) {
  const { cell, left, top, rows, columns } = layout;
  const width = part.lastColumn - part.firstColumn;
  const height = part.lastRow - part.firstRow;
  if (width <= 0 || height <= 0) return;
  const pixels = matrixPixels(weights, scene.state.head, layout, part, colours);
  painter.image(pixels, left + part.firstColumn * cell, top + part.firstRow * cell, width * cell, height * cell);
  drawTextBounds(painter, scene, layout);
  painter.rect(left, top, columns.length * cell, rows.length * cell, { stroke: scene.theme.grid });
  if (cell < 36) return;
  const value = valuesOf(weights, scene.state.head);
  for (let row = part.firstRow; row < part.lastRow; row++) {
    for (let column = part.firstColumn; column < part.lastColumn; column++) {
      const weight = value(rows[row].place, columns[column].place);
      if (Math.abs(weight) < 0.005) continue;
      const at = { x: left + (column + 0.5) * cell, y: top + (row + 0.5) * cell };
      const written = weight.toFixed(2).replace("0.", ".").replace("-", "−");
      painter.text(written, at.x, at.y, { fill: inkOn(colours.of(weight)), size: 11, align: "center" });
    }
  }
}

/** Draws lines where the second text begins. */
function drawTextBounds(painter, { theme }, { rows, columns, left, top, right, bottom, cell }) {
  const style = { stroke: theme.muted, alpha: 0.8, dash: [4, 4] };
  const second = (units) => units.findIndex((unit) => unit.text === 1) * cell;
  if (second(rows) > 0) painter.line(left, top + second(rows), right, top + second(rows), style);
  if (second(columns) > 0) painter.line(left + second(columns), top, left + second(columns), bottom, style);
}

/** Returns the row and the column under the pointer, else the pinned row. */
function focused({ hover, state }, { rows, columns }) {
  const find = (units, place) => units.find((unit) => unit.place === place) ?? null;
  if (hover && hover.from !== undefined) {
    return { from: find(rows, hover.from), to: find(columns, hover.to), pinned: hover.from === state.token };
  }
  return { from: find(rows, state.token), to: null, pinned: state.token !== null };
}

function drawMarks(painter, scene, layout, { from, to }) {
  const { theme, state } = scene;
  const { left, top, right, bottom, cell } = layout;
  const band = (row) =>
    painter.rect(left, top + row * cell, right - left, cell, { stroke: theme.accent, lineWidth: 1.5 });
  const pinned = layout.rows.findIndex((unit) => unit.place === state.token);
  if (pinned >= 0) band(pinned);
  if (!from || !to) return;
  const row = layout.rows.indexOf(from);
  const column = layout.columns.indexOf(to);
  const x = left + column * cell;
  const y = top + row * cell;
  const style = { stroke: theme.accent, alpha: 0.75 };
  for (const edge of cell > 3 ? [0, cell] : [cell / 2]) {
    painter.line(left, y + edge, right, y + edge, style);
    painter.line(x + edge, top, x + edge, bottom, style);
  }
  const grown = Math.max(cell, 5);
  painter.rect(x + (cell - grown) / 2, y + (cell - grown) / 2, grown, grown, { stroke: theme.ink, lineWidth: 2 });
}

/** Draws the labels, which stay at the edges of the visible part. */
function drawLabels(painter, scene, layout, part, focus) {
  const { theme, viewport, state } = scene;
  const { cell, rows, columns } = layout;
  const left = viewport.x + layout.left;
  const top = viewport.y + layout.top;
  painter.rect(viewport.x, viewport.y, layout.left - 1, viewport.height, { fill: theme.background });
  painter.rect(viewport.x, viewport.y, viewport.width, layout.top - 1, { fill: theme.background });
  const every = Math.max(1, Math.ceil(SPACING / cell));
  const size = Math.max(9, Math.min(12, cell * every - 2));
  const style = (unit, chosen, place, chosenPlace) => {
    const near = chosenPlace >= 0 && place !== chosenPlace && Math.abs(place - chosenPlace) * cell < 13;
    if (!chosen && (place % every || near)) return null;
    if (chosen) return { fill: theme.accent, weight: 700, size: 12 };
    return { fill: unit.special ? theme.muted : theme.ink, size };
  };
  const row = rows.indexOf(focus.from);
  const column = columns.indexOf(focus.to);
  const over = viewport.y ? 0 : 8; // a label is higher than a small cell
  painter.clip(viewport.x, top - over, layout.left, viewport.height - layout.top + over, () => {
    for (let place = part.firstRow; place < part.lastRow; place++) {
      const look = style(rows[place], place === row || rows[place].place === state.token, place, row);
      const y = layout.top + (place + 0.5) * cell;
      if (look) painter.text(rows[place].label, left - 8, y, { ...look, align: "right", maxWidth: layout.left - 24 });
    }
  });
  painter.clip(left - 8, viewport.y, viewport.width - layout.left - layout.panel + 8, layout.top, () => {
    for (let place = part.firstColumn; place < part.lastColumn; place++) {
      const look = style(columns[place], place === column, place, column);
      const x = layout.left + (place + 0.5) * cell;
      if (look)
        painter.text(columns[place].label, x, top - 8, { ...look, rotate: -90, maxWidth: layout.top - HEADER - 14 });
    }
  });
}

function drawHeader(painter, scene, layout, colours, most) {
  const { theme, viewport, state } = scene;
  const y = viewport.y + 20;
  const title = `Layer ${state.layer}, ${headTitle(state.head)}`;
  const lowest = scene.signed ? -1 : 0;
  const end = drawLegend(painter, theme, {
    x: viewport.x + 12,
    y,
    width: 160,
    title,
    low: weightText(lowest * most),
    high: weightText(most),
    colour: (part) => colours.of(most * squared(lowest + part * (1 - lowest))),
  });
  const about = scene.signed ? "difference, by its square root" : "weight, by its square root";
  const room = (layout.panel ? panelLeft(layout, viewport) : viewport.x + viewport.width) - end - 20;
  if (painter.measure(about, { size: 12 }) < room) painter.text(about, end + 16, y, { fill: theme.muted, size: 12 });
  const corner = { fill: theme.muted, size: 11, maxWidth: layout.left - 16 };
  painter.text("from ↓   to →", viewport.x + 12, viewport.y + layout.top - 12, corner);
}

function squared(value) {
  return Math.sign(value) * value * value;
}

function headTitle(head) {
  if (head === MEAN) return "mean of all heads";
  return head === LARGEST ? "largest of all heads" : `head ${head}`;
}

function hit(scene, x, y) {
  const layout = matrixLayout(scene);
  const cell = cellAt(layout, scene.viewport, x, y);
  return cell && { from: layout.rows[cell.row].place, to: layout.columns[cell.column].place };
}

function describe(scene, { from, to }) {
  const { state, record } = scene;
  const units = record.allUnits(state);
  const place = (unit) => `“${unit.label}” (${record.textName(unit.text)})`;
  const title = `from ${place(units[from])} to ${place(units[to])}`;
  const weights = scene.weights(state.layer);
  if (!weights) return title;
  const value = valuesOf(weights, state.head)(from, to);
  const signed = scene.signed && value > 0 ? "+" : "";
  const head = state.head === LARGEST ? `largest: head ${strongestHead(weights, from, to)}` : headTitle(state.head);
  return `${signed}${weightText(value)} · layer ${state.layer}, ${head}\n${title}`;
}

function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const zoom = zoomOfKey(scene, event, MOST_ZOOM);
  if (zoom) return zoom;
  const layout = matrixLayout(scene);
  if (!layout.rows.length || !layout.columns.length) return null;
  const { from, to } = focused(scene, layout);
  if (event.key === "Enter") return from && { token: scene.state.token === from.place ? null : from.place };
  const start = { row: Math.max(0, layout.rows.indexOf(from)), column: Math.max(0, layout.columns.indexOf(to)) };
  const next = from && to ? neighbour(layout, start, event.key) : neighbour(layout, start, event.key) && start;
  return next && { hover: { from: layout.rows[next.row].place, to: layout.columns[next.column].place } };
}

/** Returns the box to scroll to: the keyboard's cell, with the labels and the panel around it. */
function focus(scene) {
  const layout = matrixLayout(scene);
  const { from, to } = focused(scene, layout);
  if (!from || !to) return null;
  const { cell } = layout;
  const column = layout.columns.indexOf(to);
  const row = layout.rows.indexOf(from);
  return { x: column * cell, y: row * cell, width: layout.left + layout.panel + cell, height: layout.top + cell };
}

/** Returns the middle of a cell, which stays under the pointer when zooming. */
function anchor(scene, { from, to }) {
  const { rows, columns, left, top, cell } = matrixLayout(scene);
  const column = columns.findIndex((unit) => unit.place === to);
  const row = rows.findIndex((unit) => unit.place === from);
  return { x: left + (column + 0.5) * cell, y: top + (row + 0.5) * cell };
}
