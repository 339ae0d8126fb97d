// The map under the text: a small heat map of a method's values for all words in all layers.

import { valuesOfLayers, wordsOf } from "./attribution.js";

const ROW = 15;
const TITLE = 26;
const NUMBERS = 30;
const WIDEST_CELL = 28;

/** Returns the map's layout; null where the method has one value for the whole model, or for a difference. */
export function layersMap({ record, beside }, attribution, top, width) {
  if (!attribution || attribution.layers < 2 || attribution.changed) return null;
  const words = wordsOf(record);
  if (!words.length) return null;
  const rows = valuesOfLayers(record, attribution.method);
  const most = Math.max(1e-12, ...largest(rows), ...besideLargest(beside, attribution));
  const cell = Math.min(WIDEST_CELL, (width - NUMBERS) / words.length);
  const signed = rows.some((row) => row.some((value) => value < 0));
  return { top, left: NUMBERS, words, rows, most, signed, cell, height: TITLE + rows.length * ROW + 22 };
}

function besideLargest(beside, { method }) {
  return beside?.record.header.methods?.[method] ? largest(valuesOfLayers(beside.record, method)) : [];
}

function largest(rows) {
  return rows.flat().map(Math.abs);
}

/** Draws the map with marks at the layer shown and at the active word. */
export function drawLayers(painter, scene, layout, active) {
  const { layersMap: map, margin, attribution } = layout;
  if (!map) return;
  const { theme } = scene;
  const [x, y] = [margin + map.left, map.top + TITLE];
  const [width, height] = [map.cell * map.words.length, map.rows.length * ROW];
  painter.text("BY LAYER", margin, map.top + 10, { size: layout.small - 2, weight: 600, fill: theme.muted });
  const about = { size: layout.small - 1, fill: theme.muted };
  painter.text("words from first to last, each layer a row; click one", margin + 74, map.top + 10, about);
  painter.image(pixels(theme, map), x, y, width, height);
  painter.rect(x, y, width, height, { stroke: theme.grid });
  for (const [layer] of map.rows.entries()) {
    const shown = layer === attribution.layer;
    const style = {
      size: layout.small - 2,
      align: "right",
      weight: shown ? 700 : 400,
      fill: shown ? theme.ink : theme.muted,
    };
    painter.text(String(layer), x - 8, y + (layer + 0.5) * ROW, style);
    if (shown) painter.rect(x - 1, y + layer * ROW, width + 2, ROW, { stroke: theme.accent, lineWidth: 2 });
  }
  const place = map.words.findIndex((word) => word.word === active);
  if (place >= 0)
    painter.rect(x + place * map.cell, y - 3, Math.max(2, map.cell), height + 6, { stroke: theme.ink, lineWidth: 1.5 });
}

function pixels(theme, { rows, words, most, signed }) {
  const data = new Uint8ClampedArray(4 * rows.length * words.length);
  let at = 0;
  for (const row of rows) {
    for (const { word } of words) {
      const share = row[word] / most;
      data.set([...(signed ? theme.diverging(share) : theme.sequential(share)), 255], at);
      at += 4;
    }
  }
  return { width: words.length, height: rows.length, data };
}

/** Returns the word and the layer at a position as {word, place, layer}, or null. */
export function layerAt(layout, x, y) {
  const { layersMap: map, margin } = layout;
  if (!map) return null;
  const word = map.words[Math.floor((x - margin - map.left) / map.cell)];
  const layer = Math.floor((y - map.top - TITLE) / ROW);
  return word && layer >= 0 && layer < map.rows.length ? { word: word.word, place: word.first, layer } : null;
}
