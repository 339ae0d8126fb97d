// The tables of the architecture view: parameters by block, of one layer, and of BERT-base and BERT-large.
import { percent } from "../../records/numbers.js";
import { fullCount, layerTotal, modelSizes, partsOf, shortCount } from "./model_sizes.js";

const TITLE = 190;
const COUNT = 132;
const PARTS = [
  "token_embedding",
  "segment_embedding",
  "position_embedding",
  "attention",
  "feed_forward",
  "pooler",
  "head",
];
const LAYER_TITLES = {
  query: ["Query", "attention"],
  key: ["Key", "attention"],
  value: ["Value", "attention"],
  attention_output: ["Attention output", "attention"],
  feed_forward_in: ["Feed-forward, in", "feed_forward"],
  feed_forward_out: ["Feed-forward, out", "feed_forward"],
  layer_norms: ["Two layer norms", "layer_norms"],
};

/**
 * Returns the colour of a part of the model.
 * @param {object} theme
 * @param {string} part
 * @returns {string}
 */
export function partColour(theme, part) {
  const place = PARTS.indexOf(part);
  return place < 0 ? theme.muted : theme.series[place];
}

/**
 * Draws all tables.
 * @param {object} painter
 * @param {object} scene
 * @param {import("./layout.js").ArchitectureLayout} layout
 */
export function drawTables(painter, scene, { items, headings, table }) {
  const { theme, record } = scene;
  const { architecture } = record.header.model;
  const { parameters } = architecture;
  const heading = { fill: theme.ink, size: 14, weight: 600, maxWidth: table.width - COUNT };
  for (const { y, text } of headings) painter.text(text, table.x, y, heading);
  const total = (text, y) =>
    painter.text(text, table.x + table.width, y, { fill: theme.ink, size: 13, weight: 600, align: "right" });
  total(fullCount(parameters.total), headings[0].y);
  total(fullCount(layerTotal(parameters.layer)), headings[1].y);
  const parts = partsOf(parameters, architecture.num_layers);
  const most = Math.max(...parts.map((part) => part.parameters));
  const sizes = modelSizes(architecture);
  const scale = Math.max(...sizes.map((size) => size.total));
  for (const item of items) {
    const { block, key, place } = item.thing;
    if (block === "part") {
      const { title, parameters: count } = parts.find((each) => each.key === key);
      drawLine(painter, theme, item, { title, colour: partColour(theme, key), count, most, all: parameters.total });
    } else if (block === "layer_part") {
      const [title, part] = LAYER_TITLES[key] ?? [key, "layer_norms"];
      const counts = Object.values(parameters.layer);
      const line = { title, colour: partColour(theme, part), count: parameters.layer[key] };
      drawLine(painter, theme, item, { ...line, most: Math.max(...counts), all: layerTotal(parameters.layer) });
    } else if (block === "size") {
      drawSize(painter, theme, item, sizes[place], scale);
    }
  }
}

function drawLine(painter, theme, { x, y, width, height }, { title, colour, count, most, all }) {
  const middle = y + height / 2;
  const wide = Math.min(TITLE, width * 0.36);
  painter.rect(x, middle - 5, 10, 10, { fill: colour });
  painter.text(title, x + 18, middle, { fill: theme.ink, size: 12, maxWidth: wide - 26 });
  const room = Math.max(width - wide - COUNT, 10);
  painter.rect(x + wide, middle - 6, room, 12, { fill: theme.surface });
  painter.rect(x + wide, middle - 6, Math.max((room * count) / most, 1), 12, { fill: colour });
  painter.text(shortCount(count), x + width - 58, middle, { fill: theme.ink, size: 12, align: "right" });
  painter.text(shownShare(count / all), x + width, middle, { fill: theme.muted, size: 12, align: "right" });
}

function shownShare(share) {
  return share < 0.0005 ? "< 0.1 %" : percent(share);
}

/** Draws one model as a bar of its parts. */
function drawSize(painter, theme, { x, y, width }, size, scale) {
  painter.text(size.name, x, y + 10, { fill: theme.ink, size: 13, weight: 600 });
  const after = x + painter.measure(size.name, { size: 13, weight: 600 }) + 10;
  painter.text(size.dimensions, after, y + 10, { fill: theme.muted, size: 12, maxWidth: x + width - after - 100 });
  painter.text(fullCount(size.total), x + width, y + 10, { fill: theme.ink, size: 12, align: "right" });
  let left = x;
  for (const { key, parameters } of size.parts) {
    const long = (width * parameters) / scale;
    painter.rect(left, y + 20, long, 15, { fill: partColour(theme, key) });
    if (long > 3) painter.line(left + long, y + 20, left + long, y + 35, { stroke: theme.background });
    left += long;
  }
}
