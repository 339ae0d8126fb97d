// The layout of the text view: the running text on the left, the prediction and the ranked words beside or below.

import { Flow } from "../../drawing/flow.js";
import { measureText } from "../../drawing/painter.js";
import { placeOfLargest } from "../../records/record.js";
import { attributionOf, decisive } from "./attribution.js";
import { layersMap } from "./layers.js";
import { hasMarks, placedMarks } from "./marks.js";

const NARROW = 860;
const WIDE = 2200;
const MARGIN = 24;
const RANKED = 18;
const RANKED_LEAST = 6;
const LABELS = 8;
const MOST_LABELS = 14;

/**
 * @typedef {object} Block One of the texts.
 * @property {number} text
 * @property {string} title
 * @property {number} top The top of the title.
 * @property {Flow} flow
 * @property {number} y The top of the first line.
 * @property {boolean} cutBefore Whether there is text before the part that the model reads.
 * @property {boolean} cutAfter Whether there is text after it.
 * @property {number} read The end of what the model reads in this row.
 * @property {number} readFrom Its first code point.
 */

const kept = new WeakMap();

/** Returns the layout of a scene, kept until something that it depends on changes. */
export function layoutOf(scene) {
  const { record, state } = scene;
  const width = Math.max(320, Math.floor(scene.size.width));
  const chosen = [state.method, state.why, state.than, state.depth, state.words, state.specials];
  const key = JSON.stringify([width, Math.floor(scene.size.height), ...chosen]);
  const before = kept.get(record);
  const compared = [scene.other, scene.beside?.record];
  if (before?.key === key && before.compared.every((each, place) => each === compared[place])) return before.layout;
  const layout = made(scene, width);
  kept.set(record, { key, compared, layout });
  return layout;
}

function made(scene, width) {
  const { record, state } = scene;
  const size = width >= WIDE ? 19 : 17;
  const attribution = attributionOf(scene);
  const beside = width >= NARROW;
  const panelWidth = beside ? Math.round(Math.min(800, Math.max(340, width * 0.31))) : width - 2 * MARGIN;
  const textWidth = beside ? Math.min(Math.round(size * 62), width - panelWidth - 2 * MARGIN - 48) : panelWidth;
  const layout = { width, size, small: size - 4, margin: MARGIN, textWidth, panelWidth, beside, attribution };
  layout.labels = labelsOf(record, scene.other);
  layout.panel = panelOf(layout);
  layout.ranked = attribution ? decisive(record, attribution).slice(0, rankedCount(scene, layout)) : [];
  layout.panel.height = layout.panel.rankedRows + layout.ranked.length * layout.panel.row + MARGIN;
  let y = MARGIN + 62;
  layout.blocks = [];
  for (const text of record.header.second === null || record.header.second === undefined ? [0] : [0, 1]) {
    const block = blockOf(record, text, y, layout);
    layout.blocks.push(block);
    y = block.y + block.flow.height + 22;
  }
  const widthOf = (string) => measureText(string, { size: layout.small - 2, weight: 700 });
  layout.marks = layout.blocks.flatMap((block) => placedMarks(record, block, layout, widthOf));
  layout.specialsTop = y;
  layout.specials =
    state.specials && record.tokens.some((token) => token.special && (attribution?.values[token.place] ?? 0) !== 0);
  if (layout.specials) y += 44;
  layout.layersMap = layersMap(scene, attribution, y, textWidth);
  if (layout.layersMap) y += layout.layersMap.height;
  layout.notesTop = y + 6;
  layout.notes = notesOf(record, attribution, layout);
  const textHeight = layout.notesTop + layout.notes.height + MARGIN;
  layout.panelX = beside ? MARGIN + textWidth + 48 : MARGIN;
  layout.panelTop = beside ? MARGIN : textHeight;
  layout.height = beside
    ? Math.max(textHeight, layout.panelTop + layout.panel.height)
    : layout.panelTop + layout.panel.height;
  return layout;
}

function blockOf(record, text, top, layout) {
  const points = record.codePoints[text];
  const tokens = record.tokens.filter((token) => token.text === text);
  // Only the shown window of a context has values; the answer view shows the whole context.
  const cut = record.header.task === "answer" && text === 1 && tokens.length > 0;
  const start = cut ? tokens[0].start : 0;
  const end = cut ? tokens.at(-1).end : points.length;
  const title = heading(record, text);
  const lineHeight = Math.round(layout.size * (hasMarks(record) ? 2.5 : 1.85));
  const flow = new Flow(points, { width: layout.textWidth, size: layout.size, lineHeight, start, end });
  const read = tokens.length ? tokens.at(-1).end : 0;
  return {
    text,
    title,
    top,
    flow,
    y: top + 26,
    cutBefore: start > 0,
    cutAfter: end < points.length,
    read,
    readFrom: record.header.task === "tags" && tokens.length ? tokens[0].start : 0,
    empty: points.length === 0,
  };
}

function heading(record, text) {
  if (record.header.task === "answer") return text === 0 ? "QUESTION" : "CONTEXT, THE WINDOW SHOWN";
  if (!record.isPair) return "TEXT";
  return text === 0 ? "FIRST TEXT" : "SECOND TEXT";
}

/** Returns the labels of the panel: predicted, true and changed-to ones first, then the most probable. */
function labelsOf(record, other) {
  const { prediction } = record.header;
  if (!prediction?.labels?.length || !prediction.probabilities) return { shown: [], more: 0 };
  const { labels, probabilities } = prediction;
  const named = (place, names) => names?.includes(labels[place]) ?? false;
  const turned = new Set([...turnedTo(record), ...(other?.header.prediction?.predicted ?? [])]);
  const first = (place) =>
    (named(place, prediction.predicted) ? 4 : 0) +
    (named(place, prediction.true) ? 2 : 0) +
    (turned.has(labels[place]) ? 1 : 0);
  const order = labels.map((_, place) => place);
  order.sort((one, other) => first(other) - first(one) || probabilities[other] - probabilities[one]);
  const wanted = Math.min(MOST_LABELS, order.filter(first).length);
  const most = record.header.task === "fill_mask" ? MOST_LABELS : LABELS;
  const shown = order.slice(0, Math.max(most, wanted)).map((place) => ({
    place,
    label: String(labels[place]),
    predicted: named(place, prediction.predicted),
    true: named(place, prediction.true),
  }));
  // Few labels keep the model's order, so that records side by side can be compared; tokens of a mask have none.
  if (labels.length <= LABELS && record.header.task !== "fill_mask")
    shown.sort((one, other) => one.place - other.place);
  return { shown, more: labels.length - shown.length };
}

/** Returns the labels that the prediction changes to when some word is masked. */
function turnedTo(record) {
  const { masked, task, prediction } = record.header;
  if (!masked?.probabilities || task !== "single_label") return [];
  return masked.probabilities.map((row) => prediction.labels[placeOfLargest(row)]);
}

/** Returns the notes below the text: the agreement with masking, the method's note and paper, and what is missing. */
function notesOf(record, attribution, layout) {
  if (!layout.ranked.length) return { height: 40, flows: [], correlation: null };
  const size = layout.small;
  const lineHeight = Math.round(size * 1.5);
  const { correlation } = attribution;
  let y = correlation === null ? 0 : 58;
  const flows = [];
  const missing = record.header.left_out?.integrated_gradients;
  for (const part of [attribution.note, attribution.paper, missing]) {
    if (!part) continue;
    const flow = new Flow(Array.from(String(part)), { width: layout.textWidth, size, lineHeight });
    flows.push({ flow, y });
    y += flow.height + 8;
  }
  return { height: y, flows, correlation };
}

function panelOf(layout) {
  const row = Math.round(layout.size * 1.55);
  const bars = layout.labels.shown.length * (row + 6) + (layout.labels.more > 0 ? row : 0);
  const barsTop = 62;
  const withoutTop = barsTop + bars + 6;
  const rankedTop = withoutTop + 74;
  const rankedRows = rankedTop + 52;
  return { row, barsTop, withoutTop, rankedTop, rankedRows };
}

/** Returns how many words the panel lists: beside the text, as many as the window has room for. */
function rankedCount(scene, { beside, panel }) {
  const room = Math.floor((scene.size.height - panel.rankedRows - 2 * MARGIN) / panel.row);
  return beside ? Math.max(RANKED_LEAST, Math.min(RANKED, room)) : RANKED_LEAST * 2;
}

/** Returns the top of the panel, which stays visible while a long text beside it is scrolled. */
export function panelTop(scene, layout) {
  if (!layout.beside) return layout.panelTop;
  const last = Math.max(layout.panelTop, layout.height - layout.panel.height);
  const fits = layout.panel.height <= scene.viewport.height;
  return fits ? Math.min(last, layout.panelTop + Math.max(0, scene.viewport.y)) : layout.panelTop;
}
