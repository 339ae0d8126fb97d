// The grid view: all heads of all layers in one picture, each with its attention and the colour of a measure.
import { UNIT_CONTROLS, axesOf, filterControls } from "../../drawing/axes.js";
import { drawLegend } from "../../drawing/legend.js";
import { remembered } from "../../drawing/remembered.js";
import { css, inkOn } from "../../drawing/theme.js";
import { zoomOfKey, zoomOfWheel } from "../../drawing/zoom.js";
import {
  headNumbers,
  measureText,
  measuresOf,
  scaleColour,
  shownHeads,
} from "../../records/head_measures.js";
import { HEADER, cellAt, gridLayout, neighbour } from "./layout.js";
import { strongestOf, thumbnail } from "./thumbnails.js";

const MOST_ZOOM = 4;

export const view = {
  id: "grid",
  title: "Grid",
  about: "Each head's attention as a small picture, framed in the colour of the chosen number. Click to open one.",
  applies: () => true,
  layers: (state, record) => Array.from({ length: record.layers }, (_, layer) => layer),
  controls,
  extent,
  draw,
  hit,
  describe,
  click,
  key,
  focus,
  anchor,
  wheel: (scene, event) => zoomOfWheel(scene, event, MOST_ZOOM),
};

function controls(state, record) {
  const options = measuresOf(record).map(({ value, label, about }) => ({ value, label, title: about }));
  const order = [
    { value: "model", label: "Layer" },
    { value: "value", label: "Value" },
  ];
  return [
    { kind: "select", name: "measure", label: "Colour by", options },
    {
      kind: "buttons",
      name: "sort",
      label: "Order by",
      options: order,
      title: "By layer and head, or the highest value first",
    },
    ...filterControls(record),
    ...UNIT_CONTROLS,
  ];
}

/** Returns what the view draws of a scene: axes, measure, values, layout and scale. */
const picture = remembered((scene) => {
  const heads = shownHeads(scene);
  const layout = gridLayout(
    scene.size,
    heads.values,
    scene.state.sort === "value",
    Math.max(1, Math.min(scene.state.zoom, MOST_ZOOM)),
  );
  return { axes: axesOf(scene), layout, ...heads };
});


function extent(scene) {
  const { layout } = picture(scene);
  return { width: layout.contentWidth, height: layout.contentHeight };
}

function draw(painter, scene) {
  const shown = picture(scene);
  const { layout } = shown;
  const { viewport } = scene;
  for (const cell of layout.cells) {
    const seen =
      cell.x + layout.width > viewport.x &&
      cell.x < viewport.x + viewport.width &&
      cell.y + layout.height > viewport.y &&
      cell.y < viewport.y + viewport.height;
    if (seen) drawCell(painter, scene, shown, cell);
  }
  drawMark(painter, scene, layout);
  if (!layout.ranked) drawAxes(painter, scene, layout);
  drawHeader(painter, scene, shown);
}

function drawCell(painter, scene, { axes, layout, values, scale, measure }, cell) {
  const { theme } = scene;
  const value = values[cell.layer][cell.head];
  const colour = scaleColour(theme, scale, value);
  painter.rect(cell.x, cell.y, layout.width, layout.height, { fill: css(colour), stroke: theme.grid });
  const weights = scene.weights(cell.layer);
  const { thumb, border, caption } = layout;
  const left = caption === "right" ? cell.x + border : cell.x + (layout.width - thumb) / 2;
  const pixels = weights && thumbnail(weights, cell.head, axes, theme, scene.signed, strongestBeside(scene, cell));
  if (pixels) painter.image(pixels, left, cell.y + border, thumb, thumb);
  painter.rect(left, cell.y + border, thumb, thumb, {
    stroke: theme.grid,
    ...(pixels ? {} : { fill: theme.surface, alpha: 0.25 }),
  });
  if (caption === "none") return;
  const ink = inkOn(colour);
  const tiny = value !== 0 && Math.abs(value) < 0.0005 * scale.high;
  const number = !measure ? "" : tiny ? "≈ 0" : plainText(measure, value);
  const name = headName(cell);
  if (caption === "below") {
    const y = cell.y + layout.height - 9;
    const label = layout.ranked ? `${name}  ${number}` : number;
    painter.text(label, cell.x + layout.width / 2, y, { fill: ink, size: 11, align: "center" });
    return;
  }
  const middle = (left + thumb + cell.x + layout.width) / 2;
  const y = cell.y + layout.height / 2;
  if (layout.ranked) painter.text(name, middle, y - 8, { fill: ink, size: 12, weight: 600, align: "center" });
  painter.text(number, middle, y + (layout.ranked ? 8 : 0), { fill: ink, size: 11, align: "center" });
}

/** Returns the strongest weight of the same head in the other pane, 0 for none. */
function strongestBeside({ beside }, { layer, head }) {
  const weights = beside && layer < beside.record.layers && head < beside.record.heads ? beside.weights(layer) : null;
  return weights ? strongestOf(weights, head, axesOf(beside)) : 0;
}

/** Draws a frame around the head under the pointer or the keyboard's cursor. */
function drawMark(painter, scene, layout) {
  const marked = cursor(scene, layout);
  if (!marked || !scene.hover) return;
  const { x, y } = marked;
  painter.rect(x - 1.5, y - 1.5, layout.width + 3, layout.height + 3, { stroke: scene.theme.background, lineWidth: 5 });
  painter.rect(x - 1.5, y - 1.5, layout.width + 3, layout.height + 3, { stroke: scene.theme.ink, lineWidth: 2.5 });
}

/** Draws the labels of layers and heads, which stay visible when scrolling. */
function drawAxes(painter, scene, layout) {
  const { theme, viewport, record } = scene;
  const left = viewport.x;
  const top = viewport.y + HEADER;
  painter.rect(left, viewport.y, layout.left - 4, viewport.height, { fill: theme.background });
  painter.rect(left, viewport.y, viewport.width, HEADER + 20, { fill: theme.background });
  const style = (chosen) => ({ fill: chosen ? theme.ink : theme.muted, size: 12, weight: chosen ? 600 : 400 });
  for (let head = 0; head < record.heads; head++) {
    const x = layout.cells[head].x + layout.width / 2;
    if (x < left + layout.left) continue;
    painter.text(headLabel(head, layout), x, top + 10, { ...style(scene.hover?.head === head), align: "center" });
  }
  painter.clip(left, top + 20, layout.left, Math.max(viewport.height - HEADER - 20, 0), () => {
    for (let layer = 0; layer < record.layers; layer++) {
      const y = layout.cells[layer * record.heads].y + layout.height / 2;
      painter.text(`Layer ${layer}`, left + layout.left - 10, y, {
        ...style(scene.hover?.layer === layer),
        align: "right",
      });
    }
  });
}

function headLabel(head, layout) {
  return layout.width >= 60 ? `Head ${head}` : String(head);
}

function drawHeader(painter, scene, { measure, scale, layout }) {
  const { theme, viewport } = scene;
  painter.rect(viewport.x, viewport.y, viewport.width, HEADER - 6, { fill: theme.background });
  if (!measure) {
    const none = "This record holds no numbers of heads.";
    painter.text(none, viewport.x + 12, viewport.y + 20, { fill: theme.muted, size: 13 });
    return;
  }
  const end = drawLegend(painter, theme, {
    x: viewport.x + 12,
    y: viewport.y + 20,
    width: 160,
    title: scale.signed ? `${measure.label}, difference` : measure.label,
    low: plainText(measure, scale.low),
    high: measureText(measure, scale.high),
    colour: (part) => scaleColour(theme, scale, scale.low + part * (scale.high - scale.low)),
  });
  const meaning = scale.signed ? "Blue: more than in what is subtracted; orange: less" : measure.about;
  const about = `${meaning}.${layout.ranked ? " Highest first." : ""}`;
  if (viewport.width - (end - viewport.x) > painter.measure(about, { size: 12 }) + 24) {
    painter.text(about, end + 18, viewport.y + 20, { fill: theme.muted, size: 12 });
  }
}

/** Writes a value without its unit, which the legend shows. */
function plainText(measure, value) {
  return measureText({ ...measure, unit: "" }, value);
}

function headName({ layer, head }) {
  return `${layer}.${head}`;
}

function hit(scene, x, y) {
  const { layout } = picture(scene);
  const overHeader =
    y - scene.viewport.y < layout.top - 4 || (!layout.ranked && x - scene.viewport.x < layout.left - 4);
  const cell = overHeader ? null : cellAt(layout, x, y);
  return cell && { layer: cell.layer, head: cell.head };
}

function describe(scene, { layer, head }) {
  const numbers = `Layer ${layer}, head ${head}\n${headNumbers(scene.record, layer, head)}`;
  const { measure, values, scale } = picture(scene);
  if (!scale.signed || !measure) return numbers;
  const more = values[layer][head];
  return `${numbers}\n${measure.label.toLowerCase()}, difference: ${more > 0 ? "+" : ""}${measureText(measure, more)}`;
}

function click(scene, thing, event) {
  if (!thing) return null;
  if (event?.shiftKey) return { view: "matrix", layer: thing.layer, head: thing.head };
  return { view: "heads", layer: thing.layer, heads: [thing.head] };
}

function cursor(scene, layout) {
  const at = scene.hover ?? { layer: scene.state.layer, head: Math.max(scene.state.head, 0) };
  return layout.cells.find((cell) => cell.layer === at.layer && cell.head === at.head) ?? layout.cells[0];
}

function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const zoom = zoomOfKey(scene, event, MOST_ZOOM);
  if (zoom) return zoom;
  const { layout } = picture(scene);
  const at = cursor(scene, layout);
  if (event.key === "Enter") return click(scene, at, event);
  const next = scene.hover ? neighbour(layout, at, event.key) : neighbour(layout, at, event.key) && at;
  return next && { hover: { layer: next.layer, head: next.head } };
}

/** Returns the box to scroll to: the keyboard's cell with its labels. */
function focus(scene) {
  if (!scene.hover) return null;
  const { layout } = picture(scene);
  const { x, y } = cursor(scene, layout);
  return {
    x: x - layout.left,
    y: y - layout.top,
    width: layout.width + layout.left,
    height: layout.height + layout.top,
  };
}

/** Returns the middle of a cell, which stays under the pointer when zooming. */
function anchor(scene, thing) {
  const { layout } = picture(scene);
  const cell = layout.cells.find(({ layer, head }) => layer === thing.layer && head === thing.head);
  return cell && { x: cell.x + layout.width / 2, y: cell.y + layout.height / 2 };
}
