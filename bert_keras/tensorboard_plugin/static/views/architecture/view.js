// The architecture view: the model from its input embeddings to its output, and the parameters of each part.
import { drawLegend } from "../../drawing/legend.js";
import { remembered } from "../../drawing/remembered.js";
import { css, inkOn } from "../../drawing/theme.js";
import { measureText, measuresOf, scaleColour, shownHeads } from "../../records/head_measures.js";
import { percent, shortNumber } from "../../records/numbers.js";
import { ARROW, BARS, CAPTION, LAYER_LABEL, MARGIN, architectureLayout, itemAt, itemOf, neighbour } from "./layout.js";
import { embeddingsOf, fullCount, layerTotal, shortCount } from "./model_sizes.js";
import { drawTables, partColour } from "./table.js";
import { explained } from "./words.js";

const layoutOf = remembered((scene) => architectureLayout(scene.size, scene.record));

export const view = {
  id: "architecture",
  title: "Architecture",
  about:
    "The model as it is, read from the bottom up, with the parameters of each block. " +
    "A click on a layer or a head opens it.",
  applies: (record) => Boolean(record.header.model?.architecture),
  layers: () => [],
  controls: (state, record) => [
    {
      kind: "select",
      name: "measure",
      label: "Colour heads by",
      options: measuresOf(record).map(({ value, label, about }) => ({ value, label, title: about })),
    },
  ],
  extent: (scene) => {
    const { width, height } = layoutOf(scene);
    return { width, height };
  },
  draw,
  hit: (scene, x, y) => itemAt(layoutOf(scene), x, y)?.thing ?? null,
  describe: (scene, thing) => explained(scene.record, thing),
  click,
  key,
  focus: (scene) => scene.hover && itemOf(layoutOf(scene), scene.hover),
  anchor,
};

function click(scene, thing) {
  if (thing?.block === "cell") return { view: "heads", layer: thing.layer, heads: [thing.head] };
  if (thing?.block === "layer" || thing?.block === "feed_forward")
    return { view: "heads", layer: thing.layer, heads: null };
  return null;
}

function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Enter") return click(scene, scene.hover);
  const thing = neighbour(layoutOf(scene), scene.hover, event.key);
  return thing && { hover: thing };
}

/** Returns the position of a block's tooltip. */
function anchor(scene, thing) {
  const item = itemOf(layoutOf(scene), thing);
  return item && { x: item.x + Math.min(item.width / 2, 120), y: item.y + item.height - 10 };
}

function draw(painter, scene) {
  const layout = layoutOf(scene);
  const heads = shownHeads(scene);
  drawHeader(painter, scene, layout, heads);
  for (const item of layout.rows.flat()) DRAWERS[item.thing.block](painter, scene, item, heads);
  drawArrows(painter, scene, layout);
  drawCaption(painter, scene, layout);
  drawTables(painter, scene, layout);
  const chosen = itemOf(layout, scene.hover);
  if (chosen)
    painter.rect(chosen.x - 2, chosen.y - 1, chosen.width + 4, chosen.height + 2, {
      stroke: scene.theme.ink,
      lineWidth: 2,
    });
}

const NUMBERS = { 2: "two", 3: "three" };
const DRAWERS = {
  output: (painter, scene, box) => {
    const { header } = scene.record;
    drawBlock(painter, scene, box, {
      title: header.answer ? "Answer" : "Prediction",
      detail: said(header),
      strong: true,
    });
  },
  head: (painter, scene, box) => {
    const { head } = scene.record.header.model.architecture;
    drawBlock(painter, scene, box, { title: "Head", detail: head?.name ?? "", count: head?.parameters, part: "head" });
  },
  pooler: (painter, scene, box) => {
    const { hidden_dim: hidden, pooler_activation: bent, parameters } = scene.record.header.model.architecture;
    const detail = `dense ${hidden} → ${hidden}, ${bent ?? "tanh"}, of [CLS]`;
    drawBlock(painter, scene, box, { title: "Pooler", detail, count: parameters.pooler, part: "pooler" });
  },
  unit_mean: (painter, scene, box) => {
    drawBlock(painter, scene, box, { title: "Mean", detail: "of all tokens, brought to length 1", part: "pooler" });
  },
  norm: (painter, scene, box) => {
    const { architecture } = scene.record.header.model;
    const { embeddings_layer_norm: norm, embeddings_projection: projection = 0 } = architecture.parameters;
    const widened = projection ? `, then dense ${architecture.embedding_dim} → ${architecture.hidden_dim}` : "";
    const detail = `of the sum of the ${NUMBERS[embeddingsOf(architecture).length]} embeddings${widened}`;
    drawBlock(painter, scene, box, { title: "Layer norm", detail, count: norm + projection });
  },
  layer: drawLayer,
  cell: drawCell,
  feed_forward: drawFeedForward,
  token_embedding: (painter, scene, box) => drawEmbedding(painter, scene, box, "Token", "vocabulary_size"),
  segment_embedding: (painter, scene, box) => drawEmbedding(painter, scene, box, "+ Segment", "num_segments"),
  position_embedding: (painter, scene, box) => drawEmbedding(painter, scene, box, "+ Position", "max_sequence_length"),
  token: drawToken,
};

/** Returns the model's output in one line. */
function said({ prediction, answer }) {
  if (answer) {
    const best = answer.predicted;
    return best ? `“${best.text}”, score ${shortNumber(best.score)}` : "no answer";
  }
  if (!prediction) return "";
  if (prediction.value !== null && prediction.value !== undefined) return shortNumber(prediction.value);
  const chance = (name) => prediction.probabilities[prediction.labels.indexOf(name)];
  const named = (name) => (Number.isFinite(chance(name)) ? `${name} (${percent(chance(name))})` : name);
  return prediction.predicted.map(named).join(", ") || "none of its labels";
}

function drawHeader(painter, scene, { tower }, { measure, scale }) {
  const { theme, record } = scene;
  if (!measure) {
    painter.text(record.header.model.name, MARGIN, 22, {
      fill: theme.ink,
      size: 14,
      weight: 600,
      maxWidth: tower.width,
    });
    return;
  }
  drawLegend(painter, theme, {
    x: MARGIN,
    y: 22,
    width: 140,
    title: scale.signed ? `Heads: ${measure.label}, difference` : `Heads: ${measure.label}`,
    low: measureText({ ...measure, unit: "" }, scale.low),
    high: measureText(measure, scale.high),
    colour: (part) => scaleColour(theme, scale, scale.low + part * (scale.high - scale.low)),
  });
}

function drawBlock(painter, { theme }, { x, y, width, height }, { title, detail, count, part, strong }) {
  const middle = y + height / 2;
  painter.rect(x, y, width, height, { fill: theme.surface, stroke: strong ? theme.accent : theme.grid });
  painter.rect(x, y, 4, height, { fill: strong ? theme.accent : partColour(theme, part) });
  painter.text(title, x + 14, middle, { fill: theme.ink, size: 13, weight: 600 });
  const left = x + 22 + painter.measure(title, { size: 13, weight: 600 });
  const style = { fill: strong ? theme.ink : theme.muted, size: strong ? 13 : 12 };
  painter.text(detail, left, middle, { ...style, maxWidth: Math.max(x + width - left - (count ? 80 : 12), 0) });
  if (count) painter.text(shortCount(count), x + width - 10, middle, { fill: theme.muted, size: 12, align: "right" });
}

function drawLayer(painter, scene, { thing, x, y, width, height }) {
  const { theme, state, record } = scene;
  const { parameters } = record.header.model.architecture;
  const chosen = thing.layer === state.layer;
  painter.rect(x, y, width, height, { fill: theme.surface, stroke: chosen ? theme.accent : theme.grid });
  const middle = y + height / 2;
  painter.text(`Layer ${thing.layer}`, x + 10, middle, {
    fill: theme.ink,
    size: 12,
    weight: 600,
    maxWidth: LAYER_LABEL - 12,
  });
  painter.text(shortCount(layerTotal(parameters.layer)), x + width - 10, middle, {
    fill: theme.muted,
    size: 12,
    align: "right",
  });
}

function drawCell(painter, { theme }, { thing, x, y, width, height }, { values, scale }) {
  const colour = scaleColour(theme, scale, values[thing.layer][thing.head]);
  painter.rect(x, y, width, height, { fill: css(colour), stroke: theme.grid });
  if (width < 18) return;
  painter.text(String(thing.head), x + width / 2, y + height / 2, { fill: inkOn(colour), size: 11, align: "center" });
}

function drawFeedForward(painter, scene, { x, y, width, height }) {
  const { theme, record } = scene;
  const { hidden_dim: hidden, intermediate_dim: inner } = record.header.model.architecture;
  const middle = y + height / 2;
  painter.line(x - 15, middle, x - 4, middle, { stroke: theme.muted });
  drawTip(painter, theme, x - 4, middle, "right");
  painter.rect(x, y, width, height, { fill: theme.background, stroke: theme.grid });
  painter.rect(x, y, 4, height, { fill: partColour(theme, "feed_forward") });
  const long = `Feed-forward ${hidden} → ${inner} → ${hidden}`;
  const text = painter.measure(long, { size: 12 }) < width - 22 ? long : "Feed-forward";
  painter.text(text, x + 12, middle, { fill: theme.ink, size: 12, maxWidth: width - 16 });
}

function drawEmbedding(painter, scene, { thing, x, y, width, height }, title, rows) {
  const { theme, record } = scene;
  const { architecture } = record.header.model;
  painter.rect(x, y, width, height, { fill: theme.surface, stroke: theme.grid });
  painter.rect(x, y + height - 4, width, 4, { fill: partColour(theme, thing.block) });
  painter.text(title, x + 10, y + height / 2 - 2, { fill: theme.ink, size: 13, weight: 600 });
  const left = x + 18 + painter.measure(title, { size: 13, weight: 600 });
  const detail = `${fullCount(architecture[rows])} × ${architecture.embedding_dim ?? architecture.hidden_dim}`;
  const count = shortCount(architecture.parameters[thing.block]);
  const room = x + width - left - 10;
  const full = painter.measure(detail, { size: 12 }) + painter.measure(count, { size: 12 }) + 14 < room;
  painter.text(detail, left, y + height / 2 - 2, { fill: theme.muted, size: 12, maxWidth: room });
  if (full) painter.text(count, x + width - 10, y + height / 2 - 2, { fill: theme.muted, size: 12, align: "right" });
}

/** Draws the norms of a token's input vectors as bars, and the token below. */
function drawToken(painter, scene, { thing, x, y: top, width }) {
  const y = top + CAPTION;
  const { theme, record } = scene;
  const { inputs, model } = record.header;
  const names = embeddingsOf(model.architecture);
  const most = Math.max(...names.flatMap((name) => inputs[name]), 1e-9);
  const bar = Math.min((width - 6) / 3, 10);
  const left = x + (width - names.length * bar) / 2;
  names.forEach((name, place) => {
    const tall = (inputs[name][thing.place] / most) * (BARS - 8);
    painter.rect(left + place * bar, y + BARS - tall, bar - 1, tall, { fill: partColour(theme, `${name}_embedding`) });
  });
  painter.line(x, y + BARS, x + width, y + BARS, { stroke: theme.grid });
  const token = record.tokens[thing.place];
  const style = { fill: token.special ? theme.muted : theme.ink, size: 12, rotate: -90, align: "right", maxWidth: 62 };
  painter.text(token.label, x + width / 2, y + BARS + 6, style);
}

/** Draws the caption of the bars, and how many tokens have no room. */
function drawCaption(painter, scene, { rows, tokens, tower }) {
  if (!tokens) return;
  const { y } = rows.at(-1)[0];
  const style = { fill: scene.theme.muted, size: 11 };
  const count = NUMBERS[embeddingsOf(scene.record.header.model.architecture).length];
  painter.text(`How long each token's ${count} vectors are`, tower.x, y + 4, style);
  const left = scene.record.tokens.length - tokens;
  if (left > 0) painter.text(`and ${left} more tokens`, tower.x + tower.width, y + 4, { ...style, align: "right" });
}

/** Draws an arrow from each block to the one above. */
function drawArrows(painter, { theme }, { rows, tower }) {
  const x = tower.x + tower.width / 2;
  for (const row of rows.slice(1, -1)) {
    painter.line(x, row[0].y - 1, x, row[0].y - ARROW + 3, { stroke: theme.muted });
    drawTip(painter, theme, x, row[0].y - ARROW + 2, "up");
  }
}

function drawTip(painter, theme, x, y, way) {
  const style = { stroke: theme.muted, lineWidth: 1.2 };
  for (const side of [-3, 3]) {
    if (way === "up") painter.line(x + side, y + 4, x, y, style);
    else painter.line(x - 4, y + side, x, y, style);
  }
}
