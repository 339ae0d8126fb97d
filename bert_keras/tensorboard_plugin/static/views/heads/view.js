// The head view: tokens that attend on the left, tokens attended to on the right, a line in the head's colour between.
import { UNIT_CONTROLS, filterControls, numberOptions } from "../../drawing/axes.js";
import { measureText } from "../../drawing/painter.js";
import { headNumbers } from "../../records/head_measures.js";
import { BAND, headsLayout, middle, shift, thingAt } from "./layout.js";
import { allLinks, chosenHeads, every, focusOf, inSight, linksOf } from "./links.js";
import { drawBand, drawPanel } from "./panel.js";
import { weightColour, writtenWeight } from "./weight_look.js";

export const view = {
  id: "heads",
  title: "Heads",
  about:
    "A line from each token to the tokens it attends to, a colour for each head. " +
    "Point at a token to see its lines alone; click pins it.",
  applies: () => true,
  layers: (state) => [state.layer],
  controls,
  extent: (scene) => layoutOf(scene),
  draw,
  hit: (scene, x, y) => thingAt(scene, layoutOf(scene), x, y),
  describe,
  click,
  key,
  current: (scene) => scene.hover ?? focusOf(scene),
  focus,
};

function controls(state, record) {
  return [
    {
      kind: record.layers <= 12 ? "buttons" : "select",
      name: "layer",
      label: "Layer",
      options: numberOptions(record.layers),
      title: "Also the keys [ and ]",
    },
    {
      kind: "range",
      name: "threshold",
      label: "Weights from",
      min: 0.01,
      max: 0.5,
      step: 0.01,
      show: (value) => Number(value).toFixed(2),
      title: "Weaker attention is not drawn",
    },
    {
      kind: "range",
      name: "top",
      label: "Lines a token",
      min: 0,
      max: 12,
      step: 1,
      show: (value) => (Number(value) ? `${value}` : "all"),
      title: "At most so many of each token, the strongest",
    },
    ...filterControls(record),
    ...UNIT_CONTROLS,
  ];
}

function layoutOf(scene) {
  return headsLayout(scene, measureText);
}

function draw(painter, scene) {
  const layout = layoutOf(scene);
  const weights = scene.weights(scene.state.layer);
  const { viewport } = scene;
  const first = Math.floor((viewport.y - 4) / layout.row) - 1;
  const last = Math.ceil((viewport.y + viewport.height - BAND) / layout.row);
  const focus = focusOf(scene);
  const links = !weights ? [] : focus ? linksOf(weights, layout, scene, focus) : allLinks(weights, layout, scene);
  drawLinks(painter, scene, layout, inSight(links, layout, first, last), focus !== null);
  const linked = focus ? new Set(links.map((link) => (focus.side === "from" ? link.to : link.from))) : null;
  drawColumn(painter, scene, layout, "from", [first, last], focus, linked);
  drawColumn(painter, scene, layout, "to", [first, last], focus, linked);
  if (focus && weights) drawStrips(painter, scene, layout, weights, focus, [first, last]);
  if (weights && layout.panel) drawPanel(painter, scene, layout, { weights, links, focus });
  drawBand(painter, scene);
}

function drawLinks(painter, scene, layout, links, focused) {
  const heads = chosenHeads(scene);
  const order = new Map(heads.map((head, index) => [head, index]));
  const crowd = Math.min(1, 150 / Math.max(links.length, 1));
  const pointed =
    focused && scene.hover?.side === "to" && links.some((link) => link.to === scene.hover.place)
      ? scene.hover.place
      : null;
  // Differences are small, so the largest of them is drawn like a weight of 1.
  const whole = scene.signed ? Math.max(1e-9, ...links.map((link) => Math.abs(link.weight))) : 1;
  for (const { head, from, to, weight } of links) {
    const size = Math.min(1, Math.abs(weight) / whole);
    const apart = shift(layout, order.get(head), heads.length);
    const y1 = middle(layout, layout.rowAt.get(from)) + apart;
    const y2 = middle(layout, layout.columnAt.get(to)) + apart;
    // Among few lines weak ones can be followed too; among many only the strong ones should stand out.
    const alpha = focused
      ? 0.25 + 0.75 * Math.sqrt(size)
      : 0.06 + 0.94 * (crowd * Math.sqrt(size) + (1 - crowd) * size * size);
    const stroke = weightColour(scene, head, weight);
    const dimmed = pointed !== null && pointed !== to ? 0.25 : 1;
    painter.curve(layout.from + 6, y1, layout.to - 6, y2, {
      stroke,
      alpha: alpha * dimmed,
      lineWidth: 0.75 + 2.5 * size,
    });
  }
}

function drawColumn(painter, scene, layout, side, [first, last], focus, linked) {
  const { theme, state, record } = scene;
  const units = side === "from" ? layout.rows : layout.columns;
  const marks = marksOf(record);
  const edge = side === "from" ? layout.from : layout.to;
  const align = side === "from" ? "right" : "left";
  drawTexts(painter, scene, layout, side, units);
  for (let index = Math.max(0, first); index <= Math.min(last, units.length - 1); index++) {
    const unit = units[index];
    const y = middle(layout, index);
    const own = focus !== null && focus.side === side && focus.place === unit.place;
    const pinned = side === "from" && state.token === unit.place;
    const lit = linked === null || own || (focus.side !== side && linked.has(unit.place));
    const x = side === "from" ? layout.from - layout.labels - 4 : layout.to - 4;
    if (own || pinned)
      painter.rect(x, y - layout.row / 2 + 0.5, layout.labels + 8, layout.row - 1, {
        fill: theme.accent,
        alpha: pinned ? 0.26 : 0.15,
      });
    const marked = (name) => unit.tokens.some((place) => marks[name].has(place));
    const width = Math.min(layout.labels, painter.measure(unit.label, { size: 13 }));
    const under = side === "from" ? edge - width : edge;
    if (marked("target"))
      painter.rect(side === "from" ? x - 4 : x + layout.labels + 9, y - 3, 6, 6, { fill: theme.accent });
    if (marked("gold"))
      painter.line(under, y + 8.5, under + width, y + 8.5, { stroke: theme.ink, lineWidth: 1.5, dash: [3, 2] });
    if (marked("predicted")) painter.rect(under - 3, y - 8.5, width + 6, 17, { stroke: theme.accent, lineWidth: 1.25 });
    const weight = own || pinned ? 600 : 400;
    painter.text(unit.label, edge, y, {
      align,
      size: 13,
      weight,
      fill: unit.special ? theme.muted : theme.ink,
      alpha: lit ? 1 : 0.45,
      maxWidth: layout.labels,
    });
  }
}

const allMarks = new WeakMap();

/** Returns the places of the tokens that the output is read from, of the predicted answer, and of the true answer. */
function marksOf(record) {
  if (!allMarks.has(record)) {
    const { target, answer } = record.header;
    const gold = (answer?.gold ?? []).flatMap((span) => record.placesOf(span));
    const predicted = record.placesOf(answer?.predicted);
    allMarks.set(record, { target: new Set(target?.rows ?? []), gold: new Set(gold), predicted: new Set(predicted) });
  }
  return allMarks.get(record);
}

/** Returns a token's marks in words. */
function told({ record }, unit) {
  const marks = marksOf(record);
  const has = (name) => unit.tokens.some((place) => marks[name].has(place));
  const parts = [
    has("target") && "the output is read here",
    has("predicted") && "predicted answer",
    has("gold") && "true answer",
  ];
  return parts
    .filter(Boolean)
    .map((part) => ` · ${part}`)
    .join("");
}

/** Draws a line along the tokens of each text of a pair, with the text's name. */
function drawTexts(painter, scene, layout, side, units) {
  if (!scene.record.isPair) return;
  const { theme } = scene;
  const outer = side === "from" ? layout.left - layout.strip - 8 : layout.to + layout.labels + layout.strip + 8;
  for (const text of [0, 1]) {
    const indices = units.flatMap((unit, index) => (unit.text === text ? [index] : []));
    if (!indices.length) continue;
    const top = middle(layout, indices[0]) - layout.row / 2 + 2;
    const bottom = middle(layout, indices.at(-1)) + layout.row / 2 - 2;
    painter.line(outer, top, outer, bottom, { stroke: text ? theme.accent : theme.muted, lineWidth: 2 });
    const y = Math.min(Math.max(top + 8, scene.viewport.y + BAND + 12), Math.max(top + 8, bottom - 8));
    painter.text(text ? "B" : "A", outer + (side === "from" ? -6 : 6), y, {
      fill: theme.muted,
      size: 12,
      weight: 600,
      align: side === "from" ? "right" : "left",
    });
  }
}

/** Draws a cell per head beside each token: how much the focused token attends to it, or it to the focused token. */
function drawStrips(painter, scene, layout, weights, focus, [first, last]) {
  const opposite = focus.side === "from" ? "to" : "from";
  const units = opposite === "to" ? layout.columns : layout.rows;
  const x = opposite === "to" ? layout.to + layout.labels + 12 : layout.left - layout.strip;
  const heads = new Set(chosenHeads(scene));
  for (let index = Math.max(0, first); index <= Math.min(last, units.length - 1); index++) {
    const { place } = units[index];
    for (let head = 0; head < weights.heads; head++) {
      if (!heads.has(head)) continue;
      const weight = opposite === "to" ? weights.at(head, focus.place, place) : weights.at(head, place, focus.place);
      const fill = weightColour(scene, head, weight);
      const alpha = Math.min(1, Math.sqrt(Math.abs(weight)));
      if (alpha > 0.04)
        painter.rect(x + head * layout.cell, middle(layout, index) - 6, layout.cell - 1, 12, { fill, alpha });
    }
  }
}

function describe(scene, thing) {
  if (thing.kind === "all") return "Show all heads";
  if (thing.kind === "head") return describeHead(scene, thing.head);
  const weights = scene.weights(scene.state.layer);
  const unit = scene.record.allUnits(scene.state)[thing.place];
  const { label } = unit;
  if (!weights) return label;
  const layout = layoutOf(scene);
  const pinned = focusOf(scene);
  if (thing.side === "to" && pinned?.side === "from") return describePair(scene, weights, pinned.place, thing.place);
  const links = every(weights, layout, chosenHeads(scene), thing, 0).reverse().slice(0, 3);
  const arrow = thing.side === "from" ? "attends most to" : "is attended to most by";
  const strong = links.map((link) => {
    const other = scene.record.allUnits(scene.state)[thing.side === "from" ? link.to : link.from].label;
    return `${other} ${writtenWeight(scene, link.weight)} (head ${link.head})`;
  });
  return `${label} · ${scene.record.textName(unit.text)}${told(scene, unit)}\n${arrow} ${strong.join(", ")}`;
}

function describePair(scene, weights, from, to) {
  const units = scene.record.allUnits(scene.state);
  const links = chosenHeads(scene).map((head) => ({ head, weight: weights.at(head, from, to) }));
  links.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
  const strong = links.slice(0, 4).map(({ head, weight }) => `head ${head} ${writtenWeight(scene, weight)}`);
  return `${units[from].label} → ${units[to].label}\n${strong.join(", ")}`;
}

function describeHead({ record, state }, head) {
  const [numbers] = headNumbers(record, state.layer, head).split("\n");
  return `Layer ${state.layer}, head ${head}\n${numbers}`;
}

function click(scene, thing, event) {
  if (thing.kind === "all") return { heads: null };
  if (thing.kind === "head")
    return event?.detail > 1 || event?.shiftKey ? { heads: [thing.head] } : { heads: toggled(scene, thing.head) };
  return { token: scene.state.token === thing.place ? null : thing.place };
}

function toggled({ record, state }, head) {
  const all = Array.from({ length: record.heads }, (_, each) => each);
  const heads = all.filter((each) => (state.heads ?? all).includes(each) !== (each === head));
  return heads.length === 0 || heads.length === record.heads ? null : heads;
}

function key(scene, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const alone = soloed(scene, event.key);
  if (alone) return alone;
  if (event.key === "t") return pinnedTarget(scene);
  const layout = layoutOf(scene);
  const at = scene.hover?.kind === "token" ? scene.hover : focusOf(scene);
  if (event.key === "Enter" || event.key === " ")
    return at ? { token: scene.state.token === at.place ? null : at.place } : null;
  const side = event.key === "ArrowLeft" ? "from" : event.key === "ArrowRight" ? "to" : (at?.side ?? "from");
  const units = side === "from" ? layout.rows : layout.columns;
  const index = at ? units.findIndex((unit) => unit.place === at.place) : -1;
  const target = {
    ArrowUp: Math.max(0, index - 1),
    ArrowDown: index + 1,
    Home: 0,
    End: units.length - 1,
    ArrowLeft: Math.max(0, index),
    ArrowRight: Math.max(0, index),
  }[event.key];
  const unit = target === undefined ? undefined : units[Math.min(target, units.length - 1)];
  return unit ? { hover: { kind: "token", side, place: unit.place } } : null;
}

/** Pins a token that the output is read from; the next one each time. */
function pinnedTarget({ record, state, units }) {
  const targets = units.filter((unit) => unit.tokens.some((place) => marksOf(record).target.has(place)));
  if (!targets.length) return null;
  const next = targets[(targets.findIndex((unit) => unit.place === state.token) + 1) % targets.length];
  return { token: next.place, hover: null };
}

/** Handles comma and full stop, which go through single heads, and "a", which shows all heads. */
function soloed({ record, state }, pressed) {
  if (pressed === "a") return { heads: null };
  const by = { ",": -1, ".": 1 }[pressed];
  if (!by) return null;
  const now = state.heads?.length === 1 ? state.heads[0] : by > 0 ? -1 : record.heads;
  return { heads: [(now + by + record.heads) % record.heads] };
}

/** Returns the box to scroll to: the token under the keyboard's cursor. */
function focus(scene) {
  const at = scene.hover?.kind === "token" ? scene.hover : focusOf(scene);
  if (!at) return null;
  const layout = layoutOf(scene);
  const index = (at.side === "from" ? layout.rowAt : layout.columnAt).get(at.place);
  return index === undefined
    ? null
    : { x: layout.from, y: middle(layout, index) - layout.row / 2, width: 1, height: layout.row };
}
