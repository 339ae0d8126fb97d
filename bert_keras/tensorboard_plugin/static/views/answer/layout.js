// The layout of the answer view: question and windows at the top, the context on the left, the best spans beside it.

import { Flow } from "../../drawing/flow.js";

const NARROW = 860;
const WIDE = 2200;
const MARGIN = 24;
const WINDOW_HEIGHT = 9;
const LEAST_ROWS = 6;
export const CURVE = 26; // the height of the curve of starts, above the base line, and of the curve of ends, below it

const kept = new WeakMap();

/** Returns the layout of a scene, kept until something that it depends on changes. */
export function layoutOf(scene) {
  const width = Math.max(320, Math.floor(scene.size.width));
  const before = kept.get(scene.record);
  if (before?.width === width) return before;
  const layout = made(scene.record, width);
  kept.set(scene.record, layout);
  return layout;
}

function made(record, width) {
  const size = width >= WIDE ? 18 : 16;
  const beside = width >= NARROW;
  const panelWidth = beside ? Math.round(Math.min(760, Math.max(330, width * 0.3))) : width - 2 * MARGIN;
  const textWidth = beside ? Math.min(Math.round(size * 68), width - panelWidth - 2 * MARGIN - 48) : panelWidth;
  const layout = {
    width,
    size,
    small: size - 3,
    margin: MARGIN,
    beside,
    panelWidth,
    textWidth,
    track: Math.round(size * 1.2),
  };
  layout.panelX = beside ? MARGIN + textWidth + 48 : MARGIN;
  const question = record.codePoints[0];
  const full = beside ? layout.panelX + panelWidth - MARGIN : textWidth;
  layout.stripWidth = full;
  layout.question = new Flow(question, {
    width: full,
    size: size + 3,
    weight: 600,
    lineHeight: Math.round(size * 1.6),
  });
  layout.strip = stripOf(record, MARGIN + 18 + layout.question.height + 10);
  layout.headHeight = layout.strip.bottom + 40;
  layout.panelTop = layout.headHeight + 6;
  layout.panel = panelOf(record, layout);
  layout.textTop = (beside ? layout.headHeight : layout.panelTop + layout.panel.height) + 8;
  const lineHeight = Math.round(size * 1.5) + layout.track;
  layout.flow = new Flow(record.codePoints[1], {
    width: textWidth,
    size,
    lineHeight,
    emptyHeight: Math.round(size * 0.9),
  });
  const textBottom = layout.textTop + layout.flow.height + MARGIN;
  layout.height = beside ? Math.max(textBottom, layout.panelTop + layout.panel.least + MARGIN) : textBottom;
  return layout;
}

/** Returns the heights in the strip: two curves, and the windows below, each in the first row that has room for it. */
function stripOf(record, top) {
  const { windows } = record.header.answer;
  const ends = [];
  const rows = windows.map(({ start, end }) => {
    const free = ends.findIndex((until) => until <= start);
    const row = free < 0 ? ends.length : free;
    ends[row] = end;
    return row;
  });
  const base = top + CURVE;
  const windowsTop = base + CURVE + 8;
  return {
    top,
    base,
    windowsTop,
    rows,
    rowHeight: WINDOW_HEIGHT,
    bottom: windowsTop + Math.max(1, ends.length) * (WINDOW_HEIGHT + 3),
  };
}

function panelOf(record, layout) {
  const row = Math.round(layout.size * 2.2);
  const verdict = 74;
  const odds = verdict + 84;
  const rows = odds + 34;
  const count = record.header.answer.n_best.length;
  return {
    row,
    odds: verdict,
    list: odds,
    rows,
    count,
    height: rows + count * row,
    least: rows + Math.min(count, LEAST_ROWS) * row,
  };
}

/** Returns how far the head, question and strip, moves down to stay visible while the context is scrolled. */
export function headShift(scene, layout) {
  const stays = layout.headHeight <= 0.5 * scene.viewport.height;
  return stays ? Math.max(0, scene.viewport.y) : 0;
}

/** Returns the top of the panel; beside the text, the panel moves with the head. */
export function panelTop(scene, layout) {
  return layout.panelTop + (layout.beside ? headShift(scene, layout) : 0);
}

/** Returns the spans that the list has room for, with the chosen one among them: [first, one past the last]. */
export function listed(scene, layout) {
  const { panel } = layout;
  if (!layout.beside) return [0, panel.count];
  const below = panelTop(scene, layout) + panel.rows - scene.viewport.y;
  const room = Math.max(LEAST_ROWS, Math.floor((scene.viewport.height - below - layout.small * 2) / panel.row));
  if (room >= panel.count) return [0, panel.count];
  const marked = scene.state.candidate ?? 0;
  const first = Math.max(0, Math.min(marked - room + 2, panel.count - room));
  return [first, first + room];
}

/** Returns the x coordinate of a code point of the context in the strip. */
export function alongStrip(record, layout, point) {
  return layout.margin + (layout.stripWidth * point) / Math.max(1, record.codePoints[1].length);
}

/** Returns the number of the first token that ends after a code point; `ends` are ascending. */
export function firstBehind(ends, point) {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Returns the token of the context that holds a code point; -1 for none. */
export function tokenAt(answer, point) {
  const token = firstBehind(answer.token_ends, point);
  return token < answer.token_starts.length && answer.token_starts[token] <= point ? token : -1;
}
